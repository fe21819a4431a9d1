//! The guides are true: what they tell to type can be typed, what they say that a step prints is printed by it, the steps
//! that they name are emitted, and the first delivery is followed as far as this machine goes.
//!
//! What `docs.rs` and `layout.rs` hold of every page holds of them too. Beside that
//!
//! - blocks of `sh` are shell, and each `pipelinec …` in them parses,
//! - blocks of `yaml` are YAML,
//! - the blocks of `sh` after `<!-- followed -->` are run, one after the other, in one shell and one folder,
//! - a block after `<!-- written: FILE -->` is what that file is then,
//! - a line `> …` is a message of a script; `…` stands for what differs.

use crate::docs::{PAGES, fences, read};
use crate::help::{commands, parses};
use crate::support::Folder;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

const FIRST_DELIVERY: &str = "grammar/guides/first-delivery.md";
const FAILURES: &str = "grammar/guides/when-a-delivery-fails.md";

/// The texts of files below a folder of the repository.
fn texts(folder: &str, endings: &[&str]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.expect("it can be listed").into_path());
    let paths =
        paths.filter(|path| endings.iter().any(|ending| path.extension().is_some_and(|found| found == *ending)));
    let texts: Vec<_> = paths.map(|path| fs::read_to_string(path).expect("it is text")).collect();
    assert!(!texts.is_empty(), "there is nothing in {folder}");
    texts
}

/// A block in a list is indented like the list.
fn blocks(document: &str, language: &str) -> Vec<(usize, String)> {
    let flush: String = document
        .lines()
        .scan(0, |indent, line| {
            let bare = line.trim_start();
            if bare.starts_with("```") && bare.len() > 3 {
                *indent = line.len() - bare.len();
            }
            Some(format!("{}\n", line.get(*indent..).unwrap_or_default()))
        })
        .collect();
    fences(&flush).into_iter().filter(|fence| fence.info == language).map(|fence| (fence.line, fence.text)).collect()
}

#[test]
fn what_is_to_be_typed_can_be_typed() {
    let mut count = 0;
    for path in PAGES {
        let document = read(path);
        for (line, text) in blocks(&document, "sh") {
            let output = Command::new("sh").args(["-n", "-c", &text]).output().expect("there is a shell");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && said.is_empty(), "{path}, line {line}: {said}");
            text.lines().flat_map(commands).for_each(|words| parses(&words));
            count += 1;
        }
        // In the running text as well, where nothing is left out.
        let code = document.split('`').skip(1).step_by(2).filter(|code| !code.contains('<'));
        for words in code.flat_map(commands) {
            if words.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase() || "-./".contains(c))) {
                parses(&words);
                count += 1;
            }
        }
    }
    assert!(count > 30, "only {count} blocks and commands were found");
}

#[test]
fn what_is_written_by_hand_is_yaml() {
    let mut count = 0;
    for path in PAGES {
        let document = read(path);
        let excerpts: BTreeSet<_> = fences(&document)
            .iter()
            .filter(|fence| fence.before.starts_with("<!-- excerpt: "))
            .map(|fence| fence.text.clone())
            .collect();
        for (line, text) in blocks(&document, "yaml").into_iter().filter(|(_, text)| !excerpts.contains(text)) {
            let value: Result<serde_json::Value, _> = serde_yaml::from_str(&text);
            let value = value.unwrap_or_else(|error| panic!("{path}, line {line}: {error}"));
            assert!(value.is_object() || value.is_array(), "{path}, line {line}: {value}");
            count += 1;
        }
    }
    assert!(count > 6, "only {count} blocks were found");
}

/// A shell that follows the guide, with repositories of this machine in the place of those on GitHub.
fn follow(folder: &Folder, script: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_pipelinec")).parent().expect("it is in a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a path"));
    let here = format!("url.file://{}/.insteadOf", folder.path("remote").display());
    let output = Command::new("sh")
        .args(["-e", "-u", "-c", script])
        .current_dir(folder.path(""))
        .env("PATH", path)
        .env("HOME", folder.path(""))
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null"), ("GIT_CONFIG_COUNT", "3")])
        .envs([("GIT_CONFIG_KEY_0", here.as_str()), ("GIT_CONFIG_VALUE_0", "https://github.com/")])
        .envs([("GIT_CONFIG_KEY_1", "user.name"), ("GIT_CONFIG_VALUE_1", "A")])
        .envs([("GIT_CONFIG_KEY_2", "user.email"), ("GIT_CONFIG_VALUE_2", "a@acme.io")])
        .output()
        .expect("there is a shell");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    assert!(output.status.success(), "{script}\n{}{}", said[0], said[1]);
    said.concat()
}

#[test]
fn the_first_delivery_is_followed_up_to_the_cluster() {
    let guide = read(FIRST_DELIVERY);
    let fences = fences(&guide);
    let steps: Vec<_> = fences.iter().filter(|fence| fence.before == "<!-- followed -->").collect();
    assert!(steps.len() > 1 && steps.iter().all(|step| step.info == "sh"));
    let folder = Folder::new();
    follow(&folder, "git init -q --bare -b main remote/acme/gitops");
    follow(&folder, &steps.iter().map(|step| step.text.as_str()).collect::<String>());

    // What is pushed is what the guide goes on with.
    follow(&folder, "git clone -q -b main https://github.com/acme/gitops pushed");
    assert_eq!(folder.run(&["check", "pushed"]).ends(0).stdout, "2 files, no errors or warnings\n");
    folder.run(&["build", "pushed", "-o", "pushed/generated", "--check"]).ends(0);
    let written: Vec<_> = fences
        .iter()
        .filter_map(|fence| Some((fence.before.strip_prefix("<!-- written: ")?.strip_suffix(" -->")?, &fence.text)))
        .collect();
    assert_eq!(written.len(), 2);
    for (file, text) in written {
        assert_eq!(&folder.text(&format!("pushed/{file}")), text, "{file}: the guide shows something else");
    }

    // The Secrets, addresses and versions of the guide are those of the tree.
    let readme = folder.text("pushed/generated/acme/README.md");
    for row in readme.lines().filter(|line| line.starts_with("| Argo ")) {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let what = cells.next().and_then(|cell| cell.split(',').next()).expect("a name");
        let version = cells.next().expect("a version");
        assert!(guide.contains(&format!("\n| {what} | {version} |")), "{row}");
    }
    assert!(readme.contains("| `pipeline` | `github` | `token`, `webhookSecret` |"), "{readme}");
    assert!(guide.contains("secret generic github -n pipeline --from-file=token --from-file=webhookSecret="));
    for text in ["`acme-github-eventsource-svc`", "port 7000", "`/api/webhook`", "`argocd-applicationset-controller`"] {
        assert!(readme.contains(text) && guide.contains(text), "{text}");
    }
    assert!(
        readme.contains("`https://hooks.acme.io/acme-shop`") && guide.contains("url]=https://hooks.acme.io/acme-shop'")
    );

    // What it says that is to be seen is made by the tree: in the namespaces of the table, and among the steps.
    let tree: String = folder.listing("pushed/generated/acme").into_values().collect();
    let seen = guide.split_once("You should see:").and_then(|(_, rest)| rest.split_once("## 5.")).expect("a part").0;
    let steps =
        guide.split_once("| step | what it does").and_then(|(_, rest)| rest.split_once("\n\n")).expect("a table").0;
    let names: Vec<_> =
        seen.lines().filter(|line| line.starts_with("| `")).flat_map(|line| line.split('|').skip(2)).collect();
    let names = names.into_iter().chain(steps.lines().filter_map(|line| line.split('|').nth(1)));
    let names: BTreeSet<_> = names.flat_map(|text| text.split('`').skip(1).step_by(2)).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let made = [format!("name: {name}\n"), format!("name: \"{name}\"\n")];
        assert!(made.iter().any(|text| tree.contains(text)), "nothing is called {name}");
    }
}

/// A message of a script, without the word that every failure begins with.
fn pieces(quoted: &str) -> Vec<&str> {
    let quoted = quoted.strip_prefix("error: ").or_else(|| quoted.strip_prefix("PROBLEM: ")).unwrap_or(quoted);
    quoted.split('…').map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

#[test]
fn the_messages_are_those_of_the_scripts() {
    let scripts = [texts("src/steps", &["sh"]), texts("src/providers", &["sh"])].concat();
    let mut count = 0;
    for (at, line) in read(FAILURES).lines().enumerate() {
        let Some(quoted) = line.strip_prefix("> ") else { continue };
        count += 1;
        let pieces = pieces(quoted);
        assert!(pieces.iter().any(|piece| piece.len() > 4), "line {}: {quoted} says nothing", at + 1);
        let printed = scripts.iter().flat_map(|script| script.lines()).any(|printed| {
            let mut rest = Some(printed);
            for piece in &pieces {
                rest = rest.and_then(|text| text.find(piece).map(|at| &text[at + piece.len()..]));
            }
            rest.is_some()
        });
        assert!(printed, "line {}: no script prints {quoted}", at + 1);
    }
    assert!(count > 20, "only {count} messages were found");
}

#[test]
fn the_steps_are_those_of_the_workflows() {
    let trees: String = texts("generated", &["yaml"]).concat();
    let guide = read(FAILURES);
    let mut count = 0;
    for line in guide.lines().filter(|line| line.starts_with("Step: ") || line.starts_with("Steps: ")) {
        // Up to the first full stop are names, and words around them.
        let names = line.split(". ").next().unwrap_or_default();
        for name in names.split('`').skip(1).step_by(2) {
            let (name, end) = name.strip_suffix('…').map_or((name, "\n"), |name| (name, ""));
            assert!(trees.contains(&format!("- name: {name}{end}")), "no step is called {name}: {line}");
            count += 1;
        }
    }
    assert!(count > 10, "only {count} steps were found");
    for name in ["finish", "put-back-production", "restored-production", "pipelinec-janitor", "pipelinec.dev/namespace"]
    {
        assert!(guide.contains(name) && trees.contains(name), "{name}");
    }
    // Numbers that the text gives for the emitted ones.
    assert!(trees.contains("secondsAfterFailure: 604800") && trees.contains("secondsAfterSuccess: 86400"));
    assert!(guide.contains("seven days with its pods") && trees.contains("strategy: OnWorkflowSuccess"));
    assert!(guide.contains("every five minutes") && trees.contains("\"*/5 * * * *\""));
}
