//! What the containers of a workload find at a path, as the language calls it.

use serde_json::Value;
use std::collections::BTreeMap;

/// What is mounted in the containers, by path. The files of a `config` are objects of their own, which say more.
pub fn mounted(workload: &Value) -> BTreeMap<String, String> {
    let Some(pod) = workload.pointer("/spec/template/spec") else { return BTreeMap::new() };
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let volumes = list(pod, "volumes");
    let mounts = list(pod, "containers").into_iter().flat_map(|container| list(&container, "volumeMounts"));
    let mut found = BTreeMap::new();
    for mount in mounts {
        let (Some(name), Some(path)) = (mount["name"].as_str(), mount["mountPath"].as_str()) else { continue };
        let claim = claims(workload).into_iter().find(|(claim, _)| claim == name).map(|(_, claim)| claim);
        let volume = volumes.iter().find(|volume| volume["name"] == name).and_then(described);
        if let Some(what) = claim.or(volume) {
            found.insert(path.to_owned(), what);
        }
    }
    found
}

/// The claims that a StatefulSet makes for each pod, by the name of the volume.
pub fn claims(workload: &Value) -> BTreeMap<String, String> {
    let claims = workload.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
    let described = |claim: &Value| {
        let name = claim.pointer("/metadata/name")?.as_str()?;
        let size = claim.pointer("/spec/resources/requests/storage").and_then(Value::as_str).unwrap_or_default();
        let class = claim.pointer("/spec/storageClassName").and_then(Value::as_str);
        let class = class.map(|class| format!(" of class {}", quoted(class))).unwrap_or_default();
        Some((name.to_owned(), format!("{size} of storage{class}")))
    };
    claims.into_iter().flatten().filter_map(described).collect()
}

fn described(volume: &Value) -> Option<String> {
    let text = |pointer: &str| volume.pointer(pointer).and_then(Value::as_str);
    if let Some(claim) = text("/persistentVolumeClaim/claimName") {
        return Some(format!("claim {}", quoted(claim)));
    }
    if let Some(secret) = text("/secret/secretName") {
        return Some(format!("Secret {}", quoted(secret)));
    }
    let limit = text("/emptyDir/sizeLimit").map(|limit| format!(" up to {limit}")).unwrap_or_default();
    volume.get("emptyDir").map(|_| format!("scratch space{limit}"))
}

/// The text is between backticks.
fn quoted(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

#[cfg(test)]
mod tests {
    use super::mounted;
    use serde_json::json;

    #[test]
    fn what_is_mounted_is_told_by_its_kind_and_nothing_breaks_it() {
        let mount = |name: &str| json!({"name": name, "mountPath": format!("/{name}")});
        let names = ["own", "claim", "secret", "scratch", "other", "gone"];
        let mounts: Vec<_> = names.iter().map(|name| mount(name)).collect();
        let workload = json!({"spec": {
            "volumeClaimTemplates": [
                {"metadata": {"name": "own"}, "spec": {"storageClassName": "fast`", "resources": {"requests": {"storage": "1Gi"}}}},
                {"metadata": 1},
            ],
            "template": {"spec": {
                "containers": [{"volumeMounts": mounts}, {"volumeMounts": 5}, null],
                "volumes": [
                    {"name": "claim", "persistentVolumeClaim": {"claimName": "a"}},
                    {"name": "secret", "secret": {"secretName": "b"}},
                    {"name": "scratch", "emptyDir": {"sizeLimit": "2Gi"}},
                    {"name": "other", "hostPath": {"path": "/x"}},
                    "text",
                ],
            }},
        }});
        let found: Vec<_> = mounted(&workload).into_iter().map(|(path, what)| format!("{path}: {what}")).collect();
        assert_eq!(
            found,
            [
                "/claim: claim `a`",
                "/own: 1Gi of storage of class `fast'`",
                "/scratch: scratch space up to 2Gi",
                "/secret: Secret `b`"
            ]
        );
        for broken in [json!(null), json!({"spec": []}), json!({"spec": {"template": {"spec": {"containers": {}}}}})] {
            assert!(mounted(&broken).is_empty());
        }
    }
}
