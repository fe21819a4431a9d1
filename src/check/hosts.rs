//! The repositories of a project are on its git host: webhooks come from there, and its token is for that host alone.
//! Reports E0506.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::ResolvedProject;

pub(super) fn check(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let project = &resolved.project;
    let host = &project.host;
    if !project.is_complete {
        return;
    }
    for app in resolved.apps.values() {
        let Some(source) = &app.source else { continue };
        if !source.value.host.eq_ignore_ascii_case(&host.server.value) {
            sink.push(errors::foreign_source(source, host));
        } else if source.value.owner.contains('/') && !host.choice.nests() {
            sink.push(errors::nested_source(source, host));
        }
    }
    // A secret of its own can be for another host.
    let gitops = &project.gitops;
    if gitops.credentials.is_none() && !gitops.repository.host.eq_ignore_ascii_case(&host.server.value) {
        sink.push(errors::foreign_gitops(gitops, host));
    }
}
