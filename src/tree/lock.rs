//! Keeps two builds from writing to one folder at the same time.
//!
//! The lock is one of the operating system, so it ends with its process, however that ends, and leaves nothing behind.
//! Where a file system has no locks, builds are not kept apart.

use super::Error;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long to wait for another build; one takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Held while a folder is written; dropping it lets the next build in.
#[derive(Debug)]
pub struct Lock {
    _held: Option<File>,
}

impl Lock {
    /// Waits until no other build writes to `out`.
    pub fn take(out: &Path) -> Result<Self, Error> {
        let start = Instant::now();
        loop {
            match attempt(out) {
                Attempt::Held(file) => return Ok(Self { _held: Some(file) }),
                Attempt::Unsupported => return Ok(Self { _held: None }),
                Attempt::Busy if start.elapsed() > PATIENCE => return Err(Error::Busy(out.to_owned())),
                Attempt::Busy => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}

enum Attempt {
    Held(File),
    Busy,
    Unsupported,
}

/// On Unix a folder itself can be locked, which needs no file in the output.
#[cfg(not(windows))]
fn attempt(out: &Path) -> Attempt {
    use std::fs::TryLockError;
    let Ok(folder) = File::open(out) else { return Attempt::Unsupported };
    match folder.try_lock() {
        Ok(()) => Attempt::Held(folder),
        Err(TryLockError::WouldBlock) => Attempt::Busy,
        Err(TryLockError::Error(_)) => Attempt::Unsupported,
    }
}

/// On Windows a file is opened for this process alone, and the system deletes it when it is closed.
#[cfg(windows)]
fn attempt(out: &Path) -> Attempt {
    use std::os::windows::fs::OpenOptionsExt;
    const DELETE_ON_CLOSE: u32 = 0x0400_0000;
    const SHARING_VIOLATION: i32 = 32;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false).share_mode(0).custom_flags(DELETE_ON_CLOSE);
    match options.open(out.join(".pipelinec.lock")) {
        Ok(file) => Attempt::Held(file),
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Attempt::Busy,
        Err(_) => Attempt::Unsupported,
    }
}
