//! Tokens in, lines out: an item or a comment each, in the order of the file.

use crate::source::Span;
use crate::syntax::Parsed;
use crate::syntax::tokens::{Token, TokenKind};

/// A line of a file, of a body or of a list.
pub(super) struct Line<'a> {
    /// Whether a blank line precedes it.
    pub(super) blank: bool,
    pub(super) content: Content<'a>,
    /// The comment at its end; or all of it, when there is nothing else.
    pub(super) comment: Option<&'a str>,
}

/// What a line says.
pub(super) enum Content<'a> {
    /// An attribute, a block or a value.
    Item(Vec<Part<'a>>),
    /// Nothing, for it is a comment.
    Comment,
    /// Lines that cannot be read, as they are.
    Broken(&'a str),
}

/// A part of an item, in the order in which they are written.
pub(super) enum Part<'a> {
    /// What is written in one piece, on one line.
    Word(&'a str),
    /// `..`, which has no space around it.
    Dots,
    /// A string of several lines.
    Text(&'a str),
    /// `{ … }` or `[ … ]`
    Group(Group<'a>),
}

/// The contents of braces or brackets.
pub(super) struct Group<'a> {
    /// The opening one.
    pub(super) open: &'a str,
    /// The comment after it.
    pub(super) comment: Option<&'a str>,
    pub(super) lines: Vec<Line<'a>>,
    /// How wide it is on one line; `None` when it was not written on one.
    pub(super) width: Option<usize>,
}

/// The lines of a file.
pub(super) fn lines<'a>(text: &'a str, parsed: &Parsed) -> Vec<Line<'a>> {
    let mut reader = Reader { text, tokens: &parsed.tokens, broken: &parsed.broken };
    let mut lines = reader.lines(false).lines;
    // What has no token, for the parser gave it up.
    let rest = reader.broken.iter().map(|span| Content::Broken(&text[span.range()]));
    lines.extend(rest.map(|content| Line { blank: false, content, comment: None }));
    lines
}

struct Reader<'a, 't> {
    text: &'a str,
    /// Those that are still to come.
    tokens: &'t [Token],
    broken: &'t [Span],
}

/// The lines up to a closing brace or the end.
struct Found<'a> {
    lines: Vec<Line<'a>>,
    /// A comment before the first line, on the line of the opening brace.
    comment: Option<&'a str>,
    /// Whether all of it is on the line of the opening brace.
    on_one_line: bool,
}

impl<'a> Reader<'a, '_> {
    /// `beside` says whether something precedes it on its first line.
    fn lines(&mut self, mut beside: bool) -> Found<'a> {
        let mut found = Found { lines: Vec::new(), comment: None, on_one_line: true };
        // Whether the next part belongs to the last line; whether there is anything on the line of the file so far, and
        // whether a blank one was found before it.
        let (mut open, mut begun, mut blank) = (false, true, false);
        while let [token, rest @ ..] = self.tokens {
            if let Some((at, broken)) = self.broken_at(token) {
                // On the first line it would be a byte order mark, which is not an error.
                blank |=
                    at > 0 && found.lines.is_empty() && broken.trim_start_matches([' ', '\t']).starts_with('\u{feff}');
                found.lines.push(Line { blank, content: Content::Broken(broken), comment: None });
                (open, beside, begun, blank) = (false, false, false, false);
                continue;
            }
            self.tokens = rest;
            let written = &self.text[token.span.range()];
            let part = match token.kind {
                TokenKind::Close => return found,
                TokenKind::Newline => {
                    blank |= !begun && !found.lines.is_empty();
                    (open, beside, begun, found.on_one_line) = (false, false, false, false);
                    continue;
                }
                TokenKind::Comma => {
                    (open, begun) = (false, true);
                    continue;
                }
                TokenKind::Comment => {
                    let written = Some(written.trim_end_matches([' ', '\t']));
                    match found.lines.last_mut() {
                        Some(line) if beside => line.comment = written,
                        None if beside => found.comment = written,
                        _ => found.lines.push(Line { blank, content: Content::Comment, comment: written }),
                    }
                    (open, beside, begun, blank) = (false, true, true, false);
                    continue;
                }
                TokenKind::Open => Part::Group(self.group(written)),
                TokenKind::Dots => Part::Dots,
                TokenKind::Text if written.contains(['\n', '\r']) => Part::Text(written),
                TokenKind::Word | TokenKind::String | TokenKind::Text | TokenKind::Equals | TokenKind::Unknown => {
                    Part::Word(written)
                }
            };
            match found.lines.last_mut() {
                Some(Line { content: Content::Item(parts), .. }) if open => parts.push(part),
                _ => found.lines.push(Line { blank, content: Content::Item(vec![part]), comment: None }),
            }
            (open, beside, begun, blank) = (true, true, true, false);
        }
        found
    }

    /// The broken lines that start before a token, and where; all of their tokens are skipped.
    fn broken_at(&mut self, token: &Token) -> Option<(usize, &'a str)> {
        let [first, rest @ ..] = self.broken else { return None };
        if token.span.start < first.start {
            return None;
        }
        self.broken = rest;
        self.tokens = &self.tokens[self.tokens.partition_point(|token| token.span.start < first.end)..];
        Some((first.range().start, &self.text[first.range()]))
    }

    fn group(&mut self, open: &'a str) -> Group<'a> {
        let Found { lines, comment, on_one_line } = self.lines(true);
        let width = match (lines.len(), comment) {
            (0, None) => Some(2),
            _ if on_one_line => width(open, &lines),
            _ => None,
        };
        Group { open, comment, lines, width }
    }
}

/// How wide a group is on one line, if it can be: the braces of a body have spaces inside.
fn width(open: &str, lines: &[Line<'_>]) -> Option<usize> {
    let ends = if open == "{" { 4 } else { 2 };
    let between = 2 * lines.len().saturating_sub(1);
    lines.iter().try_fold(ends + between, |sum, line| Some(sum + line.width()?))
}

impl Line<'_> {
    fn width(&self) -> Option<usize> {
        let Content::Item(parts) = &self.content else { return None };
        let spaces = (1..parts.len()).filter(|&at| spaced(&parts[at - 1], &parts[at])).count();
        parts.iter().try_fold(spaces, |sum, part| Some(sum + part.width()?))
    }
}

impl Part<'_> {
    fn width(&self) -> Option<usize> {
        match self {
            Self::Word(word) => Some(word.chars().count()),
            Self::Dots => Some(2),
            Self::Text(_) => None,
            Self::Group(group) => group.width,
        }
    }
}

/// Whether there is a space between two parts of an item.
pub(super) fn spaced(before: &Part<'_>, after: &Part<'_>) -> bool {
    !matches!(before, Part::Dots) && !matches!(after, Part::Dots)
}
