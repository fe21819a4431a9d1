//! GitHub.

mod push;

use super::push::{Error, Moved, Payload, Recorded};
use super::{Event, Hooks, Host, Rights, Statuses};
use crate::kube::argo::events::{EventSourceSpec, GithubEventSource, OwnedRepositories};
use crate::model::Repository;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const NAME: &str = "GitHub";

/// The names of events. A tag is a push as well.
fn events(events: &BTreeSet<Event>) -> BTreeSet<&'static str> {
    let name = |event: &Event| match event {
        Event::Push | Event::Tag => push::PAYLOAD.push,
        Event::PullRequest => push::PAYLOAD.pull.event,
    };
    events.iter().map(name).collect()
}

/// GitHub.
pub struct GitHub;

impl Host for GitHub {
    fn name(&self) -> &'static str {
        NAME
    }

    fn listen(&self, hooks: &Hooks, spec: &mut EventSourceSpec) {
        spec.github.extend(hooks.repositories.iter().map(|(name, repositories)| {
            let owned = |repository: &Repository| OwnedRepositories {
                owner: repository.owner.clone(),
                names: vec![repository.name.clone()],
            };
            let source = GithubEventSource {
                repositories: repositories.iter().map(owned).collect(),
                events: events(&hooks.events).into_iter().map(str::to_owned).collect(),
                content_type: Some("json".into()),
                active: Some(true),
                insecure: Some(false),
                webhook: Some(hooks.webhook(name)),
                webhook_secret: Some(hooks.secret.clone()),
            };
            (name.clone(), source)
        }));
    }

    fn most(&self, event_source: &Value) -> Option<u64> {
        super::most(event_source, "/spec/github")
    }

    fn is_registered(&self, field: &str) -> bool {
        const PARTS: [&str; 5] = [".webhook.endpoint", ".webhook.url", ".webhookSecret", ".repositories", ".events"];
        super::is_registered(field, "spec.github", &PARTS)
    }

    fn registration(&self, events: &BTreeSet<Event>) -> String {
        let events: Vec<_> = self::events(events).into_iter().map(|event| format!("*{event}*")).collect();
        let word = if events.len() == 1 { "event" } else { "events" };
        format!(
            "content type `application/json`, the {word} {} and the value of `webhookSecret`",
            events.join(", ").replace('_', " ")
        )
    }

    // docs.github.com/rest/commits/statuses; of GitHub Enterprise, docs.github.com/enterprise-server/rest.
    fn statuses(&self, repository: &Repository) -> Statuses {
        let Repository { host, owner, name } = repository;
        let api = match host.as_str() {
            "github.com" => "https://api.github.com".to_owned(),
            host => format!("https://{host}/api/v3"),
        };
        Statuses {
            url: format!("{api}/repos/{owner}/{name}/statuses/"),
            header: "Authorization: Bearer ",
            failed: "failure",
        }
    }

    fn rights(&self) -> &'static Rights {
        &Rights {
            token: "a fine-grained token of GitHub",
            read: "*Contents: read*",
            write: "*Contents: read and write*",
            status: "*Commit statuses: read and write*",
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
        fields.contains_key(push::PAYLOAD.event)
    }

    fn recorded(&self, fields: &mut Map<String, Value>) -> Result<Option<Recorded>, Error> {
        push::recorded(fields)
    }

    fn event(&self, body: &Map<String, Value>) -> String {
        push::event(body).to_owned()
    }

    fn told(&self, moved: &Moved) -> Map<String, Value> {
        push::told(moved)
    }

    fn where_payloads_are(&self) -> &'static str {
        "copy a payload from the webhook's recent deliveries on GitHub, or save one with `gh api repos/OWNER/NAME/hooks/ID/deliveries/ID`"
    }
}
