//! A push, as a host reports it: the payload of its webhook.

use super::{Choice, all, get};
use crate::model::{GitHost, Repository};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::fmt;

/// A push.
#[derive(Debug, Clone, PartialEq)]
pub struct Push {
    /// Whose payload it is.
    host: Choice,
    /// The body of the event, as Argo Events hands it on: with the name of the event in it.
    pub body: Value,
    /// How many bytes the host sends.
    pub size: usize,
    /// When it arrived, if its payload does not say when it was pushed.
    received: Option<Timestamp>,
}

/// Where a host writes what: pointers into its payload.
#[derive(Debug)]
pub struct Payload {
    /// The field with the name of the event: one of the host, or a header that Argo Events writes into the body.
    pub event: &'static str,
    /// The name of a push.
    pub push: &'static str,
    /// The name of a push of a tag.
    pub tag: &'static str,
    /// `owner/name`.
    pub repository: &'static str,
    /// The page of the repository.
    pub page: &'static str,
    /// What was pushed to: `refs/heads/main`.
    pub reference: &'static str,
    /// The newest commit.
    pub after: &'static str,
    /// The commit of a tag.
    pub tagged: &'static str,
    /// What it writes of a pull request.
    pub pull: Pull,
    /// When it was pushed, in seconds; not every host tells.
    pub pushed: Option<&'static str>,
    /// Finds the newest commit.
    pub newest: fn(&Value) -> Option<&Value>,
    /// The commits, each with lists of the files that it adds, modifies and removes.
    pub commits: &'static str,
    /// How many commits were pushed, if the host tells: the filter lets a push pass of which it lists only some.
    pub total: Option<&'static str>,
    /// The most commits that it lists.
    pub most_commits: usize,
    /// The most changed files that it lists of a commit, if there is a limit.
    pub most_files: Option<usize>,
}

/// Where a host writes what of a pull request.
#[derive(Debug)]
pub struct Pull {
    /// The name of the event.
    pub event: &'static str,
    /// The newest commit.
    pub commit: &'static str,
    /// The branch to merge.
    pub branch: &'static str,
}

impl Payload {
    /// The path of a field in an event, as a trigger reads it.
    #[must_use]
    pub fn path(pointer: &str) -> String {
        format!("body{}", pointer.replace('/', "."))
    }
}

/// The newest commit, where a payload has it beside the list.
pub fn head_commit(body: &Value) -> Option<&Value> {
    body.get("head_commit").filter(|commit| commit.is_object())
}

/// Why a text is not a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// It is not JSON: line, column and reason.
    Json(usize, usize, String),
    /// It is JSON, but not an object.
    Kind,
    /// It is a form, as a host sends it to a hook of another content type.
    Form,
    /// It is what a host answers when something is missing: its name, and what it says.
    Missing(&'static str, String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(line, column, reason) => write!(f, "line {line}, column {column}: {reason}"),
            Self::Kind => f.write_str("it is not a JSON object"),
            Self::Form => f.write_str("it is form-encoded, not JSON"),
            Self::Missing(host, message) => write!(f, "it is a response of {host}'s API: {message}"),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Form => {
                "set the webhook's content type to application/json, as the EventSource requires, and copy the payload again".to_owned()
            }
            Self::Json(..) | Self::Kind | Self::Missing(..) => {
                all().map(|host| host.where_payloads_are()).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// A commit of a local clone, from which a payload is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// Its full id.
    pub id: String,
    /// Its tree.
    pub tree: String,
    /// Its message.
    pub message: String,
    /// When it was committed, as RFC 3339 writes it.
    pub timestamp: String,
    /// The author's name and address.
    pub author: (String, String),
    /// The committer's name and address.
    pub committer: (String, String),
    /// Files that are new.
    pub added: Vec<String>,
    /// Deleted files.
    pub removed: Vec<String>,
    /// Files that differ.
    pub modified: Vec<String>,
}

/// What a push has done to a repository.
#[derive(Debug, Clone, Copy)]
pub struct Moved<'a> {
    /// The host name.
    pub server: &'a str,
    /// `owner/name`.
    pub repository: &'a str,
    /// The branch.
    pub branch: &'a str,
    /// The commit that it was at.
    pub before: &'a str,
    /// The commit that it is at.
    pub head: &'a Commit,
    /// Whether that is not above what it was at.
    pub forced: bool,
    /// The commits between, the oldest first.
    pub commits: &'a [Commit],
}

/// What the API of a host keeps of a delivery.
#[derive(Debug)]
pub struct Recorded {
    /// The name of the event.
    pub event: String,
    /// What was sent.
    pub payload: Map<String, Value>,
}

impl Push {
    /// Reads a payload, or the record of a delivery as the API of a host gives it.
    ///
    /// # Errors
    /// When it is neither.
    pub fn read(text: &str) -> Result<Self, Error> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with("payload=") {
            return Err(Error::Form);
        }
        let value: Value = serde_json::from_str(text).map_err(|error| {
            // serde_json says the place at the end, where it is said already.
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
            Error::Json(error.line(), error.column(), reason)
        })?;
        let Value::Object(mut fields) = value else { return Err(Error::Kind) };
        let known = Choice::ALL.into_iter().find(|choice| get(*choice).knows(&fields));
        let choice = known.unwrap_or(Choice::ALL[0]);
        let host = get(choice);
        if let Some(Recorded { event, payload }) = host.recorded(&mut fields)? {
            return Ok(Self::of(choice, &event, payload));
        }
        Ok(Self::of(choice, &host.event(&fields), fields))
    }

    fn of(host: Choice, event: &str, mut body: Map<String, Value>) -> Self {
        let size = Value::Object(body.clone()).to_string().len();
        body.insert(get(host).payload().event.into(), json!(event));
        Self { host, body: Value::Object(body), size, received: None }
    }

    /// The payload of a push, as a host sends it.
    #[must_use]
    pub fn of_commits(host: Choice, moved: &Moved) -> Self {
        Self::of(host, get(host).payload().push, get(host).told(moved))
    }

    /// Where its host writes what.
    #[must_use]
    pub fn payload(&self) -> &'static Payload {
        get(self.host).payload()
    }

    /// The name of its host.
    #[must_use]
    pub fn host(&self) -> &'static str {
        get(self.host).name()
    }

    /// The name of the event.
    #[must_use]
    pub fn event(&self) -> &str {
        self.body[self.payload().event].as_str().unwrap_or_default()
    }

    /// `owner/name`; empty if the payload does not say it.
    #[must_use]
    pub fn repository(&self) -> &str {
        self.text(self.payload().repository)
    }

    /// The name of its host's server, perhaps with a port; nothing if the payload does not say it.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        let page = self.text(self.payload().page);
        let rest = page.strip_prefix("https://").or_else(|| page.strip_prefix("http://"))?;
        rest.split('/').next().filter(|server| !server.is_empty())
    }

    /// Whether it is a push to a repository. A payload does not always say where its host is; of one host, none must.
    #[must_use]
    pub fn is_to(&self, repository: &Repository, hosts: &[GitHost]) -> bool {
        let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let host = hosts.iter().find(|host| same(&host.server.value, &repository.host));
        let from = || {
            host.is_none_or(|host| {
                host.choice == self.host && self.server().is_none_or(|server| same(server, &repository.host))
            })
        };
        same(self.repository(), &format!("{}/{}", repository.owner, repository.name)) && (hosts.len() < 2 || from())
    }

    /// What was pushed to: `refs/heads/main`; empty if the payload does not say it.
    #[must_use]
    pub fn reference(&self) -> &str {
        self.text(self.payload().reference)
    }

    /// The newest commit; empty if the payload does not say it.
    #[must_use]
    pub fn after(&self) -> &str {
        self.text(self.payload().after)
    }

    /// The commit that it brings: the newest one, or that of a tag; empty if the payload does not say it.
    #[must_use]
    pub fn commit(&self) -> &str {
        let Payload { after, tagged, pull, .. } = self.payload();
        if self.is_pull_request() {
            return self.text(pull.commit);
        }
        self.text(if self.reference().starts_with("refs/tags/") { tagged } else { after })
    }

    /// Whether it is not a push at all, but a pull request.
    #[must_use]
    pub fn is_pull_request(&self) -> bool {
        self.event() == self.payload().pull.event
    }

    /// The branch that it brings commits of; none for a tag, or if the payload does not say it.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        if self.is_pull_request() {
            return Some(self.text(self.payload().pull.branch)).filter(|branch| !branch.is_empty());
        }
        self.reference().strip_prefix("refs/heads/")
    }

    /// The newest commit, if the payload has it.
    #[must_use]
    pub fn newest(&self) -> Option<&Value> {
        (self.payload().newest)(&self.body)
    }

    /// When it was pushed, as far as the payload says it, or else when it arrived.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        let pushed = self.payload().pushed.and_then(|pointer| self.body.pointer(pointer)?.as_i64());
        let pushed = pushed.filter(|seconds| *seconds >= 0);
        let pushed = pushed.and_then(|seconds| Timestamp::from_second(seconds).ok());
        let committed = || self.newest()?.get("timestamp")?.as_str()?.parse().ok();
        pushed.or_else(committed).or(self.received)
    }

    /// Says when it arrived.
    pub fn received(&mut self, now: Timestamp) {
        self.received = Some(now);
    }

    /// The commits that are listed, in the order of the host.
    pub fn commits(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        let commits = self.body.pointer(self.payload().commits).and_then(Value::as_array);
        commits.map(Vec::as_slice).unwrap_or_default().iter()
    }

    /// The changed files, each once, in the order of the commits.
    #[must_use]
    pub fn files(&self) -> Vec<&str> {
        let lists = self.commits().flat_map(|commit| ["added", "modified", "removed"].map(|kind| &commit[kind]));
        let mut seen = std::collections::BTreeSet::new();
        let files = lists.filter_map(Value::as_array).flatten().filter_map(Value::as_str);
        files.filter(|file| seen.insert(*file)).collect()
    }

    /// Whether the host has left out commits, or may have left out commits or files, for there is as much as it ever
    /// tells.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        let files = |commit: &Value| -> usize {
            let lists = ["added", "modified", "removed"].map(|kind| commit[kind].as_array().map_or(0, Vec::len));
            lists.iter().sum()
        };
        let Payload { most_commits, most_files, .. } = self.payload();
        self.lacks_commits()
            || self.payload().total.is_none() && self.commits().len() >= *most_commits
            || most_files.is_some_and(|most| self.commits().any(|commit| files(commit) >= most))
    }

    /// Whether the host says that it has left out commits.
    #[must_use]
    pub fn lacks_commits(&self) -> bool {
        let total = self.payload().total.and_then(|pointer| self.body.pointer(pointer)?.as_u64());
        total.is_some_and(|total| total > self.commits().len() as u64)
    }

    /// What the payload says at a place.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.body.pointer(pointer)
    }

    fn text(&self, pointer: &str) -> &str {
        self.at(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}
