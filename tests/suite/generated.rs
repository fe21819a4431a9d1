//! `generated/` is what the examples compile to: every file of a compilation is there with these bytes, and no other.

use pipelinec::cli::read;
use pipelinec::compile::compile;
use pipelinec::files::Files;
use pipelinec::tree::{self, Coverage};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names of the folders in a folder.
fn folders(path: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(path).expect("the folder can be listed").map(|entry| entry.expect("an entry"));
    entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("a name in UTF-8"))
        .collect()
}

fn trees(example: &str) -> BTreeMap<String, Files> {
    let folder = root().join("examples").join(example);
    let sources = read::read(&folder, Path::new("generated")).expect("an example can be read");
    let compiled = compile(&sources);
    assert!(compiled.diagnostics.is_empty(), "examples/{example}: {:#?}", compiled.diagnostics);
    compiled.trees
}

/// What lies below a folder: path and bytes.
fn on_disk(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.expect("an entry"));
    files
        .filter(|entry| !entry.file_type().is_dir())
        .map(|entry| {
            let path = entry.path().strip_prefix(folder).expect("it is below the folder").to_owned();
            (path, fs::read(entry.path()).expect("a generated file can be read"))
        })
        .collect()
}

#[test]
fn generated_is_what_the_examples_compile_to() {
    let examples = folders(&root().join("examples"));
    assert!(examples.contains("homelab"), "{examples:?}");
    let mut stale = Vec::new();
    for example in &examples {
        let out = root().join("generated").join(example);
        let trees = trees(example);
        if std::env::var_os("UPDATE").is_some() {
            tree::write(&out, &trees, Coverage::Whole, &tree::Journal::of_user()).expect("generated/ can be written");
        }
        let wanted: BTreeMap<PathBuf, Vec<u8>> = trees
            .into_iter()
            .flat_map(|(target, files)| {
                files.into_iter().map(move |(path, text)| (Path::new(&target).join(path), text.into_bytes()))
            })
            .collect();
        let found = on_disk(&out);
        let paths: BTreeSet<_> = wanted.keys().chain(found.keys()).collect();
        let differs = |path: &&&PathBuf| wanted.get(**path) != found.get(**path);
        stale.extend(paths.iter().filter(differs).map(|path| format!("generated/{example}/{}", path.display())));
    }
    let commands: String = examples
        .iter()
        .map(|example| format!("  cargo run -- build examples/{example} -o generated/{example}\n"))
        .collect();
    assert!(
        stale.is_empty(),
        "these files are not what the examples compile to:\n  {}\nrun `tests/renew`, or\n{commands}",
        stale.join("\n  ")
    );
    let orphans: Vec<_> = folders(&root().join("generated")).difference(&examples).cloned().collect();
    assert!(orphans.is_empty(), "generated/ holds trees of no example: {orphans:?}");
}
