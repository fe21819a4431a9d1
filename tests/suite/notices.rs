//! Who is told about runs, and when: the generated workflows, run by the model of the controller.

use std::collections::BTreeMap;

use pipelinec::argo::Error;
use pipelinec::argo::expression::Variables;
use pipelinec::argo::pod::environment;
use pipelinec::argo::workflow::{Answered, Ended, Phase, Pods, Run, run};
use serde_json::{Value, json};
use testkit::compiled::{Tree, every_tree, list, text};
use testkit::runs::{SHA, submitted};

fn tree() -> &'static Tree {
    let mut trees = every_tree().filter(|(place, _)| place.contains("cases/notices"));
    trees.next().expect("the case").1
}

/// Pods that end as a test says, and what the steps of notices were given.
struct Scripted<'a> {
    /// The outputs of steps, by step.
    outputs: BTreeMap<&'a str, (&'a str, &'a str)>,
    /// The steps that fail.
    failing: &'a [&'a str],
    told: Vec<(String, Variables)>,
}

impl Pods for Scripted<'_> {
    fn run(&mut self, step: &str, template: &Value) -> Result<Ended, Error> {
        if step.starts_with("notify-") {
            let variables = environment(&template["script"], &|name, key| format!("{key} of {name}"));
            self.told.push((step.to_owned(), variables));
        }
        let image = json!({"repository": "r", "reference": "r@d", "tag": "t", "digest": "d"});
        let running = json!({"shop": {"code": image}}).to_string();
        let mut outputs = Variables::from([("images".to_owned(), running)]);
        if let Some((name, value)) = self.outputs.get(step) {
            outputs.insert((*name).to_owned(), (*value).to_owned());
        }
        let failed = self.failing.iter().any(|prefix| step.starts_with(prefix));
        Ok(if failed {
            Ended { phase: Phase::Failed, outputs: None }
        } else {
            Ended { phase: Phase::Succeeded, outputs: Some(outputs) }
        })
    }

    fn answered(&mut self, _: &str, _: &Value) -> Result<Answered, Error> {
        Ok(Answered::Supplied(Variables::from([("approved".to_owned(), "YES".to_owned())])))
    }
}

fn deliver<'a>(
    pipeline: &str,
    failing: &'a [&'a str],
    outputs: &[(&'a str, &'a str, &'a str)],
) -> (Run, Vec<(String, Variables)>) {
    let outputs = outputs.iter().map(|(step, name, value)| (*step, (*name, *value))).collect();
    let mut pods = Scripted { outputs, failing, told: Vec::new() };
    let templates = |name: &str| Some(tree().object("WorkflowTemplate", name));
    let run = run(&templates, &submitted(pipeline), &mut pods).expect("a run that ends");
    (run, pods.told)
}

/// The steps of notices, in their order.
fn told<'a>(pipeline: &str, failing: &'a [&'a str], outputs: &[(&'a str, &'a str, &'a str)]) -> Vec<String> {
    deliver(pipeline, failing, outputs).1.into_iter().map(|(step, _)| step).collect()
}

#[test]
fn each_end_of_a_run_is_told_once() {
    assert_eq!(told("shop", &[], &[]), ["notify-status-started", "notify-slack-waiting", "notify-status-succeeded"]);
    let failed = ["notify-status-started", "notify-status-failed", "notify-slack-failed"];
    assert_eq!(told("shop", &["build-"], &[]), failed);
    assert_eq!(told("shop", &["test-"], &[]), failed);
    // A commit that is not delivered has no builds, and so no start.
    assert_eq!(told("shop", &["check"], &[]), failed[1..]);
    let restored = [("roll-back-production", "restored", r#"{"shop": "v1"}"#)];
    let waited = [failed[0], "notify-slack-waiting", failed[1], failed[2]];
    let rolled_back = [&waited[..], &["notify-slack-rolled-back-production"]].concat();
    assert_eq!(told("shop", &["settle"], &restored), rolled_back);
    // Whatever the exit handler can or cannot undo.
    assert_eq!(
        told("shop", &["settle", "close-", "gone-", "restored-"], &restored),
        [&failed[..], &["notify-slack-rolled-back-production"]].concat()
    );
    assert_eq!(told("shop", &["settle", "roll-back-"], &[]), waited);
}

/// A pipeline has the project's notices and its own; of one kind, its own.
#[test]
fn a_pipeline_without_environments_tells_in_its_own_way() {
    let started = ["notify-status-started", "notify-slack-started", "notify-webhook-started"];
    let succeeded = ["notify-status-succeeded", "notify-slack-succeeded", "notify-webhook-succeeded"];
    assert_eq!(told("tools", &[], &[]), [started, succeeded].concat());
    let failed = ["notify-status-failed", "notify-webhook-failed"];
    assert_eq!(told("tools", &["build-"], &[]), [&started[..], &failed].concat());
    let (_, notices) = deliver("tools", &[], &[]);
    let url = |at: usize| notices[at].1.get("NOTICE_URL").map(String::as_str);
    assert_eq!((url(1), url(2)), (Some("team of slack"), Some("url of bot")));
    assert_eq!(notices[2].1["NOTICE_KEY"], "key of bot");
}

#[test]
fn a_run_that_starts_again_from_new_templates_tells_nothing() {
    for pipeline in ["shop", "tools"] {
        assert_eq!(told(pipeline, &[], &[("check", "outdated", "mixed")]), Vec::<String>::new(), "{pipeline}");
        let failed = told(pipeline, &["restart"], &[("check", "outdated", "behind")]);
        assert_eq!(failed[0], "notify-status-failed", "{pipeline}");
    }
}

#[test]
fn a_superseded_run_says_so() {
    let (run, notices) = deliver("shop", &[], &[("enter", "superseded", "true")]);
    assert_eq!(run.phase, Phase::Succeeded);
    let (step, variables) = notices.last().expect("a notice");
    assert_eq!((step.as_str(), variables["SUPERSEDED"].as_str()), ("notify-status-succeeded", "true"));
    let (_, notices) = deliver("shop", &[], &[]);
    assert_eq!(notices.last().expect("a notice").1["SUPERSEDED"], "false");
}

/// The same delivery, with the same steps, whether or not anybody could be told.
#[test]
fn a_notice_that_fails_changes_nothing() {
    let others = |run: &Run| {
        let steps = run.steps.iter().chain(&run.finish).filter(|(step, _)| !step.starts_with("notify-"));
        steps.cloned().collect::<Vec<_>>()
    };
    for failing in [&[][..], &["test-"], &["settle"]] {
        let (good, _) = deliver("shop", failing, &[]);
        let without: Vec<_> = failing.iter().copied().chain(["notify-"]).collect();
        let (bad, told) = deliver("shop", &without, &[]);
        assert_eq!((bad.phase, others(&bad)), (good.phase, others(&good)), "{failing:?}");
        assert!(!told.is_empty());
    }
}

#[test]
fn a_notice_has_links_and_only_the_secrets_of_its_kind() {
    let (_, notices) = deliver("shop", &["test-"], &[]);
    let (_, status) = &notices[0];
    let page = "https://argo.acme.io/$(HOME)/workflows/pipeline/shop-1a2b3c4d5e6f";
    assert_eq!(status["RUN_URL"], page);
    assert_eq!(status["COMMIT_URL"], format!("https://gitlab.com/acme/shop/-/commit/{SHA}"));
    assert_eq!(status["STATUS_URL"], "https://gitlab.com/api/v4/projects/acme%2Fshop/statuses/");
    assert_eq!((status["BRANCH"].as_str(), status["REVISION"].as_str()), ("release/<!here>", SHA));
    assert_eq!(status["VERSION"], "v20251124160000-9f0e2b");
    for (step, variables) in &notices {
        let secrets: Vec<_> = variables.values().filter(|value| value.contains(" of ")).map(String::as_str).collect();
        let own = if step.contains("status") { "token of commit-statuses" } else { "url of slack" };
        assert_eq!(secrets, [own], "{step}");
    }
    // Nor does anything else have them.
    for object in tree().of_kind("WorkflowTemplate") {
        for template in
            list(&object.value["spec"]["templates"]).filter(|one| !text(&one["name"]).starts_with("notify-"))
        {
            let written = template.to_string();
            for secret in ["\"commit-statuses\"", "\"slack\"", "\"bot\""] {
                assert!(!written.contains(secret), "{}", template["name"]);
            }
        }
    }
}

/// What a notice may take before and while it runs is part of what a delivery may take.
#[test]
fn a_notice_has_a_bound() {
    let all = tree().of_kind("WorkflowTemplate").flat_map(|object| list(&object.value["spec"]["templates"]));
    let notices: Vec<_> = all.filter(|template| text(&template["name"]).starts_with("notify-")).collect();
    // Two of the project, which all pipelines share, and two of a pipeline.
    assert_eq!(notices.len(), 4);
    for template in notices {
        assert_eq!((&template["activeDeadlineSeconds"], &template["pendingTimeout"]), (&json!(60), &json!("60s")));
        assert_eq!(template["retryStrategy"]["limit"], "1");
    }
}
