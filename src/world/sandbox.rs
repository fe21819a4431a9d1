//! A folder in which the scripts of a delivery run, with the repositories that they read and write: nothing of it reaches
//! a network, and nothing of it stays.

use super::clone::Clone;
use super::{git, process};
use crate::argo::{Error, sha256sum};
use crate::files::Files;
use crate::model::{Repository, ResolvedProject, Trigger};
use crate::outside::{self, Limit};
use crate::simulate::{Push, Pushed, Ran, Sandbox};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The author of generated commits.
const NOBODY: &str = "pipelinec simulate <simulate@pipelinec.invalid>";

/// The prelude of each script: it does not use the clock or random numbers here, so that the same push always gives the
/// same answer, and waits for nothing.
const STAND_INS: &str = r#"date() { echo "$SANDBOX_TIME"; }
od() { case $* in *-tx1*) echo "$SANDBOX_SALT" ;; *) echo 0 ;; esac; }
sleep() { :; }
"#;

/// The sandbox of one target.
#[derive(Debug)]
pub struct Machine {
    folder: TempDir,
    /// The bare repository of each repository that a delivery reads, by its address.
    repositories: BTreeMap<String, PathBuf>,
    gitops: PathBuf,
    branch: String,
    /// The pushed commit as in the payload, and its stand-in.
    pushed: (String, String),
    time: i64,
    salt: String,
}

impl Machine {
    /// Creates a sandbox: each repository as in its clone, or else with one commit, the pushed commits, and the
    /// target's tree in the GitOps repository.
    ///
    /// # Errors
    /// When a program is missing, a clone cannot be read or the disk is full.
    pub fn new(resolved: &ResolvedProject, files: &Files, push: &Push, clones: &[Clone]) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("pipelinec-simulate-").tempdir().map_err(broken)?;
        for name in ["tmp", "home", "out", "repositories"] {
            fs::create_dir(folder.path().join(name)).map_err(broken)?;
        }
        let gitops = &resolved.project.gitops;
        let mut machine = Self {
            gitops: folder.path().join("repositories/gitops.git"),
            branch: gitops.branch.clone(),
            folder,
            repositories: BTreeMap::new(),
            pushed: (push.commit().to_owned(), push.commit().to_owned()),
            time: push.time().unwrap_or_default().as_second(),
            salt: sha256sum(&format!("salt of {}", push.commit())),
        };
        machine.require()?;
        for (number, repository) in repositories(resolved).into_iter().enumerate() {
            let is_gitops = *repository == gitops.repository;
            let path =
                if is_gitops { machine.gitops.clone() } else { machine.path(&format!("repositories/{number}.git")) };
            let clone = clones.iter().find(|clone| clone.is_of(repository));
            machine.lay_out(&path, clone)?;
            let branches = machine.branches(resolved, repository);
            for branch in &branches {
                match clone.and_then(|clone| clone.branch(branch)) {
                    Some(commit) => machine.point(&path, branch, &commit)?,
                    None if is_gitops && clone.is_some() && *branch == machine.branch => {
                        return Err(Error(format!("the clone of {repository} has no branch `{branch}`: fetch it")));
                    }
                    None if is_gitops => {}
                    None => machine.import(&path, &machine.first(branch))?,
                }
            }
            if push.is_to(repository, &resolved.project.hosts) {
                // What the deliveries themselves write is not known from a payload, and stays as it is.
                let kept = [gitops.manifests(&resolved.target), gitops.tree_of(&resolved.target)];
                machine.lay_push(&path, clone, push, if is_gitops { &kept } else { &[] })?;
                machine.lay_tag(&path, clone, push, &branches)?;
            }
            if is_gitops {
                machine.build(&gitops.tree_of(&resolved.target), files)?;
            }
            machine.repositories.insert(repository.url(), path);
        }
        Ok(machine)
    }

    /// The repositories without a clone.
    pub fn stand_ins<'s>(projects: impl Iterator<Item = &'s ResolvedProject>, clones: &[Clone]) -> Vec<String> {
        let all: BTreeSet<&Repository> = projects.flat_map(repositories).collect();
        let unknown = all.into_iter().filter(|repository| !clones.iter().any(|clone| clone.is_of(repository)));
        unknown.map(ToString::to_string).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Complains of a program that is not there.
    fn require(&self) -> Result<(), Error> {
        for program in ["sh", "git", "jq"] {
            let answers: &[&str] = if program == "sh" { &["-c", ":"] } else { &["--version"] };
            let output = self.command(program).and_then(|mut command| command.args(answers).output());
            if !output.is_ok_and(|output| output.status.success()) {
                return Err(Error(format!("`{program}` cannot be run, and the scripts of a delivery need it")));
            }
        }
        Ok(())
    }

    /// A program in the sandbox: it sees nothing of the user's settings, and reaches no other repository.
    fn command(&self, program: &str) -> io::Result<Command> {
        let mut command = process::program(program)?;
        command.env_clear().env("PATH", process::path()).current_dir(self.folder.path());
        command.env("SANDBOX_TIME", self.time.to_string()).env("SANDBOX_SALT", &self.salt);
        command.env("HOME", self.path("home")).env("TMPDIR", self.path("tmp"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.env("GIT_ALLOW_PROTOCOL", "file").env("GIT_TERMINAL_PROMPT", "0");
        // Where each commit has its time, it has its id.
        for variable in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
            command.env(variable, format!("@{} +0000", self.time));
        }
        command.env("GIT_CONFIG_COUNT", self.repositories.len().to_string());
        for (number, (address, path)) in self.repositories.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{number}"), format!("url.file://{}.insteadOf", address_of(path)));
            command.env(format!("GIT_CONFIG_VALUE_{number}"), address);
        }
        Ok(command)
    }

    fn git(&self, repository: &Path, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Error> {
        let mut command = self.command("git").map_err(broken)?;
        git::confine(&mut command);
        command.arg("--git-dir").arg(repository).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(broken)?;
        let mut stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // Written in a separate thread: git may respond while it is still being fed.
            scope.spawn(move || stdin.take().map(|mut stdin| stdin.write_all(input)));
            child.wait_with_output()
        })
        .map_err(broken)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(Error(format!("git {}: {}", arguments.first().unwrap_or(&""), complaint.trim())))
    }

    /// A bare repository that sees the objects of a clone.
    fn lay_out(&self, path: &Path, clone: Option<&Clone>) -> Result<(), Error> {
        self.git(path, &["init", "-q", "--bare"], b"")?;
        for option in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
            self.git(path, &["config", option, "true"], b"")?;
        }
        match clone {
            Some(clone) => write(&path.join("objects/info/alternates"), &format!("{}\n", clone.objects.display())),
            None => Ok(()),
        }
    }

    /// The branches of a repository that a delivery may read.
    fn branches(&self, resolved: &ResolvedProject, repository: &Repository) -> BTreeSet<String> {
        let is_of = |app: &str| {
            resolved.apps.get(app).and_then(|app| app.source.as_ref()).is_some_and(|source| source.value == *repository)
        };
        let pipelines = resolved.pipelines.iter().filter(|pipeline| is_of(&pipeline.app.value));
        let mut found: BTreeSet<_> = pipelines
            .flat_map(|pipeline| pipeline.on.0.iter().filter_map(Trigger::branch).map(str::to_owned))
            .collect();
        if *repository == resolved.project.gitops.repository {
            found.insert(self.branch.clone());
        }
        // What no pipeline delivers is taken from there.
        if found.is_empty() {
            found.insert("main".to_owned());
        }
        found
    }

    fn point(&self, repository: &Path, branch: &str, commit: &str) -> Result<(), Error> {
        self.git(repository, &["update-ref", &format!("refs/heads/{branch}"), commit], b"").map(drop)
    }

    fn import(&self, repository: &Path, stream: &str) -> Result<(), Error> {
        self.git(repository, &["fast-import", "--quiet", "--force"], stream.as_bytes()).map(drop)
    }

    /// The stream of a commit on a branch, on what is there.
    fn commit(&self, branch: &str, parent: Option<&str>, author: &str, message: &str) -> String {
        let reference = format!("refs/heads/{branch}");
        let time = self.time;
        let mut stream = format!("commit {reference}\nauthor {author} {time} +0000\ncommitter {NOBODY} {time} +0000\n");
        let _ = write!(stream, "data {}\n{message}\n", message.len());
        if let Some(parent) = parent {
            let _ = writeln!(stream, "from {parent}");
        }
        stream
    }

    /// The first commit of a repository of which nothing is known.
    fn first(&self, branch: &str) -> String {
        self.commit(branch, None, NOBODY, "what was there before") + &file("README.md", "A stand-in.\n") + "\n"
    }

    /// Commits the generated tree, as whoever has built it does, unless it is there already.
    fn build(&self, folder: &str, files: &Files) -> Result<(), Error> {
        let branch = &self.branch;
        let parent = self.tip(&self.gitops, branch);
        let mut stream = self.commit(branch, parent.as_deref(), NOBODY, "pipelinec build");
        if !folder.is_empty() {
            let _ = writeln!(stream, "D {}", quoted(folder));
        }
        for (name, text) in files {
            stream.push_str(&file(&crate::model::join(folder, name), text));
        }
        self.import(&self.gitops, &(stream + "\n"))?;
        let same = |commit: &String| {
            self.git(&self.gitops, &["diff", "--quiet", commit, &format!("refs/heads/{branch}")], b"").is_ok()
        };
        match parent.filter(same) {
            Some(parent) => self.point(&self.gitops, branch, &parent),
            None => Ok(()),
        }
    }

    /// The newest commit of a branch, if there is one.
    fn tip(&self, repository: &Path, branch: &str) -> Option<String> {
        let name = format!("refs/heads/{branch}");
        let found = self.git(repository, &["rev-parse", "--verify", "--quiet", &name], b"").ok()?;
        Some(String::from_utf8_lossy(&found).trim().to_owned())
    }

    /// Applies the pushed commits to a branch: the real ones if a clone has them, or else stand-ins that change the same
    /// files.
    fn lay_push(
        &mut self,
        repository: &Path,
        clone: Option<&Clone>,
        push: &Push,
        kept: &[String],
    ) -> Result<(), Error> {
        let is_kept = |name: &str| {
            kept.iter().any(|folder| {
                name.starts_with(&format!("{folder}/")) || folder == name || folder.starts_with(&format!("{name}/"))
            })
        };
        let Some(branch) = push.branch().filter(|name| self.is_branch(name)) else {
            return Ok(());
        };
        if let Some(commit) = clone.filter(|_| is_sha(push.commit())).and_then(|clone| clone.commit(push.commit())) {
            let tip = self.tip(repository, branch);
            let base = ["merge-base", "--is-ancestor", &commit, tip.as_deref().unwrap_or("")];
            // An older push to a branch that has moved on.
            if tip.is_some() && self.git(repository, &base, b"").is_ok() {
                return Ok(());
            }
            return self.point(repository, branch, &commit);
        }
        let mut parent = self.tip(repository, branch);
        let mut stream = String::new();
        // A pull request does not list its commits.
        if push.is_pull_request() {
            stream.push_str(&self.commit(branch, parent.as_deref(), NOBODY, "the pull request"));
            stream.push('\n');
        }
        for (number, commit) in push.commits().enumerate() {
            let text = |pointer: &str| commit.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let author = format!("{} <{}>", person(text("/author/name")), person(text("/author/email")));
            stream.push_str(&self.commit(branch, parent.take().as_deref(), &author, text("/message")));
            for (kind, written) in [("added", true), ("modified", true), ("removed", false)] {
                let names = commit[kind].as_array().into_iter().flatten().filter_map(Value::as_str);
                for name in names.filter(|name| is_clean(name) && !is_kept(name)) {
                    if written {
                        stream.push_str(&file(name, &format!("A stand-in, as of commit {number}.\n")));
                    } else {
                        let _ = writeln!(stream, "D {}", quoted(name));
                    }
                }
            }
            stream.push('\n');
        }
        self.import(repository, &stream)?;
        if let (true, Some(tip)) = (is_sha(push.commit()), self.tip(repository, branch)) {
            self.pushed.1 = tip;
        }
        Ok(())
    }

    /// Applies a pushed tag: to its commit if a clone has that, or else to the head of a branch.
    fn lay_tag(
        &mut self,
        repository: &Path,
        clone: Option<&Clone>,
        push: &Push,
        branches: &BTreeSet<String>,
    ) -> Result<(), Error> {
        let Some(tag) = push.reference().strip_prefix("refs/tags/").filter(|name| self.is_branch(name)) else {
            return Ok(());
        };
        let known = clone.filter(|_| is_sha(push.commit())).and_then(|clone| clone.commit(push.commit()));
        let tip = || branches.iter().find_map(|branch| self.tip(repository, branch));
        let Some(commit) = known.or_else(tip) else { return Ok(()) };
        self.git(repository, &["update-ref", &format!("refs/tags/{tag}"), &commit], b"")?;
        if is_sha(push.commit()) {
            self.pushed.1 = commit;
        }
        Ok(())
    }

    fn is_branch(&self, name: &str) -> bool {
        git::is_branch(name).unwrap_or_default()
    }

    /// A text in which the pushed commit has the name that the payload gives it.
    fn as_pushed(&self, text: &str) -> String {
        let (real, stand_in) = &self.pushed;
        if real == stand_in { text.to_owned() } else { text.replace(stand_in, real) }
    }

    /// The commits after one, the oldest first.
    fn pushed_since(&self, before: &str) -> Result<Vec<Pushed>, Error> {
        let range = format!("{before}..{}", self.head()?);
        let ids = self.git(&self.gitops, &["rev-list", "--reverse", &range], b"")?;
        let mut found = Vec::new();
        for id in String::from_utf8_lossy(&ids).lines() {
            let shown = |arguments: &[&str]| -> Result<String, Error> {
                let mut all = vec![
                    "show",
                    "--no-color",
                    "--no-ext-diff",
                    "--no-textconv",
                    "--no-renames",
                    "--irreversible-delete",
                ];
                all.extend(arguments);
                all.push(id);
                Ok(self.as_pushed(&String::from_utf8_lossy(&self.git(&self.gitops, &all, b"")?)))
            };
            let subject = shown(&["--no-patch", "--format=%s"])?.trim_end().to_owned();
            let diff = shown(&["--format="])?.trim_start_matches('\n').to_owned();
            // The ids of the files say nothing that the diff does not.
            let diff = diff
                .lines()
                .filter(|line| !line.starts_with("index "))
                .fold(String::new(), |text, line| text + line + "\n");
            found.push(Pushed { id: id.to_owned(), subject, diff });
        }
        Ok(found)
    }
}

impl Sandbox for Machine {
    fn run(&mut self, script: &str, variables: &BTreeMap<String, String>) -> Result<Ran, Error> {
        let before = self.head()?;
        let out = self.path("out");
        fs::remove_dir_all(&out).map_err(broken)?;
        fs::create_dir(&out).map_err(broken)?;
        write(&self.path("script"), &format!("{STAND_INS}{script}"))?;
        let mut command = self.command("sh").map_err(broken)?;
        command.arg(self.path("script"));
        let (real, stand_in) = &self.pushed;
        for (name, value) in variables {
            command.env(name, if real == stand_in { value.clone() } else { value.replace(real, stand_in) });
        }
        command.env("OUT", &out);
        let output = command.output().map_err(broken)?;
        let said = [output.stdout, output.stderr].concat();
        let mut outputs = BTreeMap::new();
        for entry in fs::read_dir(&out).map_err(broken)?.flatten() {
            if let (Some(name), Ok(bytes)) = (entry.file_name().to_str(), outside::regular(&entry.path(), Limit::TREE))
                && let Ok(text) = String::from_utf8(bytes)
            {
                outputs.insert(name.to_owned(), self.as_pushed(&text));
            }
        }
        Ok(Ran {
            succeeded: output.status.success(),
            said: self.as_pushed(&String::from_utf8_lossy(&said)),
            outputs,
            pushed: self.pushed_since(&before)?,
        })
    }

    fn head(&self) -> Result<String, Error> {
        self.tip(&self.gitops, &self.branch).ok_or_else(|| Error(format!("there is no branch {}", self.branch)))
    }

    fn files(&self, commit: &str) -> Result<Vec<String>, Error> {
        let listed = self.git(&self.gitops, &["ls-tree", "-r", "-z", "--name-only", commit], b"")?;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        Ok(listed.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    fn file(&self, commit: &str, name: &str) -> String {
        let read = self.git(&self.gitops, &["cat-file", "blob", &format!("{commit}:{name}")], b"");
        self.as_pushed(&String::from_utf8_lossy(&read.unwrap_or_default()))
    }
}

/// A path as part of a URL.
fn address_of(path: &Path) -> String {
    path.display().to_string().replace('%', "%25")
}

/// The repositories that the deliveries of a project read.
pub fn repositories(resolved: &ResolvedProject) -> BTreeSet<&Repository> {
    let sources = resolved.apps.values().filter_map(|app| app.source.as_ref().map(|source| &source.value));
    sources.chain([&resolved.project.gitops.repository]).collect()
}

/// A file of a stream for `git fast-import`.
fn file(name: &str, text: &str) -> String {
    format!("M 100644 inline {}\ndata {}\n{text}\n", quoted(name), text.len())
}

/// A path as `git fast-import` reads it.
fn quoted(name: &str) -> String {
    let mut text = String::from("\"");
    for byte in name.bytes() {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(byte));
            }
            b' '..=b'~' => text.push(char::from(byte)),
            byte => {
                let _ = write!(text, "\\{byte:03o}");
            }
        }
    }
    text + "\""
}

/// Whether git takes a path, which may be anything in a payload that somebody has written.
fn is_clean(name: &str) -> bool {
    let bad = |part: &str| part.is_empty() || part == "." || part == ".." || part.eq_ignore_ascii_case(".git");
    !name.contains('\0') && !name.split('/').any(bad)
}

/// A name or an address as git takes it.
fn person(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !"<>".contains(*c)).collect()
}

fn is_sha(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(broken)
}

fn broken(error: io::Error) -> Error {
    Error(error.to_string())
}
