//! A cache of schemas for the user. If it does not exist, or cannot be written or trusted, that
//! is not a failure: the schemas are read again.
//!
//! A file is named by the digest of all that its content follows from. It begins with the digest of its second line; that
//! is the index of the schemas, with the place and digest of each; then come the schemas.

use crate::verify::catalogue::{Catalogue, Index};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Changes with the form of these files.
const FORM: &str = "pipelinec schemas 1";

/// How many sets of schemas are kept: a few clusters, and some of their past.
const KEPT: usize = 16;

/// A file with schemas.
#[derive(Debug)]
pub struct Kept {
    file: File,
    begin: u64,
    head: Head,
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    index: Index,
    texts: Vec<TextRange>,
}

#[derive(Debug, Serialize, Deserialize)]
struct TextRange {
    start: u64,
    len: u64,
    digest: String,
}

/// The digest of bytes, in hexadecimal digits.
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The folder of these files.
pub fn folder() -> Option<PathBuf> {
    let variable = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || variable("HOME");
    let base = variable("XDG_CACHE_HOME").or_else(|| match env::consts::OS {
        "macos" => home().map(|home| home.join("Library/Caches")),
        "windows" => variable("LOCALAPPDATA"),
        _ => home().map(|home| home.join(".cache")),
    });
    base.map(|base| base.join("pipelinec"))
}

/// Opens the schemas of a key, if they exist and are complete.
pub fn open(folder: &Path, key: &str) -> Option<Kept> {
    let mut reader = BufReader::new(File::open(path(folder, key)).ok()?);
    let (mut first, mut second) = (String::new(), Vec::new());
    reader.by_ref().take(256).read_line(&mut first).ok()?;
    reader.read_until(b'\n', &mut second).ok()?;
    if first.trim_end() != format!("{FORM} {}", digest([second.as_slice()])) {
        return None;
    }
    let head = serde_json::from_slice(&second).ok()?;
    let begin = (first.len() + second.len()) as u64;
    Some(Kept { file: reader.into_inner(), begin, head })
}

impl Kept {
    /// What is there.
    pub fn index(&self) -> &Index {
        &self.head.index
    }

    /// One of the schemas, if it is as it was written.
    pub fn text(&self, number: usize) -> Option<String> {
        let place = self.head.texts.get(number)?;
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.begin.checked_add(place.start)?)).ok()?;
        let mut bytes = Vec::new();
        file.take(place.len).read_to_end(&mut bytes).ok()?;
        if digest([bytes.as_slice()]) == place.digest { String::from_utf8(bytes).ok() } else { None }
    }
}

/// Stores schemas for a key. An incomplete file is never visible.
///
/// # Errors
/// When that is not possible.
pub fn keep(folder: &Path, key: &str, catalogue: &Catalogue) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut start = 0;
    let texts = catalogue.texts.iter().map(|text| {
        let len = text.len() as u64;
        start += len;
        TextRange { start: start - len, len, digest: digest([text.as_bytes()]) }
    });
    let texts = texts.collect();
    let mut head = serde_json::to_vec(&Head { index: catalogue.index.clone(), texts })?;
    head.push(b'\n');
    let mut bytes = format!("{FORM} {}\n", digest([head.as_slice()])).into_bytes();
    bytes.extend(head);
    catalogue.texts.iter().for_each(|text| bytes.extend(text.as_bytes()));
    // Another run may write the same at the same time, so each uses a unique name until it is done.
    let own = folder.join(format!("{key}.{}", std::process::id()));
    let written = File::create(&own).and_then(|mut file| file.write_all(&bytes));
    let done = written.and_then(|()| fs::rename(&own, path(folder, key)));
    if done.is_err() {
        let _ = fs::remove_file(&own);
    }
    done?;
    forget(folder)
}

fn path(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("{key}.schemas"))
}

/// Removes what is older than the newest ones.
fn forget(folder: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "schemas") {
            files.push((path.metadata()?.modified()?, path));
        }
    }
    files.sort();
    let old = files.len().saturating_sub(KEPT);
    files[..old].iter().try_for_each(|(_, path)| fs::remove_file(path))
}
