//! The pictures of pipelines: what is on them, that they are well formed whatever the sources say, and that nothing in
//! them is cut off.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pipelinec::cli::read;
use pipelinec::compile::analyse;
use pipelinec::graph::{Graph, Lane, Location, StepKind, dot, graph, mermaid, svg, width};
use pipelinec::model::{Pipeline, ResolvedProject, StageKind};
use pipelinec::schema::stages::StageId;

use testkit::fixtures::snapshot;

/// The pictures that are snapshots, each for what no other one shows.
const SHOWN: [(&str, &str); 4] = [
    // An environment that is used again after another one, two that are open at once, paths of an attacker.
    ("tests/graph/hostile", "svg mermaid dot"),
    // Two permanent environments with a rollback each; a wait for what is needed; tasks with retries.
    ("tests/cases/qa-then-production", "mermaid dot"),
    // Builds at once, and nothing after them.
    ("tests/cases/tools", "svg mermaid"),
    // Targets that look different.
    ("tests/graph/two-targets", "mermaid"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The systems of a folder's program, which has no errors.
fn projects(folder: &Path) -> Vec<ResolvedProject> {
    let sources = read::read(folder, Path::new("generated")).expect("a program can be read");
    let analysis = analyse(&sources);
    assert!(!analysis.has_errors, "{}: {:#?}", folder.display(), analysis.diagnostics);
    analysis.targets.into_iter().map(|(_, resolved)| resolved).collect()
}

fn of(folder: &Path) -> Graph {
    graph(&projects(folder).iter().collect::<Vec<_>>())
}

/// All programs that there are.
fn folders() -> Vec<PathBuf> {
    let below = |folder: &str| {
        let entries = fs::read_dir(root().join(folder)).expect("it can be listed");
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let mut folders: Vec<_> = ["examples", "tests/cases", "tests/graph"].into_iter().flat_map(below).collect();
    folders.sort();
    assert!(folders.len() >= 16);
    folders
}

fn printed(graph: &Graph, format: &str) -> String {
    match format {
        "svg" => svg(graph),
        "mermaid" => mermaid(graph),
        "dot" => dot(graph),
        format => panic!("no format {format}"),
    }
}

#[test]
fn the_pictures_of_some_programs_are_as_shown() {
    for (folder, formats) in SHOWN {
        let folder = root().join(folder);
        let graph = of(&folder);
        for format in formats.split(' ') {
            snapshot(&folder, &format!("graph-{format}"), &printed(&graph, format));
        }
    }
}

#[test]
fn the_smallest_example_as_a_flowchart() {
    insta::assert_snapshot!(mermaid(&of(&root().join("examples/minimal"))), @r#"
    flowchart TB
      accTitle: The pipelines of acme
      subgraph t0p0["shop delivers shop, at most 4h"]
        direction TB
        t0p0s0(["push to main<br/>any file"])
        t0p0s1["build code<br/>shop/code<br/>≤ 30m"]
        subgraph t0p0e2["staging, one for each change"]
          direction TB
          t0p0s2["stage-env staging<br/>contains shop"]
          t0p0s3{{"wait-for-sync<br/>all synced and healthy<br/>≤ 10m"}}
          t0p0s4["teardown staging<br/>until it is deleted<br/>≤ 10m"]
        end
        subgraph t0p0e3["production, permanent"]
          direction TB
          t0p0s6{{"lock production-shop<br/>one run at a time, never back to an older commit"}}
          t0p0s7["deploy<br/>this change, all at once"]
          t0p0s8{{"wait-for-sync<br/>all synced and healthy<br/>≤ 10m"}}
          t0p0s5["roll back production<br/>to its previous state"]
        end
        t0p0s0 --> t0p0s1
        t0p0s1 --> t0p0s2
        t0p0s2 --> t0p0s3
        t0p0s3 --> t0p0s4
        t0p0s4 --> t0p0s6
        t0p0s6 --> t0p0s7
        t0p0s7 --> t0p0s8
        t0p0s2 -.-> t0p0s4
        t0p0s3 -.-> t0p0s4
        t0p0s7 -.-> t0p0s5
        t0p0s8 -.-> t0p0s5
      end
      class t0p0e2 change
      class t0p0e3 permanent
      class t0p0s5 undo
      classDef change stroke:#8250df,stroke-width:2px,stroke-dasharray:6 4
      classDef permanent stroke:#1a7f37,stroke-width:2px
      classDef undo stroke:#bc4c00,stroke-width:2px,stroke-dasharray:3 3
    "#);
}

#[test]
fn the_picture_of_the_flagship_is_up_to_date() {
    let path = root().join("examples/homelab/pipelines.svg");
    let wanted = svg(&of(&root().join("examples/homelab")));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &wanted).expect("the picture can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(wanted == found, "{} is outdated: run `tests/renew`", path.display());
    let readme = fs::read_to_string(root().join("README.md")).expect("the README can be read");
    assert!(readme.contains("](examples/homelab/pipelines.svg)"), "the README does not show it");
}

/// What a stage is called on a picture. Where one pipeline of an app has a canary, all of them update it by that.
fn kind(stage: &StageKind) -> StepKind {
    StepKind::Stage(if stage.id().row().updates { StageId::Deploy } else { stage.id() })
}

/// The kind and the environment of each step of a lane that a stage asks for, in order. What the stages leave unsaid is
/// left out: a lock, a wait for what is needed, a wait before a first task.
fn told(lane: &Lane) -> Vec<(StepKind, Option<String>)> {
    let mut told = Vec::new();
    for group in &lane.groups {
        let environment = match &group.place {
            Location::Start => continue,
            Location::Build | Location::Approval => None,
            place => Some(place.name().to_owned()),
        };
        let unsaid = |details: &[String]| {
            details.iter().any(|it| it.starts_with("dependencies of ") || it.starts_with("all except "))
        };
        let steps = group.steps.iter().map(|step| &lane.steps[*step]);
        let steps = steps.filter(|step| {
            step.kind != StepKind::Lock
                && !(step.kind == StepKind::Stage(StageId::WaitForSync) && unsaid(&step.details))
        });
        let kinds = steps.map(|step| {
            if step.kind == StepKind::Stage(StageId::Canary) { StepKind::Stage(StageId::Deploy) } else { step.kind }
        });
        told.extend(kinds.map(|kind| (kind, environment.clone())));
    }
    // However many images there are, they are one stage.
    told.dedup_by(|a, b| a == b && a.0 == StepKind::Stage(StageId::Build));
    told
}

#[test]
fn every_stage_is_on_the_picture_once_and_in_order() {
    for folder in folders() {
        let projects = projects(&folder);
        for resolved in &projects {
            let graph = graph(&[resolved]);
            let [target] = graph.targets.as_slice() else { panic!("one target") };
            assert_eq!(target.lanes.len(), resolved.pipelines.len());
            for (lane, pipeline) in target.lanes.iter().zip(&resolved.pipelines) {
                let Pipeline { name, stages, .. } = pipeline;
                let stages = stages.iter().map(|stage| &stage.value);
                let wanted: Vec<_> =
                    stages.map(|stage| (kind(stage), stage.environment().map(str::to_owned))).collect();
                assert_eq!(told(lane), wanted, "{}: {}", folder.display(), name.value);
            }
        }
    }
}

#[test]
fn every_step_is_printed_once_and_every_line_leads_somewhere() {
    for folder in folders() {
        let graph = of(&folder);
        let lanes = || graph.targets.iter().flat_map(|target| &target.lanes);
        let steps: usize = lanes().map(|lane| lane.steps.len()).sum();
        let (edges, failures): (usize, usize) =
            lanes().map(|lane| (lane.edges().len(), lane.failures().len())).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        for lane in lanes() {
            // All steps are in a group, or are what puts it back.
            let placed = lane.groups.iter().flat_map(|group| group.steps.iter().copied().chain(group.roll_back));
            let placed: Vec<_> = placed.collect();
            assert_eq!(placed.iter().collect::<BTreeSet<_>>().len(), lane.steps.len(), "{}", lane.name);
            assert_eq!(placed.len(), lane.steps.len(), "{}", lane.name);
            // No step waits in vain for the end of an environment.
            for (at, step) in
                lane.steps.iter().enumerate().filter(|(_, step)| step.kind == StepKind::Stage(StageId::StageEnv))
            {
                assert!(!step.on_failure.is_empty(), "{}: step {at}", lane.name);
            }
        }
        let count = |text: &str, what: &str| text.matches(what).count();
        let chart = mermaid(&graph);
        let nodes = chart.lines().filter(|line| line.trim_start().starts_with('t') && line.contains("\"")).count();
        assert_eq!((nodes, count(&chart, " --> "), count(&chart, " -.-> ")), (steps, edges, failures));
        let text = dot(&graph);
        let solid = text.lines().filter(|line| line.contains(" -> ") && !line.contains("dashed")).count();
        let dashed = text.lines().filter(|line| line.contains(" -> ") && line.contains("dashed")).count();
        assert_eq!((count(&text, " [label="), solid, dashed), (steps, edges, failures));
        assert_eq!(count(&svg(&graph), "<g class=\"step\">"), steps);
    }
}

/// An element of an SVG with what is in it.
#[derive(Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    inner: Vec<Element>,
}

impl Element {
    fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    fn number(&self, name: &str) -> f64 {
        self.get(name).parse().unwrap_or_else(|error| panic!("{name} of {self:?}: {error}"))
    }

    fn all(&self) -> Vec<&Element> {
        std::iter::once(self).chain(self.inner.iter().flat_map(|inner| inner.all())).collect()
    }
}

/// Reads what XML calls well formed, as far as a picture needs it, and panics at anything else.
fn read_xml(text: &str) -> Element {
    assert!(text.chars().all(|c| matches!(c, '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)));
    let mut open = vec![Element { name: String::new(), attributes: vec![], text: String::new(), inner: vec![] }];
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        open.last_mut().expect("inside something").text.push_str(&plain(&rest[..at]));
        let end = at + rest[at..].find('>').expect("a tag ends");
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let element = open.pop().expect("it was opened");
            assert_eq!(element.name, name);
            open.last_mut().expect("inside something").inner.push(element);
            continue;
        }
        let (body, alone) = tag.strip_suffix('/').map_or((tag, false), |body| (body, true));
        let (name, mut left) = body.split_once(' ').unwrap_or((body, ""));
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic()), "<{tag}>");
        let mut attributes: Vec<(String, String)> = Vec::new();
        while !left.is_empty() {
            let (key, value) = left.split_once("=\"").unwrap_or_else(|| panic!("<{tag}>"));
            let (value, after) = value.split_once('"').unwrap_or_else(|| panic!("<{tag}>"));
            assert!(key.chars().all(|c| c.is_ascii_alphabetic() || c == '-'), "<{tag}>");
            assert!(attributes.iter().all(|(known, _)| known != key), "<{tag}> has {key} twice");
            attributes.push((key.to_owned(), plain(value)));
            assert!(after.is_empty() || after.starts_with(' '), "<{tag}>");
            left = after.trim_start();
        }
        let element = Element { name: name.to_owned(), attributes, text: String::new(), inner: vec![] };
        if alone {
            open.last_mut().expect("inside something").inner.push(element);
        } else {
            open.push(element);
        }
    }
    let mut whole = open.pop().expect("the outside");
    assert!(open.is_empty() && rest.trim().is_empty() && whole.text.trim().is_empty() && whole.inner.len() == 1);
    whole.inner.remove(0)
}

/// A text without entities, of which there are these and no other.
fn plain(text: &str) -> String {
    let known = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    let bare = known.iter().fold(text.to_owned(), |text, (entity, _)| text.replace(entity, ""));
    assert!(!bare.contains('&'), "{text}");
    known.iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

/// From where to where a text goes, and how high it is.
fn extent(text: &Element) -> (f64, f64, f64) {
    let (size, bold) = match text.get("class") {
        "title" => (22.0, true),
        "name" => (17.0, true),
        "place" => (14.0, true),
        "word" => (13.0, true),
        "subject" | "note" => (12.0, false),
        class => panic!("a text of class {class}"),
    };
    let inner: f64 = text.inner.iter().map(|it| width(&it.text, 12.0, false)).sum();
    let w = width(&text.text, size, bold) + inner;
    let x = text.number("x");
    let from = match text.get("text-anchor") {
        "" => x,
        "middle" => x - w / 2.0,
        "end" => x - w,
        anchor => panic!("an anchor {anchor}"),
    };
    (from, from + w, size)
}

#[test]
fn nothing_is_cut_off_and_nothing_covers_another() {
    for folder in folders() {
        let place = folder.display();
        let root = read_xml(&svg(&of(&folder)));
        let (right, bottom) = (root.number("width"), root.number("height"));
        assert_eq!(root.get("viewBox"), format!("0 0 {right} {bottom}"));
        for text in root.all().into_iter().filter(|element| element.name == "text") {
            let (from, to, _) = extent(text);
            assert!(from >= 0.0 && to <= right && text.number("y") < bottom, "{place}: {text:?}");
        }
        let edges = |rect: &Element| {
            let (x, y) = (rect.number("x"), rect.number("y"));
            (x, y, x + rect.number("width"), y + rect.number("height"))
        };
        let mut boxes: Vec<(f64, f64, f64, f64)> = Vec::new();
        for step in root.all().into_iter().filter(|element| element.get("class") == "step") {
            let (x, y, right, bottom) = edges(&step.inner[0]);
            let mut heads: Vec<(f64, f64, f64)> = Vec::new();
            for text in step.inner.iter().filter(|element| element.name == "text") {
                let ((from, to, size), base) = (extent(text), text.number("y"));
                assert!(x <= from && to <= right && y <= base - size && base < bottom, "{place}: {text:?}");
                let beside = |(line, other_from, other_to): &(f64, f64, f64)| {
                    (line - base).abs() > 11.0 || *other_to <= from || to <= *other_from
                };
                assert!(heads.iter().all(beside), "{place}: {text:?} is over another text");
                heads.push((base, from, to));
            }
            let apart = |(l, t, r, b): &(f64, f64, f64, f64)| *r <= x || right <= *l || *b <= y || bottom <= *t;
            assert!(boxes.iter().all(apart), "{place}: {step:?} is over another step");
            boxes.push((x, y, right, bottom));
        }
        assert!(boxes.iter().all(|(x, y, r, b)| *x >= 0.0 && *y >= 0.0 && *r <= right && *b <= bottom), "{place}");
    }
}

#[test]
fn a_picture_needs_nothing_beside_itself_and_says_what_it_shows() {
    for folder in folders() {
        let graph = of(&folder);
        let text = svg(&graph);
        let root = read_xml(&text);
        assert_eq!((root.get("role"), root.get("aria-labelledby")), ("img", "title desc"));
        let said = |name: &str| root.inner.iter().find(|it| it.name == name).expect("it is said").text.clone();
        assert!(said("title").contains(&graph.project));
        for lane in graph.targets.iter().flat_map(|target| &target.lanes) {
            assert!(said("desc").contains(&format!("Pipeline {} delivers {}", lane.name, lane.app)));
        }
        let style = said("style");
        let (light, dark) = style.split_once("@media (prefers-color-scheme:dark){").expect("light and dark");
        for element in root.all() {
            let allowed = ["svg", "title", "desc", "style", "defs", "marker", "g", "rect", "path", "text", "tspan"];
            assert!(allowed.contains(&element.name.as_str()), "{element:?}");
            for (name, value) in &element.attributes {
                assert!(!name.starts_with("on") && !name.contains("href"), "{element:?}");
                assert!(!value.contains("url(") || ["url(#then)", "url(#failed)"].contains(&value.as_str()));
            }
            for class in element.get("class").split_whitespace().filter(|class| !matches!(*class, "step" | "icon")) {
                assert!(light.contains(&format!(".{class}{{")), "no look of {class}");
                let fonts = ["title", "name", "place", "word", "subject"];
                assert!(fonts.contains(&class) || dark.contains(&format!(".{class}{{")), "no dark look of {class}");
            }
        }
        assert!(!style.contains("url(") && !style.contains("@import") && !style.contains("@font-face"));
    }
}
