//! The wait, as one look follows another: each case of what Argo CD and Argo Rollouts may show while a change arrives, with
//! how the step ends, when, and what it says. The clock is moved by `sleep` alone.

use serde_json::{Value, json};

use super::support::{OLDER, Run, VERSION, World, digest};
use super::wait::{edit, ready, rollout, seconds, wait, with};
use crate::api::{self, Api, State, items, stored};

/// A look that finds nothing.
const ABSENT: Value = Value::Null;

/// What the wait sees, look by look, 5 seconds apart; the last one stays.
pub struct Sequence {
    name: &'static str,
    pub looks: Vec<Value>,
    pub rollouts: Vec<Value>,
    /// Inputs beside those of every wait.
    pub inputs: Vec<(&'static str, String)>,
    /// The exit code, and after how many seconds.
    ends: (i32, u64),
    says: Vec<&'static str>,
}

fn sequence(name: &'static str, looks: Vec<Value>, ends: (i32, u64), says: &[&'static str]) -> Sequence {
    Sequence { name, looks, rollouts: Vec::new(), inputs: Vec::new(), ends, says: says.to_vec() }
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
                "its operation to end (Running: one of two)",
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
            &["waiting for Application production-ping to exist", "(Running: namespace not found)", "health (Missing"],
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
            "Degraded after it, for three minutes, is the end",
            vec![handed_on(), compared(), health("Progressing"), health("Degraded")],
            (1, 195),
            &[
                "ping: waiting for a better state than Degraded",
                "ping: failed, for 180 s it was Degraded",
                "this can no longer succeed",
            ],
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
            &["(Running: one more try)", "the sync ended Failed: field is immutable"],
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
            "a comparison of the change that fails, and fails again",
            vec![handed_on(), failed_comparison()],
            (1, 245),
            &["failed, for 240 s it was ComparisonError: no such chart"],
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
            &["its operation to start"],
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
            (1, 240),
            &["failed, for 240 s it was InvalidSpecError: no such chart"],
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
            &["timed out after 20 s", "ping: waiting for Application production-ping to exist"],
        ),
        sequence(
            "a change that somebody else's overtakes",
            vec![health("Progressing"), carries(good(), NEWER)],
            (1, 245),
            &["failed, for 240 s it was it now carries v20251124170000-bbbbbb, which has replaced"],
        ),
        sequence(
            "one that never gets well",
            vec![health("Progressing")],
            (1, 20),
            &["timed out after 20 s. Still waiting for:", "  ping: waiting for health (Progressing)"],
        ),
        sequence(
            "a cluster that is away between two good looks",
            vec![good(), away(), good(), away(), good()],
            (0, 25),
            &["connection refused"],
        ),
        sequence("a cluster that stays away", vec![away()], (1, 20), &["connection refused", "timed out after 20 s"]),
    ]
}

/// What passes by itself, and what does not count.
fn passing() -> Vec<Sequence> {
    let many = |look: Value, count: usize| vec![look; count];
    let then = |mut looks: Vec<Value>| {
        looks.push(good());
        looks
    };
    let with_inputs = |sequence: Sequence, inputs: &[(&'static str, &str)]| Sequence {
        inputs: inputs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        ..sequence
    };
    let deleted = |object: Value| edit(object, "/metadata/deletionTimestamp", json!("2025-11-24T15:59:30Z"));
    // Back to what was there all the time: the sync of the change that failed is the last there was.
    let failed_before = |reconciled: &str| {
        let mut object = edit(good(), "/status/reconciledAt", json!(reconciled));
        object["status"]["operationState"] = json!({"phase": "Failed", "finishedAt": "2025-11-24T15:59:00Z",
            "message": "field is immutable", "syncResult": {"sources": old_sources()}});
        object
    };
    vec![
        sequence(
            "an autoscaler without metrics, for 14 seconds",
            then(many(health("Degraded"), 3)),
            (0, 20),
            &["a better state than Degraded (`argocd app get production-ping` shows which object it is)"],
        ),
        sequence("an autoscaler without metrics, for a minute", then(many(health("Degraded"), 12)), (0, 65), &[]),
        sequence("an autoscaler without metrics, nearly too long", then(many(health("Degraded"), 36)), (0, 185), &[]),
        sequence(
            "git or the repo-server away at the comparison, for 12 seconds",
            then(many(failed_comparison(), 3)),
            (0, 20),
            &["a better state than ComparisonError: no such chart, which is a failure after 240 s"],
        ),
        sequence(
            "git away at the comparison, until Argo CD compares again",
            then(many(failed_comparison(), 37)),
            (0, 190),
            &[],
        ),
        sequence(
            "a sync that could not begin",
            then(many(condition(compared(), "SyncError"), 3)),
            (0, 20),
            &["a better state than SyncError"],
        ),
        sequence(
            "a sync that cannot begin",
            vec![condition(compared(), "SyncError")],
            (1, 240),
            &["failed, for 240 s it was SyncError"],
        ),
        sequence(
            "a cluster that Argo CD cannot read",
            then(many(condition(handed_on(), "UnknownError"), 3)),
            (0, 20),
            &["a better state than UnknownError"],
        ),
        sequence(
            "a comparison that fails, with less time than it may take",
            vec![failed_comparison()],
            (1, 20),
            &[
                "timed out after 20 s. Still waiting for:",
                "  ping: waiting for a better state than ComparisonError: no such chart",
            ],
        ),
        sequence(
            "back to what is there, after a failed sync",
            vec![failed_before("2025-11-24T15:59:01Z")],
            (0, 5),
            &[],
        ),
        sequence(
            "back to what is there, seen before the failed sync",
            vec![failed_before("2025-11-24T15:58:59Z"), failed_before("2025-11-24T15:59:00Z"), good()],
            (0, 15),
            &["a comparison after the sync"],
        ),
        sequence(
            "a sync that was asked for, and has not begun",
            then(vec![edit(with("/operation", json!({"sync": {}})), "/status/operationState", Value::Null)]),
            (0, 10),
            &["its operation to start"],
        ),
        sequence(
            "a sync of the change before that somebody ends",
            then(vec![edit(
                operation("Running", &json!({"syncResult": {"sources": old_sources()}})),
                "/status/operationState/phase",
                json!("Terminating"),
            )]),
            (0, 10),
            &["its operation to end (Terminating)"],
        ),
        sequence(
            "one that goes, however well it looks, and comes back",
            vec![deleted(good()), deleted(good()), ABSENT, good()],
            (0, 20),
            &["its deletion, which started at 2025-11-24T15:59:30Z, to complete"],
        ),
        sequence(
            "one without a health yet",
            then(vec![health("Unknown"), with("/status/health", Value::Null)]),
            (0, 15),
            &["health (Unknown)"],
        ),
        with_inputs(
            sequence(
                "what is restored, until a successor has taken its place",
                vec![carries(health("Degraded"), VERSION), carries(health("Progressing"), NEWER)],
                (0, 70),
                &["its ApplicationSet to apply v20251120101112-77aa01 (it carries", "which has replaced"],
            ),
            &RESTORED,
        ),
        with_inputs(
            sequence(
                "a successor that was started before the change that was rolled back",
                vec![carries(health("Degraded"), VERSION), carries(health("Progressing"), EARLIER)],
                (0, 70),
                &["v20251124150000-cccccc, which has replaced"],
            ),
            &RESTORED,
        ),
        with_inputs(
            sequence(
                "what failed before, seen while the restored change is on its way",
                vec![carries(health("Degraded"), EARLIER); 14].into_iter().chain([carries(good(), OLDER)]).collect(),
                (0, 75),
                &["(it carries v20251124150000-cccccc)"],
            ),
            &RESTORED,
        ),
        with_inputs(
            sequence(
                "what this app needs, which its own pipeline renews meanwhile",
                vec![ABSENT, health("Progressing"), carries(health("Progressing"), NEWER)],
                (0, 75),
                &["which has replaced"],
            ),
            &[("YIELDS", "true")],
        ),
    ]
}

/// What an exit handler waits for.
const RESTORED: [(&str, &str); 3] =
    [("YIELDS", "true"), ("INSTEAD_OF", VERSION), ("EXPECT", r#"{"ping": "v20251120101112-77aa01"}"#)];
const NEWER: &str = "v20251124170000-bbbbbb";
const EARLIER: &str = "v20251124150000-cccccc";

fn carries(object: Value, change: &str) -> Value {
    edit(object, "/metadata/annotations", json!({"pipelinec.dev/change": change}))
}

fn failed_comparison() -> Value {
    condition(edit(compared(), "/status/sync/status", json!("Unknown")), "ComparisonError")
}

/// With a Rollout, of which there is always a state.
fn canaries() -> Vec<Sequence> {
    let paused = || canary(&json!({"phase": "Paused", "message": "CanaryPauseStep", "currentPodHash": "new"}));
    let with_rollouts = |sequence: Sequence, rollouts: Vec<Value>| Sequence { rollouts, ..sequence };
    vec![
        with_rollouts(
            sequence(
                "a canary that pauses, continues and completes",
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
                (1, 25),
                &["Rollout ping: failed, for 15 s it was Degraded: metric failure-rate"],
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
                "a canary that was aborted before this change, which also changes the number of pods",
                vec![health("Degraded"), health("Degraded"), good()],
                (0, 20),
                &["a better state than Degraded: metric failure-rate"],
            ),
            vec![old_abort(), old_abort(), paused(), canary(&json!({}))],
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
                "a Rollout that is looked at before what it names is there",
                vec![health("Degraded"), health("Degraded"), health("Progressing"), good()],
                (0, 25),
                &["Rollout ping: waiting for a better state than Degraded: InvalidSpec: no such template"],
            ),
            // The abort is that of the change before, which nobody has looked at since.
            vec![ABSENT, invalid(true), invalid(false), canary(&json!({"currentPodHash": "new"})), canary(&json!({}))],
        ),
        with_rollouts(
            sequence(
                "a Rollout that stays invalid",
                vec![health("Degraded")],
                (1, 90),
                &["Rollout ping: failed, for 90 s it was Degraded: InvalidSpec: no such template"],
            ),
            vec![invalid(false)],
        ),
        with_rollouts(
            sequence(
                "a canary that is slow, and gets there",
                vec![health("Degraded"), health("Degraded"), good()],
                (0, 20),
                &["a better state than Degraded: ProgressDeadlineExceeded"],
            ),
            vec![slow(), slow(), edit(slow(), "/metadata/deletionTimestamp", json!("x")), canary(&json!({}))],
        ),
        with_rollouts(
            sequence(
                "a canary that is slow, and stays so",
                vec![health("Degraded")],
                (1, 90),
                &["Rollout ping: failed, for 90 s it was Degraded: ProgressDeadlineExceeded"],
            ),
            vec![slow()],
        ),
        with_rollouts(
            sequence(
                "a Rollout to which the sync comes last",
                vec![good()],
                (0, 10),
                &["the image of this run (it has proxy:1, registry.example/apps/ping@sha256:"],
            ),
            vec![of_image(2), canary(&json!({}))],
        ),
        with_rollouts(
            sequence(
                "a canary that waits for a person for ever",
                vec![health("Suspended")],
                (1, 20),
                &["its steps (Paused: CanaryPauseStep)", "timed out after 20 s"],
            ),
            vec![paused()],
        ),
    ]
}

/// As its controller leaves a Rollout that names what is not there.
fn invalid(aborted: bool) -> Value {
    let conditions = json!([{"type": "InvalidSpec", "status": "True", "message": "no such template"}]);
    canary(&json!({"phase": "Degraded", "message": "InvalidSpec: no such template", "abort": aborted,
        "conditions": conditions, "currentPodHash": "new"}))
}

/// The controller has seen the change, and not yet taken the abort of the change before away.
fn old_abort() -> Value {
    canary(&json!({"phase": "Degraded", "abort": true, "message": "metric failure-rate", "stableRS": "older"}))
}

fn slow() -> Value {
    canary(&json!({"phase": "Degraded", "message": "ProgressDeadlineExceeded", "currentPodHash": "new"}))
}

fn of_image(number: u8) -> Value {
    let image = format!("registry.example/apps/ping@{}", digest(number));
    edit(canary(&json!({})), "/spec/template/spec/containers/1/image", json!(image))
}

/// Every sequence.
pub fn all() -> impl Iterator<Item = Sequence> {
    arrival().into_iter().chain(passing()).chain(canaries())
}

fn run<'a>(world: &'a World, sequence: &Sequence) -> Run<'a> {
    let run = wait(world).set("TIMEOUT_SECONDS", "600");
    let run = sequence.inputs.iter().fold(run, |run, (name, value)| run.set(name, value));
    // Those that run into the end of their time are given little of it.
    let run = if sequence.says.iter().any(|words| words.contains("timed out after 20 s")) {
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
        "error: production did not reach the state that this run expects\n".into()
    };
    assert!(said.ends_with(&end), "{}: {said}", sequence.name);
}

fn each(sequences: impl IntoIterator<Item = Sequence>) {
    for sequence in sequences {
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
        check(&world, &sequence);
    }
}

// Three tests, for they are long and run side by side.

#[test]
fn a_change_arrives_or_not() {
    each(arrival());
}

#[test]
fn what_passes_by_itself_has_its_time_and_what_is_older_does_not_count() {
    each(passing());
}

#[test]
fn a_canary_goes_through_or_not() {
    each(canaries());
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
        "a canary that pauses, continues and completes",
        "one that vanishes and comes back",
    ];
    let mut seen = 0;
    for mut sequence in all().filter(|sequence| names.contains(&sequence.name)) {
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
    let outcome = wait(&world).set("TIMEOUT_SECONDS", "5").fails(&["Forbidden", "timed out after 5 s"]);
    assert_eq!((outcome.code, seconds(&world)), (Some(1), 5));
}
