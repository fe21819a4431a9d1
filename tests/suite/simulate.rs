//! What a push would trigger, and why: the output for payloads as GitHub sends them.

use std::sync::LazyLock;

use pipelinec::argo::Error;
use pipelinec::plan::plan;
use pipelinec::simulate::{Answer, Push, Sandbox, Tree, simulate};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::filter::Filter;
use testkit::compiled::{Compiled, homelab};
use testkit::property;
use testkit::push::{commit, push, to, with};

/// A sandbox that nothing may ask for.
fn no_sandbox() -> Result<Box<dyn Sandbox>, Error> {
    Err(Error("a sandbox is laid out".into()))
}

fn objects(program: &Compiled) -> Tree {
    Tree::of(&program.trees.values().next().expect("a tree").files)
}

/// Why a pipeline of the sample system does not start; nothing if it does.
fn stays(pipeline: &str, body: &Value) -> Option<Vec<String>> {
    static OBJECTS: LazyLock<Tree> = LazyLock::new(|| objects(homelab()));
    stays_in(homelab(), &OBJECTS, pipeline, body)
}

/// The same in another program.
fn stays_in(program: &Compiled, objects: &Tree, pipeline: &str, body: &Value) -> Option<Vec<String>> {
    let tree = program.trees.values().next().expect("a tree");
    let push = Push::read(&body.to_string()).expect("a payload");
    let mut plan = plan(&tree.resolved);
    plan.deliveries.retain(|delivery| delivery.name == pipeline);
    match simulate(&plan, objects, &push, &no_sandbox) {
        Ok(target) => match target.pipelines.into_iter().next().expect("the pipeline").answer {
            Answer::Stays(reasons) => Some(reasons),
            Answer::Starts(_) => panic!("nothing starts without a sandbox"),
        },
        Err(error) => {
            assert_eq!(error.0, "a sandbox is laid out");
            None
        }
    }
}

const BOT: &str = "pipelinec-bot@users.noreply.github.com";

#[test]
fn each_condition_that_fails_is_named() {
    let ann = |paths: &[&str]| to("homelab-ping", push(&[commit("ann@example", paths)]));
    let hit = ann(&["app/x"]);
    assert_eq!(stays("homelabping", &hit), None);
    let cases = [
        (
            with(hit.clone(), "ref", json!("refs/heads/main-2")),
            "the branch is `refs/heads/main-2`; expected `refs/heads/main`",
        ),
        (with(hit.clone(), "ref", json!("refs/tags/v1")), "the branch is `refs/tags/v1`; expected `refs/heads/main`"),
        (with(hit.clone(), "ref", json!(7)), "the branch is `7`; expected `refs/heads/main`"),
        (with(hit.clone(), "deleted", json!(true)), "the branch was deleted"),
        (
            with(hit.clone(), "head_commit", json!({"message": "Docs [skip ci]\n\nmore"})),
            "the message of the newest commit skips it: `Docs [skip ci]…`",
        ),
        (
            to("homelab-ping", push(&[commit(BOT, &["app/x"])])),
            "the only commit is by `pipelinec-bot@users.noreply.github.com`: the commits of deliveries trigger nothing",
        ),
        (
            to("homelab-ping", push(&[commit(BOT, &["app/x"]), commit(BOT, &[])])),
            "all commits are by `pipelinec-bot@users.noreply.github.com`: the commits of deliveries trigger nothing",
        ),
        (
            to("homelab-ping", push(&[])),
            "the push contains no new commits, so no file changed; expected `app/**`, `deploy/dashboards/**`",
        ),
        (ann(&[]), "no file changed; expected `app/**`, `deploy/dashboards/**`"),
        (ann(&["docs/x"]), "the changed file does not match; expected `app/**`, `deploy/dashboards/**`\ndocs/x"),
        (
            ann(&["a", "b", "c", "d", "e", "f\u{1b}[31m", "g"]),
            "none of the 7 changed files match; expected `app/**`, `deploy/dashboards/**`\na\nb\nc\nd\ne\nand 2 more",
        ),
        (to("other", hit.clone()), "the repository is `chestercodes/other`; expected `chestercodes/homelab-ping`"),
        (
            with(hit.clone(), "repository", Value::Null),
            "the payload has no repository; expected `chestercodes/homelab-ping`",
        ),
        (
            json!({"zen": "Keep it logically awesome.", "hook_id": 1, "repository": {"full_name": "ChesterCodes/Homelab-Ping"}}),
            "the event is `ping`; expected `push`",
        ),
        (with(hit.clone(), "head_commit", json!({"message": {"not": "text"}})), "its filter cannot parse the payload"),
    ];
    for (body, expected) in cases {
        let reasons = stays("homelabping", &body).unwrap_or_else(|| panic!("it starts: {expected}"));
        let first = expected.lines().count();
        assert_eq!(reasons[..first.min(reasons.len())].join("\n"), expected);
    }
    // What deliveries write does not count; the pattern that leaves a file out is named.
    let tree = to("homelab-apps", push(&[commit("ann@example", &["generated/homelab/x.yaml", "README.md"])]));
    let mut everything = homelab().sources.clone();
    everything.iter_mut().for_each(|(_, text)| {
        *text = text
            .replace("delivers = tools, on push", "delivers = tools, on push { paths = [\"**\"], except = [\"*.md\"] }")
    });
    let everything = Compiled::of("everything", everything);
    assert_eq!(
        stays_in(&everything, &objects(&everything), "tools", &tree).expect("it stays"),
        [
            "none of the 2 changed files match; expected `**`",
            "generated/homelab/x.yaml is excluded by `generated/**`",
            "README.md is excluded by `*.md`"
        ]
    );
}

#[test]
fn what_github_leaves_out_is_said() {
    let files: Vec<_> = (0..3000).map(|n| format!("docs/{n}")).collect();
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    let reasons = stays("homelabping", &to("homelab-ping", push(&[commit("ann@example", &files)])));
    let reasons = reasons.expect("it stays");
    assert_eq!(
        reasons.last().map(String::as_str),
        Some("GitHub lists at most 2048 commits, with 3000 files each: more may have changed")
    );
    let large = to("homelab-ping", push(&[commit("ann@example", &["app/x", &"x".repeat(9 << 20)])]));
    let reasons = stays("homelabping", &large).expect("it stays");
    assert!(reasons[0].ends_with("bytes; the limit of the EventSource is 8388608"), "{reasons:?}");
}

proptest! {
    #![proptest_config(property::cases(200))]

    /// Whatever is in a payload, the answer is the filter's, and a reason is given for each no.
    #[test]
    fn the_answer_is_that_of_the_filter(body in crate::filter::bodies()) {
        let body = to("homelab-ping", body);
        let filter = Filter::of(&homelab().trees["homelab"], "homelabping");
        // A payload does not say its event; it has the fields of one.
        let push = Push::read(&with(body.clone(), "after", json!("a".repeat(40))).to_string()).expect("a payload");
        let reasons = stays("homelabping", &with(body, "after", json!("a".repeat(40))));
        prop_assert_eq!(reasons.is_none(), filter.lets_through(&push.body));
        prop_assert!(reasons.is_none_or(|reasons| !reasons.is_empty() && reasons.iter().all(|reason| !reason.is_empty())));
    }
}
