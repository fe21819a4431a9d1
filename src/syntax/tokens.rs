//! The pairs of the grammar in, the tokens of the file out. The tree leaves out what a program does not mean: comments,
//! line ends, commas. Here they are, from the same reading of the text, for what shows or rewrites a text.

use pest::iterators::Pairs;

use super::grammar::Rule;
use crate::source::{SourceId, Span};

/// A token of a file. Only spaces, tabs and a byte order mark are between two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its span.
    pub span: Span,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A name, a dotted reference, a quantity or a reserved word.
    Word,
    /// `"…"`
    String,
    /// `"""…"""`
    Text,
    /// `=`
    Equals,
    /// `..`
    Dots,
    /// `{` or `[`
    Open,
    /// `}` or `]`
    Close,
    /// `,`
    Comma,
    /// The end of a line, outside of texts.
    Newline,
    /// `# …`, up to the end of the line.
    Comment,
    /// What the language does not know.
    Unknown,
}

/// All tokens, in order.
pub(super) fn tokens(source: SourceId, pairs: Pairs<'_, Rule>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut end = 0;
    for pair in pairs.flatten() {
        let span = pair.as_span();
        // The parts of a token are not tokens.
        if span.start() < end {
            continue;
        }
        if let Some(kind) = kind(pair.as_rule()) {
            end = span.end();
            tokens.push(Token { kind, span: Span::new(source, span.start()..span.end()) });
        }
    }
    tokens
}

/// `None` if it consists of tokens, or is only a marker.
fn kind(rule: Rule) -> Option<TokenKind> {
    Some(match rule {
        Rule::name | Rule::reference | Rule::quantity => TokenKind::Word,
        Rule::keyword | Rule::keyword_in | Rule::keyword_true | Rule::keyword_false => TokenKind::Word,
        Rule::string | Rule::open_label => TokenKind::String,
        Rule::text => TokenKind::Text,
        Rule::equals => TokenKind::Equals,
        Rule::dots => TokenKind::Dots,
        Rule::brace_open | Rule::bracket_open => TokenKind::Open,
        Rule::brace_close | Rule::bracket_close | Rule::stray_brace => TokenKind::Close,
        Rule::comma => TokenKind::Comma,
        Rule::line_break | Rule::next_line => TokenKind::Newline,
        Rule::COMMENT => TokenKind::Comment,
        Rule::quoted | Rule::foreign_comment | Rule::bare_variable | Rule::call => TokenKind::Unknown,
        Rule::colon | Rule::other | Rule::too_deep => TokenKind::Unknown,
        _ => return None,
    })
}
