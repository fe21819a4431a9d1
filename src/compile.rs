//! The driver: from sources to the trees of all targets, through every stage.

use crate::diag::{Diagnostic, Diagnostics};
use crate::files::Files;
use crate::program::Node;
use crate::source::SourceMap;
use crate::syntax::ast;
use crate::{check, emit, model, patch, plan, program, syntax};
use std::collections::BTreeMap;

/// What a compilation gives.
#[derive(Debug, Clone)]
pub struct Compilation {
    /// The tree of each target; empty when there are errors.
    pub trees: BTreeMap<String, Files>,
    /// All diagnostics, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
}

/// What is known of a program before anything is generated from it.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// The syntax tree of each file, in the order of the sources.
    pub files: Vec<ast::File>,
    /// The blocks of all files.
    pub program: program::Program,
    /// The program of each target, and what it means; complete only without errors.
    pub targets: Vec<(program::Node, model::ResolvedProject)>,
    /// All diagnostics, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether one of them is an error.
    pub has_errors: bool,
}

/// Reads a program and checks it.
#[must_use]
pub fn analyse(sources: &SourceMap) -> Analysis {
    examine(sources).0
}

/// Reads a program and checks it, and gives the trees that were needed for that.
fn examine(sources: &SourceMap) -> (Analysis, BTreeMap<String, Files>) {
    let mut sink = Diagnostics::default();
    let files: Vec<_> = sources.iter().map(|(id, file)| syntax::parse(id, file, &mut sink)).collect();
    let allows = program::allow::allows(&files, &mut sink);
    let program = program::validate(&files, &mut sink);
    let mut projects = Vec::new();
    let mut roots = Vec::new();
    for target in targets(&program) {
        if let Some(edits) = target.edits {
            model::check_target(edits, &mut sink);
        }
        let root = program::for_target(&program, target.edits, &mut sink);
        let resolved = model::resolve(&root, &target.name, &mut sink);
        check::check(&resolved, &mut sink);
        projects.push(resolved);
        roots.push(root);
    }
    check::check_targets(&projects, &mut sink);
    projects.iter().for_each(|resolved| patch::check(resolved, sources, &mut sink));
    let mut trees = BTreeMap::new();
    if !sink.has_errors() {
        for resolved in projects.iter().filter(|resolved| patch::any(resolved)) {
            trees.insert(resolved.target.clone(), emit::emit_checked(&plan::plan(resolved), &mut sink));
        }
    }
    // A name that is misspelt in one place makes another look unused.
    if !sink.has_errors() {
        program::report_unused(&program, &mut sink);
        check::check_unused(&projects, &mut sink);
    }
    let has_errors = sink.has_errors();
    let mut diagnostics = program::allow::silence(sink.into_sorted(), &allows);
    diagnostics.iter_mut().for_each(|diagnostic| keep_fix(diagnostic, sources));
    (Analysis { files, program, targets: roots.into_iter().zip(projects).collect(), diagnostics, has_errors }, trees)
}

/// Compiles a program.
#[must_use]
pub fn compile(sources: &SourceMap) -> Compilation {
    let (analysis, mut trees) = examine(sources);
    if analysis.has_errors {
        trees.clear();
    } else {
        for (_, resolved) in &analysis.targets {
            trees.entry(resolved.target.clone()).or_insert_with(|| emit::emit(&plan::plan(resolved)));
        }
    }
    Compilation { trees, diagnostics: analysis.diagnostics }
}

/// Removes a fix if the text that it changes is not the content of the file, because the file is not UTF-8.
fn keep_fix(diagnostic: &mut Diagnostic, sources: &SourceMap) {
    diagnostic.fix.take_if(|fix| fix.edits.iter().any(|(span, _)| sources.file(span.source).fault().is_some()));
}

/// A target, and what it changes.
struct Target<'a> {
    name: String,
    edits: Option<&'a Node>,
}

/// The declared targets; without any, one that is named after the project.
fn targets(program: &program::Program) -> Vec<Target<'_>> {
    if program.targets.is_empty() {
        let name = program.root.block("project").map(Node::name).unwrap_or_default();
        return vec![Target { name, edits: None }];
    }
    program.targets.iter().map(|target| Target { name: target.name(), edits: Some(target) }).collect()
}
