//! What differs in the pods of a workload.

use super::headline::{differs, listed};
use super::volumes;
use crate::model::PLACEHOLDER_HOST;
use crate::model::value::show_duration;
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

/// The containers of a workload, by name.
fn containers(workload: &Value) -> BTreeMap<&str, &Value> {
    let list = workload.pointer("/spec/template/spec/containers").and_then(Value::as_array);
    let named = |container| Some((Value::get(container, "name")?.as_str()?, container));
    list.into_iter().flatten().filter_map(named).collect()
}

/// The containers that had a readiness probe and no longer have one.
pub fn without_readiness<'a>(old: &Value, new: &'a Value) -> Vec<&'a str> {
    let before = containers(old);
    let had = |name: &str| before.get(name).is_some_and(|old| !old[PROBES[0].0].is_null());
    containers(new)
        .into_iter()
        .filter(|(name, new)| had(name) && new[PROBES[0].0].is_null())
        .map(|(name, _)| name)
        .collect()
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
    let (before, after) = (containers(old), containers(new));
    for (name, new) in after {
        let Some(old) = before.get(name) else { continue };
        differs("image", &image(old), &image(new), facts);
        for what in ["cpu", "memory"] {
            differs(what, &measure(old, what), &measure(new, what), facts);
        }
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
                facts.push(format!("{how} {} {}", words::noun(names.len(), "variable"), listed(&names)));
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
