//! `notify`.

use super::project::role_secret;
use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::{Notice, Recipient, errors};
use crate::program::Node;
use crate::schema::notices::{Moment, NoticeKind};
use crate::schema::providers::TOKEN;
use std::collections::BTreeSet;

/// The notices of a project.
pub(super) fn notices(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Vec<Notice> {
    let found = node.all("notify").filter_map(|node| Some((NoticeKind::of(&node.name())?, node)));
    found.filter_map(|(kind, node)| notice(kind, node, scope, sink)).collect()
}

/// The notices of a pipeline: its own, and those of the project of other kinds.
pub(super) fn over(project: &[Notice], own: Vec<Notice>, pipeline: &Node) -> Vec<Notice> {
    let replaced: Vec<_> = pipeline.all("notify").map(Node::name).collect();
    let kept = project.iter().filter(|notice| !replaced.iter().any(|word| word == notice.kind().word()));
    let mut all: Vec<_> = kept.cloned().chain(own).collect();
    all.sort_by_key(Notice::kind);
    all
}

fn notice(kind: NoticeKind, node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Notice> {
    let mut reader = Reader::new(node, scope, sink);
    for name in kind.required() {
        let attribute = node.spec.attribute(name).expect("an attribute of the schema");
        if node.lacks(name) {
            reader.report(errors::required(node, attribute));
        }
    }
    for written in &node.attributes {
        let name = written.key.value.as_str();
        let is_own = kind.required().contains(&name) || name == "on" && kind.chooses();
        if !is_own {
            reader.report(errors::not_of_this_notice(kind, &written.key));
        }
    }
    let on =
        if kind.chooses() && reader.has("on") { moments(&mut reader)? } else { kind.usual().iter().copied().collect() };
    let to = match kind {
        NoticeKind::Status => Recipient::Status(role_secret(&mut reader, "notify status", &[TOKEN])?),
        NoticeKind::Slack => Recipient::Slack(reader.secret_key("url")?.value),
        NoticeKind::Webhook => {
            let (url, key) = (reader.secret_key("url"), reader.secret_key("key"));
            Recipient::Webhook { url: url?.value, key: key?.value }
        }
    };
    Some(Notice { to, on, span: node.head })
}

fn moments(reader: &mut Reader) -> Option<BTreeSet<Moment>> {
    let written = reader.partial("on", Reader::words).complete()?;
    if written.is_empty() {
        reader.report(errors::notice_at_no_moment(reader.span("on")));
        return None;
    }
    Some(written.iter().filter_map(|word| Moment::of(word.value)).collect())
}
