//! A [`Graph`] in the DOT language of Graphviz.

use super::{Graph, Lane, Location, Step, StepKind};
use crate::model::value::show_duration;
use std::fmt::Write as _;

/// Prints the digraph.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let mut out = format!("digraph \"{}\" {{\n", escaped(&graph.project));
    // Ranks span all clusters, so that an arrow out of one leads down.
    out.push_str("  rankdir=TB\n  newrank=true\n  fontname=\"Helvetica,Arial,sans-serif\"\n");
    out.push_str("  node [shape=box, style=rounded, fontname=\"Helvetica,Arial,sans-serif\", fontsize=11]\n");
    out.push_str("  edge [arrowsize=0.7, color=\"#59636e\"]\n");
    for (id, lane, on) in graph.lanes() {
        print_lane(&mut out, lane, &id, &on);
    }
    if graph.targets.iter().all(|target| target.lanes.is_empty()) {
        out.push_str("  none [label=\"no pipelines\"]\n");
    }
    out.push_str("}\n");
    out
}

fn print_lane(out: &mut String, lane: &Lane, id: &str, on: &str) {
    let title = format!("{} delivers {}, at most {}{on}", lane.name, lane.app, show_duration(lane.deadline));
    let _ = writeln!(out, "  subgraph cluster_{id} {{");
    let _ = writeln!(out, "    label=\"{}\"; style=rounded; color=\"#8b949e\"; fontsize=14", escaped(&title));
    for (nth, (place, steps)) in lane.places().into_iter().enumerate() {
        let style = match place {
            Location::Start | Location::Build | Location::Approval => None,
            Location::Ephemeral { .. } => Some("style=\"rounded,dashed\"; color=\"#8250df\""),
            Location::Permanent { .. } => Some("style=rounded; color=\"#1a7f37\""),
        };
        let indent = if style.is_some() { "      " } else { "    " };
        if let Some(style) = style {
            let title = format!("{}\n{}", place.name(), place.note().unwrap_or_default());
            let _ = writeln!(out, "    subgraph cluster_{id}e{nth} {{");
            let _ = writeln!(out, "      label=\"{}\"; {style}; fontsize=12", escaped(&title));
        }
        for at in steps {
            let _ = writeln!(out, "{indent}{}", node(&lane.steps[at], &format!("{id}s{at}")));
        }
        if style.is_some() {
            out.push_str("    }\n");
        }
    }
    for (from, to) in lane.edges() {
        let _ = writeln!(out, "    {id}s{from} -> {id}s{to}");
    }
    for (from, to) in lane.failures() {
        let _ = writeln!(out, "    {id}s{from} -> {id}s{to} [style=dashed, color=\"#bc4c00\"]");
    }
    out.push_str("  }\n");
}

fn node(step: &Step, id: &str) -> String {
    let look = match step.kind {
        StepKind::Push | StepKind::Tag | StepKind::Schedule | StepKind::PullRequest => ", shape=oval",
        StepKind::RollBack => ", style=\"rounded,dashed\", color=\"#bc4c00\"",
        StepKind::Stage(_) | StepKind::Lock if step.kind.is_gate() => ", shape=hexagon, style=solid",
        StepKind::Stage(_) | StepKind::Lock => "",
    };
    format!("{id} [label=\"{}\"{look}]", escaped(&step.lines().join("\n")))
}

/// A string in quotes, without escape sequences and entities of Graphviz.
fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '&' => "&amp;".to_owned(),
        '\n' => "\\n".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(one).collect()
}
