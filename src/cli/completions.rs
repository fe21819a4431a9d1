//! The command `completions`: a shell completion script for commands, options and files.

use super::Outcome;
use super::args::{Args, Completions};
use super::error::Error;
use super::report::Report;
use clap::CommandFactory as _;

/// Runs it.
pub fn run(args: &Completions, report: &Report) -> Result<Outcome, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "pipelinec", &mut script);
    report.page(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Success)
}
