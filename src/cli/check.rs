//! The command `check`: reports the errors and warnings of the sources.

use super::args::{Check, Format, OUT};
use crate::words;

use super::error::Error;
use super::report::{Report, Stream};
use super::{Outcome, fix, read};
use crate::compile::compile;
use crate::diag::{Diagnostic, Severity};
use std::path::Path;

/// The maximum number of times that fixes are applied and the result is checked again.
const ROUNDS: usize = 20;

/// Runs it.
pub fn run(args: &Check, report: &Report) -> Result<Outcome, Error> {
    let mut sources = read::read(&args.input.path, Path::new(OUT))?;
    let files = words::count(sources.iter().count(), "file");
    let mut compiled = report.during(&format!("compiling {files}"), || compile(&sources));
    if args.fix {
        if args.input.path.as_os_str() == "-" {
            return Err(Error::FixOfInput);
        }
        // Overlapping fixes are applied one after another, and one may reveal another.
        let mut fixed = 0;
        for _ in 0..ROUNDS {
            let count = fix::apply(&compiled.diagnostics, &sources)?;
            if count == 0 {
                break;
            }
            fixed += count;
            sources = read::read(&args.input.path, Path::new(OUT))?;
            compiled = compile(&sources);
        }
        report.note(&format!("fixed {}", words::count(fixed, "diagnostic")))?;
    }
    report.diagnostics(Stream::Out, args.input.format, &compiled.diagnostics, &sources)?;
    if has_errors(&compiled.diagnostics) {
        return Ok(Outcome::Failure);
    }
    let for_people = matches!(args.input.format, Format::Human | Format::Short);
    if compiled.diagnostics.is_empty() && for_people {
        report.result(&format!("{files}, no errors or warnings"))?;
    }
    Ok(Outcome::Success)
}

/// Whether the sources cannot be compiled.
pub fn has_errors(list: &[Diagnostic]) -> bool {
    list.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
}
