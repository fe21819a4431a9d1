//! The query of an analysis: its text, and what each byte of it was written as.

use super::Reader;
use crate::model::text::{Segment, Text};
use crate::source::{Span, Spanned};
use crate::syntax::ast;
use std::ops::Range;

/// A query as its provider reads it, before the properties of the canary are known.
#[derive(Debug, Default)]
pub(in crate::model) struct Code {
    /// The text, with a word for each property of the canary.
    pub text: String,
    /// Where its pieces begin in the text, and where they are written.
    pieces: Vec<(usize, Piece)>,
}

#[derive(Debug, Clone, Copy)]
enum Piece {
    /// Text as it is written, from a byte of the file on.
    Literal(Span),
    /// The value of a variable.
    Variable(Span),
}

impl Code {
    /// The place of some bytes of the text.
    pub fn span(&self, range: Range<usize>) -> Span {
        let last = self.place(self.text.floor_char_boundary(range.end.max(range.start + 1) - 1));
        self.place(range.start).to(last)
    }

    /// Whether a variable gives the byte.
    pub fn is_variable(&self, at: usize) -> bool {
        matches!(self.piece(at), Some((_, Piece::Variable(_))))
    }

    fn piece(&self, at: usize) -> Option<(usize, Piece)> {
        let after = self.pieces.partition_point(|(start, _)| *start <= at);
        self.pieces.get(after.checked_sub(1)?).copied()
    }

    fn place(&self, at: usize) -> Span {
        match self.piece(at) {
            None => Span::nowhere(),
            Some((_, Piece::Variable(span))) => span,
            Some((start, Piece::Literal(span))) => {
                let begin = span.range().start + at - start;
                // The whole of a character.
                let len = self.text[at..].chars().next().map_or(1, char::len_utf8);
                Span::new(span.source, begin..begin + len)
            }
        }
    }

    fn push(&mut self, text: &str, piece: Piece) {
        self.pieces.push((self.text.len(), piece));
        self.text.push_str(text);
    }
}

impl Reader<'_, '_> {
    /// The text of an attribute, and the same as code.
    pub fn query(&mut self, name: &str) -> Option<(Text, Code)> {
        let text = self.text(name)?;
        let mut code = Code::default();
        match &self.node.attribute(name)?.value {
            ast::Value::Text(written) => self.code(written, &text, &mut code)?,
            // A bare variable.
            _ => code.push(&words(&text.value), Piece::Variable(text.span)),
        }
        Some((text.value, code))
    }

    fn code(&self, written: &ast::Text, text: &Spanned<Text>, code: &mut Code) -> Option<()> {
        for (at, segment) in written.segments.iter().enumerate() {
            match segment {
                ast::Segment::Literal(literal) => {
                    let before =
                        |segment: usize| written.places.partition_point(|place| (place.segment as usize) < segment);
                    let places = &written.places[before(at)..before(at + 1)];
                    let mut ends = places.iter().skip(1).map(|place| place.at as usize);
                    for place in places {
                        let piece = &literal[place.at as usize..ends.next().unwrap_or(literal.len())];
                        let start = place.source as usize;
                        code.push(piece, Piece::Literal(Span::new(text.span.source, start..start + piece.len())));
                    }
                }
                ast::Segment::Variable(reference) => {
                    // What is wrong with it has been reported with the text.
                    let mut quiet = crate::diag::Diagnostics::default();
                    match self.scope.variable(reference, &mut quiet)? {
                        super::Variable::Text(value, _) => code.push(&words(&value), Piece::Variable(reference.span)),
                        super::Variable::Secret(_) => return None,
                    }
                }
            }
        }
        Some(())
    }
}

/// A text with a word for each piece that only a run knows.
fn words(text: &Text) -> String {
    let word = |segment: &Segment| match segment {
        Segment::Literal(text) => text.clone(),
        _ => "canary".to_owned(),
    };
    text.0.iter().map(word).collect()
}
