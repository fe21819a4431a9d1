//! Secrets that are written as text. A single walk visits every value of the program, so that no place that takes text
//! is forgotten. Reports E0503 where the name of a variable or a build argument says so, which is certain enough for an
//! error, and W0501 where the text itself or a key of settings does.

mod names;
mod shapes;

use crate::diag::Diagnostics;
use crate::model::errors;
use crate::program::Node;
use crate::schema::Type;
use crate::syntax::ast;

/// Reports all of them.
pub(super) fn check(node: &Node, sink: &mut Diagnostics) {
    let layers = node.layers.iter().flat_map(|layer| &layer.attributes);
    for attribute in node.attributes.iter().chain(layers) {
        let ty = node.spec.attribute(&attribute.key.value).map(|schema| schema.ty);
        match (&attribute.value, ty) {
            (ast::Value::Map(map), Some(Type::TextMap)) => variables(map, sink),
            (ast::Value::Text(text), _) if node.spec.word == "config" => file(text, sink),
            (value, _) => value_of(value, sink),
        }
    }
    node.blocks.iter().for_each(|block| check(block, sink));
}

/// Variables and build arguments: their names are those of the programs that read them.
fn variables(map: &ast::Map, sink: &mut Diagnostics) {
    for entry in &map.entries {
        if names::of_a_variable(&entry.key.value) && is_secret(&entry.value) {
            sink.push(errors::literal_secret(&entry.key.value, entry.value.span()));
        } else {
            value_of(&entry.value, sink);
        }
    }
}

/// The text of a file: its shapes, or else lines of the form `key: value` or `key = value`.
fn file(text: &ast::Text, sink: &mut Diagnostics) {
    let flat = flat(text);
    if let Some(what) = shapes::found(&flat) {
        sink.push(errors::shape_of_a_secret(what, text.span));
    } else if let Some(key) = flat.lines().find_map(key_of_a_secret) {
        sink.push(errors::file_with_a_secret(key, text.span));
    }
}

/// The key of a line of a file, if its value is a secret.
fn key_of_a_secret(line: &str) -> Option<&str> {
    let (key, value) = line.split_once([':', '='])?;
    let quotes = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',');
    let key = key.trim_start_matches(['-', ' ', '\t', '{']).trim_matches(quotes);
    let value = value.trim_matches(quotes);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let last = key.rsplit('.').next().unwrap_or_default();
    let is_secret = !value.contains(shapes::VARIABLE)
        && !value.starts_with('/')
        && !shapes::stands_for_another(value)
        && !shapes::is_a_switch(value);
    (key.chars().all(plain) && names::of_a_setting(last) && is_secret).then_some(key)
}

/// Any other value. The keys of settings are the words of a chart or of Kubernetes.
fn value_of(value: &ast::Value, sink: &mut Diagnostics) {
    match value {
        ast::Value::Text(text) => {
            if let Some(what) = shapes::found(&flat(text)) {
                sink.push(errors::shape_of_a_secret(what, text.span));
            }
        }
        ast::Value::List(list) => list.values.iter().for_each(|value| value_of(value, sink)),
        ast::Value::Map(map) => {
            for entry in &map.entries {
                let key = entry.key.value.clone();
                let named =
                    if key == "value" { variable_of(map) } else { Some(key).filter(|key| names::of_a_setting(key)) };
                match named.filter(|_| is_secret(&entry.value)) {
                    Some(name) => sink.push(errors::setting_with_a_secret(&name, entry.value.span())),
                    None => value_of(&entry.value, sink),
                }
            }
        }
        ast::Value::Range(..) | ast::Value::Quantity(_) | ast::Value::Bool(_) | ast::Value::Ref(_) => {}
    }
}

/// The name of a variable of a container in a patch, `{ name = …, value = … }`, if it is that of a secret.
fn variable_of(map: &ast::Map) -> Option<String> {
    let name = map.entries.iter().find(|entry| entry.key.value == "name")?;
    let ast::Value::Text(text) = &name.value else { return None };
    Some(flat(text)).filter(|name| names::of_a_variable(name))
}

/// Whether a value under the name of a secret is one: it is all written out, and more than a switch.
fn is_secret(value: &ast::Value) -> bool {
    match value {
        ast::Value::Quantity(_) => true,
        ast::Value::Text(text) => {
            let text = flat(text);
            !text.contains(shapes::VARIABLE) && !shapes::stands_for_another(&text) && !shapes::is_a_switch(&text)
        }
        ast::Value::Bool(_) | ast::Value::Ref(_) | ast::Value::Range(..) | ast::Value::List(_) | ast::Value::Map(_) => {
            false
        }
    }
}

/// A text with a sign in the place of each variable.
fn flat(text: &ast::Text) -> String {
    let segments = text.segments.iter().map(|segment| match segment {
        ast::Segment::Literal(text) => text.as_str(),
        ast::Segment::Variable(_) => shapes::VARIABLE,
    });
    segments.collect()
}
