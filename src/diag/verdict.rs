//! Merges verdicts from several passes about one span: one target or environment that uses it is enough.

use super::{Diagnostic, Diagnostics};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Places that may be without use or effect.
#[derive(Debug, Default)]
pub struct Verdicts {
    needed: BTreeSet<Span>,
    unused: BTreeMap<Span, Diagnostic>,
}

impl Verdicts {
    /// The report on a place that nothing uses; `None` if it is used here.
    pub fn add(&mut self, span: Span, unused: Option<Diagnostic>) {
        match unused {
            None => drop(self.needed.insert(span)),
            Some(diagnostic) => drop(self.unused.entry(span).or_insert(diagnostic)),
        }
    }

    /// Reports the places that nothing uses.
    pub fn report(self, sink: &mut Diagnostics) {
        let unused = self.unused.into_iter().filter(|(span, _)| !self.needed.contains(span));
        unused.for_each(|(_, diagnostic)| sink.push(diagnostic));
    }
}
