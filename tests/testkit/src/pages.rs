//! The pages that people read, and the fenced blocks in them.

use std::fs;

use crate::root;

/// Every document that people read. `guides.rs` has more tests of the guides.
pub const PAGES: [&str; 6] = [
    "README.md",
    "grammar/README.md",
    "grammar/guides/first-delivery.md",
    "grammar/guides/moving-over.md",
    "grammar/guides/review-in-ci.md",
    "grammar/guides/when-a-delivery-fails.md",
];

/// The text of a file of the repository.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A fenced block of a document.
pub struct Fence {
    /// The line of its opening fence, from 1 on.
    pub line: usize,
    /// What follows the backticks.
    pub info: String,
    /// The line before the fence.
    pub before: String,
    /// What stands in it.
    pub text: String,
}

/// The fenced blocks of a document.
pub fn fences(document: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut open: Option<Fence> = None;
    let mut before = String::new();
    for (at, line) in document.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Fence { line: at + 1, info: info.to_owned(), before: before.clone(), text: String::new() })
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(fence), None) => {
                fence.text.push_str(line);
                fence.text.push('\n');
            }
            (None, None) => before = line.to_owned(),
        }
    }
    assert!(open.is_none(), "unclosed fence");
    found
}

/// The blocks of a language: the line of each, and its text. A block in a list is indented like the list.
pub fn blocks(document: &str, language: &str) -> Vec<(usize, String)> {
    let flush: String = document
        .lines()
        .scan(0, |indent, line| {
            let bare = line.trim_start();
            if bare.starts_with("```") && bare.len() > 3 {
                *indent = line.len() - bare.len();
            }
            Some(format!("{}\n", line.get(*indent..).unwrap_or_default()))
        })
        .collect();
    fences(&flush).into_iter().filter(|fence| fence.info == language).map(|fence| (fence.line, fence.text)).collect()
}
