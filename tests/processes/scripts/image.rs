//! The wait for an image of a CI, with a recorder in crane's place.

use pipelinec::steps::image::IMAGE;

use super::support::{Run, START, Tools, World, digest};

const UNKNOWN: &str = "MANIFEST_UNKNOWN: manifest unknown; map[Tag:abc1234]";
const NO_REPOSITORY: &str = "NAME_UNKNOWN: repository name not known to registry";
const REFUSED: &str = "DENIED: requested access to the resource is denied";
const AWAY: &str = "unexpected status code 503 Service Unavailable: upstream connect error";

fn wait<'w>(world: &'w World, answers: &[&str]) -> Run<'w> {
    world.write("crane.answers", &(answers.join("\n") + "\n"));
    world.write("crane.log", "");
    world.write("clock", &START.to_string());
    world
        .run(&IMAGE)
        .set("REPOSITORY", "registry:5000/acme/shop")
        .set("TAG", "sha-abc1234")
        .set("TIMEOUT_SECONDS", "60")
        .set("POLL_SECONDS", "10")
}

fn calls(world: &World) -> Vec<String> {
    world.read("crane.log").lines().map(str::to_owned).collect()
}

#[test]
fn an_image_that_is_there_is_taken_at_once() {
    for tools in Tools::all() {
        let mut world = World::empty();
        world.tools = tools;
        let outcome = wait(&world, &[&digest(7)]).succeeds();
        assert_eq!(outcome.output("digest"), digest(7));
        assert_eq!(calls(&world), ["digest registry:5000/acme/shop:sha-abc1234"]);
        assert!(outcome.said().contains(&format!("found registry:5000/acme/shop:sha-abc1234@{}", digest(7))));
    }
}

#[test]
fn a_registry_without_tls_is_asked_without_it() {
    let world = World::empty();
    wait(&world, &[&digest(7)]).set("INSECURE", "true").succeeds();
    assert_eq!(calls(&world), ["digest --insecure registry:5000/acme/shop:sha-abc1234"]);
}

#[test]
fn it_is_waited_for_until_the_ci_has_pushed_it() {
    for tools in Tools::all() {
        let mut world = World::empty();
        world.tools = tools;
        let html = "unexpected status code 404 Not Found: <html>";
        let outcome = wait(&world, &[NO_REPOSITORY, UNKNOWN, html, AWAY, AWAY, &digest(7)]).succeeds();
        assert_eq!(outcome.output("digest"), digest(7));
        assert_eq!(calls(&world).len(), 6);
        // What is only not there yet is no news, and what is wrong is said once.
        assert_eq!(outcome.said().matches("could not be asked").count(), 1, "{}", outcome.said());
    }
}

#[test]
fn a_wait_that_runs_out_says_which_image_is_missing() {
    let world = World::empty();
    wait(&world, &[UNKNOWN]).fails(&["there is no image registry:5000/acme/shop:sha-abc1234 after 60 s"]);
    assert_eq!(calls(&world).len(), 7);
    wait(&world, &[UNKNOWN, AWAY]).fails(&["could not be asked for registry:5000/acme/shop:sha-abc1234", "503"]);
}

#[test]
fn a_registry_that_refuses_is_not_asked_until_the_end() {
    let world = World::empty();
    for refusal in [
        REFUSED,
        "UNAUTHORIZED: authentication required; [map[Action:pull]]",
        "unexpected status code 401 Unauthorized: denied",
        "unexpected status code 403 Forbidden",
    ] {
        wait(&world, &[refusal]).fails(&["does not let this step read registry:5000/acme/shop:sha-abc1234"]);
        assert_eq!(calls(&world).len(), 3, "{refusal}");
    }
    // A single refusal may be the moment at which a token is replaced.
    wait(&world, &[REFUSED, REFUSED, UNKNOWN, REFUSED, &digest(7)]).succeeds();
}

#[test]
fn what_the_registry_says_is_only_text() {
    let world = World::empty();
    let hostile = "$(touch PWNED) `touch PWNED` \\033[2J {{workflow.name}} '\\n\\nerror: x\\nError: second: UNKNOWN: y";
    let outcome = wait(&world, &[hostile]).fails(&["could not be asked"]);
    assert!(!outcome.said().contains('\u{1b}'));
    assert!(!world.path("PWNED").exists() && !std::path::Path::new("PWNED").exists());
    for answer in ["sha256:x", "sha256:", &format!("{} x", digest(7)), &digest(7).replace('7', "A")] {
        wait(&world, &[answer]).fails(&["expected sha256:<64 hex>"]);
    }
}

#[test]
fn what_could_become_another_option_is_refused() {
    let world = World::empty();
    for (name, value) in [
        ("REPOSITORY", "-r/x"),
        ("REPOSITORY", "x"),
        ("REPOSITORY", "r/x:tag"),
        ("REPOSITORY", "r/x@sha256:1"),
        ("REPOSITORY", "https://r/x"),
        ("REPOSITORY", "r/x --platform=linux/arm64"),
        ("TAG", "-v"),
        ("TAG", "a b"),
        ("TAG", "a@b"),
        ("INSECURE", "yes"),
        ("TIMEOUT_SECONDS", "1h"),
    ] {
        wait(&world, &[&digest(7)]).set(name, value).fails(&[&format!("{name} is '")]);
    }
    assert_eq!(calls(&world), Vec::<String>::new());
}
