//! The elements of a picture, in order. Their style is defined by their classes, in `style.css`.

use super::text::escaped;
use crate::graph::StepKind;
use crate::schema::stages::StageId;
use std::fmt::Write as _;

/// A rectangle, in pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rect {
    pub x: i32,
    pub y: i32,
    pub w: i32,
    pub h: i32,
}

impl Rect {
    pub fn right(self) -> i32 {
        self.x + self.w
    }

    pub fn bottom(self) -> i32 {
        self.y + self.h
    }

    pub fn middle(self) -> i32 {
        self.y + self.h / 2
    }
}

/// A kind of text: its class, its size, and whether it is bold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Font {
    pub class: &'static str,
    pub size: f64,
    pub bold: bool,
    /// From one line to the next.
    pub line: i32,
}

/// The name of the project.
pub const TITLE: Font = Font { class: "title", size: 22.0, bold: true, line: 28 };
/// The name of a pipeline.
pub const NAME: Font = Font { class: "name", size: 17.0, bold: true, line: 22 };
/// The name of a place.
pub const PLACE: Font = Font { class: "place", size: 14.0, bold: true, line: 18 };
/// The word of a step.
pub const WORD: Font = Font { class: "word", size: 13.0, bold: true, line: 17 };
/// The subject of a step.
pub const SUBJECT: Font = Font { class: "subject", size: 12.0, bold: false, line: 16 };
/// Details.
pub const NOTE: Font = Font { class: "note", size: 12.0, bold: false, line: 16 };

/// The picture so far.
#[derive(Debug, Default)]
pub struct Canvas {
    pub out: String,
}

impl Canvas {
    pub fn open(&mut self, class: &str) {
        let _ = writeln!(self.out, "<g class=\"{class}\">");
    }

    pub fn close(&mut self) {
        self.out.push_str("</g>\n");
    }

    pub fn rect(&mut self, rect: Rect, radius: i32, class: &str) {
        let Rect { x, y, w, h } = rect;
        let _ = writeln!(
            self.out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{radius}\"/>"
        );
    }

    /// A shape with rounded corners, all of them right angles.
    pub fn outline(&mut self, corners: &[(i32, i32)], class: &str) {
        const RADIUS: i32 = 10;
        let toward = |from: (i32, i32), to: (i32, i32)| {
            (from.0 + (to.0 - from.0).clamp(-RADIUS, RADIUS), from.1 + (to.1 - from.1).clamp(-RADIUS, RADIUS))
        };
        let mut d = String::new();
        for (at, corner) in corners.iter().enumerate() {
            let before = toward(*corner, corners[(at + corners.len() - 1) % corners.len()]);
            let after = toward(*corner, corners[(at + 1) % corners.len()]);
            let start = if at == 0 { "M" } else { "L" };
            let ((x, y), (bx, by), (ax, ay)) = (corner, before, after);
            let _ = write!(d, "{start}{bx} {by}Q{x} {y} {ax} {ay}");
        }
        let _ = writeln!(self.out, "<path class=\"{class}\" d=\"{d}Z\"/>");
    }

    /// A line of text, from its left end on its baseline.
    pub fn text(&mut self, x: i32, y: i32, font: Font, text: &str) {
        let _ = writeln!(self.out, "<text class=\"{}\" x=\"{x}\" y=\"{y}\">{}</text>", font.class, escaped(text));
    }

    /// The word of a step, and its subject.
    pub fn headline(&mut self, x: i32, y: i32, word: &str, subject: Option<&str>) {
        let subject = subject.map(|subject| format!(" <tspan class=\"subject\">{}</tspan>", escaped(subject)));
        let (class, word, subject) = (WORD.class, escaped(word), subject.unwrap_or_default());
        let _ = writeln!(self.out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{word}{subject}</text>");
    }

    /// A line of text around or before a point.
    pub fn anchored(&mut self, x: i32, y: i32, font: Font, anchor: &str, text: &str) {
        let (class, text) = (font.class, escaped(text));
        let _ =
            writeln!(self.out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>");
    }

    /// Lines of text below a point; returns where the next line would be.
    pub fn lines(&mut self, x: i32, y: i32, font: Font, lines: &[String]) -> i32 {
        let mut y = y;
        for line in lines {
            self.text(x, y + font.line - 4, font, line);
            y += font.line;
        }
        y
    }

    /// The flow: a line with an arrow at its end.
    pub fn flow_to(&mut self, d: &str) {
        let _ = writeln!(self.out, "<path class=\"flow\" d=\"{d}\" marker-end=\"url(#then)\"/>");
    }

    /// The flow after a failure: a line without an arrow.
    pub fn fail(&mut self, d: &str) {
        let _ = writeln!(self.out, "<path class=\"fail\" d=\"{d}\"/>");
    }

    /// The flow after a failure: a line with an arrow at its end.
    pub fn fail_to(&mut self, d: &str) {
        let _ = writeln!(self.out, "<path class=\"fail\" d=\"{d}\" marker-end=\"url(#failed)\"/>");
    }

    /// An icon of 16 by 16 pixels.
    pub fn icon(&mut self, x: i32, y: i32, class: &str, d: &str) {
        let _ = writeln!(self.out, "<path class=\"icon {class}\" transform=\"translate({x} {y})\" d=\"{d}\"/>");
    }
}

/// A person, who decides.
pub const PERSON: &str = "M8 7.5a2.7 2.7 0 1 0-.1 0zM2.5 14c0-5.5 11-5.5 11 0";
/// A padlock.
pub const LOCK: &str = "M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5M8 10v1.2";
/// An hourglass.
pub const HOURGLASS: &str = "M4 2.5h8M4 13.5h8M5 2.5v2.5l3 3 3-3V2.5M5 13.5V11l3-3 3 3v2.5";
/// A cube.
pub const CUBE: &str = "M8 1.8l5.5 3v6.4L8 14.2l-5.5-3V4.8zM2.5 4.8L8 8l5.5-3.2M8 8v6.2";

/// The icon of a kind of step.
pub fn sign(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Push | StepKind::Tag | StepKind::Schedule | StepKind::PullRequest => {
            "M4.5 5.5v5M4.5 5.5a1.7 1.7 0 1 0-.1 0zM4.5 14a1.7 1.7 0 1 0-.1 0zM11.5 5.5a1.7 1.7 0 1 0-.1 0zM11.5 5.5c0 3-3 3-7 4.5"
        }
        StepKind::Stage(StageId::Build) => CUBE,
        StepKind::Stage(StageId::StageEnv) => "M8 14a6 6 0 1 0-.1 0zM8 5v6M5 8h6",
        StepKind::Stage(StageId::WaitForSync) => "M8 14a6 6 0 1 0-.1 0zM8 4.5V8l2.5 1.7",
        StepKind::Stage(StageId::Migrate) => {
            "M3 4c0-2.4 10-2.4 10 0s-10 2.4-10 0v8c0 2.4 10 2.4 10 0V4M3 8c0 2.4 10 2.4 10 0"
        }
        StepKind::Stage(StageId::Test) => "M8 14a6 6 0 1 0-.1 0zM5.3 8.2l2 2 3.5-4",
        StepKind::Stage(StageId::Run) => "M8 14a6 6 0 1 0-.1 0zM6.6 5.5v5l4-2.5z",
        StepKind::Stage(StageId::Cleanup) => "M10.5 2.5L8.5 8M6 7.5l5 2M5 8.5l-2 5h7l1.5-3M6 11v2.5",
        StepKind::Stage(StageId::Approve) => PERSON,
        StepKind::Lock => LOCK,
        StepKind::Stage(StageId::Deploy) => "M8 14a6 6 0 1 0-.1 0zM8 11V5M5.4 7.6L8 5l2.6 2.6",
        StepKind::Stage(StageId::Canary) => "M2 13.5h3v-3h3v-3h3v-4h3",
        StepKind::Stage(StageId::Teardown) => "M3 4.5h10M6.5 4.5v-2h3v2M4.3 4.5l.7 9h6l.7-9M6.8 7v4M9.2 7v4",
        StepKind::RollBack => "M2.5 6.5h7a3.5 3.5 0 0 1 0 7H5M5.5 3.5l-3 3 3 3",
    }
}
