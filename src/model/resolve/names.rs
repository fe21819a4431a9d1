//! Names of declared things: they become names of objects, so Kubernetes has to take them. Reports E0208, E0211 and E0601.

use crate::diag::Diagnostics;
use crate::model::errors;
use crate::model::value;
use crate::program::Node;
use crate::schema::{InRule, variables};

/// The longest name of an app: a version, a `-` and the app are the name of an Application, of 63 characters at most.
const LONGEST_APP: usize = 63 - 22 - 1;
/// The longest name of a pipeline: it, a `-` and 12 digits of the commit are the name of a Workflow, of 63 at most.
pub(super) const LONGEST_PIPELINE: usize = 63 - 1 - 12;
/// The longest name of a project, target or environment: several of them and a suffix make the name of an object.
const LONGEST_PART: usize = 30;

/// The name of a target is a part of names and paths.
pub fn check_target(target: &Node, sink: &mut Diagnostics) {
    check_name(target, LONGEST_PART, sink);
}

/// Names of declared things become names of objects.
pub(super) fn check_names(root: &Node, sink: &mut Diagnostics) {
    for node in &root.blocks {
        let longest = match node.spec.word {
            "app" => LONGEST_APP,
            "pipeline" => LONGEST_PIPELINE,
            "project" | "environment" => LONGEST_PART,
            _ => 63,
        };
        check_name(node, longest, sink);
        let reserved = |node: &Node| variables::ROOTS.iter().any(|root| root.name == node.name());
        if matches!(node.spec.word, "app" | "secret") && reserved(node) {
            sink.push(errors::reserved(node));
        }
        let of_files = match node.spec.word {
            "pipeline" => name_of_ours(&node.name()) || matches!(node.name().as_str(), "shared" | "janitor"),
            "app" => node.name() == "analysis",
            // Argo CD's project of the generated tree is called like that of an environment.
            "environment" => node.name() == "bootstrap",
            _ => false,
        };
        if of_files || node.name() == "kustomization" {
            sink.push(errors::used_by_the_tree(node));
        }
        for inner in &node.blocks {
            if matches!(inner.spec.word, "image" | "task" | "service" | "cron" | "helm") && inner.label.is_some() {
                check_name(inner, LONGEST_APP, sink);
            }
            let named = inner.blocks.iter().filter(|block| matches!(block.spec.word, "volume" | "init" | "sidecar"));
            named.for_each(|block| check_name(block, 63, sink));
            if inner.spec.word == "image" && reserved(inner) {
                sink.push(errors::reserved(inner));
            }
        }
    }
}

/// Whether the name is one of the objects that all pipelines share.
fn name_of_ours(name: &str) -> bool {
    name.strip_prefix(value::OUR_NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn check_name(node: &Node, longest: usize, sink: &mut Diagnostics) {
    let name = node.name();
    if name.is_empty() {
        return;
    }
    // An environment's namespace is called like it, unless another name is written.
    let namespace = node.spec.word == "environment" && node.attribute("namespace").is_none();
    let read = || if namespace { value::namespace(&name).map(|_| ()) } else { Ok(()) };
    if let Err(bad) = value::dns_label(&name, longest).and_then(|_| read()) {
        sink.push(errors::bad_name(node, &bad));
    } else if name.starts_with(|c: char| c.is_ascii_digit()) {
        sink.push(errors::bad_name(node, &value::Bad::new("starts with a digit", "start it with a letter")));
    }
}

/// Every environment that `in ENV` names must be declared.
pub(super) fn check_layers(node: &Node, known: &[String], sink: &mut Diagnostics) {
    let layers = node.layers.iter().map(|layer| &layer.environment);
    for environment in layers.chain(&node.only) {
        if !known.contains(&environment.value) {
            sink.push(errors::unknown_environment(environment, known));
        }
    }
    for block in node.blocks.iter().filter(|block| block.spec.environments != InRule::Acts) {
        check_layers(block, known, sink);
    }
}
