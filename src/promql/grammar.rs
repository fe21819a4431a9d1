//! The parser that pest makes of `grammar/promql.pest`, and nothing else.

// The derive writes an undocumented enum of rules, so it stays inside the module.
#![allow(missing_docs)]

/// Reads queries by the rules of the grammar.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/promql.pest"]
pub(super) struct Grammar;
