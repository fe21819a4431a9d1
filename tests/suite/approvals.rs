//! What a delivery does after each answer to an `approve` stage: with the controller's rules, without its pods.

use pipelinec::argo::Error;
use pipelinec::argo::expression::Variables;
use pipelinec::argo::workflow::{Answered, Ended, Phase, Pods, Run, run};
use serde_json::Value;
use std::collections::BTreeMap;
use testkit::compiled::{Tree, every_tree, text};
use testkit::runs::submitted;

/// Pods that do what they are asked, and people.
#[derive(Default)]
struct Scene {
    answers: BTreeMap<&'static str, Answered>,
    /// What the people were shown.
    asked: Vec<(String, String)>,
    /// The variables of the pod that says that nobody approved.
    refused: Variables,
}

impl Pods for Scene {
    fn run(&mut self, step: &str, template: &Value) -> Result<Ended, Error> {
        let outputs = match text(&template["name"]) {
            "refused" => {
                self.refused = testkit::runs::environment(&template["script"]).into_iter().collect();
                return Ok(Ended { phase: Phase::Failed, outputs: Some(Variables::new()) });
            }
            "build" => Variables::from([("digest".to_owned(), format!("sha256:{}", "a".repeat(64)))]),
            _ if step == "enter" || step.starts_with("open") => Variables::from([(
                "images".to_owned(),
                r#"{"shop": {"code": {"reference": "r", "digest": "d"}}}"#.to_owned(),
            )]),
            _ => Variables::new(),
        };
        Ok(Ended { phase: Phase::Succeeded, outputs: Some(outputs) })
    }

    fn answered(&mut self, step: &str, template: &Value) -> Result<Answered, Error> {
        let inputs = template["inputs"]["parameters"].as_array().expect("inputs");
        assert_eq!(text(&inputs[1]["name"]), "message");
        self.asked.push((step.to_owned(), text(&template["suspend"]["duration"]).to_owned()));
        Ok(self.answers.remove(step).unwrap_or_else(|| yes("YES")))
    }
}

fn yes(answer: &str) -> Answered {
    Answered::Supplied(Variables::from([("approved".to_owned(), answer.to_owned())]))
}

fn deliver(tree: &Tree, scene: &mut Scene) -> Run {
    let templates =
        |name: &str| tree.of_kind("WorkflowTemplate").find(|object| object.name() == name).map(|object| &object.value);
    run(&templates, &submitted("shop"), scene).unwrap_or_else(|Error(why)| panic!("{why}"))
}

fn tree() -> &'static Tree {
    every_tree().find(|(name, _)| name.starts_with("tests/cases/approvals,")).expect("a tree").1
}

fn phase(run: &Run, step: &str) -> Option<Phase> {
    run.steps.iter().chain(&run.finish).find(|(name, _)| name == step).map(|(_, phase)| *phase)
}

#[test]
fn a_delivery_continues_when_people_approve() {
    let mut scene = Scene::default();
    let run = deliver(tree(), &mut scene);
    assert_eq!(run.phase, Phase::Succeeded);
    let asked = [("approve", "28800s"), ("approve-2", "43200s")];
    assert_eq!(scene.asked, asked.map(|(step, time)| (step.to_owned(), time.to_owned())));
    for step in ["refused", "refused-2"] {
        assert_eq!(phase(&run, step), Some(Phase::Skipped));
    }
    assert_eq!(phase(&run, "settle"), Some(Phase::Succeeded));
}

/// Silence, a plain resume, one of the step alone, a refusal and any other word: none of them approves.
#[test]
fn nothing_but_yes_approves() {
    let answers = [
        (Answered::Unanswered, "NO"),
        (Answered::Resumed, ""),
        (yes("NO"), "NO"),
        (yes("yes"), "yes"),
        (yes(""), ""),
        (yes("YES "), "YES "),
        (yes("' == '' || 'YES"), "' == '' || 'YES"),
    ];
    for (answer, said) in answers {
        let mut scene = Scene { answers: BTreeMap::from([("approve-2", answer.clone())]), ..Scene::default() };
        let run = deliver(tree(), &mut scene);
        assert_eq!(run.phase, Phase::Failed, "{answer:?}");
        assert_eq!(phase(&run, "refused-2"), Some(Phase::Failed), "{answer:?}");
        assert_eq!(scene.refused["ANSWER"], format!("Succeeded:{said}"));
        assert_eq!(scene.refused["QUESTION"], "approve-2");
        assert_eq!(scene.refused["WITHIN"], "12h");
        for step in ["enter", "promote"] {
            assert_eq!(phase(&run, step), None, "{answer:?}");
        }
        for step in ["close-staging", "gone-staging"] {
            assert_eq!(phase(&run, step), Some(Phase::Succeeded), "{answer:?}");
        }
    }
}

#[test]
fn a_stopped_question_ends_the_run() {
    let mut scene = Scene { answers: BTreeMap::from([("approve", Answered::Stopped)]), ..Scene::default() };
    let run = deliver(tree(), &mut scene);
    assert_eq!(run.phase, Phase::Failed);
    assert_eq!(phase(&run, "open-staging"), None);
}

/// Braces of a message are never a tag of Argo, and everything else arrives.
#[test]
fn a_message_is_shown_and_not_evaluated() {
    let delivery = tree().object("WorkflowTemplate", "shop")["spec"]["templates"]
        .as_array()
        .and_then(|templates| templates.iter().find(|template| template["name"] == "delivery"))
        .expect("the delivery");
    let groups = delivery["steps"].as_array().expect("steps");
    let step = groups.iter().find(|group| group[0]["name"] == "approve-2").expect("the second question");
    assert_eq!(
        text(&step[0]["arguments"]["parameters"][0]["value"]),
        "shop {{inputs.parameters.version}} of release/next: { {workflow.name}} { https://github.com/acme/shop/commit/{{workflow.parameters.sha}}} $(HOME)"
            .replace("{ https", "{https")
    );
}
