//! No set sees a file of another environment or target, whatever they are called and wherever the files are.

use pipelinec::argo::sets::{self, Files, matching};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use testkit::compiled::{Compiled, list, text, walk};
use testkit::runs::VERSION;

/// Targets and environments of which one name is the beginning of another.
fn program(gitops: &str) -> String {
    format!(
        "project shop {{\n gitops {{ repo = \"github.com/acme/gitops\", credentials = gitops, {gitops} }}\n \
         github {{ webhook = \"https://hooks.acme.io\", credentials = github }}\n registry {{ host = \"r.io\" }}\n}}\n\
         secret github {{ keys = [\"token\", \"webhookSecret\"] }}\nsecret gitops {{ keys = [\"token\"] }}\n\
         target eu\ntarget eu-west {{ project {{ github {{ webhook = \"https://west.acme.io\" }} }} }}\n\
         environment live\nenvironment live-2\nenvironment test {{ copy-of = live, ttl = 9h }}\n\
         environment test-2 {{ copy-of = live-2, ttl = 9h }}\n\
         app a {{ source = \"github.com/acme/a\", image code, service {{ image = code, cpu = 1, memory = 1Gi }} }}\n\
         pipeline a {{\n delivers = a\n on push\n build\n stage-env test\n wait-for-sync in test\n teardown test\n \
         stage-env test-2\n wait-for-sync in test-2\n teardown test-2\n deploy in live\n wait-for-sync in live\n \
         deploy in live-2\n wait-for-sync in live-2\n}}\n"
    )
}

/// The value of a variable of the step that writes manifests.
fn told<'a>(shared: &'a Value, name: &str) -> &'a str {
    let gitops = list(&shared["spec"]["templates"]).find(|template| template["name"] == "gitops").expect("the step");
    let variable = list(&gitops["script"]["env"]).find(|variable| variable["name"] == name);
    text(&variable.expect("the variable")["value"])
}

#[test]
fn each_set_sees_the_manifests_of_its_own_environment_and_target() {
    for gitops in [
        "path = \"\"",
        "path = \"apps\"",
        "path = \"apps/eu\"",
        "path = \"live\", tree = \"\"",
        "path = \"x/eu\", tree = \"x/tree\"",
    ] {
        let program = Compiled::of("folders", vec![("folders.pipe".to_owned(), program(gitops))]);
        // One repository with all that anybody writes: each target's tree, and a manifest in each of its environments.
        let mut repository: BTreeMap<String, String> = BTreeMap::new();
        for (target, tree) in &program.trees {
            let shared = tree.object("WorkflowTemplate", "pipelinec");
            for (file, content) in &tree.files {
                repository.insert(format!("{}/{file}", told(shared, "TREE_PATH")), content.clone());
            }
            for (name, environment) in &tree.resolved.environments {
                let namespace = environment.namespace().unwrap_or(VERSION);
                let manifest = json!({"format": "pipelinec/1", "environment": name, "namespace": namespace, "tree": target, "salt": "5a17",
                    "apps": {"a": {"change": target, "sources": [{"repoURL": "x"}]}}});
                let file = format!(
                    "{}/{name}/{}.json",
                    told(shared, "GITOPS_PATH"),
                    if environment.is_ephemeral() { VERSION } else { name }
                );
                assert!(repository.insert(file.clone(), manifest.to_string()).is_none(), "{file} is there twice");
            }
        }
        let read = |name: &str| repository[name].clone();
        let files = Files { names: repository.keys().cloned().collect(), read: &read };
        for (target, tree) in &program.trees {
            let path = told(tree.object("WorkflowTemplate", "pipelinec"), "GITOPS_PATH").to_owned();
            let mut made = BTreeSet::new();
            for set in tree.of_kind("ApplicationSet") {
                let mut seen = Vec::new();
                walk(&set.value, &mut |value| {
                    seen.extend(value.get("git").map(|git| matching(&files, git)).into_iter().flatten())
                });
                let [file] = seen.as_slice() else { panic!("{gitops}, {target}: {} sees {seen:?}", set.name()) };
                let environment =
                    text(&set.value["spec"]["template"]["metadata"]["labels"]["pipelinec.dev/environment"]);
                assert!(
                    file.starts_with(&format!("{path}/{environment}/")),
                    "{gitops}, {target}: {} sees {file}",
                    set.name()
                );
                for application in sets::applications(&files, &set.value).expect("nothing is malformed") {
                    // The change of a set of environments is their tree.
                    assert_eq!(application["metadata"]["annotations"]["pipelinec.dev/change"], **target, "{gitops}");
                    made.insert(text(&application["metadata"]["name"]).to_owned());
                }
            }
            // Both ephemeral environments have a change of the same version here.
            assert_eq!(made.len(), 4, "{made:?}");
        }
    }
}
