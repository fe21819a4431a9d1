//! The wait, as one look follows another: each case of what Argo CD and Argo Rollouts may show while a change arrives, with
//! how the step ends, when, and what it says. The clock is moved by `sleep` alone.

use serde_json::{Value, json};

use super::support::{OLDER, Run, World, digest};
use super::wait::{edit, ready, rollout, seconds, wait, with};
use crate::api::{self, Api, State, items, stored};

/// A look that finds nothing.
const ABSENT: Value = Value::Null;

/// What the wait sees, look by look, 5 seconds apart; the last one stays.
struct Sequence {
    name: &'static str,
    looks: Vec<Value>,
    rollouts: Vec<Value>,
    /// The exit code, and after how many seconds.
    ends: (i32, u64),
    says: Vec<&'static str>,
}

fn sequence(name: &'static str, looks: Vec<Value>, ends: (i32, u64), says: &[&'static str]) -> Sequence {
    Sequence { name, looks, rollouts: Vec::new(), ends, says: says.to_vec() }
}

fn good() -> Value {
    ready("production-ping")
}

/// The sources of the change before.
fn old_sources() -> Value {
    json!([{"repoURL": "https://git.example/ping.git", "targetRevision": "e".repeat(40), "path": "deploy"},
        {"repoURL": "https://charts.example", "chart": "redis", "targetRevision": "20.6.1"}])
}

/// As it stood before the push: all is well, with the change before.
fn before() -> Value {
    let mut object = edit(good(), "/metadata/annotations", json!({"pipelinec.dev/change": OLDER}));
    object["spec"]["sources"] = old_sources();
    object["status"]["sync"]["comparedTo"]["sources"] = old_sources();
    object["status"]["sync"]["revisions"][0] = json!("e".repeat(40));
    object["status"]["operationState"]["syncResult"]["sources"] = old_sources();
    object
}

/// The new sources are there, and nobody has looked at them yet.
fn handed_on() -> Value {
    let mut object = before();
    object["metadata"] = good()["metadata"].clone();
    object["spec"] = good()["spec"].clone();
    object
}

fn compared() -> Value {
    let mut object = handed_on();
    object["status"]["sync"] = with("/status/sync/status", json!("OutOfSync"))["status"]["sync"].clone();
    object
}

fn health(status: &str) -> Value {
    with("/status/health/status", json!(status))
}

fn condition(object: Value, kind: &str) -> Value {
    edit(object, "/status/conditions", json!([{"type": kind, "message": "no such chart"}]))
}

/// The same commit with another image: only the sources tell the two apart.
fn image(object: Value, pointer: &str, number: u8) -> Value {
    let image = format!("pipelinec.local/ping/code=registry.example/ping@{}", digest(number));
    edit(object, pointer, json!({"images": [image]}))
}

fn of_images(spec: u8, compared: u8) -> Value {
    let object = image(good(), "/spec/sources/0/kustomize", spec);
    let object = image(object, "/status/sync/comparedTo/sources/0/kustomize", compared);
    image(object, "/status/operationState/syncResult/sources/0/kustomize", compared)
}

fn operation(phase: &str, more: &Value) -> Value {
    let mut object = edit(compared(), "/operation", json!({"sync": {}}));
    let mut state = json!({"phase": phase, "syncResult": {"sources": good()["spec"]["sources"]}});
    state.as_object_mut().expect("a state").extend(more.as_object().expect("fields").clone());
    object["status"]["operationState"] = state;
    if phase != "Running" {
        object.as_object_mut().expect("an object").remove("operation");
    }
    object
}

fn canary(status: &Value) -> Value {
    serde_json::from_str(&rollout(status)).expect("JSON")
}

fn arrival() -> Vec<Sequence> {
    let away = || json!("FAIL: connection refused");
    vec![
        sequence(
            "what stood there before the push is never taken for the change",
            vec![
                before(),
                before(),
                handed_on(),
                handed_on(),
                compared(),
                operation("Running", &json!({"message": "one of two"})),
                health("Progressing"),
                good(),
            ],
            (0, 40),
            &[
                "it carries v20251120101112-77aa01",
                "compare the new sources",
                "the sync (OutOfSync)",
                "running: one of two",
                "health (Progressing",
            ],
        ),
        sequence(
            "an image alone is a change, though the commit is the same",
            vec![of_images(2, 1), of_images(2, 1), of_images(2, 1), of_images(2, 2)],
            (0, 20),
            &["compare the new sources"],
        ),
        sequence(
            "a first creation",
            vec![
                ABSENT,
                ABSENT,
                with("/status", json!({})),
                edit(with("/status/operationState", Value::Null), "/status/sync", json!({"status": "Unknown"})),
                operation("Running", &json!({"message": "namespace not found", "retryCount": 1})),
                health("Missing"),
                health("Progressing"),
                good(),
            ],
            (0, 40),
            &["waits for Application production-ping to exist", "running: namespace not found", "health (Missing"],
        ),
        sequence(
            "Degraded before the change is about the change before",
            vec![edit(handed_on(), "/status/health/status", json!("Degraded")); 5]
                .into_iter()
                .chain([health("Progressing"), good()])
                .collect(),
            (0, 35),
            &["compare the new sources"],
        ),
        sequence(
            "Degraded after it, three times, is the end",
            vec![handed_on(), compared(), health("Progressing"), health("Degraded")],
            (1, 25),
            &["ping: failed, Degraded", "this cannot succeed any more"],
        ),
        sequence(
            "Degraded now and then is not",
            vec![
                health("Degraded"),
                health("Degraded"),
                health("Progressing"),
                health("Degraded"),
                health("Degraded"),
                good(),
            ],
            (0, 30),
            &["a better state than Degraded"],
        ),
        sequence(
            "a sync that is tried again and then fails",
            vec![
                compared(),
                operation("Running", &json!({"retryCount": 1, "message": "one more try"})),
                operation("Running", &json!({"retryCount": 5, "message": "one more try"})),
                operation("Failed", &json!({"message": "field is immutable"})),
            ],
            (1, 15),
            &["running: one more try", "the sync ended Failed: field is immutable"],
        ),
        sequence(
            "a sync of older sources that failed",
            vec![
                edit(compared(), "/status/operationState/phase", json!("Failed")),
                operation("Running", &json!({})),
                good(),
            ],
            (0, 15),
            &["the sync (OutOfSync)"],
        ),
        sequence(
            "a comparison that failed before the change",
            vec![condition(handed_on(), "ComparisonError"), condition(handed_on(), "ComparisonError"), good()],
            (0, 15),
            &["compare the new sources"],
        ),
        sequence(
            "a comparison of the change that fails",
            vec![handed_on(), condition(edit(compared(), "/status/sync/status", json!("Unknown")), "ComparisonError")],
            (1, 5),
            &["failed, ComparisonError: no such chart"],
        ),
        sequence(
            "the second source lags behind",
            vec![
                with("/status/sync/revisions/1", json!("20.6.0")),
                with("/status/sync/revisions/1", json!("20.6.0")),
                good(),
            ],
            (0, 15),
            &["the revisions"],
        ),
        sequence(
            "health from before the sync does not count",
            vec![
                with("/status/reconciledAt", json!("2025-11-24T15:58:59Z")),
                with("/status/reconciledAt", json!("2025-11-24T15:58:59Z")),
                health("Progressing"),
                good(),
            ],
            (0, 20),
            &["a comparison after the sync", "health (Progressing"],
        ),
        sequence(
            "a change without a difference keeps the operation of the change before",
            vec![edit(good(), "/status/operationState/syncResult/sources", old_sources())],
            (0, 5),
            &["ping: ready"],
        ),
        sequence(
            "a new operation between two good looks",
            vec![good(), with("/operation", json!({"sync": {}})), good()],
            (0, 15),
            &["its operation to end"],
        ),
        sequence(
            "a project that comes a moment later",
            vec![
                condition(handed_on(), "InvalidSpecError"),
                condition(handed_on(), "InvalidSpecError"),
                compared(),
                good(),
            ],
            (0, 20),
            &["a better state than InvalidSpecError: no such chart"],
        ),
        sequence(
            "a project that never comes",
            vec![condition(handed_on(), "InvalidSpecError")],
            (1, 10),
            &["failed, InvalidSpecError: no such chart"],
        ),
        sequence(
            "one that vanishes and comes back",
            vec![good(), ABSENT, ABSENT, handed_on(), good()],
            (0, 25),
            &["to exist"],
        ),
        sequence(
            "one that vanishes for good",
            vec![health("Progressing"), ABSENT],
            (1, 20),
            &["20 s are over", "ping: waits for Application production-ping to exist"],
        ),
        sequence(
            "a change that somebody else's overtakes",
            vec![
                health("Progressing"),
                edit(good(), "/metadata/annotations", json!({"pipelinec.dev/change": "v20251124170000-bbbbbb"})),
            ],
            (1, 20),
            &["it carries v20251124170000-bbbbbb", "20 s are over"],
        ),
        sequence(
            "one that never gets well",
            vec![health("Progressing")],
            (1, 20),
            &["20 s are over. Still lacking:", "  ping: waits for health (Progressing)"],
        ),
        sequence(
            "a cluster that is away between two good looks",
            vec![good(), away(), good(), away(), good()],
            (0, 25),
            &["connection refused"],
        ),
        sequence("a cluster that stays away", vec![away()], (1, 20), &["connection refused", "20 s are over"]),
    ]
}

/// With a Rollout, of which there is always a state.
fn canaries() -> Vec<Sequence> {
    let paused = || canary(&json!({"phase": "Paused", "message": "CanaryPauseStep", "currentPodHash": "new"}));
    let with_rollouts = |sequence: Sequence, rollouts: Vec<Value>| Sequence { rollouts, ..sequence };
    vec![
        with_rollouts(
            sequence(
                "a canary that pauses, goes on and is through",
                vec![health("Suspended"), health("Suspended"), health("Progressing"), good()],
                (0, 30),
                &["health (Suspended)", "its steps (Paused: CanaryPauseStep)", "its controller to see the change"],
            ),
            vec![
                canary(&json!({"observedGeneration": "2"})),
                paused(),
                paused(),
                paused(),
                canary(&json!({"currentPodHash": "new"})),
                canary(&json!({})),
            ],
        ),
        with_rollouts(
            sequence(
                "a canary that is aborted",
                vec![health("Suspended"), health("Suspended"), health("Degraded")],
                (1, 10),
                &["Rollout ping: failed, Degraded: metric failure-rate"],
            ),
            vec![
                paused(),
                paused(),
                canary(
                    &json!({"phase": "Degraded", "abort": true, "message": "metric failure-rate", "currentPodHash": "new"}),
                ),
            ],
        ),
        with_rollouts(
            sequence(
                "a canary that was aborted before this change",
                vec![health("Degraded"), health("Progressing"), good()],
                (0, 20),
                &["its controller to see the change"],
            ),
            vec![
                canary(&json!({"observedGeneration": "2", "phase": "Degraded", "abort": true})),
                paused(),
                paused(),
                canary(&json!({})),
            ],
        ),
        with_rollouts(
            sequence(
                "a canary that waits for a person for ever",
                vec![health("Suspended")],
                (1, 20),
                &["its steps (Paused: CanaryPauseStep)", "20 s are over"],
            ),
            vec![paused()],
        ),
    ]
}

fn run<'a>(world: &'a World, sequence: &Sequence) -> Run<'a> {
    let run = wait(world);
    // Those that run into the end of their time are given little of it.
    let run = if sequence.says.iter().any(|words| words.contains("20 s are over")) {
        run.set("TIMEOUT_SECONDS", "20")
    } else {
        run
    };
    if sequence.rollouts.is_empty() {
        return run;
    }
    run.set("ROLLOUTS", "ping").set("DIGESTS", &digest(1))
}

#[track_caller]
fn check(world: &World, sequence: &Sequence) {
    let outcome = run(world, sequence).outcome();
    let (code, after) = sequence.ends;
    let said = outcome.said();
    assert_eq!((outcome.code, seconds(world)), (Some(code), after), "{}:\n{said}", sequence.name);
    for words in &sequence.says {
        assert!(said.contains(words), "{}: no '{words}' in:\n{said}", sequence.name);
    }
    let end = if code == 0 {
        format!("production is ready after {after} s\n")
    } else {
        "error: production did not become what this run expects\n".into()
    };
    assert!(said.ends_with(&end), "{}: {said}", sequence.name);
}

#[test]
fn each_sequence_ends_as_it_should_and_when_it_should() {
    for sequence in arrival().iter().chain(&canaries()) {
        let world = World::empty();
        for (kind, looks) in [("applications", &sequence.looks), ("rollouts", &sequence.rollouts)] {
            let texts = looks.iter().map(|look| match look {
                Value::Null => "{\"kind\": \"List\", \"items\": []}".to_owned(),
                Value::String(failure) => failure.clone(),
                object => object.to_string(),
            });
            let texts: Vec<_> = texts.collect();
            world.answers(kind, &texts.iter().map(String::as_str).collect::<Vec<_>>());
        }
        check(&world, sequence);
    }
}

/// A few of them with the real kubectl and an API server: what is not there, what is refused, and both kinds together.
#[test]
fn kubectl_shows_the_wait_what_an_api_server_says() {
    if api::kubectl().is_none() {
        println!("skipped: there is no kubectl");
        return;
    }
    let names = [
        "a first creation",
        "a cluster that is away between two good looks",
        "a canary that pauses, goes on and is through",
        "one that vanishes and comes back",
    ];
    let all = arrival().into_iter().chain(canaries());
    let mut seen = 0;
    for mut sequence in all.filter(|sequence| names.contains(&sequence.name)) {
        let states = (0..sequence.looks.len().max(sequence.rollouts.len())).map(|number| {
            let at = |list: &[Value]| list.get(number).or(list.last()).cloned().unwrap_or(ABSENT);
            let objects = match at(&sequence.looks) {
                Value::String(_) => return State::Refuses(503),
                Value::Null => Vec::new(),
                application => vec![stored("Application", "argocd", application)],
            };
            let rollouts = items(&at(&sequence.rollouts)).into_iter().filter(|rollout| !rollout.is_null());
            State::Objects(
                objects.into_iter().chain(rollouts.map(|rollout| stored("Rollout", "production", rollout))).collect(),
            )
        });
        let world = World::empty();
        let _api = Api::serve(&world, 5, states.collect());
        if let Some(words) = sequence.says.iter_mut().find(|words| **words == "connection refused") {
            *words = "turned away";
        }
        check(&world, &sequence);
        seen += 1;
    }
    assert_eq!(seen, names.len());
    let world = World::empty();
    let _api = Api::serve(&world, 5, vec![State::Refuses(403)]);
    let outcome = wait(&world).set("TIMEOUT_SECONDS", "5").fails(&["Forbidden", "5 s are over"]);
    assert_eq!((outcome.code, seconds(&world)), (Some(1), 5));
}
