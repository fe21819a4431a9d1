//! Whole programs, as teams would write them: each compiles without a word, its plan is as shown, and so is the tree of a
//! few.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pipelinec::compile::compile;
use pipelinec::diag::Diagnostics;
use pipelinec::diag::render::{self, Options};
use pipelinec::files::Files;
use pipelinec::model::Trigger;
use pipelinec::plan::{CriticalStep, Delivery, Step, Task, Wait, plan};
use pipelinec::source::SourceMap;
use pipelinec::{model, program, syntax};

use testkit::fixtures::{files, snapshot};
use testkit::yaml11;

/// The cases whose whole tree is a snapshot, each for what no other one shows.
const SHOWN: [&str; 6] = [
    // An app of tasks alone, recorded without an Application; a chart of an OCI registry; throwaway secrets in tasks.
    "database-migrations",
    // Quoting, and what Argo, Kubernetes, jq or a shell would expand: in pods, tasks, build arguments and Helm values.
    "hostile-text",
    // Images that others build, beside one that a run fills in; a source without anything for Kustomize to fill in.
    "images-built-elsewhere",
    // Source and tree in one repository: the loop guard; a kustomization and manifests beside a service; annotations.
    "one-repository",
    // A third party's chart that is needed in one environment only, with a Secret that is made there.
    "redis-in-staging",
    // No environment at all: nothing of Argo CD may be left over.
    "tools",
];

#[test]
fn each_case_compiles_to_files_that_parse_as_intended() {
    for (folder, sources) in cases() {
        for (target, tree) in compiled(&folder, &sources) {
            for (path, text) in &tree {
                look_at(&format!("{}: {target}/{path}", folder.display()), path, text);
            }
        }
    }
}

#[test]
fn the_plan_of_each_case_is_as_shown() {
    for (folder, sources) in cases() {
        snapshot(&folder, "plan", &plans(&sources));
    }
}

#[test]
fn the_tree_of_some_cases_is_as_shown() {
    let cases = cases();
    for name in SHOWN {
        let (folder, sources) = cases.iter().find(|(folder, _)| folder.ends_with(name)).expect("a case of that name");
        let mut shown = String::new();
        for (target, tree) in compiled(folder, sources) {
            for (path, text) in tree.iter().filter(|(path, _)| !path.ends_with("workflows/shared.yaml")) {
                let _ = writeln!(shown, "---- {target}/{path}");
                shown.push_str(&without_scripts(text));
            }
        }
        snapshot(folder, "tree", &shown);
    }
}

/// All cases: the folder, and the files in it.
fn cases() -> Vec<(PathBuf, SourceMap)> {
    let paths = files("cases", "pipe");
    let folders: BTreeSet<_> = paths.iter().filter_map(|path| path.parent()).map(Path::to_path_buf).collect();
    assert!(folders.len() >= 12);
    let source = |path: &PathBuf| {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).expect("a case is text"))
    };
    let of = |folder: &PathBuf| paths.iter().filter(|path| path.starts_with(folder)).map(source).collect::<Vec<_>>();
    folders.iter().map(|folder| (folder.clone(), SourceMap::new(of(folder)))).collect()
}

/// The trees of a case, about which there is nothing to say.
fn compiled(folder: &Path, sources: &SourceMap) -> impl Iterator<Item = (String, Files)> + use<> {
    let compilation = compile(sources);
    let options = Options { color: false, width: 100 };
    let said = render::pretty(&compilation.diagnostics, sources, options);
    assert!(compilation.diagnostics.is_empty(), "{}:\n{said}", folder.display());
    compilation.trees.into_iter()
}

/// JSON and YAML can be read, and templates stand only where somebody fills them in.
fn look_at(place: &str, path: &str, text: &str) {
    assert!(text.ends_with('\n') && !text.contains('\r'), "{place}");
    let filled = ["workflows/", "argocd/", "events/"].iter().any(|folder| path.starts_with(folder));
    let hostile = place.contains("hostile-text") && path.starts_with("apps/");
    assert!(filled || hostile || path.ends_with("/analysis.yaml") || !text.contains("{{"), "{place} has a template");
    if path.ends_with(".json") {
        serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|error| panic!("{place}: {error}"));
    } else if path.ends_with(".yaml") {
        let read: Vec<serde_json::Value> = text.split("\n---\n").map(|document| read_yaml(place, document)).collect();
        assert_eq!(yaml11::documents(text), read, "{place} is another one in YAML 1.1");
        for value in read {
            assert!(value["kind"].is_string() && value["apiVersion"].is_string(), "{place} has no kind");
        }
    }
}

fn read_yaml(place: &str, text: &str) -> serde_json::Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{place}: {error}"))
}

/// A file with the lines of its scripts left out: they are the same in every tree.
fn without_scripts(text: &str) -> String {
    let mut result = String::new();
    let mut inside: Option<usize> = None;
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        if inside.is_some_and(|outer| line.trim().is_empty() || depth > outer) {
            continue;
        }
        inside = line.trim_start().starts_with("source: |").then_some(depth);
        let _ = writeln!(result, "{line}");
    }
    result
}

/// What all pipelines of all targets do, a line a step.
fn plans(sources: &SourceMap) -> String {
    let mut sink = Diagnostics::default();
    let files: Vec<_> = sources.iter().map(|(id, file)| syntax::parse(id, file, &mut sink)).collect();
    let program = program::validate(&files, &mut sink);
    let names: Vec<_> = program.targets.iter().map(|target| Some(target.name())).collect();
    let mut shown = String::new();
    for name in if names.is_empty() { vec![None] } else { names } {
        let target = name.as_ref().and_then(|name| program.targets.iter().find(|target| target.name() == *name));
        let root = program::for_target(&program, target, &mut sink);
        let resolved = model::resolve(&root, name.as_deref().unwrap_or("only"), &mut sink);
        let plan = plan(&resolved);
        let _ = writeln!(shown, "target {}", resolved.target);
        for (environment, apps) in &plan.contents {
            let apps: Vec<_> = apps.iter().map(String::as_str).collect();
            let _ = writeln!(shown, "  {environment} can hold: {}", apps.join(" "));
        }
        plan.deliveries.iter().for_each(|delivery| show(delivery, &mut shown));
    }
    shown
}

fn on(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Push(push) => {
            let paths: Vec<_> = push.paths.iter().map(|path| path.value.as_str()).collect();
            let except: Vec<_> = push.except.iter().map(|path| path.value.as_str()).collect();
            let except = if except.is_empty() { String::new() } else { format!(" except {}", except.join(" ")) };
            format!("{}: {}{except}", push.branch.as_str(), paths.join(" "))
        }
        Trigger::Tag(tag) => format!("tag {} of {}", tag.pattern.as_str(), tag.branch),
        Trigger::PullRequest(pull) => format!("pull request into {} with {:?}", pull.base.as_str(), pull.label),
        Trigger::Schedule(at) => format!("schedule {} {} {}", at.cron, at.timezone, at.branch),
    }
}

fn show(delivery: &Delivery, shown: &mut String) {
    let starts: Vec<_> = delivery.on.0.iter().map(on).collect();
    let (name, app) = (delivery.name, delivery.app);
    let _ = writeln!(shown, "  pipeline {name} delivers {app} on {}", starts.join("; "));
    for step in &delivery.steps {
        let line = match step {
            Step::Build => "build".to_owned(),
            Step::Open(open) => {
                let members: Vec<_> = open.members.iter().map(String::as_str).collect();
                format!("open {} like {} for {} s: {}", open.environment, open.copy_of, open.ttl, members.join(" "))
            }
            Step::Wait(wait) => waiting(wait),
            Step::Task(task) => running(task),
            Step::Approve(approval) => format!("approve within {} s", approval.timeout),
            Step::Close { environment } => format!("close {environment}"),
            Step::CriticalSection(section) => {
                let needs: Vec<_> = section.needs.iter().map(String::as_str).collect();
                let staged = section.staged.map(|staged| format!(", tested in {staged}")).unwrap_or_default();
                let _ = writeln!(shown, "    lock {}: needs [{}]{staged}", section.environment, needs.join(" "));
                for step in &section.steps {
                    let line = match step {
                        CriticalStep::Promote => "promote".to_owned(),
                        CriticalStep::Wait(wait) => waiting(wait),
                        CriticalStep::Task(task) => running(task),
                    };
                    let _ = writeln!(shown, "      {line}");
                }
                if section.updates() { "  settle".to_owned() } else { continue }
            }
        };
        let _ = writeln!(shown, "    {line}");
    }
    let _ = writeln!(shown, "    at the most {} s", delivery.deadline);
}

fn waiting(wait: &Wait) -> String {
    let except = wait.except.map(|app| format!(", not for {app}")).unwrap_or_default();
    let rollouts =
        if wait.rollouts.is_empty() { String::new() } else { format!(", rollouts {}", wait.rollouts.join(" ")) };
    format!("wait for {} {} s{except}{rollouts}", wait.environment, wait.timeout)
}

fn running(task: &Task) -> String {
    format!("{} {}.{} in {}", task.kind.stage().word(), task.app, task.task, task.environment)
}
