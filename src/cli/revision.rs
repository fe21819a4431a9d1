//! Files of a git revision, read through git without a checkout.

use super::error::Error;
use super::git::{self, Checkout};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

/// The files below a folder at a revision of the repository of the working folder, by their paths from that folder. Links,
/// and files that are not text, are skipped.
///
/// # Errors
/// When there is no git, no repository or no such revision.
pub fn files(revision: &str, folder: &Path) -> Result<BTreeMap<String, String>, Error> {
    let failed = |reason: String| Error::Revision { name: revision.to_owned(), reason };
    // A revision that begins with a dash would be an option.
    if revision.is_empty() || revision.starts_with('-') || revision.contains([':', '\0']) {
        return Err(failed("it is no name of a revision".into()));
    }
    let checkout = Checkout::around(Path::new(".")).map_err(&failed)?;
    let path = checkout.path_of(folder).map_err(&failed)?;
    let wanted = format!("{revision}^{{commit}}");
    let commit =
        checkout.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).map_err(|reason| {
            let shallow = checkout.git(&["rev-parse", "--is-shallow-repository"]).is_ok_and(|said| said == "true");
            failed(match (reason.is_empty(), shallow) {
                (false, _) => reason,
                (true, true) => "there is no such commit in this clone, which is shallow: fetch it first".into(),
                (true, false) => "there is no such commit".into(),
            })
        })?;
    let listing = checkout.bytes(&["ls-tree", "-r", "-z", "--full-tree", &commit]).map_err(&failed)?;
    let mut found = Vec::new();
    for entry in listing.split(|byte| *byte == 0) {
        let entry = String::from_utf8_lossy(entry);
        let Some((what, name)) = entry.split_once('\t') else { continue };
        // A repository in the repository: its files are in that one.
        if what.contains(" commit ") && (path == name || path.starts_with(&format!("{name}/"))) {
            let reason = format!("`{name}` is a submodule there; run this in it");
            return Err(failed(reason));
        }
        let below =
            if path.is_empty() { Some(name) } else { name.strip_prefix(&path).and_then(|name| name.strip_prefix('/')) };
        if let (Some(below), [mode, "blob", id]) = (below, what.split(' ').collect::<Vec<_>>().as_slice())
            && mode.starts_with("100")
        {
            found.push((below.to_owned(), (*id).to_owned()));
        }
    }
    contents(&checkout, found).map_err(failed)
}

/// The contents of blobs, all by one process.
fn contents(checkout: &Checkout, blobs: Vec<(String, String)>) -> Result<BTreeMap<String, String>, String> {
    let mut command = checkout.command()?;
    command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let asked: String = blobs.iter().map(|(_, id)| format!("{id}\n")).collect();
    let mut input = child.stdin.take().ok_or("git takes no input")?;
    // Asked from a thread of its own: git answers while it is still being asked.
    let writer = std::thread::spawn(move || input.write_all(asked.as_bytes()));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let _ = writer.join();
    let mut rest = output.stdout.as_slice();
    let mut files = BTreeMap::new();
    for (name, _) in blobs {
        let lost = || match git::complaint(&output.stderr) {
            _ if is_partial(checkout) => format!(
                "`{name}` is not in this clone, which is a partial one, and a comparison fetches nothing: bring it \
                 with `git fetch --refetch --no-filter`"
            ),
            reason if reason.is_empty() => format!("git has lost `{name}`"),
            reason => reason,
        };
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(lost)?;
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size: usize = head.rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or_else(lost)?;
        let content = rest.get(end + 1..end + 1 + size).ok_or_else(lost)?;
        if let Ok(text) = std::str::from_utf8(content) {
            files.insert(name, text.to_owned());
        }
        rest = rest.get(end + 2 + size..).unwrap_or_default();
    }
    Ok(files)
}

/// Whether some objects of the repository are only where it was cloned from.
fn is_partial(checkout: &Checkout) -> bool {
    checkout.git(&["config", "--get-regexp", git::PARTIAL]).is_ok()
}
