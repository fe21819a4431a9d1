//! Comparisons → the report of `build --check` on how the trees on disk differ from the compiled ones.

use super::report::plain;
use crate::diag::paint::Paint;
use crate::files::Files;
use crate::outside::{Limit, Root};
use crate::record::RECORD;
use crate::tree::Comparison;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// How many paths of a target are named.
const PATHS: usize = 20;
/// How many files are shown with their changes.
const DIFFS: usize = 3;
/// How many lines of changes are shown of a file.
const LINES: usize = 40;

/// Says which files differ, and for the first few how.
#[must_use]
pub fn describe(out: &Path, trees: &BTreeMap<String, Files>, found: &[Comparison], color: bool) -> String {
    let mut text = String::new();
    for tree in found.iter().filter(|tree| !tree.is_current()) {
        paths(&out.join(&tree.target), tree, &mut text);
    }
    let changed = found.iter().flat_map(|tree| tree.edited().map(|path| (tree.target.as_str(), path)));
    // The record changes with every other file, and is of no interest to people.
    for (target, path) in changed.filter(|(_, path)| *path != RECORD).take(DIFFS) {
        // What is not there any more has nothing to show.
        let read = Root::new(&out.join(target)).and_then(|root| root.plain(Path::new(path), Limit::TREE));
        let Ok(bytes) = read else { continue };
        let shown = format!("{}/{target}/{path}", out.display());
        text.push('\n');
        diff(&shown, &String::from_utf8_lossy(&bytes), &trees[target][path], color, &mut text);
    }
    if found.iter().any(|tree| !tree.changed.is_empty()) {
        text.push('\n');
    }
    if found.iter().any(|tree| !tree.conflicts.is_empty()) {
        text.push_str("note: `conflict`: the file contains an unresolved merge conflict; a build rewrites it\n");
    }
    if found.iter().any(|tree| !tree.unknown.is_empty()) {
        text.push_str(
            "note: `unknown`: the file was not generated, and Argo CD may read it along with the generated files\n",
        );
    }
    text
}

fn paths(root: &Path, tree: &Comparison, text: &mut String) {
    let groups: [(&str, Vec<&String>); 6] = [
        ("missing", tree.added.iter().collect()),
        ("changed", tree.edited().collect()),
        ("conflict", tree.conflicts.iter().collect()),
        ("stale", tree.removed.iter().collect()),
        ("foreign", tree.foreign.iter().collect()),
        ("unknown", tree.unknown.iter().collect()),
    ];
    let all: Vec<_> = groups.iter().flat_map(|(word, list)| list.iter().map(move |path| (word, *path))).collect();
    let counts = groups.iter().filter(|(_, list)| !list.is_empty());
    let counts: Vec<_> = counts.map(|(word, list)| format!("{} {word}", list.len())).collect();
    let what = if tree.obsolete { "is no longer a target" } else { "is stale" };
    let _ = writeln!(text, "{} {what}: {}", plain(&root.display().to_string()), counts.join(", "));
    for (word, path) in all.iter().take(PATHS) {
        let path = if path.is_empty() { "." } else { path };
        let _ = writeln!(text, "  {word:8}  {}", plain(path));
    }
    if all.len() > PATHS {
        let _ = writeln!(text, "  and {} more", all.len() - PATHS);
    }
}

fn diff(shown: &str, disk: &str, built: &str, color: bool, text: &mut String) {
    let Paint { red, green, cyan, end, .. } = Paint::of(color);
    let mut lines = Vec::new();
    for hunk in TextDiff::from_lines(disk, built).unified_diff().context_radius(2).iter_hunks() {
        lines.push(((cyan, end), hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let style = match change.tag() {
                ChangeTag::Delete => (red, end),
                ChangeTag::Insert => (green, end),
                ChangeTag::Equal => ("", ""),
            };
            lines.push((style, format!("{}{}", change.tag(), change.value().trim_end_matches('\n'))));
            if change.missing_newline() {
                lines.push((("", ""), "\\ No newline at end of file".to_owned()));
            }
        }
    }
    let _ = writeln!(text, "--- {} (on disk)\n+++ {} (compiled)", plain(shown), plain(shown));
    for ((start, end), line) in lines.iter().take(LINES) {
        let _ = writeln!(text, "{start}{}{end}", plain(line.trim_end_matches('\n')));
    }
    if lines.len() > LINES {
        let _ = writeln!(text, "… {} more lines", lines.len() - LINES);
    }
}
