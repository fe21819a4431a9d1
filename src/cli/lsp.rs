//! The command `lsp`: serves an editor on standard input and output.

use super::args::OUT;
use super::error::Error;
use super::{Outcome, read};
use crate::lsp;
use crate::source::SourceMap;
use lsp_server::Connection;
use std::io::ErrorKind;
use std::path::Path;

/// Runs it until the editor says goodbye.
pub fn run() -> Result<Outcome, Error> {
    let (connection, threads) = Connection::stdio();
    let load = |folder: &Path| match read::read(folder, &folder.join(OUT)) {
        // A folder that does not exist yet, or whose only file is not saved, is not a failure.
        Err(read::Error::Empty(_) | read::Error::Missing(_)) => Ok(SourceMap::default()),
        read => read.map_err(|error| error.to_string()),
    };
    let served = lsp::serve(&connection, &load).map_err(|failure| Error::Editor(failure.to_string()));
    // The threads end when nothing more can be sent.
    drop(connection);
    served?;
    match threads.join() {
        // An editor that has disconnected does not need what was not sent.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        joined => joined?,
    }
    Ok(Outcome::Success)
}
