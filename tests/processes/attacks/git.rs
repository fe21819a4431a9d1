//! A change under review whose files are settings to a program: git, and whatever is found by its name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

use crate::support::{self, Folder, Ran};
use testkit::review::{BASE, edited};

/// The spec with a gate less.
fn without_gates() -> String {
    edited(&[(", analyse = errors", ""), ("analysis errors {", "analysis errors { allow = [W0203], ")])
}

/// A checkout of a change on top of the branch that it is for, `HEAD^1`.
struct Change {
    _temp: TempDir,
    root: PathBuf,
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
        .output()
        .expect("git");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

impl Change {
    /// The branch as it is good, and a change without a gate; `plant` adds to it.
    fn new(plant: impl FnOnce(&Path)) -> Self {
        let temp = tempfile::tempdir().expect("a folder");
        let root = temp.path().join("checkout");
        let change = Self { _temp: temp, root };
        put(&change.root.join("shop.pipe"), BASE);
        git(&change.root, &["init", "-q", "-b", "main"]);
        change.commit();
        put(&change.root.join("shop.pipe"), &without_gates());
        assert_eq!(change.run(".", &["build", "-q"]).code, Some(0));
        plant(&change.root);
        git(&change.root, &["add", "-A", "-f"]);
        git(&change.root, &["commit", "-qm", "change"]);
        // Only what is committed reaches whoever reviews it.
        let fresh = change.root.with_file_name("fresh");
        git(&change.root, &["clone", "-q", "--no-local", ".", fresh.to_str().expect("a path")]);
        Self { root: fresh, ..change }
    }

    fn commit(&self) {
        assert_eq!(self.run(".", &["build", "-q"]).code, Some(0));
        git(&self.root, &["add", "-A"]);
        git(&self.root, &["commit", "-qm", "base"]);
    }

    fn run(&self, at: &str, arguments: &[&str]) -> Ran {
        self.run_with(at, arguments, &[])
    }

    fn run_with(&self, at: &str, arguments: &[&str], env: &[(&str, &str)]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_pipelinec"))
            .args(arguments)
            .current_dir(self.root.join(at))
            .envs(env.iter().copied())
            .output()
            .expect("it runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Whether a planted program ran: it leaves a file where it runs, or above.
    #[track_caller]
    fn ran_nothing(&self) {
        let left = walkdir::WalkDir::new(self._temp.path()).into_iter().flatten();
        let left: Vec<_> = left.filter(|entry| entry.file_name() == "pwned").collect();
        assert!(left.is_empty(), "{left:?}");
    }

    /// The comparison says what the change does.
    #[track_caller]
    fn is_told(&self, ran: &Ran) {
        let ran = ran.ends(1);
        assert!(ran.stdout.contains("danger[R10]"), "{}{}", ran.stdout, ran.stderr);
    }
}

const DIFF: [&str; 7] = ["diff", "--against", "git:HEAD^1", "--fail-on", "danger", "--color", "never"];

/// What a folder is to git that holds these files: a bare repository, whose commits are fetched by a command.
fn bare(folder: &Path, command: &str) {
    put(&folder.join("HEAD"), "ref: refs/heads/main\n");
    put(&folder.join("refs/heads/main"), &format!("{}\n", "1".repeat(40)));
    put(&folder.join("objects/info/keep"), "");
    put(
        &folder.join("config"),
        &format!(
            "[core]\n\trepositoryformatversion = 1\n\tbare = true\n\tfsmonitor = {command:?}\n[extensions]\n\tpartialClone = origin\n\
             [remote \"origin\"]\n\turl = .\n\tpromisor = true\n\tuploadpack = {command:?}\n"
        ),
    );
}

#[test]
fn a_folder_of_the_change_is_no_repository_whose_commands_run() {
    let command = "touch pwned; env > pwned; false";
    let change = Change::new(|root| {
        bare(&root.join("generated"), command);
        bare(&root.join("specs/generated"), command);
        put(&root.join("specs/shop.pipe"), BASE);
    });
    change.is_told(&change.run(".", &[&DIFF[..], &["shop.pipe"]].concat()));
    change.ran_nothing();
    // Also from a folder that is one itself.
    for (at, spec, out) in [("generated", "../shop.pipe", "."), ("specs/generated", "../shop.pipe", "../../generated")]
    {
        let ran = change.run(at, &[&DIFF[..], &[spec, "-o", out]].concat());
        change.ran_nothing();
        assert!(ran.code == Some(1) || ran.code == Some(0), "{ran:?}");
    }
    // `init` and `simulate` ask git of the folder that is named.
    change.run("generated", &["init", "new"]).ends(0);
    let simulated = change.run(".", &["simulate", "shop.pipe", "--diff", "HEAD^1..HEAD", "--clone", "generated"]);
    assert_eq!(simulated.code, Some(2), "{simulated:?}");
    change.ran_nothing();
}

#[test]
fn a_folder_of_the_change_is_no_repository_in_which_nothing_changes() {
    // A repository whose history has the new trees already, at its top.
    let temp = tempfile::tempdir().expect("a folder");
    let change = Change::new(|root| {
        let work = temp.path().join("work");
        fs::create_dir(&work).expect("made");
        git(&work, &["init", "-q", "-b", "main"]);
        let copied = Command::new("cp").arg("-R").arg(root.join("generated/.")).arg(&work).status().expect("cp");
        assert!(copied.success());
        for message in ["trees", "again"] {
            git(&work, &["add", "-A"]);
            git(&work, &["commit", "-q", "--allow-empty", "-m", message]);
        }
        git(&work, &["gc", "-q"]);
        put(&work.join(".git/refs/keep"), "");
        put(&work.join(".git/config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
        for part in ["HEAD", "config", "objects", "refs", "packed-refs"] {
            let (from, to) = (work.join(".git").join(part), root.join("generated"));
            let copied = Command::new("cp").arg("-R").arg(from).arg(to).status().expect("cp");
            assert!(copied.success());
        }
    });
    // It is what git would take for a repository, and there nothing changes.
    let trees = git(&change.root.join("generated"), &["ls-tree", "--name-only", "HEAD^1"]);
    assert_eq!(trees, "acme", "the attack is none");
    change.is_told(&change.run(".", &DIFF));
}

/// Programs of the names that are looked for, in the folder that is looked at.
fn planted(root: &Path) {
    for name in ["git", "jq", "sh", "kubectl", "gpg", "pipelinec"] {
        support::program(&root.join(name), "#!/bin/sh\ntouch pwned\nexit 1\n");
    }
}

#[test]
fn no_program_is_taken_from_the_working_folder() {
    let change = Change::new(planted);
    let path = std::env::var("PATH").expect("a path");
    let root = change.root.display().to_string();
    let home = change.root.with_file_name("home").display().to_string();
    for first in [".", "", "./", "../fresh", &root] {
        let path = format!("{first}:{path}");
        let env = [("PATH", path.as_str()), ("HOME", home.as_str()), ("KUBECONFIG", "/dev/null")];
        change.is_told(&change.run_with(".", &DIFF, &env));
        put(
            &change.root.join("push.json"),
            &format!(
                r#"{{"ref": "refs/heads/main", "after": "{}", "repository": {{"full_name": "acme/shop"}},
                "head_commit": {{"message": "x"}}, "commits": [{{"id": "1", "author": {{"email": "a@b"}}, "modified": ["x"]}}]}}"#,
                "1".repeat(40)
            ),
        );
        let simulated = change.run_with(".", &["simulate", "--payload", "push.json"], &env);
        assert!(simulated.stdout.contains("shop starts"), "{simulated:?}");
        let verified = change.run_with(".", &["verify", "generated/acme/access"], &env);
        assert_eq!(verified.code, Some(2), "no cluster answers: {verified:?}");
        change.run_with(".", &["init", "new"], &env);
        let _ = fs::remove_dir_all(change.root.join("new"));
        change.ran_nothing();
    }
}

/// Settings that name a program, in the repository itself: somebody may have prepared the whole clone.
#[test]
fn no_setting_of_a_clone_runs_a_program() {
    let folder = Folder::new();
    let marker = folder.path("pwned").display().to_string();
    support::program(&folder.path("evil"), &format!("#!/bin/sh\ntouch '{marker}'\ncat\n"));
    let evil = folder.path("evil").display().to_string();
    let change = Change::new(|root| put(&root.join(".gitattributes"), "* diff=x filter=x merge=x -text\n"));
    for setting in [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.askPass",
        "core.gitProxy",
        "core.alternateRefsCommand",
        "diff.external",
        "diff.x.command",
        "diff.x.textconv",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "gpg.program",
        "gpg.ssh.program",
        "credential.helper",
        "pager.log",
        "pager.diff",
        "uploadpack.packObjectsHook",
        "remote.origin.uploadpack",
        "remote.origin.vcs",
        "alias.log",
        "alias.show",
        "alias.ls-tree",
        "alias.cat-file",
        "sequence.editor",
        "trailer.x.command",
        "interactive.diffFilter",
    ] {
        git(&change.root, &["config", setting, &evil]);
    }
    for (setting, value) in [
        ("core.hooksPath", folder.path("").display().to_string()),
        ("log.showSignature", "true".to_owned()),
        ("core.attributesFile", folder.path("attributes").display().to_string()),
        ("extensions.worktreeConfig", "true".to_owned()),
    ] {
        git(&change.root, &["config", setting, &value]);
    }
    folder.put("attributes", "* diff=x filter=x\n");
    for hook in ["reference-transaction", "post-index-change", "post-checkout", "pre-auto-gc"] {
        support::program(&folder.path(hook), &format!("#!/bin/sh\ntouch '{marker}'\n"));
    }
    let env = [("GIT_PAGER", evil.as_str()), ("GIT_EXTERNAL_DIFF", evil.as_str()), ("PAGER", evil.as_str())];
    change.is_told(&change.run_with(".", &DIFF, &env));
    git(&change.root, &["config", "remote.origin.url", "https://github.com/acme/shop"]);
    let simulated = change.run_with(".", &["simulate", "--diff", "HEAD^1..HEAD", "--branch", "main"], &env);
    assert!(simulated.stdout.contains("commit to `main` of acme/shop"), "{simulated:?}");
    change.run_with(".", &["init", "new"], &env).ends(0);
    assert!(!folder.path("pwned").exists());
}

#[test]
fn a_comparison_fetches_nothing() {
    let change = Change::new(|_| ());
    let partial = change.root.with_file_name("partial");
    git(&change.root, &["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", change.root.display());
    git(&change.root, &["clone", "-q", "--no-checkout", "--filter=blob:none", &url, partial.to_str().expect("a path")]);
    git(&partial, &["config", "remote.origin.uploadpack", "touch pwned; git-upload-pack"]);
    put(&partial.join("shop.pipe"), BASE);
    let partial = Change { root: partial, _temp: change._temp };
    let ran = partial.run(".", &DIFF);
    let words = ran.ends(2).stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("is a partial one, and a comparison fetches nothing"), "{words}");
    partial.ran_nothing();
}
