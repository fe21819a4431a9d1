//! Text in, [`ast::File`] out. Reports E01xx; always returns a tree, in time linear in the length of the text.
//!
//! The grammar accepts every text. `lower` walks what it found and builds the tree; what could not be read is
//! explained by `explain`, braces that do not match by `braces`, and the words are in `errors`. The tree holds what a
//! program means; [`tokens`] has all that is written, and `lines` knows which of it a mistake spoils.

pub mod ast;
mod braces;
mod errors;
mod explain;
mod grammar;
mod lines;
mod lower;
mod text;
pub mod tokens;

pub use text::reindent;

use pest::Parser as _;
use pest::iterators::Pairs;

use crate::diag::Diagnostics;
use crate::source::{SourceFile, SourceId, Span};
use grammar::{Grammar, Rule};

/// How many braces and brackets may be open at once; the grammar holds the same number.
pub const MAX_DEPTH: usize = 64;

/// A file as it was read.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// What it means.
    pub tree: ast::File,
    /// All that is written in it, in order.
    pub tokens: Vec<tokens::Token>,
    /// The lines at the top of the file in which something is reported, each with all that is open in it; in order, and
    /// apart from each other. What stands outside of them is whole.
    pub broken: Vec<Span>,
}

/// Reads one file. A mistake is reported once, and stands in the tree as [`ast::Item::Broken`].
pub fn parse(id: SourceId, file: &SourceFile, sink: &mut Diagnostics) -> ast::File {
    match Grammar::parse(Rule::file, file.text()) {
        Ok(pairs) => lower(id, file, sink, pairs).0,
        Err(_) => too_much(id, file, sink),
    }
}

/// The same, with all that the tree leaves out.
pub fn parse_with_tokens(id: SourceId, file: &SourceFile, sink: &mut Diagnostics) -> Parsed {
    match Grammar::parse(Rule::file, file.text()) {
        Ok(pairs) => {
            let tokens = tokens::tokens(id, pairs.clone());
            let (tree, broken) = lower(id, file, sink, pairs);
            Parsed { tree, tokens, broken }
        }
        Err(_) => Parsed {
            tree: too_much(id, file, sink),
            tokens: Vec::new(),
            broken: vec![Span::new(id, 0..file.text().len())],
        },
    }
}

fn lower(
    id: SourceId,
    file: &SourceFile,
    sink: &mut Diagnostics,
    mut pairs: Pairs<'_, Rule>,
) -> (ast::File, Vec<Span>) {
    let pair = pairs.next().expect("`file` is one pair");
    lower::Lower::new(id, file, sink).file(pair)
}

/// Rule `file` accepts every text; only a limit on pest's own work, which none of ours sets, can end up here.
fn too_much(id: SourceId, file: &SourceFile, sink: &mut Diagnostics) -> ast::File {
    let whole = Span::new(id, 0..file.text().len());
    sink.push(errors::too_deep(Span::new(id, 0..0)));
    ast::File { source: id, items: vec![ast::Item::Broken(whole)] }
}
