//! The rules of the source tree itself: which module may use which, how a file begins, and what may not be left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each module of the crate may use, beside itself. `ARCHITECTURE.md` shows it.
const MAY_USE: &[(&str, &[&str])] = &[
    ("outside", &[]),
    ("replace", &[]),
    ("source", &[]),
    ("words", &[]),
    ("diag", &["render", "replace", "source", "words"]),
    ("syntax", &["diag", "source"]),
    ("schema", &[]),
    ("program", &["schema", "syntax", "diag", "source", "words"]),
    ("promql", &["diag"]),
    ("model", &["promql", "program", "schema", "syntax", "diag", "replace", "source", "words"]),
    ("names", &["model"]),
    ("check", &["names", "model", "schema", "diag", "source"]),
    ("plan", &["model"]),
    ("kube", &[]),
    ("render", &["kube"]),
    ("graph", &["plan", "names", "model", "schema", "diag", "words"]),
    ("record", &[]),
    ("files", &[]),
    ("steps", &["plan", "names", "model", "kube"]),
    ("patch", &["verify", "files", "names", "model", "kube", "diag", "source", "words"]),
    ("providers", &["steps", "plan", "names", "model", "schema", "kube", "replace"]),
    (
        "emit",
        &[
            "patch",
            "providers",
            "steps",
            "files",
            "plan",
            "names",
            "model",
            "schema",
            "kube",
            "record",
            "render",
            "replace",
            "diag",
            "words",
        ],
    ),
    ("compile", &["emit", "patch", "files", "plan", "check", "model", "program", "syntax", "diag", "source"]),
    ("tree", &["files", "outside", "record"]),
    ("format", &["syntax", "source"]),
    ("objects", &[]),
    (
        "diff",
        &[
            "providers",
            "steps",
            "files",
            "objects",
            "record",
            "names",
            "model",
            "schema",
            "render",
            "diag",
            "replace",
            "words",
        ],
    ),
    ("argo", &[]),
    (
        "simulate",
        &["argo", "objects", "providers", "steps", "files", "plan", "names", "model", "render", "diag", "words"],
    ),
    ("ide", &["compile", "patch", "verify", "model", "program", "schema", "syntax", "diag", "source", "words"]),
    ("lsp", &["ide", "format", "syntax", "diag", "source"]),
    ("verify", &["diag", "replace", "source", "words"]),
    ("world", &["verify", "simulate", "argo", "providers", "files", "model", "outside"]),
    (
        "cli",
        &[
            "world", "verify", "simulate", "argo", "diff", "lsp", "graph", "format", "tree", "objects", "outside",
            "record", "compile", "emit", "files", "plan", "model", "syntax", "diag", "replace", "source", "words",
        ],
    ),
];

/// The most lines that a source file may have, so that it is read at one sitting.
const LONGEST: usize = 700;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files with an ending below a folder of the repository, and their texts.
fn texts(folder: &str, ending: &str) -> BTreeMap<String, String> {
    let entries = walkdir::WalkDir::new(root().join(folder)).into_iter().map(|entry| entry.expect("an entry"));
    entries
        .filter(|entry| entry.path().extension().is_some_and(|found| found == ending))
        .map(|entry| {
            let path = entry.path().strip_prefix(root()).expect("it is in the repository");
            let path = path.to_str().expect("a path in UTF-8").replace('\\', "/");
            (path, fs::read_to_string(entry.path()).expect("a file is text"))
        })
        .collect()
}

/// The top module of a source file: `emit` of `src/emit/apps.rs`.
fn module(path: &str) -> &str {
    let path = path.strip_prefix("src/").unwrap_or(path);
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

/// A text without comments, for a comment may speak of every module.
fn code(text: &str) -> String {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .fold(String::new(), |code, line| code + line + "\n")
}

/// The modules that a code names as `crate::X` or in `crate::{X, Y::…}`.
fn used(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if !rest.starts_with('{') {
            found.insert(name(rest));
            continue;
        }
        let mut depth = 0;
        let mut begins = false;
        for (place, letter) in rest.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ if begins && depth == 1 && !letter.is_whitespace() => {
                    found.insert(name(&rest[place..]));
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
            begins = depth == 1 && (matches!(letter, '{' | ',') || begins && letter.is_whitespace());
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn name(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

#[test]
fn a_module_uses_only_those_that_it_may() {
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in texts("src", "rs") {
        let module = module(&path);
        if matches!(module, "lib" | "main") {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| *known == module) else {
            wrong.push(format!("{path}: the module `{module}` has no line in the table of tests/suite/tidy.rs"));
            continue;
        };
        for other in used(&code(&text)) {
            if other != module && !allowed.contains(&other.as_str()) {
                wrong.push(format!("{path}: `{module}` may not use `{other}`"));
            }
            seen.entry(module.to_owned()).or_default().insert(other);
        }
    }
    for (module, allowed) in MAY_USE {
        for other in allowed.iter().filter(|other| !seen.get(*module).is_some_and(|used| used.contains(**other))) {
            wrong.push(format!("the table lets `{module}` use `{other}`, and it does not: take that out"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table of `ARCHITECTURE.md` is the one above; `UPDATE=1` writes it.
#[test]
fn the_architecture_shows_which_module_may_use_which() {
    let rows = MAY_USE.iter().map(|(module, used)| {
        let used: Vec<_> = used.iter().map(|other| format!("`{other}`")).collect();
        format!("| `{module}` | {} |\n", if used.is_empty() { "nothing".to_owned() } else { used.join(", ") })
    });
    let table = format!("\n| module | may use |\n|---|---|\n{}", rows.collect::<String>());
    let path = root().join("ARCHITECTURE.md");
    let page = fs::read_to_string(&path).expect("the page is there");
    let (before, rest) = page.split_once("<!-- dependencies -->\n").expect("the place of the table");
    let (_, after) = rest.split_once("<!-- end -->").expect("its end");
    let wanted = format!("{before}<!-- dependencies -->{table}<!-- end -->{after}");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, wanted).expect("the page can be written");
    } else {
        assert!(page == wanted, "ARCHITECTURE.md is outdated: run `tests/renew`");
    }
}

#[test]
fn the_crate_declares_every_module_of_the_table() {
    let text = fs::read_to_string(root().join("src/lib.rs")).expect("lib.rs is there");
    for (module, _) in MAY_USE {
        assert!(text.contains(&format!("pub mod {module};")), "src/lib.rs does not declare `{module}`");
    }
}

#[test]
fn only_the_driver_of_files_and_the_command_line_touch_the_outside() {
    let process = concat!("std::", "process");
    let outside = ["std::fs", "std::env", "std::io", "std::time", process, "std::net", "SystemTime", "Instant::now"];
    let mut wrong = Vec::new();
    for (path, text) in texts("src", "rs") {
        if matches!(module(&path), "cli" | "world" | "outside" | "tree" | "main") {
            continue;
        }
        let code = code(&text);
        wrong.extend(outside.iter().filter(|word| code.contains(**word)).map(|word| format!("{path} uses {word}")));
    }
    assert!(wrong.is_empty(), "a compilation is a function of its sources:\n{}", wrong.join("\n"));
}

/// `world/process.rs` looks for a program where nobody else can have put one, and `world/git.rs` takes from git what runs others.
#[test]
fn programs_are_started_in_one_place() {
    let start = concat!("Command", "::new(");
    let starts = |(path, text): (String, String)| code(&text).contains(start).then_some(path);
    let places: Vec<_> = texts("src", "rs").into_iter().filter_map(starts).collect();
    assert_eq!(places, ["src/world/process.rs"]);
    let named = |(path, text): (String, String)| code(&text).contains("program(\"git\")").then_some(path);
    let places: Vec<_> = texts("src", "rs").into_iter().filter_map(named).collect();
    assert_eq!(places, ["src/world/git.rs"]);
}

/// `cargo test --test suite` is quick because of it. Of the command line it may use what only reads.
#[test]
fn this_suite_starts_no_process() {
    // Written apart, so that this file is not found itself.
    let words = [
        concat!("std::", "process"),
        concat!("Command", "::new("),
        concat!("CARGO_", "BIN_EXE"),
        concat!("cli::", "run"),
        concat!("pipelinec::", "world"),
    ];
    let files = ["tests/suite", "tests/testkit/src"].into_iter().flat_map(|folder| texts(folder, "rs"));
    let files: Vec<_> = files.map(|(path, text)| (path, code(&text))).collect();
    let wrong: Vec<_> = files
        .iter()
        .flat_map(|(path, code)| {
            words.iter().filter(|word| code.contains(**word)).map(move |word| format!("{path}: {word}"))
        })
        .collect();
    assert!(wrong.is_empty(), "move these to tests/processes:\n{}", wrong.join("\n"));
    assert!(files.len() > 50, "{}", files.len());
}

/// `outside.rs` looks at a file before it reads it. The others read only what the user's own runs have left in folders of
/// the user, or open a folder.
#[test]
fn files_are_read_in_one_place() {
    let words = ["fs::read(", "fs::read_to_string(", "File::open(", "read_to_end(", "read_to_string(", "OpenOptions"];
    let own = ["src/outside.rs", "src/world/cache.rs", "src/tree/journal.rs", "src/tree/lock.rs"];
    let mut wrong = Vec::new();
    for (path, text) in texts("src", "rs").into_iter().filter(|(path, _)| !own.contains(&path.as_str())) {
        let code = code(text.split("#[cfg(test)]").next().unwrap_or_default());
        wrong.extend(words.iter().filter(|word| code.contains(**word)).map(|word| format!("{path}: {word}")));
    }
    // What git says is no file.
    assert_eq!(wrong, ["src/world/revision.rs: read_to_end("], "read these by `outside`");
}

/// The oldest version of Rust that works is the one that CI tests.
#[test]
fn one_version_of_rust_is_named_everywhere() {
    let version = env!("CARGO_PKG_RUST_VERSION");
    for (path, named) in [
        ("rust-toolchain.toml", format!("channel = \"{version}.0\"")),
        ("tests/testkit/Cargo.toml", format!("rust-version = \"{version}\"")),
        ("README.md", format!("Rust {version} or later")),
    ] {
        let text = fs::read_to_string(root().join(path)).expect("a file of the repository");
        assert!(text.contains(&named), "{path} does not say {named}");
    }
}

#[test]
fn every_source_file_says_what_it_is() {
    let files = texts("src", "rs").into_iter().chain(texts("tests", "rs"));
    let wrong: Vec<_> = files.filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path).collect();
    assert!(wrong.is_empty(), "these do not begin with `//!`: {wrong:?}");
}

#[test]
fn no_source_file_is_too_long() {
    let long: Vec<_> = texts("src", "rs")
        .into_iter()
        .map(|(path, text)| (text.lines().count(), path))
        .filter(|(lines, _)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "split these: {long:?}");
}

/// `replace::at_once` is for several: one replacement after the other reads what the one before has put there.
#[test]
fn nothing_is_replaced_in_what_was_replaced() {
    let mut wrong = Vec::new();
    for (path, text) in texts("src", "rs") {
        let code = code(text.split("#[cfg(test)]").next().unwrap_or_default());
        // A function whose body is one expression has no semicolon.
        for statement in code.split("fn ").flat_map(|function| function.split(';')) {
            let calls = statement.matches(".replace(").count() + statement.matches(".replacen(").count();
            if calls > 1 || calls > 0 && statement.contains(".fold(") {
                wrong.push(format!("{path}: {}", statement.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
        }
    }
    assert!(wrong.is_empty(), "use `replace::at_once` here:\n{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_undone() {
    // Written apart, so that this file is not found itself.
    let words = [concat!("todo", "!("), concat!("dbg", "!("), concat!("unimplemented", "!("), concat!("FIX", "ME")];
    let files = ["src", "tests"].into_iter().flat_map(|folder| texts(folder, "rs"));
    let files = files.chain(texts("src", "sh")).chain(texts("src", "lua")).chain(texts("grammar", "pest"));
    let wrong: Vec<_> = files
        .flat_map(|(path, text)| {
            words.iter().filter(|word| text.contains(**word)).map(|word| format!("{path}: {word}")).collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A snapshot is of the `*.pipe`, `*.json` or `*.yaml` file of its name; where one input has several, of the input in its folder. That of
/// deliveries is of an example.
#[test]
fn every_snapshot_has_its_input() {
    let orphans: Vec<_> = texts("tests", "snap")
        .into_keys()
        .filter(|path| {
            let example = path == "tests/deliveries/applications.snap";
            let own = |ending| root().join(PathBuf::from(path).with_extension(ending)).exists();
            let folder = Path::new(path).parent().and_then(Path::to_str).expect("a snapshot is in a folder");
            let shared = !folder.starts_with("tests/errors") && !texts(folder, "pipe").is_empty();
            !["pipe", "json", "yaml"].into_iter().any(own) && !shared && !example
        })
        .collect();
    assert!(orphans.is_empty(), "no input for {orphans:?}");
}
