//! A push, as a host reports it: the payload of its webhook.

use super::{Choice, all, get};
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
}

/// Where a host writes what: pointers into its payload.
#[derive(Debug)]
pub struct Payload {
    /// The header with the name of the event. Argo Events writes it into the body.
    pub header: &'static str,
    /// The name of a push.
    pub push: &'static str,
    /// `owner/name`.
    pub repository: &'static str,
    /// What was pushed to: `refs/heads/main`.
    pub reference: &'static str,
    /// The newest commit.
    pub after: &'static str,
    /// Its message.
    pub message: &'static str,
    /// When it was pushed, in seconds.
    pub pushed: &'static str,
    /// When the newest commit was made.
    pub committed: &'static str,
    /// The commits, each with lists of the files that it adds, modifies and removes.
    pub commits: &'static str,
    /// The most commits that there ever are.
    pub most_commits: usize,
    /// The most changed files that a commit ever has.
    pub most_files: usize,
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
        Ok(Self::of(choice, host.event(&fields), fields))
    }

    fn of(host: Choice, event: &str, mut body: Map<String, Value>) -> Self {
        let size = Value::Object(body.clone()).to_string().len();
        body.insert(get(host).payload().header.into(), json!(event));
        Self { host, body: Value::Object(body), size }
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
        self.body[self.payload().header].as_str().unwrap_or_default()
    }

    /// `owner/name`; empty if the payload does not say it.
    #[must_use]
    pub fn repository(&self) -> &str {
        self.text(self.payload().repository)
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

    /// When it was pushed, if the payload says it.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        let pushed = self.body.pointer(self.payload().pushed).and_then(Value::as_i64);
        let pushed = pushed.filter(|seconds| *seconds >= 0);
        let pushed = pushed.and_then(|seconds| Timestamp::from_second(seconds).ok());
        pushed.or_else(|| self.text(self.payload().committed).parse().ok())
    }

    /// Says when it was pushed, if the payload does not.
    pub fn received(&mut self, now: Timestamp) {
        let Some((folder, field)) = self.payload().pushed.rsplit_once('/') else { return };
        if self.time().is_none()
            && let Some(fields) = self.body.pointer_mut(folder).and_then(Value::as_object_mut)
        {
            fields.insert(field.to_owned(), json!(now.as_second()));
        }
    }

    /// The commits, the oldest first.
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

    /// Whether the host may have left out commits or files, for there is as much as it ever tells.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        let files = |commit: &Value| -> usize {
            let lists = ["added", "modified", "removed"].map(|kind| commit[kind].as_array().map_or(0, Vec::len));
            lists.iter().sum()
        };
        let Payload { most_commits, most_files, .. } = self.payload();
        self.commits().len() >= *most_commits || self.commits().any(|commit| files(commit) >= *most_files)
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
