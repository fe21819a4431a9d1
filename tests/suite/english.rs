//! Words that were replaced by the terms of the glossary in `grammar/README.md` occur nowhere in the texts of the
//! repository: messages, pages, comments, strings and names of tests.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Each retired word or phrase, and the term to write. A phrase is found across lines too.
const RETIRED: &[(&[&str], &str)] = &[
    (&["mistake", "mistakes"], "error, or diagnostic"),
    (&["mend", "mends", "mended", "mending"], "fix"),
    (&["put back", "puts back", "putting back", "put-back"], "roll back"),
    (&["circle", "circles"], "cycle"),
    (&["pass over", "passes over", "passed over", "passing over"], "skip"),
    (&["anew"], "again"),
    (&["a standing", "the standing", "standing environment", "standing environments"], "permanent"),
    (&["truth value", "truth values"], "boolean"),
    (&["whole number", "whole numbers"], "integer"),
    (&["a measure", "the measure"], "quantity"),
    (&["least version"], "minimum version"),
    (&["what must hold", "at most are possible", "nobody waits", "otherwise as it was"], "plain English"),
    (&["known here"], "available"),
    (&["held against", "hold against", "holds against"], "check"),
    (&["set off", "sets off", "setting off"], "trigger"),
    (&["lie over", "lies over", "lay over", "laid over"], "override"),
    (&["goes on", "go on", "going on", "went on"], "continue"),
    (&["of our own", "of ours", "of one's own"], "custom, or generated"),
    (&["given twice", "declared twice", "never closed"], "duplicate, or unclosed"),
    (&["judge", "judges", "judged", "judging"], "check, or evaluate"),
];

/// The few places where such a word is meant: the end of a path, and the word.
const MEANT: &[(&str, &str)] = &[("tests/suite/english.rs", ""), ("src/graph/svg/canvas.rs", "circle")];

/// Words of others: licences, locks and recorded inputs.
const FOREIGN: &[&str] = &[
    "LICENSE",
    "CHANGELOG.md",
    "generated",
    "target",
    ".git",
    "node_modules",
    "schemas",
    "Cargo.lock",
    "package-lock.json",
    "go.sum",
];

#[test]
fn retired_words_occur_nowhere() {
    let mut found = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = walkdir::WalkDir::new(root).into_iter();
    let entries = entries.filter_entry(|entry| !FOREIGN.contains(&entry.file_name().to_str().unwrap_or_default()));
    let mut files = 0;
    for entry in entries.map(|entry| entry.expect("an entry")).filter(|entry| entry.file_type().is_file()) {
        let path = entry.path().strip_prefix(root).expect("below the root").to_str().expect("UTF-8").replace('\\', "/");
        let Ok(text) = fs::read_to_string(entry.path()) else { continue };
        files += 1;
        let prose = if path.ends_with(".rs") { prose(&text, path.starts_with("tests/")) } else { text };
        let prose = joined(&prose);
        for (words, instead) in RETIRED {
            for word in *words {
                let meant = |(end, meant): &&(&str, &str)| path.ends_with(end) && (meant.is_empty() || meant == word);
                if MEANT.iter().any(|place| meant(&place)) {
                    continue;
                }
                for around in occurrences(&prose, word) {
                    let _ = writeln!(found, "{path}: `{word}` in `{around}`: write `{instead}`");
                }
            }
        }
    }
    assert!(found.is_empty(), "\n{found}");
    assert!(files > 1500, "{files}");
}

/// The comments and strings of Rust source, and the names of its functions if wanted. Code uses names as it likes.
fn prose(text: &str, functions: bool) -> String {
    let mut prose = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let quoted = |open: &str, close: &str| {
            let body = &rest[open.len()..];
            body.find(close).map_or((body, ""), |end| (&body[..end], &body[end + close.len()..]))
        };
        let (kept, after) = if rest.starts_with("//") {
            rest.split_once('\n').unwrap_or((rest, ""))
        } else if rest.starts_with("r#\"") {
            quoted("r#\"", "\"#")
        } else if rest.starts_with("r\"") {
            quoted("r\"", "\"")
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            ("", rest[1..].split_once('\'').map_or("", |(_, after)| after))
        } else if first == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or((rest, ""), |end| (&rest[1..=end], &rest[end + 2..]))
        } else if functions && rest.starts_with("fn ") {
            let (name, after) = rest[3..].split_at(rest[3..].find(['(', '<']).unwrap_or(0));
            prose.push_str(&name.replace('_', " "));
            ("", after)
        } else {
            ("", &rest[first.len_utf8()..])
        };
        if !kept.is_empty() {
            prose.push_str(kept);
            prose.push('\n');
        }
        rest = after;
    }
    prose
}

/// A text on one line, without what starts the lines of a comment, a quotation or a string.
fn joined(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start_matches([' ', '\t', '/', '!', '#', '>', '*']));
    lines.collect::<Vec<_>>().join(" ")
}

/// Where a word or a phrase occurs, with what is around it. Not in another word, and not in a name in capitals.
fn occurrences<'t>(text: &'t str, word: &str) -> Vec<&'t str> {
    let of_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let lower = text.to_ascii_lowercase();
    let found = lower.match_indices(word).filter(|(start, found)| {
        let end = start + found.len();
        let before = text[..*start].chars().next_back().is_some_and(of_word);
        let after = text[end..].chars().next().is_some_and(of_word);
        !before && !after && text[start + 1..end].chars().all(|c| !c.is_ascii_uppercase())
    });
    let around = |(start, found): (usize, &str)| {
        let from = text[..start].char_indices().rev().nth(40).map_or(0, |(at, _)| at);
        let end = start + found.len();
        let to = text[end..].char_indices().nth(40).map_or(text.len(), |(at, _)| end + at);
        &text[from..to]
    };
    found.map(around).collect()
}
