//! The first step.

use pipelinec::emit::scripts::Script;

use super::support::{Run, World};

fn check(world: &World) -> Run<'_> {
    world
        .run(Script::Check)
        .set("REVISION", &world.head("ping"))
        .set("BRANCH", "main")
        .set("SOURCE_URL", &world.url("ping"))
        .set("TREE_DIGEST", "a")
        .set("SHARED_DIGEST", "a")
}

#[test]
fn a_commit_of_the_branch_passes_and_its_subject_is_shown() {
    let world = World::new();
    world.commit("ping", "{{x}} $(id) \u{1b}[31mred\u{1b}[0m \u{1f680}\r\n\nbody", &[("file", "2")]);
    let outcome = check(&world).succeeds();
    outcome.says("{{x}} $(id)").says("\u{1f680}");
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
    check(&world).set("SOURCE_URL", "file:///nowhere.git").fails(&["could not read file:///nowhere.git", "GIT_TOKEN"]);
}

#[test]
fn a_sha_that_is_none_explains_how_to_submit_by_hand() {
    let world = World::new();
    for sha in ["main", "abc", &"0".repeat(40), &"A".repeat(40), &format!("{}\nx", "a".repeat(40))] {
        check(&world).set("REVISION", sha).fails(&["-p sha="]);
    }
}

#[test]
fn templates_of_two_builds_are_refused_first() {
    let world = World::new();
    check(&world)
        .set("SHARED_DIGEST", "b")
        .set("REVISION", "main")
        .fails(&["mixed pair", "a, the shared template with b"]);
}
