//! Every place of a file that means something: each word, name, key and value, with what the schema says of it. Hover,
//! completion, names and colours all ask this one walk.

use crate::program::allow;
use crate::schema::{self, Attribute, Block, DeclarationKind, LabelRule, Type};
use crate::source::{Span, Spanned};
use crate::syntax::ast;

/// A place, and what contains it.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// What is there.
    pub what: What<'a>,
    /// Where.
    pub span: Span,
    /// What contains it.
    pub scope: Scope<'a>,
}

/// What is at a place.
#[derive(Debug, Clone)]
pub enum What<'a> {
    /// The first word of a block, and the block of the schema, if there is one of that word here.
    Word(&'a ast::Block, Option<&'static Block>),
    /// The label of a block.
    Label(&'a ast::Label, &'a ast::Block, &'static Block),
    /// The environment after `in`.
    Environment(&'a Spanned<String>),
    /// The key of an attribute.
    Key(&'a ast::Attr, Option<&'static Attribute>),
    /// A key of a map, which is user-defined.
    MapKey(&'a Spanned<String>),
    /// A bare name as a value, or one of a list.
    Name(&'a ast::Ref, Expected),
    /// A variable in a string, or one in place of a string.
    Variable(&'a ast::Ref),
    /// A literal value.
    Literal(&'a ast::Value, Option<&'static Attribute>),
}

/// What a bare name refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Something declared.
    Declaration(DeclarationKind),
    /// One of these words.
    Word(&'static [&'static str]),
    /// The code of a diagnostic, after `allow`.
    Code,
    /// Nothing that the schema knows.
    Nothing,
}

/// What contains a place.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    /// The block whose body it is in.
    pub spec: &'static Block,
    /// The block itself; none at the top level of a file.
    pub block: Option<&'a ast::Block>,
    /// The apps whose images and tasks need no prefix: the one it is in, or those that its pipeline delivers.
    pub apps: Vec<&'a str>,
    /// Whether it is in a `target`, whose blocks override others.
    pub in_target: bool,
    /// Whether it is in `defaults`.
    pub in_defaults: bool,
    /// Whether it is in the query of an analysis.
    pub in_query: bool,
    /// The environment of the innermost `in`.
    pub environment: Option<&'a str>,
}

/// Calls `visit` for every place of a file, in order.
pub fn walk<'a>(file: &'a ast::File, visit: &mut impl FnMut(Place<'a>)) {
    let scope = Scope {
        spec: &schema::TOP,
        block: None,
        apps: Vec::new(),
        in_target: false,
        in_defaults: false,
        in_query: false,
        environment: None,
    };
    items(&file.items, &scope, visit);
}

/// The innermost place that a byte is in, or right behind.
pub fn at(file: &ast::File, offset: usize) -> Option<Place<'_>> {
    let mut found: Option<Place> = None;
    walk(file, &mut |place| {
        let range = place.span.range();
        let nearer = found.as_ref().is_none_or(|known| place.span.range().len() <= known.span.range().len());
        if range.start <= offset && offset <= range.end && nearer {
            found = Some(place);
        }
    });
    found
}

fn items<'a>(list: &'a [ast::Item], scope: &Scope<'a>, visit: &mut impl FnMut(Place<'a>)) {
    for item in list {
        match item {
            ast::Item::Attr(attr) => attribute(attr, scope, visit),
            ast::Item::Block(inner) => block(inner, scope, visit),
            ast::Item::Broken(_) => {}
        }
    }
}

fn block<'a>(block: &'a ast::Block, outer: &Scope<'a>, visit: &mut impl FnMut(Place<'a>)) {
    let mut place = |what, span| visit(Place { what, span, scope: outer.clone() });
    let layer = block.word.value == "in";
    let spec = if layer { Some(&schema::ENVIRONMENT_LAYER) } else { outer.spec.block(&block.word.value) };
    place(What::Word(block, spec), block.word.span);
    if let (Some(label), Some(spec)) = (&block.label, spec) {
        place(What::Label(label, block, spec), label.span());
    }
    if let Some(environment) = &block.environment {
        place(What::Environment(environment), environment.span);
    }
    let Some(spec) = spec else { return };
    let name = match &block.label {
        Some(ast::Label::Ref(reference)) if reference.parts.len() == 1 => Some(reference.parts[0].value.as_str()),
        _ => None,
    };
    let mut inner = outer.clone();
    inner.block = Some(block);
    if !layer {
        inner.spec = spec;
    }
    inner.environment = block.environment.as_ref().map(|name| name.value.as_str()).or(outer.environment);
    inner.in_target |= spec.label == LabelRule::Declares(DeclarationKind::Target);
    inner.in_defaults |= spec.word == "defaults";
    match spec.word {
        "app" => inner.apps = name.into_iter().collect(),
        "pipeline" => inner.apps = delivered(block),
        _ => {}
    }
    items(block.items(), &inner, visit);
}

/// The apps that a pipeline names.
fn delivered(pipeline: &ast::Block) -> Vec<&str> {
    let delivers = pipeline.items().iter().find_map(|item| match item {
        ast::Item::Attr(attr) if attr.key.value == "delivers" => Some(&attr.value),
        _ => None,
    });
    let values = match delivers {
        Some(ast::Value::List(list)) => list.values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    let names = values.iter().filter_map(|value| match value {
        ast::Value::Ref(reference) => reference.parts.first(),
        _ => None,
    });
    names.map(|name| name.value.as_str()).collect()
}

fn attribute<'a>(attr: &'a ast::Attr, scope: &Scope<'a>, visit: &mut impl FnMut(Place<'a>)) {
    let known = scope.spec.attribute(&attr.key.value);
    visit(Place { what: What::Key(attr, known), span: attr.key.span, scope: scope.clone() });
    let mut inner = scope.clone();
    inner.in_query = scope.spec.word == "analysis" && attr.key.value == "query";
    let expected = match known.map(|known| known.ty) {
        _ if attr.key.value == allow::WORD => Expected::Code,
        Some(Type::Name(kind) | Type::Names(kind) | Type::NameMap(kind)) => Expected::Declaration(kind),
        Some(Type::Word(words) | Type::Words(words) | Type::WordOrText(words)) => Expected::Word(words),
        _ => Expected::Nothing,
    };
    value(&attr.value, known, expected, &inner, visit);
}

fn value<'a>(
    written: &'a ast::Value,
    known: Option<&'static Attribute>,
    expected: Expected,
    scope: &Scope<'a>,
    visit: &mut impl FnMut(Place<'a>),
) {
    let mut place = |what, span| visit(Place { what, span, scope: scope.clone() });
    match written {
        ast::Value::Ref(reference) if expected == Expected::Nothing => {
            place(What::Variable(reference), reference.span);
        }
        ast::Value::Ref(reference) => place(What::Name(reference, expected), reference.span),
        ast::Value::Text(text) => {
            place(What::Literal(written, known), text.span);
            for segment in &text.segments {
                if let ast::Segment::Variable(reference) = segment {
                    place(What::Variable(reference), reference.span);
                }
            }
        }
        ast::Value::List(list) => list.values.iter().for_each(|inner| value(inner, known, expected, scope, visit)),
        ast::Value::Map(map) => {
            for entry in &map.entries {
                let what = What::MapKey(&entry.key);
                visit(Place { what, span: entry.key.span, scope: scope.clone() });
                let names = matches!(known.map(|known| known.ty), Some(Type::NameMap(_)));
                value(&entry.value, known, if names { expected } else { Expected::Nothing }, scope, visit);
            }
        }
        _ => place(What::Literal(written, known), written.span()),
    }
}
