//! The command line: reads arguments and files, calls the library, prints, and says how it went by the exit code. Only
//! here is anything printed.
//!
//! A new verb is a struct in [`args`], a line in [`args::Verb`], a file of its own, and a line in `run_verb`.

pub mod args;
mod build;
mod cache;
mod check;
mod clone;
mod completions;
mod diff;
mod edits;
mod error;
mod explain;
mod fix;
mod fmt;
mod git;
mod graph;
mod init;
mod lsp;
mod man;
mod process;
mod progress;
pub mod read;
mod report;
mod revision;
mod rewrite;
mod sandbox;
mod schemas;
mod simulate;
pub mod stale;
mod targets;
mod verify;

use args::{Args, Color, Verb};
use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, ValueEnum as _};
use error::Error;
use report::Report;
use std::ffi::OsString;
use std::process::ExitCode;

/// How a verb ended, when it could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Nothing to complain about: exit code 0.
    Good,
    /// The sources have mistakes or another layout, or the tree on disk is not theirs: exit code 1.
    Bad,
}

/// Runs the program with its arguments, the first of which is its own name.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let command = Args::command().color(color_of_help(&arguments));
    let args = match command.try_get_matches_from(arguments).and_then(|found| Args::from_arg_matches(&found)) {
        Ok(args) => args,
        Err(error) => {
            // Help and version come here too; that nobody reads them is no failure.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let report = Report::new(&args.global);
    match run_verb(&args.verb, &report) {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::from(1),
        Err(error) => {
            report.failure(&error);
            ExitCode::from(2)
        }
    }
}

/// The colours of help and of a wrong usage, which are printed before the arguments are understood.
fn color_of_help(arguments: &[OsString]) -> ColorChoice {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let joined = words.iter().filter_map(|word| word.strip_prefix("--color="));
    let apart = words.windows(2).filter(|pair| pair[0] == "--color").map(|pair| &*pair[1]);
    match joined.chain(apart).find_map(|value| Color::from_str(value, false).ok()) {
        Some(Color::Always) => ColorChoice::Always,
        Some(Color::Never) => ColorChoice::Never,
        Some(Color::Auto) | None => ColorChoice::Auto,
    }
}

fn run_verb(verb: &Verb, report: &Report) -> Result<Outcome, Error> {
    match verb {
        Verb::Init(args) => init::run(args, report),
        Verb::Build(args) => build::run(args, report),
        Verb::Check(args) => check::run(args, report),
        Verb::Diff(args) => diff::run(args, report),
        Verb::Explain(args) => explain::run(args, report),
        Verb::Fmt(args) => fmt::run(args, report),
        Verb::Graph(args) => graph::run(args, report),
        Verb::Simulate(args) => simulate::run(args, report),
        Verb::Lsp => lsp::run(),
        Verb::Verify(args) => verify::run(args, report),
        Verb::Completions(args) => completions::run(args, report),
        Verb::Man => man::run(report),
    }
}
