//! The driver: from sources to the trees of all targets, through every stage.

use crate::diag::{Diagnostic, Diagnostics};
use crate::program::Node;
use crate::source::SourceMap;
use crate::{check, emit, model, plan, program, syntax};
use std::collections::BTreeMap;

pub use crate::emit::Files;

/// What a compilation gives.
#[derive(Debug, Clone)]
pub struct Compilation {
    /// The tree of each target; empty when there are errors.
    pub trees: BTreeMap<String, Files>,
    /// All that is to be said, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a program.
#[must_use]
pub fn compile(sources: &SourceMap) -> Compilation {
    let mut sink = Diagnostics::default();
    let files: Vec<_> = sources.iter().map(|(id, file)| syntax::parse(id, file, &mut sink)).collect();
    let allows = program::allow::allows(&files, &mut sink);
    let program = program::shape(&files, &mut sink);
    let mut systems = Vec::new();
    for target in targets(&program) {
        if let Some(edits) = target.edits {
            model::check_target(edits, &mut sink);
        }
        let root = program::for_target(&program, target.edits, &mut sink);
        let system = model::resolve(&root, &target.name, &mut sink);
        check::check(&system, &mut sink);
        systems.push(system);
    }
    check::check_targets(&systems, &mut sink);
    // A name that is misspelt in one place looks unused in the other.
    if !sink.has_errors() {
        program::report_idle(&program, &mut sink);
        check::check_unused(&systems, &mut sink);
    }
    let mut trees = BTreeMap::new();
    if !sink.has_errors() {
        trees = systems.iter().map(|system| (system.target.clone(), emit::emit(&plan::plan(system)))).collect();
    }
    Compilation { trees, diagnostics: program::allow::silence(sink.into_sorted(), &allows) }
}

/// A target, and what it changes.
struct Target<'a> {
    name: String,
    edits: Option<&'a Node>,
}

/// The declared targets; without any, one that is called like the project.
fn targets(program: &program::Program) -> Vec<Target<'_>> {
    if program.targets.is_empty() {
        let name = program.root.block("project").map(Node::name).unwrap_or_default();
        return vec![Target { name, edits: None }];
    }
    program.targets.iter().map(|target| Target { name: target.name(), edits: Some(target) }).collect()
}
