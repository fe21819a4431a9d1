//! References in the form of Kubernetes, `$(NAME)`. A text arrives as it is written, so they are not replaced. Reports W0307.

use super::Env;
use crate::diag::Diagnostics;
use crate::model::errors;
use crate::program::Node;
use crate::syntax::ast;

/// Warns of references to the container's own variables in its variables, its command and its arguments: nobody means those literally.
pub(super) fn warn(node: &Node, env: &Env, sink: &mut Diagnostics) {
    for attribute in
        node.attributes.iter().filter(|attribute| matches!(attribute.key.value.as_str(), "env" | "command" | "args"))
    {
        match &attribute.value {
            ast::Value::Map(map) => map.entries.iter().for_each(|entry| warn_in(&entry.value, env, sink)),
            ast::Value::List(list) => list.values.iter().for_each(|value| warn_in(value, env, sink)),
            _ => {}
        }
    }
}

fn warn_in(value: &ast::Value, env: &Env, sink: &mut Diagnostics) {
    let ast::Value::Text(text) = value else { return };
    let literals = text.segments.iter().filter_map(|segment| match segment {
        ast::Segment::Literal(text) => Some(text),
        ast::Segment::Variable(_) => None,
    });
    let names = literals.flat_map(|text| text.split("$(").skip(1)).filter_map(|rest| Some(rest.split_once(')')?.0));
    for name in names {
        if let Some(value) = env.values.get(name) {
            sink.push(errors::not_expanded(name, value.secrets().next(), text.span));
        }
    }
}
