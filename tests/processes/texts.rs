//! Whatever is written in a spec arrives as it is written, by the way of jq in a run and of Kustomize in Argo CD.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Value, json};

use crate::delivery::kustomize::{build, filled};
use crate::scripts::support::has_program;
use pipelinec::argo::gotemplate::to_json;
use testkit::compiled::{Compiled, Tree, list, text};
use testkit::runs::{SHA, VERSION, environment as container_environment};
use testkit::texts::{Texts, command, program, texts};
use testkit::{property, yaml11};

/// What the run writes into a manifest, as the template of an ApplicationSet puts it into YAML.
fn sources(tree: &Tree, environment: &str) -> Value {
    let namespace = if environment == "staging" { VERSION } else { "production" };
    let sources = tree.sources().into_iter().find(|(_, known, _)| known == environment).expect("sources").2;
    let filled = filled(tree, "a", environment, namespace, &sources);
    let read = yaml11::document(&format!("- {{app: \"a\", entry: {}}}\n", to_json(&filled)));
    assert_eq!(read[0]["entry"], filled);
    filled
}

/// How the objects of the services are made of the tree and what a run fills in.
type Build = fn(&Tree, &str, &Value, &str) -> Value;

/// By the patches alone.
fn patched(tree: &Tree, environment: &str, kustomize: &Value, kind: &str) -> Value {
    let mut workload = tree.of_kind(kind).find(|object| object.file.contains(environment)).expect("it").value.clone();
    for patch in list(&kustomize["patches"]).filter(|patch| patch["target"]["kind"] == kind) {
        assert_eq!(patch["target"]["name"], workload["metadata"]["name"]);
        let operations: Value = serde_json::from_str(text(&patch["patch"])).expect("JSON");
        for operation in list(&operations) {
            let place = workload.pointer_mut(text(&operation["path"])).expect("a place");
            *place = operation["value"].clone();
        }
    }
    workload
}

/// By kubectl, as Argo CD's Kustomize does it.
fn built(tree: &Tree, environment: &str, kustomize: &Value, kind: &str) -> Value {
    let objects = build(tree, &format!("apps/a/{environment}"), kustomize);
    objects.into_iter().find(|object| object["kind"] == kind).expect("an object of the kind")
}

fn check_service(tree: &Tree, environment: &str, texts: &Texts, make: Build) {
    let free = &texts.free;
    let namespace = if environment == "staging" { VERSION } else { "production" };
    let sources = sources(tree, environment);
    let kind = if environment == "staging" { "Deployment" } else { "Rollout" };
    let workload = make(tree, environment, &sources[0]["kustomize"], kind);
    let variables = |container: &Value| {
        let mut known = container.clone();
        for variable in known["env"].as_array_mut().into_iter().flatten() {
            if variable.pointer("/valueFrom/fieldRef").is_some() {
                *variable = json!({"name": variable["name"], "value": namespace});
            }
        }
        container_environment(&known)
    };
    let cron = make(tree, environment, &sources[0]["kustomize"], "CronJob");
    let job = &cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
    let env = variables(job);
    assert_eq!((env["RUN"].as_str(), env["POD"].as_str()), (&*format!("{}{SHA}{}", free[5], free[5]), &*free[7]));
    assert_eq!(env["SPACE"], format!("{}{namespace}{}", free[2], free[3]));
    assert_eq!(command(job, &env), ["x", &free[6], &format!("{}{SHA}{}", free[2], free[3])]);
    let container = &workload["spec"]["template"]["spec"]["containers"][0];
    let env = variables(container);
    assert_eq!(env["BOTH"], free[0]);
    assert_eq!(env["POD"], free[7]);
    assert_eq!(env["RUN"], format!("{}{SHA}{}", free[5], free[5]));
    assert_eq!(env["SPACE"], format!("{}{namespace}{}", free[2], free[3]));
    let secret = format!("{} of {}", texts.key, if namespace == "production" { "db" } else { &texts.object });
    assert_eq!(env["IN"], format!("{}{secret}{}", free[2], free[3]));
    assert_eq!(env["BOTH_IN"], format!("{}{secret}{}{SHA}{secret}", free[2], free[3]));
    assert_eq!(command(container, &env), ["x", &free[6], &format!("{}{SHA}{}", free[2], free[3])]);
    let args = json!({"command": container["args"]});
    assert_eq!(command(&args, &env), [free[6].clone(), format!("{}{SHA}{}", free[2], free[3])]);
    for beside in list(&workload["spec"]["template"]["spec"]["initContainers"]) {
        let env = container_environment(beside);
        assert_eq!((&env["POD"], &env["RUN"]), (&free[7], &format!("{}{SHA}{}", free[5], free[5])));
        let args = json!({"command": beside["args"]});
        assert_eq!(command(beside, &env), ["x", &free[6]]);
        assert_eq!(command(&args, &env), [format!("{}{SHA}{}", free[2], free[3])]);
    }
    assert_eq!(container["readinessProbe"]["httpGet"]["path"], format!("/{}", texts.url));
    let monitor = tree.of_kind("ServiceMonitor").find(|object| object.file.contains(environment)).expect("it");
    assert_eq!(monitor.value["spec"]["endpoints"][0]["path"], format!("/{}", texts.url));
    assert_eq!(monitor.value["metadata"]["labels"][format!("l{}", texts.label)], texts.label);
    let helm = &sources[1]["helm"];
    let space = format!("{}{namespace}{}", free[2], free[3]);
    let key = &free[8];
    let expected = json!({key: free[9], "deep": {key: [free[9], space], "n": 1.5, "b": true}});
    assert_eq!(helm["valuesObject"], expected);
    assert_eq!((&helm["valueFiles"][0], &sources[1]["path"]), (&json!(texts.part), &json!(texts.part)));
}

proptest! {
    #![proptest_config(property::cases(24))]

    #[test]
    fn any_text_of_a_spec_arrives_in_its_services(texts in texts()) {
        let program = Compiled::of("texts", vec![("texts.pipe".to_owned(), program(&texts))]);
        let tree = program.trees.values().next().expect("a tree");
        check_service(tree, "staging", &texts, patched);
        check_service(tree, "production", &texts, patched);
    }
}

/// Kustomize writes YAML of its own between the tree and the cluster.
#[test]
fn any_text_of_a_spec_gets_through_kustomize() {
    if !has_program("kubectl") {
        println!("skipped: there is no kubectl");
        return;
    }
    let mut runner = property::runner();
    for _ in 0..6 {
        let texts = texts().new_tree(&mut runner).expect("texts").current();
        let program = Compiled::of("texts", vec![("texts.pipe".to_owned(), program(&texts))]);
        let tree = program.trees.values().next().expect("a tree");
        check_service(tree, "staging", &texts, built);
        check_service(tree, "production", &texts, built);
    }
}
