//! A push, as GitHub reports it: the payload of its webhook.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::fmt;

/// The most commits that GitHub puts into the payload of a push
/// (docs.github.com/webhooks/webhook-events-and-payloads#push).
pub const MOST_COMMITS: usize = 2048;

/// The most changed files that GitHub names of a commit; from the same page.
pub const MOST_FILES: usize = 3000;

/// A push.
#[derive(Debug, Clone, PartialEq)]
pub struct Push {
    /// The body of the event, as Argo Events hands it on: with the name of the event in it.
    pub body: Value,
    /// How many bytes GitHub sends.
    pub size: usize,
}

/// Why a text is not a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// It is not JSON: line, column and reason.
    Json(usize, usize, String),
    /// It is JSON, but not an object.
    Kind,
    /// It is a form, as GitHub sends it to a hook of another content type.
    Form,
    /// It is what GitHub answers when something is missing.
    Missing(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(line, column, reason) => write!(f, "line {line}, column {column}: {reason}"),
            Self::Kind => f.write_str("it is not a JSON object"),
            Self::Form => f.write_str("it is form-encoded, not JSON"),
            Self::Missing(message) => write!(f, "it is a response of GitHub's API: {message}"),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Form => {
                "set the webhook's content type to application/json, as the EventSource requires, and copy the payload again"
            }
            Self::Json(..) | Self::Kind | Self::Missing(_) => {
                "copy a payload from the webhook's recent deliveries on GitHub, or save one with `gh api repos/OWNER/NAME/hooks/ID/deliveries/ID`"
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

impl Push {
    /// Reads a payload, or the record of a delivery as GitHub's API gives it.
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
        let told = fields.get("event").and_then(Value::as_str).map(str::to_owned);
        if let (Some(event), Some(Value::Object(payload))) =
            (told, fields.get_mut("request").and_then(|request| request.get_mut("payload")))
        {
            let payload = std::mem::take(payload);
            return Ok(Self::of(&event, payload));
        }
        if fields.contains_key("event") && fields.contains_key("request") {
            return Err(Error::Missing("the record of a delivery without its payload".to_owned()));
        }
        if let (Some(message), true) = (fields.get("message").and_then(Value::as_str), fields.contains_key("status")) {
            return Err(Error::Missing(message.to_owned()));
        }
        let event = event(&fields);
        Ok(Self::of(event, fields))
    }

    fn of(event: &str, mut body: Map<String, Value>) -> Self {
        let size = Value::Object(body.clone()).to_string().len();
        body.insert("X-GitHub-Event".into(), json!(event));
        Self { body: Value::Object(body), size }
    }

    /// The payload of a push of commits, the oldest first, that moves a branch of a repository from one commit to
    /// `head`; `forced` if it moves it away from what it held.
    #[must_use]
    pub fn of_commits(
        repository: &str,
        branch: &str,
        before: &str,
        head: &Commit,
        forced: bool,
        commits: &[Commit],
    ) -> Self {
        let after = head.id.as_str();
        let (owner, name) = repository.split_once('/').unwrap_or(("", repository));
        let url = format!("https://github.com/{repository}");
        // Of more commits GitHub leaves the oldest out.
        let told = &commits[commits.len().saturating_sub(MOST_COMMITS)..];
        let told: Vec<_> = told.iter().map(|commit| self::commit(&url, commit)).collect();
        let pushed = head.timestamp.parse::<Timestamp>().ok();
        let person = &head.author;
        let body = json!({
            "ref": format!("refs/heads/{branch}"),
            "before": before,
            "after": after,
            "repository": {
                "name": name,
                "full_name": repository,
                "owner": { "name": owner, "login": owner },
                "html_url": url,
                "clone_url": format!("{url}.git"),
                "pushed_at": pushed.map(Timestamp::as_second),
            },
            "pusher": { "name": person.0, "email": person.1 },
            "created": false,
            "deleted": false,
            "forced": forced,
            "base_ref": null,
            "compare": format!("{url}/compare/{before}...{after}"),
            "commits": told,
            "head_commit": self::commit(&url, head),
        });
        let Value::Object(body) = body else { unreachable!("an object was written") };
        Self::of("push", body)
    }

    /// The name of the event.
    #[must_use]
    pub fn event(&self) -> &str {
        self.text("/X-GitHub-Event")
    }

    /// `owner/name`; empty if the payload does not say it.
    #[must_use]
    pub fn repository(&self) -> &str {
        self.text("/repository/full_name")
    }

    /// What was pushed to: `refs/heads/main`; empty if the payload does not say it.
    #[must_use]
    pub fn reference(&self) -> &str {
        self.text("/ref")
    }

    /// The newest commit; empty if the payload does not say it.
    #[must_use]
    pub fn after(&self) -> &str {
        self.text("/after")
    }

    /// When it was pushed, if the payload says it.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        let pushed = self.body.pointer("/repository/pushed_at").and_then(Value::as_i64);
        let pushed = pushed.filter(|seconds| *seconds >= 0);
        let pushed = pushed.and_then(|seconds| Timestamp::from_second(seconds).ok());
        pushed.or_else(|| self.text("/head_commit/timestamp").parse().ok())
    }

    /// Says when it was pushed, if the payload does not.
    pub fn received(&mut self, now: Timestamp) {
        if self.time().is_none()
            && let Some(repository) = self.body["repository"].as_object_mut()
        {
            repository.insert("pushed_at".to_owned(), json!(now.as_second()));
        }
    }

    /// The commits, the oldest first.
    pub fn commits(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.body["commits"].as_array().map(Vec::as_slice).unwrap_or_default().iter()
    }

    /// The changed files, each once, in the order of the commits.
    #[must_use]
    pub fn files(&self) -> Vec<&str> {
        let lists = self.commits().flat_map(|commit| ["added", "modified", "removed"].map(|kind| &commit[kind]));
        let mut seen = std::collections::BTreeSet::new();
        let files = lists.filter_map(Value::as_array).flatten().filter_map(Value::as_str);
        files.filter(|file| seen.insert(*file)).collect()
    }

    /// Whether GitHub may have left out commits or files, for there is as much as it ever tells.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        let files = |commit: &Value| -> usize {
            let lists = ["added", "modified", "removed"].map(|kind| commit[kind].as_array().map_or(0, Vec::len));
            lists.iter().sum()
        };
        self.commits().len() >= MOST_COMMITS || self.commits().any(|commit| files(commit) >= MOST_FILES)
    }

    fn text(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

fn commit(url: &str, commit: &Commit) -> Value {
    let person = |(name, email): &(String, String)| json!({ "name": name, "email": email });
    let mut room = MOST_FILES;
    let [added, removed, modified] = [&commit.added, &commit.removed, &commit.modified].map(|list| {
        let told = &list[..list.len().min(room)];
        room -= told.len();
        told
    });
    json!({
        "id": commit.id,
        "tree_id": commit.tree,
        "distinct": true,
        "message": commit.message,
        "timestamp": commit.timestamp,
        "url": format!("{url}/commit/{}", commit.id),
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "added": added,
        "removed": removed,
        "modified": modified,
    })
}

/// The event of a bare payload: its header is lost, but each has characteristic fields.
fn event(body: &Map<String, Value>) -> &'static str {
    let has = |field: &str| body.contains_key(field);
    match () {
        () if has("ref") && has("after") => "push",
        () if has("zen") && has("hook_id") => "ping",
        () if has("pull_request") => "pull_request",
        () if has("ref_type") => "create",
        () if has("release") => "release",
        () if has("issue") => "issues",
        () if has("workflow_run") => "workflow_run",
        () => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_read_bare_or_in_the_record_of_its_delivery() {
        let bare = r#"{"ref": "refs/heads/main", "after": "a", "commits": []}"#;
        let record = format!(r#"{{"id": 1, "event": "push", "request": {{"headers": {{}}, "payload": {bare}}}}}"#);
        let push = Push::read(bare).expect("a payload");
        assert_eq!((push.event(), push.reference(), push.size), ("push", "refs/heads/main", 50));
        assert_eq!(Push::read(&record), Ok(push));
        assert_eq!(Push::read(&format!("\u{feff}{bare}\n")).map(|push| push.size), Ok(50));
        for (text, event) in [
            (r#"{"zen": "x", "hook_id": 1}"#, "ping"),
            (r#"{"action": "opened", "pull_request": {}}"#, "pull_request"),
            ("{}", "unknown"),
        ] {
            assert_eq!(Push::read(text).expect("an event").event(), event);
        }
    }

    #[test]
    fn texts_that_are_not_payloads_are_told_apart() {
        assert_eq!(Push::read("payload=%7B%7D"), Err(Error::Form));
        assert_eq!(Push::read("[]"), Err(Error::Kind));
        assert_eq!(Push::read(r#"{"message": "Not Found", "status": "404"}"#), Err(Error::Missing("Not Found".into())));
        assert_eq!(Push::read("{\n  \"a\": }"), Err(Error::Json(2, 8, "expected value".into())));
        assert!(matches!(Push::read(""), Err(Error::Json(1, 0, _))));
        assert!(matches!(Push::read(&"[".repeat(100_000)), Err(Error::Json(..))));
    }

    #[test]
    fn commits_become_a_payload_as_github_writes_it() {
        let commit = |n: usize| Commit {
            id: format!("{n:040x}"),
            message: format!("change {n}"),
            timestamp: "2025-11-24T17:00:00+01:00".into(),
            author: ("Ann".into(), "ann@example".into()),
            added: vec![format!("file-{n}"), "file".into()],
            ..Commit::default()
        };
        let commits: Vec<_> = (0..MOST_COMMITS + 2).map(commit).collect();
        let head = &commits[MOST_COMMITS + 1];
        let push = Push::of_commits("acme/shop", "main", "0", head, false, &commits);
        assert_eq!(push.commits().len(), MOST_COMMITS);
        assert_eq!(push.body["commits"][0]["message"], "change 2");
        assert_eq!(push.body["head_commit"]["id"], commits[MOST_COMMITS + 1].id);
        assert_eq!(push.time().map(Timestamp::as_second), Some(1_764_000_000));
        assert_eq!(push.files()[..3], ["file-2", "file", "file-3"]);
        assert!(push.is_cut_off());
        let files: Vec<_> = (0..MOST_FILES + 9).map(|n| n.to_string()).collect();
        let large = Commit { removed: files, modified: vec!["left-out".into()], ..commit(1) };
        let large = Push::of_commits("acme/shop", "main", "0", head, false, &[large]);
        assert_eq!((large.files().len(), large.is_cut_off()), (MOST_FILES, true));
        assert!(!Push::of_commits("acme/shop", "main", "0", head, false, &commits[..3]).is_cut_off());
        let back = Push::of_commits("acme/shop", "main", "1", &commits[0], true, &[]);
        assert_eq!((back.commits().len(), &back.body["head_commit"]["message"]), (0, &json!("change 0")));
        assert_eq!((back.after(), &back.body["forced"]), (commits[0].id.as_str(), &json!(true)));
        let mut timeless =
            Push::read(r#"{"ref": "x", "after": "y", "repository": {"pushed_at": -1}}"#).expect("a push");
        assert_eq!(timeless.time(), None);
        timeless.received(Timestamp::UNIX_EPOCH);
        assert_eq!(timeless.time(), Some(Timestamp::UNIX_EPOCH));
    }
}
