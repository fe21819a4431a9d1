//! Trees that were generated once → their files.

use super::Error;
use crate::files::Files;
use crate::outside::{self, Limit, Root};
use crate::record::{RECORD, Record, slashed};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The trees in a folder, by target. Files that no build has written are skipped, and deleted generated files are absent.
///
/// # Errors
/// When something cannot be read, or a `tree.json` is not of a build.
pub fn read_all(out: &Path) -> Result<BTreeMap<String, Files>, Error> {
    let mut trees = BTreeMap::new();
    let entries = fs::read_dir(out).map_err(Error::io("read", out))?;
    for entry in entries {
        let root = entry.map_err(Error::io("read", out))?.path();
        if !root.is_dir() {
            continue;
        }
        let Some(record) = record_of(&root)? else { continue };
        if fs::symlink_metadata(&root).is_ok_and(|found| found.is_symlink()) {
            return Err(Error::NotOurs { path: root, reason: "it is a link".into() });
        }
        let mut files = Files::default();
        let folder = Root::new(&root).map_err(Error::io("read", &root))?;
        for path in &record.paths.files {
            let at = root.join(path);
            match folder.plain(path, Limit::TREE) {
                Ok(bytes) => {
                    files.insert(slashed(path), String::from_utf8_lossy(&bytes).into_owned());
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io("read", &at)(error)),
            }
        }
        trees.insert(record.target, files);
    }
    Ok(trees)
}

/// The record of the tree in `folder`; none if there is no `tree.json`.
///
/// # Errors
/// When the file cannot be read, or no build can have written it.
pub fn record_of(folder: &Path) -> Result<Option<Record>, Error> {
    let path = folder.join(RECORD);
    let wrong = |reason: String| Error::NotOurs { path: path.clone(), reason };
    match fs::symlink_metadata(&path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(wrong("it is not a regular file".into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", &path)(error)),
    }
    let bytes = outside::regular(&path, Limit::TREE).map_err(Error::io("read", &path))?;
    Record::parse(&bytes).map(Some).map_err(wrong)
}

/// The trees among files that are named by their paths from the output folder; `out` is what that is called.
///
/// # Errors
/// When a `tree.json` is not of a build.
pub fn of_files(out: &Path, all: &BTreeMap<String, String>) -> Result<BTreeMap<String, Files>, Error> {
    let mut trees = BTreeMap::new();
    for (path, text) in all {
        let Some((folder, RECORD)) = path.split_once('/') else { continue };
        let wrong = |reason| Error::NotOurs { path: out.join(path), reason };
        let record = Record::parse(text.as_bytes()).map_err(wrong)?;
        let listed = record.paths.files.iter().filter_map(|path| {
            let name = slashed(path);
            let text = all.get(&format!("{folder}/{name}"))?.clone();
            Some((name, text))
        });
        trees.insert(record.target.clone(), listed.collect());
    }
    Ok(trees)
}
