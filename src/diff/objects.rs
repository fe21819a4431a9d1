//! The files of a tree → its objects, each with a name by which it is found on the other side.

use serde_json::Value;
use std::fmt;

/// Which object it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    /// The folder of its file: the same name may stand in two environments.
    pub folder: String,
    /// `Rollout`; of a file that is no manifest its name.
    pub kind: String,
    /// Its namespace; empty without one.
    pub namespace: String,
    /// Its name; empty without one.
    pub name: String,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.is_empty(), self.folder.is_empty()) {
            (true, true) => write!(f, "{}", self.kind),
            (true, false) => write!(f, "{} in {}", self.kind, self.folder),
            (false, true) => write!(f, "{} {}", self.kind, self.name),
            (false, false) => write!(f, "{} {} in {}", self.kind, self.name, self.folder),
        }
    }
}

/// An object of a tree.
#[derive(Debug, Clone)]
pub struct Object {
    /// Which one.
    pub id: Id,
    /// The file that it is in.
    pub file: String,
    /// What it is.
    pub value: Value,
}

/// The objects of a file. What is neither YAML nor JSON is one object with a text.
#[must_use]
pub fn objects(path: &str, text: &str) -> Vec<Object> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let whole = |value: Value| Object {
        id: Id { folder: folder.to_owned(), kind: file.to_owned(), namespace: String::new(), name: String::new() },
        file: path.to_owned(),
        value,
    };
    let ending = file.rsplit_once('.').map(|(_, ending)| ending);
    match ending {
        Some("json") => vec![whole(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))],
        Some("yaml" | "yml") => {
            let documents = text.split("\n---\n");
            let parsed: Option<Vec<Value>> = documents.map(|part| serde_yaml::from_str(part).ok()).collect();
            let Some(parsed) = parsed else { return vec![whole(Value::String(text.to_owned()))] };
            parsed.into_iter().filter(|value| !value.is_null()).map(|value| object(folder, file, path, value)).collect()
        }
        _ => vec![whole(Value::String(text.to_owned()))],
    }
}

fn object(folder: &str, file: &str, path: &str, value: Value) -> Object {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = text("/kind");
    let id = Id {
        folder: folder.to_owned(),
        kind: if kind.is_empty() { file.to_owned() } else { kind },
        namespace: text("/metadata/namespace"),
        name: text("/metadata/name"),
    };
    Object { id, file: path.to_owned(), value }
}

/// Which of the new objects is the old one with another name or place, when that is clear.
#[must_use]
pub fn renamed(old: &Object, new: &[&Object]) -> Option<usize> {
    let shape = nameless(old, old);
    let alike = |candidate: &&Object| candidate.id.kind == old.id.kind && nameless(candidate, candidate) == shape;
    let mut found = new.iter().enumerate().filter(|(_, candidate)| alike(candidate)).map(|(at, _)| at);
    let first = found.next()?;
    if found.next().is_none() {
        return Some(first);
    }
    // Of several that are alike, the one that has kept its name or its place.
    let near = |object: &Object| object.id.name == old.id.name || object.file == old.file;
    new.iter().position(|candidate| alike(candidate) && near(candidate))
}

/// The object without its name, wherever that stands in it.
#[must_use]
pub fn nameless(object: &Object, names: &Object) -> Value {
    fn strip(value: &Value, names: &[&str]) -> Value {
        match value {
            Value::String(text) => Value::String(names.iter().fold(text.clone(), |text, name| text.replace(name, "·"))),
            Value::Array(items) => items.iter().map(|item| strip(item, names)).collect(),
            Value::Object(entries) => {
                entries.iter().map(|(key, value)| (strip_key(key, names), strip(value, names))).collect()
            }
            other => other.clone(),
        }
    }
    fn strip_key(key: &str, names: &[&str]) -> String {
        names.iter().fold(key.to_owned(), |key, name| key.replace(name, "·"))
    }
    let names: Vec<_> =
        [names.id.name.as_str(), names.id.namespace.as_str()].into_iter().filter(|name| name.len() > 2).collect();
    strip(&object.value, &names)
}
