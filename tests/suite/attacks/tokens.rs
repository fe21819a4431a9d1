//! Who is given which token of the git host: whoever has the one that writes decides what every cluster runs.

use std::collections::BTreeSet;

use pipelinec::providers;
use pipelinec::providers::builder::BUILD_WITH_BUILDKIT;
use pipelinec::steps::gitops::GITOPS;
use pipelinec::steps::janitor::JANITOR;
use serde_json::Value;

use testkit::compiled::{ALL, Tree, list, text, walk};

/// The names of the Secrets that a value refers to, with the variable or volume that takes them.
fn secrets(value: &Value) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    walk(value, &mut |value| {
        let name = || text(&value["name"]).to_owned();
        for reference in [&value["valueFrom"]["secretKeyRef"]["name"], &value["secretRef"]["name"]] {
            if let Some(secret) = reference.as_str() {
                found.insert((secret.to_owned(), name()));
            }
        }
        if let Some(secret) = value["secret"]["secretName"].as_str() {
            found.insert((secret.to_owned(), name()));
        }
    });
    found
}

/// The Secret that writes, as the spec names it.
fn writing(tree: &Tree) -> &str {
    let project = &tree.resolved.project;
    &tree.resolved.secrets[project.writing_credentials()].object
}

#[test]
fn only_generated_scripts_have_the_token_that_writes() {
    let own = [&GITOPS, &JANITOR].map(|step| step.template);
    for program in ALL.iter() {
        for (target, tree) in &program.trees {
            let writing = writing(tree);
            let reading = &tree.resolved.secrets[&tree.resolved.project.host.credentials].object;
            assert_ne!(writing, reading, "{}", program.name);
            let mut seen = BTreeSet::new();
            for object in &tree.objects {
                let templates = object.templates();
                for template in &templates {
                    let name = text(&template["name"]);
                    for (_, place) in secrets(template).iter().filter(|(secret, _)| secret == writing) {
                        assert_eq!((own.contains(&name), place.as_str()), (true, "GITOPS_TOKEN"), "{}", object.place());
                        seen.insert(name.to_owned());
                    }
                    // Its generated steps run generated scripts, and no image of an app.
                    if own.contains(&name) {
                        let script = providers::step(name).expect("a step").source();
                        assert_eq!(text(&template["script"]["source"]), script, "{}", object.place());
                        assert_eq!(text(&template["script"]["image"]), tree.resolved.project.tools_image);
                    }
                }
                if templates.is_empty() {
                    let held = secrets(&object.value);
                    assert!(held.iter().all(|(secret, _)| secret != writing), "{target}: {}", object.place());
                }
            }
            assert_eq!(seen, own.map(str::to_owned).into(), "{target} of {}", program.name);
        }
    }
}

/// Builds, and all steps that only read, have the other one.
#[test]
fn what_only_reads_has_the_token_that_reads() {
    let mut builds = 0;
    for tree in ALL.iter().flat_map(|program| program.trees.values()) {
        let reading = &tree.resolved.secrets[&tree.resolved.project.host.credentials].object;
        for template in list(&tree.object("WorkflowTemplate", "pipelinec")["spec"]["templates"]) {
            let script = providers::step(text(&template["name"])).expect("a generated step");
            let has = secrets(template);
            let reads = has.contains(&(reading.clone(), "GIT_TOKEN".to_owned()));
            let wants = script.inputs.iter().any(|input| input.name == "GIT_TOKEN");
            assert_eq!(reads, wants, "{script:?}");
            builds += usize::from(script == &BUILD_WITH_BUILDKIT && reads);
        }
    }
    assert!(builds >= 3);
}
