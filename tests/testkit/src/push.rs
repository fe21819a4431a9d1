//! Payloads of pushes, as GitHub sends them.

use serde_json::{Value, json};

/// A commit of somebody, which modifies files.
pub fn commit(email: &str, paths: &[&str]) -> Value {
    json!({"id": "1", "author": {"name": "x", "email": email}, "added": [], "modified": paths, "removed": []})
}

/// A push of commits to `main`.
pub fn push(commits: &[Value]) -> Value {
    json!({"X-GitHub-Event": "push", "ref": "refs/heads/main", "deleted": false, "created": false,
        "after": "a".repeat(40), "head_commit": {"id": "1", "message": "change"}, "commits": commits})
}

/// The same with another field.
pub fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

/// A push to a repository of the sample system.
pub fn to(repository: &str, body: Value) -> Value {
    with(body, "repository", json!({"full_name": format!("chestercodes/{repository}")}))
}
