//! What both suites of tests share. Nothing here starts a process, so that `tests/suite` cannot do it by way of this.

pub mod commands;
pub mod compiled;
pub mod documents;
pub mod errors;
pub mod fixtures;
pub mod folder;
pub mod hostile;
pub mod pages;
pub mod property;
pub mod push;
pub mod review;
pub mod runs;
pub mod texts;
pub mod yaml;
pub mod yaml11;

use std::path::Path;

/// The root of the repository.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this is in a folder of `tests`")
}
