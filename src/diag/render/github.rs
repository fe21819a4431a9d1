//! Diagnostics as workflow commands of GitHub Actions, which shows them beside the changed lines.
//!
//! GitHub shows ten errors and ten warnings of a step; all are written, since the log keeps them.

use super::place::{FileRange, Unit};
use crate::diag::Diagnostic;
use crate::diag::visible::visible;
use crate::replace;
use crate::source::SourceMap;

/// `::error file=…,line=…,endLine=…,col=…,endColumn=…,title=…::message`, one a line.
#[must_use]
pub fn github(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    diagnostics.iter().map(|diagnostic| line(diagnostic, sources)).collect()
}

fn line(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let FileRange { file, line, column, end_line, end_column, .. } =
        FileRange::of(diagnostic.primary.span, sources, Unit::Characters);
    let mut message = diagnostic.message.clone();
    for label in &diagnostic.secondary {
        let place = super::place(label.span, sources);
        message.push_str(&format!("\n{place}: {}", label.text));
    }
    for help in &diagnostic.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    // Columns are only shown within one line.
    let columns = if line == end_line { format!(",col={column},endColumn={end_column}") } else { String::new() };
    format!(
        "::{} file={},line={line},endLine={end_line}{columns},title={}::{}\n",
        super::severity(diagnostic),
        property(&file),
        diagnostic.code,
        data(&message)
    )
}

/// A message as the runner reads it: what would end it is escaped, and what would steer a terminal is shown.
fn data(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| visible(line).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// The value of a property: there `:` and `,` end it as well.
fn property(text: &str) -> String {
    replace::at_once(&data(text), &[(":", "%3A"), (",", "%2C")])
}
