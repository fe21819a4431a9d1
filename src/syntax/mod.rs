//! Text in, [`ast::File`] out. Reports E01xx; always returns a tree, in time linear in the length of the text.
//!
//! The grammar accepts every text. `lower` walks what it found and builds the tree; what could not be read is
//! explained by `explain`, braces that do not match by `braces`, and the words are in `errors`.

pub mod ast;
mod braces;
mod errors;
mod explain;
mod grammar;
mod lower;
mod text;

use pest::Parser as _;

use crate::diag::Diagnostics;
use crate::source::{SourceFile, SourceId, Span};
use grammar::{Grammar, Rule};

/// How many braces and brackets may be open at once; the grammar holds the same number.
pub const MAX_DEPTH: usize = 64;

/// Reads one file. A mistake is reported once, and stands in the tree as [`ast::Item::Broken`].
pub fn parse(id: SourceId, file: &SourceFile, sink: &mut Diagnostics) -> ast::File {
    match Grammar::parse(Rule::file, file.text()) {
        Ok(mut pairs) => {
            let pair = pairs.next().expect("`file` is one pair");
            lower::Lower::new(id, file, sink).file(pair)
        }
        // Rule `file` accepts every text; only a limit on pest's own work, which none of ours sets, can end up here.
        Err(_) => {
            let whole = Span::new(id, 0..file.text().len());
            sink.push(errors::too_deep(Span::new(id, 0..0)));
            ast::File { source: id, items: vec![ast::Item::Broken(whole)] }
        }
    }
}
