//! What GitLab tells of a push (docs.gitlab.com/user/project/integrations/webhook_events, "Push events").

use crate::providers::host::push::{Commit, Error, Moved, Payload, Pull, Recorded};
use serde_json::{Map, Value, json};

/// Where it writes what. The limit is from the same page.
pub static PAYLOAD: Payload = Payload {
    event: "object_kind",
    push: "push",
    tag: "tag_push",
    repository: "/project/path_with_namespace",
    page: "/project/web_url",
    reference: "/ref",
    after: "/after",
    // `after` is the tag itself if that is an object of its own (gitlab, `lib/gitlab/data_builder/push.rb`, checkout_sha).
    tagged: "/checkout_sha",
    pull: Pull {
        event: "merge_request",
        commit: "/object_attributes/last_commit/id",
        branch: "/object_attributes/source_branch",
    },
    pushed: None,
    newest,
    commits: "/commits",
    total: Some("/total_commits_count"),
    most_commits: 20,
    most_files: None,
};

/// The newest commit, which is listed with the others.
fn newest(body: &Value) -> Option<&Value> {
    body["commits"].as_array()?.iter().find(|commit| commit["id"] == body["after"])
}

/// The payload of a push.
pub fn told(moved: &Moved) -> Map<String, Value> {
    let after = moved.head.id.as_str();
    let name = moved.repository.rsplit('/').next().unwrap_or_default();
    let url = format!("https://{}/{}", moved.server, moved.repository);
    // Of more commits GitLab leaves the oldest out.
    let told = &moved.commits[moved.commits.len().saturating_sub(PAYLOAD.most_commits)..];
    let told: Vec<_> = told.iter().map(|one| commit(&url, one)).collect();
    let (author, email) = &moved.head.author;
    let body = json!({
        "object_kind": PAYLOAD.push,
        "event_name": PAYLOAD.push,
        "before": moved.before,
        "after": after,
        "ref": format!("refs/heads/{}", moved.branch),
        "checkout_sha": after,
        "message": null,
        "user_name": author,
        "user_email": email,
        "project": {
            "name": name,
            "path_with_namespace": moved.repository,
            "web_url": url,
            "git_http_url": format!("{url}.git"),
        },
        "commits": told,
        "total_commits_count": moved.commits.len(),
    });
    let Value::Object(body) = body else { unreachable!("an object was written") };
    body
}

fn commit(url: &str, commit: &Commit) -> Value {
    json!({
        "id": commit.id,
        "message": commit.message,
        "title": commit.message.lines().next().unwrap_or_default(),
        "timestamp": commit.timestamp,
        "url": format!("{url}/-/commit/{}", commit.id),
        "author": { "name": commit.author.0, "email": commit.author.1 },
        "added": commit.added,
        "modified": commit.modified,
        "removed": commit.removed,
    })
}

/// The event and the payload in the record of a delivery, as the API gives it
/// (docs.gitlab.com/api/project_webhooks, "List all events for a project webhook").
pub fn recorded(fields: &mut Map<String, Value>) -> Result<Option<Recorded>, Error> {
    if !fields.contains_key("request_data") {
        return match fields.get("message").and_then(Value::as_str) {
            Some(message) if fields.len() == 1 => Err(Error::Missing(super::NAME, message.to_owned())),
            _ => Ok(None),
        };
    }
    match fields.get_mut("request_data") {
        Some(Value::Object(payload)) => {
            let payload = std::mem::take(payload);
            Ok(Some(Recorded { event: event(&payload), payload }))
        }
        _ => Err(Error::Missing(super::NAME, "the record of a delivery without its payload".to_owned())),
    }
}

/// The event of a payload, which says it.
pub fn event(body: &Map<String, Value>) -> String {
    body.get(PAYLOAD.event).and_then(Value::as_str).unwrap_or("unknown").to_owned()
}
