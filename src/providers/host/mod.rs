//! Where the repositories are, and pushes come from.

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

/// The webhooks that an EventSource answers.
#[derive(Debug)]
pub struct Hooks {
    /// Whose pushes they tell of.
    pub repositories: BTreeSet<Repository>,
    /// The address of the EventSource, without a path.
    pub url: String,
    /// The port on which it listens.
    pub port: u16,
    /// The most bytes that a payload may have.
    pub most: i64,
    /// What signs a payload.
    pub secret: SecretKeySelector,
}

/// What a token of a host may do, in the words of the host.
#[derive(Debug)]
pub struct Rights {
    /// What kind of token it is.
    pub token: &'static str,
    /// To read repositories.
    pub read: &'static str,
    /// To write them as well.
    pub write: &'static str,
}

/// A host of repositories.
pub trait Host: Sync {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Whether it is known to serve repositories under this host name.
    fn serves(&self, name: &str) -> bool;

    /// The address that git clones.
    fn clone_url(&self, repository: &Repository) -> String {
        repository.url()
    }

    /// The page of a commit.
    fn commit_url(&self, repository: &Repository, commit: &str) -> String;

    /// The path at which the EventSource hears of a repository.
    fn endpoint(&self, repository: &Repository) -> String {
        format!("/{}", repository.slug())
    }

    /// Adds what listens to webhooks to an EventSource: an event for each repository, called by its slug.
    fn listen(&self, hooks: &Hooks, spec: &mut EventSourceSpec);

    /// The most bytes that an EventSource of it takes, as the object says.
    fn most(&self, event_source: &Value) -> Option<u64>;

    /// Whether somebody has to tell the host of this field of an EventSource: where its hooks send, what, and signed with
    /// what.
    fn is_registered(&self, field: &str) -> bool;

    /// How a webhook is registered: what follows "register in each repository, with".
    fn registration(&self) -> &'static str;

    /// What tokens may do.
    fn rights(&self) -> &'static Rights;

    /// The filter of pushes, with holes: see [`filter::lua`].
    fn filter(&self) -> &'static str;

    /// The path of the newest commit in an event.
    fn commit(&self) -> &'static str;

    /// Where its payloads say what.
    fn payload(&self) -> &'static Payload;

    /// Whether an object is a payload of this host for sure.
    fn knows(&self, fields: &Map<String, Value>) -> bool;

    /// The event and the payload in the record of a delivery; none if it is a bare payload.
    ///
    /// # Errors
    /// When it is neither.
    fn recorded(&self, fields: &mut Map<String, Value>) -> Result<Option<Recorded>, Error>;

    /// The event that a bare payload is of.
    fn event(&self, body: &Map<String, Value>) -> &'static str;

    /// The payload of a push.
    fn told(&self, moved: &Moved) -> Map<String, Value>;

    /// Where somebody finds payloads.
    fn where_payloads_are(&self) -> &'static str;
}

/// The host of that choice.
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
    get(plan.system.project.host.choice)
}

/// The host that serves repositories under a host name. One that none is known to serve may be of the first.
#[must_use]
pub fn serving(name: &str) -> Choice {
    Choice::ALL.into_iter().find(|choice| get(*choice).serves(name)).unwrap_or(Choice::ALL[0])
}

/// The address that git clones.
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
    plan.system.secrets[&plan.system.project.host.credentials].object.clone()
}

/// The Secret with the token that writes the GitOps repository.
#[must_use]
pub fn writing_credentials(plan: &Plan) -> String {
    plan.system.secrets[plan.system.project.writing_credentials()].object.clone()
}
