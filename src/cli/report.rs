//! All printing: results to standard output, the diagnostics of a `build` and failures to standard error.

use super::args::{Color, Format, Global};
use super::error::Error;
use super::progress;
use crate::diag::paint::Paint;
use crate::diag::{Diagnostic, render};
use crate::source::SourceMap;
use std::env;
use std::ffi::OsString;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Wider lines are hard to read.
const WIDEST: usize = 120;
/// Narrower ones have no room for a message.
const NARROWEST: usize = 40;

/// Where the diagnostics of a command go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// They are its result.
    Out,
    /// They are why it has no result.
    Err,
}

/// Prints, as the options say.
#[derive(Debug)]
pub struct Report {
    quiet: bool,
    color: Color,
}

impl Report {
    /// A printer with the options of the command line.
    pub fn new(options: &Global) -> Self {
        Self { quiet: options.quiet, color: options.color }
    }

    /// Whether to print in colours there.
    pub fn colored(&self, stream: Stream) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_clever(stream) && set("NO_COLOR").is_none(),
        }
    }

    /// Does work that may last, and says so meanwhile where a person waits for it.
    pub fn during<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        let terminal = self.is_watched(is_clever(Stream::Err)).then(io::stderr);
        progress::during(terminal, progress::PATIENCE, width(Stream::Err), what, work)
    }

    /// Whether somebody waits at a terminal and wants to be told.
    fn is_watched(&self, terminal: bool) -> bool {
        terminal && !self.quiet
    }

    /// Prints diagnostics and their number.
    pub fn diagnostics(
        &self,
        stream: Stream,
        format: Format,
        list: &[Diagnostic],
        sources: &SourceMap,
    ) -> io::Result<()> {
        // A document is one even when there is nothing to say.
        let document = matches!(format, Format::Json | Format::Sarif);
        if list.is_empty() && !document {
            return Ok(());
        }
        let color = self.colored(stream);
        let mut text = match format {
            Format::Human => render::pretty(list, sources, render::Options { color, width: width(stream) }),
            Format::Short => render::short(list, sources),
            Format::Json => render::json(list, sources),
            Format::Sarif => render::sarif(list, sources),
            Format::Github => render::github(list, sources),
        };
        if format == Format::Human && !self.quiet {
            text.push_str(&render::summary(list));
        }
        print(stream, &text)
    }

    /// Prints a result, unless only errors are wanted.
    pub fn result(&self, text: &str) -> io::Result<()> {
        if self.quiet { Ok(()) } else { print(Stream::Out, text) }
    }

    /// Prints what was asked for, even if only errors are wanted.
    pub fn page(&self, text: &str) -> io::Result<()> {
        print(Stream::Out, text)
    }

    /// Says something beside the result.
    pub fn note(&self, text: &str) -> io::Result<()> {
        if self.quiet { Ok(()) } else { print(Stream::Err, &plain(text)) }
    }

    /// Reports why a command failed.
    pub fn failure(&self, error: &Error) {
        let Paint { red, bold, cyan, end, .. } = Paint::of(self.colored(Stream::Err));
        let mut text = format!("{red}{bold}error:{end} {}\n", plain(&error.to_string()));
        if let Some(help) = error.help() {
            text.push_str(&format!("{cyan}help:{end} {}\n", plain(&help)));
        }
        let _ = print(Stream::Err, &text);
    }
}

/// Text of files and folders without terminal control characters.
pub fn plain(text: &str) -> String {
    let steers = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
    text.chars()
        .flat_map(|letter| if steers(letter) { letter.escape_default().collect() } else { vec![letter] })
        .collect()
}

fn print(stream: Stream, text: &str) -> io::Result<()> {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    match stream {
        Stream::Out => {
            let mut out = io::stdout().lock();
            match write!(out, "{text}{end}").and_then(|()| out.flush()) {
                // The reader, `head` for example, has seen enough. That does not affect how the command ends.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
                written => written,
            }
        }
        Stream::Err => {
            // That nobody reads the message must not change the exit code.
            let _ = write!(io::stderr().lock(), "{text}{end}");
            Ok(())
        }
    }
}

/// A variable of the environment that says something.
fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether it is a terminal that knows more than letters.
fn is_clever(stream: Stream) -> bool {
    is_terminal(stream) && set("TERM").is_none_or(|term| term != "dumb")
}

fn is_terminal(stream: Stream) -> bool {
    match stream {
        Stream::Out => io::stdout().is_terminal(),
        Stream::Err => io::stderr().is_terminal(),
    }
}

fn width(stream: Stream) -> usize {
    let size = match stream {
        Stream::Out => terminal_size::terminal_size_of(io::stdout()),
        Stream::Err => terminal_size::terminal_size_of(io::stderr()),
    };
    size.map_or(80, |(width, _)| usize::from(width.0).clamp(NARROWEST, WIDEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_on_a_terminal_and_never_when_nothing_is_wanted() {
        let report = |quiet| Report { quiet, color: Color::Always };
        assert!(report(false).is_watched(true));
        assert!(!report(false).is_watched(false) && !report(true).is_watched(true) && !report(true).is_watched(false));
    }
}
