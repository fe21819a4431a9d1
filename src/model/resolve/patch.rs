//! `patch`: which object it changes, and the fields that it sets.

use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::{Patch, errors};
use crate::program::Node;
use crate::source::Spanned;

/// The patches of a block, in order.
pub(super) fn patches(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Vec<Patch> {
    node.all("patch").filter_map(|node| patch(node, scope, sink)).collect()
}

fn patch(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Patch> {
    let mut reader = Reader::new(node, scope, sink);
    let mut fields = Vec::new();
    for attribute in node.spec.attributes {
        let Some(written) = node.attribute(attribute.name) else { continue };
        let values = reader.settings(attribute.name);
        let values = Spanned::new(crate::model::Setting::Map(values), written.value.span());
        fields.push((written.key.clone(), values));
    }
    let label = node.name();
    let (kind, name) = label.split_once('/').map_or((label.as_str(), None), |(kind, name)| (kind, Some(name)));
    if kind.is_empty() || name.is_some_and(|name| name.is_empty() || name.contains('/')) {
        sink.push(errors::not_an_object(&label, node.name_span()));
        return None;
    }
    let (kind, name) = (kind.to_owned(), name.map(str::to_owned));
    Some(Patch { kind, name, span: node.name_span(), fields })
}
