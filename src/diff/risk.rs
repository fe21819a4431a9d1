//! What is dangerous about a change. Each kind of risk has a code, a level and a reason; a number is never used again.

use super::fields::Field;
use super::objects::{Id, Object};
use super::{Change, Kind, Whole};
use crate::diag::catalogue::catalogue;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How bad a risk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Notice,
    /// Somebody should have thought of it.
    Caution,
    /// Something may be lost, or is no longer guarded.
    Danger,
}

impl Level {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Caution => "caution",
            Self::Danger => "danger",
        }
    }
}

macro_rules! risks {
    ($($code:ident $level:ident $title:literal $why:literal,)*) => {
        catalogue! {
            /// The stable code of a risk.
            level: level -> Level,
            /// How bad it is.
            $($code $level $title,)*
        }

        impl Code {
            /// What can happen, and what to do about it.
            #[must_use]
            pub fn why(self) -> &'static str {
                match self { $(Self::$code => $why,)* }
            }
        }
    };
}

risks! {
    R01 Danger "Applications may be deleted"
        "An ApplicationSet deletes the Applications that it no longer makes, and with them what they have deployed. Before the merge, see with `argocd appset generate`, or on a copy, which Applications it still makes.",
    R02 Danger "a namespace goes"
        "What runs in a namespace goes with it, volumes and Secrets included. Back up what is to stay, and make the Secrets again in the new one.",
    R03 Danger "a selector changes"
        "The selector of a Deployment cannot be changed: the sync fails until the object is deleted. That of a Rollout leaves the old pods without an owner.",
    R04 Notice "pods restart"
        "A changed pod template starts new pods at the next sync, through the canary where there is one.",
    R05 Caution "a workload is replaced by another kind"
        "The old object is deleted and the new one made: for a moment there may be twice the pods, or none.",
    R06 Caution "a right is widened"
        "An account may do more than before. See who can make pods with that account.",
    R07 Caution "a webhook must be registered"
        "GitHub sends pushes where its hooks say. Register the hook anew, and remove the old one; until then pushes start nothing.",
    R08 Caution "a time limit is lowered"
        "What took longer than the new limit, and went well, fails now.",
    R09 Danger "a gate is removed"
        "A stage that had to succeed before the next one is gone: what it found is not found any more.",
    R10 Danger "an analysis is removed"
        "The canary goes on whatever the metric says.",
    R11 Caution "a canary is shorter"
        "A bad version has less time to show before all have it.",
    R12 Caution "a secret is newly needed"
        "A pod whose Secret or key is missing does not start. Make it before the merge.",
    R13 Notice "other pushes start a pipeline"
        "The filter of a Sensor has changed. Read its new patterns: a push none of whose files they match starts nothing.",
    R14 Danger "a target goes"
        "Nothing of that cluster is compiled any more; what runs there stays until somebody removes it, and its Applications prune if they still read the folder.",
    R15 Caution "an address changes"
        "Whoever calls the service by its old host or path finds nothing.",
    R16 Caution "an analysis judges otherwise"
        "What was good enough may now stop a canary, or what stopped it may pass.",
}

/// A risk of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// What kind.
    pub code: Code,
    /// Which object; none for a whole target.
    pub object: Option<Id>,
    /// What exactly, in a few words.
    pub what: String,
}

/// All risks of the changes of one target, the worst first.
#[must_use]
pub fn risks(changes: &[Change], whole: Option<Whole>) -> Vec<Risk> {
    let mut found = Vec::new();
    match whole {
        Some(Whole::Removed) => {
            return vec![Risk { code: Code::R14, object: None, what: "the whole tree".to_owned() }];
        }
        // What is new has nothing to lose.
        Some(Whole::Added) => return Vec::new(),
        None => {}
    }
    for change in changes {
        of_change(change, &mut |code, what: String| {
            found.push(Risk { code, object: Some(change.id.clone()), what });
        });
    }
    replaced(changes, &mut found);
    secrets(changes, &mut found);
    found.sort_by(|a, b| {
        (b.code.level(), a.code, &a.object, &a.what).cmp(&(a.code.level(), b.code, &b.object, &b.what))
    });
    found.dedup();
    found
}

fn of_change(change: &Change, add: &mut impl FnMut(Code, String)) {
    let gone = matches!(change.kind, Kind::Removed | Kind::Renamed { .. });
    let new = change.old.is_none();
    match change.id.kind.as_str() {
        "ApplicationSet" if gone => add(Code::R01, "it is gone, and its Applications with it".to_owned()),
        "ApplicationSet" => {
            for field in change.fields() {
                let decides = [
                    "spec.generators",
                    "spec.template.metadata.name",
                    "spec.syncPolicy",
                    "spec.template.spec.destination",
                ];
                if decides.iter().any(|path| field.path.starts_with(path)) {
                    add(Code::R01, described(field));
                }
            }
        }
        "Namespace" if gone => {
            let name = change.old.as_ref().map(|old| old.id.name.clone()).unwrap_or_default();
            // Those of an ephemeral environment go with its Applications.
            if name != crate::names::PLACEHOLDER && name != change.new.as_ref().map_or("", |new| new.id.name.as_str()) {
                add(Code::R02, format!("`{name}`"));
            }
        }
        "Deployment" | "Rollout" => workload(change, add),
        "Role" | "ClusterRole" => {
            let more: Vec<_> = rights(change.new.as_ref()).difference(&rights(change.old.as_ref())).cloned().collect();
            if !more.is_empty() {
                add(Code::R06, more.join(", "));
            }
        }
        "RoleBinding" | "ClusterRoleBinding" if new => add(Code::R06, "a new binding".to_owned()),
        "RoleBinding" | "ClusterRoleBinding" if change.fields().iter().any(|field| field.new.is_some()) => {
            add(Code::R06, "other subjects or another role".to_owned());
        }
        "EventSource" => {
            for field in change.fields().iter().filter(|field| field.path.starts_with("spec.github")) {
                let address = ["webhook", "repositories"].iter().any(|part| field.path.contains(part));
                if address || !field.path.trim_start_matches("spec.github").contains('.') {
                    add(Code::R07, described(field));
                }
            }
        }
        "WorkflowTemplate" => workflow(change, add),
        "AnalysisTemplate" if matches!(change.kind, Kind::Removed) => add(Code::R10, format!("`{}`", change.id.name)),
        "AnalysisTemplate" => {
            for field in change.fields().iter().filter(|field| field.path.starts_with("spec.metrics")) {
                let gone = field.new.is_none() && field.path.ends_with(']');
                add(if gone { Code::R10 } else { Code::R16 }, described(field));
            }
        }
        "Sensor" if change.fields().iter().any(|field| field.path.contains("filters")) => {
            add(Code::R13, "its filter".to_owned());
        }
        "IngressRoute" | "Ingress" => {
            for field in change.fields().iter().filter(|field| field.old.is_some()) {
                if field.path.contains("match") || field.path.contains("host") {
                    add(Code::R15, described(field));
                }
            }
            if matches!(change.kind, Kind::Removed) {
                add(Code::R15, "the route is gone".to_owned());
            }
        }
        _ => {}
    }
    // The limit of a whole run follows from its stages: another order of stages says more than the sum.
    let fewer =
        change.id.kind == "WorkflowTemplate" && change.fields().iter().any(|field| field.path.contains(".steps["));
    for field in change.fields().iter().filter(|field| !fewer || field.path != "spec.activeDeadlineSeconds") {
        if let Some((before, after)) = lowered(field) {
            add(Code::R08, format!("`{}` {before} -> {after} seconds", field.path));
        }
    }
}

/// The pods of a workload, its selector and its canary.
fn workload(change: &Change, add: &mut impl FnMut(Code, String)) {
    let fields = change.fields();
    if let Some(field) = fields.iter().find(|field| field.path.starts_with("spec.selector")) {
        add(Code::R03, described(field));
    }
    let template = fields.iter().filter(|field| field.path.starts_with("spec.template")).count();
    if template > 0 {
        add(Code::R04, format!("{template} field{} of its pods", if template == 1 { "" } else { "s" }));
    }
    for field in fields.iter().filter(|field| field.path.starts_with("spec.strategy.canary.analysis")) {
        if field.new.is_none() {
            add(Code::R10, described(field));
        }
    }
    let pauses = |object: &Option<Object>| object.as_ref().map_or(0, |object| super::headline::pauses(&object.value));
    let (before, after) = (pauses(&change.old), pauses(&change.new));
    if change.new.is_some() && after < before {
        add(Code::R11, format!("{before} -> {after} seconds of pauses"));
    }
}

/// Steps that are gates, by the words of the language that their names begin with.
const GATES: &[&str] = &["check", "wait-", "test-", "migrate-", "gone-"];

fn workflow(change: &Change, add: &mut impl FnMut(Code, String)) {
    let steps = |object: &Option<Object>| {
        object.as_ref().map(|object| super::headline::steps(&object.value)).unwrap_or_default()
    };
    if change.new.is_none() {
        return;
    }
    let after = steps(&change.new);
    for step in steps(&change.old) {
        if GATES.iter().any(|gate| step.starts_with(gate)) && !after.contains(&step) {
            add(Code::R09, format!("step `{step}`"));
        }
    }
}

/// A workload of one kind that is gone, and one of another kind with its name that is new.
fn replaced(changes: &[Change], found: &mut Vec<Risk>) {
    const KINDS: &[&str] = &["Deployment", "Rollout", "StatefulSet"];
    for gone in
        changes.iter().filter(|change| matches!(change.kind, Kind::Removed) && KINDS.contains(&change.id.kind.as_str()))
    {
        let new = changes.iter().find(|change| {
            matches!(change.kind, Kind::Added)
                && KINDS.contains(&change.id.kind.as_str())
                && (&change.id.folder, &change.id.name) == (&gone.id.folder, &gone.id.name)
        });
        if let Some(new) = new {
            found.push(Risk {
                code: Code::R05,
                object: Some(new.id.clone()),
                what: format!("{} -> {}", gone.id.kind, new.id.kind),
            });
            if gone.id.kind == "Rollout"
                && gone.old.as_ref().is_some_and(|old| old.value.pointer("/spec/strategy/canary/analysis").is_some())
            {
                found.push(Risk { code: Code::R10, object: Some(new.id.clone()), what: "with the canary".to_owned() });
            }
        }
    }
}

/// Keys of Secrets that pods ask for, and did not before.
fn secrets(changes: &[Change], found: &mut Vec<Risk>) {
    fn collect(value: &Value, found: &mut BTreeSet<(String, String)>) {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("secretKeyRef") {
                    let text = |key: &str| reference.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                    found.insert((text("name"), text("key")));
                }
                fields.values().for_each(|value| collect(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut before = BTreeSet::new();
    let mut after: BTreeMap<(String, String), Id> = BTreeMap::new();
    for change in changes {
        if let Some(old) = &change.old {
            collect(&old.value, &mut before);
        }
        let mut keys = BTreeSet::new();
        if let Some(new) = &change.new {
            collect(&new.value, &mut keys);
        }
        keys.into_iter().for_each(|key| {
            after.entry(key).or_insert_with(|| change.id.clone());
        });
    }
    for ((secret, key), id) in after.into_iter().filter(|(key, _)| !before.contains(key)) {
        found.push(Risk { code: Code::R12, object: Some(id), what: format!("key `{key}` of Secret `{secret}`") });
    }
}

/// What the rules of a Role allow, a line a right.
fn rights(role: Option<&Object>) -> BTreeSet<String> {
    let list = |rule: &Value, key: &str| -> Vec<String> {
        let items = rule.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let rules = role.and_then(|role| role.value.get("rules")).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut found = BTreeSet::new();
    for rule in &rules {
        let names = list(rule, "resourceNames");
        let of = if names.is_empty() { String::new() } else { format!(" {}", names.join(" ")) };
        for resource in list(rule, "resources") {
            for verb in list(rule, "verbs") {
                found.insert(format!("{verb} {resource}{of}"));
            }
        }
    }
    found
}

/// Fields that end something after that many seconds.
const LIMITS: &[&str] = &[
    "activeDeadlineSeconds",
    "progressDeadlineSeconds",
    "[timeout-seconds].value",
    "[deadline-seconds].value",
    "[ttl-seconds].value",
];

fn lowered(field: &Field) -> Option<(u64, u64)> {
    if !LIMITS.iter().any(|limit| field.path.ends_with(limit)) {
        return None;
    }
    let number = |value: &Option<Value>| match value {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let (before, after) = (number(&field.old)?, number(&field.new)?);
    (after < before).then_some((before, after))
}

/// A field and its values, in a few words.
fn described(field: &Field) -> String {
    let short = |value: &Value| {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let line = text.lines().next().unwrap_or_default();
        let cut: String = line.chars().take(60).collect();
        if cut.len() < text.len() { format!("`{cut}…`") } else { format!("`{cut}`") }
    };
    match (&field.old, &field.new) {
        (Some(old), Some(new)) => format!("`{}` {} -> {}", field.path, short(old), short(new)),
        (Some(_), None) => format!("`{}` is gone", field.path),
        _ => format!("`{}` is new", field.path),
    }
}
