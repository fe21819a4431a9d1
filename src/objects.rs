//! The files of a tree → its objects, each with a name by which it is found on the other side.

use serde_json::Value;
use std::fmt;

/// Which object it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    /// The folder of its file: two environments may contain the same name.
    pub folder: String,
    /// `Rollout`; for a file that is not a manifest, its name.
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

/// A part of a file that contains one object; for a file that is not YAML, the whole file.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    path: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// The parts of a file.
pub fn documents<'a>(path: &'a str, text: &'a str) -> impl Iterator<Item = Document<'a>> {
    let mut parts = Vec::new();
    let mut begin = 0;
    // In a file of another kind the line is text. The newline before it belongs to what is above: that may end with a text
    // that keeps trailing newlines.
    for (at, line) in text.match_indices("\n---\n").filter(|_| is_yaml(path)) {
        parts.push(&text[begin..=at]);
        begin = at + line.len();
    }
    parts.push(&text[begin..]);
    parts.into_iter().map(move |text| Document { path, text })
}

fn is_yaml(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

impl<'a> Document<'a> {
    /// What distinguishes it from others: where it ends in its file does not count.
    #[must_use]
    pub fn content(&self) -> &'a str {
        if is_yaml(self.path) { self.text.strip_suffix('\n').unwrap_or(self.text) } else { self.text }
    }

    /// Its object; none if there is nothing but comments. What is neither YAML nor JSON is one object with a text.
    #[must_use]
    pub fn object(&self) -> Option<Object> {
        let (folder, file) = self.path.rsplit_once('/').unwrap_or(("", self.path));
        let whole = |value: Value| Object {
            id: Id { folder: folder.to_owned(), kind: file.to_owned(), namespace: String::new(), name: String::new() },
            file: self.path.to_owned(),
            value,
        };
        let as_text = || whole(Value::String(self.text.to_owned()));
        if file.ends_with(".json") {
            return Some(serde_json::from_str(self.text).map_or_else(|_| as_text(), whole));
        }
        if !is_yaml(self.path) {
            return Some(as_text());
        }
        match serde_yaml::from_str::<Value>(self.text) {
            Ok(Value::Null) => None,
            Ok(value) => Some(object(folder, file, self.path, value)),
            Err(_) => Some(as_text()),
        }
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
