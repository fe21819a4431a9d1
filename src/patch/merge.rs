//! The strategic merge of a patch with a generated object: maps are merged by key, and lists of things with names item by
//! item; any other list or value replaces the generated one.
//!
//! What is added to a list is added at its end: the placeholders of a run refer to items by their index.

use super::kinds::{EVERYWHERE, Kind, Owned, When, merge_key};
use crate::model::{Setting, Settings};
use crate::source::Span;
use serde_json::{Map, Value};

/// A field that cannot be changed.
#[derive(Debug)]
pub struct Refusal {
    /// Where the patch has it.
    pub span: Span,
    /// Its path.
    pub path: String,
    /// Why.
    pub why: Why,
}

/// Why a field cannot be changed.
#[derive(Debug)]
pub enum Why {
    /// The compiler owns it, for this reason.
    Owned(&'static str),
    /// The compiler writes a value there, and only adds are possible.
    Generated,
    /// An item of a list does not have the field that tells items apart.
    NoKey(&'static str),
    /// A container that is not in the pod, and has no image: the names of those that are.
    NoImage(Vec<String>),
}

/// Merges the fields of a patch into an object. Returns the paths that it sets, and what it cannot set.
pub fn merge(object: &mut Value, fields: &Settings, kind: &Kind) -> (Vec<String>, Vec<Refusal>) {
    let mut merger = Merger { kind, path: Vec::new(), set: Vec::new(), refusals: Vec::new() };
    merger.map(object, fields);
    (merger.set, merger.refusals)
}

struct Merger<'a> {
    kind: &'a Kind,
    path: Vec<String>,
    set: Vec<String>,
    refusals: Vec<Refusal>,
}

impl Merger<'_> {
    fn map(&mut self, target: &mut Value, fields: &Settings) {
        if !target.is_object() {
            *target = Value::Object(Map::new());
        }
        let Value::Object(known) = target else { return };
        for (key, value) in fields {
            self.path.push(key.value.clone());
            let there = known.contains_key(&key.value);
            if let Some(owned) = self.owned(there) {
                self.refuse(key.span, Why::Owned(owned.reason));
            } else {
                let field = known.entry(key.value.clone()).or_insert(Value::Null);
                self.field(field, &key.value, &value.value, key.span);
            }
            self.path.pop();
        }
    }

    fn field(&mut self, target: &mut Value, name: &str, value: &Setting, span: Span) {
        match value {
            Setting::Map(fields) if target.is_object() || target.is_null() => self.map(target, fields),
            Setting::List(items) => match merge_key(name) {
                Some(key) if target.is_array() || target.is_null() => {
                    if target.is_null() {
                        *target = Value::Array(Vec::new());
                    }
                    for item in items {
                        self.item(target, name, key, &item.value, item.span);
                    }
                }
                _ => self.put(target, value, span),
            },
            _ => self.put(target, value, span),
        }
    }

    fn item(&mut self, target: &mut Value, list: &str, key: &'static str, item: &Setting, span: Span) {
        let Value::Array(known) = target else { return };
        let Setting::Map(fields) = item else { return known.push(plain(item)) };
        let Some(identity) = fields.iter().find(|(name, _)| name.value == key).map(|(_, value)| plain(&value.value))
        else {
            return self.refuse(span, Why::NoKey(key));
        };
        self.path.push(identity.as_str().map_or_else(|| identity.to_string(), str::to_owned));
        let found = known.iter().position(|item| item.get(key) == Some(&identity));
        if let Some(owned) = self.owned(found.is_some()) {
            self.refuse(span, Why::Owned(owned.reason));
        } else if let Some(at) = found {
            // The key of an item that is there says only which one is meant.
            let rest: Settings = fields.iter().filter(|(name, _)| name.value != key).cloned().collect();
            self.map(&mut known[at], &rest);
        } else if matches!(list, "containers" | "initContainers")
            && fields.iter().all(|(name, _)| name.value != "image")
        {
            // The API server rejects it; most likely the name of an existing one is misspelt.
            let names = known.iter().filter_map(|item| item.get(key)?.as_str());
            let names = names.map(str::to_owned).collect();
            self.refuse(span, Why::NoImage(names));
        } else {
            self.set.push(self.shown());
            known.push(plain(item));
        }
        self.path.pop();
    }

    fn put(&mut self, target: &mut Value, value: &Setting, span: Span) {
        let value = plain(value);
        if self.kind.only_adds && !target.is_null() && *target != value {
            return self.refuse(span, Why::Generated);
        }
        self.set.push(self.shown());
        *target = value;
    }

    fn owned(&self, there: bool) -> Option<&'static Owned> {
        let all = EVERYWHERE.iter().chain(self.kind.owned);
        all.filter(|owned| there || owned.when == When::Always).find(|owned| {
            let mut parts = owned.path.split('.');
            let fits = self.path.iter().all(|name| parts.next().is_some_and(|part| part == "*" || part == name));
            fits && parts.next().is_none()
        })
    }

    /// The path as messages and the annotation show it: `metadata.annotations["acme.io/team"]`.
    fn shown(&self) -> String {
        let mut shown = String::new();
        for name in &self.path {
            if name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)) {
                shown.push_str(&format!("[{name:?}]"));
            } else {
                shown.push_str(if shown.is_empty() { "" } else { "." });
                shown.push_str(name);
            }
        }
        shown
    }

    fn refuse(&mut self, span: Span, why: Why) {
        self.refusals.push(Refusal { span, path: self.shown(), why });
    }
}

/// A value of a patch, all of which is known when the compiler runs.
pub(super) fn plain(value: &Setting) -> Value {
    match value {
        Setting::Text(text) => Value::String(text.known().unwrap_or_default()),
        Setting::Number(number) => number.parse().map_or_else(|_| Value::String(number.clone()), Value::Number),
        Setting::Bool(value) => Value::Bool(*value),
        Setting::List(items) => items.iter().map(|item| plain(&item.value)).collect(),
        Setting::Map(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.value.clone(), plain(&value.value))).collect())
        }
    }
}
