//! What GitHub tells of a push (docs.github.com/webhooks/webhook-events-and-payloads#push).

use crate::providers::host::push::{Commit, Error, Moved, Payload, Pull, Recorded, head_commit};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The most changed files that it lists of a commit.
const MOST_FILES: usize = 3000;

/// Where it writes what. The limits are from the same page.
pub static PAYLOAD: Payload = Payload {
    event: "X-GitHub-Event",
    push: "push",
    tag: "push",
    repository: "/repository/full_name",
    page: "/repository/html_url",
    reference: "/ref",
    after: "/after",
    // `after` is the tag itself if that is an object of its own.
    tagged: "/head_commit/id",
    pull: Pull { event: "pull_request", commit: "/pull_request/head/sha", branch: "/pull_request/head/ref" },
    pushed: Some("/repository/pushed_at"),
    newest: head_commit,
    commits: "/commits",
    total: None,
    most_commits: 2048,
    most_files: Some(MOST_FILES),
};

/// The payload of a push.
pub fn told(moved: &Moved) -> Map<String, Value> {
    let head = moved.head;
    let after = head.id.as_str();
    let (owner, name) = moved.repository.split_once('/').unwrap_or(("", moved.repository));
    let url = format!("https://{}/{}", moved.server, moved.repository);
    // Of more commits GitHub leaves the oldest out.
    let told = &moved.commits[moved.commits.len().saturating_sub(PAYLOAD.most_commits)..];
    let told: Vec<_> = told.iter().map(|one| commit(&url, one)).collect();
    let pushed = head.timestamp.parse::<Timestamp>().ok();
    let person = &head.author;
    let body = json!({
        "ref": format!("refs/heads/{}", moved.branch),
        "before": moved.before,
        "after": after,
        "repository": {
            "name": name,
            "full_name": moved.repository,
            "owner": { "name": owner, "login": owner },
            "html_url": url,
            "clone_url": format!("{url}.git"),
            "pushed_at": pushed.map(Timestamp::as_second),
        },
        "pusher": { "name": person.0, "email": person.1 },
        "created": false,
        "deleted": false,
        "forced": moved.forced,
        "base_ref": null,
        "compare": format!("{url}/compare/{}...{after}", moved.before),
        "commits": told,
        "head_commit": commit(&url, head),
    });
    let Value::Object(body) = body else { unreachable!("an object was written") };
    body
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

/// The event and the payload in the record of a delivery, as the API gives it.
pub fn recorded(fields: &mut Map<String, Value>) -> Result<Option<Recorded>, Error> {
    let missing = |what: &str| Err(Error::Missing(super::NAME, what.to_owned()));
    let told = fields.get("event").and_then(Value::as_str).map(str::to_owned);
    if let (Some(event), Some(Value::Object(payload))) =
        (told, fields.get_mut("request").and_then(|request| request.get_mut("payload")))
    {
        return Ok(Some(Recorded { event, payload: std::mem::take(payload) }));
    }
    if fields.contains_key("event") && fields.contains_key("request") {
        return missing("the record of a delivery without its payload");
    }
    match (fields.get("message").and_then(Value::as_str), fields.contains_key("status")) {
        (Some(message), true) => missing(message),
        _ => Ok(None),
    }
}

/// The event of a bare payload: its header is lost, but each has characteristic fields.
pub fn event(body: &Map<String, Value>) -> &'static str {
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
    use crate::providers::host::push::Push;
    use crate::schema::providers::Host;

    fn push(before: &str, head: &Commit, forced: bool, commits: &[Commit]) -> Push {
        let moved =
            Moved { server: "github.com", repository: "acme/shop", branch: "main", before, head, forced, commits };
        Push::of_commits(Host::GitHub, &moved)
    }

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
    fn what_is_no_payload_is_told_apart() {
        assert_eq!(Push::read("payload=%7B%7D"), Err(Error::Form));
        assert_eq!(Push::read("[]"), Err(Error::Kind));
        assert_eq!(
            Push::read(r#"{"message": "Not Found", "status": "404"}"#),
            Err(Error::Missing("GitHub", "Not Found".into()))
        );
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
        let commits: Vec<_> = (0..PAYLOAD.most_commits + 2).map(commit).collect();
        let head = &commits[PAYLOAD.most_commits + 1];
        let push = self::push("0", head, false, &commits);
        assert_eq!(push.commits().len(), PAYLOAD.most_commits);
        assert_eq!(push.body["commits"][0]["message"], "change 2");
        assert_eq!(push.body["head_commit"]["id"], commits[PAYLOAD.most_commits + 1].id);
        assert_eq!(push.time().map(Timestamp::as_second), Some(1_764_000_000));
        assert_eq!(push.files()[..3], ["file-2", "file", "file-3"]);
        assert!(push.is_cut_off());
        let files: Vec<_> = (0..MOST_FILES + 9).map(|n| n.to_string()).collect();
        let large = Commit { removed: files, modified: vec!["left-out".into()], ..commit(1) };
        let large = self::push("0", head, false, &[large]);
        assert_eq!((large.files().len(), large.is_cut_off()), (MOST_FILES, true));
        assert!(!self::push("0", head, false, &commits[..3]).is_cut_off());
        let back = self::push("1", &commits[0], true, &[]);
        assert_eq!((back.commits().len(), &back.body["head_commit"]["message"]), (0, &json!("change 0")));
        assert_eq!((back.after(), &back.body["forced"]), (commits[0].id.as_str(), &json!(true)));
        let mut timeless =
            Push::read(r#"{"ref": "x", "after": "y", "repository": {"pushed_at": -1}}"#).expect("a push");
        assert_eq!(timeless.time(), None);
        timeless.received(Timestamp::UNIX_EPOCH);
        assert_eq!(timeless.time(), Some(Timestamp::UNIX_EPOCH));
    }
}
