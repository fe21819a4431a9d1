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
