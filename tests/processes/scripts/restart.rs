//! Starting a run again from new templates.

use pipelinec::steps::restart::{RESTART, RESTART_WITH};
use serde_json::{Value, json};

use super::support::{Run, UID, World};

fn restart<'a>(world: &'a World, reason: &str) -> Run<'a> {
    world
        .run(&RESTART)
        .set("REASON", reason)
        .set("PIPELINE", "ping")
        .set("PIPELINE_DIGEST", "digest-1")
        .set("SHARED_TEMPLATE", "pipelinec")
        .set("PIPELINE_NAMESPACE", "pipeline")
        .set("REVISION", &"a1".repeat(20))
        .set("FORCE", "true")
        .set("WORKFLOW_UID", UID)
        .set("TIMEOUT_SECONDS", "60")
}

/// The two templates, by the digests in their annotations.
fn templates(pipeline: &str, expects: &str, shared: &str) -> String {
    let template = |name: &str, annotations: Value| json!({"kind": "WorkflowTemplate", "metadata": {"name": name, "annotations": annotations}});
    json!({"kind": "List", "items": [
        template("ping", json!({"pipelinec.dev/pipeline-digest": pipeline, "pipelinec.dev/shared-digest": expects})),
        template("pipelinec", json!({"pipelinec.dev/shared-digest": shared})),
    ]})
    .to_string()
}

/// What was created, as kubectl got it.
fn created(world: &World) -> Vec<Value> {
    let all = world.read("created.log");
    serde_json::Deserializer::from_str(&all).into_iter().map(|object| object.expect("JSON")).collect()
}

#[test]
fn it_waits_until_both_templates_are_new_and_of_one_build() {
    let world = World::empty();
    let (old, half, new) =
        (templates("digest-1", "s1", "s1"), templates("digest-2", "s2", "s1"), templates("digest-2", "s2", "s2"));
    // Each look asks for the one and for the other.
    world.answers("workflowtemplates", &[&old, &old, "FAIL: away", &old, &old, &half, &half, &new]);
    world.answers("create", &[""]);
    let outcome = restart(&world, "behind").succeeds();
    outcome
        .says("has not replaced WorkflowTemplate ping yet")
        .says("come from different builds")
        .says("did not respond");
    outcome.says("is delivered by workflow ping-a1a1a1-9f0e2");
    let expected = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
        "metadata": {"name": "ping-a1a1a1-9f0e2", "namespace": "pipeline"},
        "spec": {"workflowTemplateRef": {"name": "ping"}, "arguments": {"parameters": [
            {"name": "sha", "value": "a1".repeat(20)}, {"name": "force", "value": "true"}]}}});
    assert_eq!(created(&world), [expected]);
}

/// A pair that was mixed may be complete with the very template that the run has.
#[test]
fn a_mixed_pair_only_has_to_agree() {
    let world = World::empty();
    let (mixed, agreed) = (templates("digest-1", "s2", "s1"), templates("digest-1", "s2", "s2"));
    world.answers("workflowtemplates", &[&mixed, &mixed, &agreed]);
    world.answers("create", &[""]);
    restart(&world, "mixed").succeeds().says("come from different builds");
    assert_eq!(created(&world).len(), 1);
}

#[test]
fn a_second_attempt_finds_the_workflow_of_the_first() {
    let world = World::empty();
    world.answers("workflowtemplates", &[&templates("digest-2", "s2", "s2")]);
    world
        .answers("create", &[r#"FAIL Error from server (AlreadyExists): workflows.argoproj.io "ping" already exists"#]);
    restart(&world, "behind").succeeds().says("is delivered by workflow");
}

#[test]
fn the_last_line_says_what_is_missing_and_what_to_do() {
    let world = World::empty();
    let by_hand = "argo submit --from workflowtemplate/ping -p sha=";
    world.answers("workflowtemplates", &[&templates("digest-1", "s1", "s1")]);
    restart(&world, "behind").fails(&["after 60 s", "has not replaced WorkflowTemplate ping yet", by_hand]);
    let world = World::empty();
    world.answers("workflowtemplates", &[r#"{"kind": "List", "items": []}"#]);
    restart(&world, "mixed").fails(&["WorkflowTemplate ping does not exist", by_hand]);
    let world = World::empty();
    world.answers("workflowtemplates", &[&templates("digest-2", "s2", "s2")]);
    world.answers("create", &["FAIL Error from server (Forbidden): no"]);
    restart(&world, "behind").fails(&["rejected the new workflow", "Forbidden", by_hand]);
}

#[test]
fn a_run_with_a_branch_and_a_tag_starts_again_with_them() {
    let world = World::empty();
    let new = templates("digest-2", "s2", "s2");
    let restart = |arguments: &str| {
        let run = world.run(&RESTART_WITH).set("REASON", "behind").set("PIPELINE", "ping").set("FORCE", "false");
        let run = run.set("PIPELINE_DIGEST", "digest-1").set("SHARED_TEMPLATE", "pipelinec");
        let run = run.set("PIPELINE_NAMESPACE", "pipeline").set("REVISION", &"a1".repeat(20));
        run.set("WORKFLOW_UID", UID).set("TIMEOUT_SECONDS", "60").set("ARGUMENTS", arguments)
    };
    world.answers("workflowtemplates", &[&new, &new]);
    world.answers("create", &[""]);
    restart("branch=release/1 tag=").succeeds();
    let parameters = created(&world)[0]["spec"]["arguments"]["parameters"].clone();
    let given: Vec<_> =
        parameters.as_array().expect("parameters").iter().map(|one| (&one["name"], &one["value"])).collect();
    let [force, branch, none] = [json!("false"), json!("release/1"), json!("")];
    let [sha, id] = [json!("sha"), json!("a1".repeat(20))];
    let names = [json!("force"), json!("branch"), json!("tag")];
    assert_eq!(given, [(&sha, &id), (&names[0], &force), (&names[1], &branch), (&names[2], &none)]);
    for hostile in ["branch=$(id)", "branch={{x}}", "branch=a\nb", "branch='"] {
        restart(hostile).fails(&["expected name=value"]);
    }
}
