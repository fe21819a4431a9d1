//! Why a command failed: exit code 2.

use super::read;
use crate::argo;
use crate::diag::suggest::similar;
use crate::simulate::push;
use crate::tree;
use crate::verify::catalogue::Fault;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// How many files a message names.
const NAMED: usize = 5;

/// Why a command failed.
#[derive(Debug)]
pub enum Error {
    /// The sources cannot be read.
    Read(read::Error),
    /// The trees cannot be read or written.
    Tree(tree::Error),
    /// `--target` names a target that the program does not have.
    UnknownTarget {
        /// As it was written.
        name: String,
        /// The targets that there are.
        known: Vec<String>,
        /// The one that may have been meant.
        nearest: Option<String>,
    },
    /// A source cannot be rewritten.
    Unwritable {
        /// The source.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// `init` where there are sources already.
    Occupied(Vec<PathBuf>),
    /// A new file or folder cannot be made.
    Uncreatable {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// `--fix` with standard input.
    FixOfInput,
    /// `fmt` of standard input and of files.
    InputAndFiles,
    /// `explain` of a code that does not exist.
    UnknownCode {
        /// As it was written.
        name: String,
        /// The one that may have been meant.
        nearest: Option<String>,
    },
    /// The files of a git revision cannot be read.
    Revision {
        /// As it was written.
        name: String,
        /// Why not.
        reason: String,
    },
    /// A file that is not a source cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is not the payload of a webhook.
    Payload {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: push::Error,
    },
    /// A folder cannot be used as a clone.
    Clone {
        /// The folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// An invalid range of commits.
    Range {
        /// As it was written.
        range: String,
        /// Why not.
        reason: String,
    },
    /// A delivery cannot be simulated.
    Sandbox(argo::Error),
    /// There is nothing at the path of a manifest or schema.
    NoSuchPath(PathBuf),
    /// Standard input is to be two things.
    InputTwice,
    /// No manifest at these paths.
    NoManifest(Vec<PathBuf>),
    /// The files of schemas cannot be used.
    Schemas(Vec<Fault>),
    /// The cluster does not return its schemas.
    Cluster {
        /// The command that asked it.
        command: String,
        /// Why there is no response.
        reason: String,
    },
    /// The editor does not speak the protocol, or has disconnected.
    Editor(String),
    /// Standard output cannot be written.
    Output(io::Error),
}

impl Error {
    /// That a revision cannot be read.
    pub fn revision(name: &str) -> impl Fn(String) -> Self + use<'_> {
        move |reason| Self::Revision { name: name.to_owned(), reason }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Read(error) => error.help().map(str::to_owned),
            Self::Tree(error) => Some(error.help().to_owned()),
            Self::UnknownTarget { nearest: Some(nearest), .. } => Some(similar("target", nearest)),
            Self::Unwritable { .. } => Some("this file is unchanged; fix this and run again".to_owned()),
            Self::UnknownCode { nearest: Some(nearest), .. } => Some(similar("code", nearest)),
            Self::UnknownCode { .. } => Some("run `pipelinec explain` for a list of all codes".to_owned()),
            Self::Occupied(_) => Some("nothing was written; use an empty folder: `pipelinec init DIR`".to_owned()),
            Self::Uncreatable { .. } => Some("nothing was written; fix this and run again".to_owned()),
            Self::FixOfInput => Some("pass a folder or a file instead".to_owned()),
            Self::InputAndFiles => Some("pass `-` as the only path".to_owned()),
            Self::Revision { .. } => Some(
                "name a commit, a branch or a tag of the repository with the trees, such as `git:origin/main`".to_owned(),
            ),
            Self::Unreadable { .. } => Some("pass a file, or `-` for standard input".to_owned()),
            Self::Payload { source, .. } => Some(source.help().to_owned()),
            Self::Clone { .. } => Some("pass the folder of a local clone, such as `--clone ../gitops`".to_owned()),
            Self::Range { .. } => Some(
                "write, for example, `--diff origin/main..HEAD`, and `--clone DIR` for a folder other than this one"
                    .to_owned(),
            ),
            Self::Sandbox(_) => Some("a simulated delivery needs `sh`, `git` and `jq`".to_owned()),
            Self::NoSuchPath(_) => Some("pass a file, a folder, or `-` for standard input".to_owned()),
            Self::InputTwice => Some("pass `-` for one of the two, and a file for the other".to_owned()),
            Self::NoManifest(_) => {
                Some("pass manifest files, or a folder with *.yaml, *.yml or *.json manifests".to_owned())
            }
            Self::Schemas(_) => Some(
                "pass the output of `kubectl get crd -o yaml` or of `kubectl get --raw /openapi/v2`, or a folder of such files"
                    .to_owned(),
            ),
            Self::Cluster { .. } => Some(
                "pass the schemas with `--crds FILE`: with access to a cluster, `kubectl get crd -o yaml > FILE` writes them; \
                 `--offline` uses only the built-in kinds of Kubernetes"
                    .to_owned(),
            ),
            Self::Editor(_) => Some("this command is meant for editors; on a terminal, use `pipelinec check`".to_owned()),
            Self::UnknownTarget { .. } | Self::Output(_) => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::Tree(error) => error.fmt(f),
            Self::UnknownTarget { name, known, .. } => {
                let known: Vec<_> = known.iter().map(|target| format!("`{target}`")).collect();
                write!(f, "unknown target `{name}`; available targets: {}", known.join(", "))
            }
            Self::Occupied(paths) => {
                let named: Vec<_> = paths.iter().take(NAMED).map(|path| format!("`{}`", path.display())).collect();
                let more = paths.len() - named.len();
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                let exist = if paths.len() == 1 { "exists" } else { "exist" };
                write!(f, "{}{more} already {exist}", named.join(", "))
            }
            Self::Uncreatable { path, source } => write!(f, "cannot create `{}`: {source}", path.display()),
            Self::Unwritable { path, source } => write!(f, "cannot write `{}`: {source}", path.display()),
            Self::UnknownCode { name, .. } => write!(f, "unknown code `{name}`"),
            Self::FixOfInput => f.write_str("fixes cannot be applied to standard input"),
            Self::InputAndFiles => f.write_str("standard input and files cannot be formatted in one run"),
            Self::Revision { name, reason } => write!(f, "cannot read revision `{name}`: {reason}"),
            Self::Unreadable { path, source } => write!(f, "cannot read `{}`: {source}", path.display()),
            Self::Payload { path, source } => write!(f, "`{}` is not a webhook payload: {source}", path.display()),
            Self::Clone { path, reason } => write!(f, "`{}` cannot be used as a clone: {reason}", path.display()),
            Self::Range { range, reason } => write!(f, "`{range}` cannot be pushed: {reason}"),
            Self::Sandbox(why) => write!(f, "the delivery cannot be simulated: {why}"),
            Self::NoSuchPath(path) => write!(f, "no such file or folder: `{}`", path.display()),
            Self::InputTwice => f.write_str("standard input cannot be read twice"),
            Self::NoManifest(paths) => {
                let named: Vec<_> = paths.iter().take(NAMED).map(|path| format!("`{}`", path.display())).collect();
                write!(f, "no manifests in {}", named.join(", "))
            }
            Self::Schemas(faults) => {
                let lines = faults.iter().take(NAMED).map(|fault| format!("`{}`: {}", fault.place, fault.reason));
                let more = faults.len().saturating_sub(NAMED);
                let more = if more == 0 { String::new() } else { format!("\nand {more} more") };
                write!(f, "cannot use these schemas:\n{}{more}", lines.collect::<Vec<_>>().join("\n"))
            }
            Self::Cluster { command, reason } => {
                write!(f, "cannot get the schemas of the cluster: `{command}`: {reason}")
            }
            Self::Editor(why) => write!(f, "the connection to the editor failed: {why}"),
            Self::Output(error) => write!(f, "cannot write to the output: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<read::Error> for Error {
    fn from(error: read::Error) -> Self {
        Self::Read(error)
    }
}

impl From<tree::Error> for Error {
    fn from(error: tree::Error) -> Self {
        Self::Tree(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
