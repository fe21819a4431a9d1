//! Diagnostics with the lines of the source, as a terminal shows them. Of this crate only this file knows miette.

use std::fmt::Write as _;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, SourceCode, SourceSpan, SpanContents};

use super::excerpt::{CONTEXT, Excerpt, Mark, TAB, excerpts};
use super::wrap::wrap;
use super::{SHOWN, place};
use crate::diag::visible::visible;
use crate::diag::{Diagnostic, Severity};
use crate::source::SourceMap;

/// How diagnostics are shown.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// With colours.
    pub color: bool,
    /// Where text is wrapped, in columns.
    pub width: usize,
}

/// What miette puts before each line of a message and of a help, and keeps free behind it.
const BESIDE_MESSAGE: usize = 6;
const BESIDE_HELP: usize = 10;

/// How many excerpts are shown of one diagnostic; of the other places only where they are.
const EXCERPTS: usize = 4;

/// The diagnostics, at most [`SHOWN`] of them, each followed by an empty line.
#[must_use]
pub fn pretty(diagnostics: &[Diagnostic], sources: &SourceMap, options: Options) -> String {
    let theme = if options.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(options.width);
    // It would break a line within a word that has a hyphen.
    let handler = handler.with_context_lines(CONTEXT).tab_width(TAB).with_wrap_lines(false);
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN) {
        let report = Report::new(diagnostic, sources, options.width);
        let written = handler.render_report(&mut out, &report);
        written.expect("our source code has every span that is asked of it");
        out.push('\n');
    }
    if let Some(more @ 1..) = diagnostics.len().checked_sub(SHOWN) {
        let _ = writeln!(out, "and {more} more {}", if more == 1 { "diagnostic" } else { "diagnostics" });
    }
    out
}

/// One diagnostic, as miette wants to see it.
#[derive(Debug)]
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    source: Excerpts,
    message: String,
    help: String,
}

impl<'a> Report<'a> {
    fn new(diagnostic: &'a Diagnostic, sources: &SourceMap, width: usize) -> Self {
        let mut excerpts = excerpts(diagnostic, sources, width);
        let more = excerpts.split_off(excerpts.len().min(EXCERPTS));
        let mut help: Vec<_> = diagnostic.help.iter().map(|line| visible(line).into_owned()).collect();
        let marks = more.iter().flat_map(|excerpt| excerpt.marks.iter().map(|mark| (&excerpt.path, mark)));
        help.extend(marks.map(|(path, mark)| format!("{path}:{}:{}: {}", mark.line + 1, mark.column + 1, mark.label)));
        if excerpts.is_empty() {
            // Of an empty file there is no line to show.
            help.push(format!("see {}", place(diagnostic.primary.span, sources)));
        }
        let message = wrap(&visible(&diagnostic.message), width.saturating_sub(BESIDE_MESSAGE));
        let help: Vec<_> = help.iter().map(|line| wrap(line, width.saturating_sub(BESIDE_HELP))).collect();
        Self { diagnostic, source: Excerpts(excerpts), message, help: help.join("\n") }
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
        (!self.source.0.is_empty()).then_some(&self.source as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.source.labels()))
    }
}

/// The excerpts one after the other, as if they were one text: so miette shows them in this order.
#[derive(Debug)]
struct Excerpts(Vec<Excerpt>);

impl Excerpts {
    /// Each with the byte at which it begins. One byte is between two, so that no place is in both.
    fn placed(&self) -> impl Iterator<Item = (usize, &Excerpt)> {
        self.0.iter().scan(0, |base, excerpt| {
            let own = *base;
            *base += excerpt.text.len() + 1;
            Some((own, excerpt))
        })
    }

    fn labels(&self) -> impl Iterator<Item = LabeledSpan> {
        let label = |base: usize, mark: &Mark| {
            let span = (base + mark.range.start, mark.range.len());
            let text = (!mark.label.is_empty()).then(|| mark.label.clone());
            if mark.primary {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        };
        self.placed().flat_map(move |(base, excerpt)| excerpt.marks.iter().map(move |mark| label(base, mark)))
    }
}

impl SourceCode for Excerpts {
    /// Always the whole excerpt; but where on its line a span is, miette asks by a span without lines around it. That two
    /// excerpts have no text in common it learns by an error.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let holds = |(base, excerpt): &(usize, &Excerpt)| {
            *base <= span.offset() && span.offset() + span.len() <= base + excerpt.text.len()
        };
        let (base, excerpt) = self.placed().find(holds).ok_or(MietteError::OutOfBounds)?;
        let mark = excerpt.marks.iter().find(|mark| before == 0 && base + mark.range.start == span.offset());
        let (line, column) = mark.map_or((excerpt.first, 0), |mark| (mark.line, mark.column));
        let all = (base, excerpt.text.len()).into();
        let lines = excerpt.text.matches('\n').count() + 1;
        let data = excerpt.text.as_bytes();
        let contents = miette::MietteSpanContents::new_named(excerpt.path.clone(), data, all, line, column, lines);
        Ok(Box::new(contents))
    }
}
