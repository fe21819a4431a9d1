//! Two values → the fields in which they differ. Items of a list are matched by what they are called, not by their number.

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::BTreeMap;

/// A field that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// `spec.template.spec.containers[web].env[LOG_LEVEL].value`
    pub path: String,
    /// The value before, if there was one.
    pub old: Option<Value>,
    /// The value after, if there is one.
    pub new: Option<Value>,
}

impl Field {
    /// Whether both sides are texts of several lines, whose lines are worth a comparison.
    #[must_use]
    pub fn is_text(&self) -> bool {
        let lines =
            |value: &Option<Value>| value.as_ref().and_then(Value::as_str).is_some_and(|text| text.contains('\n'));
        lines(&self.old) && lines(&self.new)
    }
}

/// The fields in which two values differ, in the order of the new one.
#[must_use]
pub fn compare(old: &Value, new: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    walk("", old, new, &mut found);
    found
}

fn walk(path: &str, old: &Value, new: &Value, found: &mut Vec<Field>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
                removed(&join(path, key), value, found);
            }
            for (key, value) in after {
                match before.get(key) {
                    Some(old) => walk(&join(path, key), old, value, found),
                    None => added(&join(path, key), value, found),
                }
            }
        }
        (Value::Array(before), Value::Array(after)) => list(path, before, after, found),
        (Value::String(before), Value::String(after)) => match (json(before), json(after)) {
            // JSON in a text is compared as what it says.
            (Some(before), Some(after)) => walk(path, &before, &after, found),
            _ => changed(path, old, new, found),
        },
        _ => changed(path, old, new, found),
    }
}

fn changed(path: &str, old: &Value, new: &Value, found: &mut Vec<Field>) {
    // A file that is not a manifest is a single string.
    let path = if path.is_empty() { "text" } else { path };
    found.push(Field { path: path.to_owned(), old: Some(old.clone()), new: Some(new.clone()) });
}

fn added(path: &str, value: &Value, found: &mut Vec<Field>) {
    found.push(Field { path: path.to_owned(), old: None, new: Some(value.clone()) });
}

fn removed(path: &str, value: &Value, found: &mut Vec<Field>) {
    found.push(Field { path: path.to_owned(), old: Some(value.clone()), new: None });
}

fn json(text: &str) -> Option<Value> {
    let value: Value = text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()?;
    (value.is_object() || value.is_array()).then_some(value)
}

/// A path and a key; a key with dots or slashes is put into brackets.
fn join(path: &str, key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_$".contains(c));
    match (path.is_empty(), plain) {
        (true, true) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{key}]"),
    }
}

fn list(path: &str, old: &[Value], new: &[Value], found: &mut Vec<Field>) {
    if let (Some(before), Some(after)) = (named(old), named(new)) {
        let (known, kept) = (by_name(&before), by_name(&after));
        for (name, value) in before.iter().filter(|(name, _)| !kept.contains_key(name.as_str())) {
            removed(&format!("{path}[{name}]"), value, found);
        }
        for (name, value) in &after {
            let path = format!("{path}[{name}]");
            match known.get(name.as_str()) {
                Some(old) => walk(&path, old, value, found),
                None => added(&path, value, found),
            }
        }
        let order = |list: &[(String, &Value)], other: &BTreeMap<&str, &Value>| -> Vec<String> {
            list.iter().map(|(name, _)| name).filter(|name| other.contains_key(name.as_str())).cloned().collect()
        };
        let (first, second) = (order(&before, &kept), order(&after, &known));
        if first != second {
            changed(&format!("{path} (order)"), &first.into(), &second.into(), found);
        }
        return;
    }
    // Without names, equal items are matched in order, and what is between two equal items belongs together.
    let texts = |list: &[Value]| -> Vec<String> { list.iter().map(Value::to_string).collect() };
    for op in capture_diff_slices(Algorithm::Myers, &texts(old), &texts(new)) {
        match op {
            DiffOp::Equal { .. } => {}
            DiffOp::Delete { old_index, old_len, .. } => {
                (old_index..old_index + old_len).for_each(|at| removed(&format!("{path}[{at}]"), &old[at], found));
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                (new_index..new_index + new_len).for_each(|at| added(&format!("{path}[{at}]"), &new[at], found));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                for step in 0..old_len.max(new_len) {
                    match (step < old_len, step < new_len) {
                        (true, true) => {
                            let path = format!("{path}[{}]", new_index + step);
                            walk(&path, &old[old_index + step], &new[new_index + step], found);
                        }
                        (true, false) => {
                            removed(&format!("{path}[{}]", old_index + step), &old[old_index + step], found)
                        }
                        _ => added(&format!("{path}[{}]", new_index + step), &new[new_index + step], found),
                    }
                }
            }
        }
    }
}

/// What the items of a list are called, if each has a name and no two have the same.
fn named(list: &[Value]) -> Option<Vec<(String, &Value)>> {
    let names: Vec<_> = list.iter().map(|item| Some((name(item)?, item))).collect::<Option<_>>()?;
    (by_name(&names).len() == names.len()).then_some(names)
}

fn by_name<'a>(list: &'a [(String, &'a Value)]) -> BTreeMap<&'a str, &'a Value> {
    list.iter().map(|(name, value)| (name.as_str(), *value)).collect()
}

/// The fields that name an item, the first that it has; after them what a patch is for.
const NAMES: &[&str] = &["name", "key", "mountPath", "templateName"];

/// What an item is called: by the field that names things of its kind, or of a group of steps by the steps in it.
fn name(item: &Value) -> Option<String> {
    match item {
        Value::Object(fields) => {
            let of = |key: &&str| fields.get(*key).and_then(Value::as_str).map(str::to_owned);
            NAMES.iter().find_map(of).or_else(|| patch(fields))
        }
        Value::Array(items) if !items.is_empty() => {
            let names: Option<Vec<_>> = items.iter().map(name).collect();
            Some(names?.join(" "))
        }
        _ => None,
    }
}

/// What a patch of Kustomize is called: by what it patches.
fn patch(fields: &serde_json::Map<String, Value>) -> Option<String> {
    let target = fields.get("target")?.as_object()?;
    let words: Vec<_> = ["kind", "name"].iter().filter_map(|key| target.get(*key)?.as_str()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
