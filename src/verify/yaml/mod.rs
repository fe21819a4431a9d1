//! YAML → trees with a place for every key and value, as kubectl reads it. JSON is YAML here.

pub(super) mod errors;
pub mod plain;
mod read;

pub use read::{Document, read};

use crate::source::{Span, Spanned};
use serde_json::Value as Json;
use std::rc::Rc;

/// A value, and where it is written. An alias is the very node that its anchor names.
#[derive(Debug)]
pub struct Node {
    /// Where; of what is not written at all, where it would be. Of a map or list in lines it ends with its last value.
    pub span: Span,
    /// What it is.
    pub value: Value,
    /// How it is written.
    pub style: Style,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A string without quotes, or a block map or list.
    Plain,
    /// In quotes, or in brackets.
    Enclosed,
    /// A block scalar, after `|` or `>`.
    Lines,
}

/// What a value is.
#[derive(Debug)]
pub enum Value {
    /// Nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Rc<Node>>),
    /// A map.
    Map(Vec<Entry>),
    /// What could not be read, which was reported.
    Unread,
}

/// A key of a map with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// As kubectl reads it: always a string.
    pub key: Spanned<String>,
    /// The value.
    pub value: Rc<Node>,
}

impl Node {
    /// The value of a key of a map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key.value == key),
            _ => None,
        }
    }

    /// The string for a key of a map.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.value.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// As plain data, without positions.
    #[must_use]
    pub fn json(&self) -> Json {
        self.value.json()
    }
}

impl Value {
    /// As plain data.
    #[must_use]
    pub fn json(&self) -> Json {
        match self {
            Self::Null | Self::Unread => Json::Null,
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Float(value) => (*value).into(),
            Self::Text(value) => value.as_str().into(),
            Self::List(items) => items.iter().map(|item| item.json()).collect(),
            Self::Map(entries) => {
                entries.iter().map(|entry| (entry.key.value.clone(), entry.value.json())).collect::<Json>()
            }
        }
    }
}
