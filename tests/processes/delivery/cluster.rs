//! What Argo CD and Argo Rollouts would make of the GitOps repository: the generated ApplicationSets, rendered over its
//! files, and everything healthy at once, but for what a test breaks.

use crate::scripts::support::World;
use pipelinec::argo::Error;
use pipelinec::argo::sets::{self, Files};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::compiled::{Tree, list, text};

pub const GITOPS: &str = "homelab-apps";

/// The Applications that all sets of a tree make now. No set may stop.
pub fn applications(world: &World, tree: &Tree) -> Vec<Value> {
    let made = by_set(world, tree).into_iter();
    made.flat_map(|(set, made)| made.unwrap_or_else(|error| panic!("{set} stops: {error}"))).collect()
}

/// What each set of a tree makes of the repository.
pub fn by_set(world: &World, tree: &Tree) -> Vec<(String, Result<Vec<Value>, Error>)> {
    let repository = format!("repos/{GITOPS}.git");
    let names = world.git(&repository, &["-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", "main"]);
    let read = |name: &str| world.git(&repository, &["show", &format!("main:{name}")]);
    let files = Files { names: names.lines().map(str::to_owned).collect(), read: &read };
    let sets = tree.of_kind("ApplicationSet");
    sets.map(|set| (set.name().to_owned(), sets::applications(&files, &set.value))).collect()
}

/// A JSON file of the GitOps repository, as it is now.
pub fn manifest(world: &World, file: &str) -> Option<Value> {
    let repository = format!("repos/{GITOPS}.git");
    if world.git(&repository, &["ls-tree", "main", file]).is_empty() {
        return None;
    }
    serde_json::from_str(&world.git(&repository, &["show", &format!("main:{file}")])).ok()
}

/// Lays out what kubectl is to answer: of this project, and what others have in the same Argo CD.
pub fn reconcile(world: &World, tree: &Tree, broken: &BTreeSet<String>) {
    let applications: Vec<_> = applications(world, tree).into_iter().map(alive).collect();
    let others: Vec<Value> = serde_json::from_str(&world.read("others.json")).unwrap_or_default();
    world.write("applications.json", &json!([&applications[..], &others].concat()).to_string());
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
