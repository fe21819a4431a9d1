//! Files of a service's containers whose text is in the program.

use crate::source::Spanned;

/// A file.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where containers find it: an absolute path.
    pub path: Spanned<String>,
    /// What it contains.
    pub text: String,
}
