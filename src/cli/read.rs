//! A folder, a file or standard input → the sources of a program.

use crate::outside::{self, Limit, Root};
use crate::source::{Fault, SourceMap};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Why the sources cannot be read.
#[derive(Debug)]
pub enum Error {
    /// There is nothing at the path.
    Missing(PathBuf),
    /// The folder has no `*.pipe` file.
    Empty(PathBuf),
    /// These files or folders cannot be used, each for its reason.
    Unusable(Vec<(PathBuf, String)>),
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Missing(_) => {
                Some("pass a folder with *.pipe files, a single *.pipe file, or `-` for standard input")
            }
            Self::Empty(_) => {
                Some("create a first one with `pipelinec init`, or pass another folder: `pipelinec check DIR`")
            }
            Self::Unusable(_) => Some("fix these files, or move them out of the folder"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "no such file or folder: `{}`", path.display()),
            Self::Empty(path) => write!(f, "no *.pipe files in `{}` or its subfolders", path.display()),
            Self::Unusable(list) => {
                let lines = list.iter().map(|(path, reason)| format!("cannot read `{}`: {reason}", path.display()));
                f.write_str(&lines.collect::<Vec<_>>().join("\n"))
            }
        }
    }
}

impl std::error::Error for Error {}

/// Reads all sources at `path`: the `*.pipe` files of a folder and of those below it, one file, or standard input for
/// `-`. Names that start with a dot are skipped, and so is the output folder `out`.
///
/// # Errors
/// When there are none, or one cannot be read; all that cannot be read are named.
pub fn read(path: &Path, out: &Path) -> Result<SourceMap, Error> {
    if path == Path::new("-") {
        let bytes = outside::stream(io::stdin().lock(), Limit::SOURCE)
            .map_err(|error| Error::Unusable(vec![("stdin.pipe".into(), error.to_string())]))?;
        return Ok(SourceMap::decoded([("stdin.pipe".to_owned(), bytes)]));
    }
    let mut found = Found::new(Limit::SOURCE);
    match fs::metadata(path) {
        Ok(it) if it.is_dir() => read_folder(path, out, &mut found),
        Ok(_) => found.add(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::Missing(path.to_owned())),
        Err(error) => found.unusable.push((path.to_owned(), error.to_string())),
    }
    if !found.unusable.is_empty() {
        return Err(Error::Unusable(found.unusable));
    }
    if found.sources.is_empty() {
        return Err(Error::Empty(path.to_owned()));
    }
    Ok(SourceMap::decoded(found.sources))
}

/// Rejects sources that are not UTF-8: a check can report what is wrong with them, but nothing can rewrite them.
///
/// # Errors
/// When there are some; all are named.
pub fn refuse_others_than_utf8(sources: &SourceMap) -> Result<(), Error> {
    let reason = |fault| match fault {
        Fault::Utf16 => "it is UTF-16, not UTF-8",
        Fault::Byte { .. } => "it is not UTF-8",
        Fault::Binary => "it is not a text file",
    };
    let faults = sources.iter().filter_map(|(_, file)| Some((file.path().into(), reason(file.fault()?).to_owned())));
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Unusable(faults)) }
}

fn read_folder(folder: &Path, out: &Path, found: &mut Found) {
    walk(folder, Some(out), &["pipe"], found);
}

/// Reads the files with these extensions in a folder and its subfolders. Names that start with a dot are skipped, and so
/// is the folder `out`.
pub(super) fn walk(folder: &Path, out: Option<&Path>, endings: &[&str], found: &mut Found) {
    let out = out.and_then(|out| out.canonicalize().ok());
    let wanted = |entry: &DirEntry| {
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let output = || entry.file_type().is_dir() && out.is_some() && entry.path().canonicalize().ok() == out;
        entry.depth() == 0 || !(hidden || output())
    };
    let root = match Root::new(folder) {
        Ok(root) => root,
        Err(error) => return found.unusable.push((folder.to_owned(), error.to_string())),
    };
    for entry in WalkDir::new(folder).follow_links(false).sort_by_file_name().into_iter().filter_entry(wanted) {
        match entry {
            Ok(entry) if entry.path().extension().is_some_and(|it| endings.iter().any(|known| it == *known)) => {
                found.add_entry(&root, &entry);
            }
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                found.unusable.push((path, reason));
            }
        }
    }
}

/// Files that are being read.
pub(super) struct Found {
    /// Their paths, as they are shown, and bytes.
    pub sources: Vec<(String, Vec<u8>)>,
    /// Those that cannot be read, and why.
    pub unusable: Vec<(PathBuf, String)>,
    limit: Limit,
    /// How many bytes there are.
    size: u64,
}

impl Found {
    /// Nothing yet; a file may have so many bytes, and all of them some times that.
    pub fn new(limit: Limit) -> Self {
        Self { sources: Vec::new(), unusable: Vec::new(), limit, size: 0 }
    }

    /// Reads what a path of the command line names: standard input for `-`, which then has the name `input`, a file, or
    /// the files with these endings in a folder. Says whether it is a folder; nothing where there is nothing.
    pub fn add_named(&mut self, path: &Path, input: &str, endings: &[&str]) -> Option<bool> {
        if path == Path::new("-") {
            match outside::stream(io::stdin().lock(), self.limit) {
                Ok(bytes) => self.sources.push((input.to_owned(), bytes)),
                Err(error) => self.unusable.push((input.into(), error.to_string())),
            }
            return Some(false);
        }
        match fs::metadata(path) {
            Ok(it) if it.is_dir() => {
                walk(path, None, endings, self);
                return Some(true);
            }
            Ok(_) => self.add(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => self.unusable.push((path.to_owned(), error.to_string())),
        }
        Some(false)
    }

    /// Reads an entry of a folder that has the name of a source. A link is read where it leads to another file of the folder;
    /// one to a folder is not entered, so that cycles end. Anything else is an error: silently skipping a source would remove
    /// what it describes from the cluster.
    pub fn add_entry(&mut self, root: &Root, entry: &DirEntry) {
        let path = entry.path();
        if let Some(read) = root.found(path, self.limit).transpose() {
            self.keep(path, read);
        }
    }

    /// Reads the file at `path`, which the user names.
    pub fn add(&mut self, path: &Path) {
        self.keep(path, outside::named(path, self.limit));
    }

    /// Keeps a file. It is shown as a shell in the current folder would name it, so that an editor or a CI that reads a
    /// message can find it.
    fn keep(&mut self, path: &Path, read: io::Result<Vec<u8>>) {
        let shown = path.strip_prefix(".").unwrap_or(path);
        let name: Option<Vec<&str>> = shown.iter().map(|part| part.to_str()).collect();
        let all = self.limit.of_all();
        match (name, read) {
            (Some(name), Ok(bytes)) => {
                self.size += bytes.len() as u64;
                if all.is_below(self.size) {
                    // What is here already takes enough room.
                    self.sources.clear();
                    self.unusable
                        .push((shown.to_owned(), format!("with it, the total size of all files is more than {all}")));
                } else {
                    self.sources.push((name.join("/").replace("//", "/"), bytes));
                }
            }
            (None, Ok(_)) => self.unusable.push((shown.to_owned(), "its name is not UTF-8".to_owned())),
            (_, Err(error)) => self.unusable.push((shown.to_owned(), error.to_string())),
        }
    }
}
