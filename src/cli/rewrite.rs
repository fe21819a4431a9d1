//! A source and its new text → the file on disk.

use super::error::Error;
use crate::outside::{self, Limit};
use crate::source::SourceFile;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// A byte order mark, which is not part of a source's text.
const MARK: &str = "\u{feff}";

/// The mark with which the file on disk begins, or an empty text.
///
/// # Errors
/// When the file cannot be read, or has changed since it was read.
pub fn mark(file: &SourceFile) -> Result<&'static str, Error> {
    let bytes = outside::named(Path::new(file.path()), Limit::SOURCE).map_err(|error| failed(file, error))?;
    let on_disk = String::from_utf8(bytes).map_err(|error| failed(file, io::Error::other(error)))?;
    let (mark, text) = match on_disk.strip_prefix(MARK) {
        Some(text) => (MARK, text),
        None => ("", on_disk.as_str()),
    };
    if text == file.text() { Ok(mark) } else { Err(failed(file, io::Error::other("it has changed since it was read"))) }
}

/// Replaces a file atomically: the new text is complete before it replaces the old one.
///
/// # Errors
/// When it cannot be written. It is as it was then.
pub fn write(file: &SourceFile, text: &str) -> Result<(), Error> {
    replace(Path::new(file.path()), text).map_err(|error| failed(file, error))
}

/// Writes a file atomically, whether it already exists or not.
///
/// # Errors
/// When it cannot be written.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    // What a link names is written, and the link stays.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    // Renaming would replace a read-only file all the same, which is not what its owner wants.
    if fs::metadata(&path).is_ok_and(|file| file.permissions().readonly()) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = fs::File::create_new(&temporary).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(&path) {
            file.set_permissions(old.permissions())?;
        }
        fs::rename(&temporary, &path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn failed(file: &SourceFile, source: io::Error) -> Error {
    Error::Unwritable { path: file.path().into(), source }
}
