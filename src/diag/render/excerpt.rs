//! The lines of the sources to which a diagnostic points, as a terminal can show them: without a character that a
//! terminal would obey, and no wider than it.

use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

use super::wrap::wrap;
use crate::diag::visible::{is_invisible, visible};
use crate::diag::{Diagnostic, Label};
use crate::source::{SourceFile, SourceId, SourceMap};

/// How many lines are shown before and after one that is marked.
pub(super) const CONTEXT: usize = 1;

/// How wide a tab is shown.
pub(super) const TAB: usize = 4;

/// How many columns are shown behind a mark of a line that is cut.
const AFTER: usize = 12;

/// How many columns lead from the middle of a mark to the words below it.
const LEAD: usize = 4;

/// How many columns the words have at least; those behind the middle of a mark that is as wide as the line fit, too.
fn least(room: usize) -> usize {
    (room / 2).saturating_sub(LEAD + 1).min(28)
}

/// Some lines of a file, with marks.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// The file.
    pub path: String,
    /// The first line, counted from 0.
    pub first: usize,
    /// The lines.
    pub text: String,
    /// In the order of the text.
    pub marks: Vec<Mark>,
}

/// A place in an excerpt.
#[derive(Debug)]
pub(super) struct Mark {
    /// Its range in the text of the excerpt.
    pub range: Range<usize>,
    /// What is there; may be empty.
    pub label: String,
    /// Whether it is the primary one.
    pub primary: bool,
    /// Its line in the file, counted from 0.
    pub line: usize,
    /// Its column in the file, counted from 0.
    pub column: usize,
}

/// The excerpts of a diagnostic: first the primary one, then the others in the order of the sources. Nothing of an
/// empty file can be shown.
pub(super) fn excerpts(diagnostic: &Diagnostic, sources: &SourceMap, width: usize) -> Vec<Excerpt> {
    let all =
        std::iter::once((&diagnostic.primary, true)).chain(diagnostic.secondary.iter().map(|label| (label, false)));
    let mut points: Vec<_> = all.filter_map(|(label, primary)| Point::new(label, primary, sources)).collect();
    points.sort_by_key(|point| (point.source, point.line, point.range.start));
    let mut groups: Vec<Vec<Point>> = Vec::new();
    for point in points {
        let room = room(sources.file(point.source), point.line, width);
        match groups.last_mut().filter(|group| point.is_near(&group[group.len() - 1], room)) {
            Some(group) => group.push(point),
            None => groups.push(vec![point]),
        }
    }
    // The primary one comes first, wherever the others are.
    groups.sort_by_key(|group| !group.iter().any(|point| point.primary));
    groups.into_iter().map(|group| excerpt(&group, sources, width)).collect()
}

/// How many columns of the terminal the text of a line has, behind its number and the frame.
fn room(file: &SourceFile, line: usize, width: usize) -> usize {
    let last = (line + 1 + CONTEXT).min(file.line_starts().len());
    width.saturating_sub(last.to_string().len() + 4).max(20)
}

/// A label, and what of it is marked.
struct Point<'a> {
    label: &'a Label,
    primary: bool,
    source: SourceId,
    line: usize,
    /// In bytes of the line.
    range: Range<usize>,
    /// In columns of the line as it is shown.
    columns: Range<usize>,
}

impl<'a> Point<'a> {
    fn new(label: &'a Label, primary: bool, sources: &SourceMap) -> Option<Self> {
        let source = label.span.source;
        let file = sources.file(source);
        let (line, range) = marked(file, label.span.range())?;
        let text = line_text(file, line);
        let before: usize = text[..range.start].chars().map(width_of).sum();
        let own: usize = text[range.clone()].chars().map(width_of).sum();
        Some(Self { label, primary, source, line, range, columns: before..before + own })
    }

    /// Whether it can be shown in one excerpt with the point before it.
    fn is_near(&self, before: &Self, room: usize) -> bool {
        let near = self.source == before.source && self.line <= before.line + 1 + 2 * CONTEXT;
        near && (self.line != before.line || self.columns.end - before.columns.start.min(self.columns.end) + 2 <= room)
    }

    /// Up to which column there is something to see: the mark, or the words below it, which begin at its middle.
    fn end(&self, room: usize) -> usize {
        let words = self.label.text.chars().map(width_of).sum::<usize>().min(least(room));
        let words = if words == 0 { 0 } else { LEAD + words };
        self.columns.end.max((self.columns.start + self.columns.end) / 2 + words)
    }
}

/// The line of a range, and what of it is marked: its part on its first line. A mark needs a character above it: of an
/// empty range that at its start, or the last one before.
fn marked(file: &SourceFile, range: Range<usize>) -> Option<(usize, Range<usize>)> {
    let mut line = file.line(range.start);
    let mut start = range.start - file.line_starts()[line];
    loop {
        let text = line_text(file, line);
        let end = (range.end - file.line_starts()[line]).min(text.len());
        if start < end {
            return Some((line, start..end));
        }
        if let Some(c) = text.get(start..).and_then(|rest| rest.chars().next()) {
            return Some((line, start..start + c.len_utf8()));
        }
        if let Some(c) = text.chars().next_back() {
            return Some((line, text.len() - c.len_utf8()..text.len()));
        }
        line = line.checked_sub(1)?;
        start = usize::MAX;
    }
}

/// A line without its end.
fn line_text(file: &SourceFile, line: usize) -> &str {
    let starts = file.line_starts();
    let end = starts.get(line + 1).copied().unwrap_or(file.text().len());
    let text = &file.text()[starts[line]..end];
    text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text))
}

/// A character as it is shown.
fn shown(c: char) -> String {
    if c != '\t' && is_invisible(c) { c.escape_default().to_string() } else { c.to_string() }
}

/// How many columns a character takes as it is shown.
pub(super) fn width_of(c: char) -> usize {
    match c {
        '\t' => TAB,
        c if c.is_ascii_graphic() || c == ' ' => 1,
        c if is_invisible(c) => c.escape_default().len(),
        c => c.width().unwrap_or(1),
    }
}

/// Of points in one file, near to each other.
fn excerpt(points: &[Point], sources: &SourceMap, width: usize) -> Excerpt {
    let file = sources.file(points[0].source);
    let last = points[points.len() - 1].line;
    let blank = |line: &usize| line_text(file, *line).trim().is_empty();
    let before = points[0].line.saturating_sub(CONTEXT)..points[0].line;
    let first = before.into_iter().find(|line| !blank(line)).unwrap_or(points[0].line);
    let end = (last + 1 + CONTEXT).min(file.line_starts().len());
    let room = room(file, last, width);
    let mut excerpt =
        Excerpt { path: visible(file.path()).into_owned(), first, text: String::new(), marks: Vec::new() };
    for line in first..end {
        if line > first {
            excerpt.text.push('\n');
        }
        let here: Vec<_> = points.iter().filter(|point| point.line == line).collect();
        add_line(&mut excerpt, line_text(file, line), &here, room);
    }
    excerpt
}

/// Adds a line and its marks; of one that is too wide the part with the marks, and `…` where something is left out.
fn add_line(excerpt: &mut Excerpt, text: &str, points: &[&Point], room: usize) {
    let total: usize = text.chars().map(width_of).sum();
    let needed = points.iter().map(|point| point.end(room)).max().unwrap_or(0);
    let window = if total.max(needed) <= room { 0..total } else { window(total, points, room) };
    let base = excerpt.text.len();
    // Where each byte of the line went.
    let mut marks: Vec<Range<usize>> = points.iter().map(|_| usize::MAX..base).collect();
    let mut column = 0;
    if window.start > 0 {
        excerpt.text.push('…');
    }
    for (at, c) in text.char_indices() {
        let start = excerpt.text.len();
        let next = column + width_of(c);
        if column >= window.start && next <= window.end {
            excerpt.text.push_str(&shown(c));
            for (mark, point) in marks.iter_mut().zip(points) {
                if point.range.contains(&at) {
                    *mark = mark.start.min(start)..excerpt.text.len();
                }
            }
        }
        column = next;
        if column > window.end {
            excerpt.text.push('…');
            break;
        }
    }
    for (range, point) in marks.into_iter().zip(points) {
        let cut = usize::from(window.start > 0);
        let end = point.columns.end.min(window.end);
        let middle = ((point.columns.start + end) / 2 + cut).saturating_sub(window.start);
        excerpt.marks.push(Mark {
            range: range.start.min(range.end)..range.end,
            label: wrap(&visible(&point.label.text), room.saturating_sub(middle + LEAD).max(least(room))),
            primary: point.primary,
            line: point.line,
            column: text[..point.range.start].chars().count(),
        });
    }
}

/// Which columns of a line that is too wide are shown.
fn window(total: usize, points: &[&Point], room: usize) -> Range<usize> {
    let from = points.iter().map(|point| point.columns.start).min().unwrap_or(0);
    let to = points.iter().map(|point| point.end(room).max(point.columns.end + AFTER)).max().unwrap_or(0);
    // A sign at each end says that there is more.
    if to < room {
        return 0..room - 1;
    }
    let start = (to + 2).saturating_sub(room).min(from).max(1);
    let end = start + room - 2;
    start..(if end + 1 >= total { total } else { end })
}
