//! Several writers, and a server that does not do as it is asked.

use crate::support::program;
use std::fs;

use pipelinec::steps::janitor::JANITOR;
use serde_json::json;

use super::support::{OLDER, PERMANENT, Run, STAGED, Tools, VERSION, World};

/// A world in which the action has something to do: alone, and the action itself.
fn prepared(action: &str) -> World {
    let world = World::new();
    let mut unfinished = world.delivered("ping", &json!({}));
    match action {
        "settle" | "roll-back" => {
            unfinished["previous"] = unfinished.clone();
            unfinished["change"] = json!(VERSION);
            unfinished["state"] = json!("deploying");
            world.stand(&json!({"ping": unfinished}));
        }
        "close" | "sweep" => drop(world.act("open").succeeds()),
        "promote" => world.stand(&json!({"db": world.delivered("db", &json!({}))})),
        _ => {}
    }
    world.answers("workflows", &[r#"{"items": []}"#]);
    world
}

fn act<'a>(world: &'a World, action: &str) -> Run<'a> {
    if action != "sweep" {
        return world.act(action);
    }
    let run = world.run(&JANITOR).set("EPHEMERAL", "staging").set("PERMANENT", "production");
    run.set("PIPELINE_NAMESPACE", "pipeline")
}

/// Whether the action's effect is in the repository.
fn is_done(world: &World, action: &str) -> bool {
    let entry = |app: &str, field: &str| world.entry(app)[field].as_str().map(str::to_owned).unwrap_or_default();
    match action {
        "open" => world.has(STAGED),
        "enter" => entry("db", "change") == VERSION,
        "promote" => entry("ping", "state") == "deploying" && entry("db", "change") == OLDER,
        "settle" => (entry("ping", "state"), entry("ping", "change")) == ("deployed".to_owned(), VERSION.to_owned()),
        "roll-back" => entry("ping", "change") == OLDER,
        _ => !world.has(STAGED),
    }
}

const EDITS: [&str; 7] = ["open", "enter", "promote", "settle", "roll-back", "close", "sweep"];

#[test]
fn every_edit_is_repeated_on_top_of_a_concurrent_push() {
    for action in EDITS {
        let world = prepared(action);
        world.git("clones/gitops", &["fetch", "-q", "origin"]);
        world.git("clones/gitops", &["reset", "-q", "--hard", "origin/main"]);
        world.git("clones/gitops", &["commit", "-q", "--allow-empty", "-m", "a person was faster"]);
        // The first push of the script finds that the branch has moved a moment ago.
        world.tool("git", include_str!("fake/git-late.sh"));
        let commits = world.commits();
        act(&world, action).succeeds().says("attempt 1 failed");
        let log = world.git("repos/gitops.git", &["log", "--format=%s", "-2", "main"]);
        let mut subjects = log.lines();
        assert!(subjects.next().is_some_and(|subject| subject.starts_with(&action.replace('-', " "))), "{log}");
        assert_eq!(subjects.next(), Some("a person was faster"), "{action}");
        assert!(is_done(&world, action), "{action}");
        // And once more: there is nothing left to do.
        let again = act(&world, action).outcome();
        assert!(again.ok, "{action}: {}", again.said());
        assert_eq!(world.commits(), commits + 2, "{action}");
    }
}

/// Everybody at once, most of them in one file.
#[test]
fn eight_edits_of_all_kinds_at_once_all_land() {
    let world = World::new();
    world.tool("sleep", "#!/bin/sh\n");
    let (first, second, third) = ("v20251124160001-aaaaaa", "v20251124160002-bbbbbb", "v20251124160003-cccccc");
    let fourth = "v20251124160004-dddddd";
    world.act("open").set("MEMBERS", "").set("VERSION", first).succeeds();
    let mut unfinished = world.delivered("db", &json!({}));
    unfinished["previous"] = unfinished.clone();
    unfinished["change"] = json!(second);
    unfinished["state"] = json!("deploying");
    let mut through = world.delivered("db", &json!({}));
    through["change"] = json!(fourth);
    through["revision"] = json!("");
    through["state"] = json!("deploying");
    world.stand(&json!({"db": unfinished, "redis": through}));
    world.answers("workflows", &[r#"{"items": []}"#]);
    let code = super::support::built(1).lines().next().expect("a line").to_owned();
    let open = |version: &str| world.act("open").set("MEMBERS", "").set("VERSION", version);
    let runs = [
        open(second),
        open(third),
        world.act("promote"),
        world
            .act("promote")
            .set("APP", "api")
            .set("VERSION", third)
            .set("IMAGES", &code)
            .set("REVISION", &world.head("api")),
        world.act("roll-back").set("APP", "db").set("VERSION", second),
        world.act("settle").set("APP", "redis").set("VERSION", fourth),
        world.act("close").set("VERSION", first),
        // One step, two pods: the second of them is late, and finds the work done.
        open(second),
    ];
    let commits = world.commits();
    let mut children = Vec::new();
    for (number, run) in runs.into_iter().enumerate() {
        let run = run.set("OUT", world.path(&format!("out-{number}")).to_str().expect("a path"));
        children.push(run.command().spawn().expect("the shell runs"));
    }
    for mut child in children {
        assert!(child.wait().expect("an end").success());
    }
    assert_eq!(world.commits(), commits + 7);
    let state = |app: &str| (world.entry(app)["state"].clone(), world.entry(app)["change"].clone());
    assert_eq!(state("ping"), (json!("deploying"), json!(VERSION)));
    assert_eq!(state("api"), (json!("deploying"), json!(third)));
    assert_eq!(state("db"), (json!("deployed"), json!(OLDER)));
    assert_eq!(state("redis"), (json!("deployed"), json!(fourth)));
    let open = |version: &str| world.has(&format!("apps/homelab/staging/{version}.json"));
    assert_eq!([first, second, third].map(open), [false, true, true]);
    assert_eq!(world.read("out-0/salt"), world.read("out-7/salt"), "one environment, one salt");
    assert_eq!(world.read("out-0/salt").len(), 64);
}

#[test]
fn a_push_whose_answer_was_lost_is_not_made_twice() {
    let world = World::new();
    world.tool("git", include_str!("fake/git-lost.sh"));
    let outcome = world.act("open").succeeds();
    outcome.says("attempt 1 failed").says("already exists, from this workflow");
    assert_eq!(world.commits(), 2);
    assert_eq!(outcome.output("salt"), world.manifest(STAGED)["salt"].as_str().expect("a salt"));
}

#[test]
fn a_refused_push_ends_after_twenty_attempts_with_the_reason() {
    let world = World::new();
    world.act("open").set("MEMBERS", "").succeeds();
    let hook = world.path("repos/gitops.git/hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().expect("a folder")).expect("a folder");
    program(&hook, "#!/bin/sh\necho 'this branch is protected'\nexit 1\n");
    world.act("roll-back").succeeds().says("nothing to change");
    let outcome =
        world.act("close").fails(&["gave up", "20 attempts", "this branch is protected", "may write contents"]);
    assert_eq!(outcome.said().matches(" failed: ").count(), 19);
    assert!(world.has(STAGED));
}

#[test]
fn an_empty_repository_and_a_missing_branch_are_named() {
    let world = World::empty();
    world.commit("ping", "first", &[("file", "1")]);
    for action in EDITS {
        act(&world, action).fails(&["has no branch 'main'", "commit the generated tree"]);
    }
    let world = World::new();
    world.act("open").set("GITOPS_BRANCH", "release").fails(&["has no branch 'release'"]);
}

#[test]
fn a_repository_that_cannot_be_reached_is_tried_for_a_while() {
    let world = World::new();
    let outcome = world
        .act("open")
        .set("GITOPS_URL", "file:///nowhere.git")
        .fails(&["cannot push to file:///nowhere.git", "nowhere.git"]);
    assert_eq!(outcome.said().matches(" failed: ").count(), 19);
}

/// A git that cannot tell what a commit holds has not said that it holds nothing.
#[test]
fn what_git_cannot_tell_is_not_taken_for_nothing() {
    for action in ["open", "enter", "promote", "settle", "roll-back", "close"] {
        let world = prepared(action);
        let commits = world.commits();
        world.tool("git", include_str!("fake/git-blind.sh"));
        act(&world, action).fails(&["cannot list", "the store is broken"]);
        assert_eq!(world.commits(), commits, "{action}");
    }
    let world = World::new();
    world.answers("workflows", &[r#"{"items": []}"#]);
    world.tool("git", include_str!("fake/git-blind.sh"));
    let janitor = world.run(&JANITOR).set("EPHEMERAL", "staging").set("PERMANENT", "production");
    janitor.set("PIPELINE_NAMESPACE", "pipeline").fails(&["cannot list", "the store is broken"]);
}

#[test]
fn each_edit_runs_with_the_tools_of_busybox() {
    if !Tools::all().contains(&Tools::Busybox) {
        return;
    }
    let mut world = World::new();
    world.tools = Tools::Busybox;
    for action in ["open", "enter", "promote", "settle", "roll-back", "close"] {
        world.act(action).succeeds();
    }
    assert_eq!(world.entry("ping")["state"], "deployed");
    assert!(!world.has(STAGED));
    assert!(world.has(PERMANENT));
    assert!(fs::read_dir(world.path("home")).expect("home").next().is_none());
}
