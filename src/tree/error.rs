//! What can prevent a tree from being read or written. Whatever it is, the trees on disk are as they were.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a tree could not be compared or written.
#[derive(Debug)]
pub enum Error {
    /// The file system refused.
    Io {
        /// What was tried: "read".
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A `tree.json` that no build of this target has written.
    NotOurs {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Files, folders or links of others where generated files have to be.
    InTheWay(Vec<PathBuf>),
    /// Another build is writing to the same folder.
    Busy(PathBuf),
    /// A run failed, and so did putting things back. The next run tries again.
    NotUndone {
        /// The folder that holds the former trees, in `old`.
        kept: PathBuf,
        /// Why the run failed.
        cause: Box<Error>,
        /// Why putting back failed.
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
            Self::Io { .. } => "the trees on disk are as they were; mend this and run again",
            Self::NotOurs { .. } => {
                "remove that file or its folder if nobody needs it, or build to another folder: `-o`"
            }
            Self::InTheWay(_) => "move or remove what is there, or build to another folder: `-o`; nothing was written",
            Self::Busy(_) => "wait for it, or stop it, and run again",
            Self::NotUndone { .. } => "mend this and run again: the next run puts the former trees back first",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { action, path, error } => write!(f, "cannot {action} `{}`: {error}", path.display()),
            Self::NotOurs { path, reason } => write!(f, "`{}` is not of this target: {reason}", path.display()),
            Self::InTheWay(paths) => {
                write!(f, "not generated, but where a generated file has to be:")?;
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
                "{cause}\nwhat was done until then could not be put back: {error}\nthe former trees are in `{}`",
                kept.join("old").display()
            ),
        }
    }
}

impl std::error::Error for Error {}
