//! The verb `check`: says what is wrong with the sources.

use super::args::{Check, Format, OUT};
use super::error::Error;
use super::report::{Report, Stream};
use super::{Outcome, read};
use crate::compile::compile;
use crate::diag::{Diagnostic, Severity};
use std::path::Path;

/// Runs it.
pub fn run(args: &Check, report: &Report) -> Result<Outcome, Error> {
    let sources = read::read(&args.input.path, Path::new(OUT))?;
    let compiled = compile(&sources);
    report.diagnostics(Stream::Out, args.input.format, &compiled.diagnostics, &sources)?;
    if has_errors(&compiled.diagnostics) {
        return Ok(Outcome::Bad);
    }
    let for_people = matches!(args.input.format, Format::Human | Format::Short);
    if compiled.diagnostics.is_empty() && for_people {
        let count = sources.iter().count();
        report.result(&format!("{count} file{}, no mistakes", if count == 1 { "" } else { "s" }))?;
    }
    Ok(Outcome::Good)
}

/// Whether the sources cannot be compiled.
pub fn has_errors(list: &[Diagnostic]) -> bool {
    list.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
}
