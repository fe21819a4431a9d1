//! Files of a compilation × a folder on disk → what differs. Reads only.

use super::record::{Paths, Record, is_safe, local, slashed};
use super::{Error, RECORD, Scope};
use crate::compile::Files;
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
    /// Whether the target is gone: its tree was generated once, and nothing of it is compiled any more.
    pub obsolete: bool,
    /// How many files the compiled tree has.
    pub files: usize,
    /// Compiled, and not on disk.
    pub added: Vec<String>,
    /// On disk with another content.
    pub changed: Vec<String>,
    /// Generated once, and no longer compiled.
    pub removed: Vec<String>,
    /// What others put where a compiled file has to be: nothing can be written.
    pub foreign: Vec<String>,
}

impl Comparison {
    /// Whether the tree on disk is the compiled one.
    #[must_use]
    pub fn is_current(&self) -> bool {
        !self.obsolete && [&self.added, &self.changed, &self.removed, &self.foreign].into_iter().all(Vec::is_empty)
    }
}

/// Compares all compiled trees with those in the folder `out`, and finds the obsolete ones.
///
/// # Errors
/// When something cannot be read, or a `tree.json` in the place of ours is not ours.
pub fn compare_all(out: &Path, trees: &BTreeMap<String, Files>, scope: Scope) -> Result<Vec<Comparison>, Error> {
    let mut all = Vec::new();
    for (target, files) in trees {
        all.push(compare(out, target, files)?);
    }
    if scope == Scope::Whole {
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
        Kind::Nothing => found.added = files.keys().cloned().collect(),
        Kind::Folder => compare_folder(&root, files, &mut found)?,
        // The folder of the tree itself is taken by a file or a link: named by the empty path.
        Kind::File | Kind::Other => found.foreign.push(String::new()),
    }
    Ok(found)
}

fn lists_itself(files: &Files) -> bool {
    let record = files.get(RECORD).and_then(|text| Record::parse(text.as_bytes()).ok());
    record.is_some_and(|record| record.paths == Paths::new(files.keys().map(String::as_str)))
}

fn compare_folder(root: &Path, files: &Files, found: &mut Comparison) -> Result<(), Error> {
    let old = Record::read(root)?;
    if let Some(old) = &old {
        let new = files.get(RECORD).and_then(|text| Record::parse(text.as_bytes()).ok());
        let wrong = |reason| Err(Error::NotOurs { path: root.join(RECORD), reason });
        if old.target != found.target {
            return wrong(format!("it is of the target `{}`", old.target));
        }
        if let Some(new) = new.filter(|new| new.project != old.project) {
            return wrong(format!("it is of the project `{}`, not of `{}`", old.project, new.project));
        }
    }
    let ours = old.map(|record| record.paths).unwrap_or_default();
    for (path, text) in files {
        let at = local(path);
        match look(root, &at, &ours)? {
            Seen::Nothing => found.added.push(path.clone()),
            Seen::InTheWay(other) => found.foreign.push(slashed(&other)),
            Seen::File => {
                let full = root.join(&at);
                if fs::read(&full).map_err(Error::io("read", &full))? == text.as_bytes() {
                    // The same, whoever wrote it.
                } else if ours.files.contains(&at) {
                    found.changed.push(path.clone());
                } else {
                    found.foreign.push(path.clone());
                }
            }
        }
    }
    found.foreign.dedup();
    found.removed = generated(root, &ours)?.into_iter().filter(|path| !files.contains_key(path)).collect();
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
        if kind(&root)? != Kind::Folder {
            continue;
        }
        // A folder whose record is broken, or of another project or target (a copy, say), is somebody else's.
        let Ok(Some(record)) = Record::read(&root) else { continue };
        if record.project == project && record.target == target {
            let removed = generated(&root, &record.paths)?;
            found.push(Comparison { target: target.into(), obsolete: true, removed, ..Comparison::default() });
        }
    }
    Ok(found)
}

/// Which of the recorded files are there, as the regular files that a build writes.
fn generated(root: &Path, ours: &Paths) -> Result<Vec<String>, Error> {
    let mut there = Vec::new();
    for path in &ours.files {
        if matches!(look(root, path, &Paths::default())?, Seen::File) {
            there.push(slashed(path));
        }
    }
    there.sort();
    Ok(there)
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
            Kind::Nothing => return Ok(Seen::Nothing),
            Kind::File if at == path => return Ok(Seen::File),
            // A generated file where a folder is needed now goes away with the old tree.
            Kind::File if ours.files.contains(&at) => return Ok(Seen::Nothing),
            Kind::Folder if at == path => {
                return Ok(first_foreign(root, &at, ours)?.map_or(Seen::Nothing, Seen::InTheWay));
            }
            Kind::Folder => {}
            Kind::File | Kind::Other => return Ok(Seen::InTheWay(at)),
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
            Kind::Folder => first_foreign(root, &at, ours)?,
            Kind::File if ours.files.contains(&at) => None,
            Kind::Nothing | Kind::File | Kind::Other => Some(at),
        };
        if foreign.is_some() {
            return Ok(foreign);
        }
    }
    Ok(None)
}

/// What a path is, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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
pub fn kind(path: &Path) -> Result<Kind, Error> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Ok(Kind::File),
        Ok(found) if found.is_dir() => Ok(Kind::Folder),
        Ok(_) => Ok(Kind::Other),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(Kind::Nothing)
        }
        Err(error) => Err(Error::io("look at", path)(error)),
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
