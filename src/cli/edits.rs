//! Changes to files that are not generated, but that Argo CD reads all the same: foreign files in generated trees, and the
//! manifests of environments, which only deliveries write.

use super::error::Error;
use crate::diff::risk::{Risk, edited_manifest, unknown_file};
use crate::diff::{Diff, Trees};
use crate::objects::documents;
use crate::outside::{Limit, Root};
use crate::tree::{self, Coverage};
use crate::world::git::Checkout;
use crate::world::revision;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Adds the risks of files that no build has written to the targets whose trees they lie in.
pub fn add_unknown_files(found: &mut Diff, out: &Path, trees: &Trees) -> Result<(), Error> {
    for tree in tree::compare_all(out, trees, Coverage::Whole)? {
        add(found, &tree.target, tree.unknown.iter().map(|path| unknown_file(path)));
    }
    Ok(())
}

/// Adds the risks of manifests of environments that differ between a revision and the working tree; `trees` are those of
/// both sides, whose ApplicationSets say where the manifests lie.
pub fn add_edited_manifests(found: &mut Diff, revision: &str, trees: [&Trees; 2]) -> Result<(), Error> {
    let Ok(checkout) = Checkout::around(Path::new(".")) else { return Ok(()) };
    // Deliveries continue on the branch during a change: what they have written since is not an edit of this change.
    let base = checkout.git(&["merge-base", "--end-of-options", revision, "HEAD"]);
    let revision = base.as_deref().unwrap_or(revision);
    let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (target, files) in trees.into_iter().flatten() {
        folders.entry(target.clone()).or_default().extend(manifest_folders(files));
    }
    for (target, folder) in folders.iter().flat_map(|(target, all)| all.iter().map(move |folder| (target, folder))) {
        let at = checkout.top().join(folder);
        let mut before = revision::files(revision, &at).map_err(Error::revision(revision))?;
        before.retain(|path, _| is_manifest(path));
        let mut risks = Vec::new();
        for (path, text) in manifests(checkout.top(), folder) {
            let how = match before.remove(&path) {
                Some(old) if old == text => continue,
                Some(_) => "it was changed",
                None => "it is new",
            };
            risks.push(edited_manifest(&format!("{folder}/{path}"), how));
        }
        risks.extend(before.keys().map(|path| edited_manifest(&format!("{folder}/{path}"), "it was deleted")));
        add(found, target, risks);
    }
    Ok(())
}

fn add(found: &mut Diff, target: &str, risks: impl IntoIterator<Item = Risk>) {
    let mut risks = risks.into_iter().peekable();
    if risks.peek().is_some() {
        found.targets.entry(target.to_owned()).or_default().add_risks(risks);
    }
}

/// The folders, relative to the GitOps repository, that the ApplicationSets of a tree read manifests from.
fn manifest_folders(files: &crate::files::Files) -> BTreeSet<String> {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                let paths = fields.get("git").and_then(|git| git.get("files")).and_then(Value::as_array);
                let paths = paths.into_iter().flatten().filter_map(|file| file.get("path")?.as_str());
                found.extend(paths.filter_map(|path| Some(path.rsplit_once('/')?.0.to_owned())));
                fields.values().for_each(|value| collect(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| collect(value, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for (path, text) in files.iter().filter(|(path, _)| path.starts_with("argocd/")) {
        for object in documents(path, text).filter_map(|document| document.object()) {
            if object.id.kind == "ApplicationSet" {
                collect(&object.value, &mut found);
            }
        }
    }
    found.retain(|folder| crate::record::is_safe(folder));
    found
}

fn is_manifest(path: &str) -> bool {
    !path.contains('/') && path.ends_with(".json")
}

/// The manifests in a folder of the working tree. What is not a regular text file, or is behind a link, is treated as
/// empty.
fn manifests(top: &Path, folder: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(top.join(folder)).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).filter(|name| is_manifest(name));
    let read = |name: &str| {
        let bytes = Root::new(top).and_then(|root| root.plain(&Path::new(folder).join(name), Limit::TREE));
        bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    };
    names.map(|name| (name.clone(), read(&name))).collect()
}
