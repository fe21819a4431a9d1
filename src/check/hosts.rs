//! The repositories of a project are on its git hosts: webhooks come from there, and the token of each is for that host
//! alone. Reports E0306, E0307, E0506, E0601.

use super::errors;
use super::names::LONGEST;
use crate::diag::Diagnostics;
use crate::model::{GitHost, Recipient, Repository, ResolvedProject};
use crate::names;
use crate::source::Span;
use std::collections::BTreeMap;

pub(super) fn check(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let project = &resolved.project;
    if !project.is_complete {
        return;
    }
    for (at, host) in project.hosts.iter().enumerate() {
        let before = &project.hosts[..at];
        let server = &host.server.value;
        if let Some(first) = before.iter().find(|first| first.server.value.eq_ignore_ascii_case(server)) {
            sink.push(errors::one_server(host, first));
        }
        if let Some(first) = before.iter().find(|first| first.webhook.value == host.webhook.value) {
            sink.push(errors::one_receiver(host, first));
        }
        // A token that two hosts are sent, one of them can use on the other; and either could sign as the other.
        let object = |host: &GitHost| resolved.secrets.get(&host.credentials.value).map(|secret| &secret.object);
        if let Some(first) = before.iter().find(|first| object(first).is_some() && object(first) == object(host)) {
            sink.push(errors::one_token(host, first));
        }
        let service = names::event_service(project, host);
        if host.label.is_some() && service.len() > LONGEST {
            let help = "shorten the name of the host";
            sink.push(errors::too_long("the Service", &service, LONGEST, host.server.span, help));
        }
    }
    for app in resolved.apps.values() {
        let Some(source) = &app.source else { continue };
        match project.host_of(&source.value) {
            None => sink.push(errors::foreign_source(source, &project.hosts)),
            Some(host) if source.value.owner.contains('/') && !host.choice.nests() => {
                sink.push(errors::nested_source(source, host));
            }
            Some(_) => {}
        }
    }
    // A secret of its own can be for another host.
    let gitops = &project.gitops;
    if gitops.credentials.is_none() && project.host_of(&gitops.repository).is_none() {
        sink.push(errors::foreign_gitops(gitops, &project.hosts));
    }
    statuses(resolved, sink);
}

/// The token that sets statuses goes to the host of the commit, so the commits of one token are on one host.
fn statuses(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let mut known: BTreeMap<&str, (&Repository, Span)> = BTreeMap::new();
    for pipeline in &resolved.pipelines {
        let source = resolved.apps.get(&pipeline.app.value).and_then(|app| app.source.as_ref());
        let Some(source) = source.map(|source| &source.value) else { continue };
        for notice in &pipeline.notices {
            let Recipient::Status(secret) = &notice.to else { continue };
            let Some(object) = resolved.secrets.get(&secret.value).map(|secret| &secret.object) else { continue };
            let (first, told) = *known.entry(object).or_insert((source, secret.span));
            if !first.host.eq_ignore_ascii_case(&source.host) {
                sink.push(errors::status_token_of_two_hosts(secret, first, source, &pipeline.name, told));
                return;
            }
        }
    }
}
