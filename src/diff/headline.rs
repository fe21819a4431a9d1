//! What a change means: a line for each app, pipeline and environment that it affects.

use super::{Change, ChangeKind, Whole, configs, pods, secrets, sources};
use crate::files::{self, Files, Folder};
use crate::model::value::{duration, show_duration};
use crate::names;
use crate::objects::{Id, Object};
use crate::providers::router;
use crate::steps::build::BUILD;
use crate::steps::gitops::{Action, TTL_SECONDS};
use crate::steps::image::IMAGE;
use crate::steps::shared::TIMEOUT_SECONDS;
use crate::words;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How many names a line lists; more are counted.
const NAMED: usize = 4;

/// When a CronWorkflow runs.
const SCHEDULE: [&str; 2] = ["spec.schedules", "spec.timezone"];

/// The lines of one target.
#[must_use]
pub fn headlines(changes: &[Change], whole: Option<Whole>, old: &Files, new: &Files) -> Vec<String> {
    match whole {
        Some(Whole::Added) => return vec![format!("new target: {}", contents(changes))],
        Some(Whole::Removed) => return vec![format!("removed target: {}", contents(changes))],
        None => {}
    }
    let mut subjects: BTreeMap<(u8, String), Vec<&Change>> = BTreeMap::new();
    for change in changes {
        if let Some(subject) = subject(&change.id) {
            subjects.entry((place(&change.id), subject)).or_default().push(change);
        }
    }
    let moved = environments(changes);
    let mut lines: Vec<_> = subjects
        .iter()
        .map(|((_, name), changes)| {
            let facts = as_a_whole(changes, old, new).unwrap_or_else(|| facts(changes, &moved));
            format!("{name}: {}", facts.join("; "))
        })
        .collect();
    let is_of_environments = |change: &Change| {
        let lives = |object: &Option<Object>| object.as_ref().map(|object| arguments(&object.value, LIVES));
        place(&change.id) == ENVIRONMENTS || !change.fields().is_empty() && lives(&change.old) != lives(&change.new)
    };
    if !lines.is_empty() && !changes.iter().any(is_of_environments) {
        lines.push("environments: not affected".to_owned());
    }
    lines
}

/// The place of an environment among the subjects.
const ENVIRONMENTS: u8 = 3;

/// The place of an object among the others: first what serves, last what only tells of it.
#[must_use]
pub fn place(id: &Id) -> u8 {
    match Folder::of(&id.folder) {
        Folder::App(_) | Folder::AppIn(..) => 0,
        Folder::Workflows if id.name == crate::names::SHARED => 2,
        Folder::Workflows | Folder::Events if is_of_pipeline(id) => 1,
        Folder::Environment(_) | Folder::ArgoCd => ENVIRONMENTS,
        Folder::Access => 4,
        Folder::Events => 5,
        Folder::Root if id.kind.ends_with(".md") => 7,
        Folder::Root | Folder::Workflows | Folder::Other(_) => 6,
    }
}

fn is_of_pipeline(id: &Id) -> bool {
    matches!(id.kind.as_str(), "WorkflowTemplate" | "Sensor")
        || id.kind == "CronWorkflow" && Folder::of(&id.folder) == Folder::Events
}

/// Whom an object concerns; none for what only says that something has changed.
fn subject(id: &Id) -> Option<String> {
    // A list of files says nothing beside the files.
    if id.kind == "Kustomization" && !id.folder.starts_with("apps/") {
        return None;
    }
    Some(match Folder::of(&id.folder) {
        Folder::AppIn(app, environment) => format!("{app} in {environment}"),
        Folder::App(_) => return None,
        Folder::Workflows if id.name == crate::names::SHARED => "the steps of all pipelines".to_owned(),
        Folder::Workflows | Folder::Events if is_of_pipeline(id) => format!("pipeline {}", id.name),
        Folder::Environment(environment) => format!("environment {environment}"),
        Folder::ArgoCd => "Argo CD objects".to_owned(),
        Folder::Access => "permissions".to_owned(),
        Folder::Events => "webhooks and events".to_owned(),
        Folder::Root if id.kind.ends_with(".md") => return None,
        Folder::Root | Folder::Workflows | Folder::Other(_) => "other files".to_owned(),
    })
}

/// How many apps and pipelines a target has.
fn contents(changes: &[Change]) -> String {
    let (mut apps, mut environments) = (BTreeSet::new(), BTreeSet::new());
    for change in changes {
        match Folder::of(&change.id.folder) {
            Folder::App(app) | Folder::AppIn(app, _) => {
                apps.insert(app);
            }
            Folder::Environment(environment) => {
                environments.insert(environment);
            }
            Folder::Root | Folder::ArgoCd | Folder::Events | Folder::Workflows | Folder::Access | Folder::Other(_) => {}
        }
    }
    let pipelines = changes.iter().filter(|change| {
        Folder::of(&change.id.folder) == Folder::Workflows
            && is_of_pipeline(&change.id)
            && change.id.name != crate::names::SHARED
    });
    [(apps.len(), "app"), (environments.len(), "environment"), (pipelines.count(), "pipeline")]
        .map(|(number, what)| words::count(number, what))
        .join(", ")
        + &format!("; {}", words::count(changes.len(), "object"))
}

/// Names in a few words.
pub(super) fn listed(names: &[String]) -> String {
    words::first(names, NAMED)
}

/// Environments with another name: the old one, and the new.
pub(super) fn environments(changes: &[Change]) -> BTreeMap<&str, &str> {
    let renamed = changes.iter().filter_map(|change| match &change.kind {
        ChangeKind::Renamed { from, .. } => Some((&from.folder, &change.id.folder)),
        _ => None,
    });
    renamed
        .filter_map(|(from, to)| match (Folder::of(from), Folder::of(to)) {
            (Folder::Environment(from), Folder::Environment(to)) => Some((from, to)),
            _ => None,
        })
        .filter(|(from, to)| from != to)
        .collect()
}

/// What only lists or fills in what other objects are, or says the same again.
fn is_plumbing(id: &Id) -> bool {
    let again = id.kind == "AnalysisTemplate" && crate::names::is_last_question(&id.name);
    again || id.kind == "Kustomization" || id.kind == "sources.json"
}

/// Whether a folder is that of an app in a permanent environment: its Application outlives it.
fn runs_on(folder: &str, files: &Files) -> bool {
    let Folder::AppIn(_, environment) = Folder::of(folder) else { return false };
    let namespace = files.get(&Folder::Environment(environment).file(files::NAMESPACE));
    namespace.is_some_and(|text| !text.contains(crate::names::PLACEHOLDER))
}

/// What is added, removed or moved as a whole: the folder of an app or an environment, or a pipeline.
fn as_a_whole(changes: &[&Change], old: &Files, new: &Files) -> Option<Vec<String>> {
    let first = changes.first()?;
    let folder = first.id.folder.as_str();
    let mut kinds: Vec<String> = Vec::new();
    for change in changes.iter().filter(|change| !is_plumbing(&change.id)) {
        if !kinds.contains(&change.id.kind) {
            kinds.push(change.id.kind.clone());
        }
    }
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", listed(&kinds)) };
    let is_there = |files: &Files| match place(&first.id) {
        // Pipelines share their folders: one is complete with its workflow, and a Sensor alone is not.
        1 => !changes.iter().any(|change| change.id.kind == "WorkflowTemplate"),
        0 | ENVIRONMENTS if Folder::of(folder) != Folder::ArgoCd => {
            files.keys().any(|path| path.rsplit_once('/').is_some_and(|(found, _)| found == folder))
        }
        _ => true,
    };
    let moved: BTreeSet<_> = changes
        .iter()
        .map(|change| match &change.kind {
            ChangeKind::Renamed { from, .. } if from.folder != folder => subject(from),
            _ => None,
        })
        .collect();
    if changes.iter().all(|change| matches!(change.kind, ChangeKind::Added)) && !is_there(old) {
        return Some(vec![format!("new{kinds}")]);
    }
    if changes.iter().all(|change| matches!(change.kind, ChangeKind::Removed)) && !is_there(new) {
        let mut facts = vec![format!("removed{kinds}")];
        if runs_on(folder, old) {
            facts.push("keeps running until its entry and its Application are removed by hand".to_owned());
        }
        return Some(facts);
    }
    let from = moved.first()?.as_ref()?;
    if moved.len() > 1 || is_there(old) {
        return None;
    }
    let fields: usize =
        changes.iter().filter(|change| !is_plumbing(&change.id)).map(|change| change.fields().len()).sum();
    let other = if fields == 0 { "otherwise unchanged".to_owned() } else { words::count(fields, "other field") };
    Some(vec![format!("renamed from `{from}`"), other])
}

fn facts(changes: &[&Change], moved: &BTreeMap<&str, &str>) -> Vec<String> {
    let mut facts = Vec::new();
    let mut restarts = None;
    let mut rest = 0;
    let scaler = changes.iter().find(|change| change.id.kind == SCALER);
    let side = |change: &Change, old: bool| if old { change.old.clone() } else { change.new.clone() };
    let plumbing = changes.iter().all(|change| is_plumbing(&change.id));
    for change in changes.iter().filter(|change| change.id.kind == "sources.json") {
        // Those of another app or environment are new there.
        let same = matches!(change.kind, ChangeKind::Changed(_));
        if let (true, Some(old), Some(new)) = (same, &change.old, &change.new) {
            facts.extend(sources::images(&old.value, &new.value));
            facts.extend(sources::values_files(&old.value, &new.value));
            let renamed = sources::renamed_releases(&old.value, &new.value);
            facts.extend(
                renamed.iter().map(|(from, to)| format!("release {from} renamed to {to}: its objects are replaced")),
            );
        }
    }
    facts.extend(configs::facts(changes));
    let told = |change: &&&Change| configs::is_one(change) || is_plumbing(&change.id) && !plumbing;
    for change in changes.iter().filter(|change| !told(change)) {
        let kind = change.id.kind.as_str();
        // The scaler is reported with the pods that it scales.
        match &change.kind {
            _ if kind == SCALER && !matches!(change.kind, ChangeKind::Renamed { .. }) => {}
            ChangeKind::Added => facts.push(format!("new {}", called(&change.id))),
            ChangeKind::Removed => facts.push(format!("{} removed", called(&change.id))),
            ChangeKind::Renamed { from, .. } if from.name != change.id.name => {
                facts.push(format!("{} renamed to `{}`", called(from), change.id.name));
            }
            ChangeKind::Renamed { from, .. } => facts.push(format!("{} moved from `{}`", called(from), from.folder)),
            ChangeKind::Changed(_) => {}
        }
        let (old, new) =
            (change.old.as_ref().map(|object| &object.value), change.new.as_ref().map(|object| &object.value));
        let (Some(old), Some(new)) = (old, new) else { continue };
        let fields = change.fields();
        let before = facts.len();
        let (was, is) = (patched(old), patched(new));
        let names = |from: &BTreeSet<String>, to: &BTreeSet<String>| -> Vec<String> {
            from.difference(to).map(|path| format!("`{}`", path.replace('`', "'"))).collect()
        };
        for (what, paths) in [("a patch sets", names(&is, &was)), ("no patch sets", names(&was, &is))] {
            if !paths.is_empty() {
                facts.push(format!("{what} {}", listed(&paths)));
            }
        }
        match kind {
            kind if names::WORKLOADS.contains(&kind) => {
                let template = fields.iter().any(|field| field.path.starts_with("spec.template"));
                restarts = Some(restarts.unwrap_or(false) || template);
                canary(old, new, &mut facts);
                let scaled = |value: &Value, old: bool| {
                    let scaler = scaler.and_then(|scaler| side(scaler, old)).map(|object| scale(&object.value));
                    scaler.unwrap_or_else(|| replicas(value))
                };
                differs("pods", &scaled(old, true), &scaled(new, false), &mut facts);
                differs("rollout deadline", &limit(old, "progress"), &limit(new, "progress"), &mut facts);
                pods::differences(old, new, &mut facts);
            }
            SCALER => {
                // Its workload may be unchanged.
                let told = changes.iter().any(|other| names::WORKLOADS.contains(&other.id.kind.as_str()));
                if !told {
                    differs("pods", &scale(old), &scale(new), &mut facts);
                }
            }
            "WorkflowTemplate" => {
                let (before, after) = (steps(old), steps(new));
                let missing = |list: &[String], other: &[String]| -> Vec<String> {
                    list.iter().filter(|step| !other.contains(step)).map(|step| format!("`{step}`")).collect()
                };
                // The steps of an environment with another name are that environment's.
                let to =
                    |step: &str| moved.iter().find_map(|(old, new)| Some(format!("{}{new}", step.strip_suffix(*old)?)));
                let before: Vec<_> = before
                    .into_iter()
                    .map(|step| {
                        to(&step).filter(|other| !after.contains(&step) && after.contains(other)).unwrap_or(step)
                    })
                    .collect();
                let (gone, new_steps) = (missing(&before, &after), missing(&after, &before));
                if !gone.is_empty() {
                    facts.push(format!("removed {}", listed(&gone)));
                }
                if !new_steps.is_empty() {
                    facts.push(format!("added {}", listed(&new_steps)));
                }
                inside(old, new, &mut facts);
                differs("run deadline", &limit(old, "active"), &limit(new, "active"), &mut facts);
            }
            "CronJob" => {
                for (what, pointer) in [("schedule", "/spec/schedule"), ("timezone", "/spec/timeZone")] {
                    let of =
                        |value: &Value| value.pointer(pointer).and_then(Value::as_str).map(|text| format!("`{text}`"));
                    differs(what, &of(old).unwrap_or_default(), &of(new).unwrap_or_default(), &mut facts);
                }
                let suspended = |value: &Value| value["spec"]["suspend"] == true;
                match (suspended(old), suspended(new)) {
                    (false, true) => facts.push("suspended".to_owned()),
                    (true, false) => facts.push("no longer suspended".to_owned()),
                    (true, true) | (false, false) => {}
                }
                let pods = |value: &Value| json!({"spec": value["spec"]["jobTemplate"]["spec"]});
                pods::differences(&pods(old), &pods(new), &mut facts);
            }
            "Sensor" if fields.iter().any(|field| field.path.starts_with("spec.dependencies")) => {
                facts.push("trigger changed".to_owned());
            }
            "CronWorkflow" if SCHEDULE.iter().any(|path| fields.iter().any(|field| field.path.starts_with(path))) => {
                facts.push("schedule changed".to_owned());
            }
            _ if router::is_entry(kind) => differs("address", &address(kind, old), &address(kind, new), &mut facts),
            "AnalysisTemplate" if fields.iter().any(|field| field.path.starts_with("spec.metrics")) => {
                facts.push(format!("condition of analysis `{}` changed", change.id.name));
            }
            _ => {}
        }
        if facts.len() == before && kind != SCALER {
            rest += fields.len();
        }
    }
    if let Some(restarts) = restarts {
        facts.push(format!("pods restart: {}", if restarts { "yes" } else { "no" }));
    }
    if rest > 0 {
        let others = if facts.is_empty() { "" } else { "other " };
        facts.push(format!("{rest} {others}{}", words::noun(rest, "field")));
    }
    facts
}

/// The fields that patches set in an object.
fn patched(value: &Value) -> BTreeSet<String> {
    let annotations = value.pointer("/metadata/annotations").and_then(Value::as_object);
    let list = annotations.and_then(|all| all.get(&names::key(names::PATCHED))).and_then(Value::as_str);
    list.into_iter().flat_map(|list| list.split(", ")).map(str::to_owned).collect()
}

/// `Service a`, with the name as code; for a file that is not a manifest, its name.
fn called(id: &Id) -> String {
    if id.name.is_empty() { format!("`{}`", id.kind) } else { format!("{} `{}`", id.kind, id.name) }
}

/// The deadline of a workload, or of a whole workflow.
fn limit(value: &Value, what: &str) -> String {
    let seconds = value.pointer(&format!("/spec/{what}DeadlineSeconds")).and_then(Value::as_u64);
    seconds.map(show_duration).unwrap_or_default()
}

/// What a route takes.
fn address(kind: &str, route: &Value) -> String {
    let found = router::addresses(kind, route);
    found.iter().map(|text| format!("`{}`", text.replace('`', "'"))).collect::<Vec<_>>().join(", ")
}

const SCALER: &str = "HorizontalPodAutoscaler";

pub(super) fn differs(what: &str, old: &str, new: &str, facts: &mut Vec<String>) {
    if old != new {
        let shown = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
        facts.push(format!("{what} {} -> {}", shown(old), shown(new)));
    }
}

/// How the traffic of a canary changes: only its pauses, if the weights are unchanged.
fn canary(old: &Value, new: &Value, facts: &mut Vec<String>) {
    let (before, after) = (canary_steps(old), canary_steps(new));
    let only = |steps: &[CanaryStep], pauses: bool| -> Vec<String> {
        steps.iter().filter(|step| step.is_pause == pauses).map(|step| step.text.clone()).collect()
    };
    let shape = |steps: &[CanaryStep]| steps.iter().map(|step| step.is_pause).collect::<Vec<_>>();
    let whole = |steps: &[CanaryStep]| {
        let texts: Vec<_> = steps.iter().map(|step| step.text.clone()).collect();
        if texts.is_empty() { String::new() } else { format!("[{}]", texts.join(", ")) }
    };
    if shape(&before) != shape(&after) || only(&before, false) != only(&after, false) {
        return differs("canary", &whole(&before), &whole(&after), facts);
    }
    let sole = |steps: &[CanaryStep]| {
        let mut texts = only(steps, true);
        texts.dedup();
        (texts.len() == 1).then(|| texts.remove(0))
    };
    let (first, second) = match (sole(&before), sole(&after)) {
        (Some(first), Some(second)) => (first, second),
        _ => (format!("[{}]", only(&before, true).join(", ")), format!("[{}]", only(&after, true).join(", "))),
    };
    if only(&before, true) != only(&after, true) {
        let total = if only(&after, true).len() > 1 && !after.iter().any(|step| step.text == FOREVER) {
            format!(", {} in total", show_duration(pauses(new)))
        } else {
            String::new()
        };
        facts.push(format!("canary pauses {first} -> {second}{total}"));
    }
}

struct CanaryStep {
    is_pause: bool,
    text: String,
}

/// A pause that is ended by hand.
const FOREVER: &str = "approve";

/// The steps of a canary, as the language writes them: without the last one, in which analyses run once more.
fn canary_steps(workload: &Value) -> Vec<CanaryStep> {
    let steps = workload.pointer("/spec/strategy/canary/steps").and_then(Value::as_array);
    let step = |step: &Value| {
        let weight = step.get("setWeight").map(|weight| format!("{weight}%"));
        let pause = step.get("pause").map(|_| seconds(step).map_or_else(|| FOREVER.to_owned(), show_duration));
        CanaryStep { is_pause: pause.is_some(), text: weight.or(pause).unwrap_or_else(|| "step".to_owned()) }
    };
    steps.into_iter().flatten().filter(|step| step.get("analysis").is_none()).map(step).collect()
}

/// Seconds for which a canary pauses.
pub(super) fn pauses(workload: &Value) -> u64 {
    let steps = workload.pointer("/spec/strategy/canary/steps").and_then(Value::as_array);
    steps.into_iter().flatten().filter_map(seconds).sum()
}

/// Pauses of a canary that end by hand.
pub(super) fn manual_pauses(workload: &Value) -> usize {
    canary_steps(workload).iter().filter(|step| step.text == FOREVER).count()
}

/// Seconds of a pause.
fn seconds(step: &Value) -> Option<u64> {
    match step.pointer("/pause/duration")? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => duration(text).ok(),
        _ => None,
    }
}

fn replicas(workload: &Value) -> String {
    workload.pointer("/spec/replicas").map(Value::to_string).unwrap_or_default()
}

fn scale(scaler: &Value) -> String {
    let of = |key: &str| scaler.pointer(&format!("/spec/{key}")).map(Value::to_string).unwrap_or_default();
    format!("{}..{}", of("minReplicas"), of("maxReplicas"))
}

/// The argument with the time to live of an environment, and the one with the timeout of a step.
const LIVES: &str = TTL_SECONDS.argument();
const WAITS: &str = TIMEOUT_SECONDS.argument();

/// What differs in the steps and tasks that a workflow has kept.
fn inside(old: &Value, new: &Value, facts: &mut Vec<String>) {
    for (argument, limit) in [(LIVES, "ttl"), (WAITS, "timeout")] {
        let (before, after) = (arguments(old, argument), arguments(new, argument));
        for (step, old) in before {
            // What opens an environment is called after it.
            let name = Action::Open.environment(&step).filter(|_| argument == LIVES).unwrap_or(&step);
            if let Some(new) = after.get(&step) {
                differs(&format!("`{name}` {limit}"), &show_duration(old), &show_duration(*new), facts);
            }
        }
    }
    let (before, after) = (tasks(old), tasks(new));
    let mut otherwise = Vec::new();
    for (name, old) in &before {
        let Some(new) = after.get(name) else { continue };
        let deadline = |task: &Value| {
            task.get("activeDeadlineSeconds").and_then(Value::as_u64).map(show_duration).unwrap_or_default()
        };
        differs(&format!("`{name}` deadline"), &deadline(old), &deadline(new), facts);
        let container = |template: &Value| template.get("container").or(template.get("script")).cloned();
        let (Some(old), Some(new)) = (container(old), container(new)) else { continue };
        for what in ["cpu", "memory"] {
            differs(&format!("`{name}` {what}"), &pods::measure(&old, what), &pods::measure(&new, what), facts);
        }
        let rest = |mut container: Value| {
            container.as_object_mut().map(|fields| fields.remove("resources"));
            container
        };
        if rest(old) != rest(new) {
            otherwise.push(format!("`{name}`"));
        }
    }
    let (before, after) = (builds(old), builds(new));
    for (name, old) in &before {
        let Some(new) = after.get(name) else { continue };
        let arguments: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        let differing = arguments.into_iter().filter(|argument| old.get(*argument) != new.get(*argument));
        let differing: Vec<_> = differing.map(|argument| format!("`{argument}`")).collect();
        if !differing.is_empty() {
            facts.push(format!("`{name}` has other {}", listed(&differing)));
        }
    }
    match otherwise.len() {
        0 => {}
        1 => facts.push(format!("{} changed", otherwise[0])),
        _ => facts.push(format!("{} changed", listed(&otherwise))),
    }
}

/// The arguments of the builds of a workflow, by the names of the steps.
fn builds(workflow: &Value) -> BTreeMap<String, BTreeMap<String, Value>> {
    let arguments = |step: &Value| {
        let name = step.get("name")?.as_str()?.to_owned();
        let parameters = step.pointer("/arguments/parameters")?.as_array()?;
        let given = |one: &Value| Some((one.get("name")?.as_str()?.to_owned(), one.get("value")?.clone()));
        Some((name, parameters.iter().filter_map(given).collect()))
    };
    let is_image = |name: &str| [&BUILD, &IMAGE].iter().any(|contract| name.starts_with(&contract.step_for("")));
    let is_build = |step: &&Value| step["name"].as_str().is_some_and(is_image);
    all_steps(workflow).filter(is_build).filter_map(arguments).collect()
}

/// The templates of a workflow that run a task or a build, by name.
fn tasks(workflow: &Value) -> BTreeMap<&str, &Value> {
    let templates = workflow.pointer("/spec/templates").and_then(Value::as_array);
    let runs = |template: &&Value| template.get("container").is_some() || secrets::is_build(template);
    let tasks = templates.into_iter().flatten().filter(runs);
    tasks.filter_map(|template| Some((template.get("name")?.as_str()?, template))).collect()
}

/// Seconds that the steps of a workflow are given as an argument, by the names of the steps.
fn arguments(workflow: &Value, name: &str) -> BTreeMap<String, u64> {
    let seconds = |step: &Value| {
        let parameters = step.pointer("/arguments/parameters")?.as_array()?;
        let found = parameters.iter().find(|parameter| parameter["name"] == name)?;
        Some((step.get("name")?.as_str()?.to_owned(), found["value"].as_str()?.parse().ok()?))
    };
    all_steps(workflow).filter_map(seconds).collect()
}

/// The names of all steps of a workflow, in order.
pub(super) fn steps(workflow: &Value) -> Vec<String> {
    all_steps(workflow).filter_map(|step| Some(step.get("name")?.as_str()?.to_owned())).collect()
}

fn all_steps(workflow: &Value) -> impl Iterator<Item = &Value> {
    let templates = workflow.pointer("/spec/templates").and_then(Value::as_array);
    let groups = templates.into_iter().flatten().filter_map(|template| template.get("steps")?.as_array()).flatten();
    groups.flat_map(|group| group.as_array().into_iter().flatten())
}
