//! The other side of a comparison: a revision of git, a folder of trees, a folder of sources; and what is refused.

use super::run;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use testkit::review::{BASE, edited, words};

#[test]
fn a_revision_is_read_through_git_without_a_checkout() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@t"])
            .args(arguments)
            .current_dir(root)
            .output()
            .expect("git");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let write = |text: &str| std::fs::write(root.join("deploy/shop.pipe"), text).expect("written");
    std::fs::create_dir(root.join("deploy")).expect("made");
    git(&["init", "-q", "-b", "main"]);
    write(BASE);
    assert_eq!(run(root, &["build", "deploy", "-o", "deploy/generated", "-q"]).0, Some(0));
    std::fs::write(root.join("deploy/generated/binary"), [0, 255]).expect("written");
    git(&["add", "-A"]);
    git(&["commit", "-qm", "first"]);
    write(&edited(&[("replicas = 4", "replicas = 5"), ("50%, 5m]", "50%, 1m]")]));
    let arguments = ["diff", "deploy", "-o", "deploy/generated", "--against", "git:main", "--color", "never"];
    let (code, out, _) = run(root, &arguments);
    assert_eq!(code, Some(0));
    assert!(
        words(&out).contains("shop in production: canary pauses [5m, 5m] -> [5m, 1m], 6m in total; pods 4 -> 5"),
        "{out}"
    );
    // The same, from the folder itself; and it changes nothing on disk.
    let inner = run(&root.join("deploy"), &["diff", "--against", "git:HEAD", "--color", "never"]);
    assert_eq!((inner.0, inner.1), (Some(0), out));
    assert_eq!(run(root, &["diff", "deploy", "-o", "deploy/generated", "--exit-code"]).0, Some(1));
    for (limit, expected) in [("danger", 0), ("caution", 1), ("R11", 1), ("R09", 0)] {
        let code = run(root, &["diff", "deploy", "-o", "deploy/generated", "--fail-on", limit]).0;
        assert_eq!(code, Some(expected), "{limit}");
    }
    for bad in ["git:nowhere", "git:", "git:--help", "git:a:b"] {
        let (code, _, error) = run(root, &["diff", "deploy", "--against", bad]);
        assert_eq!(code, Some(2), "{bad}");
        assert!(error.contains("cannot read revision") && error.contains("help: "), "{error}");
    }
    assert_eq!(run(root, &["diff", "deploy", "--fail-on", "R99"]).0, Some(2));
    // Two folders of sources.
    std::fs::create_dir(root.join("old")).expect("made");
    std::fs::write(root.join("old/shop.pipe"), BASE).expect("written");
    let (code, out, _) = run(root, &["diff", "deploy", "--against", "old", "--exit-code", "--color", "never"]);
    assert_eq!(code, Some(1));
    assert!(words(&out).contains("pods 4 -> 5"), "{out}");
    // Sources with errors cannot be compared.
    write("app");
    assert_eq!(run(root, &["diff", "deploy", "--against", "old"]).0, Some(1));
}

/// A repository with a spec in `deploy`, and its trees in `deploy/generated`, committed.
pub struct Repository {
    _temp: TempDir,
    pub root: PathBuf,
}

pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("git");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

const NOTHING: &str = "no changes\n";

impl Repository {
    pub fn new() -> Self {
        let temp = tempfile::tempdir().expect("a folder");
        let root = temp.path().join("repository");
        fs::create_dir_all(root.join("deploy")).expect("made");
        git(&root, &["init", "-q", "-b", "main"]);
        let repository = Self { _temp: temp, root };
        repository.write(BASE);
        repository.commit();
        repository
    }

    fn write(&self, spec: &str) {
        fs::write(self.root.join("deploy/shop.pipe"), spec).expect("written");
    }

    pub fn commit(&self) {
        assert_eq!(run(&self.root, &["build", "deploy", "-o", "deploy/generated", "-q"]).0, Some(0));
        git(&self.root, &["add", "-A"]);
        git(&self.root, &["commit", "-qm", "a"]);
    }
}

/// The comparison of `deploy` with a revision: the exit code, and what is said.
pub fn against(folder: &Path, revision: &str) -> (Option<i32>, String, String) {
    let arguments = ["diff", "deploy", "-o", "deploy/generated", "--against", revision, "--color", "never"];
    run(folder, &arguments)
}

#[test]
fn names_of_revisions_are_those_of_git() {
    let repository = Repository::new();
    let root = &repository.root;
    let first = git(root, &["rev-parse", "HEAD"]);
    repository.write(&edited(&[("replicas = 4", "replicas = 5")]));
    repository.commit();
    // A tag and a folder that are called like a branch, and a branch with what a shell or a path would take otherwise.
    git(root, &["tag", "main", &first]);
    git(root, &["branch", "deploy", &first]);
    git(root, &["branch", "it's-$(id)-;&", &first]);
    for old in [first.as_str(), &first[..10], "HEAD^1", "HEAD~1", "tags/main", "deploy", "it's-$(id)-;&", "main@{0}"] {
        let (code, out, error) = against(root, &format!("git:{old}"));
        let expected = if old == "main@{0}" { NOTHING } else { "pods 4 -> 5" };
        assert!(code == Some(0) && words(&out).contains(expected.trim()), "{old}: {out}{error}");
    }
    assert_eq!(against(root, "git:heads/main").1, NOTHING);
    // A blob or a tree is no commit.
    for bad in ["HEAD:deploy", "HEAD^{tree}", "--output=x", "nowhere", "-1"] {
        let (code, out, error) = against(root, &format!("git:{bad}"));
        assert!(code == Some(2) && out.is_empty() && error.contains("cannot read revision"), "{bad}: {out}{error}");
    }
    assert!(!root.join("x").exists());
}

#[test]
fn a_worktree_a_subfolder_and_a_clone_are_repositories_too() {
    let repository = Repository::new();
    let root = &repository.root;
    repository.write(&edited(&[("replicas = 4", "replicas = 5")]));
    repository.commit();
    git(root, &["worktree", "add", "-q", "../worktree", "HEAD~1"]);
    let worktree = root.with_file_name("worktree");
    let (code, out, error) = against(&worktree, "git:main");
    assert!(code == Some(0) && words(&out).contains("pods 5 -> 4"), "{out}{error}");
    // From outside, by a path with `..`, and where the folder of the trees is not there any more.
    fs::remove_dir_all(root.join("deploy/generated")).expect("removed");
    let arguments = ["diff", "../deploy", "-o", "../deploy/generated", "--against", "git:HEAD~1", "--color", "never"];
    fs::create_dir(root.join("other")).expect("made");
    let (code, out, error) = run(&root.join("other"), &arguments);
    assert!(code == Some(0) && words(&out).contains("pods 4 -> 5"), "{out}{error}");
    git(root, &["checkout", "-q", "--", "deploy"]);

    // A shallow clone says why a commit is not there, and reads those that are.
    let clone = root.with_file_name("clone");
    let url = format!("file://{}", root.display());
    git(root, &["clone", "-q", "--depth=1", &url, clone.to_str().expect("a path")]);
    assert_eq!(against(&clone, "git:origin/main").1, NOTHING);
    let (code, _, error) = against(&clone, "git:HEAD~1");
    assert!(code == Some(2) && words(&error).contains("in this shallow clone: fetch it first"), "{error}");
    git(&clone, &["fetch", "-q", "--depth=2", "origin", "main"]);
    assert!(words(&against(&clone, "git:HEAD~1").1).contains("pods 4 -> 5"));
    // Where there is no repository at all.
    let bare = tempfile::tempdir().expect("a folder");
    fs::write(bare.path().join("shop.pipe"), BASE).expect("written");
    let (code, _, error) = run(bare.path(), &["diff", "--against", "git:main"]);
    assert!(code == Some(2) && error.contains("cannot read revision `main`"), "{error}");
}

#[test]
fn the_repository_is_that_of_the_working_folder_and_no_other() {
    let inner = Repository::new();
    let temp = tempfile::tempdir().expect("a folder");
    let outer = temp.path();
    git(outer, &["init", "-q", "-b", "main"]);
    git(outer, &["submodule", "--quiet", "add", inner.root.to_str().expect("a path"), "gitops"]);
    git(outer, &["commit", "-qm", "a"]);
    fs::write(outer.join("shop.pipe"), edited(&[("replicas = 4", "replicas = 5")])).expect("written");
    let arguments = ["diff", "shop.pipe", "-o", "gitops/deploy/generated", "--against", "git:main", "--color", "never"];
    let refused = || {
        let (code, out, error) = run(outer, &arguments);
        assert!(code == Some(2) && out.is_empty(), "{out}{error}");
        assert!(words(&error).contains("`gitops` is a submodule there; run this in it"), "{error}");
    };
    refused();
    // In the submodule, its own revisions are meant.
    let inside = ["diff", "../shop.pipe", "-o", "deploy/generated", "--against", "git:main", "--color", "never"];
    let (code, out, error) = run(&outer.join("gitops"), &inside);
    assert!(code == Some(0) && words(&out).contains("pods 4 -> 5"), "{out}{error}");
    git(outer, &["submodule", "--quiet", "deinit", "-f", "gitops"]);
    refused();
    // Trees in another repository, which the working folder says nothing of.
    let elsewhere = inner.root.join("deploy/generated");
    let elsewhere = elsewhere.to_str().expect("a path");
    let (code, out, error) = run(outer, &["diff", "shop.pipe", "-o", elsewhere, "--against", "git:main"]);
    assert!(code == Some(2) && out.is_empty(), "{out}{error}");
    assert!(words(&error).contains("is not in the repository of the working folder; run this in it"), "{error}");
}

#[test]
fn an_old_tree_may_be_missing_broken_or_of_another_version() {
    let repository = Repository::new();
    let root = &repository.root;
    let generated = root.join("deploy/generated/acme");
    let diff = |more: &[&str]| {
        let arguments = ["diff", "deploy", "-o", "deploy/generated", "--color", "never"];
        run(root, &arguments.into_iter().chain(more.iter().copied()).collect::<Vec<_>>())
    };
    assert_eq!(diff(&[]).1, NOTHING);
    // A file that is half written is one that is told; no other object is blamed for it, and nothing fails.
    let path = generated.join("apps/shop/production/shop.yaml");
    let text = fs::read_to_string(&path).expect("it is there");
    fs::write(&path, &text[..text.len() / 3]).expect("written");
    let (code, out, error) = diff(&[]);
    assert!(code == Some(0) && out.contains("apps/shop/production") && !out.contains("jobs"), "{out}{error}");
    fs::write(&path, "{{ no YAML").expect("written");
    let (code, out, _) = diff(&[]);
    assert!(code == Some(0) && out.contains("- shop.yaml in apps/shop/production"), "{out}");
    // One that is gone, and bytes that are no text.
    fs::remove_file(&path).expect("removed");
    assert!(words(&diff(&[]).1).contains("+ Rollout shop in apps/shop/production"));
    fs::write(&path, [0xff, 0xfe, 0]).expect("written");
    assert_eq!(diff(&[]).0, Some(0));
    fs::write(&path, &text).expect("written");
    // Another version wrote a field more and a file more, and its list of files says more.
    let record = fs::read_to_string(generated.join("tree.json")).expect("it is there");
    let other = record.replace("pipelinec-tree/2", "pipelinec-tree/9").replacen('{', "{\n  \"later\": true,", 1);
    let other = other.replacen("\"files\": {", "\"files\": {\n    \"later.yaml\": \"00\",", 1);
    assert_ne!(other, record);
    fs::write(generated.join("tree.json"), other).expect("written");
    fs::write(generated.join("later.yaml"), "kind: Later\nmetadata: {name: x}\n").expect("written");
    fs::write(&path, text.replace("revisionHistoryLimit: 5", "revisionHistoryLimit: 5\n  later: 1")).expect("written");
    let (code, out, error) = diff(&[]);
    assert!(code == Some(0) && out.contains("- Later x") && out.contains("spec.later:"), "{out}{error}");
    // What is no record stops it, on disk and in a revision, and says where.
    fs::write(generated.join("tree.json"), "{ half").expect("written");
    let (code, _, error) = diff(&[]);
    assert!(code == Some(2) && words(&error).contains("acme/tree.json") && error.contains("help: "), "{error}");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "broken"]);
    let (code, out, error) = against(root, "git:HEAD");
    assert!(code == Some(2) && out.is_empty() && words(&error).contains("acme/tree.json"), "{error}");
    // Without trees everything is new, and it is said that there are none.
    fs::remove_dir_all(root.join("deploy/generated")).expect("removed");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "none"]);
    let (code, out, error) = against(root, "git:HEAD");
    assert!(code == Some(0) && out.contains("target acme (new)"), "{out}");
    assert!(
        words(&error).contains("revision `HEAD` has no trees in `deploy/generated`, so everything is new"),
        "{error}"
    );
    assert!(diff(&[]).1.contains("target acme (new)"));
}

#[test]
fn targets_are_chosen_and_limits_are_of_what_is_chosen() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let two = format!(
        "target eu\ntarget us {{ project {{ github {{ webhook = \"https://us.acme.io\" }} }}, app shop {{ service {{ in production {{ replicas = 6, route {{ host = \"us.acme.io\" }} }} }} }} }}\n{BASE}"
    );
    fs::write(root.join("shop.pipe"), &two).expect("written");
    assert_eq!(run(root, &["build", "-q"]).0, Some(0));
    fs::write(
        root.join("shop.pipe"),
        two.replace("replicas = 4", "replicas = 5").replace("at-most = 5%", "at-most = 6%"),
    )
    .expect("written");
    let diff = |more: &[&str]| {
        let (code, out, error) =
            run(root, &["diff", "--color", "never"].into_iter().chain(more.iter().copied()).collect::<Vec<_>>());
        assert!(error.is_empty(), "{error}");
        (code, words(&out))
    };
    let (_, both) = diff(&[]);
    assert!(both.contains("target eu shop in production: ") && both.contains("pods 4 -> 5"), "{both}");
    assert!(both.contains("target us") && both.contains("2 objects change as in target eu"), "{both}");
    let (_, eu) = diff(&["-t", "eu"]);
    assert!(eu.contains("target eu") && !eu.contains("target us"), "{eu}");
    assert_eq!(diff(&["-t", "us", "-t", "eu"]).1, both);
    for (arguments, expected) in [
        (&["--fail-on", "R16"][..], 1),
        (&["--fail-on", "caution"], 1),
        (&["--fail-on", "notice"], 1),
        (&["--fail-on", "danger"], 0),
        (&["--fail-on", "R09", "--fail-on", "R11"], 0),
        (&["--fail-on", "danger", "--fail-on", "R16"], 1),
        (&["--fail-on", "R16", "-t", "eu"], 1),
        (&["--exit-code"], 1),
        (&["--exit-code", "--format", "json"], 1),
    ] {
        assert_eq!(diff(arguments).0, Some(expected), "{arguments:?}");
    }
    // A target that is on one side only, and one that is on none.
    fs::write(root.join("shop.pipe"), two.replacen("target us", "target asia", 1)).expect("written");
    let (_, out) = diff(&[]);
    assert!(
        out.contains("target asia (new)") && out.contains("target us (removed)") && out.contains("danger[R14]"),
        "{out}"
    );
    assert_eq!(diff(&["-t", "us", "--fail-on", "R14"]).0, Some(1));
    assert_eq!(diff(&["-t", "eu", "--exit-code"]), (Some(0), NOTHING.trim().to_owned()));
    let (code, _, error) = run(root, &["diff", "-t", "nort"]);
    assert!(code == Some(2) && error.contains("unknown target `nort`"), "{error}");
}
