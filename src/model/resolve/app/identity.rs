//! `identity`.

use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::{Identity, errors, value};
use crate::program::Node;

/// The account of all pods of a namespace that say nothing else.
const DEFAULT: &str = "default";

/// The identity of a service, if it has one. `service`: the name of its objects.
pub(super) fn identity(node: &Node, service: &str, scope: Scope, sink: &mut Diagnostics) -> Option<Identity> {
    let node = node.block("identity")?;
    let mut reader = Reader::new(node, scope, sink);
    let existing = reader.parsed("account", value::dns_subdomain);
    let annotations = reader.text_map("annotations", value::free_key, |text| Ok(text.to_owned()));
    let labels = reader.text_map("labels", value::free_key, value::label_value);
    let token = reader.word("token")? == "on";
    if reader.has("account") && reader.has("annotations") {
        reader.report(errors::annotations_of_an_existing_account(node));
    }
    if !reader.has("account") && service == DEFAULT {
        reader.report(errors::default_account(node, service));
    }
    Some(Identity { existing, annotations, labels, token })
}
