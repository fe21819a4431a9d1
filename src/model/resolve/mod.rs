//! The program of one target → a [`System`]. Reports E02xx to E06xx at the values; what spans several blocks is left to
//! [`crate::check`]. One file for each kind of block.

mod analysis;
mod app;
mod names;
mod pipeline;
mod project;

pub use names::check_target;

use super::errors;
use super::reference::Scope;
use super::{Pipeline, System};
use crate::diag::Diagnostics;
use crate::program::Node;
use std::collections::BTreeMap;

/// Resolves a program. `None` when there is no project to speak of; what else is wrong is reported and left out.
pub fn resolve(root: &Node, target: &str, sink: &mut Diagnostics) -> Option<System> {
    let scope = Scope { root, target, environment: None, app: None, query: false, depth: 0 };
    let Some(project_node) = root.block("project") else {
        if !root.may_mean("project") {
            sink.push(errors::no_project(root.head));
        }
        return None;
    };
    names::check_names(root, sink);
    let project = project::project(project_node, scope, sink);
    let environments: BTreeMap<_, _> = root
        .all("environment")
        .filter_map(|node| project::environment(node, scope, sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    names::check_layers(root, &root.names("environment").collect::<Vec<_>>(), sink);
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
    let prometheus = project.as_ref().and_then(|project| project.prometheus.as_ref()).map(|known| known.url.clone());
    let analyses = root
        .all("analysis")
        .filter_map(|node| analysis::analysis(node, scope, prometheus.as_deref(), sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    let mut pipelines: Vec<Pipeline> =
        root.all("pipeline").flat_map(|node| pipeline::pipelines(node, scope, &environments, &apps, sink)).collect();
    pipelines.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    Some(System { target: target.to_owned(), project: project?, environments, secrets, apps, analyses, pipelines })
}
