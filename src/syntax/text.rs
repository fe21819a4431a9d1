//! Strings and text blocks in, their pieces out: escapes resolved, variables apart, the indent of a text block taken
//! off.
//!
//! Escapes are `\"`, `\\`, `\n`, `\t`, `\r`, `\$` and `\u{…}` with up to six hexadecimal digits. A `$` without `{` is
//! itself. A text block is on one line, or its text starts on the line after the opening quotes and the closing
//! quotes are alone on the last line: their indentation is removed from each line, and the newline before them is not part of
//! the text. A blank line may be shorter. A line end is `\n` in the value, whichever the file has.

use super::ast::{Place, Segment, Text};
use super::errors;
use super::grammar::Rule;
use super::lower::{Lower, Pair};
use crate::source::Spanned;

impl<'a> Lower<'a> {
    /// `"…"`
    pub(super) fn string(&mut self, pair: Pair<'_>) -> Text {
        let span = self.span(&pair);
        let mut segments = Pieces::default();
        if self.is_cut(&pair) {
            self.unterminated(&pair);
            return segments.text(span);
        }
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::literal => segments.literal(child.as_str(), child.as_span().start()),
                _ => self.segment(child, &mut segments),
            }
        }
        segments.text(span)
    }

    /// `"""…"""`
    pub(super) fn text_block(&mut self, pair: Pair<'_>) -> Text {
        let span = self.span(&pair);
        let mut segments = Pieces::default();
        if self.is_cut(&pair) {
            self.braces.excuse(span.range().end);
            let word = self.file.text()[span.range().end..].split_whitespace().next();
            self.report(errors::unterminated_text_block(self.range(span.range().start..span.range().start + 3), word));
            return segments.text(span);
        }
        let raw = self.range(span.range().start + 3..span.range().end - 3);
        let Some((indent, body)) = self.layout(raw.range()) else {
            return segments.text(span);
        };
        let mut narrow = None;
        for child in pair.into_inner() {
            let range = self.span(&child).range();
            if child.as_rule() != Rule::text_literal {
                let line = self.file.line_starts()[self.line(range.start)];
                let before = &self.file.text()[line..range.start];
                if body.contains(&line) && before.trim_start().is_empty() && !before.starts_with(indent) {
                    narrow = narrow.or(Some(line));
                }
                self.segment(child, &mut segments);
                continue;
            }
            // The newline after the opening quotes, and the last line, are not part of the text.
            let (start, end) = (range.start.max(body.start), range.end.min(body.end));
            let literal = self.file.text().get(start..end).unwrap_or_default();
            let mut at = start;
            for line in literal.split_inclusive('\n') {
                let rest = match line.strip_prefix(indent) {
                    _ if !self.begins_line(at, body.start) => line,
                    Some(rest) => rest,
                    None if line.trim().is_empty() => line.trim_start_matches([' ', '\t']),
                    None => {
                        narrow = narrow.or(Some(at));
                        line
                    }
                };
                let begin = at + line.len() - rest.len();
                match rest.strip_suffix("\r\n") {
                    Some(content) => {
                        segments.literal(content, begin);
                        segments.literal("\n", begin + content.len());
                    }
                    None => segments.literal(rest, begin),
                }
                at += line.len();
            }
        }
        if let Some(at) = narrow {
            let line = self.trim(self.range(at..at + self.file.text()[at..].lines().next().map_or(0, str::len)));
            let closing = self.range(span.range().end - 3..span.range().end);
            self.report(errors::narrow_text(line, closing));
        }
        segments.text(span)
    }

    /// The indentation of the closing quotes, and the extent of the text: a single line, or complete lines.
    fn layout(&mut self, raw: std::ops::Range<usize>) -> Option<(&'a str, std::ops::Range<usize>)> {
        let text = &self.file.text()[raw.clone()];
        let Some(last) = text.rfind('\n') else { return Some(("", raw)) };
        let first = text.find('\n').unwrap_or(last);
        let (opening, indent) = (&text[..first], &text[last + 1..]);
        if !opening.trim().is_empty() {
            self.report(errors::text_beside_opening(self.trim(self.range(raw.start..raw.start + first))));
            return None;
        }
        if !indent.trim().is_empty() {
            self.report(errors::text_beside_closing(self.range(raw.end..raw.end + 3)));
            return None;
        }
        // With one newline alone the text is empty.
        let start = raw.start + first + 1;
        let end = raw.start + text[..last].strip_suffix('\r').map_or(last, str::len);
        Some((indent, start..end.max(start)))
    }

    fn begins_line(&self, at: usize, start: usize) -> bool {
        at == start || self.file.text()[..at].ends_with('\n')
    }

    /// What strings and text blocks have in common.
    fn segment(&mut self, pair: Pair<'_>, segments: &mut Pieces) {
        let span = self.span(&pair);
        let written = pair.as_str();
        match pair.as_rule() {
            Rule::escape => match unescape(written) {
                Some(c) => segments.literal(c.encode_utf8(&mut [0; 4]), span.range().start),
                None => self.report(errors::bad_escape(span, written)),
            },
            Rule::bad_escape => self.report(errors::bad_escape(span, written)),
            Rule::variable => {
                let inner = pair.into_inner().next().expect("a variable has a reference");
                segments.segments.push(Segment::Variable(self.reference(inner)));
            }
            Rule::bad_variable => self.report(errors::bad_variable(self.trim(span), written.trim_end())),
            Rule::quote | Rule::quotes | Rule::cut => {}
            rule => unreachable!("{rule:?} is no part of a text"),
        }
    }

    /// A string that is a name: without variables.
    pub(super) fn plain(&mut self, pair: Pair<'_>) -> Spanned<String> {
        let before = self.reported;
        let text = self.string(pair);
        let mut plain = String::new();
        for segment in text.segments {
            match segment {
                Segment::Literal(literal) => plain.push_str(&literal),
                Segment::Variable(variable) if self.reported == before => {
                    self.report(errors::variable_in_name(variable.span));
                }
                Segment::Variable(_) => {}
            }
        }
        Spanned::new(plain, text.span)
    }

    /// Whether a string or text block ends without its quotes.
    pub(super) fn is_cut(&self, pair: &Pair<'_>) -> bool {
        pair.clone().into_inner().next_back().is_some_and(|last| last.as_rule() == Rule::cut)
    }

    /// Reports a string without its closing quote; but not the other end of a string that began on the line before.
    pub(super) fn unterminated(&mut self, pair: &Pair<'_>) {
        let span = self.span(pair);
        let line = self.line(span.range().start);
        let other_end = pair.as_str() == "\"" && self.open_string.is_some_and(|before| before + 1 == line);
        self.open_string = Some(line);
        if other_end {
            self.reported += 1;
        } else {
            self.report(errors::unterminated_string(self.range(span.range().start..span.range().start + 1)));
        }
    }
}

/// A text block of several lines with another indentation, and the same value. One on a single line, or with carriage
/// returns, is kept as it is.
#[must_use]
pub fn reindent(written: &str, indent: &str) -> String {
    let inner = written.strip_prefix("\"\"\"").and_then(|rest| rest.strip_suffix("\"\"\"")).unwrap_or_default();
    let (Some(first), Some(last)) = (inner.find('\n'), inner.rfind('\n')) else { return written.to_owned() };
    if inner.replace("\r\n", "\n").contains('\r') {
        return written.to_owned();
    }
    let old = &inner[last + 1..];
    let mut text = "\"\"\"\n".to_owned();
    for line in inner.get(first + 1..last).into_iter().flat_map(|lines| lines.split('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let rest = match line.strip_prefix(old) {
            None if line.trim().is_empty() => line.trim_start_matches([' ', '\t']),
            rest => rest.unwrap_or(line),
        };
        if !rest.is_empty() {
            text.push_str(indent);
            text.push_str(rest);
        }
        text.push('\n');
    }
    text.push_str(indent);
    text.push_str("\"\"\"");
    text
}

/// Pieces in which neighbouring literals are joined.
#[derive(Default)]
struct Pieces {
    segments: Vec<Segment>,
    places: Vec<Place>,
}

impl Pieces {
    /// Adds a piece of a literal that is written at a byte of the file.
    fn literal(&mut self, text: &str, source: usize) {
        if text.is_empty() {
            return;
        }
        let narrow = |offset: usize| u32::try_from(offset).expect("a source file is refused above 4 GiB");
        if !matches!(self.segments.last(), Some(Segment::Literal(_))) {
            self.segments.push(Segment::Literal(String::new()));
        }
        let segment = narrow(self.segments.len() - 1);
        if let Some(Segment::Literal(before)) = self.segments.last_mut() {
            self.places.push(Place { segment, at: narrow(before.len()), source: narrow(source) });
            before.push_str(text);
        }
    }

    fn text(self, span: crate::source::Span) -> Text {
        Text { segments: self.segments, places: self.places, span }
    }
}

fn unescape(written: &str) -> Option<char> {
    match written.strip_prefix('\\')? {
        "n" => Some('\n'),
        "t" => Some('\t'),
        "r" => Some('\r'),
        "\"" => Some('"'),
        "\\" => Some('\\'),
        "$" => Some('$'),
        code => {
            let digits = code.strip_prefix("u{")?.strip_suffix('}')?;
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)
        }
    }
}
