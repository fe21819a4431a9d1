//! What differs in the pods of a workload.

use super::headline::{differs, listed};
use super::volumes;
use crate::model::PLACEHOLDER_HOST;
use crate::model::value::show_duration;
use crate::names;
use crate::objects::Object;
use crate::schema::probes::ProbeKind;
use crate::words;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The probes of a container: the field of each, and its word.
const PROBES: [(&str, &str); 3] = [
    ("readinessProbe", ProbeKind::Ready.word()),
    ("livenessProbe", ProbeKind::Live.word()),
    ("startupProbe", ProbeKind::Start.word()),
];

/// Fields of pods, as pointers, and the words for them.
const FIELDS: [(&str, &str); 4] = [
    ("serviceAccountName", "account"),
    ("terminationGracePeriodSeconds", "time to stop"),
    ("priorityClassName", "priority"),
    ("topologySpreadConstraints/0/topologyKey", "spread over"),
];

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "'"))
}

fn shown(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => format!("`{}`", text.replace('`', "'")),
        Some(Value::Number(seconds)) => seconds.as_u64().map(show_duration).unwrap_or_default(),
        _ => String::new(),
    }
}

/// The containers of a workload with those that start before them, by name; that of the service, which is the first and
/// is named after the workload, under an empty name.
fn containers(workload: &Value) -> BTreeMap<&str, &Value> {
    let list = |field: &str| workload.pointer(&format!("/spec/template/spec/{field}")).and_then(Value::as_array);
    let named = |container| Some((Value::get(container, "name")?.as_str()?, container));
    let own = list("containers").and_then(|list| list.first()).map(|container| ("", container));
    let others = list("containers").into_iter().flatten().skip(1).chain(list("initContainers").into_iter().flatten());
    own.into_iter().chain(others.filter_map(named)).collect()
}

/// The containers that had a readiness probe and no longer have one.
pub fn without_readiness(old: &Value, new: &Value) -> Vec<String> {
    let before = containers(old);
    let had = |name: &str| before.get(name).is_some_and(|old| !old[PROBES[0].0].is_null());
    let lost = containers(new).into_iter().filter(|(name, new)| had(name) && new[PROBES[0].0].is_null());
    lost.map(|(_, container)| quoted(container["name"].as_str().unwrap_or_default())).collect()
}

/// What differs in the volumes of a workload.
fn directories(old: &Value, new: &Value, facts: &mut Vec<String>) {
    let (before, after) = (volumes::mounted(old), volumes::mounted(new));
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for path in paths {
        let of = |volumes: &BTreeMap<String, String>| volumes.get(path).cloned().unwrap_or_default();
        differs(&format!("volume `{}`", path.replace('`', "'")), &of(&before), &of(&after), facts);
    }
}

/// What differs in the containers of a workload: image, cpu and memory, probes, and the names of its variables.
pub fn differences(old: &Value, new: &Value, facts: &mut Vec<String>) {
    directories(old, new, facts);
    for (pointer, what) in FIELDS {
        let text = |workload: &Value| shown(workload.pointer(&format!("/spec/template/spec/{pointer}")));
        differs(what, &text(old), &text(new), facts);
    }
    let (before, after) = (containers(old), containers(new));
    let added = after.keys().filter(|name| !before.contains_key(*name));
    let removed = before.keys().filter(|name| !after.contains_key(*name));
    facts.extend(added.map(|name| format!("new container {}", quoted(name))));
    facts.extend(removed.map(|name| format!("container {} removed", quoted(name))));
    for (name, new) in after {
        let Some(old) = before.get(name) else { continue };
        // A service or a cron job of another name is another one.
        if old["name"] != new["name"] {
            continue;
        }
        // What is said of another container than the service's begins with its name.
        let of = if name.is_empty() { String::new() } else { format!("{} ", quoted(name)) };
        let differs = |what: &str, old: &str, new: &str, facts: &mut Vec<String>| {
            differs(&format!("{of}{what}"), old, new, facts);
        };
        differs("image", &image(old), &image(new), facts);
        for what in ["cpu", "memory"] {
            differs(what, &measure(old, what), &measure(new, what), facts);
        }
        differs("ports", &ports(old), &ports(new), facts);
        for (field, kind) in PROBES {
            differs(&format!("probe {kind}"), &probe(&old[field]), &probe(&new[field]), facts);
        }
        let (before, after) = (variables(old), variables(new));
        let other = |list: &BTreeMap<String, Value>, than: &BTreeMap<String, Value>| -> Vec<String> {
            list.keys().filter(|name| !than.contains_key(*name)).map(|name| format!("`{name}`")).collect()
        };
        let changed: Vec<_> = after
            .iter()
            .filter(|(name, value)| before.get(*name).is_some_and(|old| old != *value))
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        for (names, how) in
            [(other(&after, &before), "added"), (changed, "changed"), (other(&before, &after), "removed")]
        {
            if !names.is_empty() {
                facts.push(format!("{of}{how} {} {}", words::noun(names.len(), "variable"), listed(&names)));
            }
        }
    }
}

/// The image of a container: by its name in the language, if a run builds it.
fn image(container: &Value) -> String {
    let text = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let built = text.strip_prefix(PLACEHOLDER_HOST).and_then(|name| name.split_once('/'));
    let name = built.map_or_else(|| text.to_owned(), |(app, image)| format!("{app}.{image}"));
    format!("`{}`", name.replace('`', "'"))
}

/// What a container asks for and may have, as the language writes it.
pub fn measure(container: &Value, what: &str) -> String {
    let of = |kind: &str| match container.pointer(&format!("/resources/{kind}/{what}")) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let (request, limit) = (of("requests"), of("limits"));
    if request == limit || limit.is_empty() { request } else { format!("{request}..{limit}") }
}

fn variables(container: &Value) -> BTreeMap<String, Value> {
    let list = container.get("env").and_then(Value::as_array);
    let named = |variable: &Value| Some((variable.get("name")?.as_str()?.to_owned(), variable.clone()));
    list.into_iter().flatten().filter_map(named).collect()
}

/// The ports of a container: `http 8080, grpc 9000`.
fn ports(container: &Value) -> String {
    let list = container["ports"].as_array().into_iter().flatten();
    let port = |port: &Value| {
        let name = port["name"].as_str().unwrap_or_default().replace(['`', '\n'], "'");
        format!("{name} {}", port["containerPort"])
    };
    list.map(port).collect::<Vec<_>>().join(", ")
}

/// The account of the new pods, if it is another one than that of the old pods.
pub fn other_account(old: &Value, new: &Value) -> Option<String> {
    let account = |workload: &Value| {
        let name = workload.pointer("/spec/template/spec/serviceAccountName")?.as_str()?;
        Some(name.replace('`', "'"))
    };
    account(new).filter(|name| account(old).as_ref() != Some(name))
}

/// The annotations of an account that it did not have before with that value.
pub fn new_annotations(old: Option<&Object>, new: Option<&Object>) -> Vec<String> {
    let annotations = |object: Option<&Object>| -> BTreeMap<String, Value> {
        let map = object.and_then(|object| object.value.pointer("/metadata/annotations")?.as_object());
        map.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let before = annotations(old);
    let patched = names::key(names::PATCHED);
    let is_new = |(key, value): &(String, Value)| *key != patched && before.get(key) != Some(value);
    annotations(new).into_iter().filter(is_new).map(|(key, _)| key.replace('`', "'")).collect()
}

/// What a probe asks, and how often: `` `/live on port http` every 10s, fails after 3 ``.
fn probe(probe: &Value) -> String {
    let number = |field: &str, default: u64| probe[field].as_u64().unwrap_or(default);
    let port = |of: &Value| of.as_str().map_or_else(|| of.to_string(), str::to_owned);
    let asked = match probe {
        Value::Object(fields) if fields.contains_key("httpGet") => {
            let http = &probe["httpGet"];
            format!("{} on port {}", http["path"].as_str().unwrap_or("/"), port(&http["port"]))
        }
        Value::Object(fields) if fields.contains_key("tcpSocket") => {
            format!("tcp {}", port(&probe["tcpSocket"]["port"]))
        }
        Value::Object(fields) if fields.contains_key("grpc") => format!("grpc {}", port(&probe["grpc"]["port"])),
        Value::Object(fields) if fields.contains_key("exec") => {
            let words = probe["exec"]["command"].as_array().into_iter().flatten().filter_map(Value::as_str);
            words.collect::<Vec<_>>().join(" ")
        }
        _ => return String::new(),
    };
    let line: String = asked.chars().filter(|c| !c.is_control()).take(60).collect();
    format!(
        "`{}` every {}, fails after {}",
        line.replace('`', "'"),
        show_duration(number("periodSeconds", 10)),
        number("failureThreshold", 3)
    )
}
