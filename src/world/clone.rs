//! Local clones: which repository one is of, and what a push of its commits would be.

use super::git::{self, Checkout};
use crate::model::{GitHost, Repository};
use crate::providers::host::push::{Commit, Moved, Push};
use std::path::{Path, PathBuf};

/// A local clone.
#[derive(Debug, Clone)]
pub struct Clone {
    checkout: Checkout,
    /// Where git keeps its objects.
    pub objects: PathBuf,
    remote: Option<String>,
}

impl Clone {
    /// Opens a clone.
    ///
    /// # Errors
    /// When the folder is not a clone, or not a complete one.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let checkout = Checkout::around(folder)?;
        let git = |arguments: &[&str]| checkout.git(arguments);
        let objects = git(&["rev-parse", "--path-format=absolute", "--git-path", "objects"])?;
        if git(&["rev-parse", "--show-object-format"])? != "sha1" {
            return Err("its object format is not SHA-1, as on GitHub".to_owned());
        }
        // What such a clone lacks, git would fetch.
        if git(&["config", "--get-regexp", git::PARTIAL]).is_ok() {
            return Err("it is a partial clone; clone the repository without `--filter`".to_owned());
        }
        if git(&["rev-parse", "--is-shallow-repository"])? == "true" {
            return Err("it is a shallow clone; run `git fetch --unshallow` to get the full history".to_owned());
        }
        let remote = origin(&checkout);
        Ok(Self { checkout, objects: PathBuf::from(objects), remote })
    }

    /// Whether it is a clone of that repository.
    pub fn is_of(&self, repository: &Repository) -> bool {
        let own = self.remote.as_deref().and_then(address);
        own.is_some_and(|(host, owner, name)| {
            let same = |own: &str, other: &str| own.eq_ignore_ascii_case(other);
            same(host, &repository.host) && same(owner, &repository.owner) && same(name, &repository.name)
        })
    }

    /// What it is a clone of, as far as that can be told.
    pub fn origin(&self) -> String {
        match self.remote.as_deref().and_then(address) {
            Some((host, owner, name)) => format!("it is a clone of `{host}/{owner}/{name}`"),
            None => "it has no remote `origin` with the URL of a repository".to_owned(),
        }
    }

    /// The full id of a commit.
    pub fn commit(&self, revision: &str) -> Option<String> {
        // One that begins with a dash would be an option.
        let wanted = format!("{revision}^{{commit}}");
        self.checkout.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).ok()
    }

    /// The newest commit of a branch, as the remote has it if that is known.
    pub fn branch(&self, name: &str) -> Option<String> {
        let remote = self.commit(&format!("refs/remotes/origin/{name}"));
        remote.or_else(|| self.commit(&format!("refs/heads/{name}")))
    }

    /// The push that moves a branch from one commit to another, written as `A..B`: without `branch`, the branch that A
    /// is, or else B. `hosts`: those of the projects, of which the first counts where none has the name of the remote.
    ///
    /// # Errors
    /// When it is not such a range, or the clone has no remote with the URL of a repository.
    pub fn push(&self, range: &str, branch: Option<&str>, hosts: &[&GitHost]) -> Result<Push, String> {
        let (from, to) =
            range.split_once("..").filter(|(_, to)| !to.starts_with('.')).ok_or("it does not have the form A..B")?;
        let known = |name: &str| self.commit(name).ok_or_else(|| format!("unknown commit `{name}`"));
        let (from, to) = (if from.is_empty() { "HEAD" } else { from }, if to.is_empty() { "HEAD" } else { to });
        let (before, after) = (known(from)?, known(to)?);
        if before == after {
            return Err("both ends are the same commit, so there is nothing to push".to_owned());
        }
        let (server, owner, name) = self
            .remote
            .as_deref()
            .and_then(address)
            .ok_or("the clone has no remote `origin` with the URL of a repository")?;
        let branch = match branch {
            Some(branch) => {
                let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
                if !git::is_branch(branch).map_err(|error| format!("git cannot be run: {error}"))? {
                    return Err(format!("`{branch}` is not a valid branch name"));
                }
                branch.to_owned()
            }
            None => self
                .branch_of(from)
                .or_else(|| self.branch_of(to))
                .ok_or("neither end is a branch; pass the pushed branch with --branch")?,
        };
        let commits = self.commits(&format!("{before}..{after}"))?;
        // A push back brings no commit, and has a newest one all the same.
        let head = self.commits(&format!("-1 {after}"))?.pop().unwrap_or_default();
        let forced = self.checkout.git(&["merge-base", "--is-ancestor", &before, &after]).is_err();
        let repository = &format!("{owner}/{name}");
        let (branch, before, head, commits) = (&branch, &before, &head, &commits);
        let moved = Moved { server, repository, branch, before, head, forced, commits };
        let host = hosts.iter().find(|host| host.server.value.eq_ignore_ascii_case(server)).or(hosts.first());
        let host = host.ok_or("there is no project")?;
        Ok(Push::of_commits(host.choice, &moved))
    }

    /// The branch that a revision names, here or at the remote.
    fn branch_of(&self, revision: &str) -> Option<String> {
        let full = self.checkout.git(&["rev-parse", "--symbolic-full-name", "--end-of-options", revision]).ok()?;
        // git repeats the end of the options.
        let full = full.lines().last()?;
        let full = if full == "HEAD" {
            self.checkout.git(&["symbolic-ref", "--quiet", "HEAD"]).ok()?
        } else {
            full.to_owned()
        };
        let remote = full.strip_prefix("refs/remotes/").and_then(|rest| rest.split_once('/')).map(|(_, name)| name);
        remote.or_else(|| full.strip_prefix("refs/heads/")).map(str::to_owned)
    }

    /// The commits of a range, the oldest first. A merge changes what differs from its first parent.
    fn commits(&self, range: &str) -> Result<Vec<Commit>, String> {
        let log = |format: &str, more: &[&str]| {
            let mut arguments =
                vec!["log", "-z", "--reverse", "--no-color", "--no-relative", "--no-ext-diff", "--no-textconv", format];
            arguments.extend(more);
            arguments.extend(range.split(' '));
            arguments.push("--");
            self.checkout.bytes(&arguments).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        let fields = ["%H", "%T", "%cI", "%an", "%ae", "%cn", "%ce", "%B"];
        let told = log(&format!("--format=tformat:{}", fields.join("%x00")), &["--no-patch"])?;
        let told: Vec<_> = told.split('\0').collect();
        let mut commits: Vec<_> = told
            .chunks_exact(fields.len())
            .map(|fields| Commit {
                id: fields[0].to_owned(),
                tree: fields[1].to_owned(),
                timestamp: fields[2].to_owned(),
                author: (fields[3].to_owned(), fields[4].to_owned()),
                committer: (fields[5].to_owned(), fields[6].to_owned()),
                message: fields[7].trim_end_matches('\n').to_owned(),
                ..Commit::default()
            })
            .collect();
        let files = ["--name-status", "--no-renames", "--diff-merges=first-parent"];
        let changed = log("--format=tformat:%H", &files)?;
        let mut words = changed.split('\0').map(|word| word.trim_start_matches('\n'));
        let mut at = None;
        while let Some(word) = words.next() {
            if word.len() > 1 {
                at = commits.iter().position(|commit| commit.id == word);
            } else if let (false, Some(file), Some(at)) = (word.is_empty(), words.next(), at) {
                let list = match word {
                    "A" => &mut commits[at].added,
                    "D" => &mut commits[at].removed,
                    _ => &mut commits[at].modified,
                };
                list.push(file.to_owned());
            }
        }
        Ok(commits)
    }
}

/// Where the repository of the folder was cloned from, if git is there and says so.
pub fn remote(folder: &Path) -> Option<String> {
    let there = folder.ancestors().find(|folder| folder.is_dir())?;
    origin(&Checkout::around(there).ok()?)
}

fn origin(checkout: &Checkout) -> Option<String> {
    let written = checkout.git(&["config", "--get", "remote.origin.url"]).ok()?;
    // It may be short for another one, by a setting of its user.
    if address(&written).is_some() { Some(written) } else { checkout.git(&["remote", "get-url", "origin"]).ok() }
}

/// Host, owner and name of a repository: of `git@github.com:acme/shop.git`, `https://github.com/acme/shop` and the like.
/// A user name or a password in the URL is ignored.
pub fn address(url: &str) -> Option<(&str, &str, &str)> {
    let (host, path) = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?,
        None => url.split_once(':')?,
    };
    let host = host.rsplit('@').next()?;
    let (name_of_host, port) = host.split_once(':').unwrap_or((host, ""));
    // Another port of SSH is that of the same host; one of HTTPS is part of its address.
    let is_https = url.starts_with("https://") && !["", "443"].contains(&port);
    let host = if is_https { host } else { name_of_host };
    let path = path.trim_matches('/');
    // A host may have groups of groups.
    let (owner, name) = path.strip_suffix(".git").unwrap_or(path).rsplit_once('/')?;
    let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let is_port = port.chars().all(|c| c.is_ascii_digit());
    (is_word(name_of_host) && is_port && owner.split('/').all(is_word) && is_word(name)).then_some((host, owner, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_read_from_the_address_of_a_remote() {
        for url in [
            "git@github.com:acme/shop.git",
            "github.com:acme/shop",
            "https://github.com/acme/shop.git",
            "https://github.com/acme/shop/",
            "https://x-access-token:ghp_secret@github.com/acme/shop",
            "ssh://git@github.com/acme/shop.git",
            "ssh://git@github.com:22/acme/shop.git",
        ] {
            assert_eq!(address(url), Some(("github.com", "acme", "shop")), "{url}");
        }
        assert_eq!(address("https://git.acme.io/acme/shop"), Some(("git.acme.io", "acme", "shop")));
        assert_eq!(address("https://git.acme.io:8443/acme/shop.git"), Some(("git.acme.io:8443", "acme", "shop")));
        assert_eq!(address("ssh://git@git.acme.io:2222/acme/shop"), Some(("git.acme.io", "acme", "shop")));
        assert_eq!(address("git@gitlab.com:acme/team/shop.git"), Some(("gitlab.com", "acme/team", "shop")));
        assert_eq!(address("https://github.com.evil.io/a/b").map(|found| found.0), Some("github.com.evil.io"));
        for url in [
            "",
            "../shop",
            "/srv/git/shop.git",
            "https://github.com/acme",
            "git@github.com:acme/\"}\nproject x {",
            "git@github.com:acme/${run.sha}",
        ] {
            assert_eq!(address(url), None, "{url}");
        }
    }
}
