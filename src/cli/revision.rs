//! Files of a git revision, read through git without a checkout.

use super::error::Error;
use super::git::{command, git_bytes};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Stdio;

/// The files below a folder at a revision, by their paths from that folder. Files that are not text are passed over.
///
/// # Errors
/// When there is no git, no repository or no such revision.
pub fn files(revision: &str, folder: &Path) -> Result<BTreeMap<String, String>, Error> {
    let there = existing(folder);
    let failed = |reason: String| Error::Revision { name: revision.to_owned(), reason };
    // A revision that begins with a dash would be an option.
    if revision.is_empty() || revision.starts_with('-') || revision.contains([':', '\0']) {
        return Err(failed("it is no name of a revision".into()));
    }
    let prefix = git_bytes(&there, &["rev-parse", "--show-prefix"]).map_err(&failed)?;
    let rest = folder.strip_prefix(&there).unwrap_or(Path::new("")).to_string_lossy().into_owned();
    let path = format!("{}{rest}", String::from_utf8_lossy(&prefix).trim_end_matches('\n'));
    let path = path.trim_end_matches('/');
    let wanted = format!("{revision}^{{commit}}");
    let commit =
        git_bytes(&there, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).map_err(|reason| {
            let shallow =
                git_bytes(&there, &["rev-parse", "--is-shallow-repository"]).is_ok_and(|said| said == b"true\n");
            failed(match (reason.is_empty(), shallow) {
                (false, _) => reason,
                (true, true) => "there is no such commit in this clone, which is shallow: fetch it first".into(),
                (true, false) => "there is no such commit".into(),
            })
        })?;
    let commit = String::from_utf8_lossy(&commit).trim().to_owned();
    let listing = git_bytes(&there, &["ls-tree", "-r", "-z", "--full-tree", &commit]).map_err(&failed)?;
    let mut found = Vec::new();
    for entry in listing.split(|byte| *byte == 0) {
        let entry = String::from_utf8_lossy(entry);
        let Some((what, name)) = entry.split_once('\t') else { continue };
        // A repository in the repository: its files are in that one.
        if what.contains(" commit ") && (path == name || path.starts_with(&format!("{name}/"))) {
            let reason = format!("`{name}` is a submodule there, which is not checked out here");
            return Err(failed(reason));
        }
        let below =
            if path.is_empty() { Some(name) } else { name.strip_prefix(path).and_then(|name| name.strip_prefix('/')) };
        if let (Some(below), [_, "blob", id]) = (below, what.split(' ').collect::<Vec<_>>().as_slice()) {
            found.push((below.to_owned(), (*id).to_owned()));
        }
    }
    contents(&there, found).map_err(failed)
}

/// The nearest folder on the way to a path that is there.
fn existing(folder: &Path) -> std::path::PathBuf {
    let found = folder.ancestors().find(|folder| folder.is_dir());
    found.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// The contents of blobs, all by one process.
fn contents(folder: &Path, blobs: Vec<(String, String)>) -> Result<BTreeMap<String, String>, String> {
    let mut child = command(folder)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let asked: String = blobs.iter().map(|(_, id)| format!("{id}\n")).collect();
    let mut input = child.stdin.take().ok_or("git takes no input")?;
    // Asked from a thread of its own: git answers while it is still being asked.
    let writer = std::thread::spawn(move || input.write_all(asked.as_bytes()));
    let mut bytes = Vec::new();
    child.stdout.take().ok_or("git gives no output")?.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let _ = writer.join();
    child.wait().map_err(|error| error.to_string())?;
    let mut rest = bytes.as_slice();
    let mut files = BTreeMap::new();
    for (name, _) in blobs {
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or("git's answer is cut off")?;
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size: usize = head.rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or("git lost a file")?;
        let content = rest.get(end + 1..end + 1 + size).ok_or("git's answer is cut off")?;
        if let Ok(text) = std::str::from_utf8(content) {
            files.insert(name, text.to_owned());
        }
        rest = rest.get(end + 2 + size..).unwrap_or_default();
    }
    Ok(files)
}
