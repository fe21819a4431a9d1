//! The command `build`: writes the tree of each target or, with `--check`, reports how the trees on disk differ.

use super::args::Build;
use super::check::has_errors;
use super::error::Error;
use super::report::{Report, Stream};
use super::{Outcome, read, stale, targets};
use crate::compile::compile;
use crate::files::Files;
use crate::tree::{self, Comparison, Coverage, Journal};
use crate::words;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Runs it.
pub fn run(args: &Build, report: &Report) -> Result<Outcome, Error> {
    let sources = read::read(&args.input.path, &args.out)?;
    let files = words::count(sources.iter().count(), "file");
    let compiled = report.during(&format!("compiling {files}"), || compile(&sources));
    report.diagnostics(Stream::Err, args.input.format, &compiled.diagnostics, &sources)?;
    if has_errors(&compiled.diagnostics) {
        return Ok(Outcome::Failure);
    }
    let scope = if args.target.is_empty() { Coverage::Whole } else { Coverage::Chosen };
    let trees = choose(compiled.trees, &args.target)?;
    if args.check {
        return check(args, &trees, scope, report);
    }
    let files = words::count(trees.values().map(Files::len).sum(), "file");
    let written =
        report.during(&format!("writing {files}"), || tree::write(&args.out, &trees, scope, &Journal::of_user()))?;
    report.result(&lines(&written))?;
    if let Some(note) = waits_for_delivery(&written) {
        report.note(&note)?;
    }
    for tree in written.iter().filter(|tree| !tree.unknown.is_empty()) {
        let files = words::first_in_backticks(&tree.unknown, NAMED);
        report.note(&format!(
            "`{}` contains files that were not generated, and Argo CD may read them: {files}; `build --check` fails until they are removed",
            args.out.join(&tree.target).display()
        ))?;
    }
    for folder in tree::leftovers(&args.out)? {
        report.note(&format!(
            "{}; remove it once the contents of its `old` folder are no longer needed",
            leftover(&folder)
        ))?;
    }
    Ok(Outcome::Success)
}

/// Which apps a rebuilt tree changes: unlike the rest, they do not take effect with the merge.
fn waits_for_delivery(written: &[Comparison]) -> Option<String> {
    let rebuilt = written.iter().filter(|tree| !tree.obsolete && tree.added.len() < tree.files);
    let paths = rebuilt.flat_map(|tree| tree.added.iter().chain(&tree.changed).chain(&tree.removed));
    let apps: BTreeSet<_> = paths
        .filter_map(|path| path.strip_prefix("apps/")?.split_once('/'))
        .filter(|(_, file)| file.contains('/'))
        .map(|(app, _)| app.to_owned())
        .collect();
    let names = words::first_in_backticks(&apps.into_iter().collect::<Vec<_>>(), NAMED);
    (!names.is_empty())
        .then(|| format!("changes to {names} reach the cluster with the next delivery, not with the merge"))
}

/// How many paths or apps a note names.
const NAMED: usize = 5;

/// Describes a working folder that a build has left behind.
fn leftover(folder: &Path) -> String {
    format!("`{}` is the working folder of a build that was killed", folder.display())
}

fn check(args: &Build, trees: &BTreeMap<String, Files>, scope: Coverage, report: &Report) -> Result<Outcome, Error> {
    let files = words::count(trees.values().map(Files::len).sum(), "file");
    let found = report.during(&format!("comparing {files}"), || tree::compare_all(&args.out, trees, scope))?;
    let leftovers = tree::leftovers(&args.out)?;
    if leftovers.is_empty() && found.iter().all(Comparison::is_current) {
        report.result(&lines(&found))?;
        return Ok(Outcome::Success);
    }
    let mut text = stale::describe(&args.out, trees, &found, report.colored(Stream::Out));
    for folder in &leftovers {
        text.push_str(&format!("{}: trees may be missing or incomplete\n", leftover(folder)));
    }
    let any = |list: fn(&Comparison) -> &Vec<String>| found.iter().any(|tree| !list(tree).is_empty());
    let mut steps = Vec::new();
    if any(|tree| &tree.foreign) || any(|tree| &tree.unknown) {
        steps.push("remove the files that were not generated".to_owned());
    }
    if !leftovers.is_empty() || found.iter().any(|tree| tree.is_outdated() || !tree.foreign.is_empty()) {
        steps.push(format!("run `{}`", again(args)));
    }
    report.result(&format!("{text}help: {} and commit the result", steps.join(", ")))?;
    Ok(Outcome::Failure)
}

/// The trees of the targets that are named, or all.
fn choose(mut trees: BTreeMap<String, Files>, names: &[String]) -> Result<BTreeMap<String, Files>, Error> {
    targets::require(names, trees.keys().map(String::as_str))?;
    trees.retain(|target, _| targets::is_meant(names, target));
    Ok(trees)
}

/// A line a target: `homelab: 63 files, 2 changed, 1 removed`.
fn lines(trees: &[Comparison]) -> String {
    trees.iter().map(|tree| format!("{}\n", line(tree))).collect()
}

fn line(tree: &Comparison) -> String {
    if tree.obsolete {
        return format!("{}: no longer a target, {} removed", tree.target, words::count(tree.removed.len(), "file"));
    }
    let mut parts = vec![words::count(tree.files, "file")];
    for (list, what) in [(&tree.added, "added"), (&tree.changed, "changed"), (&tree.removed, "removed")] {
        if !list.is_empty() {
            parts.push(format!("{} {what}", list.len()));
        }
    }
    if tree.is_current() {
        parts.push("nothing changed".to_owned());
    }
    format!("{}: {}", tree.target, parts.join(", "))
}

/// The command that writes what `--check` reports as missing.
fn again(args: &Build) -> String {
    let mut words = vec!["pipelinec".to_owned(), "build".to_owned()];
    if args.input.path.as_os_str() != "." {
        words.push(quoted(&args.input.path.display().to_string()));
    }
    if args.out.as_os_str() != super::args::OUT {
        words.push(format!("-o {}", quoted(&args.out.display().to_string())));
    }
    words.extend(args.target.iter().map(|target| format!("--target {target}")));
    words.join(" ")
}

/// A word, quoted for a shell.
pub fn quoted(word: &str) -> String {
    let safe = |letter: char| letter.is_alphanumeric() || "-_./:".contains(letter);
    if !word.is_empty() && word.chars().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
