//! A value against its schema.

use super::catalogue::Library;
use super::fields::Fields;
use super::place::At;
use super::schema::{Dialect, Identity, Schema, Type};
use super::yaml::plain::{Scalar, plain};
use super::yaml::{Node, Style, Value};
use super::{Found, errors, fields, format, metadata};
use crate::source::SourceMap;
use regex_lite::Regex;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// A deeper nesting of schemas for one value is a cycle.
const DEEPEST: usize = 32;

/// Suggestions are made for at most this many unknown fields of one object; with more it is a different kind of thing.
const MOST_UNKNOWN: usize = 100;

/// How closely a value is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// Whether unknown fields are errors: not in a schema that is combined with another.
    pub strict: bool,
    /// Whose rules the schema follows.
    pub dialect: Dialect,
    /// How many nested schemas this value has been validated against.
    pub depth: usize,
}

/// What is needed to verify values.
pub(super) struct Values<'a> {
    pub sources: &'a SourceMap,
    pub library: &'a Library<'a>,
    /// Objects within others, which are verified for themselves.
    pub inner: RefCell<Vec<Rc<Node>>>,
    /// The values that are being validated, each with a schema that is combined with others.
    open: RefCell<Vec<(*const Node, *const Schema)>>,
    patterns: RefCell<BTreeMap<String, Option<Regex>>>,
}

impl<'a> Values<'a> {
    pub fn new(sources: &'a SourceMap, library: &'a Library<'a>) -> Self {
        Self { sources, library, inner: RefCell::default(), open: RefCell::default(), patterns: RefCell::default() }
    }

    /// Verifies a value.
    pub fn look(&self, node: &Rc<Node>, at: &At<'_>, look: Look, found: &mut Found) {
        let schema = &at.schema;
        if matches!(node.value, Value::Unread) || look.depth > DEEPEST {
            return;
        }
        if matches!(node.value, Value::Null) && schema.nullable {
            return;
        }
        if !fits_type(schema, &node.value) {
            found.push(errors::wrong_type(node, at, self.sources));
            return;
        }
        if !schema.choices.is_empty() && !schema.choices.iter().any(|choice| same(choice, &node.value)) {
            found.push(errors::no_choice(node, at));
            return;
        }
        match &node.value {
            Value::Int(number) => self.number(*number as f64, Some(*number), node, at, found),
            Value::Float(number) => self.number(*number, None, node, at, found),
            Value::Text(text) => self.text(text, node, at, found),
            Value::List(items) => self.list(items, node, at, look, found),
            Value::Map(_) => self.map(node, at, look, found),
            Value::Null | Value::Bool(_) | Value::Unread => {}
        }
        self.alternatives(node, at, look, found);
    }

    fn number(&self, number: f64, whole: Option<i64>, node: &Node, at: &At<'_>, found: &mut Found) {
        let schema = &at.schema;
        let too_small = schema.minimum.filter(|(limit, exclusive)| number < *limit || *exclusive && number <= *limit);
        let too_large = schema.maximum.filter(|(limit, exclusive)| number > *limit || *exclusive && number >= *limit);
        if let Some((limit, exclusive)) = too_small {
            found.push(errors::out_of_range(node, at, if exclusive { "greater than" } else { "at least" }, limit));
        } else if let Some((limit, exclusive)) = too_large {
            found.push(errors::out_of_range(node, at, if exclusive { "less than" } else { "at most" }, limit));
        } else if schema.format.as_deref() == Some("int32")
            && whole.is_some_and(|number| i32::try_from(number).is_err())
        {
            let (word, limit) = if number < 0.0 { ("at least", i32::MIN) } else { ("at most", i32::MAX) };
            found.push(errors::out_of_range(node, at, word, limit.into()));
        }
        if let Some(factor) = schema.multiple_of {
            let times = number / factor;
            if (times - times.round()).abs() > 1e-9 * times.abs().max(1.0) {
                found.push(errors::no_multiple(node, at, factor));
            }
        }
    }

    fn text(&self, text: &str, node: &Node, at: &At<'_>, found: &mut Found) {
        let schema = &at.schema;
        if schema.quantity {
            if !format::is_quantity(text) {
                found.push(errors::no_quantity(node, at, text));
            }
            return;
        }
        let length = text.chars().count() as u64;
        if let Some(min) = schema.length.min.filter(|min| length < *min) {
            found.push(errors::length(node, at, length, "at least", min));
        }
        if let Some(max) = schema.length.max.filter(|max| length > *max) {
            found.push(errors::length(node, at, length, "at most", max));
        }
        if let Some(pattern) = schema.pattern.as_ref().filter(|pattern| self.matches(pattern, text) == Some(false)) {
            found.push(errors::no_match(node, at, text, pattern));
        }
        if let Some(wanted) = schema.format.as_ref().and_then(|format| format::wanted(format, text)) {
            found.push(errors::malformed(node, at, text, wanted));
        }
    }

    /// Whether a text matches a pattern; nothing of a pattern that cannot be read here.
    fn matches(&self, pattern: &str, text: &str) -> Option<bool> {
        let mut patterns = self.patterns.borrow_mut();
        if !patterns.contains_key(pattern) {
            patterns.insert(pattern.to_owned(), Regex::new(pattern).ok());
        }
        patterns[pattern].as_ref().map(|pattern| pattern.is_match(text))
    }

    fn list(&self, items: &[Rc<Node>], node: &Node, at: &At<'_>, look: Look, found: &mut Found) {
        let schema = &at.schema;
        let count = items.len() as u64;
        if let Some(min) = schema.count.min.filter(|min| count < *min) {
            found.push(errors::count(node, at, count, "item", "at least", min));
        }
        if let Some(max) = schema.count.max.filter(|max| count > *max) {
            found.push(errors::count(node, at, count, "item", "at most", max));
        }
        let own = schema.items.as_ref().map(|items| self.library.resolve(items));
        for (index, item) in items.iter().enumerate() {
            match &own {
                Some(schema) => {
                    self.look(item, &at.item(index, Rc::clone(schema)), Look { depth: 0, ..look }, found);
                }
                None => self.free(item),
            }
        }
        if schema.identity != Identity::None {
            self.repeated(items, at, found);
        }
    }

    fn repeated(&self, items: &[Rc<Node>], at: &At<'_>, found: &mut Found) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (index, item) in items.iter().enumerate() {
            let (id, shown) = match &at.schema.identity {
                Identity::Keys(keys) => {
                    let own = |key: &String| item.get(key).map(|entry| entry.value.json().to_string());
                    let values: Vec<_> = keys.iter().map(own).collect();
                    if values.iter().all(Option::is_none) {
                        continue;
                    }
                    let shown =
                        keys.iter().zip(&values).filter_map(|(key, it)| Some(format!("{key}: {}", it.as_ref()?)));
                    (format!("{values:?}"), shown.collect::<Vec<_>>().join(", "))
                }
                _ => (item.json().to_string(), item.json().to_string()),
            };
            if let Some(first) = seen.get(&id) {
                found.push(errors::repeated(item, &items[*first], &at.item(index, Rc::default()), &shown));
            } else {
                seen.insert(id, index);
            }
        }
    }

    fn map(&self, node: &Rc<Node>, at: &At<'_>, look: Look, found: &mut Found) {
        let schema = &at.schema;
        let Value::Map(entries) = &node.value else { return };
        let count = entries.len() as u64;
        if let Some(min) = schema.fields.min.filter(|min| count < *min) {
            found.push(errors::count(node, at, count, "field", "at least", min));
        }
        if let Some(max) = schema.fields.max.filter(|max| count > *max) {
            found.push(errors::count(node, at, count, "field", "at most", max));
        }
        let known = Fields::of(schema, self.library, look.dialect);
        let is_object = at.above.is_some() && (schema.embedded || known.is_open());
        if is_object && self.is_known_object(node) {
            self.inner.borrow_mut().push(Rc::clone(node));
            return;
        }
        for name in &schema.required {
            let there = node.get(name).is_some_and(|entry| {
                let nullable = || known.get(name).is_some_and(|schema| schema.nullable);
                !matches!(entry.value.value, Value::Null) || nullable()
            });
            let default = || known.get(name).is_some_and(|schema| schema.has_default);
            if !there && !default() {
                found.missing.push((name.clone(), errors::missing(node, at, name)));
            }
        }
        let mut unknown = 0;
        for entry in entries {
            let (name, value) = (&entry.key.value, &entry.value);
            match known.get(name) {
                Some(property) => {
                    // Null counts as absent unless it is an allowed value.
                    if !matches!(value.value, Value::Null) {
                        let inner = at.field(name, entry.key.span, Rc::clone(property));
                        self.look(value, &inner, Look { depth: 0, ..look }, found);
                        if name == "metadata" && look.strict {
                            metadata::labels(value, &inner, found);
                        }
                    }
                }
                None => match known.other() {
                    fields::Other::Any => self.free(value),
                    fields::Other::Of(schema) => {
                        let inner = at.field(name, entry.key.span, Rc::clone(schema));
                        self.look(value, &inner, Look { depth: 0, ..look }, found);
                    }
                    fields::Other::None if look.strict && !is_implicit(name, at) => {
                        unknown += 1;
                        if unknown > MOST_UNKNOWN {
                            found.push(errors::no_such(errors::no_field(entry, at), &[]));
                        } else {
                            fields::unknown(entry, node, at, &known, self.library, look.dialect, found);
                        }
                    }
                    fields::Other::None => {}
                },
            }
        }
    }

    /// A value without a schema may contain objects that have one.
    fn free(&self, node: &Rc<Node>) {
        match &node.value {
            Value::Map(_) if self.is_known_object(node) => self.inner.borrow_mut().push(Rc::clone(node)),
            Value::Map(entries) => entries.iter().for_each(|entry| self.free(&entry.value)),
            Value::List(items) => items.iter().for_each(|item| self.free(item)),
            _ => {}
        }
    }

    fn is_known_object(&self, node: &Node) -> bool {
        // What only refers to an object has no metadata.
        let (Some(version), Some(kind), Some(_)) = (node.text("apiVersion"), node.text("kind"), node.get("metadata"))
        else {
            return false;
        };
        self.library.index.find(super::objects::group(version).0, kind).is_some()
    }

    /// The schemas beside the first one.
    fn alternatives(&self, node: &Rc<Node>, at: &At<'_>, look: Look, found: &mut Found) {
        let schema = &at.schema;
        let beside = Look { strict: false, depth: look.depth + 1, ..look };
        // A schema that is combined with itself adds nothing. Followed to a limit at each level of a value, it would take
        // time that grows exponentially with the depth of the value.
        let this = |schema: &Rc<Schema>| (Rc::as_ptr(node), Rc::as_ptr(schema));
        let one = |schema: &Rc<Schema>, found: &mut Found| {
            let schema = self.library.resolve(schema);
            if self.open.borrow().contains(&this(&schema)) {
                return;
            }
            let own =
                At { above: at.above, step: at.step, key: at.key, schema, is_secret: at.is_secret, form: at.form };
            self.look(node, &own, beside, found);
        };
        self.open.borrow_mut().push(this(schema));
        for part in &schema.all_of {
            one(part, found);
        }
        let fits = |schema: &Rc<Schema>| {
            let mut quiet = Found::default();
            one(schema, &mut quiet);
            quiet.is_empty()
        };
        if !schema.any_of.is_empty() && !schema.any_of.iter().any(fits) {
            found.push(self.none_fits(node, at, &schema.any_of, &one));
        }
        if !schema.one_of.is_empty() {
            match schema.one_of.iter().filter(|part| fits(part)).count() {
                0 => found.push(self.none_fits(node, at, &schema.one_of, &one)),
                1 => {}
                _ => found.push(errors::many_fit(node, at)),
            }
        }
        if schema.not.as_ref().is_some_and(fits) {
            found.push(errors::excluded(node, at));
        }
        self.open.borrow_mut().pop();
    }

    /// That none of the alternatives fits, with what the nearest of them lacks.
    fn none_fits(
        &self,
        node: &Rc<Node>,
        at: &At<'_>,
        parts: &[Rc<Schema>],
        look: &dyn Fn(&Rc<Schema>, &mut Found),
    ) -> crate::diag::Diagnostic {
        let lacks = parts.iter().map(|part| {
            let mut quiet = Found::default();
            look(part, &mut quiet);
            quiet.missing.into_iter().map(|(_, report)| report).chain(quiet.list).collect::<Vec<_>>()
        });
        let nearest = lacks.min_by_key(Vec::len).unwrap_or_default();
        errors::none_fits(node, at, parts, &nearest)
    }
}

/// What an object within another has without that its schema says so.
fn is_implicit(name: &str, at: &At<'_>) -> bool {
    let is_object = at.above.is_none() || at.schema.embedded;
    is_object && matches!(name, "apiVersion" | "kind" | "metadata")
}

/// Whether a value is of the type that a schema expects.
pub(super) fn fits_type(schema: &Schema, value: &Value) -> bool {
    if schema.quantity {
        return matches!(value, Value::Int(_) | Value::Float(_) | Value::Text(_));
    }
    let whole = |number: f64| number.fract() == 0.0;
    if schema.int_or_string {
        return match value {
            Value::Int(_) | Value::Text(_) => true,
            Value::Float(number) => whole(*number),
            _ => false,
        };
    }
    schema.types.is_empty()
        || schema.types.iter().any(|it| match value {
            Value::Null | Value::Unread => false,
            Value::Bool(_) => *it == Type::Boolean,
            Value::Int(_) => matches!(it, Type::Integer | Type::Number),
            Value::Float(number) => *it == Type::Number || *it == Type::Integer && whole(*number),
            Value::Text(_) => *it == Type::String,
            Value::List(_) => *it == Type::Array,
            Value::Map(_) => *it == Type::Object,
        })
}

fn same(choice: &serde_json::Value, value: &Value) -> bool {
    match value {
        Value::Int(number) => choice.as_f64() == Some(*number as f64),
        Value::Float(number) => choice.as_f64() == Some(*number),
        Value::Text(text) => choice.as_str() == Some(text),
        Value::Bool(value) => choice.as_bool() == Some(*value),
        Value::Null => choice.is_null(),
        Value::List(_) | Value::Map(_) => *choice == value.json(),
        Value::Unread => true,
    }
}

/// Whether the text of a value in quotes would be of a type without them.
pub(super) fn fits_without_quotes(schema: &Schema, text: &str, style: Style) -> bool {
    style == Style::Enclosed
        && match plain(text) {
            Scalar::Bool(value) => fits_type(schema, &Value::Bool(value)),
            Scalar::Int(value) => fits_type(schema, &Value::Int(value)),
            Scalar::Float(value) => fits_type(schema, &Value::Float(value)),
            Scalar::Null | Scalar::Text(_) => false,
        }
}
