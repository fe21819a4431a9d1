//! Places as tools want them: lines and columns counted from 1, columns in characters.

use crate::source::{SourceMap, Span};
use serde::Serialize;

/// A range in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    /// The file, as it is shown.
    pub file: String,
    /// The first line.
    pub line: usize,
    /// The first character.
    pub column: usize,
    /// The line of the end.
    pub end_line: usize,
    /// The character after the last one.
    pub end_column: usize,
}

impl Place {
    /// Where a span is.
    pub fn of(span: Span, sources: &SourceMap) -> Self {
        let file = sources.file(span.source);
        let (start, end) = (file.position(span.range().start), file.position(span.range().end));
        Self {
            file: file.path().to_owned(),
            line: start.line + 1,
            column: start.column + 1,
            end_line: end.line + 1,
            end_column: end.column + 1,
        }
    }
}
