//! Unmatched braces: at most one report for each. The indentation tells which brace is missing.
//!
//! The pairs say where each brace was closed, or found to be open; the reports wait for the end of the declaration,
//! because only then is it known whether its braces match at all.

use super::ast::{Block, Item};
use super::errors::{self, Opener};
use super::lower::Lower;
use crate::diag::Diagnostic;
use crate::source::Span;

/// The state of the braces of the declaration being read.
#[derive(Default)]
pub(super) struct Braces {
    /// Unclosed openers, the innermost first, and whether each is a list's.
    open: Vec<(Span, bool)>,
    /// Where that was detected.
    noticed: usize,
    /// A body of several lines whose `}` is indented less than its first line: the `}` was meant for another.
    too_left: Option<(Span, Span)>,
    /// A body of several lines whose `}` is indented more than its first line.
    too_right: Option<Span>,
    /// Blocks in the map of the one in `too_left`: errors if the braces do match.
    in_maps: Vec<Diagnostic>,
    /// An error that is already reported explains what is open at this byte.
    excused: Option<usize>,
    /// The line of an unmatched `]`, which may be meant for a brace on its line.
    bracket: Option<usize>,
    /// Unparsed regions of this declaration: each may hide a `{`, whose `}` is then not a separate error.
    pub(super) gaps: usize,
    /// Where this declaration starts: the last item of the file at column 0.
    declaration: usize,
    /// Openers whose contents start at column 0: a stray `}` further down is theirs.
    waiting: Vec<Span>,
    /// The first that was ever among them.
    first_waiting: Option<usize>,
}

impl Braces {
    /// An item of the file starts at this byte, at column 0.
    pub(super) fn declaration(&mut self, at: usize) {
        self.declaration = at;
        self.gaps = 0;
        self.too_right = None;
    }

    /// An unmatched `]` on this line is already reported.
    pub(super) fn bracket(&mut self, line: usize) {
        self.bracket = Some(line);
    }

    /// What is open at this byte is explained by another report.
    pub(super) fn excuse(&mut self, at: usize) {
        self.excused = Some(at);
    }
}

impl Lower<'_> {
    /// A body that has both braces.
    pub(super) fn closed(&mut self, span: Span) {
        let close = span.range().end - 1;
        let (open_line, close_line) = (self.line(span.range().start), self.line(close));
        if open_line == close_line {
            return;
        }
        if !self.file.text()[self.file.line_starts()[close_line]..close].trim().is_empty() {
            return;
        }
        let close = self.range(close..close + 1);
        let (own, found) = (self.indent(open_line), self.indent(close_line));
        if found < own && self.braces.too_left.is_none() {
            self.braces.too_left = Some((self.opener(span), close));
        }
        if found > own {
            self.braces.too_right = Some(close);
        }
    }

    /// A block in a map. Its `}` may have been meant for another brace; that is known at the end of the declaration.
    pub(super) fn block_in_map(&mut self, block: &Block, map: Span) {
        let report = errors::block_in_map(block);
        if self.braces.too_left.is_some_and(|(opener, _)| opener.start == map.start) {
            self.braces.in_maps.push(report);
        } else {
            self.report(report);
        }
    }

    pub(super) fn never_closed(&mut self, body: Span, at: usize) {
        self.braces.open.push((self.opener(body), false));
        self.braces.noticed = at;
    }

    pub(super) fn list_never_closed(&mut self, list: Span, at: usize) {
        let rest = &self.file.text()[at..];
        let ends_all =
            rest.is_empty() || rest.trim_start_matches(['\r', '\n']).starts_with(|c: char| c.is_ascii_alphabetic());
        if ends_all {
            self.braces.open.push((self.opener(list), true));
            self.braces.noticed = at;
        } else if !self.cut_on_line(list) {
            // A `}` on the line of the list is meant for it, so one further down is superfluous.
            self.braces.gaps += usize::from(rest.starts_with('}') && self.line(at) == self.line(list.range().start));
            let noticed = self.next_text(at);
            self.report(errors::unclosed(Opener::Bracket, self.opener(list), 1, noticed, None));
        }
    }

    pub(super) fn too_deep(&mut self, span: Span) {
        self.braces.excuse(span.range().end);
        self.report(errors::too_deep(self.opener(span)));
    }

    /// At the end of an item of the file: reports what was left open in it, and returns whether anything was.
    pub(super) fn settle_braces(&mut self, items: &mut [Item]) -> bool {
        let open = std::mem::take(&mut self.braces.open);
        let too_left = self.braces.too_left.take();
        let in_maps = std::mem::take(&mut self.braces.in_maps);
        let Some(&(innermost, is_list)) = open.first() else {
            in_maps.into_iter().for_each(|report| self.report(report));
            return false;
        };
        if let Some(item) = items.last_mut() {
            distrust(item);
        }
        let excused = self.braces.excused == Some(self.braces.noticed);
        let (opener, close) = too_left.map_or((innermost, None), |(opener, close)| (opener, Some(close)));
        self.braces.waiting.extend(open.iter().rev().filter(|(_, list)| !list).map(|(opener, _)| *opener));
        let first = self.braces.waiting.first().map(|opener| opener.range().start);
        self.braces.first_waiting = self.braces.first_waiting.or(first);
        if excused || self.cut_on_line(opener) {
            return true;
        }
        let kind = if is_list && close.is_none() { Opener::Bracket } else { Opener::Brace };
        let count = if close.is_some() { 1 } else { open.len() };
        let noticed = self.next_text(self.braces.noticed);
        self.report(errors::unclosed(kind, opener, count, noticed, close));
        true
    }

    /// A `}` at the top of the file. Returns the byte from which the indentation decides what it means.
    pub(super) fn stray_brace(&mut self, stray: Span, items: &mut Vec<Item>) -> usize {
        let from = self.braces.declaration.min(self.braces.first_waiting.unwrap_or(usize::MAX));
        // Unindented lines ended their block at column 0; this is the brace that was missing there.
        let indent = |span: Span| self.indent(self.line(span.range().start));
        let waiting = self.braces.waiting.last().copied();
        let is_its_own = waiting.is_some_and(|opener| indent(opener) == indent(stray));
        self.braces.waiting.pop();
        if is_its_own {
            self.adopt(stray, items);
        } else if self.braces.gaps > 0 {
            self.braces.gaps -= 1;
            self.adopt(stray, items);
        } else {
            let early = self.braces.too_right.take();
            self.too_many(stray, early, items);
        }
        items.push(Item::Broken(stray));
        from
    }

    /// Whether an unterminated string on the line of the opener may contain its end, or a `]` is in its place.
    fn cut_on_line(&self, opener: Span) -> bool {
        let line = Some(self.line(opener.range().start));
        self.open_string == line || self.braces.bracket == line
    }

    fn opener(&self, span: Span) -> Span {
        self.range(span.range().start..span.range().start + 1)
    }

    /// The line of a byte; without its column, which takes longer to find.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.file.line_starts().partition_point(|&start| start <= offset) - 1
    }

    pub(super) fn indent(&self, line: usize) -> usize {
        self.file.text()[self.file.line_starts()[line]..]
            .bytes()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count()
    }

    /// The word or sign that follows, `None` at the end of the file.
    fn next_text(&self, at: usize) -> Option<Span> {
        let rest = &self.file.text()[at..];
        let start = at + (rest.len() - rest.trim_start().len());
        let word = self.file.text()[start..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        let len = word.map(char::len_utf8).sum::<usize>();
        let first = self.file.text()[start..].chars().next()?;
        Some(self.range(start..start + len.max(first.len_utf8())))
    }
}

/// Marks each body of an item as one in which something may be missing or superfluous.
pub(super) fn distrust(item: &mut Item) {
    if let Item::Block(block) = item
        && let Some(body) = &mut block.body
    {
        body.items.iter_mut().for_each(distrust);
        body.items.push(Item::Broken(body.span));
    }
}
