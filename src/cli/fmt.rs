//! The command `fmt`: formats the sources or, with `--check`, lists the unformatted ones.

use super::args::{Fmt, OUT};
use super::build::quoted;
use super::error::Error;
use super::report::Report;
use super::{Outcome, read, rewrite};
use crate::diag::Diagnostics;
use crate::format::format;
use crate::source::{SourceFile, SourceMap};
use crate::syntax::parse_with_tokens;
use crate::words;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Runs it.
pub fn run(args: &Fmt, report: &Report) -> Result<Outcome, Error> {
    let input = args.paths.iter().any(|path| path.as_os_str() == "-");
    if input && args.paths.len() > 1 {
        return Err(Error::InputAndFiles);
    }
    // All are read before the first is written.
    let read = args.paths.iter().map(|path| read::read(path, Path::new(OUT))).collect::<Result<Vec<_>, _>>()?;
    read.iter().try_for_each(read::refuse_others_than_utf8)?;
    let files = words::count(read.iter().map(|sources| sources.iter().count()).sum(), "file");
    let format = || read.iter().flat_map(formatted).collect();
    let sources: Vec<_> = report.during(&format!("formatting {files}"), format);
    if input && !args.check {
        let text: String = sources.into_iter().map(|source| source.text).collect();
        // Of nothing not even a line end is printed.
        if !text.is_empty() {
            report.page(&text)?;
        }
        return Ok(Outcome::Success);
    }
    let mut changed = Vec::new();
    let mut count = 0;
    let mut seen = BTreeSet::new();
    for Source { file, text, whole } in &sources {
        // A file that two paths or a link name is formatted once.
        if fs::canonicalize(file.path()).is_ok_and(|path| !seen.insert(path)) {
            continue;
        }
        count += 1;
        if !whole {
            let path = file.path();
            report.note(&format!(
                "note: {path}: what cannot be parsed is left as it is; run `pipelinec check` to see why"
            ))?;
        }
        let mark = if input { "" } else { rewrite::mark(file)? };
        if mark.is_empty() && text == file.text() {
            continue;
        }
        if !args.check {
            rewrite::write(file, text)?;
        }
        changed.push(file.path());
    }
    say(args, &changed, count, report)
}

/// A source, and how it should be.
struct Source<'a> {
    file: &'a SourceFile,
    text: String,
    /// Whether all of it can be read.
    whole: bool,
}

fn formatted(sources: &SourceMap) -> impl Iterator<Item = Source<'_>> {
    sources.iter().map(|(id, file)| {
        // `check` reports what is wrong with it.
        let parsed = parse_with_tokens(id, file, &mut Diagnostics::default());
        Source { file, text: format(file, &parsed), whole: parsed.broken.is_empty() }
    })
}

/// The unformatted files, one per line, so that a script can read them; then their number.
fn say(args: &Fmt, changed: &[&str], count: usize, report: &Report) -> Result<Outcome, Error> {
    let list: String = changed.iter().map(|path| format!("{path}\n")).collect();
    if args.check && !changed.is_empty() {
        report.result(&list)?;
        let paths: String = args.paths.iter().map(|path| format!(" {}", quoted(&path.display().to_string()))).collect();
        report.note(&format!("help: run `pipelinec fmt{}`", if paths == " ." { "" } else { &paths }))?;
        return Ok(Outcome::Failure);
    }
    let changed = if changed.is_empty() { "nothing".to_owned() } else { changed.len().to_string() };
    report.result(&format!("{list}{}, {changed} changed", words::count(count, "file")))?;
    Ok(Outcome::Success)
}
