//! What Gitea and Forgejo tell of a push (docs.gitea.com/usage/webhooks; gitea, `modules/structs/hook.go`, PushPayload).

use crate::providers::host::push::{Commit, Moved, Payload, Pull, head_commit};
use serde_json::{Map, Value, json};

/// Where it writes what. The limit is the default of `FEED_MAX_COMMIT_NUM` (gitea, `custom/conf/app.example.ini`).
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
    pushed: None,
    newest: head_commit,
    commits: "/commits",
    total: Some("/total_commits"),
    most_commits: 5,
    most_files: None,
};

/// The payload of a push.
pub fn told(moved: &Moved) -> Map<String, Value> {
    let after = moved.head.id.as_str();
    let (owner, name) = moved.repository.split_once('/').unwrap_or(("", moved.repository));
    let url = format!("https://{}/{}", moved.server, moved.repository);
    // The newest come first, and of more commits Gitea leaves the oldest out.
    let told = moved.commits.iter().rev().take(PAYLOAD.most_commits).map(|one| commit(&url, one));
    let (author, email) = &moved.head.author;
    let body = json!({
        "ref": format!("refs/heads/{}", moved.branch),
        "before": moved.before,
        "after": after,
        "compare_url": format!("{url}/compare/{}...{after}", moved.before),
        "commits": told.collect::<Vec<_>>(),
        "total_commits": moved.commits.len(),
        "head_commit": commit(&url, moved.head),
        "repository": {
            "owner": { "login": owner },
            "name": name,
            "full_name": moved.repository,
            "html_url": url,
            "clone_url": format!("{url}.git"),
        },
        "pusher": { "login": author, "email": email },
        "sender": { "login": author, "email": email },
    });
    let Value::Object(body) = body else { unreachable!("an object was written") };
    body
}

fn commit(url: &str, commit: &Commit) -> Value {
    json!({
        "id": commit.id,
        "message": commit.message,
        "url": format!("{url}/commit/{}", commit.id),
        "author": { "name": commit.author.0, "email": commit.author.1 },
        "committer": { "name": commit.committer.0, "email": commit.committer.1 },
        "timestamp": commit.timestamp,
        "added": commit.added,
        "removed": commit.removed,
        "modified": commit.modified,
    })
}

/// The event of a bare payload: its header is lost, but each has characteristic fields.
pub fn event(body: &Map<String, Value>) -> String {
    let has = |field: &str| body.contains_key(field);
    let event = match () {
        () if has("ref") && has("after") => PAYLOAD.push,
        () if has("pull_request") => "pull_request",
        () if has("ref_type") && has("pusher_type") => "delete",
        () if has("ref_type") => "create",
        () if has("release") => "release",
        () if has("issue") => "issues",
        () => "unknown",
    };
    event.to_owned()
}
