//! GitLab.

mod push;

use super::push::{Error, Moved, Payload, Recorded};
use super::{Event, Hooks, Host, Rights, Statuses};
use crate::kube::argo::events::{EventSourceSpec, GitlabEventSource};
use crate::model::Repository;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const NAME: &str = "GitLab";

/// The names of an event: in the API and on the page of a webhook.
fn names(event: Event) -> (&'static str, &'static str) {
    match event {
        Event::Push => ("PushEvents", "Push events"),
        Event::Tag => ("TagPushEvents", "Tag push events"),
        Event::PullRequest => ("MergeRequestsEvents", "Merge request events"),
    }
}

/// GitLab.
pub struct GitLab;

impl Host for GitLab {
    fn name(&self) -> &'static str {
        NAME
    }

    fn commit_url(&self, repository: &Repository, commit: &str) -> String {
        format!("https://{repository}/-/commit/{commit}")
    }

    fn listen(&self, hooks: &Hooks, spec: &mut EventSourceSpec) {
        spec.gitlab.extend(hooks.repositories.iter().map(|(name, repositories)| {
            let server = repositories.first().map_or("", |repository| &repository.host);
            let source = GitlabEventSource {
                events: hooks.events.iter().map(|event| names(*event).0.to_owned()).collect(),
                gitlab_base_url: format!("https://{server}/"),
                webhook: Some(hooks.webhook(name)),
                secret_token: Some(hooks.secret.clone()),
                // Argo Events compares the token of a request only if it could also register the hook
                // (argo-events, pkg/eventsources/sources/gitlab/start.go, v1.9.11). Without projects, it uses this
                // credential for nothing.
                access_token: Some(hooks.secret.clone()),
                enable_ssl_verification: Some(true),
            };
            (name.clone(), source)
        }));
    }

    fn most(&self, event_source: &Value) -> Option<u64> {
        super::most(event_source, "/spec/gitlab")
    }

    fn is_registered(&self, field: &str) -> bool {
        super::is_registered(field, "spec.gitlab", &[".webhook.endpoint", ".webhook.url", ".secretToken", ".events"])
    }

    fn organization(&self) -> &'static str {
        "group"
    }

    fn registration(&self, events: &BTreeSet<Event>) -> String {
        let triggers: Vec<_> = events.iter().map(|event| format!("*{}*", names(*event).1)).collect();
        let word = if triggers.len() == 1 { "trigger" } else { "triggers" };
        format!("the {word} {} and the value of `webhookSecret` as the secret token", triggers.join(", "))
    }

    // docs.gitlab.com/api/commits, "Set commit pipeline status".
    fn statuses(&self, repository: &Repository) -> Statuses {
        let Repository { host, owner, name } = repository;
        let project = format!("{owner}/{name}").replace('/', "%2F");
        Statuses {
            url: format!("https://{host}/api/v4/projects/{project}/statuses/"),
            header: "PRIVATE-TOKEN: ",
            failed: "failed",
        }
    }

    fn rights(&self) -> &'static Rights {
        &Rights {
            token: "an access token of GitLab",
            read: "*read_repository*",
            write: "*write_repository*",
            status: "*api* and the role Developer",
        }
    }

    fn head(&self) -> &'static str {
        include_str!("head.lua")
    }

    fn pull(&self) -> &'static str {
        include_str!("pull.lua")
    }

    fn payload(&self) -> &'static Payload {
        &push::PAYLOAD
    }

    fn knows(&self, fields: &Map<String, Value>) -> bool {
        fields.contains_key(push::PAYLOAD.event) || fields.contains_key("request_data")
    }

    fn recorded(&self, fields: &mut Map<String, Value>) -> Result<Option<Recorded>, Error> {
        push::recorded(fields)
    }

    fn event(&self, body: &Map<String, Value>) -> String {
        push::event(body)
    }

    fn told(&self, moved: &Moved) -> Map<String, Value> {
        push::told(moved)
    }

    fn where_payloads_are(&self) -> &'static str {
        "copy the request from the webhook's recent events on GitLab, or save one with `glab api projects/ID/hooks/ID/events`"
    }
}
