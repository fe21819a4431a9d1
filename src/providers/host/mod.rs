//! Hosts of git repositories, from which pushes come.

pub mod filter;
mod gitea;
mod github;
mod gitlab;
pub mod push;

use crate::kube::argo::events::{EventSourceSpec, WebhookContext};
use crate::kube::core::SecretKeySelector;
use crate::model::{GitHost, Repository, Trigger};
use crate::plan::Plan;
use crate::schema::providers::Host as Choice;
pub use crate::schema::providers::{TOKEN, WEBHOOK_SECRET};
use push::{Error, Moved, Payload, Recorded};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What a host has to tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// Pushes to branches.
    Push,
    /// Pushes of tags.
    Tag,
    /// Pull requests.
    PullRequest,
}

impl Event {
    /// That of a trigger.
    #[must_use]
    pub fn of(trigger: &Trigger) -> Option<Self> {
        match trigger {
            Trigger::Push(_) => Some(Self::Push),
            Trigger::Tag(_) => Some(Self::Tag),
            Trigger::PullRequest(_) => Some(Self::PullRequest),
            Trigger::Schedule(_) => None,
        }
    }
}

/// The webhooks that an EventSource accepts.
#[derive(Debug)]
pub struct Hooks {
    /// The webhooks, by the names of their events and paths, each with the repositories whose pushes come through it.
    pub repositories: BTreeMap<String, BTreeSet<Repository>>,
    /// The address of the EventSource, without a path.
    pub url: String,
    /// The port on which it listens.
    pub port: u16,
    /// The maximum size of a payload in bytes.
    pub most: i64,
    /// The events of which the host tells.
    pub events: BTreeSet<Event>,
    /// The Secret that signs payloads.
    pub secret: SecretKeySelector,
}

impl Hooks {
    /// Where one of them listens.
    fn webhook(&self, name: &str) -> WebhookContext {
        WebhookContext {
            endpoint: endpoint(name),
            method: "POST".into(),
            port: self.port.to_string(),
            url: self.url.clone(),
            max_payload_size: Some(self.most),
        }
    }
}

/// The permissions of tokens, in the terms of the host.
#[derive(Debug)]
pub struct Rights {
    /// The kind of token.
    pub token: &'static str,
    /// Reading repositories.
    pub read: &'static str,
    /// Reading and writing repositories.
    pub write: &'static str,
    /// Setting statuses of commits, and nothing else as far as the host can say so.
    pub status: &'static str,
}

/// Where and how statuses of commits are set.
#[derive(Debug, PartialEq, Eq)]
pub struct Statuses {
    /// The URL, without the commit at its end.
    pub url: String,
    /// The header of the token, up to its value.
    pub header: &'static str,
    /// The state of a failure.
    pub failed: &'static str,
}

/// A host of repositories.
pub trait Host: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// The page of a commit.
    fn commit_url(&self, repository: &Repository, commit: &str) -> String {
        format!("https://{repository}/commit/{commit}")
    }

    /// Adds the webhooks to an EventSource: one event for each, of that name.
    fn listen(&self, hooks: &Hooks, spec: &mut EventSourceSpec);

    /// The maximum size of a payload in bytes, according to an EventSource.
    fn most(&self, event_source: &Value) -> Option<u64>;

    /// Whether a field of an EventSource is part of the registration at the host: the address, the events or the secret.
    fn is_registered(&self, field: &str) -> bool;

    /// What it calls an account of several repositories.
    fn organization(&self) -> &'static str {
        "organization"
    }

    /// The settings of a webhook: what follows "register in each repository, with".
    fn registration(&self, events: &BTreeSet<Event>) -> String;

    /// Where statuses of the commits of a repository are set.
    fn statuses(&self, repository: &Repository) -> Statuses;

    /// The permissions of tokens.
    fn rights(&self) -> &'static Rights;

    /// The head of the filter for pushes, in Lua: it lets only pushes to `@REF@` that have a newest commit pass, and sets
    /// `push` and `message`, the message of that commit. The rest is common: see [`filter::lua`].
    fn head(&self) -> &'static str;

    /// The head of the filter for pull requests, in Lua: it lets only those of the repository itself pass that are open and
    /// new in some way, and sets `branch`, `target`, `draft`, `labels`, and `label`, the field with the name of one.
    fn pull(&self) -> &'static str;

    /// The layout of its payloads.
    fn payload(&self) -> &'static Payload;

    /// Whether an object is certainly a payload of this host.
    fn knows(&self, fields: &Map<String, Value>) -> bool;

    /// The event and the payload in a record of a delivery; none if it is a bare payload, or the host keeps no records.
    ///
    /// # Errors
    /// If it is neither.
    fn recorded(&self, _fields: &mut Map<String, Value>) -> Result<Option<Recorded>, Error> {
        Ok(None)
    }

    /// The event of a bare payload.
    fn event(&self, body: &Map<String, Value>) -> String;

    /// The payload of a push.
    fn told(&self, moved: &Moved) -> Map<String, Value>;

    /// How to obtain a payload.
    fn where_payloads_are(&self) -> &'static str;
}

/// The host for a choice.
#[must_use]
pub fn get(choice: Choice) -> &'static dyn Host {
    match choice {
        Choice::GitHub => &github::GitHub,
        Choice::GitLab => &gitlab::GitLab,
        Choice::Gitea => &gitea::Gitea,
    }
}

/// Every host.
pub fn all() -> impl Iterator<Item = &'static dyn Host> {
    Choice::ALL.into_iter().map(get)
}

/// The host of a repository, as the project describes it.
///
/// # Panics
/// If the project has no such host: every `source` of a checked project has one.
#[must_use]
pub fn described<'a>(plan: &Plan<'a>, repository: &Repository) -> &'a GitHost {
    plan.resolved.project.host_of(repository).expect("a source is on a host of the project")
}

/// The host of a repository.
///
/// # Panics
/// As [`described`].
#[must_use]
pub fn of_repository(plan: &Plan, repository: &Repository) -> &'static dyn Host {
    get(described(plan, repository).choice)
}

/// The path of a webhook.
#[must_use]
pub fn endpoint(name: &str) -> String {
    format!("/{name}")
}

/// The address for `git clone`, the same on all hosts.
#[must_use]
pub fn clone_url(repository: &Repository) -> String {
    repository.url()
}

/// The Secret with the credentials of a host, in the namespace of the pipelines.
#[must_use]
pub fn credentials(plan: &Plan, host: &GitHost) -> String {
    plan.resolved.secrets[&host.credentials.value].object.clone()
}

/// The Secret with the token that writes the GitOps repository.
#[must_use]
pub fn writing_credentials(plan: &Plan) -> String {
    plan.resolved.secrets[plan.resolved.project.writing_credentials()].object.clone()
}

/// The maximum size of a payload in bytes, according to the entries of an EventSource at a pointer.
fn most(event_source: &Value, entries: &str) -> Option<u64> {
    let entries = event_source.pointer(entries)?.as_object()?;
    entries.values().filter_map(|entry| entry.pointer("/webhook/maxPayloadSize")?.as_u64()).min()
}

/// Whether a field is an entry of an EventSource as a whole, or has one of these parts.
fn is_registered(field: &str, entries: &str, parts: &[&str]) -> bool {
    let Some(rest) = field.strip_prefix(entries) else { return false };
    let whole = !rest.trim_start_matches('.').contains('.') || rest.ends_with(']') && rest.matches('[').count() == 1;
    whole || parts.iter().any(|part| rest.contains(part))
}
