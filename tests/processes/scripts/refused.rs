//! Failing a run that nobody has approved.

use pipelinec::steps::refused::REFUSED;

use super::support::{Run, World};

fn refused<'a>(world: &'a World, answer: &str) -> Run<'a> {
    world
        .run(&REFUSED)
        .set("ANSWER", &format!("Succeeded:{answer}"))
        .set("QUESTION", "approve-2")
        .set("WITHIN", "8h")
        .set("WORKFLOW_NAME", "shop-a1a1a1a1a1a1")
}

#[test]
fn it_says_why_nobody_approved() {
    let world = World::empty();
    refused(&world, "NO").fails(&["nobody answered within 8h", "argo get shop-a1a1a1a1a1a1"]);
    refused(&world, "").fails(&["resumed without an answer"]);
    refused(&world, "yes").fails(&["the answer is 'yes', and only YES approves"]);
}

#[test]
fn an_answer_is_never_run() {
    let world = World::empty();
    for answer in ["$(touch hacked)", "`touch hacked`", "'; touch hacked; '", "\u{1b}[2J\nYES", "%s%n"] {
        refused(&world, answer).fails(&["only YES approves"]);
        assert!(!world.path("hacked").exists());
    }
    refused(&world, "YES").succeeds();
    refused(&world, "NO").set("ANSWER", "YES").fails(&["not approved"]);
}
