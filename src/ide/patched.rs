//! The fields of a `patch`: those that the schema of its kind allows at a place.

use super::places::Scope;
use crate::patch;
use crate::patch::kinds::{KINDS, Kind};
use crate::source::Span;
use crate::syntax::ast;
use crate::verify::shape::{Shape, Step};

/// The kind that a patch names: `Deployment` of `patch "Deployment/shop"`.
fn kind_of(patch: &ast::Block) -> Option<&str> {
    match patch.label.as_ref()? {
        ast::Label::Text(text) => text.value.split('/').next(),
        ast::Label::Ref(_) => None,
    }
}

/// The kinds that can be patched.
pub(super) fn kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter()
}

/// What the schema says of the map or value that is at a span, or of the map that a key at that span is in.
pub(super) fn around(scope: &Scope, span: Span) -> Option<Shape> {
    let (kind, path) = path_to(scope, span)?;
    patch::shape(kind, &path[..path.len() - 1])
}

/// What the schema says of the value at a span, or of a key there.
pub(super) fn of(scope: &Scope, span: Span) -> Option<Shape> {
    let (kind, path) = path_to(scope, span)?;
    patch::shape(kind, &path)
}

/// The path of a key or value of a patch, with the kind.
pub(super) fn path_to<'a>(scope: &Scope<'a>, span: Span) -> Option<(&'a str, Vec<Step<'a>>)> {
    let block = scope.block.filter(|block| block.word.value == "patch")?;
    let kind = kind_of(block)?;
    block.items().iter().find_map(|item| match item {
        ast::Item::Attr(attr) => entry(attr, span, &[]).map(|path| (kind, path)),
        ast::Item::Block(_) | ast::Item::Broken(_) => None,
    })
}

fn entry<'a>(entry: &'a ast::Attr, span: Span, above: &[Step<'a>]) -> Option<Vec<Step<'a>>> {
    let path: Vec<_> = above.iter().copied().chain([Step::Field(&entry.key.value)]).collect();
    if entry.key.span == span { Some(path) } else { value(&entry.value, span, path) }
}

fn value<'a>(at: &'a ast::Value, span: Span, path: Vec<Step<'a>>) -> Option<Vec<Step<'a>>> {
    if at.span() == span {
        return Some(path);
    }
    match at {
        ast::Value::Map(map) => map.entries.iter().find_map(|inner| entry(inner, span, &path)),
        ast::Value::List(list) => {
            let path: Vec<_> = path.into_iter().chain([Step::Item]).collect();
            list.values.iter().find_map(|inner| value(inner, span, path.clone()))
        }
        ast::Value::Text(_)
        | ast::Value::Range(..)
        | ast::Value::Quantity(_)
        | ast::Value::Bool(_)
        | ast::Value::Ref(_) => None,
    }
}
