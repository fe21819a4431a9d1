//! A [`Graph`] as a self-contained SVG: no script, no font, no other file. It follows the light or dark theme of the
//! reader, and has a textual description.

mod block;
mod canvas;
mod lane;
mod text;

pub use text::width;

use super::{Graph, Lane, StepKind, Target};
use crate::model::value::show_duration;
use crate::schema::stages::StageId;
use crate::words;
use canvas::{Canvas, Font, NAME, NOTE, Rect, TITLE};
use lane::{Picture, columns, page_width};
use text::{escaped, wrap};

/// Around everything.
const PAGE: i32 = 20;
/// Between lanes.
const LANES: i32 = 16;
/// The minimum number of columns, which leaves room for the title and the legend.
const COLUMNS: usize = 3;
const STYLE: &str = include_str!("style.css");

/// Prints the picture.
#[must_use]
pub fn svg(graph: &Graph) -> String {
    let lanes = || graph.targets.iter().flat_map(|target| &target.lanes);
    let most = lanes().map(columns).max().unwrap_or_default().max(COLUMNS);
    let room = page_width(most);
    let mut canvas = Canvas::default();
    let mut y = canvas.lines(PAGE, PAGE, TITLE, &wrap(&graph.project, TITLE.size, true, room));
    y = canvas.lines(PAGE, y, NOTE, &wrap(&summary(graph), NOTE.size, false, room)) + LANES;
    for target in &graph.targets {
        if graph.targets.len() > 1 {
            y = canvas.lines(PAGE, y, NAME, &wrap(&names(target), NAME.size, true, room)) + 8;
        }
        for lane in &target.lanes {
            let picture = Picture::new(lane, most, PAGE, y);
            picture.draw(&mut canvas);
            y = picture.bottom() + LANES;
        }
    }
    let (w, h) = (room + 2 * PAGE, legend(&mut canvas, y, room) + PAGE);
    let title = escaped(&format!("The pipelines of {}", graph.project));
    let lines: Vec<_> = lanes().map(described).collect();
    let desc = escaped(&format!("{}.\n{}", summary(graph), lines.join("\n")));
    let page = Rect { x: 1, y: 1, w: w - 2, h: h - 2 };
    let mut framed = Canvas::default();
    framed.rect(page, 14, "page");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" \
         aria-labelledby=\"title desc\">\n<title id=\"title\">{title}</title>\n<desc id=\"desc\">{desc}</desc>\n\
         <style>\n{STYLE}</style>\n<defs>\n{}{}</defs>\n{}{}</svg>\n",
        marker("then"),
        marker("failed"),
        framed.out,
        canvas.out
    )
}

fn marker(id: &str) -> String {
    format!(
        "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"{id}\" d=\"M0 0.5L8 4L0 7.5z\"/></marker>\n"
    )
}

/// A summary: `4 pipelines on homelab, laptop`.
fn summary(graph: &Graph) -> String {
    let one = |target: &Target| {
        let count = target.lanes.len();
        format!("{} {}", words::count(count, "pipeline"), names(target))
    };
    graph.targets.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn names(target: &Target) -> String {
    format!("on {}", target.names.join(", "))
}

/// A lane in words.
fn described(lane: &Lane) -> String {
    let (name, app, most) = (&lane.name, &lane.app, show_duration(lane.deadline));
    let mut text = format!("Pipeline {name} delivers {app} in at most {most}.");
    for group in &lane.groups {
        let steps = group.steps.iter().map(|step| {
            let step = &lane.steps[*step];
            let time = step.time.map(|time| format!(" ({})", time.long())).unwrap_or_default();
            format!("{}{time}", step.title())
        });
        text.push_str(&format!(" {}: {}.", group.place.name(), steps.collect::<Vec<_>>().join(", ")));
        if group.steps.iter().any(|step| lane.steps[*step].kind == StepKind::Stage(StageId::StageEnv)) {
            text.push_str(&format!(" On failure, {} is torn down.", group.place.name()));
        }
        if group.roll_back.is_some() {
            text.push_str(&format!(" On failure, {} is rolled back.", group.place.name()));
        }
    }
    text
}

/// Draws the legend, and returns where it ends.
fn legend(canvas: &mut Canvas, y: i32, room: i32) -> i32 {
    const FONT: Font = NOTE;
    const SAMPLE: i32 = 28;
    let entries = ["then", "on failure, or when the run is stopped", "permanent environment", "ephemeral environment"];
    let (mut x, mut y) = (PAGE, y);
    for (nth, entry) in entries.into_iter().enumerate() {
        #[expect(clippy::cast_possible_truncation, reason = "a legend is no wider than that")]
        let w = SAMPLE + 8 + text::width(entry, FONT.size, false).ceil() as i32;
        if x > PAGE && x + w > PAGE + room {
            (x, y) = (PAGE, y + 22);
        }
        let sample = Rect { x, y, w: SAMPLE, h: 14 };
        let line = format!("M{x} {}H{}", sample.middle(), sample.right());
        match nth {
            0 => canvas.flow_to(&line),
            1 => canvas.fail_to(&line),
            2 => canvas.rect(sample, 4, "permanent"),
            _ => canvas.rect(sample, 4, "change edge"),
        }
        canvas.text(x + SAMPLE + 8, y + 11, FONT, entry);
        x += w + 26;
    }
    y + 14
}
