//! The diagnostics of YAML itself: E0701 to E0705.

use crate::diag::visible::quoted;
use crate::diag::{Code, Diagnostic, Fix};
use crate::source::{SourceId, Span, Spanned};
use granit_parser::ErrorKind;
use std::ops::Range;

/// The marks of a template that Helm and others fill in.
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
            ("a tab stands where YAML takes only spaces".to_owned(), "indent by spaces")
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement | ErrorKind::InvalidSimpleKey => (
            "a `:` here would begin a second value".to_owned(),
            "put a text with `: ` in quotes, or indent the line as deep as its neighbours",
        ),
        ErrorKind::SimpleKeyExpected => (
            "this line is no `key: value`".to_owned(),
            "write a `:` and a space behind the key, or indent the line as a part of the value above",
        ),
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::ExpectedDocumentStart
        | ErrorKind::BlockSequenceEntryNotAllowed => (
            "this line belongs to nothing above it".to_owned(),
            "indent it exactly as deep as the lines that it stands with; a document begins with `---`",
        ),
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::DocumentIndicatorInQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent => {
            ("a text in quotes is never closed".to_owned(), "write the closing quote")
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => (
            "something follows the closing quote".to_owned(),
            "take it away, or put the whole text in quotes of the other kind",
        ),
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => {
            ("this escape does not exist in YAML".to_owned(), "double the backslash, or put the text in single quotes")
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            (format!("`{open}` is never closed"), "write the closing bracket")
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            (format!("`{open}` is closed by `{close}`"), "close each bracket by its own kind")
        }
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator => {
            ("a list or map in brackets goes on, or ends, here".to_owned(), "write a comma, or the closing bracket")
        }
        ErrorKind::RecursionLimitExceeded => (
            "maps and lists are nested too deep".to_owned(),
            "no manifest is nested like that: look where it comes from",
        ),
        ErrorKind::UnexpectedCharacter { character } => {
            (format!("a text without quotes cannot begin with `{character}`"), "put the text in quotes")
        }
        kind => {
            let words = kind.to_string();
            let words = if words.is_empty() { "it cannot be read".to_owned() } else { words };
            (format!("this is no YAML: {words}"), "mend it, or put the text in quotes")
        }
    };
    Diagnostic::new(Code::E0701, span, message).help(help)
}

/// Whether a bracket that is open tells of the mistake.
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

/// The first escape behind a place that YAML does not know.
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

/// The character at a place, or the last one before the end.
fn character(text: &str, at: usize) -> Range<usize> {
    let len = text[at..].chars().next().map_or(0, char::len_utf8);
    at..at + len
}

/// A document with a mistake of syntax on a line that a template fills in, or behind one that is nothing else.
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
    Some(no_manifest_yet(Span::new(source, hole(text, start))))
}

/// From `{{` to the `}}` on its line.
pub fn hole(text: &str, start: usize) -> Range<usize> {
    let line = text[start..].lines().next().unwrap_or_default();
    start..start + line.find("}}").map_or(line.len(), |end| end + 2)
}

pub(in crate::verify) fn no_manifest_yet(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0702, span, "this is a template, and no manifest before it is rendered")
        .help("render it first, and verify the result: `helm template CHART | pipelinec verify -`")
        .help("if it is Argo that fills this in, put it in quotes: `\"{{…}}\"`")
}

pub(super) fn key_of_many(span: Span, text: &str) -> Diagnostic {
    let range = span.range();
    let before = text[..range.start].trim_end_matches([' ']);
    if text[range.clone()].starts_with('{') && before.ends_with('{') {
        return no_manifest_yet(Span::new(span.source, hole(text, before.len() - 1)));
    }
    if text[range.clone()].starts_with(HOLE) {
        return no_manifest_yet(Span::new(span.source, hole(text, range.start)));
    }
    Diagnostic::new(Code::E0705, span, "a map or a list cannot be a key").help("write a text before the `:`")
}

pub(super) fn no_key(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0705, span, "the key is nothing: kubectl refuses that")
        .help("write a key before the `:`; a key that is called `null` or `~` needs quotes")
}

pub(super) fn key_read_as(span: Span, written: &str, read: &str) -> Diagnostic {
    let message = format!("the key {} without quotes is read as `{read}`", quoted(written));
    in_quotes(Diagnostic::new(Code::E0705, span, message).help(format!("put it in quotes: `\"{written}\"`")), span)
}

/// With the fix that puts quotes around a text that has none; so the text itself is no part of the fix.
pub(in crate::verify) fn in_quotes(mut report: Diagnostic, span: Span) -> Diagnostic {
    let at = |place: u32| Span { start: place, end: place, ..span };
    let edits = [span.start, span.end].map(|place| (at(place), "\"".to_owned())).to_vec();
    report.fix = Some(Fix { title: "put it in quotes".to_owned(), edits });
    report
}

pub(super) fn no_json_number(span: Span, written: &str) -> Diagnostic {
    Diagnostic::new(Code::E0701, span, format!("{} is a number that cannot be sent to a cluster", quoted(written)))
        .help(format!("if a text is meant, put it in quotes: `\"{written}\"`"))
}

pub(super) fn given_twice(key: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0703, key.span, format!("{} is given twice, and the first is lost", quoted(&key.value)))
        .also(first, "the first")
        .help("keep one of the two")
}

/// Its name is not said: it may be a password that begins with `*`.
pub(super) fn no_anchor(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0704, span, "this alias has no anchor before it in this document")
        .help("write `&` and its name before the value that is meant; a text that begins with `*` needs quotes")
}

pub(super) fn alias_of_itself(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::E0704, span, format!("{} stands within the value that it names", quoted(name)))
        .help("write the value out: it would have no end")
}

pub(super) fn aliases_too_large(span: Span, name: &str, most: usize, deepest: usize) -> Diagnostic {
    let message = format!("with {} the aliases of this document stand for too much", quoted(name));
    Diagnostic::new(Code::E0704, span, message)
        .help(format!("write the values out: aliases may stand for {most} values, nested {deepest} deep, in all"))
}

pub(super) fn merge_of_no_map(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0704, span, "`<<` takes in a map, or a list of maps, and this is none")
        .help("name the anchor of a map: `<<: *name`; a key that is called `<<` needs quotes")
}
