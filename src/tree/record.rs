//! Reads `tree.json`, by which a tree says what was generated. It is read from disk, where anybody may have written
//! it, so nothing in it is believed before it is checked.

use super::{Error, RECORD};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a tree says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The project that it belongs to.
    pub project: String,
    /// The target that it is for.
    pub target: String,
    /// Its files, `tree.json` too.
    pub paths: Paths,
}

/// A set of files, and the folders that they need; relative to the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paths {
    /// The files.
    pub files: BTreeSet<PathBuf>,
    /// The folders above them, without the tree's own.
    pub folders: BTreeSet<PathBuf>,
}

impl Record {
    /// The record of the tree in `folder`; none if there is no `tree.json`.
    ///
    /// # Errors
    /// When the file cannot be read, or no build can have written it.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(RECORD);
        let wrong = |reason: String| Error::NotOurs { path: path.clone(), reason };
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => {}
            Ok(_) => return Err(wrong("it is not a regular file".into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", &path)(error)),
        }
        let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
        Self::parse(&bytes).map(Some).map_err(wrong)
    }

    /// The record in the bytes of a `tree.json`, or what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let json: Value = serde_json::from_slice(bytes).map_err(|error| format!("it is not JSON: {error}"))?;
        let text = |key: &str| {
            json[key].as_str().map(str::to_owned).ok_or_else(|| format!("it has no text at the key `{key}`"))
        };
        let listed = json["files"].as_array().ok_or("it has no list at the key `files`")?;
        let mut files = vec![RECORD];
        for file in listed {
            match file.as_str() {
                Some(path) if is_safe(path) => files.push(path),
                _ => return Err(format!("it lists {file}, which is not a path inside of the tree")),
            }
        }
        Ok(Self { project: text("project")?, target: text("target")?, paths: Paths::new(files) })
    }
}

impl Paths {
    /// The set of paths that are written with `/`.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let files: BTreeSet<_> = paths.into_iter().map(local).collect();
        let above = files.iter().flat_map(|path| path.ancestors().skip(1));
        let folders = above.filter(|path| !path.as_os_str().is_empty()).map(Path::to_owned).collect();
        Self { files, folders }
    }
}

/// Whether a path written with `/` stays inside of the folder to which it is joined, on every system.
pub fn is_safe(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']))
}

/// A path that is written with `/`, in the form of this system.
pub fn local(path: &str) -> PathBuf {
    path.split('/').collect()
}

/// A path inside of a tree, written with `/`.
pub fn slashed(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::{Paths, Record, is_safe};
    use std::path::Path;

    #[test]
    fn only_paths_inside_of_the_tree_are_safe() {
        assert!(["a", "a/b.yaml", "a/..b", ".hidden"].into_iter().all(is_safe));
        let unsafe_ones = ["", "/etc/passwd", "..", "a/../../b", "a//b", "a/", "./a", "a\\..\\b", "C:/x", "C:x", "a\0"];
        assert!(!unsafe_ones.into_iter().any(is_safe));
    }

    #[test]
    fn a_record_lists_itself_and_knows_its_folders() {
        let record = Record::parse(br#"{"project":"p","target":"t","files":["a/b/c"],"digest":1}"#).expect("valid");
        assert_eq!(record.paths, Paths::new(["tree.json", "a/b/c"]));
        assert!(record.paths.folders.iter().map(|p| p.as_path()).eq([Path::new("a"), Path::new("a/b")]));
    }

    #[test]
    fn what_no_build_writes_is_refused_with_its_reason() {
        let reason = |text: &str| Record::parse(text.as_bytes()).expect_err("refused");
        assert!(reason("{").starts_with("it is not JSON"));
        assert_eq!(reason("[]"), "it has no list at the key `files`");
        assert_eq!(reason(r#"{"files":[]}"#), "it has no text at the key `project`");
        assert_eq!(reason(r#"{"files":["../x"]}"#), r#"it lists "../x", which is not a path inside of the tree"#);
        assert_eq!(reason(r#"{"files":[7]}"#), "it lists 7, which is not a path inside of the tree");
    }
}
