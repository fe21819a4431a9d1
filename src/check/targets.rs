//! Conflicts between the targets of a program.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::ResolvedProject;
use crate::source::Span;
use std::collections::BTreeMap;

/// Checks the projects of all targets together.
pub fn check_targets(projects: &[ResolvedProject], sink: &mut Diagnostics) {
    check_webhooks(projects, sink);
    check_folders(projects, sink);
}

/// A folder of a GitOps repository that must have only one writer.
struct Folder<'a> {
    resolved: &'a ResolvedProject,
    path: String,
    what: String,
}

/// The manifests of each environment, and each tree, need a separate folder: an ApplicationSet reads every JSON file
/// below the folder of its manifests, and a build replaces its whole tree.
fn check_folders(projects: &[ResolvedProject], sink: &mut Diagnostics) {
    let mut folders: Vec<Folder> = Vec::new();
    for resolved in projects.iter().filter(|resolved| resolved.project.is_complete) {
        let (gitops, target) = (&resolved.project.gitops, &resolved.target);
        let tree = (gitops.tree_of(target), format!("the tree of `{target}`"));
        let manifests = resolved.environments.keys().map(|name| {
            (crate::model::join(&gitops.manifests(target), name), format!("the manifests of `{name}` on `{target}`"))
        });
        for (path, what) in std::iter::once(tree).chain(manifests) {
            let folder = Folder { resolved, path, what };
            if let Some(other) = folders.iter().find(|other| other.meets(&folder)) {
                sink.push(errors::folders_meet(resolved.project.name.span, &other.what, &folder.what, &other.path));
                return;
            }
            folders.push(folder);
        }
    }
}

impl Folder<'_> {
    /// Whether the two are equal, or one is inside the other.
    fn meets(&self, other: &Self) -> bool {
        let place = |folder: &Self| {
            let gitops = &folder.resolved.project.gitops;
            (gitops.repository.clone(), gitops.branch.clone())
        };
        let within = |inner: &str, outer: &str| inner == outer || inner.starts_with(&format!("{outer}/"));
        let near = within(&self.path, &other.path) || within(&other.path, &self.path);
        near && place(self) == place(other)
    }
}

fn check_webhooks(projects: &[ResolvedProject], sink: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for resolved in projects {
        for host in &resolved.project.hosts {
            let webhook = &host.webhook;
            match seen.get(webhook.value.as_str()) {
                // Within a target it is an error.
                Some(first) if first.0 == resolved.target => {}
                Some(first) => sink.push(errors::one_webhook(host, *first, &resolved.target)),
                None => {
                    seen.insert(&webhook.value, (&resolved.target, webhook.span));
                }
            }
        }
    }
}
