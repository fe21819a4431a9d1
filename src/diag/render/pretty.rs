//! Diagnostics with source excerpts, for a terminal. Only this file of the crate uses miette.

use crate::words;
use std::fmt::Write as _;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, SourceCode, SourceSpan, SpanContents};

use super::excerpt::{CONTEXT, Excerpt, Mark, TAB, excerpts};
use super::wrap::wrap;
use super::{SHOWN, place};
use crate::diag::paint::Paint;
use crate::diag::visible::visible;
use crate::diag::{Diagnostic, Severity};
use crate::source::SourceMap;

/// How diagnostics are shown.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether to use colours.
    pub color: bool,
    /// The width at which text is wrapped, in columns.
    pub width: usize,
}

/// The columns that miette uses beside each line of a help.
const BESIDE_HELP: usize = 10;

/// The indentation of a headline's lines after the first.
const HANGING: usize = 2;

/// How many excerpts of one diagnostic are shown; of further places, only the position is printed.
const EXCERPTS: usize = 4;

/// The diagnostics, at most [`SHOWN`] of them, each followed by an empty line.
#[must_use]
pub fn pretty(diagnostics: &[Diagnostic], sources: &SourceMap, options: Options) -> String {
    let theme = if options.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(options.width);
    // It would break lines at hyphens within words.
    let handler = handler.with_context_lines(CONTEXT).tab_width(TAB).with_wrap_lines(false);
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN) {
        out.push_str(&headline(diagnostic, options));
        let report = Report::new(diagnostic, sources, options.width);
        let mut body = String::new();
        let written = handler.render_report(&mut body, &report);
        written.expect("our source code has every span that is asked of it");
        // The first line is miette's headline, which is empty: ours replaces it.
        out.push_str(body.split_once('\n').map_or("", |(_, body)| body));
        out.push('\n');
    }
    if let Some(more @ 1..) = diagnostics.len().checked_sub(SHOWN) {
        let _ = writeln!(out, "and {more} more {}", words::noun(more, "diagnostic"));
    }
    out
}

/// `error[E0101]: …`, with its line ending.
fn headline(diagnostic: &Diagnostic, options: Options) -> String {
    let paint = Paint::of(options.color);
    let (severity, color) = match diagnostic.severity() {
        Severity::Error => ("error", paint.red),
        Severity::Warning => ("warning", paint.yellow),
    };
    let start = format!("{severity}[{}]", diagnostic.code);
    let text = format!("{start}: {}", visible(&diagnostic.message));
    let lines = wrap(&text, options.width.saturating_sub(HANGING)).replace('\n', &format!("\n{}", " ".repeat(HANGING)));
    let message = lines.strip_prefix(&start).unwrap_or(&lines);
    let Paint { bold, end, .. } = paint;
    format!("{bold}{color}{start}{end}{bold}{message}{end}\n")
}

/// The rest of a diagnostic, in the form that miette expects.
#[derive(Debug)]
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    source: Excerpts,
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
            // An empty file has no line to show.
            help.push(format!("see {}", place(diagnostic.primary.span, sources)));
        }
        let help: Vec<_> = help.iter().map(|line| wrap(line, width.saturating_sub(BESIDE_HELP))).collect();
        Self { diagnostic, source: Excerpts(excerpts), help: help.join("\n") }
    }
}

impl std::fmt::Display for Report<'_> {
    /// Nothing: [`headline`] has the message.
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
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

/// The excerpts one after another, as if they were one source, so that miette shows them in this order.
#[derive(Debug)]
struct Excerpts(Vec<Excerpt>);

impl Excerpts {
    /// Each with the byte at which it starts. There is one byte between two, so that no position is in both.
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
    /// Always the whole excerpt. Miette asks for the position of a span in its line with a span without context, and learns
    /// from an error that two spans have no excerpt in common.
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
