//! Reads files that others may have written: nothing else in the crate opens one.
//!
//! A repository may contain a link to anything, and the name of a source says nothing about what is behind it. So before a
//! file is read, it is checked: where links lead, that it is a regular file, and how large it is. What a user names is
//! trusted, including links and pipes; what is found in a folder must stay in that folder.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// How large a file may be, in bytes: a larger file is not of its kind, but has the name by accident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit(u64);

impl Limit {
    /// A source.
    pub const SOURCE: Self = Self(4 << 20);
    /// A payload: GitHub sends no more than 25 MB.
    pub const PAYLOAD: Self = Self(32 << 20);
    /// A file of a tree, or a manifest of an environment.
    pub const TREE: Self = Self(64 << 20);
    /// A file of manifests.
    pub const MANIFEST: Self = Self(128 << 20);
    /// Schemas: those of a cluster with several hundred kinds have some 50 MiB.
    pub const SCHEMA: Self = Self(512 << 20);

    /// Whether so many bytes are too many.
    #[must_use]
    pub fn is_below(self, bytes: u64) -> bool {
        bytes > self.0
    }

    /// What a whole folder of such files may have.
    #[must_use]
    pub fn of_all(self) -> Self {
        Self(self.0.saturating_mul(16))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB", self.0 >> 20)
    }
}

/// Reads a file that the user names. A link is followed, and a pipe is read, as a shell makes one for `<(…)`.
///
/// # Errors
/// When it cannot be read, is a device, or is too large.
pub fn named(path: &Path, limit: Limit) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    if !(found.is_file() || is_pipe(&found)) {
        return Err(no_file(&found));
    }
    open(path, &found, limit)
}

/// Reads a file of which it is known that no link is on the way to it.
///
/// # Errors
/// When it cannot be read, is a link or no regular file, or is too large.
pub fn regular(path: &Path, limit: Limit) -> io::Result<Vec<u8>> {
    let found = fs::symlink_metadata(path)?;
    if found.is_symlink() {
        return Err(link(&fs::read_link(path)?, "and links are not allowed here"));
    }
    if found.is_file() { open(path, &found, limit) } else { Err(no_file(&found)) }
}

/// Reads standard input, or whatever else comes without an end that is known.
///
/// # Errors
/// When it cannot be read, or is too large.
pub fn stream(from: impl Read, limit: Limit) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(limit.0.saturating_add(1)).read_to_end(&mut bytes)?;
    if limit.is_below(bytes.len() as u64) { Err(too_large(limit)) } else { Ok(bytes) }
}

/// A folder in which files are found.
#[derive(Debug, Clone)]
pub struct Root {
    /// As it is called.
    shown: PathBuf,
    /// Without links.
    real: PathBuf,
}

impl Root {
    /// That folder.
    ///
    /// # Errors
    /// When it is not there.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self { shown: folder.to_owned(), real: folder.canonicalize()? })
    }

    /// Reads a file that was found in the folder; nothing for a folder. A link is followed to another file of the folder,
    /// and neither out of it nor to what is hidden there, `.git/config` for one.
    ///
    /// # Errors
    /// When it cannot be read, leads out of the folder, is not a regular file, or is too large.
    pub fn found(&self, path: &Path, limit: Limit) -> io::Result<Option<Vec<u8>>> {
        let is_link = fs::symlink_metadata(path)?.is_symlink();
        let real = if is_link { path.canonicalize()? } else { path.to_owned() };
        let found = fs::metadata(&real)?;
        if found.is_dir() {
            return Ok(None);
        }
        if is_link {
            let hidden = |part: &std::ffi::OsStr| part.as_encoded_bytes().starts_with(b".");
            match real.strip_prefix(&self.real) {
                Ok(below) if below.iter().any(hidden) => return Err(link(&real, "which is hidden")),
                Ok(_) => {}
                Err(_) => return Err(link(&real, &format!("outside `{}`", self.shown.display()))),
            }
        }
        if found.is_file() { open(&real, &found, limit).map(Some) } else { Err(no_file(&found)) }
    }

    /// Reads a file below the folder, by its path from there, where no link may be on the way.
    ///
    /// # Errors
    /// When it cannot be read, a part of the path is a link, it is not a regular file, or it is too large.
    pub fn plain(&self, path: &Path, limit: Limit) -> io::Result<Vec<u8>> {
        let mut at = self.real.clone();
        for part in path.parent().into_iter().flatten() {
            at.push(part);
            if fs::symlink_metadata(&at)?.is_symlink() {
                return Err(link(
                    &fs::read_link(&at)?,
                    &format!("at `{}`, and links are not allowed here", at.display()),
                ));
            }
        }
        regular(&self.real.join(path), limit)
    }
}

fn open(path: &Path, found: &fs::Metadata, limit: Limit) -> io::Result<Vec<u8>> {
    if limit.is_below(found.len()) {
        return Err(too_large(limit));
    }
    stream(File::open(path)?, limit)
}

fn too_large(limit: Limit) -> io::Error {
    io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {limit}"))
}

fn no_file(found: &fs::Metadata) -> io::Error {
    let kind = if found.is_dir() { ErrorKind::IsADirectory } else { ErrorKind::InvalidInput };
    io::Error::new(kind, "it is not a regular file")
}

fn link(to: &Path, why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, format!("it is a link to `{}`, {why}", to.display()))
}

#[cfg(unix)]
fn is_pipe(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    found.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_: &fs::Metadata) -> bool {
    false
}
