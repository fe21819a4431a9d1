//! Diagnostics in, text for people and tools out. No form writes a control character of the user's text.

mod excerpt;
mod github;
mod json;
mod line_hash;
mod place;
mod pretty;
mod sarif;
mod short;
mod wrap;

pub use github::github;
pub use json::json;
pub use pretty::{Options, pretty};
pub use sarif::sarif;
pub use short::short;

use super::visible::is_invisible;
use super::{Diagnostic, Severity};
use crate::source::{SourceMap, Span};
use crate::words;

/// How many diagnostics are shown at most; the rest is counted.
pub const SHOWN: usize = 50;

/// In one line what a run found: `2 errors, 1 warning`; empty without diagnostics.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity() == severity).count();
    let parts = [(count(Severity::Error), "error"), (count(Severity::Warning), "warning")];
    let words = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| words::count(*count, word));
    words.collect::<Vec<_>>().join(", ")
}

/// As tools call a severity.
fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A JSON document in which each invisible character is an escape, which for a reader of JSON is the same.
fn escaped(document: &serde_json::Value) -> String {
    let mut text = String::new();
    for c in crate::render::to_json(document).chars() {
        if c == '\n' || !is_invisible(c) {
            text.push(c);
        } else {
            let units = c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            text.push_str(&units);
        }
    }
    text
}

/// `file:line:col`, both counted from 1.
fn place(span: Span, sources: &SourceMap) -> String {
    let file = sources.file(span.source);
    let position = file.position(span.range().start);
    format!("{}:{}:{}", super::visible::visible(file.path()), position.line + 1, position.column + 1)
}

#[cfg(test)]
mod tests {
    use super::summary;
    use crate::diag::{Code, Diagnostic};
    use crate::source::{SourceMap, Span};

    #[test]
    fn the_summary_counts_in_words() {
        let sources = SourceMap::new([("a.pipe".to_owned(), String::new())]);
        let (id, _) = sources.iter().next().expect("one file");
        let one = Diagnostic::new(Code::E0101, Span::new(id, 0..0), "wrong");
        assert_eq!(summary(&[]), "");
        assert_eq!(summary(std::slice::from_ref(&one)), "1 error");
        assert_eq!(summary(&[one.clone(), one]), "2 errors");
    }
}
