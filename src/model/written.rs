//! What is written, even if it has no effect: what names refer to, and where `in ENVIRONMENT` occurs. What a later layer
//! replaces counts too, for somebody has named it. Reports W0204.

use super::reference::{Scope, image_fields};
use super::{ImageId, errors};
use crate::diag::Diagnostics;
use crate::program::Node;
use crate::schema::{DeclarationKind, Type};
use crate::source::Span;
use crate::syntax::ast;
use std::collections::{BTreeMap, BTreeSet};

/// What is written in the program of a target.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// Images that a value names.
    pub images: BTreeSet<ImageId>,
    /// Secrets that a value names.
    pub secrets: BTreeSet<String>,
    /// Apps in a `needs` or a `with`.
    pub brought: BTreeSet<String>,
    /// The places of `in ENVIRONMENT`, by app and environment.
    pub layers: BTreeMap<(String, String), BTreeSet<Span>>,
    /// Where a task, by app and name, is said to be tried again.
    pub retries: BTreeMap<(String, String), Span>,
}

impl Written {
    /// Reads the whole program of the scope.
    pub(super) fn of(scope: Scope, sink: &mut Diagnostics) -> Self {
        let mut written = Self::default();
        for node in &scope.root.blocks {
            let app = (node.spec.word == DeclarationKind::App.word()).then_some(node);
            written.names(node, Scope { app, ..scope }, sink);
            if app.is_some() {
                written.layers(&node.name(), node);
                for (task, retries) in node.all("task").filter_map(|task| Some((task, task.attribute("retries")?))) {
                    written.retries.insert((node.name(), task.name()), retries.span());
                }
            }
        }
        written
    }

    fn names(&mut self, node: &Node, scope: Scope, sink: &mut Diagnostics) {
        let layers = node.layers.iter().flat_map(|layer| &layer.attributes);
        for attribute in node.attributes.iter().chain(layers) {
            let Some(known) = node.spec.attribute(&attribute.key.value) else { continue };
            let mut references = Vec::new();
            collect(&attribute.value, &mut references);
            for reference in references {
                match known.ty {
                    Type::Name(DeclarationKind::Image) | Type::NameMap(DeclarationKind::Image) => {
                        self.image(reference, scope)
                    }
                    Type::Name(DeclarationKind::Secret) => drop(self.secrets.insert(reference.to_string())),
                    // What is delivered is known by its pipelines.
                    Type::Names(DeclarationKind::App) if known.name != "delivers" => {
                        self.brought.insert(reference.to_string());
                    }
                    Type::Name(_)
                    | Type::Names(_)
                    | Type::NameMap(_)
                    | Type::PortMap
                    | Type::Word(_)
                    | Type::Words(_) => {}
                    Type::WordOrText(words) if words.iter().any(|word| reference.to_string() == *word) => {}
                    _ => self.variable(reference, scope, sink),
                }
            }
        }
        node.blocks.iter().for_each(|block| self.names(block, scope, sink));
    }

    /// `image`, or `app.image`.
    fn image(&mut self, reference: &ast::Ref, scope: Scope) {
        let id = match (reference.parts.as_slice(), scope.app) {
            ([name], Some(app)) => ImageId { app: app.name(), image: name.value.clone() },
            ([app, name], _) => ImageId { app: app.value.clone(), image: name.value.clone() },
            _ => return,
        };
        self.images.insert(id);
    }

    /// A variable begins with an image of the app around it, or else with an app or a secret. Where it could be either,
    /// both are named.
    fn variable(&mut self, reference: &ast::Ref, scope: Scope, sink: &mut Diagnostics) {
        let first = &reference.parts[0].value;
        let field = reference.parts.get(1).map(|part| part.value.as_str());
        let own = scope.app.and_then(|app| app.all("image").find(|image| image.name() == *first));
        if let (Some(image), Some(app)) = (own, scope.app) {
            self.images.insert(ImageId { app: app.name(), image: first.clone() });
            let asked = field.filter(|field| image_fields().iter().any(|known| known == field));
            if let Some(outer) = asked.and_then(|field| hidden(reference, field, scope)) {
                sink.push(errors::image_hides(image, outer, reference));
            }
        }
        match (scope.declared(DeclarationKind::App, first), field) {
            (Some(app), Some(field)) => drop(self.images.insert(ImageId { app: app.name(), image: field.to_owned() })),
            _ => drop(self.secrets.insert(first.clone())),
        }
    }

    fn layers(&mut self, app: &str, node: &Node) {
        let layers = node.layers.iter().map(|layer| &layer.environment);
        for environment in layers.chain(&node.only) {
            let places = self.layers.entry((app.to_owned(), environment.value.clone())).or_default();
            places.insert(environment.span);
        }
        node.blocks.iter().for_each(|block| self.layers(app, block));
    }
}

/// The references in a value.
fn collect<'a>(value: &'a ast::Value, found: &mut Vec<&'a ast::Ref>) {
    match value {
        ast::Value::Ref(reference) => found.push(reference),
        ast::Value::Text(text) => found.extend(text.segments.iter().filter_map(|segment| match segment {
            ast::Segment::Variable(reference) => Some(reference),
            ast::Segment::Literal(_) => None,
        })),
        ast::Value::List(list) => list.values.iter().for_each(|value| collect(value, found)),
        ast::Value::Map(map) => map.entries.iter().for_each(|entry| collect(&entry.value, found)),
        ast::Value::Range(..) | ast::Value::Quantity(_) | ast::Value::Bool(_) => {}
    }
}

/// What a variable for a field of the app's image would refer to without that image.
fn hidden<'a>(reference: &ast::Ref, field: &str, scope: Scope<'a>) -> Option<&'a Node> {
    let name = &reference.parts[0].value;
    let has_key = |secret: &Node| scope.declared_keys(secret).is_some_and(|keys| keys.iter().any(|key| key == field));
    let app = scope.declared(DeclarationKind::App, name).filter(|app| app.names("image").any(|image| image == field));
    app.or_else(|| scope.declared(DeclarationKind::Secret, name).filter(|secret| has_key(secret)))
}
