//! Why a verb could not do its work: exit code 2.

use super::read;
use crate::argo;
use crate::simulate::push;
use crate::tree;
use crate::verify::catalogue::Fault;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// How many files a message names.
const NAMED: usize = 5;

/// Why a verb could not do its work.
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
    /// A source cannot be written anew.
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
    /// A folder cannot stand for a repository.
    Clone {
        /// The folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A range of commits is none.
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
    /// The cluster does not say its schemas.
    Cluster {
        /// The command that asked it.
        command: String,
        /// Why there is no answer.
        reason: String,
    },
    /// The editor does not speak the protocol, or is gone.
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
            Self::UnknownTarget { nearest: Some(nearest), .. } => Some(format!("write `--target {nearest}`")),
            Self::Unwritable { .. } => Some("this file is as it was; mend that and run again".to_owned()),
            Self::UnknownCode { nearest: Some(nearest), .. } => Some(format!("write `pipelinec explain {nearest}`")),
            Self::UnknownCode { .. } => Some("`pipelinec explain` lists all codes".to_owned()),
            Self::Occupied(_) => Some("nothing was written; name an empty folder: `pipelinec init DIR`".to_owned()),
            Self::Uncreatable { .. } => Some("nothing was written; mend that and run again".to_owned()),
            Self::FixOfInput => Some("name a folder or a file".to_owned()),
            Self::InputAndFiles => Some("write `-` alone".to_owned()),
            Self::Revision { .. } => Some(
                "name a commit, a branch or a tag of the repository that holds the trees: `git:origin/main`".to_owned(),
            ),
            Self::Unreadable { .. } => Some("name a file, or `-` for standard input".to_owned()),
            Self::Payload { source, .. } => Some(source.help().to_owned()),
            Self::Clone { .. } => Some("name the folder of a local clone: `--clone ../gitops`".to_owned()),
            Self::Range { .. } => Some(
                "write for example `--diff origin/main..HEAD`, and `--clone DIR` for another folder than this one"
                    .to_owned(),
            ),
            Self::Sandbox(_) => Some("a delivery runs here in `sh` with `git` and `jq`".to_owned()),
            Self::NoSuchPath(_) => Some("name a file, a folder, or `-` for standard input".to_owned()),
            Self::InputTwice => Some("write `-` for one of them, and a file for the other".to_owned()),
            Self::NoManifest(_) => {
                Some("name files of manifests, or a folder with *.yaml, *.yml or *.json files of them".to_owned())
            }
            Self::Schemas(_) => Some(
                "name the output of `kubectl get crd -o yaml` or of `kubectl get --raw /openapi/v2`, or a folder of such files"
                    .to_owned(),
            ),
            Self::Cluster { .. } => Some(
                "name the schemas by `--crds FILE`: where there is a cluster, `kubectl get crd -o yaml > FILE` writes them; \
                 `--offline` knows only the kinds that every cluster has"
                    .to_owned(),
            ),
            Self::Editor(_) => Some("an editor starts this verb; a person wants `pipelinec check`".to_owned()),
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
                write!(f, "there is no target `{name}`; the targets are {}", known.join(", "))
            }
            Self::Occupied(paths) => {
                let named: Vec<_> = paths.iter().take(NAMED).map(|path| format!("`{}`", path.display())).collect();
                let more = paths.len() - named.len();
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                let are = if paths.len() == 1 { "is" } else { "are" };
                write!(f, "{}{more} {are} there already", named.join(", "))
            }
            Self::Uncreatable { path, source } => write!(f, "cannot create `{}`: {source}", path.display()),
            Self::Unwritable { path, source } => write!(f, "cannot write `{}`: {source}", path.display()),
            Self::UnknownCode { name, .. } => write!(f, "there is no code `{name}`"),
            Self::FixOfInput => f.write_str("standard input cannot be mended"),
            Self::InputAndFiles => f.write_str("standard input and files cannot be formatted at once"),
            Self::Revision { name, reason } => write!(f, "cannot read revision `{name}`: {reason}"),
            Self::Unreadable { path, source } => write!(f, "cannot read `{}`: {source}", path.display()),
            Self::Payload { path, source } => write!(f, "`{}` is no payload of a webhook: {source}", path.display()),
            Self::Clone { path, reason } => write!(f, "`{}` cannot stand for a repository: {reason}", path.display()),
            Self::Range { range, reason } => write!(f, "`{range}` cannot be pushed: {reason}"),
            Self::Sandbox(why) => write!(f, "the delivery cannot be simulated: {why}"),
            Self::NoSuchPath(path) => write!(f, "there is no file or folder `{}`", path.display()),
            Self::InputTwice => f.write_str("standard input cannot be read twice"),
            Self::NoManifest(paths) => {
                let named: Vec<_> = paths.iter().take(NAMED).map(|path| format!("`{}`", path.display())).collect();
                write!(f, "no manifest in {}", named.join(", "))
            }
            Self::Schemas(faults) => {
                let lines = faults.iter().take(NAMED).map(|fault| format!("`{}`: {}", fault.place, fault.reason));
                let more = faults.len().saturating_sub(NAMED);
                let more = if more == 0 { String::new() } else { format!("\nand {more} more") };
                write!(f, "cannot use these schemas:\n{}{more}", lines.collect::<Vec<_>>().join("\n"))
            }
            Self::Cluster { command, reason } => write!(f, "no schemas from the cluster: `{command}`: {reason}"),
            Self::Editor(why) => write!(f, "the editor's side of the protocol failed: {why}"),
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
