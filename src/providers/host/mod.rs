//! Hosts of git repositories, from which pushes come.

pub mod filter;
mod github;
pub mod push;

use crate::kube::argo::events::EventSourceSpec;
use crate::kube::core::SecretKeySelector;
use crate::model::Repository;
use crate::plan::Plan;
use crate::schema::providers::Host as Choice;
pub use crate::schema::providers::{TOKEN, WEBHOOK_SECRET};
use push::{Error, Moved, Payload, Recorded};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The webhooks that an EventSource accepts.
#[derive(Debug)]
pub struct Hooks {
    /// The repositories.
    pub repositories: BTreeSet<Repository>,
    /// The address of the EventSource, without a path.
    pub url: String,
    /// The port on which it listens.
    pub port: u16,
    /// The maximum size of a payload in bytes.
    pub most: i64,
    /// The Secret that signs payloads.
    pub secret: SecretKeySelector,
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
}

/// A host of repositories.
pub trait Host: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Whether it serves repositories under this host name.
    fn serves(&self, name: &str) -> bool;

    /// The address for `git clone`.
    fn clone_url(&self, repository: &Repository) -> String {
        repository.url()
    }

    /// The page of a commit.
    fn commit_url(&self, repository: &Repository, commit: &str) -> String;

    /// The path of a repository's webhook.
    fn endpoint(&self, repository: &Repository) -> String {
        format!("/{}", repository.slug())
    }

    /// Adds the webhooks to an EventSource: one event for each repository, named by its slug.
    fn listen(&self, hooks: &Hooks, spec: &mut EventSourceSpec);

    /// The maximum size of a payload in bytes, according to an EventSource.
    fn most(&self, event_source: &Value) -> Option<u64>;

    /// Whether a field of an EventSource is part of the registration at the host: the address, the events or the secret.
    fn is_registered(&self, field: &str) -> bool;

    /// The settings of a webhook: what follows "register in each repository, with".
    fn registration(&self) -> &'static str;

    /// The permissions of tokens.
    fn rights(&self) -> &'static Rights;

    /// The template of the filter for pushes: see [`filter::lua`].
    fn filter(&self) -> &'static str;

    /// The path of the pushed commit in an event.
    fn commit(&self) -> &'static str;

    /// The layout of its payloads.
    fn payload(&self) -> &'static Payload;

    /// Whether an object is certainly a payload of this host.
    fn knows(&self, fields: &Map<String, Value>) -> bool;

    /// The event and the payload in a record of a delivery; none if it is a bare payload.
    ///
    /// # Errors
    /// If it is neither.
    fn recorded(&self, fields: &mut Map<String, Value>) -> Result<Option<Recorded>, Error>;

    /// The event of a bare payload.
    fn event(&self, body: &Map<String, Value>) -> &'static str;

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
    }
}

/// Every host.
pub fn all() -> impl Iterator<Item = &'static dyn Host> {
    Choice::ALL.into_iter().map(get)
}

/// The host of a plan.
#[must_use]
pub fn of(plan: &Plan) -> &'static dyn Host {
    get(plan.resolved.project.host.choice)
}

/// The host that serves repositories under a host name; the first one if none is known to.
#[must_use]
pub fn serving(name: &str) -> Choice {
    Choice::ALL.into_iter().find(|choice| get(*choice).serves(name)).unwrap_or(Choice::ALL[0])
}

/// The address for `git clone`.
#[must_use]
pub fn clone_url(repository: &Repository) -> String {
    get(serving(&repository.host)).clone_url(repository)
}

/// The page of a commit.
#[must_use]
pub fn commit_url(repository: &Repository, commit: &str) -> String {
    get(serving(&repository.host)).commit_url(repository, commit)
}

/// The Secret with the project's credentials, in the namespace of the pipelines.
#[must_use]
pub fn credentials(plan: &Plan) -> String {
    plan.resolved.secrets[&plan.resolved.project.host.credentials].object.clone()
}

/// The Secret with the token that writes the GitOps repository.
#[must_use]
pub fn writing_credentials(plan: &Plan) -> String {
    plan.resolved.secrets[plan.resolved.project.writing_credentials()].object.clone()
}
