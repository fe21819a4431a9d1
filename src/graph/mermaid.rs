//! A [`Graph`] as a Mermaid flowchart, which GitHub draws in a README, an issue or a review.

use super::{Graph, Lane, Location, Step, StepKind};
use crate::model::value::show_duration;
use std::fmt::Write as _;

/// Prints the flowchart.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart TB\n");
    let _ = writeln!(out, "  accTitle: The pipelines of {}", graph.project);
    for (id, lane, on) in graph.lanes() {
        print_lane(&mut out, lane, &id, &on);
    }
    if graph.targets.iter().all(|target| target.lanes.is_empty()) {
        out.push_str("  none[\"no pipelines\"]\n");
    }
    out.push_str("  classDef change stroke:#8250df,stroke-width:2px,stroke-dasharray:6 4\n");
    out.push_str("  classDef permanent stroke:#1a7f37,stroke-width:2px\n");
    out.push_str("  classDef undo stroke:#bc4c00,stroke-width:2px,stroke-dasharray:3 3\n");
    out
}

fn print_lane(out: &mut String, lane: &Lane, id: &str, on: &str) {
    let title = format!("{} delivers {}, at most {}{on}", lane.name, lane.app, show_duration(lane.deadline));
    let _ = writeln!(out, "  subgraph {id}[\"{}\"]", escaped(&title));
    // Without this, Mermaid rotates the contents of a box by 90 degrees.
    out.push_str("    direction TB\n");
    let mut classes: Vec<(String, &str)> = Vec::new();
    for (nth, (place, steps)) in lane.places().into_iter().enumerate() {
        let boxed = match place {
            Location::Start | Location::Build | Location::Approval => None,
            Location::Ephemeral { .. } => Some(("change", "one for each change")),
            Location::Permanent { .. } => Some(("permanent", "permanent")),
        };
        let indent = if boxed.is_some() { "      " } else { "    " };
        if let Some((class, note)) = boxed {
            let title = escaped(&format!("{}, {note}", place.name()));
            let _ = writeln!(out, "    subgraph {id}e{nth}[\"{title}\"]");
            out.push_str("      direction TB\n");
            classes.push((format!("{id}e{nth}"), class));
        }
        for at in steps {
            let _ = writeln!(out, "{indent}{}", node(&lane.steps[at], &format!("{id}s{at}")));
            if lane.steps[at].kind == StepKind::RollBack {
                classes.push((format!("{id}s{at}"), "undo"));
            }
        }
        if boxed.is_some() {
            out.push_str("    end\n");
        }
    }
    for (from, to) in lane.edges() {
        let _ = writeln!(out, "    {id}s{from} --> {id}s{to}");
    }
    for (from, to) in lane.failures() {
        let _ = writeln!(out, "    {id}s{from} -.-> {id}s{to}");
    }
    out.push_str("  end\n");
    for (id, class) in classes {
        let _ = writeln!(out, "  class {id} {class}");
    }
}

fn node(step: &Step, id: &str) -> String {
    let (open, close) = match step.kind {
        StepKind::Push | StepKind::Tag | StepKind::Schedule | StepKind::PullRequest => ("([", "])"),
        StepKind::Stage(_) | StepKind::Lock if step.kind.is_gate() => ("{{", "}}"),
        StepKind::Stage(_) | StepKind::Lock | StepKind::RollBack => ("[", "]"),
    };
    let lines: Vec<_> = step.lines().iter().map(|line| escaped(line)).collect();
    format!("{id}{open}\"{}\"{close}", lines.join("<br/>"))
}

/// A string in quotes. Characters with a meaning in Mermaid, Markdown or HTML are written as numeric entities.
fn escaped(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '.' | ',' | '/' | '≤' | '≥');
    text.chars().map(|c| if plain(c) { c.to_string() } else { format!("#{};", u32::from(c)) }).collect()
}
