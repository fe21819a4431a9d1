//! A step as a box: its contents, how high it is, and how it is drawn.

use super::canvas::{Canvas, Font, NOTE, Rect, SUBJECT, WORD, sign};
use super::text::{width, wrap};
use crate::graph::{Step, StepKind, Time};
use crate::model::value::show_duration;

/// From the left edge to the text, beside the sign.
const TEXT: i32 = 34;
/// From the edges to the contents.
const PAD: i32 = 10;
/// Between two strings on a line.
const BESIDE: i32 = 8;
/// Above and below the text.
const AIR: i32 = 8;
/// The bars of a canary with their labels.
const CHART: i32 = 66;
/// The highest bar.
const BAR: i32 = 30;

/// A step, broken into lines for its width.
#[derive(Debug)]
pub struct Block<'a> {
    step: &'a Step,
    /// Where it is; set by the layout.
    pub rect: Rect,
    /// Its subject, if that fits beside its word.
    subject: Option<&'a str>,
    /// How long it takes, if that fits as well.
    time: Option<String>,
    lines: Vec<(Font, String)>,
    chart: bool,
}

impl<'a> Block<'a> {
    /// Breaks a step into lines.
    pub fn new(step: &'a Step, w: i32) -> Self {
        let room = w - TEXT - PAD;
        let word = step.kind.word();
        let mut time = step.time.map(Time::short);
        let mut lines = Vec::new();
        let mut taken = width(word, WORD.size, true);
        let mut beside = |text: &str| {
            let w = width(text, NOTE.size, false) + f64::from(BESIDE);
            let fits = taken + w <= f64::from(room);
            taken += if fits { w } else { 0.0 };
            fits
        };
        let time_beside = time.as_deref().is_some_and(&mut beside);
        let subject = step.subject.as_deref().filter(|subject| beside(subject));
        if subject.is_none() {
            lines.extend(step.subject.iter().flat_map(|subject| broken(SUBJECT, subject, room)));
        }
        let chart = has_chart(step, w);
        let shares = step.shares_in_words().filter(|_| !chart);
        lines.extend(shares.iter().flat_map(|shares| broken(SUBJECT, shares, room)));
        lines.extend(step.details.iter().flat_map(|detail| broken(NOTE, detail, room)));
        if let Some(time) = time.take_if(|_| !time_beside) {
            lines.extend(broken(NOTE, &time, room));
        }
        let text: i32 = lines.iter().map(|(font, _)| font.line).sum();
        let h = AIR + WORD.line + text + if chart { CHART } else { 0 } + AIR;
        Self { step, rect: Rect { x: 0, y: 0, w, h }, subject, time, lines, chart }
    }

    /// Draws it.
    pub fn draw(&self, canvas: &mut Canvas) {
        let Rect { x, y, .. } = self.rect;
        let undo = self.step.kind == StepKind::RollBack;
        canvas.open("step");
        canvas.rect(self.rect, 7, if undo { "undo" } else { "card" });
        canvas.icon(x + PAD, y + AIR + 1, if undo { "of-undo" } else { "" }, sign(self.step.kind));
        canvas.headline(x + TEXT, y + AIR + WORD.line - 4, self.step.kind.word(), self.subject);
        if let Some(time) = &self.time {
            canvas.anchored(self.rect.right() - PAD, y + AIR + WORD.line - 4, NOTE, "end", time);
        }
        let mut below = y + AIR + WORD.line;
        if self.chart {
            self.draw_chart(below, canvas);
            below += CHART;
        }
        for (font, line) in &self.lines {
            canvas.text(x + TEXT, below + font.line - 4, *font, line);
            below += font.line;
        }
        canvas.close();
    }

    /// The weights of the traffic as bars that rise from left to right.
    fn draw_chart(&self, y: i32, canvas: &mut Canvas) {
        let from = self.rect.x + PAD;
        let slot = slot(self.step, self.rect.w);
        let ground = y + 18 + BAR;
        for (nth, (share, held)) in (0..).zip(&self.step.shares) {
            let x = from + nth * slot;
            let h = (BAR * i32::from(*share) / 100).max(2);
            canvas.rect(Rect { x: x + 2, y: ground - h, w: slot - 4, h }, 2, "share");
            canvas.anchored(x + slot / 2, ground - h - 4, SUBJECT, "middle", &format!("{share}%"));
            if *held > 0 {
                canvas.anchored(x + slot / 2, ground + 14, NOTE, "middle", &show_duration(*held));
            }
        }
    }
}

/// The width of a bar with the space around it.
fn slot(step: &Step, w: i32) -> i32 {
    (w - 2 * PAD) / i32::try_from(step.shares.len()).unwrap_or(i32::MAX).max(1)
}

/// Whether there is room to draw the weights of a canary as bars with labels.
fn has_chart(step: &Step, w: i32) -> bool {
    let room = f64::from(slot(step, w) - 2);
    let fits = |text: &str| width(text, NOTE.size, false) <= room;
    let both = |(share, held): &(u8, u64)| fits(&format!("{share}%")) && fits(&show_duration(*held));
    !step.shares.is_empty() && step.shares.iter().all(both)
}

/// A string, broken into lines of a font.
pub fn broken(font: Font, text: &str, room: i32) -> impl Iterator<Item = (Font, String)> + use<> {
    wrap(text, font.size, font.bold, room).into_iter().map(move |line| (font, line))
}
