//! `init` and `sidecar`.

use super::Env;
use super::container::container;
use crate::diag::Diagnostics;
use crate::model::reference::Scope;
use crate::model::{Answer, Beside, errors};
use crate::program::Node;
use crate::source::{Span, Spanned};

/// The containers that start before that of a service, in the order in which they are written. `service`: the name of the
/// service's own container.
pub(super) fn beside(
    node: &Node,
    service: &Spanned<String>,
    scope: Scope,
    app_env: &Env,
    sink: &mut Diagnostics,
) -> Vec<Beside> {
    let mut found = Vec::new();
    let mut names: Vec<(String, Span)> = vec![(service.value.clone(), service.span)];
    for node in node.blocks.iter().filter(|node| matches!(node.spec.word, "init" | "sidecar")) {
        let name = Spanned::new(node.name(), node.name_span());
        // Two of one word are duplicate blocks.
        match names.iter().find(|(known, _)| *known == name.value) {
            Some((_, first)) => sink.push(errors::container_twice(&name, *first)),
            None => names.push((name.value.clone(), name.span)),
        }
        let is_sidecar = node.spec.word == "sidecar";
        let Some(container) = container(node, scope, app_env, sink) else { continue };
        for (kind, probe) in &container.probes.0 {
            if matches!(probe.answer, Answer::Path { port: None, .. }) {
                sink.push(errors::probe_needs_port(kind.word(), probe.span));
            }
        }
        found.push(Beside { name, is_sidecar, container });
    }
    found
}
