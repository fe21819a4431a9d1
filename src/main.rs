//! The program `pipelinec`: everything is in the library, so that tests and tools can use it too.

use std::process::ExitCode;

fn main() -> ExitCode {
    pipelinec::cli::run(std::env::args_os())
}
