//! What a change means, for whom: a line for each app, pipeline and environment that it touches.

use super::{Change, Kind, Whole};
use crate::model::value::{duration, show_duration};
use serde_json::Value;
use std::collections::BTreeMap;

/// The lines of one target.
#[must_use]
pub fn headlines(changes: &[Change], whole: Option<Whole>) -> Vec<String> {
    match whole {
        Some(Whole::Added) => return vec![format!("the target is new: {} objects", changes.len())],
        Some(Whole::Removed) => return vec!["the target is gone".to_owned()],
        None => {}
    }
    let mut subjects: BTreeMap<(u8, String), Vec<&Change>> = BTreeMap::new();
    for change in changes {
        if let Some(subject) = subject(change) {
            subjects.entry(subject).or_default().push(change);
        }
    }
    let mut lines: Vec<_> =
        subjects.iter().map(|((_, name), changes)| format!("{name}: {}", facts(changes).join("; "))).collect();
    let environments =
        changes.iter().any(|change| change.id.folder.starts_with("environments/") || change.id.folder == "argocd");
    if !lines.is_empty() && !environments {
        lines.push("environments: unaffected".to_owned());
    }
    lines
}

/// Whom a change concerns, and its place among the others; none for what only says that something has changed.
fn subject(change: &Change) -> Option<(u8, String)> {
    let parts: Vec<_> = change.id.folder.split('/').collect();
    Some(match parts.as_slice() {
        ["apps", app, environment] => (0, format!("{app} in {environment}")),
        ["workflows"] if change.id.name == crate::names::SHARED => (2, "the steps of all pipelines".to_owned()),
        ["workflows" | "events"] if matches!(change.id.kind.as_str(), "WorkflowTemplate" | "Sensor") => {
            (1, format!("pipeline {}", change.id.name))
        }
        ["environments", environment] => (3, format!("environment {environment}")),
        ["argocd"] => (3, "environments".to_owned()),
        ["access"] => (4, "rights".to_owned()),
        ["events"] => (5, "webhooks and events".to_owned()),
        [""] if change.id.kind.ends_with(".md") => return None,
        _ => (6, "the rest".to_owned()),
    })
}

fn facts(changes: &[&Change]) -> Vec<String> {
    let mut facts = Vec::new();
    let mut restarts = None;
    let mut rest = 0;
    for change in changes {
        let kind = change.id.kind.as_str();
        match &change.kind {
            Kind::Added => facts.push(format!("new {kind} `{}`", change.id.name)),
            Kind::Removed => facts.push(format!("{kind} `{}` is gone", change.id.name)),
            Kind::Renamed { from, .. } => facts.push(format!("{kind} `{}` is now `{}`", from.name, change.id.name)),
            Kind::Changed(_) => {}
        }
        let (old, new) =
            (change.old.as_ref().map(|object| &object.value), change.new.as_ref().map(|object| &object.value));
        let (Some(old), Some(new)) = (old, new) else { continue };
        let fields = change.fields();
        let before = facts.len();
        match kind {
            "Rollout" | "Deployment" => {
                let template = fields.iter().any(|field| field.path.starts_with("spec.template"));
                restarts = Some(restarts.unwrap_or(false) || template);
                differs("canary", canary(old), canary(new), &mut facts);
                differs("pods", replicas(old), replicas(new), &mut facts);
                let variables = fields.iter().filter(|field| field.path.contains(".env[")).count();
                if variables > 0 {
                    facts.push(format!("{variables} environment variable{}", if variables == 1 { "" } else { "s" }));
                }
                if fields.iter().any(|field| field.path.contains(".resources.")) {
                    facts.push("other resources".to_owned());
                }
            }
            "HorizontalPodAutoscaler" => differs("pods", scale(old), scale(new), &mut facts),
            "WorkflowTemplate" => {
                let (before, after) = (steps(old), steps(new));
                let missing = |list: &[String], other: &[String], sign: &str| -> Vec<String> {
                    list.iter().filter(|step| !other.contains(step)).map(|step| format!("{sign}{step}")).collect()
                };
                let mut changed = missing(&before, &after, "-");
                changed.extend(missing(&after, &before, "+"));
                if !changed.is_empty() {
                    facts.push(format!("steps {}", changed.join(" ")));
                }
            }
            "Sensor" if fields.iter().any(|field| field.path.contains("filters")) => {
                facts.push("other pushes start it".to_owned());
            }
            _ => {}
        }
        if facts.len() == before {
            rest += fields.len();
        }
    }
    if let Some(restarts) = restarts {
        facts.push(format!("pods restart: {}", if restarts { "yes" } else { "no" }));
    }
    if rest > 0 {
        let others = if facts.is_empty() { "" } else { "other " };
        facts.push(format!("{rest} {others}field{}", if rest == 1 { "" } else { "s" }));
    }
    facts
}

fn differs(what: &str, old: String, new: String, facts: &mut Vec<String>) {
    if old != new {
        let shown = |text: String| if text.is_empty() { "none".to_owned() } else { text };
        facts.push(format!("{what} {} -> {}", shown(old), shown(new)));
    }
}

/// The steps of a canary, as the language writes them.
fn canary(workload: &Value) -> String {
    let steps = workload.pointer("/spec/strategy/canary/steps").and_then(Value::as_array).cloned().unwrap_or_default();
    let step = |step: &Value| {
        let weight = step.get("setWeight").map(|weight| format!("{weight}%"));
        let pause = step.pointer("/pause").map(|_| match seconds(step) {
            Some(seconds) => show_duration(seconds),
            None => "until somebody goes on".to_owned(),
        });
        weight.or(pause).unwrap_or_else(|| "step".to_owned())
    };
    let shown: Vec<_> = steps.iter().map(step).collect();
    if shown.is_empty() { String::new() } else { format!("[{}]", shown.join(", ")) }
}

/// Seconds for which a canary holds its shares.
pub(super) fn pauses(workload: &Value) -> u64 {
    let steps = workload.pointer("/spec/strategy/canary/steps").and_then(Value::as_array).cloned().unwrap_or_default();
    steps.iter().filter_map(seconds).sum()
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
    workload.pointer("/spec/replicas").map_or_else(|| "as many as the load asks for".to_owned(), Value::to_string)
}

fn scale(scaler: &Value) -> String {
    let of = |key: &str| scaler.pointer(&format!("/spec/{key}")).map(Value::to_string).unwrap_or_default();
    format!("{}..{}", of("minReplicas"), of("maxReplicas"))
}

/// The names of all steps of a workflow, in order.
pub(super) fn steps(workflow: &Value) -> Vec<String> {
    let templates = workflow.pointer("/spec/templates").and_then(Value::as_array).cloned().unwrap_or_default();
    let groups = templates.iter().filter_map(|template| template.get("steps")?.as_array().cloned()).flatten();
    let steps = groups.flat_map(|group| group.as_array().cloned().unwrap_or_default());
    steps.filter_map(|step| Some(step.get("name")?.as_str()?.to_owned())).collect()
}
