//! Where in an object a value is: its path for messages, and the characters to point at.

use super::schema::Schema;
use super::yaml::{Node, Style, Value};
use crate::source::Span;
use std::rc::Rc;

/// A value on the way from an object to one of its values.
pub(super) struct At<'a> {
    /// What it is in.
    pub above: Option<&'a At<'a>>,
    pub step: PathStep<'a>,
    /// The key that leads to it, if one does.
    pub key: Option<Span>,
    /// What it is validated against.
    pub schema: Rc<Schema>,
    /// Whether it must not be shown.
    pub is_secret: bool,
    /// How it is written.
    pub form: Form,
}

/// How values are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As YAML, where the indentation says what belongs to what.
    Yaml,
    /// In braces.
    Braces,
}

#[derive(Clone, Copy)]
pub(super) enum PathStep<'a> {
    /// An object of this kind.
    Object(&'a str),
    Field(&'a str),
    Item(usize),
}

impl<'a> At<'a> {
    /// An object.
    pub fn object(kind: &'a str, key: Option<Span>, schema: Rc<Schema>) -> Self {
        Self { above: None, step: PathStep::Object(kind), key, schema, is_secret: false, form: Form::Yaml }
    }

    /// A field of it.
    pub fn field<'b>(&'b self, name: &'b str, key: Span, schema: Rc<Schema>) -> At<'b> {
        let secret =
            self.is_secret || (self.kind() == "Secret" && self.above.is_none() && super::secrets::is_secret(name));
        At {
            above: Some(self),
            step: PathStep::Field(name),
            key: Some(key),
            schema,
            is_secret: secret,
            form: self.form,
        }
    }

    /// An item of it.
    pub fn item(&self, index: usize, schema: Rc<Schema>) -> At<'_> {
        let (is_secret, form) = (self.is_secret, self.form);
        At { above: Some(self), step: PathStep::Item(index), key: self.key, schema, is_secret, form }
    }

    /// The kind of the object.
    pub fn kind(&self) -> &str {
        let mut at = self;
        while let Some(above) = at.above {
            at = above;
        }
        if let PathStep::Object(kind) = at.step { kind } else { "" }
    }

    /// The kind, and the path to here: `spec.containers[0]`; empty for the object itself.
    pub fn path(&self) -> String {
        let Some(above) = self.above else { return String::new() };
        let before = above.path();
        match self.step {
            PathStep::Object(_) => before,
            PathStep::Item(index) => format!("{before}[{index}]"),
            PathStep::Field(name) if before.is_empty() => name.to_owned(),
            PathStep::Field(name) if name.contains(['.', '/', '[', ' ']) => format!("{before}[{name:?}]"),
            PathStep::Field(name) => format!("{before}.{name}"),
        }
    }

    /// The path of one of its fields.
    pub fn path_of(&self, name: &str) -> String {
        let before = self.path();
        if before.is_empty() { name.to_owned() } else { format!("{before}.{name}") }
    }

    /// Where to point for a value: at the value itself, if it is on its line alone and may be shown; else at its key.
    pub fn span(&self, node: &Node) -> Span {
        let is_block = node.style == Style::Plain && matches!(node.value, Value::Map(_) | Value::List(_));
        let key = self.key.filter(|_| !matches!(self.step, PathStep::Item(_)));
        match key {
            Some(key) if self.is_secret || is_block || node.span.start == node.span.end => key,
            _ if is_block => first(node),
            _ => node.span,
        }
    }
}

/// The first key, or the first value, of a map or list.
pub(super) fn first(node: &Node) -> Span {
    match &node.value {
        Value::Map(entries) => entries.iter().map(|entry| entry.key.span).min().unwrap_or(node.span),
        Value::List(items) => items.first().map_or(node.span, |item| first(item)),
        _ => node.span,
    }
}
