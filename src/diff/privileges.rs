//! What the pods of an object may do beyond what pods of the compiler usually may.

use super::secrets;
use serde_json::Value;
use std::collections::BTreeSet;

/// Fields that are a privilege when they are `true`
/// (`https://kubernetes.io/docs/concepts/security/pod-security-standards/`).
const TRUE: [&str; 6] =
    ["allowPrivilegeEscalation", "automountServiceAccountToken", "hostIPC", "hostNetwork", "hostPID", "privileged"];

/// The privileges that an object's pods have, each described in a few words.
pub fn of(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(value, "", false, &mut found);
    found
}

/// `is_build`: whether it is in the template of a build, which always runs without seccomp.
fn collect(value: &Value, key: &str, is_build: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let is_build = is_build || secrets::is_build(value);
            for (name, inner) in fields {
                match (name.as_str(), inner) {
                    (name, Value::Bool(true)) if TRUE.contains(&name) => {
                        found.insert(format!("`{name}`"));
                    }
                    ("runAsNonRoot", Value::Bool(false)) => {
                        found.insert("may run as root".to_owned());
                    }
                    ("runAsUser", Value::Number(user)) if user.as_u64() == Some(0) => {
                        found.insert("runs as root".to_owned());
                    }
                    ("add", Value::Array(items)) if key == "capabilities" => {
                        let items = items.iter().filter_map(Value::as_str);
                        found.extend(items.map(|item| format!("capability `{item}`")));
                    }
                    ("type", Value::String(kind)) if key == "seccompProfile" && kind == "Unconfined" && !is_build => {
                        found.insert("no seccomp profile".to_owned());
                    }
                    ("hostPath", Value::Object(volume)) => {
                        let path = volume.get("path").and_then(Value::as_str).unwrap_or_default();
                        found.insert(format!("`{path}` of the node").replace('\n', " "));
                    }
                    ("podSpecPatch", Value::String(_)) => {
                        found.insert("`podSpecPatch`, which may set anything".to_owned());
                    }
                    _ => {}
                }
                collect(inner, name, is_build, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, key, is_build, found)),
        _ => {}
    }
}
