//! Places as tools want them: lines and columns counted from 1.

use crate::source::{SourceMap, Span};
use serde::Serialize;

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Characters (code points), as people count.
    Characters,
    /// Units of UTF-16, as editors count.
    Utf16,
}

/// A range in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileRange {
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
    /// The first byte, counted from 0.
    pub offset: usize,
    /// The byte after the last one.
    pub end_offset: usize,
}

impl FileRange {
    /// Where a span is.
    pub fn of(span: Span, sources: &SourceMap, unit: Unit) -> Self {
        let file = sources.file(span.source);
        let position = |offset| match unit {
            Unit::Characters => file.position(offset),
            Unit::Utf16 => file.position_utf16(offset),
        };
        let range = span.range();
        let (start, end) = (position(range.start), position(range.end));
        Self {
            file: file.path().to_owned(),
            line: start.line + 1,
            column: start.column + 1,
            end_line: end.line + 1,
            end_column: end.column + 1,
            offset: range.start,
            end_offset: range.end,
        }
    }
}
