//! The tree of a build on disk: what differs between it and the files of a compilation ([`compare()`]), and its
//! replacement as a whole or not at all ([`write()`]).
//!
//! The record of a generated tree lists which files were generated ([`crate::record`]). Whatever else is in its folder
//! belongs to others: it is carried over, never changed or removed, and it may not lie where a file has to be written. It
//! is named all the same, because Argo CD reads such files. Symbolic links are never followed below the output folder.

mod compare;
mod error;
mod journal;
mod lock;
mod read;
mod swap;
mod write;

pub use compare::{Comparison, compare, compare_all};
pub use error::Error;
pub use journal::Journal;
pub use read::{of_files, read_all};
pub use swap::leftovers;
pub use write::write;

/// Which targets a build has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All of them: the tree of any other target of the project is obsolete.
    Whole,
    /// Some of them: the others are left alone.
    Chosen,
}
