//! Diagnostics with the lines of the source, as a terminal shows them. Of this crate only this file knows miette.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, SourceCode, SourceSpan, SpanContents};

use super::{SHOWN, place};
use crate::diag::visible::{is_invisible, visible};
use crate::diag::{Diagnostic, Label, Severity};
use crate::source::{SourceFile, SourceMap, Span};

/// How diagnostics are shown.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// With colours.
    pub color: bool,
    /// Where text is wrapped, in columns.
    pub width: usize,
    /// With lines and arrows beyond ASCII.
    pub unicode: bool,
}

/// Of a line with more bytes than this only the part around a label is shown: a terminal would wrap the rest over the
/// whole screen.
const LONG: usize = 240;

/// How many bytes before and after a label are shown of a long line, and at most of the label.
const AROUND: usize = 30;

/// The diagnostics, at most [`SHOWN`] of them, each followed by an empty line.
#[must_use]
pub fn pretty(diagnostics: &[Diagnostic], sources: &SourceMap, options: Options) -> String {
    let theme = match (options.unicode, options.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme { characters: miette::ThemeCharacters::ascii(), ..GraphicalTheme::unicode() },
        (false, false) => GraphicalTheme::none(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(options.width);
    let mut shown = BTreeMap::new();
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN) {
        let id = diagnostic.primary.span.source;
        let source = shown.entry(id).or_insert_with(|| Shown::new(sources.file(id)));
        let report = Report::new(diagnostic, source, sources, options);
        let written = handler.render_report(&mut out, &report);
        written.expect("our source code has every span that is asked of it");
        out.push('\n');
    }
    if let Some(more @ 1..) = diagnostics.len().checked_sub(SHOWN) {
        let _ = writeln!(out, "and {more} more {}", if more == 1 { "diagnostic" } else { "diagnostics" });
    }
    out
}

/// A text of ours as it may be printed.
fn words(text: &str, options: Options) -> String {
    let text = visible(text);
    if options.unicode { text.into_owned() } else { text.replace('…', "...") }
}

/// One diagnostic, as miette wants to see it.
#[derive(Debug)]
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    source: &'a Shown,
    message: String,
    labels: Vec<LabeledSpan>,
    help: String,
}

impl<'a> Report<'a> {
    fn new(diagnostic: &'a Diagnostic, source: &'a Shown, sources: &SourceMap, options: Options) -> Self {
        let id = diagnostic.primary.span.source;
        let words = |text: &str| words(text, options);
        let here = |label: &&Label| label.span.source == id;
        let mut labels = Vec::new();
        if !source.text.is_empty() {
            let text = |label: &Label| (!label.text.is_empty()).then(|| words(&label.text));
            let span = source.marked(diagnostic.primary.span);
            labels.push(LabeledSpan::new_primary_with_span(text(&diagnostic.primary), span));
            let others = diagnostic.secondary.iter().filter(here);
            labels.extend(others.map(|label| LabeledSpan::new_with_span(text(label), source.marked(label.span))));
        }
        // In another file, or without a text, a label is a line of the help.
        let elsewhere = |label: &Label| format!("{}: {}", place(label.span, sources), words(&label.text));
        let all = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
        let notes = all.filter(|label| labels.is_empty() || !here(label)).map(elsewhere);
        let help = diagnostic.help.iter().map(|line| words(line));
        let help = help.chain(notes).collect::<Vec<_>>().join("\n");
        Self { diagnostic, source, message: words(&diagnostic.message), labels, help }
    }
}

impl std::fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code(&self) -> Option<Box<dyn std::fmt::Display + '_>> {
        // The severity is seen without colours too.
        let severity = match self.diagnostic.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        Some(Box::new(format!("{severity}[{}]", self.diagnostic.code)))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity() {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help(&self) -> Option<Box<dyn std::fmt::Display + '_>> {
        (!self.help.is_empty()).then(|| Box::new(&self.help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (!self.labels.is_empty()).then_some(self.source as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// A file as it is shown: each invisible character replaced by a sign of as many bytes, so that every span holds. Lines
/// are found by an index, because miette's own sources are read from the start for each label.
#[derive(Debug)]
struct Shown {
    path: String,
    text: String,
    line_starts: Vec<usize>,
}

impl Shown {
    fn new(file: &SourceFile) -> Self {
        let text = file.text();
        let sign = |(at, c): (usize, char)| match c {
            '\n' | '\t' => c,
            '\r' if text[at + 1..].starts_with('\n') => c,
            _ if !is_invisible(c) => c,
            _ => ['?', '¿', '\u{fffd}', '\u{1f6ab}'][c.len_utf8() - 1],
        };
        let text = text.char_indices().map(sign).collect();
        Self { path: visible(file.path()).into_owned(), text, line_starts: file.line_starts().to_vec() }
    }

    fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset) - 1
    }

    fn start_of(&self, line: usize) -> usize {
        self.line_starts.get(line).copied().unwrap_or(self.text.len())
    }

    fn is_long(&self, line: usize) -> bool {
        self.start_of(line + 1) - self.start_of(line) > LONG
    }

    /// What is marked of a span: its part on its first line, and of a long line not much of that. A marker needs a
    /// character under it: of an empty span the one at its start, or the last one before.
    fn marked(&self, span: Span) -> SourceSpan {
        let range = span.range();
        let line = self.line(range.start);
        let end = range.end.min(self.start_of(line + 1));
        let end = if self.is_long(line) { self.boundary(end.min(range.start + AROUND)) } else { end };
        let text = self.text[range.start..end].trim_end_matches(['\n', '\r']);
        if !text.is_empty() {
            return (range.start, text.len()).into();
        }
        let after = self.text[range.start..].chars().next().filter(|c| !matches!(c, '\n' | '\r'));
        match after {
            Some(c) => (range.start, c.len_utf8()).into(),
            None => {
                let before = self.text[..range.start].trim_end_matches(['\n', '\r']);
                let len = before.chars().next_back().map_or(0, char::len_utf8);
                (before.len() - len, len).into()
            }
        }
    }

    /// The byte where the character at a byte begins.
    fn boundary(&self, mut at: usize) -> usize {
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

impl SourceCode for Shown {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (first, last) = (self.line(span.offset()), self.line(span.offset() + span.len().saturating_sub(1)));
        let (mut top, bottom) = (first.saturating_sub(before), last + 1 + after);
        let (from, to) = (span.offset(), span.offset() + span.len());
        let mut column = 0;
        let (start, end) = if before == 0 {
            // So miette asks where on its line a span is.
            column = self.text[self.start_of(first)..from].chars().count();
            (from, to)
        } else if (top..bottom).any(|line| self.is_long(line)) {
            top = first;
            let start = self.boundary(from.saturating_sub(AROUND)).max(self.start_of(first));
            let line_end = self.start_of(last + 1);
            (start, self.boundary((to + AROUND).min(line_end)))
        } else {
            (self.start_of(top), self.start_of(bottom))
        };
        let data = self.text.get(start..end).ok_or(MietteError::OutOfBounds)?.as_bytes();
        let span = (start, end - start).into();
        // By their number of lines miette sees whether two parts of a file overlap.
        let lines = self.line(end.saturating_sub(1).max(start)) + 1 - self.line(start);
        Ok(Box::new(miette::MietteSpanContents::new_named(self.path.clone(), data, span, top, column, lines)))
    }
}
