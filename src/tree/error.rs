//! What can prevent a tree from being read or written. In every case, the trees on disk are unchanged.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a tree could not be compared or written.
#[derive(Debug)]
pub enum Error {
    /// A file system error.
    Io {
        /// What was tried: "read".
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A `tree.json` that was not written by a build of this target.
    NotOurs {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Foreign files, folders or links in the place of generated files.
    InTheWay(Vec<PathBuf>),
    /// Another build is writing to the same folder.
    Busy(PathBuf),
    /// A run failed, and so did rolling it back. The next run retries.
    NotUndone {
        /// The folder that holds the former trees, in `old`.
        kept: PathBuf,
        /// Why the run failed.
        cause: Box<Error>,
        /// Why the rollback failed.
        error: Box<Error>,
    },
}

/// How many paths a message names.
const SHOWN: usize = 10;

impl Error {
    /// Makes an error of what the system said about a path.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { action, path: path.to_owned(), error }
    }

    /// What to do about it, an imperative.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Io { .. } => "the trees on disk are unchanged; fix this and run again",
            Self::NotOurs { .. } => {
                "remove that file or its folder if it is not needed, or build to another folder with `-o`"
            }
            Self::InTheWay(_) => "move or remove it, or build to another folder with `-o`; nothing was written",
            Self::Busy(_) => "wait for it or stop it, and run again",
            Self::NotUndone { .. } => "fix this and run again: the next run restores the former trees first",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { action, path, error } => write!(f, "cannot {action} `{}`: {error}", path.display()),
            Self::NotOurs { path, reason } => {
                write!(f, "`{}` does not belong to this target: {reason}", path.display())
            }
            Self::InTheWay(paths) => {
                write!(f, "files that were not generated are in the place of generated ones:")?;
                for path in paths.iter().take(SHOWN) {
                    write!(f, "\n  {}", path.display())?;
                }
                if paths.len() > SHOWN {
                    write!(f, "\n  and {} more", paths.len() - SHOWN)?;
                }
                Ok(())
            }
            Self::Busy(out) => write!(f, "another build is writing to `{}`", out.display()),
            Self::NotUndone { kept, cause, error } => write!(
                f,
                "{cause}\nrolling back failed as well: {error}\nthe former trees are in `{}`",
                kept.join("old").display()
            ),
        }
    }
}

impl std::error::Error for Error {}
