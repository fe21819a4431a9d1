//! git, asked about repositories of the user.

use std::path::Path;
use std::process::{Command, Stdio};

/// What leads git to another repository than that of its folder.
const LOCAL: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// What git prints, without the end of its last line.
///
/// # Errors
/// The first line of its complaint, or that it cannot be run.
pub fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    git_bytes(folder, arguments).map(|bytes| String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned())
}

/// What git prints.
///
/// # Errors
/// As [`git`].
pub fn git_bytes(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = command(folder).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("git cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(complaint.lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_owned())
}

/// git in a folder: of the repository of that folder, and with one form of output whatever its user likes better.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder);
    // A hook sets these, and then every folder would be the repository of the hook.
    for variable in LOCAL {
        command.env_remove(variable);
    }
    for setting in ["i18n.logOutputEncoding=UTF-8", "log.showSignature=false", "core.quotePath=false"] {
        command.args(["-c", setting]);
    }
    command
}
