//! External programs: git, kubectl, and what a simulated delivery runs. Nothing else in the crate starts one.
//!
//! They run where untrusted files lie. So a program must be in an absolute folder of `PATH`, never in the working folder,
//! and the programs that it starts are found in the same folders.

use std::env;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program of that name, which reads nothing from the terminal.
///
/// # Errors
/// When none is on `PATH`.
pub fn program(name: &str) -> io::Result<Command> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let mut found = folders().into_iter().map(|folder| folder.join(&file));
    let found = found.find(|path| fs::metadata(path).is_ok_and(|it| can_run(&it)));
    let found =
        found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("`{name}` was not found in `PATH`")))?;
    let mut command = Command::new(found);
    command.env("PATH", path()).stdin(Stdio::null());
    Ok(command)
}

/// `PATH` without what leads to the working folder.
pub fn path() -> OsString {
    // A folder with the separator in its name cannot come from there.
    env::join_paths(folders()).unwrap_or_default()
}

/// The folders of `PATH`. An empty entry is the working folder, and a relative one is inside it.
fn folders() -> Vec<PathBuf> {
    let here = env::current_dir().ok();
    let is_here = |folder: &Path| here.is_some() && folder.canonicalize().ok() == here;
    let all = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&all).filter(|folder| folder.is_absolute() && !is_here(folder)).collect()
}

#[cfg(unix)]
fn can_run(file: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.is_file() && file.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn can_run(file: &Metadata) -> bool {
    file.is_file()
}
