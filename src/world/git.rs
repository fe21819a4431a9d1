//! git, asked about repositories of the user.
//!
//! What is asked about may be a change under review, whose files somebody else has written. A folder with the right files
//! in it is a bare repository to git, with settings that name programs. So a repository is only what a `.git` says, which
//! no commit can hold; and git runs nothing, fetches nothing and reads no replaced object here, whatever is set.

use super::process;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// What leads git to another repository than that of its folder, or to other objects in it (`git rev-parse
/// --local-env-vars`).
const LOCAL: [&str; 12] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_REPLACE_REF_BASE",
];

/// What is set for every git, whatever the user, the system or the repository has set.
const SETTINGS: [&str; 7] = [
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.quotePath=false",
    "i18n.logOutputEncoding=UTF-8",
    "log.showSignature=false",
];

/// The same by variables. A partial clone fetches what it lacks by a program that its settings name: newer versions of git
/// know the first variable, and every version the second, by which no way to another repository is open.
const VARIABLES: [(&str, &str); 6] = [
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", ""),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ATTR_NOSYSTEM", "1"),
];

/// The settings of a partial clone, for `git config --get-regexp`.
pub const PARTIAL: &str = r"^(remote\..*\.promisor|extensions\.partialclone)$";

/// A folder that is checked out: it holds the `.git` of its repository.
#[derive(Debug, Clone)]
pub struct Checkout {
    top: PathBuf,
}

impl Checkout {
    /// The one that a folder is in.
    ///
    /// # Errors
    /// When it is in none, or git does not take it for a repository.
    pub fn around(folder: &Path) -> Result<Self, String> {
        let folder = folder.canonicalize().map_err(|error| error.to_string())?;
        let top = folder.ancestors().find(|folder| folder.join(".git").exists());
        let top = top.ok_or("not a git repository: there is no `.git` in this folder or above it")?;
        let checkout = Self { top: top.to_owned() };
        // If the `.git` is not valid, git would continue to a bare repository in that folder or above it.
        let found = checkout.git(&["rev-parse", "--git-dir"])?;
        let own = top.join(".git");
        if own.is_file() || top.join(found).canonicalize().ok() == own.canonicalize().ok() {
            return Ok(checkout);
        }
        Err(format!("not a git repository: `{}` is not valid", own.display()))
    }

    /// The folder that holds the `.git`.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The path of a file or folder as it is seen from the top, with `/` between its parts. It need not be there, and links
    /// on the way to it are not followed, for a commit knows nothing of what they lead to.
    ///
    /// # Errors
    /// When it is somewhere else.
    pub fn path_of(&self, path: &Path) -> Result<String, String> {
        let absolute = std::path::absolute(path).map_err(|error| error.to_string())?;
        let mut plain = PathBuf::new();
        for part in absolute.components() {
            match part {
                Component::ParentDir => drop(plain.pop()),
                part => plain.push(part),
            }
        }
        // The folders above the checkout may be links.
        let ancestors: Vec<_> = plain.ancestors().collect();
        let is_top = |folder: &&&Path| folder.canonicalize().is_ok_and(|folder| folder == self.top);
        let below = ancestors.iter().rev().find(is_top).and_then(|top| plain.strip_prefix(top).ok());
        let below = below.ok_or_else(|| {
            format!("`{}` is not in the repository of the working folder; run this in it", path.display())
        })?;
        Ok(below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"))
    }

    /// What git prints, without the end of its last line.
    ///
    /// # Errors
    /// The first line of its complaint, or that it cannot be run.
    pub fn git(&self, arguments: &[&str]) -> Result<String, String> {
        self.bytes(arguments).map(|bytes| String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned())
    }

    /// What git prints.
    ///
    /// # Errors
    /// As [`Self::git`].
    pub fn bytes(&self, arguments: &[&str]) -> Result<Vec<u8>, String> {
        let output = self.command()?.args(arguments).output().map_err(|error| format!("git cannot be run: {error}"))?;
        if output.status.success() { Ok(output.stdout) } else { Err(complaint(&output.stderr)) }
    }

    /// git, in this folder.
    ///
    /// # Errors
    /// When git is not installed.
    pub fn command(&self) -> Result<Command, String> {
        let mut command = command().map_err(|error| format!("git cannot be run: {error}"))?;
        command.current_dir(&self.top);
        Ok(command)
    }
}

/// git with the variables of whoever has started this, but for those that a hook sets: by them every folder would be the
/// repository of the hook.
fn command() -> io::Result<Command> {
    let mut command = process::program("git")?;
    for variable in LOCAL {
        command.env_remove(variable);
    }
    confine(&mut command);
    Ok(command)
}

/// Takes from git what could make it run another program. It has no arguments yet.
pub fn confine(git: &mut Command) {
    git.envs(VARIABLES).args(["--no-pager", "--literal-pathspecs"]);
    for setting in SETTINGS {
        git.args(["-c", setting]);
    }
}

/// Whether git takes a name for a branch.
///
/// # Errors
/// When git cannot be run.
pub fn is_branch(name: &str) -> io::Result<bool> {
    let output = command()?.args(["check-ref-format", &format!("refs/heads/{name}")]).output()?;
    Ok(output.status.success())
}

/// The first line of what git complains of.
pub fn complaint(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    said.lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_owned()
}
