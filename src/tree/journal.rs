//! Which working folders in output folders are those of builds by this user on this machine.
//!
//! An output folder is part of a repository, and anybody whose change is merged, or only built in CI, can put a working
//! folder into it that claims to hold former trees. Only a folder whose random name was noted here, outside of every
//! repository, is restored.

use super::Error;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder with a file for each working folder in use: named as that, holding the output folder's path.
#[derive(Debug, Clone)]
pub struct Journal {
    folder: Option<PathBuf>,
}

impl Journal {
    /// The user's: in the folder for the state of programs. Without such a folder nothing is noted, so that nothing of a
    /// killed build is restored without the user.
    #[must_use]
    pub fn of_user() -> Self {
        let variable = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = variable("XDG_STATE_HOME").or_else(|| match env::consts::OS {
            "windows" => variable("LOCALAPPDATA"),
            "macos" => Some(variable("HOME")?.join("Library/Application Support")),
            _ => Some(variable("HOME")?.join(".local/state")),
        });
        Self { folder: state.map(|state| state.join("pipelinec/builds")) }
    }

    /// One in this folder.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()) }
    }

    /// Notes a working folder in `out`. What cannot be noted is not restored later, which loses nothing now.
    pub(super) fn note(&self, out: &Path, name: &str) {
        if let (Some(folder), Ok(out)) = (&self.folder, out.canonicalize()) {
            let _ = fs::create_dir_all(folder)
                .and_then(|()| fs::write(folder.join(name), out.as_os_str().as_encoded_bytes()));
        }
    }

    /// Whether a working folder in `out` was noted.
    pub(super) fn knows(&self, out: &Path, name: &str) -> Result<bool, Error> {
        let Some(folder) = &self.folder else { return Ok(false) };
        let out = out.canonicalize().map_err(Error::io("inspect", out))?;
        Ok(fs::read(folder.join(name)).is_ok_and(|noted| noted == out.as_os_str().as_encoded_bytes()))
    }

    /// Forgets a working folder.
    pub(super) fn forget(&self, name: &str) {
        if let Some(folder) = &self.folder {
            let _ = fs::remove_file(folder.join(name));
        }
    }
}
