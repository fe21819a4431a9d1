//! The parser that pest makes of `grammar/pipe.pest`, and nothing else.

// The derive writes an undocumented enum of rules, so it stays inside the syntax layer.
#![allow(missing_docs)]

/// Reads text by the rules of the grammar.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/pipe.pest"]
pub(super) struct Grammar;
