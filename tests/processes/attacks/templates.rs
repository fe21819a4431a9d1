//! Text of a spec that would run a program, where somebody simulates a push.

use serde_json::json;
use testkit::hostile;
use testkit::push::{commit, push, with};

use crate::support::{Folder, Run as _};

#[test]
fn a_simulation_of_a_hostile_spec_runs_no_program() {
    let (author, branch, paths) = hostile::PROGRAMS[0];
    let command = "os.execute(([[touch@ran]]):gsub([[@]],string.char(32)))";
    let marker = author.replace("os.execute(0)", command);
    let folder = Folder::new().file("a.pipe", hostile::program(&marker, branch, paths));
    let mut sent = with(push(&[commit("ann@example", &["a/b"])]), "ref", json!("refs/heads/main"));
    sent["repository"] = json!({"full_name": "acme/shop"});
    folder.put("push.json", sent.to_string());
    let ran = folder.run(&["simulate", "--payload", "push.json"]);
    assert!(!folder.path("ran").exists(), "{ran:?}");
    assert!(ran.ends(1).stdout.contains("@AUTHOR@"), "{ran:?}");
}
