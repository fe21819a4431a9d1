//! The first step.

use pipelinec::steps::check::CHECK;

use super::support::{Run, World};

fn check(world: &World) -> Run<'_> {
    world
        .run(&CHECK)
        .set("REVISION", &world.head("ping"))
        .set("BRANCH", "main")
        .set("SOURCE_URL", &world.url("ping"))
        .set("PIPELINE", "ping")
        .set("PIPELINE_DIGEST", "digest-1")
        .set("SHARED_DIGEST", "a")
        .set("STEPS_DIGEST", "a")
        .set("TREE_PATH", "generated/homelab")
}

/// The check of a push to the GitOps repository itself.
fn check_gitops(world: &World, revision: &str, digest: &str) -> String {
    let run = check(world).set("SOURCE_URL", &world.url("gitops")).set("REVISION", revision);
    run.set("PIPELINE_DIGEST", digest).succeeds().output("outdated")
}

#[test]
fn a_commit_of_the_branch_passes_and_its_subject_is_shown() {
    let world = World::new();
    world.commit("ping", "{{x}} $(id) \u{1b}[31mred\u{1b}[0m \u{1f680}\r\n\nbody", &[("file", "2")]);
    let outcome = check(&world).succeeds();
    outcome.says("{{x}} $(id)").says("\u{1f680}");
    assert_eq!(outcome.output("outdated"), "false");
    assert!(!outcome.said().contains("body"));
    let first = world.git("clones/ping", &["rev-parse", "HEAD~1"]);
    check(&world).set("REVISION", &first).succeeds();
}

#[test]
fn what_is_not_on_the_branch_is_refused() {
    let world = World::new();
    world.git("clones/ping", &["commit", "-q", "--allow-empty", "-m", "side"]);
    world.git("clones/ping", &["push", "-q", "origin", "HEAD:side"]);
    let side = world.git("clones/ping", &["rev-parse", "HEAD"]);
    check(&world).set("REVISION", &side).fails(&["is not on the branch 'main'", "merge it first"]);
    check(&world).set("REVISION", &"e".repeat(40)).fails(&["is on no branch"]);
    check(&world).set("BRANCH", "gone").fails(&["has no branch 'gone'"]);
    check(&world)
        .set("SOURCE_URL", "file:///nowhere.git")
        .fails(&["cannot read file:///nowhere.git", "may the token of its host read it?"]);
}

#[test]
fn a_commit_that_the_server_shows_a_moment_later_is_waited_for() {
    let world = World::new();
    world.git("clones/ping", &["commit", "-q", "--allow-empty", "-m", "late"]);
    let late = world.git("clones/ping", &["rev-parse", "HEAD"]);
    world.tool("git", include_str!("fake/git-behind.sh"));
    check(&world).set("REVISION", &late).succeeds().says("late");
}

#[test]
fn a_sha_that_is_none_explains_how_to_submit_by_hand() {
    let world = World::new();
    for sha in ["main", "abc", &"0".repeat(40), &"A".repeat(40), &format!("{}\nx", "a".repeat(40))] {
        check(&world).set("REVISION", sha).fails(&["-p sha="]);
    }
}

#[test]
fn templates_of_two_builds_end_the_run_first() {
    let world = World::new();
    let outcome = check(&world).set("SHARED_DIGEST", "b").set("REVISION", "main").succeeds();
    assert_eq!(outcome.output("outdated"), "mixed");
    outcome.says("from different builds").says("restarts from the new templates");
}

/// The run was started by a push that changes its own pipeline, before Argo CD has applied the new templates.
#[test]
fn a_commit_that_is_ahead_of_the_templates_ends_the_run() {
    let world = World::new();
    let first = world.head("gitops");
    let changed = world.commit_digest("digest-2");
    assert_eq!(check_gitops(&world, &changed, "digest-1"), "behind");
    assert_eq!(check_gitops(&world, &changed, "digest-2"), "false");
    assert_eq!(check_gitops(&world, &first, "digest-2"), "false", "the templates are ahead: a later push brought them");
    let other = world.commit("gitops", "another app", &[("generated/homelab/apps/db/app.json", "{}")]);
    assert_eq!(check_gitops(&world, &other, "digest-1"), "behind");
    assert_eq!(check_gitops(&world, &other, "digest-2"), "false");
    // The change is taken back before Argo CD has looked.
    world.commit_digest("digest-1");
    assert_eq!(check_gitops(&world, &changed, "digest-1"), "false");
    // A tree that is in no commit is the next step's to complain of.
    assert_eq!(check_gitops(&world, &world.head("gitops"), "unknown"), "false");
}

#[test]
fn a_record_that_is_no_record_says_nothing() {
    let world = World::new();
    for text in ["", "[]", "{", "7", r#"{"digest": {"a": 1}}"#, r#"{"digest": "digest-1"} {}"#] {
        let head = world.commit("gitops", "record", &[("generated/homelab/workflows/ping.json", text)]);
        assert_eq!(check_gitops(&world, &head, "digest-1"), "false", "{text}");
    }
}
