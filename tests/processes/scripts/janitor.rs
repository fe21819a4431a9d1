//! What the janitor closes, restores, reports and leaves alone.

use pipelinec::steps::janitor::JANITOR;
use serde_json::{Value, json};

use super::support::{OLDER, PERMANENT, Run, STAGED, START, UID, VERSION, World};

const DAY: u64 = 86400;

fn janitor(world: &World) -> Run<'_> {
    world
        .run(&JANITOR)
        .set("EPHEMERAL", "staging")
        .set("PERMANENT", "production")
        .set("PIPELINE_NAMESPACE", "pipeline")
        .set("WORKFLOW_NAME", "pipelinec-janitor-1")
}

fn workflow(uid: &str, phase: &str, finished: &Value) -> Value {
    json!({"metadata": {"uid": uid, "name": "w"}, "status": {"phase": phase, "finishedAt": finished}})
}

fn workflows(world: &World, list: &[Value]) {
    world.answers("workflows", &[&json!({"kind": "List", "items": list}).to_string()]);
}

fn at(world: &World, seconds: u64) {
    world.write("clock", &(START + seconds).to_string());
}

/// Commits are made by the real clock, so a world that looks at their age has to live in its day.
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs()
}

fn opened(world: &World) {
    world.act("open").set("MEMBERS", "").succeeds();
}

#[test]
fn what_is_in_use_stays() {
    let world = World::new();
    opened(&world);
    world.act("promote").succeeds();
    workflows(&world, &[workflow(UID, "Running", &Value::Null)]);
    let commits = world.commits();
    janitor(&world).succeeds().says("nothing to change");
    assert_eq!(world.commits(), commits);
    // Over, but still within its time to clean up by itself.
    workflows(&world, &[workflow(UID, "Failed", &json!("2025-11-24T16:00:00Z"))]);
    at(&world, 600);
    janitor(&world).succeeds();
    assert_eq!(world.commits(), commits);
}

#[test]
fn what_has_expired_is_closed_even_while_its_workflow_runs() {
    let world = World::new();
    opened(&world);
    workflows(&world, &[workflow(UID, "Running", &Value::Null)]);
    at(&world, 7199);
    janitor(&world).succeeds();
    assert!(world.has(STAGED));
    at(&world, 7200);
    janitor(&world).succeeds().says("it expired at 2025-11-24T18:00:00Z");
    assert!(!world.has(STAGED));
}

#[test]
fn one_commit_cleans_up_after_a_workflow_that_is_over() {
    for list in [
        vec![],
        vec![workflow("another", "Running", &Value::Null)],
        vec![workflow(UID, "Error", &json!("2025-11-24T15:00:00Z"))],
    ] {
        let world = World::new();
        let mut old = world.delivered("ping", &json!({}));
        old["images"] = json!({});
        world.stand(&json!({"ping": old}));
        opened(&world);
        world.act("promote").succeeds();
        workflows(&world, &list);
        let commits = world.commits();
        janitor(&world).succeeds().says("closed, its workflow").says(&format!("back to {OLDER}"));
        assert!(!world.has(STAGED));
        assert_eq!(world.entry("ping"), old);
        assert_eq!(world.commits(), commits + 1);
        let said = world.git("repos/gitops.git", &["log", "-1", "--format=%B", "main"]);
        assert!(said.contains("Pipelinec-Workflow: pipelinec-janitor-1"), "{said}");
    }
}

#[test]
fn several_unfinished_entries_are_rolled_back_together() {
    let world = World::new();
    let old = world.delivered("ping", &json!({}));
    let mut unfinished = old.clone();
    unfinished["state"] = json!("deploying");
    unfinished["change"] = json!(VERSION);
    unfinished["previous"] = old.clone();
    let mut first = unfinished.clone();
    first.as_object_mut().expect("an entry").remove("previous");
    let mut alive = unfinished.clone();
    alive["change"] = json!("v20251124150000-abcdef");
    world.stand(&json!({"ping": unfinished, "api": first, "db": alive}));
    // These entries name no workflow, so the change has to do: it ends with the first six digits of the uid.
    workflows(&world, &[workflow("abcdef12-0000", "Running", &Value::Null)]);
    janitor(&world).succeeds().says("marked as failed");
    assert_eq!(world.entry("ping"), old);
    assert_eq!(world.entry("api")["state"], "failed");
    assert_eq!(world.entry("db")["state"], "deploying");
}

#[test]
fn a_chart_goes_back_when_the_last_of_its_deliveries_is_dead() {
    let world = World::new();
    let mut old = world.delivered("db", &json!({}));
    old["revision"] = json!("");
    let delivery =
        |uid: &str| json!({"change": format!("v20251124160000-{}", &uid[..6]), "workflow": {"name": "w", "uid": uid}});
    let (first, second) = ("aaaaaa11-0000", "bbbbbb22-0000");
    let mut unfinished = old.clone();
    unfinished["state"] = json!("deploying");
    unfinished["change"] = delivery(first)["change"].clone();
    unfinished["deliveries"] = json!([delivery(first), delivery(second)]);
    unfinished["previous"] = old.clone();
    world.stand(&json!({"redis": unfinished}));
    workflows(&world, &[workflow(second, "Running", &Value::Null)]);
    janitor(&world).succeeds().says("another delivery deploys the same, so it is kept");
    assert_eq!(world.entry("redis")["deliveries"], json!([delivery(second)]));
    workflows(&world, &[]);
    let _ = std::fs::remove_file(world.path("answers/workflows.asked"));
    janitor(&world).succeeds().says(&format!("back to {OLDER}"));
    assert_eq!(world.entry("redis"), old);
}

#[test]
fn a_missing_list_ends_no_run() {
    let world = World::new();
    opened(&world);
    world.answers("workflows", &["FAIL: forbidden"]);
    let commits = world.commits();
    janitor(&world).fails(&["cannot list", "forbidden"]);
    assert_eq!(world.commits(), commits);
}

#[test]
fn a_malformed_file_is_reported_and_blocks_nothing() {
    let world = World::new();
    opened(&world);
    workflows(&world, &[]);
    let broken = "apps/homelab/staging/broken.json";
    world.commit("gitops", "broken", &[(broken, "{"), ("apps/homelab/staging/README.md", "hello")]);
    world.commit("gitops", "broken too", &[(PERMANENT, r#"{"apps": 1}"#)]);
    world.write("clock", &(now() + 60).to_string());
    janitor(&world).fails(&["staging/broken.json is malformed", "production.json is malformed", "2 problems"]);
    assert!(!world.has(STAGED), "its neighbour was closed all the same");
    assert!(world.has(broken) && world.has(PERMANENT));
    world.write("clock", &(now() + DAY + 3600).to_string());
    janitor(&world).fails(&["malformed for more than a day", "2 problems", "production.json"]).says("pushed");
    assert!(!world.has(broken));
    assert!(world.has(PERMANENT) && world.has("apps/homelab/staging/README.md"));
}

#[test]
fn a_malformed_file_of_a_dead_workflow_is_closed() {
    let world = World::new();
    opened(&world);
    let mut manifest = world.manifest(STAGED);
    manifest["apps"]["ping"]["sources"][0]["targetRevision"] = json!(1);
    world.commit("gitops", "by hand", &[(STAGED, &manifest.to_string())]);
    workflows(&world, &[]);
    janitor(&world).succeeds().says("closed");
    assert!(!world.has(STAGED));
}

/// An Application of staging, with an operation that keeps it.
fn held(namespace: &str) -> Value {
    json!({"metadata": {"name": format!("{namespace}-db"), "deletionTimestamp": "x",
        "labels": {"pipelinec.dev/namespace": namespace}}, "operation": {}, "status": {"operationState": {"phase": "Running"}}})
}

#[test]
fn sets_in_error_and_applications_whose_manifest_went_away_are_reported() {
    let world = World::new();
    opened(&world);
    world.act("close").succeeds();
    workflows(&world, &[]);
    world.answers(
        "applicationsets",
        &[&json!({"metadata": {"name": "set"}, "status": {"conditions": [
        {"type": "ErrorOccurred", "status": "True", "message": "bad file"}]}})
        .to_string()],
    );
    world.answers("applications", &[&json!({"items": [held(VERSION)]}).to_string()]);
    world.write("clock", &(now() + 3600).to_string());
    janitor(&world).set("APPLICATION_SETS", "set").fails(&[
        "ApplicationSet set: bad file",
        "these Applications still exist",
        "2 problems",
    ]);
    let selector = "pipelinec.dev/project=homelab,pipelinec.dev/environment=staging,pipelinec.dev/namespace|";
    assert!(world.asked().contains(selector));
    assert!(world.asked().contains(&format!("patch| applications.argoproj.io| {VERSION}-db|")));
}

/// Another project of the same Argo CD, or a person, has made it.
#[test]
fn an_environment_that_this_repository_never_held_is_none_of_the_janitors() {
    let world = World::new();
    workflows(&world, &[]);
    world.answers("applications", &[&json!({"items": [held(OLDER)]}).to_string()]);
    world.write("clock", &(now() + 3600).to_string());
    let outcome = janitor(&world).succeeds();
    assert!(!outcome.said().contains(OLDER), "{}", outcome.said());
    assert!(!world.asked().contains("patch|"), "{}", world.asked());
}

#[test]
fn a_namespace_that_was_closed_a_moment_ago_is_given_time() {
    let world = World::new();
    opened(&world);
    world.act("close").succeeds();
    workflows(&world, &[]);
    world.answers(
        "applications",
        &[&json!({"items": [{"metadata": {"name": "a", "labels": {"pipelinec.dev/namespace": VERSION}}}]}).to_string()],
    );
    world.write("clock", &(now() + 900).to_string());
    janitor(&world).succeeds();
    world.write("clock", &(now() + 3600).to_string());
    janitor(&world).fails(&["was deleted more than 30 minutes ago"]);
}

/// Three clocks: of the controller, of the pod that opened the environment, of the janitor's own.
#[test]
fn clocks_that_differ_close_nothing_too_early() {
    let world = World::new();
    opened(&world);
    let commits = world.commits();
    // The controller's is an hour ahead: the workflow will have ended.
    workflows(&world, &[workflow(UID, "Failed", &json!("2025-11-24T17:00:00Z"))]);
    janitor(&world).succeeds();
    // The janitor's is a day behind: the environment will be opened.
    workflows(&world, &[workflow(UID, "Running", &Value::Null)]);
    world.write("clock", &(START - DAY).to_string());
    janitor(&world).succeeds();
    assert_eq!(world.commits(), commits);
    // A broken file that will be committed is told, and left.
    world.commit("gitops", "broken", &[("apps/homelab/staging/broken.json", "{")]);
    janitor(&world).fails(&["staging/broken.json is malformed", "1 problems"]);
    assert!(world.has("apps/homelab/staging/broken.json") && world.has(STAGED));
    // The pod's was a year ahead: the end of the workflow is what counts.
    let mut manifest = world.manifest(STAGED);
    manifest["created"] = json!("2026-11-24T16:00:00Z");
    manifest["expires"] = json!("2026-11-24T18:00:00Z");
    world.commit("gitops", "ahead", &[(STAGED, &manifest.to_string())]);
    at(&world, 3600);
    workflows(&world, &[workflow(UID, "Failed", &json!("2025-11-24T16:00:00Z"))]);
    janitor(&world).fails(&["1 problems"]).says("closed, its workflow");
    assert!(!world.has(STAGED));
}

#[test]
fn nothing_to_sweep_is_fine() {
    let world = World::new();
    workflows(&world, &[]);
    janitor(&world).succeeds();
    janitor(&world).set("EPHEMERAL", "").set("PERMANENT", "").succeeds();
    assert_eq!(world.commits(), 1);
}
