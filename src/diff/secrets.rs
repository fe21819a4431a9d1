//! Keys of Secrets that are newly required; and what has access to the token that writes to the GitOps repository.

use super::Change;
use crate::files::{Files, Folder};
use crate::objects::{Id, Object, documents};
use crate::providers::{self, host::TOKEN};
use crate::steps::build::{BUILD, SECRETS};
use crate::steps::shared::{GIT_TOKEN, GITOPS_TOKEN};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A key that somebody has to make.
pub struct Needed {
    /// The name of the Secret.
    pub secret: String,
    /// Its key; `*` if the whole Secret is used.
    pub key: String,
    /// Who asks for it.
    pub by: Id,
}

/// A key of a Secret at a place: names are of a namespace.
type Key = (String, String, String);

/// The keys that are asked for by what has changed, by nothing before, and that the tree itself does not make.
pub fn needed(changes: &[Change], old: &Files, new: &Files) -> Vec<Needed> {
    let mut before = BTreeSet::new();
    let mut after: BTreeMap<Key, Id> = BTreeMap::new();
    for change in changes {
        if let Some(old) = &change.old {
            asked(&place(&old.id), &old.value, &mut |key| {
                before.insert(key);
            });
        }
        if let Some(new) = &change.new {
            asked(&place(&new.id), &new.value, &mut |key| {
                after.entry(key).or_insert_with(|| change.id.clone());
            });
        }
    }
    after.retain(|key, _| !before.contains(key));
    // Only then what has not changed is read: it may have asked for them all along.
    if !after.is_empty() {
        let names: BTreeSet<_> = after.keys().map(|(_, secret, _)| secret.clone()).collect();
        let mut used = BTreeSet::new();
        for object in naming(&names, old) {
            asked(&place(&object.id), &object.value, &mut |key| {
                used.insert(key);
            });
        }
        let secrets =
            naming(&names, new).filter(|object| matches!(object.id.kind.as_str(), "Secret" | "ExternalSecret"));
        let made: BTreeSet<_> = secrets.map(|object| (place(&object.id), object.id.name)).collect();
        after.retain(|key, _| !used.contains(key) && !made.contains(&(key.0.clone(), key.1.clone())));
    }
    // The same key in several environments is one to a reader as long as nothing else differs.
    let mut told = BTreeSet::new();
    let all = after.into_iter().map(|((_, secret, key), by)| Needed { secret, key, by });
    all.filter(|needed| told.insert((needed.secret.clone(), needed.key.clone()))).collect()
}

/// Where the names of an object are looked up: an environment, or a namespace.
fn place(id: &Id) -> String {
    match Folder::of(&id.folder) {
        Folder::AppIn(_, environment) | Folder::Environment(environment) => format!("environment {environment}"),
        Folder::Root
        | Folder::App(_)
        | Folder::ArgoCd
        | Folder::Events
        | Folder::Workflows
        | Folder::Access
        | Folder::Other(_) => id.namespace.clone(),
    }
}

/// A Secret whose token has written the GitOps repository.
pub struct Exposed {
    /// Its name.
    pub secret: String,
    /// Who is given it: a template of a workflow.
    pub template: String,
    /// The object with that template.
    pub by: Id,
}

/// The templates that run what others have written, and are given a token now with which the trees of before wrote the
/// GitOps repository. A name may change its role from one commit to the next, and the token in it stays what it was.
pub fn exposed(changes: &[Change], old: &Files, new: &Files) -> Vec<Exposed> {
    let is_workflow = |id: &Id| matches!(id.kind.as_str(), "WorkflowTemplate" | "CronWorkflow");
    if !changes.iter().any(|change| is_workflow(&change.id)) {
        return Vec::new();
    }
    let (written_before, written_now) = (writers(old), writers(new));
    let held_before: BTreeSet<_> = holders(old).into_iter().map(|found| found.secret).collect();
    let mut found = holders(new);
    found.retain(|found| {
        let stays = written_now.contains(&found.secret) && held_before.contains(&found.secret);
        written_before.contains(&found.secret) && !stays
    });
    found
}

/// A secret that the Dockerfile of an image can read.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildSecret {
    /// The template of the build.
    pub template: String,
    /// The name of the Secret.
    pub secret: String,
    /// Its key.
    pub key: String,
}

/// The secrets that the builds of a workflow are given.
pub fn of_builds(workflow: &Value) -> BTreeSet<BuildSecret> {
    let templates = workflow.pointer("/spec/templates").and_then(Value::as_array);
    let builds = templates.into_iter().flatten().filter(|template| is_build(template));
    builds.flat_map(mounted).collect()
}

/// Whether a template builds an image.
pub fn is_build(template: &Value) -> bool {
    let step = template["name"].as_str().filter(|_| template.get("script").is_some()).and_then(providers::step);
    step.is_some_and(|step| step.template == BUILD.template)
}

fn mounted(template: &Value) -> Vec<BuildSecret> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let is_secret = |mount: &Value| mount["mountPath"].as_str().is_some_and(|path| path.starts_with(SECRETS));
    let mounts: Vec<_> = list(&template["script"]["volumeMounts"]).into_iter().filter(is_secret).collect();
    let volumes = list(&template["volumes"]);
    let volumes = volumes.iter().filter(|volume| mounts.iter().any(|mount| mount["name"] == volume["name"]));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let keys = volumes.flat_map(|volume| {
        let secret = text(&volume["secret"]["secretName"]);
        list(&volume["secret"]["items"]).into_iter().map(move |item| (secret.clone(), item))
    });
    keys.map(|(secret, item)| BuildSecret { template: text(&template["name"]), secret, key: text(&item["key"]) })
        .collect()
}

/// The templates of workflows, each with the object that it is of.
fn templates(files: &Files) -> Vec<(Id, Value)> {
    let workflows = Folder::Workflows.file("");
    let texts = files.iter().filter(|(path, _)| path.starts_with(&workflows));
    let objects = texts.flat_map(|(path, text)| documents(path, text)).filter_map(|document| document.object());
    let templates = objects.flat_map(|object| {
        let specs = ["/spec/templates", "/spec/workflowSpec/templates"];
        let found = specs.iter().filter_map(|pointer| object.value.pointer(pointer)?.as_array().cloned()).flatten();
        found.map(|template| (object.id.clone(), template)).collect::<Vec<_>>()
    });
    templates.collect()
}

/// The steps that run only generated scripts.
fn is_own(template: &Value) -> bool {
    let step = template["name"].as_str().and_then(providers::step);
    step.is_some_and(|step| !step.runs_foreign_code)
}

/// The Secrets whose token writes the GitOps repository. Before there were two, it was the one of every step.
fn writers(files: &Files) -> BTreeSet<String> {
    let writes = |template: &Value| {
        let step = template["name"].as_str().and_then(providers::step);
        step.is_some_and(|step| step.reads(GITOPS_TOKEN))
    };
    let mut found = BTreeSet::new();
    for (_, template) in templates(files).iter().filter(|(_, template)| writes(template)) {
        let env = || template["script"]["env"].as_array().into_iter().flatten();
        let two = env().any(|variable| variable["name"] == GITOPS_TOKEN.name);
        let token = if two { GITOPS_TOKEN } else { GIT_TOKEN };
        let token = env().filter(|variable| variable["name"] == token.name);
        found.extend(token.filter_map(|it| Some(it["valueFrom"]["secretKeyRef"]["name"].as_str()?.to_owned())));
    }
    found
}

/// The Secrets of which builds and tasks are given the token.
fn holders(files: &Files) -> Vec<Exposed> {
    let mut found = Vec::new();
    for (by, template) in templates(files).iter().filter(|(_, template)| !is_own(template)) {
        asked("", template, &mut |(_, secret, key)| {
            if key == TOKEN || key == "*" {
                let template = template["name"].as_str().unwrap_or_default().to_owned();
                found.push(Exposed { secret, template, by: by.clone() });
            }
        });
    }
    found
}

fn asked(place: &str, value: &Value, add: &mut impl FnMut(Key)) {
    match value {
        Value::Object(fields) => {
            for (field, named) in [("secretKeyRef", "name"), ("secretRef", "name"), ("secret", "secretName")] {
                let text = |key: &str| Some(fields.get(field)?.get(key)?.as_str()?.to_owned());
                let Some(name) = text(named) else { continue };
                let items = fields.get(field).and_then(|source| source.get("items")?.as_array());
                let keys: Vec<_> = match items {
                    Some(items) => {
                        items.iter().filter_map(|item| Some(item.get("key")?.as_str()?.to_owned())).collect()
                    }
                    None => vec![text("key").unwrap_or_else(|| "*".to_owned())],
                };
                keys.into_iter().for_each(|key| add((place.to_owned(), name.clone(), key)));
            }
            for secret in fields.get("imagePullSecrets").and_then(Value::as_array).into_iter().flatten() {
                if let Some(name) = secret["name"].as_str() {
                    add((place.to_owned(), name.to_owned(), "*".to_owned()));
                }
            }
            fields.values().for_each(|value| asked(place, value, add));
        }
        Value::Array(items) => items.iter().for_each(|item| asked(place, item, add)),
        _ => {}
    }
}

/// The objects in which one of the names occurs as a value.
fn naming<'a>(names: &'a BTreeSet<String>, files: &'a Files) -> impl Iterator<Item = Object> + 'a {
    let ends = |c: char| c.is_whitespace() || ":,\"'{}[]".contains(c);
    let named = move |text: &'a str| text.split(ends).any(|word| names.contains(word));
    let documents = files.iter().filter(move |(_, text)| named(text)).flat_map(|(path, text)| documents(path, text));
    documents.filter(move |document| named(document.text)).filter_map(|document| document.object())
}
