//! Work that takes long, and the line that says so on a terminal.

use std::io::Write;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Work that is over by then needs no words.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// Back to the start of the line, and nothing behind it.
const ERASE: &str = "\r\x1b[2K";

/// Does the work. If that takes longer than `patience`, `what` is shown on the terminal, if there is one, until the work is
/// done, and then erased.
pub fn during<T>(
    terminal: Option<impl Write + Send>,
    patience: Duration,
    width: usize,
    what: &str,
    work: impl FnOnce() -> T,
) -> T {
    let Some(mut terminal) = terminal else { return work() };
    thread::scope(|scope| {
        // When the work is over, or panics, this end is dropped, and the other sees it.
        let (_working, over) = mpsc::channel::<()>();
        scope.spawn(move || {
            if over.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                // Nothing depends on that anybody sees it.
                let _ = write!(terminal, "{}", line(what, width)).and_then(|()| terminal.flush());
                let _ = over.recv();
                let _ = write!(terminal, "{ERASE}").and_then(|()| terminal.flush());
            }
        });
        work()
    })
}

/// The line, without a line ending and never long enough to be wrapped by the terminal, which could not be erased.
fn line(what: &str, width: usize) -> String {
    let room = width.saturating_sub(2);
    let text: String = what.chars().take(room).collect();
    format!("{ERASE}{text}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::mpsc::Sender;

    /// A terminal that passes on each text as it comes.
    struct Terminal(Sender<String>);

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What a terminal shows after these texts.
    fn screen(texts: &str) -> &str {
        texts.rsplit(ERASE).next().unwrap_or_default()
    }

    #[test]
    fn long_work_is_told_while_it_lasts_and_leaves_nothing() {
        let (sender, seen) = mpsc::channel();
        let mut shown = String::new();
        let result = during(Some(Terminal(sender)), Duration::ZERO, 80, "compiling 2 files", || {
            while !shown.ends_with('…') {
                shown.push_str(&seen.recv().expect("the line comes while the work lasts"));
            }
            7
        });
        assert_eq!((result, screen(&shown)), (7, "compiling 2 files…"));
        shown.extend(seen.iter());
        assert_eq!(screen(&shown), "");
        assert!(!shown.contains('\n'));
    }

    #[test]
    fn short_work_is_not_told() {
        let (sender, seen) = mpsc::channel();
        assert_eq!(during(Some(Terminal(sender)), Duration::MAX, 80, "compiling", || 7), 7);
        assert_eq!(seen.iter().count(), 0);
    }

    #[test]
    fn without_a_terminal_nothing_is_told() {
        assert_eq!(during(None::<Terminal>, Duration::ZERO, 80, "compiling", || 7), 7);
    }

    #[test]
    fn the_line_is_never_broken() {
        assert_eq!(screen(&line("compiling 1000 files", 12)), "compiling …");
        assert_eq!(screen(&line("compiling", 0)), "…");
    }
}
