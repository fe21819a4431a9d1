//! Two projects on one Argo CD, with environments of the same names.

use super::argo::{Faults, sweep};
use super::cluster::applications;
use super::{GITOPS, PING, ResolvedProject};
use crate::scripts::support::{VERSION, World};
use pipelinec::argo::sets::{self, Files};
use serde_json::{Value, json};
use testkit::compiled::{Tree, program, text};

/// The Applications of an environment of another project, which has it in a repository of its own.
fn of_another_project(tree: &Tree) -> Vec<Value> {
    let gitops = tree.resolved.project.gitops.manifests(&tree.resolved.target);
    let manifest = json!({"format": "pipelinec/1", "environment": "staging", "namespace": VERSION, "tree": "f".repeat(40),
        "salt": "a".repeat(64), "apps": {"web": {"change": VERSION, "sources": [{"repoURL": "https://x.example/w.git"}]}}});
    let read = |_: &str| manifest.to_string();
    let files = Files { names: vec![format!("{gitops}/staging/{VERSION}.json")], read: &read };
    let made = tree.of_kind("ApplicationSet").map(|set| sets::applications(&files, &set.value).expect("Applications"));
    made.flatten().collect()
}

/// What was asked of the cluster, and what the janitor said.
fn swept(resolved: &ResolvedProject, world: &World) -> String {
    world.write("kubectl.log", "");
    let run = sweep(world, resolved.tree);
    assert_eq!(run.status, "Succeeded", "{}", run.log);
    run.log + &world.read("kubectl.log")
}

#[test]
fn a_janitor_leaves_the_environments_of_another_project_alone() {
    let resolved = ResolvedProject::new();
    let other = program("examples/minimal");
    let other = other.trees.values().next().expect("a tree");
    let mut theirs = of_another_project(other);
    assert_eq!(theirs.len(), 2, "the environment and its app");
    for application in &mut theirs {
        assert_eq!(application["metadata"]["labels"]["pipelinec.dev/project"], "acme");
        assert_eq!(application["metadata"]["labels"]["pipelinec.dev/environment"], "staging");
        // It is on its way out, and an operation holds it: their own janitor will see to that.
        application["metadata"]["deletionTimestamp"] = json!("2025-11-24T15:00:00Z");
        application["operation"] = json!({"sync": {}});
        application["status"] = json!({"operationState": {"phase": "Running"}});
    }
    resolved.world.write("others.json", &json!(theirs).to_string());
    let pods = ["close-staging", "gone-staging"].map(str::to_owned).into();
    resolved.deliver_with("homelabping", &resolved.world.head(PING), &Faults { pods, ..Faults::default() });
    for application in applications(&resolved.world, resolved.tree) {
        assert_eq!(text(&application["metadata"]["labels"]["pipelinec.dev/project"]), "homelab");
    }
    assert_eq!(resolved.staging().len(), 1);
    let said = swept(&resolved, &resolved.world);
    assert_eq!(resolved.staging(), [""; 0]);
    // Long after, with nothing left of this project's own.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    resolved.world.write("clock", &(now + 3600).to_string());
    let said = said + &swept(&resolved, &resolved.world);
    assert!(!said.contains(VERSION) && !said.contains("patch"), "{said}");
    assert!(resolved.world.git(&format!("repos/{GITOPS}.git"), &["log", "--format=%s", "main"]).contains("sweep"));
}
