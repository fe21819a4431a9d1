//! How a change of the sources affects the cluster: two sets of generated trees, compared by object and by field.
//!
//! [`diff`] compares, [`rename`] detects renamed objects, [`risk`] finds what is dangerous, [`headline`] summarizes what it
//! means, and `effect` when it takes effect; [`render`] prints all of it for a terminal, a review comment or a program.

pub mod configs;
mod effect;
pub mod fields;
pub mod headline;
mod pods;
mod privileges;
pub mod rename;
pub mod render;
pub mod risk;
mod secrets;
mod sources;
mod volumes;

use crate::files::Files;
use crate::names;
use crate::objects::{Id, Object, documents};
use crate::record::RECORD;
use fields::Field;
use rename::Nameless;
use risk::Risk;
use serde_json::Value;
use std::collections::BTreeMap;

/// The trees of all targets.
pub type Trees = BTreeMap<String, Files>;

/// What differs between the trees of all targets.
#[derive(Debug, Clone, Default)]
pub struct Diff {
    /// The targets in which something differs, by name.
    pub targets: BTreeMap<String, Target>,
}

/// What differs in the tree of one target.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Whether the target is added or removed.
    pub whole: Option<Whole>,
    /// The objects that differ, by file and name.
    pub objects: Vec<Change>,
    /// What is dangerous about it, the worst first.
    pub risks: Vec<Risk>,
    /// What it means, for whom.
    pub headlines: Vec<String>,
    /// When which part of it takes effect.
    pub effects: Vec<String>,
}

/// A target that is only on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// It is new.
    Added,
    /// It is removed.
    Removed,
}

/// An object that differs.
#[derive(Debug, Clone)]
pub struct Change {
    /// Which one, on the new side if it is there.
    pub id: Id,
    /// How it differs.
    pub kind: ChangeKind,
    /// The object before.
    pub old: Option<Object>,
    /// The object after.
    pub new: Option<Object>,
}

/// How an object differs.
#[derive(Debug, Clone)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is removed.
    Removed,
    /// It has another name or place, and perhaps other fields.
    Renamed {
        /// Which one it was.
        from: Id,
        /// What differs beside the name.
        fields: Vec<Field>,
    },
    /// Some of its fields differ.
    Changed(Vec<Field>),
}

impl Change {
    /// The fields that differ.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        match &self.kind {
            ChangeKind::Changed(fields) | ChangeKind::Renamed { fields, .. } => fields,
            ChangeKind::Added | ChangeKind::Removed => &[],
        }
    }
}

/// Compares two sets of trees.
#[must_use]
pub fn diff(old: &Trees, new: &Trees) -> Diff {
    let names = old.keys().chain(new.keys());
    let mut targets = BTreeMap::new();
    for name in names {
        let target = match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) => target(old, new, None),
            (None, Some(new)) => target(&Files::default(), new, Some(Whole::Added)),
            (Some(old), None) => target(old, &Files::default(), Some(Whole::Removed)),
            (None, None) => continue,
        };
        if target.whole.is_some() || !target.objects.is_empty() {
            targets.insert(name.clone(), target);
        }
    }
    Diff { targets }
}

fn target(old: &Files, new: &Files, whole: Option<Whole>) -> Target {
    // Reading is most of the work, and neither side needs the other's objects.
    let (before, mut after) = std::thread::scope(|scope| {
        let before = scope.spawn(|| read(old, new));
        let after = read(new, old);
        (before.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), after)
    });
    let mut found = Vec::new();
    let mut gone = Vec::new();
    for (id, old) in before {
        let Some(new) = after.remove(&id) else {
            gone.push(old);
            continue;
        };
        let fields = fields::compare(&old.value, &new.value);
        if !fields.is_empty() {
            found.push(Change { id, kind: ChangeKind::Changed(fields), old: Some(old), new: Some(new) });
        }
    }
    renamed(gone, after.into_values().collect(), &mut found);
    found.sort_by(|a, b| (headline::place(&a.id), &a.id).cmp(&(headline::place(&b.id), &b.id)));
    let risks = risk::risks(&found, whole, old, new);
    let headlines = headline::headlines(&found, whole, old, new);
    let effects = effect::effects(&found, whole, old, new);
    Target { whole, objects: found, risks, headlines, effects }
}

/// Adds what is only on one side; as renamed if it is on the other under another name.
fn renamed(gone: Vec<Object>, added: Vec<Object>, found: &mut Vec<Change>) {
    let olds: Vec<_> = gone.iter().map(Nameless::new).collect();
    let news: Vec<_> = added.iter().map(Nameless::new).collect();
    let pairs: BTreeMap<_, _> =
        rename::pairs(&olds, &news).into_iter().map(|(old, new)| (old, (new, olds[old].compare(&news[new])))).collect();
    let mut added: Vec<_> = added.into_iter().map(Some).collect();
    for (at, old) in gone.into_iter().enumerate() {
        let new = pairs.get(&at).and_then(|(new, fields)| Some((added[*new].take()?, fields.clone())));
        found.push(match new {
            Some((new, fields)) => Change {
                id: new.id.clone(),
                kind: ChangeKind::Renamed { from: old.id.clone(), fields },
                old: Some(old),
                new: Some(new),
            },
            None => Change { id: old.id.clone(), kind: ChangeKind::Removed, old: Some(old), new: None },
        });
    }
    let new = |new: Object| Change { id: new.id.clone(), kind: ChangeKind::Added, old: None, new: Some(new) };
    found.extend(added.into_iter().flatten().map(new));
}

/// The objects of a tree that are not the same in the other one: what is the same text is not read at all.
fn read(files: &Files, others: &Files) -> BTreeMap<Id, Object> {
    let mut found = BTreeMap::new();
    for (path, text) in files.iter().filter(|(path, _)| !is_record(path)) {
        let known = others.get(path).map_or("", String::as_str);
        if known == text && others.contains_key(path) {
            continue;
        }
        let mut same: BTreeMap<&str, usize> = BTreeMap::new();
        documents(path, known).for_each(|document| *same.entry(document.content()).or_default() += 1);
        for document in documents(path, text) {
            if let Some(count) = same.get_mut(document.content()).filter(|count| **count > 0) {
                *count -= 1;
                continue;
            }
            let Some(mut object) = document.object() else { continue };
            blank_digests(&mut object);
            // Two of one name in a folder are nothing that a build writes, but neither may hide the other.
            let name = object.id.name.clone();
            let mut number = 2;
            while found.contains_key(&object.id) {
                object.id.name = format!("{name} ({number})");
                number += 1;
            }
            found.insert(object.id.clone(), object);
        }
    }
    found
}

/// Whether a file says what a tree, or a pipeline, is: it changes with everything else, and says nothing by itself.
fn is_record(path: &str) -> bool {
    path == RECORD || path.starts_with("workflows/") && path.ends_with(".json")
}

/// Empties the digests in a template: they change with everything else.
fn blank_digests(object: &mut Object) {
    fn walk(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(walk),
            Value::Object(fields) => {
                let named = fields.get("name").and_then(Value::as_str).is_some_and(|name| DIGESTS.contains(&name));
                if named && fields.get("value").is_some_and(is_digest) {
                    fields.insert("value".into(), Value::from(""));
                }
                fields.values_mut().for_each(walk);
            }
            _ => {}
        }
    }
    if object.id.kind == "WorkflowTemplate" {
        walk(&mut object.value);
        let annotations = object.value.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
        annotations
            .into_iter()
            .flatten()
            .filter(|(key, value)| is_digest(value) && DIGESTS.iter().any(|name| **key == names::key(name)))
            .for_each(|(_, value)| *value = Value::from(""));
    }
}

/// Whether a text is a digest. A user-defined variable may have the same name as a generated one.
fn is_digest(value: &Value) -> bool {
    let is_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    value.as_str().is_some_and(|text| text.len() == 64 && text.bytes().all(is_hex))
}

/// The annotations, inputs and variables with digests.
const DIGESTS: &[&str] = &[names::PIPELINE_DIGEST, names::SHARED_DIGEST, names::STEPS_DIGEST];
