//! The extension for VS Code has tests of its own, which need `npm` and the network; they run here when `PIPELINEC_TEST_NPM` is
//! set.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::root;

const EXTENSION: &str = "editors/vscode";

/// Copies a folder, without what is installed or built.
fn copy(from: &Path, to: &Path) {
    let left_out = |name: &std::ffi::OsStr| ["node_modules", "dist", "target"].iter().any(|known| name == *known);
    for entry in walkdir::WalkDir::new(from).into_iter().filter_entry(|entry| !left_out(entry.file_name())) {
        let entry = entry.expect("an entry");
        let place = to.join(entry.path().strip_prefix(from).expect("it is below"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(place).expect("a folder");
        } else {
            fs::copy(entry.path(), place).expect("a copy");
        }
    }
}

/// `npm` with these arguments, and what it said.
fn npm(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("npm")
        .args(args)
        .current_dir(folder)
        .env("PIPELINEC", env!("CARGO_BIN_EXE_pipelinec"))
        .output()
        .expect("npm starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "npm {args:?}:\n{said}");
    said
}

#[test]
fn the_extension_is_tested_and_packaged_by_its_own_scripts() {
    if std::env::var_os("PIPELINEC_TEST_NPM").is_none_or(|value| value.is_empty()) {
        eprintln!("not run: the tests of the extension need npm and the network; set PIPELINEC_TEST_NPM=1 for them");
        return;
    }
    let temp = tempfile::tempdir().expect("a temporary folder");
    for folder in [EXTENSION, "examples"] {
        copy(&root().join(folder), &temp.path().join(folder));
    }
    let folder: PathBuf = temp.path().join(EXTENSION);
    npm(&folder, &["ci", "--no-audit", "--no-fund"]);
    let said = npm(&folder, &["test"]);
    assert!(said.contains("fail 0") && said.contains("skipped 0"), "{said}");
    let said = npm(&folder, &["run", "package"]);
    let package = folder.join("pipelinec.vsix");
    let size = fs::metadata(&package).unwrap_or_else(|error| panic!("{error}:\n{said}")).len();
    assert!(size < 1 << 20, "the package has {size} bytes");

    // A .vsix is a zip file, in which each name stands plainly before its contents.
    let bytes = fs::read(&package).expect("the package can be read");
    let names = names_in_zip(&bytes);
    let expected = [
        "CHANGELOG.md",
        "LICENSE.txt",
        "dist/LICENSES.txt",
        "dist/extension.js",
        "icon.png",
        "language-configuration.json",
        "package.json",
        "readme.md",
        "snippets/pipe.json",
        "syntaxes/markdown.tmLanguage.json",
        "syntaxes/pipe.tmLanguage.json",
    ];
    let found: Vec<_> = names.iter().filter_map(|name| name.strip_prefix("extension/")).collect();
    let lower = |names: &[&str]| names.iter().map(|name| name.to_lowercase()).collect::<BTreeSet<_>>();
    assert_eq!(lower(&found), lower(&expected));
}

/// The names of a zip file's directory, in which each entry begins with `PK\x01\x02`.
fn names_in_zip(bytes: &[u8]) -> Vec<String> {
    let number = |at: usize| usize::from(bytes[at]) | usize::from(bytes[at + 1]) << 8;
    let starts = (0..bytes.len().saturating_sub(46)).filter(|at| bytes[*at..].starts_with(b"PK\x01\x02"));
    let name = |at: usize| String::from_utf8_lossy(&bytes[at + 46..at + 46 + number(at + 28)]).into_owned();
    starts.map(name).collect()
}
