//! The command line: reads arguments and files, calls the library, prints, and sets the exit code. Nothing else prints.
//!
//! A new command is a struct in [`args`], a variant of [`args::Command`], a separate file, and an arm of `run_command`.

pub mod args;
mod build;
mod check;
mod completions;
mod diff;
mod edits;
mod error;
mod explain;
mod fix;
mod fmt;
mod graph;
mod init;
mod lsp;
mod man;
mod progress;
pub mod read;
mod report;
mod rewrite;
mod schemas;
mod simulate;
pub mod stale;
mod targets;
mod verify;

use args::{Args, Color, Command};
use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, ValueEnum as _};
use error::Error;
use report::Report;
use std::ffi::OsString;
use std::process::ExitCode;

/// How a command ended, unless it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Success: exit code 0.
    Success,
    /// Errors, unformatted files or stale output: exit code 1.
    Failure,
}

/// Runs the program with its arguments, the first of which is its name.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let command = Args::command().color(color_of_help(&arguments));
    let args = match command.try_get_matches_from(arguments).and_then(|found| Args::from_arg_matches(&found)) {
        Ok(args) => args,
        Err(error) => {
            // Help and version end up here as well; that nobody reads them is not a failure.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let report = Report::new(&args.global);
    match run_command(&args.command, &report) {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::Failure) => ExitCode::from(1),
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

fn run_command(command: &Command, report: &Report) -> Result<Outcome, Error> {
    match command {
        Command::Init(args) => init::run(args, report),
        Command::Build(args) => build::run(args, report),
        Command::Check(args) => check::run(args, report),
        Command::Diff(args) => diff::run(args, report),
        Command::Explain(args) => explain::run(args, report),
        Command::Fmt(args) => fmt::run(args, report),
        Command::Graph(args) => graph::run(args, report),
        Command::Simulate(args) => simulate::run(args, report),
        Command::Lsp => lsp::run(),
        Command::Verify(args) => verify::run(args, report),
        Command::Completions(args) => completions::run(args, report),
        Command::Man => man::run(report),
    }
}
