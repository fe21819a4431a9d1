//! The diagnostics of YAML itself: E0701 to E0705.

use crate::diag::visible::quoted;
use crate::diag::{Code, Diagnostic, Fix};
use crate::source::{SourceId, Span, Spanned};
use granit_parser::ErrorKind;
use std::ops::Range;

/// The start of a template expression, as Helm and others use it.
pub const HOLE: &str = "{{";

pub(super) fn syntax(source: SourceId, text: &str, at: usize, document: Range<usize>, kind: &ErrorKind) -> Diagnostic {
    if let Some(template) = template(source, text, at, document) {
        return template;
    }
    let escape = if *kind == ErrorKind::UnknownQuotedScalarEscape { escape(text, at) } else { None };
    let span = Span::new(source, escape.unwrap_or_else(|| character(text, at)));
    let (message, help) = match kind {
        ErrorKind::TabInIndentation
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabAtBlockScalarStart => {
            ("tab in the indentation".to_owned(), "YAML only allows spaces there: indent with spaces")
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement | ErrorKind::InvalidSimpleKey => (
            "unexpected `:` in a value".to_owned(),
            "put a string that contains `: ` in quotes, or align the line with its neighbours",
        ),
        ErrorKind::SimpleKeyExpected => (
            "expected `key: value`".to_owned(),
            "write a `:` and a space after the key, or indent the line as a part of the value above",
        ),
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::ExpectedDocumentStart
        | ErrorKind::BlockSequenceEntryNotAllowed => (
            "inconsistent indentation".to_owned(),
            "indent the line exactly like the lines that it belongs to; a new document starts with `---`",
        ),
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::DocumentIndicatorInQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent => ("unterminated string".to_owned(), "add the closing quote"),
        ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => (
            "unexpected text after the closing quote".to_owned(),
            "remove it, or put the whole string in the other kind of quotes",
        ),
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => {
            ("unknown escape sequence".to_owned(), "double the backslash, or put the string in single quotes")
        }
        ErrorKind::UnclosedFlowCollection { open } => (format!("unclosed `{open}`"), "add the closing bracket"),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            (format!("`{open}` is closed by `{close}`"), "close each bracket with its counterpart")
        }
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator => (
            "expected `,` or a closing bracket".to_owned(),
            "separate two items with a comma, or close the list or map",
        ),
        ErrorKind::RecursionLimitExceeded => (
            "maps and lists are nested too deeply".to_owned(),
            "no valid manifest is nested like that: check where it comes from",
        ),
        ErrorKind::UnexpectedCharacter { character } => {
            (format!("a string without quotes cannot start with `{character}`"), "put the string in quotes")
        }
        kind => {
            let words = kind.to_string();
            let words = if words.is_empty() { "it cannot be parsed".to_owned() } else { words };
            (format!("invalid YAML: {words}"), "fix it, or put the string in quotes")
        }
    };
    Diagnostic::new(Code::E0701, span, message).help(help)
}

/// Whether an open bracket explains the error.
pub(super) fn is_of_brackets(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnexpectedEofFlowMapping
            | ErrorKind::UnexpectedEofFlowSequence
            | ErrorKind::UnexpectedEofImplicitFlowMapping
            | ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::ExpectedFlowSequenceSeparator
            | ErrorKind::MismatchedFlowCollectionEnd { .. }
    )
}

/// The first escape sequence after a position that YAML does not know.
fn escape(text: &str, at: usize) -> Option<Range<usize>> {
    let mut letters = text[at..].char_indices();
    while let Some((place, letter)) = letters.next() {
        if letter == '\\' {
            let (next, escaped) = letters.next()?;
            if !"0abt\tnvfre \"/\\N_LPxuU\n\r".contains(escaped) {
                return Some(at + place..at + next + escaped.len_utf8());
            }
        }
    }
    None
}

/// The character at a position, or the last one before the end.
fn character(text: &str, at: usize) -> Range<usize> {
    let len = text[at..].chars().next().map_or(0, char::len_utf8);
    at..at + len
}

/// A document with a syntax error on a line with a template expression, or after a line that is nothing else.
fn template(source: SourceId, text: &str, at: usize, document: Range<usize>) -> Option<Diagnostic> {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    let mut starts = document.start;
    let own = text[line..end].find(HOLE).map(|found| line + found);
    let earlier = || {
        text[document.start..end.max(document.start)].split_inclusive('\n').find_map(|line| {
            let start = starts + (line.len() - line.trim_start().len());
            starts += line.len();
            line.trim_start().starts_with(HOLE).then_some(start)
        })
    };
    let start = own.or_else(earlier)?;
    Some(no_manifest_yet(Span::new(source, placeholder(text, start))))
}

/// From `{{` to the `}}` on its line.
pub fn placeholder(text: &str, start: usize) -> Range<usize> {
    let line = text[start..].lines().next().unwrap_or_default();
    start..start + line.find("}}").map_or(line.len(), |end| end + 2)
}

pub(in crate::verify) fn no_manifest_yet(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0702, span, "this is a template, not a manifest")
        .help("render it first, and verify the output: `helm template CHART | pipelinec verify -`")
        .help("if Argo fills this in, put it in quotes: `\"{{…}}\"`")
}

pub(super) fn key_of_many(span: Span, text: &str) -> Diagnostic {
    let range = span.range();
    let before = text[..range.start].trim_end_matches([' ']);
    if text[range.clone()].starts_with('{') && before.ends_with('{') {
        return no_manifest_yet(Span::new(span.source, placeholder(text, before.len() - 1)));
    }
    if text[range.clone()].starts_with(HOLE) {
        return no_manifest_yet(Span::new(span.source, placeholder(text, range.start)));
    }
    Diagnostic::new(Code::E0705, span, "a map or a list cannot be a key").help("write a string before the `:`")
}

pub(super) fn no_key(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0705, span, "null key")
        .help("write a key before the `:`, since kubectl rejects null; a key named `null` or `~` needs quotes")
}

pub(super) fn key_read_as(span: Span, written: &str, read: &str) -> Diagnostic {
    let message = format!("the key {} is read as `{read}`", quoted(written));
    in_quotes(Diagnostic::new(Code::E0705, span, message).help(format!("put it in quotes: `\"{written}\"`")), span)
}

/// Adds the fix that puts quotes around a string without any; the string itself is not part of the fix.
pub(in crate::verify) fn in_quotes(mut report: Diagnostic, span: Span) -> Diagnostic {
    let at = |place: u32| Span { start: place, end: place, ..span };
    let edits = [span.start, span.end].map(|place| (at(place), "\"".to_owned())).to_vec();
    report.fix = Some(Fix { title: "put it in quotes".to_owned(), edits });
    report
}

pub(super) fn no_json_number(span: Span, written: &str) -> Diagnostic {
    Diagnostic::new(Code::E0701, span, format!("the number {} cannot be represented in JSON", quoted(written)))
        .help(format!("to mean a string, put it in quotes: `\"{written}\"`"))
}

pub(super) fn given_twice(key: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0703, key.span, format!("duplicate key {}", quoted(&key.value)))
        .also(first, "this value would be lost")
        .help("remove one of the two")
}

/// The message omits its name: it may be a password that starts with `*`.
pub(super) fn no_anchor(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0704, span, "alias without an anchor before it in this document")
        .help("write `&` and its name before the value that it refers to; a string that starts with `*` needs quotes")
}

pub(super) fn alias_of_itself(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::E0704, span, format!("{} is inside the value that it refers to", quoted(name)))
        .help("write the value out: it would be infinite")
}

pub(super) fn aliases_too_large(span: Span, name: &str, most: usize, deepest: usize) -> Diagnostic {
    let message = format!("with {}, the aliases of this document expand to too many values", quoted(name));
    Diagnostic::new(Code::E0704, span, message).help(format!(
        "write the values out: aliases can expand to at most {most} values in total, nested {deepest} levels deep"
    ))
}

pub(super) fn merge_of_no_map(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0704, span, "`<<` must refer to a map or a list of maps")
        .help("use an alias of a map, `<<: *name`; a key named `<<` needs quotes")
}
