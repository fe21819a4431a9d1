//! What is wrong with a query, and where.

use std::ops::Range;

/// What Prometheus would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its bytes in the query.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Fault {
    pub(super) fn new(range: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { range, message: message.into(), help: help.into() }
    }
}
