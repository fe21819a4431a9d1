//! What Argo CD and Argo Rollouts would make of the GitOps repository: the generated ApplicationSets, rendered over its
//! files, and everything healthy at once, but for what a test breaks.

use crate::compiled::{Tree, list, text};
use crate::scripts::support::World;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

pub const GITOPS: &str = "homelab-apps";

/// The Applications that all sets of a tree make now.
pub fn applications(world: &World, tree: &Tree) -> Vec<Value> {
    tree.of_kind("ApplicationSet").flat_map(|set| render(world, &set.value)).collect()
}

fn render(world: &World, set: &Value) -> Vec<Value> {
    let spec = &set["spec"];
    let generator = &spec["generators"][0];
    let matrix = generator["matrix"]["generators"].as_array();
    let files = matrix.map_or(generator, |generators| &generators[0]);
    let mut made = Vec::new();
    for manifest in manifests(world, files) {
        if matrix.is_none() {
            made.push(fill(&spec["template"], &manifest));
            continue;
        }
        for (app, entry) in manifest["apps"].as_object().into_iter().flatten() {
            let mut scope = manifest.clone();
            scope["app"] = json!(app);
            scope["entry"] = entry.clone();
            let selected = entry.get("change").is_some() && entry["sources"][0].get("repoURL").is_some();
            if !selected {
                continue;
            }
            let mut application = fill(&spec["template"], &scope);
            assert_eq!(set["spec"]["templatePatch"], "spec:\n  sources: {{ toJson .entry.sources }}\n");
            application["spec"]["sources"] = entry["sources"].clone();
            made.push(application);
        }
    }
    made
}

/// The sources of an environment's own Application.
pub fn environment_sources(set: &Value, manifest: &Value) -> Value {
    fill(&set["spec"]["template"]["spec"]["sources"], manifest)
}

/// The files of a git generator that its selector takes.
fn manifests(world: &World, generator: &Value) -> Vec<Value> {
    let path = text(&generator["git"]["files"][0]["path"]);
    let (folder, name) = path.rsplit_once('/').expect("a folder");
    let listed = world.git(&format!("repos/{GITOPS}.git"), &["ls-tree", "--name-only", "main", &format!("{folder}/")]);
    let taken = listed.lines().filter(|file| name == "*.json" || *file == path);
    let manifests = taken.map(|file| manifest(world, file).unwrap_or_else(|| panic!("no {file}")));
    let selector = &generator["selector"];
    manifests
        .filter(|manifest| {
            let labels = selector["matchLabels"].as_object().into_iter().flatten();
            labels.into_iter().all(|(key, value)| manifest[key] == *value)
                && list(&selector["matchExpressions"]).all(|wanted| manifest.get(text(&wanted["key"])).is_some())
        })
        .collect()
}

/// A JSON file of the GitOps repository, as it is now.
pub fn manifest(world: &World, file: &str) -> Option<Value> {
    let repository = format!("repos/{GITOPS}.git");
    if world.git(&repository, &["ls-tree", "main", file]).is_empty() {
        return None;
    }
    serde_json::from_str(&world.git(&repository, &["show", &format!("main:{file}")])).ok()
}

fn fill(value: &Value, scope: &Value) -> Value {
    match value {
        Value::String(template) => Value::String(go_template(template, scope)),
        Value::Array(items) => items.iter().map(|item| fill(item, scope)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, field)| (key.clone(), fill(field, scope))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// The few forms of Go's templates that are generated.
fn go_template(template: &str, scope: &Value) -> String {
    let mut result = String::new();
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once("{{ ") {
        let (action, after) = tail.split_once(" }}").expect("a closed action");
        result.push_str(before);
        let field = |path: &str| {
            let found = path.split('.').skip(1).fold(scope, |value, key| &value[key]);
            found.as_str().unwrap_or_else(|| panic!("{path} is missing")).to_owned()
        };
        let secret =
            action.strip_prefix("printf \"%s/").and_then(|rest| rest.strip_suffix("\" .salt | sha256sum | trunc 32"));
        result.push_str(&match (secret, action.strip_prefix("toJson ")) {
            (Some(path), _) => throwaway(&field(".salt"), path),
            (None, Some(path)) => json!(field(path)).to_string(),
            (None, None) => field(action),
        });
        rest = after;
    }
    result.push_str(rest);
    result
}

/// The value of a throwaway secret.
pub fn throwaway(salt: &str, path: &str) -> String {
    let hash = Sha256::digest(format!("{salt}/{path}").as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..32].to_owned()
}

/// Lays out what kubectl is to answer.
pub fn reconcile(world: &World, tree: &Tree, broken: &BTreeSet<String>) {
    let applications: Vec<_> = applications(world, tree).into_iter().map(alive).collect();
    world.write("applications.json", &json!(applications).to_string());
    world.write("applicationsets.json", "[]");
    world.write("workflows.json", "[]");
    world.write("rollouts.json", &json!(rollouts(tree, &applications, broken)).to_string());
}

/// An Application that is synced and healthy.
fn alive(mut application: Value) -> Value {
    let sources = application["spec"]["sources"].clone();
    let revisions: Vec<_> = list(&sources).map(|source| source["targetRevision"].clone()).collect();
    application["status"] = json!({
        "sync": {"status": "Synced", "revisions": revisions, "comparedTo": {"sources": sources}},
        "health": {"status": "Healthy"}, "reconciledAt": "2025-11-24T16:00:00Z",
    });
    application
}

/// The Rollouts of all Applications, each through its steps; one whose digest is broken was aborted.
fn rollouts(tree: &Tree, applications: &[Value], broken: &BTreeSet<String>) -> Vec<Value> {
    let mut made = Vec::new();
    for object in tree.of_kind("Rollout") {
        let folder = object.file.rsplit_once('/').expect("a folder").0;
        let source = applications
            .iter()
            .flat_map(|application| list(&application["spec"]["sources"]))
            .find(|source| text(&source["path"]).ends_with(folder));
        let Some(source) = source else { continue };
        let mut rollout = object.value.clone();
        let container = &mut rollout["spec"]["template"]["spec"]["containers"][0];
        let placeholder = format!("{}=", text(&container["image"]));
        let image = list(&source["kustomize"]["images"]).find_map(|image| text(image).strip_prefix(&placeholder));
        let image = image.expect("an image for the placeholder").to_owned();
        container["image"] = json!(image);
        let aborted = broken.iter().any(|digest| image.ends_with(digest));
        rollout["metadata"]["generation"] = json!(7);
        rollout["status"] = json!({
            "observedGeneration": "7", "currentPodHash": "new", "stableRS": if aborted { "old" } else { "new" },
            "abort": aborted, "phase": if aborted { "Degraded" } else { "Healthy" }, "message": "metric failure-rate",
        });
        made.push(rollout);
    }
    made
}
