//! What a change of the sources does, as the program says it: of revisions of git, and in the recipes for CI.

mod ci;
mod edits;
mod revisions;

use std::path::Path;
use std::process::Command;

/// Runs the program.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_pipelinec")).args(arguments).current_dir(folder).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}
