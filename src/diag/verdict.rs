//! What several looks think of the same places: one target or environment to which a place matters is enough.

use super::{Diagnostic, Diagnostics};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Places that may be without use or effect.
#[derive(Debug, Default)]
pub struct Verdicts {
    needed: BTreeSet<Span>,
    idle: BTreeMap<Span, Diagnostic>,
}

impl Verdicts {
    /// What is to be said of a place if it matters to nobody; `None` if it matters here.
    pub fn add(&mut self, span: Span, idle: Option<Diagnostic>) {
        match idle {
            None => drop(self.needed.insert(span)),
            Some(diagnostic) => drop(self.idle.entry(span).or_insert(diagnostic)),
        }
    }

    /// Reports the places that matter to nobody.
    pub fn report(self, sink: &mut Diagnostics) {
        let idle = self.idle.into_iter().filter(|(span, _)| !self.needed.contains(span));
        idle.for_each(|(_, diagnostic)| sink.push(diagnostic));
    }
}
