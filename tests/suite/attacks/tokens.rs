//! Who is given which token of the git host: whoever has the one that writes decides what every cluster runs.

use std::collections::BTreeSet;

use pipelinec::plan::plan;
use pipelinec::providers;
use pipelinec::providers::builder::BUILD_WITH_BUILDKIT;
use pipelinec::steps::gitops::GITOPS;
use pipelinec::steps::janitor::JANITOR;
use serde_json::Value;

use testkit::compiled::{ALL, Tree, every_tree, list, text, walk};

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
        for source in value["projected"]["sources"].as_array().into_iter().flatten() {
            found.insert((text(&source["secret"]["name"]).to_owned(), name()));
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
            assert!(readers(tree).iter().all(|(_, reading)| reading != writing), "{}", program.name);
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

/// The hosts, each with the Secret that reads there.
fn readers(tree: &Tree) -> Vec<(String, String)> {
    let secret = |name: &str| tree.resolved.secrets[name].object.clone();
    let hosts = tree.resolved.project.hosts.iter();
    hosts.map(|host| (host.server.value.to_ascii_lowercase(), secret(&host.credentials.value))).collect()
}

/// Builds, and all steps that only read, have the other one. Where there are several hosts, generated scripts have the
/// tokens of all of them, each in a file that is named by its host, and a build has that of its own host alone.
#[test]
fn what_only_reads_has_the_token_that_reads() {
    let (mut builds, mut several) = (0, 0);
    for (_, tree) in every_tree() {
        let readers = readers(tree);
        let secrets = |template: &Value, place: &str| -> BTreeSet<String> {
            secrets(template).into_iter().filter(|(_, at)| at == place).map(|(secret, _)| secret).collect()
        };
        for template in list(&tree.object("WorkflowTemplate", "pipelinec")["spec"]["templates"]) {
            let script = providers::step(text(&template["name"])).expect("a generated step");
            let wants = script.inputs.iter().any(|input| input.name == "GIT_TOKEN");
            let builds_here = script == &BUILD_WITH_BUILDKIT;
            let one: BTreeSet<_> = readers.iter().take(1).map(|(_, secret)| secret.clone()).filter(|_| wants).collect();
            if readers.len() == 1 || builds_here {
                assert_eq!(secrets(template, "GIT_TOKEN"), one, "{script:?}");
                assert!(secrets(template, "tokens").is_empty());
            } else {
                let all: BTreeSet<_> = readers.iter().map(|(_, secret)| secret.clone()).filter(|_| wants).collect();
                assert_eq!(secrets(template, "tokens"), all, "{script:?}");
                assert!(secrets(template, "GIT_TOKEN").is_empty());
            }
            builds += usize::from(builds_here && wants);
        }
        for delivery in &plan(&tree.resolved).deliveries {
            let source = &tree.resolved.apps[delivery.app].source.as_ref().expect("a source").value;
            let own = readers.iter().find(|(server, _)| source.host.eq_ignore_ascii_case(server)).expect("a host");
            let templates = &tree.object("WorkflowTemplate", delivery.name)["spec"]["templates"];
            let steps = list(templates).flat_map(|template| list(&template["steps"])).flat_map(list);
            let shares = steps.filter(|step| step["templateRef"]["template"] == BUILD_WITH_BUILDKIT.template).count();
            assert!(shares == 0 || own == &readers[0], "{}", delivery.name);
            for template in list(templates) {
                let tokens = secrets(template, "GIT_TOKEN");
                assert!(tokens.is_empty() || tokens == BTreeSet::from([own.1.clone()]), "{}", delivery.name);
                several += usize::from(own != &readers[0] && !tokens.is_empty());
            }
        }
    }
    assert!(builds >= 3 && several >= 2);
}
