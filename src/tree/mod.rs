//! The tree of a build on disk: what differs between it and the files of a compilation ([`compare()`]), and its
//! replacement as a whole or not at all ([`write()`]).
//!
//! A generated tree says itself, in its `tree.json`, which files were generated. Whatever else lies in its folder
//! belongs to others: it is carried over, never read, changed or removed, and it may not lie where a file has to be
//! written. Symbolic links are never followed below the output folder.

mod compare;
mod error;
mod lock;
mod read;
mod record;
mod swap;
mod write;

pub use compare::{Comparison, compare, compare_all};
pub use error::Error;
pub use read::{of_files, read_all};
pub use write::write;

/// The file of a tree that lists the others.
pub const RECORD: &str = "tree.json";

/// Which targets a build has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of them: the tree of any other target of the project is obsolete.
    Whole,
    /// Some of them: the others are none of its business.
    Chosen,
}
