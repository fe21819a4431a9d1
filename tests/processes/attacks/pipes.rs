//! Whoever reads the output stops reading: that says nothing of how a command ends.

use std::process::{Command, Stdio};

use crate::support::{Folder, Run as _};
use testkit::review::{BASE, edited};

/// Which streams nobody reads.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Closed {
    Nothing,
    Out,
    Err,
    Both,
}

/// A stream whose other end is closed before anything is written.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

/// The folder in which a command runs: a valid program with its trees, a changed one, one with many errors, and manifests.
fn folder(errors: usize) -> Folder {
    let many: String = (0..errors).map(|number| format!("app a{number} {{ sauce = 1 }}\n")).collect();
    let folder = Folder::new()
        .file("good/shop.pipe", BASE)
        .file("worse/shop.pipe", edited(&[("replicas = 4", "replicas = 5"), ("50%, 5m]", "50%, 1m]")]))
        .file("bad/shop.pipe", format!("{BASE}{many}"))
        .file("laid/shop.pipe", BASE.replace("  ", "   "))
        .file("bad.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: A}\nspec: {prots: []}\n".repeat(3))
        .file(
            "push.json",
            format!(
                r#"{{"ref": "refs/heads/other", "after": "{}", "repository": {{"full_name": "acme/shop"}},
                "head_commit": {{"message": "x"}}, "commits": []}}"#,
                "1".repeat(40)
            ),
        );
    folder.run(&["build", "good", "-q"]).ends(0);
    folder
}

/// How a command ends.
fn run(folder: &Folder, arguments: &[&str], streams: Closed) -> Option<i32> {
    let stream = |is_closed| if is_closed { closed() } else { Stdio::null() };
    let status = Command::new(env!("CARGO_BIN_EXE_pipelinec"))
        .args(arguments)
        .current_dir(folder.path(""))
        .stdin(std::fs::File::open(folder.path("laid/shop.pipe")).expect("a file"))
        .stdout(stream(matches!(streams, Closed::Out | Closed::Both)))
        .stderr(stream(matches!(streams, Closed::Err | Closed::Both)))
        .status();
    status.expect("it runs").code()
}

#[test]
fn a_closed_pipe_changes_no_exit_code() {
    let mut commands: Vec<(i32, Vec<&str>)> = vec![
        (0, vec!["--version"]),
        (0, vec!["--help"]),
        (0, vec!["check", "--help"]),
        (2, vec!["chekc"]),
        (0, vec!["check", "good"]),
        (2, vec!["check", "nowhere"]),
        (1, vec!["check", "bad", "--fix"]),
        (0, vec!["build", "good"]),
        (0, vec!["build", "worse"]),
        (1, vec!["build", "bad"]),
        (0, vec!["build", "good", "--check"]),
        (1, vec!["build", "worse", "--check"]),
        (2, vec!["build", "good", "-t", "none"]),
        (0, vec!["diff", "good", "--exit-code"]),
        (1, vec!["diff", "bad"]),
        (2, vec!["diff", "good", "--against", "git:HEAD"]),
        (0, vec!["explain"]),
        (0, vec!["explain", "R03"]),
        (2, vec!["explain", "E9999"]),
        (0, vec!["fmt", "good"]),
        (0, vec!["fmt", "laid"]),
        (0, vec!["fmt", "-"]),
        (1, vec!["fmt", "--check", "laid"]),
        (0, vec!["completions", "bash"]),
        (0, vec!["man"]),
        (0, vec!["init", "new"]),
        (2, vec!["init", "good"]),
        (1, vec!["simulate", "bad", "--payload", "push.json"]),
        (2, vec!["simulate", "good", "--payload", "none.json"]),
        (2, vec!["verify", "nowhere", "--offline"]),
        (1, vec!["graph", "bad"]),
    ];
    for format in ["human", "short", "json", "sarif", "github"] {
        commands.push((1, vec!["check", "bad", "--format", format]));
        commands.push((0, vec!["check", "good", "--format", format]));
        commands.push((1, vec!["build", "bad", "--format", format]));
        commands.push((1, vec!["verify", "bad.yaml", "--offline", "--format", format]));
    }
    for format in ["text", "markdown", "json"] {
        commands.push((1, vec!["diff", "worse", "--fail-on", "caution", "--format", format]));
        commands.push((0, vec!["diff", "worse", "--fail-on", "danger", "--format", format]));
        commands.push((1, vec!["diff", "worse", "--exit-code", "--format", format]));
    }
    for format in ["text", "json"] {
        commands.push((1, vec!["simulate", "good", "--payload", "push.json", "--format", format]));
    }
    for format in ["mermaid", "dot", "svg"] {
        commands.push((0, vec!["graph", "good", "--format", format]));
    }
    let mut wrong = Vec::new();
    let mut folder = folder(3);
    let before = folder.listing("");
    for (code, arguments) in &commands {
        let mut left = None;
        for streams in [Closed::Nothing, Closed::Out, Closed::Err, Closed::Both] {
            let found = run(&folder, arguments, streams);
            if found != Some(*code) {
                wrong.push(format!("{arguments:?} ends with {found:?}, not {code}, where {streams:?} is closed"));
            }
            let there = folder.listing("");
            if there != before {
                folder = self::folder(3);
            }
            let known = left.get_or_insert_with(|| there.clone());
            assert!(there == *known, "{arguments:?} does not do its work where {streams:?} is closed");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// As a shell does it, where the reader goes while there is more to come.
#[test]
fn a_reader_that_goes_away_changes_no_exit_code() {
    let folder = folder(1000);
    let program = env!("CARGO_BIN_EXE_pipelinec");
    for (command, code) in [
        ("diff worse --fail-on caution --format json | head -n 1", 1),
        ("diff worse --fail-on caution | head -c 1", 1),
        ("check bad | head -n 1", 1),
        ("check bad --format json | head -n 1", 1),
        ("check good | head -n 1", 0),
        ("build bad 2>&1 >/dev/null | head -n 1", 1),
    ] {
        let (before, after) = command.split_once(" |").expect("a pipe");
        let script = format!("{{ '{program}' {before}; echo $? >&3; }} 3>code |{after} >/dev/null");
        let status = Command::new("sh").args(["-c", &script]).current_dir(folder.path("")).status().expect("sh");
        assert!(status.success());
        assert_eq!(folder.text("code").trim(), code.to_string(), "{command}");
    }
}
