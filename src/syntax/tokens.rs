//! The pairs of the grammar in, the tokens of the file out. The tree leaves out what a program does not mean: comments,
//! line ends, commas. Here they are, from the same reading of the text, for what shows or rewrites a text.

use pest::iterators::Pairs;

use super::grammar::Rule;
use crate::source::{SourceId, Span};

/// A token of a file. Only spaces, tabs and a byte order mark are between two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its span.
    pub span: Span,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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
fn kind(rule: Rule) -> Option<Kind> {
    Some(match rule {
        Rule::name | Rule::reference | Rule::measure => Kind::Word,
        Rule::keyword | Rule::keyword_in | Rule::keyword_true | Rule::keyword_false => Kind::Word,
        Rule::string | Rule::open_label => Kind::String,
        Rule::text => Kind::Text,
        Rule::equals => Kind::Equals,
        Rule::dots => Kind::Dots,
        Rule::brace_open | Rule::bracket_open => Kind::Open,
        Rule::brace_close | Rule::bracket_close | Rule::stray_brace => Kind::Close,
        Rule::comma => Kind::Comma,
        Rule::line_break | Rule::next_line => Kind::Newline,
        Rule::COMMENT => Kind::Comment,
        Rule::quoted | Rule::foreign_comment | Rule::bare_variable | Rule::call => Kind::Unknown,
        Rule::colon | Rule::other | Rule::too_deep => Kind::Unknown,
        _ => return None,
    })
}
