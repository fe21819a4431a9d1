//! Formats a file in the canonical layout, so that every project looks the same to a reader.
//!
//! The layout is a function of the tokens: `lines` sorts them into the lines of a file, of a body and of a list, and
//! `print` writes those. So each token comes out once and in its place, comments too, and nothing but the space between
//! them changes. A broken line, with all that is open in it, stays as it is, byte for byte.
//!
//! The rules, which `grammar/README.md` tells to users:
//!
//! - What is written on one line stays on one if it fits; everything else has a line for each item. The author decides
//!   which blocks are short, and a new item in a long one changes one line.
//! - Nothing is aligned, so a change of one line does not touch those around it.
//! - A newline separates, and a comma only within a line.
//! - Blank lines stay, but one is enough, and none at either end of a body.

mod lines;
mod print;

use crate::source::SourceFile;
use crate::syntax::Parsed;

/// The text of a file in canonical layout. Formatting it again changes nothing.
#[must_use]
pub fn format(file: &SourceFile, parsed: &Parsed) -> String {
    print::print(&lines::lines(file.text(), parsed))
}
