//! Several writers, and a server that does not do as it is asked.

use std::fs;

use super::support::{STAGED, STANDING, VERSION, World};
use serde_json::json;

#[test]
fn eight_writers_at_once_all_land() {
    let world = World::new();
    // Whoever does not land has been beaten by somebody who did, so eight attempts are enough without any waiting.
    world.tool("sleep", "#!/bin/sh\n");
    let versions: Vec<_> = (0..8).map(|n| format!("v2025112416000{n}-9f0e2b")).collect();
    let children: Vec<_> = versions
        .iter()
        .map(|version| {
            let out = format!("out-{version}");
            let run = world
                .act("open")
                .set("MEMBERS", "")
                .set("VERSION", version)
                .set("OUT", world.path(&out).to_str().expect("a path"));
            run.command().spawn().expect("the shell runs")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("an end").success());
    }
    for version in &versions {
        assert!(world.has(&format!("apps/homelab/staging/{version}.json")), "{version}");
    }
    assert_eq!(world.commits(), 9);
}

#[test]
fn an_edit_is_made_again_on_what_somebody_else_left() {
    let world = World::new();
    world.stand(&json!({"db": world.delivered("db", &json!({}))}));
    world.git("clones/gitops", &["commit", "-q", "--allow-empty", "-m", "a person was faster"]);
    // The first push of the script finds that the branch has moved a moment ago.
    world.tool("git", include_str!("fake/git-late.sh"));
    let outcome = world.act("promote").succeeds();
    outcome.says("attempt 1 did not land");
    let log = world.git("repos/gitops.git", &["log", "--format=%s", "-2", "main"]);
    assert_eq!(log, format!("promote ping {VERSION} to production\na person was faster"));
    assert!(world.entry("db")["change"].is_string());
}

#[test]
fn a_push_whose_answer_was_lost_is_not_made_twice() {
    let world = World::new();
    world.tool("git", include_str!("fake/git-lost.sh"));
    let outcome = world.act("open").succeeds();
    outcome.says("attempt 1 did not land").says("already, from this workflow");
    assert_eq!(world.commits(), 2);
    assert_eq!(outcome.output("salt"), world.manifest(STAGED)["salt"].as_str().expect("a salt"));
}

#[test]
fn a_refused_push_ends_after_twenty_attempts_with_the_reason() {
    let world = World::new();
    world.act("open").set("MEMBERS", "").succeeds();
    world.write("repos/gitops.git/hooks/pre-receive", "#!/bin/sh\necho 'this branch is protected'\nexit 1\n");
    world.executable("repos/gitops.git/hooks/pre-receive");
    world.act("put-back").succeeds().says("nothing to change");
    let outcome =
        world.act("close").fails(&["gave up", "20 attempts", "this branch is protected", "may write contents"]);
    assert_eq!(outcome.said().matches("did not land").count(), 19);
    assert!(world.has(STAGED));
}

#[test]
fn an_empty_repository_and_a_missing_branch_are_named() {
    let world = World::empty();
    world.commit("ping", "first", &[("file", "1")]);
    world.act("open").fails(&["has no branch 'main'", "commit the generated tree"]);
    let world = World::new();
    world.act("open").set("GITOPS_BRANCH", "release").fails(&["has no branch 'release'"]);
}

#[test]
fn a_repository_that_cannot_be_reached_is_tried_for_a_while() {
    let world = World::new();
    let outcome = world
        .act("open")
        .set("GITOPS_URL", "file:///nowhere.git")
        .fails(&["gave up on file:///nowhere.git", "nowhere.git"]);
    assert_eq!(outcome.said().matches("did not land").count(), 19);
}

#[test]
fn the_token_is_in_no_argument_address_or_file() {
    let world = World::new();
    world.tool("git", include_str!("fake/git-record.sh"));
    world.act("open").succeeds();
    let record = world.read("git.log");
    assert!(record.contains("fetch") && record.contains("push"), "{record}");
    assert!(!record.contains(super::support::TOKEN), "{record}");
    assert!(record.contains("askpass Username for 'https://git.example': x-access-token"), "{record}");
    assert!(record.contains("askpass Password for 'https://x-access-token@git.example': the token"), "{record}");
    assert!(record.contains("askpass Password for 'https://x-access-token@evil.example': nothing"), "{record}");
    assert!(record.contains("askpass Password for 'https://x-access-token@git.example.evil': nothing"), "{record}");
    assert!(!world.git("repos/gitops.git", &["log", "-p", "main"]).contains(super::support::TOKEN));
}

#[test]
fn a_whole_delivery_runs_under_busybox() {
    if !super::support::has_program("busybox") {
        return;
    }
    let world = World::new();
    for action in ["open", "enter", "promote", "settle", "put-back", "close"] {
        world.act(action).shell(&["busybox", "sh"]).succeeds();
    }
    assert_eq!(world.entry("ping")["state"], "deployed");
    assert!(!world.has(STAGED));
    assert!(world.has(STANDING));
    assert!(fs::read_dir(world.path("home")).expect("home").next().is_none());
}
