//! Files of a compilation → the trees in the output folder: all of them or none.
//!
//! New trees are completed in a working folder beside the old ones, and then take their places by renames. A tree that
//! is current is not touched.

use super::compare::{FileKind, compare_all, kind};
use super::lock::Lock;
use super::swap::{self, Work};
use super::{Comparison, Coverage, Error, Journal};
use crate::files::Files;
use crate::record::local;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Makes the trees in the folder `out` those that were compiled, and says what that changed.
///
/// # Errors
/// When something is in the way, or on a file system error; nothing has changed then.
pub fn write(
    out: &Path,
    trees: &BTreeMap<String, Files>,
    scope: Coverage,
    journal: &Journal,
) -> Result<Vec<Comparison>, Error> {
    if trees.is_empty() {
        return Ok(Vec::new());
    }
    let missing: Vec<_> = out.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
    let result = fs::create_dir_all(out)
        .map_err(Error::io("create the folder", out))
        .and_then(|()| Lock::take(out))
        .and_then(|_lock| write_locked(out, trees, scope, journal));
    if result.is_err() {
        // Only empty folders are removed, so a folder that did not come from here is safe.
        missing.iter().take_while(|path| fs::remove_dir(path).is_ok()).for_each(drop);
    }
    result
}

fn write_locked(
    out: &Path,
    trees: &BTreeMap<String, Files>,
    scope: Coverage,
    journal: &Journal,
) -> Result<Vec<Comparison>, Error> {
    swap::recover(out, journal)?;
    let found = compare_all(out, trees, scope)?;
    let foreign = found.iter().flat_map(|tree| tree.foreign.iter().map(|path| full(out, &tree.target, path)));
    let foreign: Vec<PathBuf> = foreign.collect();
    if !foreign.is_empty() {
        return Err(Error::InTheWay(foreign));
    }
    let outdated: Vec<&Comparison> = found.iter().filter(|tree| tree.is_outdated()).collect();
    if outdated.is_empty() {
        return Ok(found);
    }
    let work = Work::create(out, journal)?;
    let targets: Vec<&str> = outdated.iter().map(|tree| tree.target.as_str()).collect();
    let result = targets
        .iter()
        .try_for_each(|target| {
            // An obsolete target gets an empty tree, which takes up what others have put into the old one.
            let files = trees.get(*target);
            stage(&work.made(target), files.unwrap_or(&Files::new()), &out.join(target))
        })
        .and_then(|()| swap::swap(&work, out, &targets));
    if !matches!(result, Err(Error::NotUndone { .. })) {
        work.remove();
    }
    result?;
    for tree in outdated.iter().filter(|tree| tree.obsolete) {
        // It is removed unless somebody else has put something into it.
        let _ = fs::remove_dir(out.join(&tree.target));
    }
    Ok(found)
}

/// Writes a complete tree to a folder that does not exist yet. Files and folders get the modes that they have in the old
/// tree.
fn stage(folder: &Path, files: &Files, old: &Path) -> Result<(), Error> {
    create(folder)?;
    let mut folders = BTreeSet::from([PathBuf::new()]);
    for (path, text) in files {
        let at = local(path);
        for above in at.ancestors().skip(1).collect::<Vec<_>>().into_iter().rev() {
            if folders.insert(above.to_owned()) {
                create(&folder.join(above))?;
            }
        }
        let full = folder.join(&at);
        let mut file = fs::File::create_new(&full).map_err(Error::io("create", &full))?;
        file.write_all(text.as_bytes()).map_err(Error::io("write", &full))?;
        keep_mode(&old.join(&at), &full, FileKind::File)?;
    }
    // From below, since a folder may be one that cannot be written.
    folders.iter().rev().try_for_each(|above| keep_mode(&old.join(above), &folder.join(above), FileKind::Folder))
}

fn create(folder: &Path) -> Result<(), Error> {
    fs::create_dir(folder).map_err(Error::io("create the folder", folder))
}

fn keep_mode(old: &Path, new: &Path, expected: FileKind) -> Result<(), Error> {
    if kind(old)? != expected {
        return Ok(());
    }
    let mode = fs::symlink_metadata(old).map_err(Error::io("inspect", old))?.permissions();
    fs::set_permissions(new, mode).map_err(Error::io("set the mode of", new))
}

/// The location of a path of a tree; the empty one is the tree itself.
fn full(out: &Path, target: &str, path: &str) -> PathBuf {
    let root = out.join(target);
    if path.is_empty() { root } else { root.join(local(path)) }
}
