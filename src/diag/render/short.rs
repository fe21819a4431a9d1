//! One line for each diagnostic, for editors and logs: `file:line:col: error[E0103]: message — help`.

use super::place;
use crate::diag::Diagnostic;
use crate::diag::visible::visible;
use crate::source::SourceMap;

/// All diagnostics, one a line. Of the help only the first line, after ` — `: it says what to do.
#[must_use]
pub fn short(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    diagnostics.iter().map(|diagnostic| line(diagnostic, sources)).collect()
}

fn line(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let severity = super::severity(diagnostic);
    let place = place(diagnostic.primary.span, sources);
    let message = visible(&diagnostic.message);
    let help = diagnostic.help.first().map(|help| format!(" — {}", visible(help))).unwrap_or_default();
    format!("{place}: {severity}[{}]: {message}{help}\n", diagnostic.code)
}
