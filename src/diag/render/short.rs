//! One line for each diagnostic, for editors and logs:
//! `file:line:column-end: error[E0103]: message (related: file:line:column-end) — help`.

use super::place::{FileRange, Unit};
use crate::diag::visible::visible;
use crate::diag::{Diagnostic, Label};
use crate::source::{SourceMap, Span};

/// All diagnostics, one a line.
#[must_use]
pub fn short(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    diagnostics.iter().map(|diagnostic| line(diagnostic, sources)).collect()
}

fn line(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let severity = super::severity(diagnostic);
    let range = range(diagnostic.primary.span, sources);
    let message = visible(&diagnostic.message);
    let related: String = diagnostic.secondary.iter().map(|label| related(label, sources)).collect();
    let help: Vec<_> = diagnostic.help.iter().map(|help| visible(help)).collect();
    let help = if help.is_empty() { String::new() } else { format!(" — {}", help.join("; ")) };
    format!("{range}: {severity}[{}]: {message}{related}{help}\n", diagnostic.code)
}

fn related(label: &Label, sources: &SourceMap) -> String {
    format!(" ({}: {})", visible(&label.text), range(label.span, sources))
}

/// `file:line:column-end`, and `file:line:column-line.end` over several lines, as the GNU tools write ranges and editors
/// read them. The end is the column after the last character, as in JSON.
fn range(span: Span, sources: &SourceMap) -> String {
    let place = FileRange::of(span, sources, Unit::Characters);
    let start = format!("{}:{}:{}", visible(&place.file), place.line, place.column);
    match (place.end_line - place.line, place.end_column) {
        (0, end) if end == place.column => start,
        (0, end) => format!("{start}-{end}"),
        (_, end) => format!("{start}-{}.{end}", place.end_line),
    }
}
