//! The guides are true: what they tell to type can be typed, what they say that a step prints is printed by it, and the steps
//! that they name are emitted.
//!
//! What `docs.rs` and `layout.rs` hold of every page holds of them too. Beside that
//!
//! - each `pipelinec …` in a block of `sh` parses,
//! - blocks of `yaml` are YAML,
//! - a line `> …` is a message of a script; `…` stands for what differs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use testkit::commands::{commands, parses};
use testkit::pages::{PAGES, blocks, fences, read};

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

#[test]
fn what_is_to_be_typed_can_be_typed() {
    let mut count = 0;
    for path in PAGES {
        let document = read(path);
        for (_, text) in blocks(&document, "sh") {
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

/// A message of a script, without the word that every failure begins with.
fn segments(quoted: &str) -> Vec<&str> {
    let quoted = quoted.strip_prefix("error: ").or_else(|| quoted.strip_prefix("PROBLEM: ")).unwrap_or(quoted);
    quoted.split('…').map(str::trim).filter(|segment| !segment.is_empty()).collect()
}

#[test]
fn the_messages_are_those_of_the_scripts() {
    let scripts = [texts("src/steps", &["sh"]), texts("src/providers", &["sh"])].concat();
    let mut count = 0;
    for (at, line) in read(FAILURES).lines().enumerate() {
        let Some(quoted) = line.strip_prefix("> ") else { continue };
        count += 1;
        let segments = segments(quoted);
        assert!(segments.iter().any(|segment| segment.len() > 4), "line {}: {quoted} says nothing", at + 1);
        let printed = scripts.iter().flat_map(|script| script.lines()).any(|printed| {
            let mut rest = Some(printed);
            for segment in &segments {
                rest = rest.and_then(|text| text.find(segment).map(|at| &text[at + segment.len()..]));
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
    for name in
        ["finish", "roll-back-production", "restored-production", "pipelinec-janitor", "pipelinec.dev/namespace"]
    {
        assert!(guide.contains(name) && trees.contains(name), "{name}");
    }
    // Numbers that the text gives for the emitted ones.
    assert!(trees.contains("secondsAfterFailure: 604800") && trees.contains("secondsAfterSuccess: 86400"));
    assert!(guide.contains("seven days with its pods") && trees.contains("strategy: OnWorkflowSuccess"));
    assert!(guide.contains("every five minutes") && trees.contains("\"*/5 * * * *\""));
}
