//! Applies the safe fixes of diagnostics to the files.

use super::error::Error;
use super::rewrite;
use crate::diag::Diagnostic;
use crate::source::{SourceId, SourceMap, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Applies the fixes to the files on disk. Of overlapping fixes, the first is applied; the others come up again when the
/// result is checked. Returns the number of fixes.
///
/// # Errors
/// When a file cannot be written, or has changed since it was checked. It is unchanged then; files before it are fixed.
pub fn apply(diagnostics: &[Diagnostic], sources: &SourceMap) -> Result<usize, Error> {
    let (edits, count) = edits(diagnostics);
    let mut seen = BTreeSet::new();
    for (id, edits) in edits {
        let file = sources.file(id);
        // A file that has two names is fixed once.
        if fs::canonicalize(file.path()).is_ok_and(|path| !seen.insert(path)) {
            continue;
        }
        let mark = rewrite::mark(file)?;
        rewrite::write(file, &format!("{mark}{}", mended(file.text(), &edits)))?;
    }
    Ok(count)
}

type Edits<'a> = BTreeMap<SourceId, BTreeMap<u32, (Span, &'a str)>>;

/// The edits of each file by their first byte, apart from each other, and of how many fixes they are.
fn edits(diagnostics: &[Diagnostic]) -> (Edits<'_>, usize) {
    let mut taken = Edits::new();
    let mut count = 0;
    for fix in diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref()) {
        let touches = |(span, _): &(Span, String)| {
            let before = taken.get(&span.source).and_then(|known| known.range(..=span.end).next_back());
            before.is_some_and(|(_, (other, _))| span.start <= other.end)
        };
        if fix.edits.iter().any(touches) {
            continue;
        }
        count += 1;
        for (span, text) in &fix.edits {
            taken.entry(span.source).or_default().insert(span.start, (*span, text));
        }
    }
    (taken, count)
}

fn mended(text: &str, edits: &BTreeMap<u32, (Span, &str)>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for (span, new) in edits.values() {
        result.push_str(&text[at..span.range().start]);
        result.push_str(new);
        at = span.range().end;
    }
    result.push_str(&text[at..]);
    result
}
