//! Files of a compilation × a folder on disk → what differs. Reads only.

use super::read::record_of;
use super::{Coverage, Error};
use crate::files::Files;
use crate::outside::{self, Limit};
use crate::record::{Paths, RECORD, Record, has_conflict, is_safe, local, slashed};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How the tree of a target on disk differs from what was compiled. All paths are relative to the tree, with `/`,
/// and sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The target.
    pub target: String,
    /// Whether the target was deleted: its tree was generated once, and nothing of it is compiled any more.
    pub obsolete: bool,
    /// How many files the compiled tree has.
    pub files: usize,
    /// Compiled, and not on disk.
    pub added: Vec<String>,
    /// On disk with another content.
    pub changed: Vec<String>,
    /// Those of the changed in which git has left the marks of a conflict.
    pub conflicts: Vec<String>,
    /// Generated once, and no longer compiled.
    pub removed: Vec<String>,
    /// Foreign files in the place of compiled ones: nothing can be written.
    pub foreign: Vec<String>,
    /// Foreign files beside the compiled ones. A build leaves them alone, but Argo CD reads such files: a
    /// `.argocd-source.yaml` or a second kustomization says what is deployed.
    pub unknown: Vec<String>,
}

impl Comparison {
    /// Whether the tree on disk is the compiled one.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let Self { target: _, obsolete, files: _, added, changed, conflicts: _, removed, foreign, unknown } = self;
        !obsolete && [added, changed, removed, foreign, unknown].into_iter().all(Vec::is_empty)
    }

    /// The changed files without those in which git has left the marks of a conflict.
    pub fn edited(&self) -> impl Iterator<Item = &String> {
        self.changed.iter().filter(|path| !self.conflicts.contains(path))
    }

    /// Whether a build would write or remove something.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        self.obsolete || [&self.added, &self.changed, &self.removed].into_iter().any(|list| !list.is_empty())
    }
}

/// Compares all compiled trees with those in the folder `out`, and finds the obsolete ones.
///
/// # Errors
/// When something cannot be read, or an existing `tree.json` belongs to something else.
pub fn compare_all(out: &Path, trees: &BTreeMap<String, Files>, scope: Coverage) -> Result<Vec<Comparison>, Error> {
    let mut all = Vec::new();
    for (target, files) in trees {
        all.push(compare(out, target, files)?);
    }
    if scope == Coverage::Whole {
        all.extend(obsolete(out, trees)?);
    }
    Ok(all)
}

/// Compares the compiled tree of one target with the one in the folder `out`.
///
/// # Errors
/// When something cannot be read, or the `tree.json` of that folder is not of this target.
pub fn compare(out: &Path, target: &str, files: &Files) -> Result<Comparison, Error> {
    debug_assert!(is_safe(target) && !target.contains('/') && !target.starts_with('.'), "a target is a folder's name");
    debug_assert!(files.keys().all(|path| is_safe(path)), "a compiled path stays in its tree");
    debug_assert!(lists_itself(files), "a compiled tree lists all its files in its record");
    let mut found = Comparison { target: target.to_owned(), files: files.len(), ..Comparison::default() };
    let root = out.join(target);
    match kind(&root)? {
        FileKind::Nothing => found.added = files.keys().cloned().collect(),
        FileKind::Folder => compare_folder(&root, files, &mut found)?,
        // The folder of the tree itself is taken by a file or a link: named by the empty path.
        FileKind::File | FileKind::Other => found.foreign.push(String::new()),
    }
    Ok(found)
}

fn lists_itself(files: &Files) -> bool {
    let record = files.get(RECORD).and_then(|text| Record::parse(text.as_bytes()).ok());
    record.is_some_and(|record| record.paths == Paths::new(files.keys().map(Path::new)))
}

fn compare_folder(root: &Path, files: &Files, found: &mut Comparison) -> Result<(), Error> {
    let old = record_of(root)?;
    if let Some(old) = &old {
        let new = files.get(RECORD).and_then(|text| Record::parse(text.as_bytes()).ok());
        let wrong = |reason| Err(Error::NotOurs { path: root.join(RECORD), reason });
        if old.target != found.target {
            return wrong(format!("it belongs to target `{}`", old.target));
        }
        if let Some(new) = new.filter(|new| new.project != old.project) {
            return wrong(format!("it belongs to project `{}`, not to `{}`", old.project, new.project));
        }
    }
    let none = Paths::default();
    let ours = old.as_ref().map_or(&none, |record| &record.paths);
    for (path, text) in files {
        let at = local(path);
        match look(root, &at, ours)? {
            Seen::Nothing => found.added.push(path.clone()),
            Seen::InTheWay(other) => found.foreign.push(slashed(&other)),
            Seen::File => {
                let full = root.join(&at);
                let there = outside::regular(&full, Limit::TREE).map_err(Error::io("read", &full))?;
                if there == text.as_bytes() {
                    // The same, whoever wrote it.
                } else if ours.files.contains(&at) || old.as_ref().is_some_and(|record| record.has_header(&there)) {
                    if has_conflict(&there) {
                        found.conflicts.push(path.clone());
                    }
                    found.changed.push(path.clone());
                } else {
                    found.foreign.push(path.clone());
                }
            }
        }
    }
    found.foreign.dedup();
    if let Some(old) = &old {
        found.removed = generated(root, old)?.into_iter().filter(|path| !files.contains_key(path)).collect();
    }
    let known = |path: &Path| {
        let path = slashed(path);
        let listed = |list: &[String]| list.binary_search(&path).is_ok();
        files.contains_key(&path) || listed(&found.removed) || found.foreign.contains(&path)
    };
    let mut unknown = Vec::new();
    others(root, Path::new(""), &known, &mut unknown)?;
    found.unknown = unknown;
    Ok(())
}

/// Adds unknown files in a folder of the tree; if nothing in a folder is known, the files are listed all the same.
fn others(root: &Path, folder: &Path, known: &impl Fn(&Path) -> bool, found: &mut Vec<String>) -> Result<(), Error> {
    for name in names(&root.join(folder))? {
        let at = folder.join(name);
        match kind(&root.join(&at))? {
            FileKind::Folder => others(root, &at, known, found)?,
            _ if known(&at) => {}
            FileKind::Nothing => {}
            FileKind::File | FileKind::Other => found.push(slashed(&at)),
        }
    }
    Ok(())
}

/// The trees in `out` that this project generated for targets that it no longer has.
fn obsolete(out: &Path, trees: &BTreeMap<String, Files>) -> Result<Vec<Comparison>, Error> {
    let record = trees.values().find_map(|files| files.get(RECORD));
    let Some(project) = record.and_then(|text| Record::parse(text.as_bytes()).ok()).map(|record| record.project) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for name in names(out)? {
        let Some(target) = name.to_str().filter(|name| !name.starts_with('.') && !trees.contains_key(*name)) else {
            continue;
        };
        let root = out.join(target);
        if kind(&root)? != FileKind::Folder {
            continue;
        }
        // A folder whose record is broken, or of another project or target (a copy, say), is somebody else's.
        let Ok(Some(record)) = record_of(&root) else { continue };
        if record.project == project && record.target == target {
            let removed = generated(&root, &record)?;
            found.push(Comparison { target: target.into(), obsolete: true, removed, ..Comparison::default() });
        }
    }
    Ok(found)
}

/// Which of the recorded files are there as a build has made them.
fn generated(root: &Path, record: &Record) -> Result<Vec<String>, Error> {
    let mut there = Vec::new();
    for path in &record.paths.files {
        if matches!(look(root, path, &Paths::default())?, Seen::File) && is_made(root, path, record)? {
            there.push(slashed(path));
        }
    }
    there.sort();
    Ok(there)
}

/// Whether a regular file of a tree is one that a build has made.
pub fn is_made(root: &Path, path: &Path, record: &Record) -> Result<bool, Error> {
    let full = root.join(path);
    let content = outside::regular(&full, Limit::TREE).map_err(Error::io("read", &full))?;
    Ok(record.made(path, &content))
}

/// What is at the place of a file.
enum Seen {
    /// Nothing that stays.
    Nothing,
    /// A regular file.
    File,
    /// This path, which is not ours, prevents the file.
    InTheWay(PathBuf),
}

fn look(root: &Path, path: &Path, ours: &Paths) -> Result<Seen, Error> {
    let mut at = PathBuf::new();
    for part in path {
        at.push(part);
        match kind(&root.join(&at))? {
            FileKind::Nothing => return Ok(Seen::Nothing),
            FileKind::File if at == path => return Ok(Seen::File),
            // A generated file in the place of a folder is removed with the old tree.
            FileKind::File if ours.files.contains(&at) => return Ok(Seen::Nothing),
            FileKind::Folder if at == path => {
                return Ok(first_foreign(root, &at, ours)?.map_or(Seen::Nothing, Seen::InTheWay));
            }
            FileKind::Folder => {}
            FileKind::File | FileKind::Other => return Ok(Seen::InTheWay(at)),
        }
    }
    unreachable!("a path has a last part, and that returns")
}

/// The first thing in a folder, or the folder, that is not generated.
fn first_foreign(root: &Path, folder: &Path, ours: &Paths) -> Result<Option<PathBuf>, Error> {
    if !ours.folders.contains(folder) {
        return Ok(Some(folder.to_owned()));
    }
    for name in names(&root.join(folder))? {
        let at = folder.join(name);
        let foreign = match kind(&root.join(&at))? {
            FileKind::Folder => first_foreign(root, &at, ours)?,
            FileKind::File if ours.files.contains(&at) => None,
            FileKind::Nothing | FileKind::File | FileKind::Other => Some(at),
        };
        if foreign.is_some() {
            return Ok(foreign);
        }
    }
    Ok(None)
}

/// What a path is, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Nothing is there.
    Nothing,
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, a socket, …
    Other,
}

/// What is at a path.
pub fn kind(path: &Path) -> Result<FileKind, Error> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Ok(FileKind::File),
        Ok(found) if found.is_dir() => Ok(FileKind::Folder),
        Ok(_) => Ok(FileKind::Other),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(FileKind::Nothing)
        }
        Err(error) => Err(Error::io("inspect", path)(error)),
    }
}

/// The names in a folder, sorted; none if it is not there.
pub fn names(folder: &Path) -> Result<Vec<std::ffi::OsString>, Error> {
    let mut names = match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<io::Result<Vec<_>>>()
            .map_err(Error::io("list", folder))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Error::io("list", folder)(error)),
    };
    names.sort();
    Ok(names)
}
