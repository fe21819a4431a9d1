//! Validates manifests against the schemas of a cluster: reports what the cluster would reject or silently drop, with
//! its position in the file.
//!
//! | step | in → out | where |
//! |---|---|---|
//! | read | text → trees with places, as kubectl reads YAML | [`yaml`] |
//! | index | CustomResourceDefinitions and the API server's document → kinds with their schemas | [`catalogue`], [`schema`] |
//! | shape | a kind and a path → what may be there, for an editor | [`shape`] |
//! | verify | a tree and the schemas → diagnostics | `objects`, and `value` below it |
//!
//! It is strict: a field that no schema knows is an error. CEL rules are not evaluated, nor does it know what a controller
//! requires. The content of a Secret is never part of a message, and [`Verified::secrets`] says where it is, so that it
//! can be kept out of excerpts.

pub mod catalogue;
mod errors;
mod fields;
mod format;
mod metadata;
mod objects;
mod place;
pub mod schema;
mod secrets;
pub mod shape;
mod value;
pub mod yaml;

use crate::diag::{Diagnostic, Diagnostics};
use crate::source::{SourceId, SourceMap, Span};
use catalogue::Library;
use std::collections::BTreeSet;
use std::rc::Rc;

/// How to verify.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Skip kinds that have no schema.
    pub ignore_missing_schemas: bool,
    /// The paths of files that must be manifests, because they are named. Other files that are not are skipped.
    pub named: Option<&'a BTreeSet<String>>,
}

/// What was verified, and found.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    /// In the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// How many objects were validated against a schema; nested objects do not count.
    pub objects: usize,
    /// Their kinds, each with its group.
    pub kinds: BTreeSet<(String, String)>,
    /// How many files have manifests.
    pub files: usize,
    /// The files that have none.
    pub passed_over: Vec<String>,
    /// How many objects were skipped because they have no schema.
    pub without_schema: usize,
    /// Where the values of Secrets are.
    pub secrets: Vec<Span>,
}

/// Validates manifests against schemas.
#[must_use]
pub fn verify(sources: &SourceMap, library: &Library<'_>, options: Options<'_>) -> Verified {
    let mut verifier = objects::Verifier::new(sources, library, options);
    for (id, file) in sources.iter() {
        let is_named = options.named.is_some_and(|named| named.contains(file.path()));
        verifier.file(id, file, is_named);
    }
    let (found, sink) = verifier.finish();
    let mut diagnostics = sink.into_sorted();
    diagnostics.iter_mut().for_each(|report| secrets::mask(report, sources, &found.secrets));
    Verified { diagnostics, ..found }
}

/// Some fields of an object, for a patch: validated where they are written, in braces.
///
/// A kind that [`catalogue::Catalogue::built_in`] does not have is only checked for its metadata. `kind` is `Pod` for the
/// pod template of a workload.
#[must_use]
pub fn part(sources: &SourceMap, library: &Library<'_>, fields: &Rc<yaml::Node>, id: (&str, &str)) -> Vec<Diagnostic> {
    let mut verifier = objects::Verifier::new(sources, library, Options::default());
    verifier.part(fields, id.0, id.1);
    verifier.finish().1.into_sorted()
}

/// All places of a file.
fn whole(id: SourceId, text: &str) -> Span {
    Span::new(id, 0..text.len())
}

/// The diagnostics of one traversal of a value, and what is decided once all of its object is known.
#[derive(Debug, Default)]
struct Found {
    list: Vec<Diagnostic>,
    /// Fields that are required and not there, by their names.
    missing: Vec<(String, Diagnostic)>,
    /// What unknown fields were meant to be: that one of these is missing is not a second error.
    meant: BTreeSet<String>,
}

impl Found {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    fn is_empty(&self) -> bool {
        self.list.is_empty() && self.missing.is_empty()
    }

    fn settle(self, sink: &mut Diagnostics) {
        let meant = self.meant;
        let missing = self.missing.into_iter().filter(|(name, _)| !meant.contains(name)).map(|(_, report)| report);
        self.list.into_iter().chain(missing).for_each(|report| sink.push(report));
    }
}
