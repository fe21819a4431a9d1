//! A folder for a test, and trees as a build writes them.

use pipelinec::files::Files;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A temporary folder in which the program runs.
pub struct Folder {
    temp: TempDir,
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Folder {
    /// An empty one, which goes with the value.
    #[must_use]
    pub fn new() -> Self {
        Self { temp: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A path in it.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    /// Writes a file, and the folders above it.
    #[must_use]
    pub fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.put(path, text);
        self
    }

    /// The same, later in a test.
    pub fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folders are made");
        fs::write(path, text).expect("the file is written");
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Everything below a folder: the text of files, `-> target` of links, `/` for folders.
    pub fn listing(&self, folder: &str) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        list(&self.path(folder), "", &mut all);
        all
    }
}

fn list(folder: &Path, above: &str, all: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.expect("listed");
        let name = format!("{above}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().expect("a type");
        if kind.is_dir() {
            list(&entry.path(), &format!("{name}/"), all);
            all.insert(name, "/".to_owned());
        } else if kind.is_symlink() {
            all.insert(name, format!("-> {}", fs::read_link(entry.path()).expect("a link").display()));
        } else {
            all.insert(name, fs::read_to_string(entry.path()).expect("a text"));
        }
    }
}

/// The compiled tree of a target, with its record.
pub fn tree(project: &str, target: &str, files: &[(&str, &str)]) -> Files {
    let mut tree: Files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let record = pipelinec::record::write(project, target, &tree);
    tree.insert("tree.json".to_owned(), record);
    tree
}

/// Compiled trees of the project `p`.
pub fn trees(targets: &[(&str, &[(&str, &str)])]) -> BTreeMap<String, Files> {
    targets.iter().map(|(target, files)| ((*target).to_owned(), tree("p", target, files))).collect()
}
