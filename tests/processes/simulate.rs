//! What a push would trigger, as the command prints it: payloads as GitHub sends them, and commits of local clones.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use pipelinec::simulate::Push;
use serde_json::{Value, json};
use testkit::compiled::{homelab, list, text};
use testkit::documents::hold_documents;
use testkit::fixtures::snapshot;
use testkit::push::{push, to, with};

use crate::support::{Folder, Ran, Run as _};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A payload of `tests/simulate`.
fn payload(name: &str) -> String {
    let path = Path::new(ROOT).join("tests/simulate").join(name).with_extension("json");
    fs::read_to_string(path).expect("a payload")
}

/// The sample system, simulated with these arguments; nothing is left behind.
fn run(folder: &Folder, arguments: &[&str], input: &str) -> Ran {
    let example = Path::new(ROOT).join("examples/homelab");
    let mut all = vec!["simulate", example.to_str().expect("a path")];
    all.extend(arguments);
    fs::create_dir_all(folder.path("tmp")).expect("a folder");
    let tmp = folder.path("tmp");
    let ran = folder.run_with(&all, input.as_bytes(), &[("TMPDIR", tmp.to_str().expect("a path"))]);
    assert!(folder.listing("tmp").is_empty(), "{:?} is left behind", folder.listing("tmp"));
    ran
}

/// The output without the id of the tree's commit, which is another one with every change of what is generated.
fn constant(said: &str) -> String {
    let Some((_, rest)) = said.split_once("\"tree\": \"") else { return said.to_owned() };
    said.replace(&rest[..40], "TREE").replace(&rest[..12], "TREE")
}

/// What the JSON says of a pipeline of the target `homelab`.
fn answer(ran: &Ran, pipeline: &str) -> Value {
    let all: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let target = list(&all["targets"]).find(|target| target["target"] == "homelab").expect("the target");
    list(&target["pipelines"]).find(|found| found["pipeline"] == pipeline).expect("the pipeline").clone()
}

fn names(list_of: &Value) -> Vec<&str> {
    list(list_of).map(|made| text(&made["name"])).collect()
}

/// The payloads as GitHub sends them, with 1, 25 and 300 commits: everything that is printed.
#[test]
fn payloads_read_well() {
    for (name, code, commits) in [("one", 0, 1), ("twenty-five", 1, 25), ("three-hundred", 0, 300)] {
        let text = payload(name);
        let push = Push::read(&text).expect("a payload");
        assert_eq!((push.commits().len(), push.event()), (commits, "push"));
        let folder = Folder::new();
        let ran = run(&folder, &["--payload", "-", "--target", "homelab"], &text);
        ran.ends(code);
        assert_eq!(ran.stderr, "");
        let wide = |line: &&str| line.chars().count() > 80 && line.contains(' ') && !line.contains(['+', '-']);
        assert_eq!(ran.stdout.lines().find(wide), None, "a line is too wide");
        snapshot(&Path::new(ROOT).join("tests/simulate"), name, &constant(&ran.stdout));
    }
}

#[test]
fn a_delivery_is_shown_from_the_filter_to_the_last_commit() {
    let folder = Folder::new().file("push.json", payload("one"));
    let ran = run(&folder, &["--payload", "push.json", "--format", "json"], "");
    let said = answer(ran.ends(0), "homelabping");
    assert_eq!(said["starts"], true);
    assert_eq!(said["reasons"], json!(["`app/src/Program.fs`, one of 2 files, changed: `app/**`"]));
    let after = text(&serde_json::from_str::<Value>(&payload("one")).expect("JSON")["after"]).to_owned();
    let delivery = &said["delivery"];
    assert_eq!(delivery["workflow"], format!("homelabping-{}", &after[..12]));
    assert_eq!(delivery["arguments"], json!({"sha": after, "force": "false"}));
    let version = text(&delivery["version"]);
    assert!(version.starts_with("v20251124160203-"), "{version}: the payload says when it was pushed");
    assert_eq!(delivery["failure"], Value::Null);
    let steps: Vec<_> = list(&delivery["steps"]).map(|step| (text(&step["step"]), text(&step["ends"]))).collect();
    assert_eq!(
        steps,
        [
            ("check", "ran"),
            ("build-code", "assumed"),
            ("build-pipeline", "assumed"),
            ("open-staging", "ran"),
            ("wait-staging", "assumed"),
            ("migrate-migrations-staging", "assumed"),
            ("test-functional-staging", "assumed"),
            ("enter", "ran"),
            ("wait-needs", "assumed"),
            ("migrate-migrations-production", "assumed"),
            ("promote", "ran"),
            ("wait", "assumed"),
            ("test-functional-production", "assumed"),
            ("settle", "ran"),
            ("close-staging", "ran"),
            ("gone-staging", "assumed"),
        ]
    );
    let commits: Vec<_> = list(&delivery["steps"]).flat_map(|step| list(&step["commits"])).collect();
    let subjects: Vec<_> = commits.iter().map(|commit| text(&commit["subject"]).replace(version, "VERSION")).collect();
    assert_eq!(
        subjects,
        [
            "open staging VERSION for homelabping",
            "enter production for homelabping VERSION",
            "promote homelabping VERSION to production",
            "settle homelabping VERSION in production",
            "close staging VERSION",
        ]
    );
    let app = |app: &str| format!("{version}-{app}");
    let opened = [version.to_owned(), app("homelabmaindb-cluster"), app("homelabmaindb-exporter"), app("homelabping")];
    assert_eq!(names(&commits[0]["applications"]["appear"]), opened);
    assert_eq!(names(&commits[1]["applications"]["appear"]), ["production-homelabmaindb-cluster"]);
    assert_eq!(names(&commits[2]["applications"]["appear"]), ["production-homelabping"]);
    assert_eq!(commits[3]["applications"], json!({"appear": [], "change": [], "disappear": []}));
    assert_eq!(commits[4]["applications"]["disappear"], json!(opened));
    // The commit has the name that GitHub gave it, and no other, in what is shown.
    assert!(text(&commits[0]["diff"]).contains(&format!("+      \"revision\": \"{after}\"")));
    let source = &commits[2]["applications"]["appear"][0]["sources"][1];
    assert_eq!((text(&source["path"]), text(&source["revision"])), ("deploy/dashboards", after.as_str()));
    assert_eq!(answer(&ran, "tools")["delivery"], Value::Null);
    // The same push gives the same answer.
    let again = run(&Folder::new(), &["--payload", "-", "--format", "json"], &payload("one"));
    assert_eq!(again.stdout, ran.stdout);
}

/// A program with two branches, and a task before the wait.
#[test]
fn a_pipeline_of_a_branch_beside_that_of_the_manifests_is_delivered() {
    let sent = payload("one").replace("chestercodes/homelab-ping", "acme/gitops");
    let sent = sent.replace("refs/heads/main", "refs/heads/release/1.x").replace("app/src/", "src/");
    let specs = Path::new(ROOT).join("tests/manifests");
    let arguments = ["simulate", specs.to_str().expect("a path"), "--payload", "-", "-t", "east", "--format", "json"];
    let ran = Folder::new().run_with(&arguments, sent.as_bytes(), &[]);
    let said: Value = serde_json::from_str(&ran.ends(0).stdout).expect("JSON");
    let delivery = &said["targets"][0]["pipelines"][0]["delivery"];
    let does = |name: &str| {
        let step = list(&delivery["steps"]).find(|step| step["step"] == name).unwrap_or_else(|| panic!("no {name}"));
        text(&step["does"]).replace(text(&delivery["version"]), "VERSION")
    };
    // The migration makes the app ready, so only its needs are waited for.
    assert_eq!(does("wait-trial"), "waits until redis is synced and healthy in VERSION");
    assert_eq!(
        does("wait-trial-2"),
        "waits until an-app-with-a-name-of-forty-characters-x, redis are synced and healthy in VERSION"
    );
    assert_eq!(does("promote"), "pushes `promote an-app-with-a-name-of-forty-characters-x VERSION to live`");
    assert!(does("check").ends_with(" on release/1.x: Answer with the database's own clock"), "{}", does("check"));
}

/// Local clones of the sample system's repositories.
struct Clones {
    folder: Folder,
}

impl Clones {
    fn new() -> Self {
        let clones = Self { folder: Folder::new() };
        for repository in ["homelab-ping", "homelab-maindb", "homelab-apps"] {
            let path = clones.folder.path(repository);
            fs::create_dir_all(&path).expect("a folder");
            clones.git(repository, &["init", "-q", "-b", "main"]);
            let address = format!("git@github.com:chestercodes/{repository}.git");
            clones.git(repository, &["remote", "add", "origin", &address]);
            clones.commit(
                repository,
                repository,
                &[("README.md", "1"), ("app/src/x", "1"), ("cluster/values.yaml", "1")],
            );
        }
        let tree = &homelab().trees["homelab"].files;
        tree.iter().for_each(|(file, text)| clones.folder.put(&format!("homelab-apps/generated/homelab/{file}"), text));
        clones.commit("homelab-apps", "build", &[]);
        clones
    }

    fn git(&self, repository: &str, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Ann", "-c", "user.email=ann@example", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(self.folder.path(repository))
            .env("HOME", self.folder.path(""))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn commit(&self, repository: &str, message: &str, files: &[(&str, &str)]) -> String {
        for (file, text) in files {
            self.folder.put(&format!("{repository}/{file}"), text);
        }
        self.git(repository, &["add", "-A"]);
        self.git(repository, &["commit", "-q", "--allow-empty", "-m", message]);
        self.git(repository, &["rev-parse", "HEAD"])
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut all = Vec::new();
        for repository in ["homelab-ping", "homelab-maindb", "homelab-apps"] {
            all.extend(["--clone", repository]);
        }
        all.extend(["--format", "json", "--target", "homelab"]);
        all.extend(arguments);
        run(&self.folder, &all, "")
    }

    /// Lays the manifests that a simulation would push into the clone of the GitOps repository.
    fn deliver(&self, said: &Value) {
        for commit in list(&said["delivery"]["steps"]).flat_map(|step| list(&step["commits"])) {
            let diff = text(&commit["diff"]);
            if !diff.contains("deleted file mode") {
                self.folder.put("homelab-apps/patch", diff);
                self.git("homelab-apps", &["apply", "--unidiff-zero", "patch"]);
                fs::remove_file(self.folder.path("homelab-apps/patch")).expect("a patch");
            }
        }
        let _ = fs::remove_dir_all(self.folder.path("homelab-apps/apps/homelab/staging"));
        self.commit("homelab-apps", "delivered", &[]);
    }
}

#[test]
fn commits_of_a_clone_are_a_push_onto_what_really_runs() {
    let clones = Clones::new();
    clones.git("homelab-ping", &["branch", "work"]);
    clones.git("homelab-ping", &["checkout", "-q", "work"]);
    clones.commit("homelab-ping", "a \"quoted\"; $(id) `id` {{workflow.name}}\n\n'body", &[("docs/größe 1.md", "1")]);
    let second = clones.commit("homelab-ping", "second", &[("app/src/x", "2")]);
    // Without --branch, the one that is moved.
    let ran = clones.run(&["--diff", "main..work"]);
    let said = answer(ran.ends(0), "homelabping");
    assert_eq!(said["delivery"]["arguments"]["sha"], second);
    assert_eq!(said["reasons"], json!(["`app/src/x`, one of 2 files, changed: `app/**`"]));
    let all: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(
        (&all["repository"], &all["ref"], &all["commits"]),
        (&json!("chestercodes/homelab-ping"), &json!("refs/heads/main"), &json!(2))
    );
    assert_eq!(all["standIns"], json!([]));
    // With another branch it says what is wanted.
    let other = clones.run(&["--diff", "main..work", "--branch", "work"]);
    assert_eq!(
        answer(other.ends(1), "homelabping")["reasons"],
        json!(["the branch is `refs/heads/work`; expected `refs/heads/main`"])
    );

    // What was delivered stands in the GitOps repository: the next push starts from there.
    clones.deliver(&said);
    clones.git("homelab-ping", &["branch", "-f", "main", "work"]);
    let third = clones.commit("homelab-ping", "third", &[("app/src/x", "3")]);
    let said = answer(clones.run(&["--diff", "main..HEAD"]).ends(0), "homelabping");
    let subjects: Vec<_> = list(&said["delivery"]["steps"])
        .flat_map(|step| list(&step["commits"]))
        .map(|commit| text(&commit["subject"]).to_owned())
        .collect();
    assert_eq!(subjects.len(), 4, "production has what it needs: {subjects:?}");
    let promote = list(&said["delivery"]["steps"]).find(|step| step["step"] == "promote").expect("the step");
    let commit = &promote["commits"][0];
    assert!(text(&commit["diff"]).contains(&format!("-      \"revision\": \"{second}\"")), "{commit}");
    assert!(text(&commit["diff"]).contains(&format!("+      \"revision\": \"{third}\"")), "{commit}");
    assert_eq!(names(&commit["applications"]["change"]), ["production-homelabping"]);
    assert_eq!(commit["applications"]["appear"], json!([]));

    // The database needs the images that are there now.
    let before = clones.git("homelab-maindb", &["rev-parse", "HEAD"]);
    clones.commit("homelab-maindb", "database", &[("cluster/values.yaml", "2")]);
    // The range is one of the clone that has it.
    let range = format!("{before}..main");
    let second_delivery = clones.run(&["--diff", "main..HEAD"]);
    let said = answer(clones.run(&["--diff", &range]).ends(0), "maindb-homelabmaindb-cluster");
    assert_eq!(said["delivery"]["failure"], Value::Null);
    // A commit that production has left behind is not delivered again.
    clones.deliver(&answer(&second_delivery, "homelabping"));
    clones.git("homelab-ping", &["branch", "-f", "main", "work"]);
    let said = answer(&clones.run(&["--diff", "HEAD~2..HEAD~1", "--branch", "main"]), "homelabping");
    let ends: BTreeMap<_, _> = list(&said["delivery"]["steps"]).map(|step| (text(&step["step"]), step)).collect();
    assert!(text(&ends["enter"]["does"]).starts_with("superseded: production runs "), "{}", ends["enter"]["does"]);
    assert_eq!(ends["steps"]["ends"], "skipped");
    // Without the clones it fails, for nothing was ever built; a manifest that nobody can read stops a set.
    let folder = Folder::new();
    let fails = run(&folder, &["--payload", "-", "--format", "json", "--target", "homelab"], &payload("twenty-five"));
    assert_eq!(answer(fails.ends(1), "maindb-homelabmaindb-cluster")["delivery"]["failure"], "open-staging");
    clones.commit("homelab-apps", "broken", &[("apps/homelab/staging/v20251124160000-9f0e2b.json", "{")]);
    let stopped = clones.run(&["--diff", "HEAD~1..HEAD", "--branch", "main"]);
    assert!(stopped.stdout.contains("\"ApplicationSet homelab-staging fails: unable to parse file "), "{stopped:?}");
    let documents = [&ran, &second_delivery, &fails, &stopped].map(|ran| ran.stdout.clone());
    hold_documents("<!-- simulate json -->", &documents);
}

#[test]
fn a_range_says_what_git_says_of_its_files() {
    let clones = Clones::new();
    let before = clones.git("homelab-ping", &["rev-parse", "HEAD"]);
    clones.git("homelab-ping", &["mv", "app/src/x", "app/src/y"]);
    clones.commit("homelab-ping", "moved", &[("docs/\"q\" \\ é", "1")]);
    clones.git("homelab-ping", &["checkout", "-q", "-b", "side", &before]);
    clones.commit("homelab-ping", "side", &[("side", "1")]);
    clones.git("homelab-ping", &["checkout", "-q", "main"]);
    clones.git("homelab-ping", &["merge", "-q", "--no-ff", "--no-edit", "side"]);
    // Nothing of it counts but what was moved, which is gone in one place and new in another.
    let range = format!("{before}..main");
    let said = answer(clones.run(&["--diff", &range]).ends(0), "homelabping");
    assert_eq!(said["reasons"], json!(["`app/src/y`, one of 4 files, changed: `app/**`"]));
    let said = answer(clones.run(&["--diff", "main^1..main"]).ends(1), "homelabping");
    assert_eq!(
        said["reasons"],
        json!(["the changed file does not match; expected `app/**`, `deploy/dashboards/**`", "side"])
    );
    // Back again: no commit comes, and the newest one is that of before.
    let said = answer(clones.run(&["--diff", "main..main^1"]).ends(1), "homelabping");
    let none = "the push contains no new commits, so no file changed; expected `app/**`, `deploy/dashboards/**`";
    assert_eq!(said["reasons"], json!([none]));
    // A hook tells git of its own repository, and that is not told on.
    let ping = clones.folder.path("homelab-ping/.git");
    let example = Path::new(ROOT).join("examples/homelab");
    let arguments = ["simulate", example.to_str().expect("a path"), "--diff", &range, "--clone", "homelab-maindb"];
    let all = arguments.into_iter().chain(["--clone", "homelab-ping", "-t", "homelab", "--format", "json"]);
    let all: Vec<_> = all.collect();
    let hooked = clones.folder.run_with(&all, b"", &[("GIT_DIR", ping.to_str().expect("a path"))]);
    let said: Value = serde_json::from_str(&hooked.ends(0).stdout).expect("JSON");
    assert_eq!(said["standIns"], json!(["github.com/chestercodes/homelab-apps"]));
}

#[test]
fn what_cannot_be_simulated_is_explained() {
    let clones = Clones::new();
    let head = clones.git("homelab-ping", &["rev-parse", "HEAD"]);
    let fails = |arguments: &[&str], input: &str, words: &[&str]| {
        let ran = run(&clones.folder, arguments, input);
        ran.ends(2);
        for word in words {
            assert!(ran.stderr.contains(word), "no {word:?} in {}", ran.stderr);
        }
        assert_eq!((ran.stdout.as_str(), ran.stderr.contains('\u{1b}')), ("", false));
    };
    fails(&[], "", &["--payload <FILE>"]);
    fails(&["--payload", "x", "--diff", "a..b"], "", &["cannot be used with"]);
    fails(&["--payload", "none.json"], "", &["cannot read `none.json`", "help: pass a file"]);
    fails(
        &["--payload", "-"],
        "{\n \"ref\": \u{1b}",
        &["`-` is not a webhook payload: line 2, column 9: expected value", "recent deliveries"],
    );
    fails(&["--payload", "-"], "payload=%7B%7D", &["it is form-encoded, not JSON", "content type to application/json"]);
    fails(&["--payload", "-"], "[]", &["it is not a JSON object"]);
    fails(&["--payload", "-", "--target", "homlab"], "{}", &["unknown target `homlab`", "exists: `homelab`"]);
    fails(&["--payload", "-", "--clone", "tmp"], "{}", &["`tmp` cannot be used as a clone: not a git repository"]);
    for (range, reason) in [
        ("main", "`main` cannot be pushed: it does not have the form A..B"),
        ("main...main", "it does not have the form A..B"),
        ("main..--output=x", "unknown commit `--output=x`"),
        ("none..main", "unknown commit `none`"),
        (&format!("{head}..{head}"), "both ends are the same commit, so there is nothing to push"),
    ] {
        fails(&["--diff", range, "--clone", "homelab-ping"], "", &[reason, "--diff origin/main..HEAD"]);
    }
    let second = clones.commit("homelab-ping", "another", &[]);
    let range = format!("{head}..{second}");
    let no_branch = "neither end is a branch; pass the pushed branch with --branch";
    fails(&["--diff", &range, "--clone", "homelab-ping"], "", &[no_branch]);
    fails(&["--diff", &range, "--branch", "a b", "--clone", "homelab-ping"], "", &["`a b` is not a valid branch name"]);
    clones.git("homelab-ping", &["config", "remote.origin.url", "git@github.com:acme/other.git"]);
    let other = "it is a clone of `github.com/acme/other`, and the project has no such repository";
    fails(&["--payload", "-", "--clone", "homelab-ping"], &payload("one"), &[other]);
    clones.git("homelab-ping", &["config", "remote.origin.promisor", "true"]);
    fails(&["--payload", "-", "--clone", "homelab-ping"], "{}", &["it is a partial clone"]);
    clones.git("homelab-ping", &["remote", "remove", "origin"]);
    fails(
        &["--diff", "main~1..main", "--clone", "homelab-ping"],
        "",
        &["has no remote `origin` with the URL of a repository"],
    );
    let shallow = format!("file://{}", clones.folder.path("homelab-ping").display());
    clones.commit("homelab-ping", "second", &[]);
    clones.git("", &["clone", "-q", "--depth=1", &shallow, "shallow"]);
    fails(&["--payload", "-", "--clone", "shallow"], "{}", &["it is a shallow clone; run `git fetch --unshallow`"]);
    // A program without which no delivery runs; whether one starts is told without it.
    let example = Path::new(ROOT).join("examples/homelab");
    let arguments = ["simulate", example.to_str().expect("a path"), "--payload", "-"];
    let without = |text: &str| clones.folder.run_with(&arguments, text.as_bytes(), &[("PATH", "/nowhere")]);
    let ran = without(&payload("one"));
    assert!(ran.ends(2).stderr.contains("`sh` cannot be run, and the scripts of a delivery need it"), "{}", ran.stderr);
    let elsewhere = to("homelab-ping", with(push(&[]), "ref", json!("refs/heads/x")));
    assert!(without(&elsewhere.to_string()).ends(1).stdout.contains("the branch is `refs/heads/x`"));
    let twice = clones.folder.run_with(&["simulate", "-", "--payload", "-"], b"{}", &[]);
    assert!(twice.ends(2).stderr.contains("standard input"), "{}", twice.stderr);
    // Errors in the sources come first.
    let broken = Folder::new().file("x.pipe", "app");
    assert!(broken.run_with(&["simulate", "--payload", "-"], b"{}", &[]).ends(1).stderr.contains("error"));
}

#[test]
fn a_hostile_payload_is_only_a_payload() {
    let outside = Folder::new();
    let mut body: Value = serde_json::from_str(&payload("one")).expect("JSON");
    body["commits"][0]["message"] =
        json!(format!("\"; touch '{}' #\n$(id)\u{0}\u{1b}[2J{}", outside.path("x").display(), "m".repeat(65536)));
    body["commits"][0]["author"] = json!({"name": "<x>\ncommitter y", "email": "a> 0 +0000\n"});
    body["commits"][0]["added"] = json!([
        "../../../../x",
        "/etc/passwd",
        ".git/config",
        "a/.GIT/hooks/x",
        "a//b",
        "",
        ".",
        "app/\"\\\n\u{1b}",
        "-x",
        "app/\u{0}",
        7,
        null,
    ]);
    body["commits"][0]["removed"] = json!(["app", "never/there"]);
    let folder = Folder::new();
    let ran = run(&folder, &["--payload", "-", "--target", "homelab"], &body.to_string());
    assert!(ran.ends(0).stdout.contains("homelabping starts"), "{ran:?}");
    assert!(!ran.stdout.contains(|c: char| c.is_control() && c != '\n'), "{:?}", ran.stdout);
    assert!(outside.listing("").is_empty());
    // A commit that is none is refused by the first step, as it would be.
    body["after"] = json!("main; id");
    let ran = run(&folder, &["--payload", "-", "--target", "homelab"], &body.to_string());
    assert!(ran.ends(1).stdout.contains("The delivery fails at check."), "{}", ran.stdout);
    body["after"] = json!(17);
    let ran = run(&folder, &["--payload", "-", "--target", "homelab"], &body.to_string());
    assert!(ran.ends(1).stdout.contains("its Sensor cannot create a Workflow from the payload"), "{}", ran.stdout);
}
