//! The program of one target → a [`ResolvedProject`]. Reports E02xx to E06xx at the values; what spans several blocks is left to
//! [`crate::check`]. One file for each kind of block.

mod analysis;
mod app;
mod literals;
mod names;
mod notice;
mod patch;
mod pipeline;
mod project;
mod trigger;

pub use names::check_target;

use super::errors;
use super::reference::{Scope, Variable};
use super::{Partial, Project, ResolvedProject, Written};
use crate::diag::Diagnostics;
use crate::program::Node;
use crate::schema::{DeclarationKind, Phase};
use crate::syntax::ast;
use std::collections::BTreeMap;

/// Resolves a program. What is wrong is reported, and left out or marked; without an error, the project is complete.
pub fn resolve(root: &Node, target: &str, sink: &mut Diagnostics) -> ResolvedProject {
    let scope = Scope { root, target, environment: None, app: None, query: false, tag: false, depth: 0 };
    names::check_names(root, sink);
    literals::check(root, sink);
    let project = match root.block("project") {
        Some(node) => project::project(node, scope, sink),
        None => {
            if !root.unread.may_be("project") {
                sink.push(errors::no_project(root.head));
            }
            // One report is enough for all that it lacks.
            let stand_in = project::project(&root.block_or_empty("project"), scope, &mut Diagnostics::default());
            Project { is_complete: false, ..stand_in }
        }
    };
    let environments: BTreeMap<_, _> = root
        .all("environment")
        .filter_map(|node| project::environment(node, scope, sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    let known: Vec<_> = root.names("environment").collect();
    root.blocks.iter().filter(|node| node.spec.word != "app").for_each(|node| names::check_layers(node, &known, sink));
    let secrets = root
        .all("secret")
        .filter_map(|node| project::secret(node, scope, &environments, sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    let apps: BTreeMap<_, _> = root
        .all("app")
        .map(|node| app::app(node, scope, &environments, sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    let analyses = root
        .all("analysis")
        .filter_map(|node| analysis::analysis(node, scope, project.metrics.as_ref(), sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    let mut pipelines = Vec::new();
    let mut are_all = !root.unread.may_be("pipeline");
    for (at, node) in root.all("pipeline").enumerate() {
        // The second of two of one name has been reported.
        if root.all("pipeline").take(at).any(|first| first.name() == node.name()) {
            continue;
        }
        let found = pipeline::pipelines(node, scope, &environments, &apps, &project.notices, sink);
        are_all &= found.is_complete();
        pipelines.extend(found.iter().cloned());
    }
    pipelines.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    let written = Written::of(scope, sink);
    let target = target.to_owned();
    let pipelines = Partial::new(pipelines, are_all);
    ResolvedProject { target, project, environments, secrets, apps, analyses, pipelines, written }
}

/// What a variable refers to, for an editor to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// This text.
    Text(String),
    /// A text that is known in that phase only.
    Later(Phase),
    /// A key of a secret.
    Secret,
}

/// What a variable refers to in an app and environment; `None` if it means nothing.
#[must_use]
pub fn meaning(
    root: &Node,
    target: &str,
    app: Option<&str>,
    environment: Option<&str>,
    query: bool,
    reference: &ast::Ref,
) -> Option<Meaning> {
    let scope = Scope { root, target, environment, app: None, query, tag: true, depth: 0 };
    let scope = Scope { app: app.and_then(|app| scope.declared(DeclarationKind::App, app)), ..scope };
    match scope.variable(reference, &mut Diagnostics::default())? {
        Variable::Text(text, phase) => {
            Some(text.known().filter(|_| phase < Phase::Run).map_or(Meaning::Later(phase), Meaning::Text))
        }
        Variable::Secret(_) => Some(Meaning::Secret),
    }
}
