//! Looking whether an environment is open.

use pipelinec::steps::look::LOOK;
use serde_json::{Value, json};

use super::support::{Run, UID, VERSION, World};

fn look<'a>(world: &'a World, uid: &str) -> Run<'a> {
    world.run(&LOOK).set("WORKFLOW_UID", uid).set("VERSION", VERSION).set("ENVIRONMENT", "staging")
}

#[test]
fn an_open_environment_is_found_with_its_salt_and_its_images() {
    let world = World::new();
    world.act("open").set("MEMBERS", "ping redis").succeeds();
    let opened = world.act("open").succeeds();
    let found = look(&world, UID).succeeds();
    assert_eq!(found.output("opened"), "true");
    for output in ["salt", "images"] {
        assert_eq!(found.output(output), opened.output(output), "{output}");
    }
    assert!(serde_json::from_str::<Value>(&found.output("images")).is_ok_and(|images| images != json!({})));
    // That of another run is not touched.
    assert_eq!(look(&world, "another").succeeds().output("opened"), "false");
}

#[test]
fn an_environment_that_is_not_open_is_no_failure() {
    let world = World::new();
    let before = world.commits();
    let found = look(&world, UID).succeeds();
    assert_eq!(
        (found.output("opened"), found.output("salt"), found.output("images")),
        ("false".into(), String::new(), "{}".into())
    );
    world.act("open").succeeds();
    world.act("close").succeeds();
    look(&world, UID).succeeds().says(&format!("{VERSION}.json does not exist"));
    assert_eq!(world.commits(), before + 2);
}
