//! The first step of a pipeline that a tag or a schedule can start.

use pipelinec::steps::find::FIND;

use super::support::{Run, World};

fn find(world: &World) -> Run<'_> {
    world
        .run(&FIND)
        .set("BRANCH", "main")
        .set("SOURCE_URL", &world.url("ping"))
        .set("PIPELINE", "ping")
        .set("PIPELINE_DIGEST", "digest-1")
        .set("SHARED_DIGEST", "a")
        .set("STEPS_DIGEST", "a")
        .set("TREE_PATH", "generated/homelab")
}

/// A tag in the repository of `ping`, by the arguments of `git tag`; returns the commit that it is on.
fn tag(world: &World, arguments: &[&str]) -> String {
    world.git("clones/ping", &[&["-c", "user.name=x", "-c", "user.email=x@y", "tag"], arguments].concat());
    world.git("clones/ping", &["push", "-q", "-f", "origin", "--tags"]);
    world.git("clones/ping", &["rev-parse", "HEAD"])
}

#[test]
fn without_a_commit_it_is_the_head_of_the_branch() {
    let world = World::new();
    let outcome = find(&world).succeeds();
    assert_eq!((outcome.output("revision"), outcome.output("outdated")), (world.head("ping"), "false".to_owned()));
    let first = world.git("clones/ping", &["rev-parse", "HEAD"]);
    assert_eq!(find(&world).set("REVISION", &first).succeeds().output("revision"), first);
    find(&world).set("BRANCH", "gone").fails(&["has no branch 'gone'"]);
}

#[test]
fn a_tag_is_its_commit_even_if_the_branch_has_moved_on() {
    let world = World::new();
    let light = tag(&world, &["v1"]);
    let noted = tag(&world, &["-a", "v2", "-m", "a release"]);
    world.commit("ping", "later", &[("file", "2")]);
    for (name, commit) in [("v1", &light), ("v2", &noted)] {
        assert_eq!(find(&world).set("TAG", name).succeeds().output("revision"), *commit);
        assert_eq!(find(&world).set("TAG", name).set("REVISION", commit).succeeds().output("revision"), *commit);
    }
    find(&world).set("TAG", "v3").fails(&["cannot read the tag 'v3'"]);
}

#[test]
fn a_tag_that_was_moved_is_not_delivered_by_the_run_of_the_old_one() {
    let world = World::new();
    let old = tag(&world, &["v1"]);
    world.commit("ping", "later", &[("file", "2")]);
    world.git("clones/ping", &["pull", "-q", "origin", "main"]);
    let new = tag(&world, &["-f", "v1"]);
    assert_ne!(old, new);
    find(&world).set("TAG", "v1").set("REVISION", &old).fails(&["was moved", &old, &new]);
}

#[test]
fn a_tag_beside_the_branch_is_refused() {
    let world = World::new();
    world.git("clones/ping", &["commit", "-q", "--allow-empty", "-m", "side"]);
    world.git("clones/ping", &["push", "-q", "origin", "HEAD:side"]);
    tag(&world, &["v1"]);
    find(&world).set("TAG", "v1").fails(&["is not on the branch 'main'"]);
    find(&world).set("TAG", "v1").set("BRANCH", "side").succeeds();
}

#[test]
fn a_tag_that_no_payload_can_bring_is_refused() {
    let world = World::new();
    for name in ["-x", "v{{x}}", "v$(id)", "v x", "v;x", "v\nx", "a..b", "x.lock", "é"] {
        find(&world).set("TAG", name).fails(&["expected the name of a tag"]);
    }
    find(&world).set("REVISION", "main").fails(&["expected a full commit id"]);
}
