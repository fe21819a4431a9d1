//! The fields of an object: which a schema knows, and what one that it does not know was meant to be.

use super::catalogue::Library;
use super::place::{At, PathStep, first};
use super::schema::{Additional, Dialect, Schema, Type};
use super::yaml::{Entry, Node, Value};
use super::{Found, errors, value};
use crate::diag::suggest;
use crate::source::Span;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Fields beside the known ones.
pub(super) enum Other {
    /// None.
    None,
    /// Any.
    Any,
    /// Any with such a value.
    Of(Rc<Schema>),
}

/// What a schema says of the fields of an object.
pub(super) struct Fields {
    known: BTreeMap<String, Rc<Schema>>,
    other: Other,
}

impl Fields {
    /// Those of a schema, and of the schemas beside it. References are resolved.
    pub fn of(schema: &Rc<Schema>, library: &Library<'_>, dialect: Dialect) -> Self {
        let mut known = BTreeMap::new();
        collect(schema, library, 0, &mut known);
        let is_empty = schema.types.is_empty() && known.is_empty();
        let other = match &schema.additional {
            _ if schema.preserves => Other::Any,
            Additional::Any => Other::Any,
            Additional::None => Other::None,
            Additional::Of(schema) => Other::Of(library.resolve(schema)),
            Additional::Unsaid if is_empty => Other::Any,
            Additional::Unsaid if known.is_empty() && dialect == Dialect::OpenApi => Other::Any,
            Additional::Unsaid => Other::None,
        };
        Self { known, other }
    }

    pub fn get(&self, name: &str) -> Option<&Rc<Schema>> {
        self.known.get(name)
    }

    pub fn other(&self) -> &Other {
        &self.other
    }

    pub fn is_open(&self) -> bool {
        matches!(self.other, Other::Any)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }
}

/// How many schemas are combined with each other, at how many levels.
const DEEPEST: usize = 8;

fn collect(schema: &Rc<Schema>, library: &Library<'_>, depth: usize, known: &mut BTreeMap<String, Rc<Schema>>) {
    for (name, property) in &schema.properties {
        if !known.contains_key(name) {
            known.insert(name.clone(), library.resolve(property));
        }
    }
    if depth < DEEPEST {
        for part in schema.parts() {
            collect(&library.resolve(part), library, depth + 1, known);
        }
    }
}

/// Reports a field that no schema knows.
pub(super) fn unknown(
    entry: &Entry,
    node: &Node,
    at: &At<'_>,
    fields: &Fields,
    library: &Library<'_>,
    dialect: Dialect,
    found: &mut Found,
) {
    let name = entry.key.value.as_str();
    let report = errors::no_field(entry, at);
    let implicit = ["apiVersion", "kind", "metadata"].into_iter().filter(|_| at.above.is_none());
    let free = |known: &&str| node.get(known).is_none();
    let known: Vec<&str> = fields.names().chain(implicit).filter(free).collect();
    let nearest = suggest::nearest(name, known.iter().copied());
    if let Some(meant) = nearest.filter(|meant| suggest::is_slip(name, meant)) {
        found.meant.insert(meant.to_owned());
        let fits = fields.get(meant).is_none_or(|schema| value::fits_type(schema, &entry.value.value));
        return found.push(errors::slip(report, entry, meant, fits));
    }
    if let Some((empty, key)) = empty_before(entry, node, fields, library, dialect) {
        found.meant.insert(empty.clone());
        return found.push(errors::not_deep_enough(report, name, empty, Some(key), false, at.form));
    }
    if let Some(above) = above(name, at, library, dialect) {
        found.meant.insert(name.to_owned());
        return found.push(errors::too_deep(report, name, above.path(), above.key, at.form));
    }
    if let Some((below, key, is_list)) = below(name, node, fields, library, dialect) {
        found.meant.insert(name.to_owned());
        return found.push(errors::not_deep_enough(report, name, below, key, is_list, at.form));
    }
    match nearest {
        Some(meant) => {
            found.meant.insert(meant.to_owned());
            found.push(report.help(format!("if `{meant}` is meant, write that")));
        }
        None => found.push(errors::no_such(report, &known)),
    }
}

/// The field right before this one, if nothing is written behind it and its object may have a field of this name.
fn empty_before(
    entry: &Entry,
    node: &Node,
    fields: &Fields,
    library: &Library<'_>,
    dialect: Dialect,
) -> Option<(String, Span)> {
    let Value::Map(entries) = &node.value else { return None };
    let at = entries.iter().position(|other| std::ptr::eq(other, entry))?;
    // If several are not indented far enough, the others are in between.
    let before = entries[..at].iter().rev().find(|other| fields.get(&other.key.value).is_some())?;
    let schema = fields.get(&before.key.value)?;
    let inner = Fields::of(schema, library, dialect);
    let takes = schema.types.contains(&Type::Object)
        && (inner.get(&entry.key.value).is_some() || !matches!(inner.other, Other::None));
    (takes && matches!(before.value.value, Value::Null)).then(|| (before.key.value.clone(), before.key.span))
}

/// The nearest object above that has a field of this name.
fn above<'a>(name: &str, at: &'a At<'a>, library: &Library<'_>, dialect: Dialect) -> Option<&'a At<'a>> {
    let mut at = at;
    while let Some(above) = at.above {
        let has = Fields::of(&above.schema, library, dialect).get(name).is_some();
        if has && !matches!(above.step, PathStep::Object(_) if name == "metadata") {
            return Some(above);
        }
        at = above;
    }
    None
}

/// The field whose object has a field of this name: its name, where it is written, and whether it is a list. Where
/// several do, the one that is there; if not one alone, none.
fn below(
    name: &str,
    node: &Node,
    fields: &Fields,
    library: &Library<'_>,
    dialect: Dialect,
) -> Option<(String, Option<Span>, bool)> {
    let mut candidates = Vec::new();
    for (property, schema) in &fields.known {
        let is_list = schema.types.contains(&Type::Array);
        let inner = match &schema.items {
            Some(items) if is_list => library.resolve(items),
            _ => Rc::clone(schema),
        };
        if Fields::of(&inner, library, dialect).get(name).is_some() {
            candidates.push((property.clone(), node.get(property).map(|entry| entry.key.span), is_list));
        }
    }
    let written: Vec<_> = candidates.iter().filter(|(_, key, _)| key.is_some()).cloned().collect();
    match (written.as_slice(), candidates.as_slice()) {
        ([only], _) | ([], [only]) => Some(only.clone()),
        _ => None,
    }
}

/// The start of an object that has no key.
pub(super) fn beginning(node: &Node, at: &At<'_>) -> Span {
    match at.step {
        PathStep::Field(_) => at.key.unwrap_or_else(|| first(node)),
        PathStep::Item(_) => first(node),
        PathStep::Object(_) => node.get("kind").map_or_else(|| first(node), |entry| entry.value.span),
    }
}
