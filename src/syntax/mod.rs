//! Text in, [`ast::File`] out. Reports E01xx; always returns a tree, in time linear in the length of the text.
//!
//! The grammar accepts every text. `lower` walks what it found and builds the tree; what could not be read is
//! explained by `explain`, braces that do not match by `braces`, and the words are in `errors`. The tree holds what a
//! program means; [`tokens`] has everything that is written, and `lines` knows which of it an error spoils.

pub mod ast;
mod braces;
mod errors;
mod explain;
mod foreign;
mod grammar;
mod indents;
mod lines;
mod lower;
mod text;
pub mod tokens;
pub mod units;

pub use text::reindent;

use pest::Parser as _;
use pest::iterators::Pairs;

use crate::diag::Diagnostics;
use crate::source::{Fault, SourceFile, SourceId, Span};
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
    /// apart from each other. What is outside of them is complete.
    pub broken: Vec<Span>,
}

/// Parses one file. An error is reported once, and is in the tree as [`ast::Item::Broken`].
pub fn parse(id: SourceId, file: &SourceFile, sink: &mut Diagnostics) -> ast::File {
    if let Some(fault) = file.fault() {
        sink.push(errors::no_utf8(Span::new(id, 0..file.text().len()), file.text(), fault));
        if fault == Fault::Binary {
            return ast::File { source: id, items: vec![ast::Item::Broken(Span::new(id, 0..file.text().len()))] };
        }
    }
    match read(id, file, |_| ()) {
        Read::Own((), (tree, _), own) => {
            sink.append(own);
            tree
        }
        Read::Foreign((), text, conflicts) => {
            for conflict in conflicts {
                let line = |range| Span::new(id, range);
                sink.push(errors::conflict(line(conflict.ours), line(conflict.middle), line(conflict.theirs)));
            }
            match Grammar::parse(Rule::file, &text) {
                Ok(pairs) => lower(id, file, sink, pairs).0,
                Err(_) => too_much(id, file, sink),
            }
        }
        Read::TooMuch => too_much(id, file, sink),
    }
}

/// The same, with all that the tree leaves out.
pub fn parse_with_tokens(id: SourceId, file: &SourceFile, sink: &mut Diagnostics) -> Parsed {
    let whole = || vec![Span::new(id, 0..file.text().len())];
    match read(id, file, |pairs| tokens::tokens(id, pairs.clone())) {
        Read::Own(tokens, (tree, broken), own) => {
            sink.append(own);
            Parsed { tree, tokens, broken }
        }
        // What is foreign can hold anything, so its file is left as it is.
        Read::Foreign(tokens, ..) => Parsed { tree: parse(id, file, sink), tokens, broken: whole() },
        Read::TooMuch => Parsed { tree: too_much(id, file, sink), tokens: Vec::new(), broken: whole() },
    }
}

/// What the grammar makes of a text.
enum Read<T> {
    /// What was asked of it, its tree with the broken lines, and what is to be said of it.
    Own(T, (ast::File, Vec<Span>), Diagnostics),
    /// The result of the query; the text has errors and foreign regions, which are blanked in it; and the conflicts.
    Foreign(T, String, Vec<foreign::Conflict>),
    /// The grammar gave up.
    TooMuch,
}

/// Parses a text as it is, and queries what the grammar found. Only a text with errors is searched for foreign regions: a
/// valid program means what it says, whatever its strings look like.
fn read<T>(id: SourceId, file: &SourceFile, ask: impl FnOnce(&Pairs<'_, Rule>) -> T) -> Read<T> {
    let Ok(pairs) = Grammar::parse(Rule::file, file.text()) else { return Read::TooMuch };
    let mut own = Diagnostics::default();
    let asked = ask(&pairs);
    let lowered = lower(id, file, &mut own, pairs);
    if own.has_errors() {
        let (text, conflicts) = foreign::blanked(file.text());
        if text != file.text() || !conflicts.is_empty() {
            return Read::Foreign(asked, text.into_owned(), conflicts);
        }
    }
    Read::Own(asked, lowered, own)
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

/// Rule `file` accepts every text; only a limit on pest's work, which is never set, can end up here.
fn too_much(id: SourceId, file: &SourceFile, sink: &mut Diagnostics) -> ast::File {
    let whole = Span::new(id, 0..file.text().len());
    sink.push(errors::too_deep(Span::new(id, 0..0)));
    ast::File { source: id, items: vec![ast::Item::Broken(whole)] }
}
