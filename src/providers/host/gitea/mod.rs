//! Gitea and Forgejo, which sign webhooks and name events as GitHub does, in the headers of GitHub (gitea,
//! `services/webhook/deliver.go`, addDefaultHeaders): the EventSource of GitHub receives them.

mod push;

use super::github::GitHub;
use super::push::{Moved, Payload};
use super::{Event, Hooks, Host, Rights, Statuses};
use crate::kube::argo::events::EventSourceSpec;
use crate::model::Repository;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Gitea.
pub struct Gitea;

impl Host for Gitea {
    fn name(&self) -> &'static str {
        "Gitea"
    }

    fn listen(&self, hooks: &Hooks, spec: &mut EventSourceSpec) {
        GitHub.listen(hooks, spec);
    }

    fn most(&self, event_source: &Value) -> Option<u64> {
        GitHub.most(event_source)
    }

    fn is_registered(&self, field: &str) -> bool {
        GitHub.is_registered(field)
    }

    fn registration(&self, events: &BTreeSet<Event>) -> String {
        // A tag is a push as well.
        let name = |event: &Event| match event {
            Event::Push | Event::Tag => "*Push events*",
            Event::PullRequest => "*Pull request events*",
        };
        let events: BTreeSet<_> = events.iter().map(name).collect();
        let events = events.into_iter().rev().collect::<Vec<_>>().join(", ");
        format!("POST, the content type `application/json`, {events} and the value of `webhookSecret`")
    }

    // gitea, routers/api/v1/repo/status.go
    fn statuses(&self, repository: &Repository) -> Statuses {
        let Repository { host, owner, name } = repository;
        Statuses {
            url: format!("https://{host}/api/v1/repos/{owner}/{name}/statuses/"),
            header: "Authorization: token ",
            failed: "failure",
        }
    }

    fn rights(&self) -> &'static Rights {
        &Rights {
            token: "an access token of Gitea",
            read: "*repository: read*",
            write: "*repository: read and write*",
            // The routes of statuses ask for the same scope as those of contents (gitea, routers/api/v1/api.go).
            status: "*repository: read and write*",
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
        fields.contains_key("compare_url") || fields.contains_key("total_commits")
    }

    fn event(&self, body: &Map<String, Value>) -> String {
        push::event(body)
    }

    fn told(&self, moved: &Moved) -> Map<String, Value> {
        push::told(moved)
    }

    fn where_payloads_are(&self) -> &'static str {
        "copy the content of a request from the webhook's recent deliveries on Gitea"
    }
}
