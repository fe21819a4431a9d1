//! Waiting for an environment to be gone.

use pipelinec::steps::gone::GONE;
use serde_json::{Value, json};

use super::support::{Run, VERSION, World};

fn gone(world: &World) -> Run<'_> {
    world.run(&GONE).set("NAMESPACE", VERSION).set("TIMEOUT_SECONDS", "120")
}

fn application(going: bool, operation: bool, status: &Value) -> Value {
    let mut application =
        json!({"kind": "Application", "metadata": {"name": format!("{VERSION}-db")}, "status": status});
    if going {
        application["metadata"]["deletionTimestamp"] = json!("2025-11-24T16:00:00Z");
    }
    if operation {
        application["operation"] = json!({"sync": {}});
    }
    json!({"kind": "List", "items": [application]})
}

const NONE: &str = r#"{"kind": "List", "items": []}"#;

#[test]
fn two_empty_polls_end_the_wait() {
    let world = World::empty();
    let left = application(true, false, &json!({})).to_string();
    world.answers("applications", &[&left, NONE, &left, NONE, "FAIL: away", NONE]);
    let outcome = gone(&world).succeeds();
    outcome.says("was deleted after 30 s").says("Argo CD is deleting its objects");
    let selector = format!("-l| pipelinec.dev/project=homelab,pipelinec.dev/namespace={VERSION}|");
    assert!(world.asked().contains(&format!("applications.argoproj.io| -n| argocd| {selector}")));
    assert!(!world.asked().contains("patch"));
}

#[test]
fn an_operation_that_blocks_the_deletion_is_ended_repeatedly() {
    let world = World::empty();
    let held = application(true, true, &json!({"operationState": {"phase": "Running", "message": "waiting for hook"}}))
        .to_string();
    let mut answers = vec![held.as_str(); 11];
    answers.push(NONE);
    world.answers("applications", &answers);
    gone(&world).succeeds().says("waiting for hook").says("was terminated");
    let asked = world.asked();
    let patches: Vec<_> = asked.lines().filter(|line| line.contains("patch|")).collect();
    assert_eq!(patches.len(), 2, "after 30 seconds, and 15 later");
    assert!(patches[0].contains(&format!(
        "patch| applications.argoproj.io| {VERSION}-db| -n| argocd| --type| merge| -p| {{\"status\": {{\"operationState\": {{\"phase\": \"Terminating\"}}}}}}|"
    )));
}

#[test]
fn only_what_holds_a_deletion_and_can_be_ended_is_patched() {
    let world = World::empty();
    let mut left = Vec::new();
    for application in [
        application(false, true, &json!({"operationState": {"phase": "Running"}})),
        application(true, true, &json!({})),
        application(true, true, &json!({"operationState": {"phase": "Terminating"}})),
        application(true, false, &json!({"operationState": {"phase": "Running"}})),
    ] {
        let mut one = application["items"][0].clone();
        one["metadata"]["name"] = json!(format!("{VERSION}-a{}", left.len()));
        left.push(one);
    }
    world.answers("applications", &[&json!({"items": left}).to_string()]);
    gone(&world).set("TIMEOUT_SECONDS", "60").fails(&["timed out after 60 s"]);
    assert!(!world.asked().contains("patch|"));
}

#[test]
fn a_timeout_lists_the_reasons() {
    let world = World::empty();
    let status = json!({"conditions": [{"type": "DeletionError", "message": "no project"}]});
    world.answers("applications", &[&application(true, false, &status).to_string()]);
    world.answers(
        "applicationsets",
        &[&json!({"metadata": {"name": "set"}, "status": {"conditions": [
        {"type": "ErrorOccurred", "status": "True", "message": "bad file"}]}})
        .to_string()],
    );
    gone(&world).set("TIMEOUT_SECONDS", "5").set("APPLICATION_SETS", "set").fails(&[
        "DeletionError: no project",
        "finalizer",
        "hook",
        "bad file",
        "never removes",
    ]);
}

#[test]
fn sets_that_have_not_noticed_are_asked_to_look() {
    let world = World::empty();
    let late = application(false, false, &json!({})).to_string();
    let going = application(true, false, &json!({})).to_string();
    world.answers("applications", &[&late, &late, &late, &late, &going, &going, &going, &going, NONE]);
    gone(&world).set("REFRESH", "annotate").set("APPLICATION_SETS", "a b").succeeds().says("has not deleted it yet");
    assert_eq!(world.asked().matches("annotate|").count(), 2 * 2, "both, twice");
}

#[test]
fn a_set_that_fails_and_keeps_its_mark_is_reported_during_the_wait() {
    let world = World::empty();
    world.answers("applications", &[&application(false, false, &json!({})).to_string()]);
    let set = |annotations: Value| {
        let error = json!({"type": "ErrorOccurred", "status": "True", "message": "bad file"});
        json!({"metadata": {"name": "set", "annotations": annotations}, "status": {"conditions": [error]}}).to_string()
    };
    let marked = set(json!({"argocd.argoproj.io/application-set-refresh": "true"}));
    world.answers("applicationsets", &[&marked, &marked, &marked, &set(json!({}))]);
    let outcome = gone(&world).set("APPLICATION_SETS", "set").fails(&["timed out after 120 s"]);
    outcome.says("ApplicationSet set: bad file (it still has the annotation argocd.argoproj.io/application-set-refresh, so a webhook has no effect: it polls git again three minutes after the error)\n");
    assert_eq!(outcome.stdout.matches("bad file").count(), 3, "with the mark, without it, and at the end");
}

#[test]
fn an_answer_that_did_not_come_is_not_an_empty_one() {
    let world = World::empty();
    world.answers("applications", &["FAIL: forbidden"]);
    gone(&world).set("TIMEOUT_SECONDS", "10").fails(&["forbidden", "is not deleted"]);
    world.answers("applications", &["not JSON"]);
    gone(&world).set("TIMEOUT_SECONDS", "10").fails(&["is not deleted"]);
}
