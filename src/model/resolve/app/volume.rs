//! `volume` of a service.

use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::value::{self, OUR_NAME};
use crate::model::{Contents, Use, Used, Volume, errors};
use crate::program::Node;
use crate::source::Spanned;

/// The volumes of a service in the order of their paths, and what they use.
pub(super) fn volumes(node: &Node, scope: Scope, sink: &mut Diagnostics) -> (Vec<Volume>, Vec<Use>) {
    let mut found: Vec<Volume> = Vec::new();
    let mut uses = Vec::new();
    for node in node.all("volume") {
        if node.name().starts_with(OUR_NAME) {
            sink.push(errors::reserved_prefix(node, OUR_NAME));
        }
        let Some(volume) = volume(node, scope, &mut uses, sink) else { continue };
        if let Some(first) = found.iter().find(|first| first.at.value == volume.at.value) {
            sink.push(errors::mounted_twice(&volume.at, first.at.span));
        }
        found.push(volume);
    }
    // A volume in another one needs a directory there, and nobody can create one in a secret.
    let secrets = found.iter().filter(|volume| matches!(volume.contents, Contents::Secret(_)));
    for outer in secrets {
        for inner in found.iter().filter(|inner| value::is_inside(&inner.at.value, &outer.at.value)) {
            sink.push(errors::mounted_in_read_only(&inner.at, &outer.at));
        }
    }
    found.sort_by(|a, b| a.at.value.cmp(&b.at.value));
    (found, uses)
}

fn volume(node: &Node, scope: Scope, uses: &mut Vec<Use>, sink: &mut Diagnostics) -> Option<Volume> {
    let mut reader = Reader::new(node, scope, sink);
    let at = reader.parsed("at", value::mount_path);
    let kinds: Vec<_> = ["size", "claim", "secret", "limit"].into_iter().filter(|name| reader.has(name)).collect();
    if let [first, second, ..] = kinds.as_slice() {
        reader.report(errors::several_contents(node, first, second));
    }
    if reader.has("class") && node.lacks("size") {
        reader.report(errors::class_without_size(node));
    }
    let contents = match kinds.first().copied() {
        Some("size") => {
            let class = reader.has("class").then(|| reader.parsed("class", value::dns_subdomain));
            let size = reader.storage("size")?.value;
            Contents::Own { size, class: class.map(|class| class.map(|class| class.value)).unwrap_or_default() }
        }
        Some("claim") => Contents::Claim(reader.parsed("claim", value::dns_subdomain)?),
        Some("secret") => {
            let Spanned { value: secret, span } = reader.name("secret")?;
            uses.push(Use { what: Used::Secret(secret.clone()), span, variable: None });
            Contents::Secret(secret)
        }
        _ => Contents::Scratch { limit: reader.storage("limit").map(|limit| limit.value) },
    };
    Some(Volume { name: Spanned::new(node.name(), node.name_span()), at: at?, contents })
}
