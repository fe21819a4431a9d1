//! Whole deliveries of the sample system: the generated workflows, run step by step on repositories on disk.

mod applications;
pub mod argo;
pub mod cluster;
pub mod kustomize;
mod projects;

use crate::scripts::support::{Tools, World};
use argo::{Faults, Phase, Run, Task, image_digest, submit, sweep};
use cluster::{GITOPS, applications, manifest};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use testkit::compiled::{Tree, homelab, list, text};
use testkit::runs::throwaway;

const PRODUCTION: &str = "apps/homelab/production/production.json";
const PING: &str = "homelab-ping";
const MAINDB: &str = "homelab-maindb";

/// Files as they were, to be laid out again.
type Files = Vec<(PathBuf, Vec<u8>)>;

/// The repositories of the sample system, its tree committed, and the clusters that it is delivered to.
struct ResolvedProject {
    world: World,
    tree: &'static Tree,
    runs: std::cell::Cell<u32>,
}

impl ResolvedProject {
    /// Without any repository.
    fn empty() -> Self {
        let world = World::empty();
        world.kubectl(include_str!("fake/kubectl.sh"));
        Self { world, tree: &homelab().trees["homelab"], runs: std::cell::Cell::new(0) }
    }

    fn new() -> Self {
        let resolved = Self::empty();
        let world = &resolved.world;
        for repository in [GITOPS, PING, MAINDB] {
            let path = format!("repos/{repository}.git");
            world.git(".", &["init", "-q", "--bare", "-b", "main", &path]);
            for option in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
                world.git(&path, &["config", option, "true"]);
            }
            world.commit(repository, &format!("first of {repository}"), &[("file", "1")]);
        }
        let files: Vec<_> = homelab()
            .trees
            .iter()
            .flat_map(|(target, tree)| {
                tree.files.iter().map(move |(file, text)| (format!("generated/{target}/{file}"), text))
            })
            .collect();
        let files: Vec<_> = files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
        world.commit(GITOPS, "tree", &files);
        resolved
    }

    /// A system to which the service and its database were delivered, and that first delivery.
    fn delivered() -> (Self, &'static Run) {
        static FIRST: LazyLock<(Files, Run)> = LazyLock::new(|| {
            let resolved = ResolvedProject::new();
            let run = resolved.deliver("homelabping", &resolved.world.head(PING));
            assert_eq!(run.status, "Succeeded", "{}", run.log);
            let mut files = Vec::new();
            for entry in walkdir::WalkDir::new(resolved.world.path("")).into_iter().map(|entry| entry.expect("listed"))
            {
                let path = entry.path().strip_prefix(resolved.world.path("")).expect("inside");
                let kept = ["repos", "clock", "kubectl.log"].iter().any(|kept| path.starts_with(kept));
                if kept && entry.file_type().is_file() {
                    files.push((path.to_owned(), fs::read(entry.path()).expect("a file")));
                }
            }
            (files, run)
        });
        let resolved = Self::empty();
        for (path, bytes) in &FIRST.0 {
            let path = resolved.world.path(path.to_str().expect("a path"));
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            let _ = fs::remove_file(&path);
            fs::write(path, bytes).expect("a file");
        }
        // A repository is one with these folders only.
        for repository in [GITOPS, PING, MAINDB] {
            for folder in ["objects/info", "objects/pack", "refs/heads"] {
                fs::create_dir_all(resolved.world.path(&format!("repos/{repository}.git/{folder}"))).expect("a folder");
            }
        }
        resolved.runs.set(1);
        (resolved, &FIRST.1)
    }

    fn deliver(&self, pipeline: &str, sha: &str) -> Run {
        self.deliver_with(pipeline, sha, &Faults::default())
    }

    fn deliver_with(&self, pipeline: &str, sha: &str, faults: &Faults) -> Run {
        let number = self.runs.get() + 1;
        self.runs.set(number);
        let clock: u64 = self.world.read("clock").trim().parse().expect("a clock");
        self.world.write("clock", &(clock + 60).to_string());
        submit(&self.world, self.tree, pipeline, sha, &format!("{number:06x}aa-6f57-4c1e-8a55-0c7d3a1f2e11"), faults)
    }

    /// A commit to the service's repository.
    fn push(&self, text: &str) -> String {
        self.world.commit(PING, text, &[("app/file", text)])
    }

    fn production(&self) -> Value {
        manifest(&self.world, PRODUCTION).expect("a production manifest")
    }

    /// The files of the environments that are open.
    fn staging(&self) -> Vec<String> {
        let listed = self
            .world
            .git(&format!("repos/{GITOPS}.git"), &["ls-tree", "--name-only", "main", "apps/homelab/staging/"]);
        listed.lines().map(str::to_owned).collect()
    }

    /// A manifest that was committed and is gone.
    fn was(&self, file: &str) -> Value {
        let repository = format!("repos/{GITOPS}.git");
        let added = self.world.git(&repository, &["log", "--diff-filter=A", "--format=%H", "main", "--", file]);
        let commit = added.lines().next().unwrap_or_else(|| panic!("{file} was never there"));
        serde_json::from_str(&self.world.git(&repository, &["show", &format!("{commit}:{file}")])).expect("JSON")
    }

    fn subjects(&self, since: &str) -> Vec<String> {
        let log = self
            .world
            .git(&format!("repos/{GITOPS}.git"), &["log", "--reverse", "--format=%s", &format!("{since}..main")]);
        log.lines().map(str::to_owned).collect()
    }
}

impl Run {
    fn step(&self, name: &str) -> Option<Phase> {
        self.steps.iter().find(|(step, _)| step == name).map(|(_, phase)| *phase)
    }

    fn task(&self, template: &str) -> &Task {
        let found = self.tasks.iter().find(|task| task.template == template);
        found.unwrap_or_else(|| panic!("{template} did not run:\n{}", self.log))
    }

    /// The digest of an image that this run built.
    fn digest(&self, repository: &str) -> String {
        image_digest(&format!("registry.pipeline.svc:5000/{repository}"), &self.version)
    }
}

/// Asserts that a project lets an Application be.
#[track_caller]
fn assert_permitted(tree: &Tree, application: &Value) {
    let spec = &application["spec"];
    let project = tree.object("AppProject", text(&spec["project"]));
    for source in list(&spec["sources"]) {
        let known = list(&project["spec"]["sourceRepos"]).any(|repository| *repository == source["repoURL"]);
        assert!(known, "{} is not a repository of {}", source["repoURL"], spec["project"]);
        assert!(!source.to_string().contains("$run"), "a placeholder is left: {source}");
    }
    let namespace = text(&spec["destination"]["namespace"]);
    let fits = list(&project["spec"]["destinations"]).any(|to| {
        let pattern = text(&to["namespace"]);
        pattern == namespace || pattern == "v2*-*" && namespace.starts_with("v2") && namespace.contains('-')
    });
    assert!(fits, "{namespace} is not a namespace of {}", spec["project"]);
}

#[test]
fn a_database_whose_tests_need_an_image_waits_for_that_image() {
    let resolved = ResolvedProject::new();
    let before = resolved.world.head(GITOPS);
    let run = resolved.deliver("maindb-homelabmaindb-cluster", &resolved.world.head(MAINDB));
    assert_eq!(run.status, "Failed");
    assert_eq!(run.step("open-staging"), Some(Phase::Failed));
    assert!(run.log.contains("Complete the pipeline homelabping first"), "{}", run.log);
    assert_eq!(run.step("close-staging"), Some(Phase::Succeeded), "the exit handler finds nothing to do");
    assert_eq!(resolved.world.head(GITOPS), before, "nothing was pushed");
}

#[test]
fn the_first_delivery_brings_what_it_needs() {
    let (resolved, run) = ResolvedProject::delivered();
    let expected = [
        "check",
        "build-code",
        "build-pipeline",
        "prepare",
        "open-staging",
        "wait-staging",
        "migrate-migrations-staging",
        "test-functional-staging",
        "enter",
        "wait-needs",
        "migrate-migrations-production",
        "promote",
        "wait",
        "test-functional-production",
        "settle",
        "steps",
        "production",
        "close-staging",
        "gone-staging",
        "delivery",
    ];
    let succeeded: Vec<_> =
        run.steps.iter().filter(|(_, phase)| *phase == Phase::Succeeded).map(|(name, _)| name.as_str()).collect();
    assert_eq!(succeeded, expected);
    let skipped: Vec<_> = run
        .steps
        .iter()
        .filter(|(_, phase)| *phase == Phase::Skipped)
        .map(|(name, phase)| (name.as_str(), *phase))
        .collect();
    let handler = ["restart", "roll-back-production", "close-staging", "gone-staging", "restored-production"];
    assert_eq!(skipped, handler.map(|name| (name, Phase::Skipped)));

    let staged = resolved.was(&format!("apps/homelab/staging/{}.json", run.version));
    let apps: Vec<_> = staged["apps"].as_object().expect("apps").keys().map(String::as_str).collect();
    assert_eq!(apps, ["homelabmaindb-cluster", "homelabmaindb-exporter", "homelabping"]);
    assert_eq!(staged["workflow"]["name"], format!("homelabping-{}", &resolved.world.head(PING)[..12]));
    assert_eq!(staged["apps"]["homelabmaindb-cluster"]["revision"], resolved.world.head(MAINDB));
    assert_eq!(resolved.staging(), [""; 0]);

    let production = resolved.production();
    let entry = &production["apps"]["homelabping"];
    assert_eq!((&entry["state"], &entry["change"]), (&json!("deployed"), &json!(run.version)));
    assert_eq!(entry["revision"], resolved.world.head(PING));
    assert_eq!(entry["images"]["code"]["digest"], run.digest("apps/homelabping"));
    assert_eq!(entry["images"]["code"]["repository"], "registry.mypersonaltld.com/apps/homelabping");
    assert_eq!(entry.get("previous"), None);
    let database = &production["apps"]["homelabmaindb-cluster"];
    assert_eq!((&database["state"], &database["revision"]), (&json!("deployed"), &json!(resolved.world.head(MAINDB))));
    assert_eq!(production["apps"].get("homelabmaindb-exporter"), None, "nobody needs it there");

    // What runs where, as whom.
    let salt = text(&staged["salt"]);
    let image = format!("registry.mypersonaltld.com/pipeline/homelabping@{}", run.digest("pipeline/homelabping"));
    let migrate = run.task("migrate-migrations-in-staging");
    assert_eq!(migrate.image, image);
    assert_eq!(migrate.command, ["pwsh", "-file", "run.ps1", "-Migrations"]);
    assert_eq!(migrate.env["ENVNAME"], run.version);
    assert_eq!(migrate.env["MAINDB_PASSWORD"], throwaway(salt, "maindb/migrations-password"));
    let migrate = run.task("migrate-migrations-in-production");
    assert_eq!(migrate.image, image);
    assert_eq!(migrate.env["MAINDB_PASSWORD"], "migrations-password of maindb-postgresql");
    assert_eq!(run.task("test-functional-in-production").env["ENVNAME"], "production");
    let order: Vec<_> = run.tasks.iter().map(|task| task.template.as_str()).collect();
    assert_eq!(order.len(), 4);
    assert!(run.log.contains("Rollout homelabping: ready") || run.log.contains("production is ready"), "{}", run.log);

    // What Argo CD makes of it.
    let made = applications(&resolved.world, resolved.tree);
    let names: Vec<_> = made.iter().map(|application| text(&application["metadata"]["name"])).collect();
    assert_eq!(names, ["production-homelabmaindb-cluster", "production-homelabping"]);
    made.iter().for_each(|application| assert_permitted(resolved.tree, application));
    assert_eq!(made[0]["spec"]["sources"][0]["helm"]["releaseName"], "homelabmaindb-cluster");
    let ping = list(&made[1]["spec"]["sources"]).collect::<Vec<_>>();
    let tree =
        resolved.world.git(&format!("repos/{GITOPS}.git"), &["rev-list", "-1", "main", "--", "generated/homelab"]);
    assert_eq!(ping[0]["targetRevision"], tree);
    assert_eq!(ping[1]["targetRevision"], resolved.world.head(PING));

    // Then the database goes its own way, with the images that production runs.
    let run = resolved.deliver("maindb-homelabmaindb-cluster", &resolved.world.head(MAINDB));
    assert_eq!(run.status, "Succeeded", "{}", run.log);
    assert_eq!(run.task("migrate-homelabping-migrations-in-staging").image, image);
    assert_eq!(run.step("steps"), Some(Phase::Skipped), "production has this commit already");
    let newer = resolved.world.commit(MAINDB, "newer", &[("cluster/values", "2")]);
    let run = resolved.deliver("maindb-homelabmaindb-cluster", &newer);
    assert_eq!(run.status, "Succeeded", "{}", run.log);
    let production = resolved.production();
    assert_eq!(production["apps"]["homelabmaindb-cluster"]["revision"], newer);
    assert_eq!(production["apps"]["homelabping"], *entry, "its neighbour stays as it is");
}

#[test]
fn an_environment_is_complete_while_it_is_open() {
    let resolved = ResolvedProject::new();
    let pods = ["close-staging", "gone-staging"].map(str::to_owned).into();
    let faults = Faults { pods, ..Faults::default() };
    let run = resolved.deliver_with("homelabping", &resolved.world.head(PING), &faults);
    assert_eq!(resolved.staging().len(), 1, "nobody could close it");
    let made = applications(&resolved.world, resolved.tree);
    let staging: Vec<_> =
        made.iter().filter(|application| application["spec"]["project"] == "homelab-staging").collect();
    let names: Vec<_> = staging.iter().map(|application| text(&application["metadata"]["name"])).collect();
    let name = |app: &str| format!("{}{app}", run.version);
    assert_eq!(
        names,
        [name(""), name("-homelabmaindb-cluster"), name("-homelabmaindb-exporter"), name("-homelabping")]
    );
    for application in staging {
        assert_permitted(resolved.tree, application);
        assert_eq!(application["spec"]["destination"]["namespace"], run.version);
        assert_eq!(application["metadata"]["labels"]["pipelinec.dev/namespace"], run.version);
    }
    assert_eq!(made.iter().filter(|made| made["spec"]["project"] == "homelab-production").count(), 2);
    let swept = sweep(&resolved.world, resolved.tree);
    assert_eq!(swept.status, "Succeeded", "{}", swept.log);
    assert_eq!(resolved.staging(), [""; 0]);
}

#[test]
fn a_second_delivery_replaces_the_first() {
    let (resolved, first) = ResolvedProject::delivered();
    let before = resolved.world.head(GITOPS);
    let sha = resolved.push("second");
    let run = resolved.deliver("homelabping", &sha);
    assert_eq!(run.status, "Succeeded", "{}", run.log);
    let staged = resolved.was(&format!("apps/homelab/staging/{}.json", run.version));
    assert_eq!(staged["copy"]["of"], "production");
    assert_eq!(staged["apps"]["homelabmaindb-cluster"]["change"], first.version, "as production has it");
    let production = resolved.production();
    let entry = &production["apps"]["homelabping"];
    assert_eq!(
        (&entry["change"], &entry["revision"], &entry["state"]),
        (&json!(run.version), &json!(sha), &json!("deployed"))
    );
    assert_eq!(entry["images"]["code"]["digest"], run.digest("apps/homelabping"));
    assert_eq!(production["apps"]["homelabmaindb-cluster"]["change"], first.version);
    let done: Vec<_> =
        resolved.subjects(&before).iter().map(|line| line.split(' ').next().unwrap_or("").to_owned()).collect();
    assert_eq!(done, ["open", "promote", "settle", "close"]);
    let made = applications(&resolved.world, resolved.tree);
    assert_eq!(made[1]["metadata"]["annotations"]["pipelinec.dev/change"], run.version);
    assert_permitted(resolved.tree, &made[1]);
}

#[test]
fn a_failed_test_closes_the_environment_and_leaves_production() {
    let (resolved, _) = ResolvedProject::delivered();
    let before = resolved.production();
    let faults = Faults { tasks: ["test-functional-in-staging".to_owned()].into(), ..Faults::default() };
    let run = resolved.deliver_with("homelabping", &resolved.push("bad"), &faults);
    assert_eq!(run.status, "Failed");
    assert_eq!(run.step("production"), None);
    assert_eq!(run.step("roll-back-production"), Some(Phase::Succeeded));
    assert_eq!(run.step("close-staging"), Some(Phase::Succeeded));
    assert_eq!(run.step("gone-staging"), Some(Phase::Succeeded), "{}", run.log);
    assert_eq!(run.step("restored-production"), Some(Phase::Skipped));
    assert_eq!(resolved.staging(), [""; 0]);
    assert_eq!(resolved.production(), before);
}

/// The whole of it with nothing but the shell and the tools of busybox, git and jq, as an image of Alpine has them.
#[test]
fn whole_deliveries_run_with_the_tools_of_busybox() {
    if !Tools::all().contains(&Tools::Busybox) {
        return;
    }
    let mut resolved = ResolvedProject::new();
    resolved.world.tools = Tools::Busybox;
    let run = resolved.deliver("homelabping", &resolved.world.head(PING));
    assert_eq!(run.status, "Succeeded", "{}", run.log);
    let before = resolved.production();
    let run = aborted(&resolved, ["close-staging".to_owned()].into());
    assert_eq!(run.step("restored-production"), Some(Phase::Succeeded), "{}", run.log);
    assert_eq!(resolved.production()["apps"], before["apps"]);
    assert_eq!(resolved.staging().len(), 1, "nobody closed it");
    let swept = sweep(&resolved.world, resolved.tree);
    assert_eq!(swept.status, "Succeeded", "{}", swept.log);
    assert_eq!(resolved.staging(), [""; 0]);
}

/// A delivery whose canary is aborted in production.
fn aborted(resolved: &ResolvedProject, pods: BTreeSet<String>) -> Run {
    let sha = resolved.push("bad");
    // The version is known before the run: the clock is the world's.
    let probe = resolved.runs.get() + 1;
    let clock: u64 = resolved.world.read("clock").trim().parse().expect("a clock");
    let stamp = std::process::Command::new("date")
        .args(["-u", "-d", &format!("@{}", clock + 60), "+%Y%m%d%H%M%S"])
        .output()
        .expect("date");
    let version = format!("v{}-{:06x}", String::from_utf8_lossy(&stamp.stdout).trim(), probe);
    let digest = image_digest("registry.pipeline.svc:5000/apps/homelabping", &version);
    let run =
        resolved.deliver_with("homelabping", &sha, &Faults { digests: [digest].into(), pods, ..Faults::default() });
    assert_eq!(run.version, version);
    assert_eq!(run.status, "Failed");
    assert_eq!(run.step("promote"), Some(Phase::Succeeded));
    assert_eq!(run.step("wait"), Some(Phase::Failed));
    assert!(run.log.contains("metric failure-rate"), "{}", run.log);
    assert_eq!(run.step("settle"), None);
    run
}

#[test]
fn an_aborted_canary_is_rolled_back() {
    let (resolved, first) = ResolvedProject::delivered();
    let before = resolved.production();
    let run = aborted(&resolved, BTreeSet::new());
    assert_eq!(run.step("roll-back-production"), Some(Phase::Succeeded), "{}", run.log);
    assert_eq!(run.step("restored-production"), Some(Phase::Succeeded), "{}", run.log);
    assert!(run.log.contains(&format!("production is rolled back to homelabping {}", first.version)), "{}", run.log);
    assert_eq!(resolved.production()["apps"], before["apps"]);
    assert_eq!(resolved.staging(), [""; 0]);
    // The next one finds production as it was.
    let next = resolved.deliver("homelabping", &resolved.push("good"));
    assert_eq!(next.status, "Succeeded", "{}", next.log);
    assert_eq!(resolved.production()["apps"]["homelabping"]["change"], next.version);
}

#[test]
fn a_lost_rollback_ends_and_the_janitor_does_its_work() {
    let (resolved, _) = ResolvedProject::delivered();
    let before = resolved.production();
    let run = aborted(&resolved, ["roll-back-production".to_owned()].into());
    assert_eq!(run.step("close-staging"), Some(Phase::Succeeded));
    assert_eq!(run.step("gone-staging"), Some(Phase::Succeeded));
    assert_eq!(run.step("restored-production"), Some(Phase::Skipped));
    let entry = &resolved.production()["apps"]["homelabping"];
    assert_eq!((&entry["state"], &entry["change"]), (&json!("deploying"), &json!(run.version)));
    assert_eq!(entry["previous"]["state"], "deployed");
    let swept = sweep(&resolved.world, resolved.tree);
    assert_eq!(swept.status, "Succeeded", "{}", swept.log);
    assert_eq!(resolved.production()["apps"], before["apps"]);
}

#[test]
fn an_older_commit_does_not_go_back() {
    let (resolved, _) = ResolvedProject::delivered();
    let older = resolved.push("older");
    let newer = resolved.push("newer");
    assert_eq!(resolved.deliver("homelabping", &newer).status, "Succeeded");
    let before = resolved.production();
    let run = resolved.deliver("homelabping", &older);
    assert_eq!(run.status, "Succeeded", "{}", run.log);
    assert_eq!(run.step("enter"), Some(Phase::Succeeded));
    assert_eq!(run.step("steps"), Some(Phase::Skipped));
    assert_eq!(run.step("gone-staging"), Some(Phase::Succeeded));
    assert!(run.tasks.iter().all(|task| task.template.ends_with("staging")));
    assert_eq!(resolved.production(), before);
    assert_eq!(resolved.staging(), [""; 0]);
}

#[test]
fn a_pipeline_without_environments_only_builds() {
    let resolved = ResolvedProject::new();
    let before = resolved.world.head(GITOPS);
    let run = resolved.deliver("tools", &before);
    assert_eq!(run.status, "Succeeded", "{}", run.log);
    let names: Vec<_> = run.steps.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["check", "restart", "build-pipeline", "build-sdk", "delivery"]);
    assert_eq!(resolved.world.head(GITOPS), before);
    let arguments = resolved.world.read("buildctl.log");
    assert!(
        arguments.contains("name=registry.pipeline.svc:5000/base-images/sdk:6.0,push=true,registry.insecure=true"),
        "{arguments}"
    );
    assert!(arguments.contains("build-arg:REGHOST=registry.pipeline.svc:5000/"), "{arguments}");
}

#[test]
fn a_commit_of_another_branch_is_not_built() {
    let resolved = ResolvedProject::new();
    let run = resolved.deliver("homelabping", &"1".repeat(40));
    assert_eq!(run.status, "Failed");
    let names: Vec<_> = run.steps.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..3], ["check", "prepare", "roll-back-production"]);
    let run = resolved.deliver("homelabping", "$(touch x) {{workflow.name}}");
    assert_eq!(run.step("check"), Some(Phase::Failed));
}

/// Nothing was opened, and nothing was promoted.
#[test]
fn a_run_that_fails_before_it_changes_anything_has_nothing_to_undo() {
    let (resolved, _) = ResolvedProject::delivered();
    let before = resolved.world.head(GITOPS);
    let handler = ["roll-back-production", "close-staging", "gone-staging", "restored-production"];
    let build = Faults { pods: ["build-pipeline".to_owned()].into(), ..Faults::default() };
    for run in [
        resolved.deliver("homelabping", &"1".repeat(40)),
        resolved.deliver_with("homelabping", &resolved.push("does not build"), &build),
    ] {
        assert_eq!((run.status.as_str(), run.step("prepare")), ("Failed", Some(Phase::Failed)));
        for step in handler {
            assert_eq!(run.step(step), Some(Phase::Skipped), "{step}");
        }
    }
    // The pod that was to open an environment is lost, after it did or before it could: nobody knows.
    let pods = ["open-staging".to_owned()].into();
    let run = resolved.deliver_with("homelabping", &resolved.push("lost"), &Faults { pods, ..Faults::default() });
    assert_eq!((run.status.as_str(), run.step("prepare")), ("Failed", Some(Phase::Succeeded)));
    for step in handler {
        let expected = if step.starts_with("restored") { Phase::Skipped } else { Phase::Succeeded };
        assert_eq!(run.step(step), Some(expected), "{step}: {}", run.log);
    }
    assert_eq!(resolved.world.head(GITOPS), before);
}
