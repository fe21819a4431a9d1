//! When the tasks of `cleanup` stages run: with the controller's rules, without its pods.

use pipelinec::argo::Error;
use pipelinec::argo::expression::Variables;
use pipelinec::argo::workflow::{Answered, Ended, Phase, Pods, run};
use serde_json::Value;
use testkit::compiled::{every_tree, text};
use testkit::runs::submitted;

/// Pods of which one fails, and whether the environment is found open.
struct Scene {
    fails: &'static str,
    is_open: bool,
    /// The tasks that have run, with the image and the variables of each.
    ran: Vec<(String, String, Variables)>,
}

impl Pods for Scene {
    fn run(&mut self, step: &str, template: &Value) -> Result<Ended, Error> {
        let images = r#"{"shop": {"code": {"reference": "r.io/code@sha256:1", "digest": "d"}}}"#.to_owned();
        let mut outputs = Variables::new();
        match text(&template["name"]) {
            "build" => drop(outputs.insert("digest".into(), format!("sha256:{}", "a".repeat(64)))),
            "gitops" if step.starts_with("open") || step == "enter" => {
                outputs.insert("images".into(), images);
                outputs.insert("salt".into(), "s".into());
            }
            "look" => {
                outputs.insert("opened".into(), self.is_open.to_string());
                outputs.insert("images".into(), images);
                outputs.insert("salt".into(), "s".into());
            }
            name if template.get("container").is_some() => self.ran.push((
                name.to_owned(),
                text(&template["container"]["image"]).to_owned(),
                testkit::runs::environment(&template["container"]).into_iter().collect(),
            )),
            _ => {}
        }
        let phase = if step == self.fails { Phase::Failed } else { Phase::Succeeded };
        Ok(Ended { phase, outputs: Some(outputs) })
    }

    fn answered(&mut self, _: &str, _: &Value) -> Result<Answered, Error> {
        unreachable!("nobody is asked")
    }
}

/// The tasks that ran, in order, and the steps of the exit handler that ran.
fn deliver(fails: &'static str, is_open: bool) -> (Phase, Scene, Vec<String>) {
    let tree = every_tree().find(|(name, _)| name.starts_with("tests/cases/cleanup,")).expect("a tree").1;
    let templates =
        |name: &str| tree.of_kind("WorkflowTemplate").find(|object| object.name() == name).map(|object| &object.value);
    let mut scene = Scene { fails, is_open, ran: Vec::new() };
    let run = run(&templates, &submitted("shop"), &mut scene).unwrap_or_else(|Error(why)| panic!("{why}"));
    let finish = run.finish.into_iter().filter(|(_, phase)| *phase != Phase::Skipped).map(|(step, _)| step).collect();
    (run.phase, scene, finish)
}

fn tasks(scene: &Scene) -> Vec<&str> {
    scene.ran.iter().map(|(name, ..)| name.as_str()).collect()
}

const BRANCH: &str = "run-branch-in-staging";
const TEST: &str = "test-report-in-staging";
const UNBRANCH: &str = "cleanup-unbranch-in-staging";
const REPORT: &str = "cleanup-report-in-staging";

#[test]
fn a_good_delivery_cleans_up_once() {
    let (phase, scene, finish) = deliver("", true);
    assert_eq!((phase, tasks(&scene)), (Phase::Succeeded, vec![BRANCH, TEST, UNBRANCH, REPORT]));
    assert!(finish.is_empty(), "{finish:?}");
}

#[test]
fn a_failed_delivery_cleans_up_before_its_environment_is_closed() {
    let (phase, scene, finish) = deliver("test-report-staging", true);
    assert_eq!((phase, tasks(&scene)), (Phase::Failed, vec![BRANCH, TEST, UNBRANCH, REPORT]));
    let of = |step: &str| finish.iter().position(|known| known == step);
    assert!(of("look-staging") < of("cleanup-unbranch-staging"), "{finish:?}");
    assert!(of("cleanup-report-staging") < of("close-staging") && of("close-staging").is_some(), "{finish:?}");
    // With what the task would have had in its place.
    let (_, image, variables) = &scene.ran[2];
    assert_eq!(image, "r.io/code@sha256:1");
    assert_eq!(variables["PASSWORD"].len(), 32);
    assert_eq!(variables["PASSWORD"], scene.ran[0].2["PASSWORD"]);
}

/// What has succeeded is not repeated, even if a later stage fails; what has failed is tried again.
#[test]
fn only_what_has_not_succeeded_is_repeated() {
    assert_eq!(tasks(&deliver("close-staging", true).1), [BRANCH, TEST, UNBRANCH, REPORT]);
    assert_eq!(tasks(&deliver("cleanup-report-staging", true).1), [BRANCH, TEST, UNBRANCH, REPORT, REPORT]);
    let (_, scene, finish) = deliver("cleanup-unbranch-staging", true);
    assert_eq!(tasks(&scene), [BRANCH, TEST, UNBRANCH, UNBRANCH, REPORT]);
    assert!(finish.iter().any(|step| step == "close-staging"), "{finish:?}");
}

#[test]
fn nothing_is_cleaned_up_where_nothing_was_opened() {
    assert!(tasks(&deliver("open-staging", false).1).is_empty());
    let (_, scene, finish) = deliver("check", true);
    assert!(tasks(&scene).is_empty() && !finish.iter().any(|step| step == "look-staging"), "{finish:?}");
}
