//! Files of a git revision, read through git without a checkout.

use super::git::{self, Checkout};
use crate::outside::Limit;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::process::Stdio;

/// The files below a folder at a revision of the repository of the working folder, by their paths from that folder. Links,
/// and files that are not text, are skipped.
///
/// # Errors
/// Why they cannot be read: there is no git, no repository or no such revision.
pub fn files(revision: &str, folder: &Path) -> Result<BTreeMap<String, String>, String> {
    // A revision that begins with a dash would be an option.
    if revision.is_empty() || revision.starts_with('-') || revision.contains([':', '\0']) {
        return Err("it is not a valid revision".into());
    }
    let checkout = Checkout::around(Path::new("."))?;
    let path = checkout.path_of(folder)?;
    let wanted = format!("{revision}^{{commit}}");
    let commit =
        checkout.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).map_err(|reason| {
            let shallow = checkout.git(&["rev-parse", "--is-shallow-repository"]).is_ok_and(|said| said == "true");
            match (reason.is_empty(), shallow) {
                (false, _) => reason,
                (true, true) => "no such commit in this shallow clone: fetch it first".into(),
                (true, false) => "no such commit".into(),
            }
        })?;
    let listing = checkout.bytes(&["ls-tree", "-r", "-z", "--full-tree", &commit])?;
    let mut found = Vec::new();
    for entry in listing.split(|byte| *byte == 0) {
        let entry = String::from_utf8_lossy(entry);
        let Some((what, name)) = entry.split_once('\t') else { continue };
        // A repository in the repository: its files are in that one.
        if what.contains(" commit ") && (path == name || path.starts_with(&format!("{name}/"))) {
            let reason = format!("`{name}` is a submodule there; run this in it");
            return Err(reason);
        }
        let below =
            if path.is_empty() { Some(name) } else { name.strip_prefix(&path).and_then(|name| name.strip_prefix('/')) };
        if let (Some(below), [mode, "blob", id]) = (below, what.split(' ').collect::<Vec<_>>().as_slice())
            && mode.starts_with("100")
        {
            found.push((below.to_owned(), (*id).to_owned()));
        }
    }
    contents(&checkout, found)
}

/// The contents of blobs, all by one process.
fn contents(checkout: &Checkout, blobs: Vec<(String, String)>) -> Result<BTreeMap<String, String>, String> {
    let mut command = checkout.command()?;
    command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let asked: String = blobs.iter().map(|(_, id)| format!("{id}\n")).collect();
    let mut input = child.stdin.take().ok_or("git takes no input")?;
    // Requested in a separate thread: git responds while requests are still being sent.
    let writer = std::thread::spawn(move || input.write_all(asked.as_bytes()));
    let read = answers(child.stdout.take().ok_or("git gives no output")?, &blobs);
    // Of what is too large the rest is not waited for.
    let _ = child.kill();
    let _ = writer.join();
    let said = child.wait_with_output().map_err(|error| error.to_string())?.stderr;
    read.map_err(|failure| match failure {
        Failure::Large(name, limit) => format!("`{name}` is larger than {limit}"),
        Failure::Lost(name) if is_partial(checkout) => format!(
            "`{name}` is not in this clone, which is a partial one, and a comparison fetches nothing: bring it \
             with `git fetch --refetch --no-filter`"
        ),
        Failure::Lost(name) => match git::complaint(&said) {
            reason if reason.is_empty() => format!("git cannot find `{name}`"),
            reason => reason,
        },
    })
}

/// Why there is no content.
enum Failure<'a> {
    /// Of this file git gives none.
    Lost(&'a str),
    /// This file is too large, or all are with it.
    Large(&'a str, Limit),
}

/// What git answers to the ids of blobs: a line with the size of each, then its content. What is not text is left out.
fn answers(output: impl Read, blobs: &[(String, String)]) -> Result<BTreeMap<String, String>, Failure<'_>> {
    let mut output = BufReader::new(output);
    let mut files = BTreeMap::new();
    let mut all = 0;
    for (name, _) in blobs {
        let mut head = String::new();
        output.read_line(&mut head).map_err(|_| Failure::Lost(name))?;
        let size: u64 =
            head.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or(Failure::Lost(name))?;
        all += size;
        for (limit, size) in [(Limit::TREE, size), (Limit::TREE.of_all(), all)] {
            if limit.is_below(size) {
                return Err(Failure::Large(name, limit));
            }
        }
        let mut content = Vec::new();
        output.by_ref().take(size + 1).read_to_end(&mut content).map_err(|_| Failure::Lost(name))?;
        if content.pop() != Some(b'\n') || content.len() as u64 != size {
            return Err(Failure::Lost(name));
        }
        if let Ok(text) = String::from_utf8(content) {
            files.insert(name.clone(), text);
        }
    }
    Ok(files)
}

/// Whether some objects of the repository are only where it was cloned from.
fn is_partial(checkout: &Checkout) -> bool {
    checkout.git(&["config", "--get-regexp", git::PARTIAL]).is_ok()
}
