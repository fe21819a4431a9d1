//! The wait, look by look.

use pipelinec::steps::wait::WAIT;
use serde_json::{Value, json};

use super::support::{OLDER, Run, START, VERSION, World, digest};

const SHA: &str = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

/// An Application that is through.
pub fn ready(name: &str) -> Value {
    let sources = json!([{"repoURL": "https://git.example/ping.git", "targetRevision": SHA, "path": "deploy"},
        {"repoURL": "https://charts.example", "chart": "redis", "targetRevision": "20.6.1"}]);
    let (namespace, app) = name.split_once('-').unwrap_or((name, ""));
    let labels =
        json!({"pipelinec.dev/project": "homelab", "pipelinec.dev/namespace": namespace, "pipelinec.dev/app": app});
    json!({"kind": "Application",
        "metadata": {"name": name, "labels": labels, "annotations": {"pipelinec.dev/change": VERSION}},
        "spec": {"sources": sources},
        "status": {
            "sync": {"status": "Synced", "comparedTo": {"sources": sources}, "revisions": [SHA, "20.6.1"]},
            "operationState": {"phase": "Succeeded", "finishedAt": "2025-11-24T15:59:00Z",
                "syncResult": {"sources": sources}, "operation": {"sync": {}}},
            "reconciledAt": "2025-11-24T15:59:01Z", "health": {"status": "Healthy"}}})
}

/// The same with something else at a JSON pointer; null takes the field away.
pub fn with(pointer: &str, value: Value) -> Value {
    edit(ready("production-ping"), pointer, value)
}

pub fn edit(mut object: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = object.pointer_mut(parent).expect("the parent");
    if let (Some(list), Ok(index)) = (parent.as_array_mut(), key.parse::<usize>()) {
        list[index] = value;
    } else if value.is_null() {
        parent.as_object_mut().expect("an object").remove(key);
    } else {
        parent[key] = value;
    }
    object
}

pub fn wait(world: &World) -> Run<'_> {
    world
        .run(&WAIT)
        .set("EXPECT", &json!({"ping": VERSION}).to_string())
        .set("NAMESPACE", "production")
        .set("TIMEOUT_SECONDS", "60")
}

pub fn looks(world: &World, looks: &[&Value]) {
    let texts: Vec<_> = looks.iter().map(|look| look.to_string()).collect();
    world.answers("applications", &texts.iter().map(String::as_str).collect::<Vec<_>>());
}

pub fn seconds(world: &World) -> u64 {
    world.read("clock").trim().parse::<u64>().expect("a time") - START
}

#[test]
fn two_successful_polls_are_enough() {
    let world = World::empty();
    looks(&world, &[&ready("production-ping")]);
    let outcome = wait(&world).succeeds();
    outcome.says("ping: ready").says("production is ready after 5 s");
    assert_eq!(seconds(&world), 5);
    assert!(world.asked().contains(
        "get| -o| json| applications.argoproj.io| -n| argocd| -l| pipelinec.dev/project=homelab,pipelinec.dev/namespace=production,pipelinec.dev/app in (ping)|"
    ));
}

#[test]
fn nothing_expected_is_nothing_to_wait_for() {
    let world = World::empty();
    wait(&world).set("EXPECT", "{}").succeeds().says("nothing to wait for");
    wait(&world).set("EXCEPT", "ping api").succeeds().says("nothing to wait for");
    wait(&world).unset("EXPECT").succeeds().says("nothing to wait for");
}

#[test]
fn an_application_without_any_operation_is_ready() {
    let world = World::empty();
    looks(&world, &[&with("/status/operationState", Value::Null)]);
    wait(&world).succeeds();
}

#[test]
fn a_resolved_oci_revision_is_not_compared() {
    let world = World::empty();
    let mut application = ready("production-ping");
    for sources in ["/spec/sources", "/status/sync/comparedTo/sources"] {
        *application.pointer_mut(&format!("{sources}/1/repoURL")).expect("a source") =
            json!("oci://charts.example/redis");
    }
    looks(&world, &[&edit(application, "/status/sync/revisions/1", json!(digest(1)))]);
    wait(&world).succeeds();
}

#[test]
fn what_is_not_there_yet_is_waited_for_and_told_at_the_end() {
    let other =
        json!([{"repoURL": "https://git.example/ping.git", "targetRevision": "e".repeat(40), "path": "deploy"}]);
    let looks_and_lacks = [
        (with("/metadata/annotations", json!({"pipelinec.dev/change": OLDER})), OLDER),
        (with("/metadata/annotations", Value::Null), "it carries none"),
        (with("/status/sync/comparedTo/sources", other), "compare the new sources"),
        (with("/status/sync/comparedTo", Value::Null), "compare the new sources"),
        (with("/status/sync/status", json!("OutOfSync")), "the sync (OutOfSync)"),
        (with("/status/sync/revisions/0", json!("e".repeat(40))), "the revisions"),
        (with("/operation", json!({"sync": {}})), "its operation to start"),
        (with("/status/operationState/phase", json!("Running")), "its operation to end (Running)"),
        (with("/status/reconciledAt", json!("2025-11-24T15:58:59Z")), "a comparison after the sync"),
        (with("/status/health/status", json!("Progressing")), "health (Progressing"),
        (with("/status/health/status", json!("Suspended")), "health (Suspended"),
        (with("/status/health/status", json!("Missing")), "health (Missing"),
        (with("/status/health", Value::Null), "health (Unknown"),
        (with("/status", json!({})), "compare the new sources"),
    ];
    let world = World::empty();
    let mut items = Vec::new();
    let mut expected = json!({"absent": VERSION});
    for (number, (look, _)) in looks_and_lacks.iter().enumerate() {
        items.push(edit(look.clone(), "/metadata/name", json!(format!("production-a{number}"))));
        expected[format!("a{number}")] = json!(VERSION);
    }
    looks(&world, &[&json!({"kind": "List", "items": items})]);
    let outcome =
        wait(&world).set("EXPECT", &expected.to_string()).set("TIMEOUT_SECONDS", "10").fails(&["timed out after 10 s"]);
    outcome.says("absent: waiting for Application production-absent to exist");
    for (number, (_, lacks)) in looks_and_lacks.iter().enumerate() {
        let start = format!("a{number}: waiting for ");
        let lines: Vec<_> = outcome.stdout.lines().filter(|line| line.trim().starts_with(&start)).collect();
        assert_eq!(lines.len(), 2, "once, and once at the end: {}", outcome.stdout);
        assert!(lines[0].contains(lacks), "{lacks}: {}", lines[0]);
    }
}

#[test]
fn a_comparison_in_the_second_of_the_sync_counts_once_it_has_stayed() {
    let world = World::empty();
    looks(&world, &[&with("/status/reconciledAt", json!("2025-11-24T15:59:00Z"))]);
    wait(&world).succeeds().says("after 20 s");
    let world = World::empty();
    looks(&world, &[&with("/status/reconciledAt", json!("2025-11-24T15:59:00Z")), &ready("production-ping")]);
    wait(&world).succeeds().says("after 10 s");
}

#[test]
fn what_cannot_succeed_fails_at_once() {
    for (look, message) in [
        (with("/status/operationState/phase", json!("Failed")), "the sync ended Failed"),
        (
            with(
                "/status/operationState",
                json!({"phase": "Error", "message": "boom", "operation": {"sync": {"revisions": [SHA, "20.6.1"]}}}),
            ),
            "boom",
        ),
        (
            with(
                "/status/operationState",
                json!({"phase": "Failed", "syncResult": {"sources": ready("x")["spec"]["sources"],
            "resources": [{"kind": "Job", "name": "j", "status": "SyncFailed", "message": "immutable"}]}}),
            ),
            "Job/j: immutable",
        ),
    ] {
        let world = World::empty();
        looks(&world, &[&look]);
        wait(&world).fails(&["can no longer succeed", message]);
        assert_eq!(seconds(&world), 0);
    }
}

#[test]
fn a_lasting_degraded_state_is_reported_with_its_objects() {
    let world = World::empty();
    let resources = json!([{"kind": "Deployment", "name": "ping", "status": "Synced", "health": {"status": "Degraded", "message": "crash loop"}}]);
    looks(&world, &[&edit(with("/status/health/status", json!("Degraded")), "/status/resources", resources)]);
    let said = wait(&world).fails(&["timed out after 60 s", "Degraded: Deployment/ping Degraded (crash loop)"]).said();
    assert!(!said.contains("argocd app get"), "{said}");
}

#[test]
fn several_applications_and_the_environment_are_waited_for_together() {
    let world = World::empty();
    let environment = edit(ready("production"), "/metadata/annotations", json!({"pipelinec.dev/change": SHA}));
    let all = json!({"kind": "List", "items": [ready("production-ping"), ready("production-api"), environment]});
    let most = json!({"kind": "List", "items": [ready("production-ping"), environment]});
    looks(&world, &[&most, &all]);
    let run = wait(&world)
        .set("EXPECT", &json!({"ping": VERSION, "api": VERSION, "db": VERSION}).to_string())
        .set("EXCEPT", "db")
        .set("ENVIRONMENT_APPLICATION", "production")
        .set("TREE", SHA);
    let outcome = run.succeeds();
    outcome
        .says("after 10 s")
        .says("api: waiting for Application production-api to exist")
        .says("the environment: ready");
    let whole = "-l| pipelinec.dev/project=homelab,pipelinec.dev/namespace=production|";
    assert!(world.asked().contains(whole), "{}", world.asked());
}

#[test]
fn the_sets_are_asked_again_every_15_seconds_until_the_change_is_carried() {
    let world = World::empty();
    let stale = with("/metadata/annotations", json!({"pipelinec.dev/change": OLDER}));
    let progressing = with("/status/health/status", json!("Progressing"));
    let mut sequence = vec![&stale; 7];
    sequence.extend([&progressing; 5]);
    let good = ready("production-ping");
    sequence.push(&good);
    looks(&world, &sequence);
    wait(&world)
        .set("TIMEOUT_SECONDS", "120")
        .set("REFRESH", "annotate")
        .set("APPLICATION_SETS", "homelab homelab-apps")
        .succeeds();
    let asked = world.asked();
    let annotations: Vec<_> = asked.lines().filter(|line| line.contains("annotate|")).collect();
    assert_eq!(annotations.len(), 2 * 3, "both, at 0, 15 and 30 seconds");
    for (annotation, set) in annotations.iter().zip(["homelab", "homelab-apps"]) {
        assert!(annotation.contains(&format!("--overwrite| -n| argocd| applicationsets.argoproj.io| --field-selector| metadata.name={set}| argocd.argoproj.io/application-set-refresh=true|")));
    }
    let world = World::empty();
    looks(&world, &[&stale, &good]);
    wait(&world).set("APPLICATION_SETS", "homelab").succeeds();
    assert!(!world.asked().contains("annotate"));
}

#[test]
fn a_set_that_failed_is_quoted_when_its_application_stays_away() {
    let world = World::empty();
    world.answers(
        "applicationsets",
        &[&json!({"kind": "ApplicationSet", "metadata": {"name": "homelab"},
        "status": {"conditions": [{"type": "ErrorOccurred", "status": "True", "message": "bad file"}]}})
        .to_string()],
    );
    let outcome = wait(&world)
        .set("TIMEOUT_SECONDS", "80")
        .set("APPLICATION_SETS", "homelab")
        .fails(&["ApplicationSet homelab: bad file"]);
    assert_eq!(outcome.stdout.matches("bad file").count(), 2, "once after a minute, once at the end");
}

pub fn rollout(status: &Value) -> String {
    let mut all = json!({"observedGeneration": "3", "stableRS": "abc", "currentPodHash": "abc", "phase": "Healthy"});
    for (key, value) in status.as_object().expect("a status") {
        all[key] = value.clone();
    }
    let image = format!("registry.example/apps/ping@{}", digest(1));
    json!({"kind": "Rollout", "metadata": {"name": "ping", "generation": 3},
        "spec": {"template": {"spec": {"containers": [{"image": "proxy:1"}, {"image": image}]}}}, "status": all})
    .to_string()
}

fn wait_for_rollout(world: &World) -> Run<'_> {
    looks(world, &[&ready("production-ping")]);
    wait(world).set("ROLLOUTS", "ping").set("DIGESTS", &format!("{} {}", digest(1), digest(2)))
}

#[test]
fn a_rollout_has_to_be_through_with_the_image_of_the_run() {
    let world = World::empty();
    world.answers("rollouts", &[&rollout(&json!({}))]);
    wait_for_rollout(&world).succeeds();
    assert!(world.asked().contains("rollouts.argoproj.io| -n| production| --field-selector| metadata.name=ping|"));
    let world = World::empty();
    let cases = [
        (json!({"observedGeneration": "2"}), "its controller to see"),
        (json!({"observedGeneration": null}), "its controller to see"),
        (json!({"currentPodHash": "new"}), "its steps"),
        (json!({"phase": "Paused", "message": "CanaryPauseStep"}), "its steps (Paused: CanaryPauseStep)"),
        (json!({"observedGeneration": "2", "phase": "Degraded", "abort": true}), "its controller to see"),
    ];
    let items = cases.iter().enumerate().map(|(number, (status, _))| {
        edit(serde_json::from_str(&rollout(status)).expect("JSON"), "/metadata/name", json!(format!("r{number}")))
    });
    world.answers("rollouts", &[&json!({"items": items.collect::<Vec<_>>()}).to_string()]);
    let outcome = wait_for_rollout(&world).set("ROLLOUTS", "r0 r1 r2 r3 r4").set("TIMEOUT_SECONDS", "5").fails(&[]);
    for (number, (_, lacks)) in cases.iter().enumerate() {
        outcome.says(&format!("Rollout r{number}: waiting for {lacks}"));
    }
    let world = World::empty();
    wait_for_rollout(&world).set("TIMEOUT_SECONDS", "5").fails(&["the Rollout to exist"]);
    let world = World::empty();
    world.answers("rollouts", &[&rollout(&json!({}))]);
    wait_for_rollout(&world).set("DIGESTS", &digest(3)).set("TIMEOUT_SECONDS", "5").fails(&["the image of this run"]);
}

#[test]
fn an_aborted_rollout_fails_with_its_message() {
    for status in [
        json!({"phase": "Degraded", "abort": true, "message": "metric error-rate"}),
        json!({"abort": true, "message": "metric error-rate"}),
    ] {
        let world = World::empty();
        world.answers("rollouts", &[&rollout(&status)]);
        wait_for_rollout(&world).fails(&["metric error-rate", "can no longer succeed"]);
        assert_eq!(seconds(&world), 15);
    }
}

#[test]
fn messages_of_the_cluster_cannot_control_a_terminal() {
    let world = World::empty();
    looks(
        &world,
        &[&with("/status/conditions", json!([{"type": "SyncError", "message": "\u{1b}[2J{{x}} $(id)\u{7}"}]))],
    );
    wait(&world).fails(&["[2J{{x}} $(id)"]);
}
