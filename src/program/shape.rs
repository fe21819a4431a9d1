//! Syntax trees → a [`Program`]: every word is known and stands where it may, every name is declared once.
//! Reports E02xx.

use super::{Layer, Node, Program, errors, find};
use crate::diag::Diagnostics;
use crate::schema::{self, InRule, LabelRule};
use crate::source::{Span, Spanned};
use crate::syntax::ast;

/// Holds all files of a program against the schema. What is wrong is reported and left out.
pub fn shape(files: &[ast::File], sink: &mut Diagnostics) -> Program {
    let start = files.first().map_or_else(Span::nowhere, |file| Span::new(file.source, 0..0));
    let mut root = Node::empty(&schema::TOP, start);
    for file in files {
        fill(&mut root, &file.items, sink);
    }
    report_doubles(&root, sink);
    let (targets, rest): (Vec<_>, Vec<_>) = root.blocks.into_iter().partition(|block| block.spec.word == "target");
    let (defaults, blocks) = rest.into_iter().partition(|block| block.spec.word == "defaults");
    root.blocks = blocks;
    Program { root, targets, defaults }
}

/// Fills a block with items; what stands in `in ENV { … }` comes last, so that its blocks find those they belong to.
fn fill(node: &mut Node, items: &[ast::Item], sink: &mut Diagnostics) {
    let mut layers = Vec::new();
    for item in items {
        match item {
            ast::Item::Attr(attribute) => add_attribute(node, attribute, sink),
            ast::Item::Block(block) if lies_over(node.spec, block) => layers.push(block),
            ast::Item::Block(block) => {
                if let Some(inner) = shape_block(node.spec, block, sink) {
                    node.blocks.push(inner);
                }
            }
            ast::Item::Broken(_) => node.broken = true,
        }
    }
    for block in layers {
        if block.word.value == "in" {
            add_layer(node, block, sink);
        } else if let Some(mut inner) = shape_block(node.spec, block, sink)
            && let Some(environment) = inner.only.take()
        {
            layer_block(node, &environment, inner, sink);
        }
    }
}

/// Whether a block holds for one environment: `in ENV { … }`, or `service in ENV { … }`, which means the same.
fn lies_over(parent: &schema::Block, block: &ast::Block) -> bool {
    let varies = parent.block(&block.word.value).is_some_and(|spec| spec.environments == InRule::Layers);
    block.word.value == "in" || varies && block.environment.is_some()
}

fn add_attribute(node: &mut Node, attribute: &ast::Attr, sink: &mut Diagnostics) {
    if node.spec.attribute(&attribute.key.value).is_none() {
        return sink.push(errors::unknown_attribute(node.spec, attribute));
    }
    match find(&node.attributes, &attribute.key.value) {
        Some(first) => sink.push(errors::twice(&attribute.key, first.key.span)),
        None => node.attributes.push(attribute.clone()),
    }
}

fn shape_block(parent: &'static schema::Block, block: &ast::Block, sink: &mut Diagnostics) -> Option<Node> {
    let Some(spec) = parent.block(&block.word.value) else {
        sink.push(errors::unknown_block(parent, block));
        return None;
    };
    let mut node = Node { label: block.label.clone(), ..Node::empty(spec, block.head()) };
    check_label(parent, spec, block, sink)?;
    match (spec.environments, &block.environment) {
        (InRule::Acts, None) => {
            if parent.word == "pipeline" {
                sink.push(errors::environment_missing(spec, block));
                return None;
            }
        }
        (InRule::Acts, Some(environment)) => node.environment = Some(environment.clone()),
        (InRule::Layers, Some(environment)) => node.only = Some(environment.clone()),
        (InRule::Never, Some(environment)) => {
            sink.push(errors::environment_not_here(spec, environment));
            return None;
        }
        (InRule::Never | InRule::Layers, None) => {}
    }
    fill(&mut node, block.items(), sink);
    report_doubles(&node, sink);
    Some(node)
}

/// Whether what follows the word is what the schema asks for. A `defaults` block and a `project` in a target may leave
/// it out.
fn check_label(
    parent: &'static schema::Block,
    spec: &'static schema::Block,
    block: &ast::Block,
    sink: &mut Diagnostics,
) -> Option<()> {
    let in_defaults = parent.word == "defaults";
    let diagnostic = match (&block.label, spec.label) {
        (None, LabelRule::None | LabelRule::Optional) => return Some(()),
        (None, _) if in_defaults => return Some(()),
        (None, LabelRule::Project) if parent.word == "target" => return Some(()),
        (None, _) => errors::label_missing(spec, block),
        (Some(label), LabelRule::None) => errors::label_not_here(spec, label),
        (Some(ast::Label::Text(text)), _) => errors::label_is_text(spec, text),
        (Some(ast::Label::Ref(reference)), LabelRule::Word(word)) => {
            if reference.to_string() == word {
                return Some(());
            }
            errors::label_word(spec, word, reference)
        }
        (Some(ast::Label::Ref(reference)), LabelRule::Uses(schema::Kind::Task)) if reference.parts.len() <= 2 => {
            return Some(());
        }
        (Some(ast::Label::Ref(reference)), _) if reference.parts.len() == 1 => return Some(()),
        (Some(ast::Label::Ref(reference)), _) => errors::label_dotted(spec, reference),
    };
    sink.push(diagnostic);
    None
}

/// `in ENV { … }`: its attributes lie over those of the block, its blocks over the blocks of the same word and label.
fn add_layer(node: &mut Node, block: &ast::Block, sink: &mut Diagnostics) {
    let Some(environment) = &block.environment else {
        return sink.push(errors::layer_without_name(block));
    };
    if node.spec.environments != InRule::Layers {
        return sink.push(errors::layer_not_here(node.spec, block));
    }
    for item in block.items() {
        match item {
            ast::Item::Attr(attribute) => layer_attribute(node, environment, attribute, sink),
            ast::Item::Block(inner) if inner.word.value == "in" => sink.push(errors::layer_in_layer(inner)),
            ast::Item::Block(inner) => {
                if let Some(shaped) = shape_block(node.spec, inner, sink) {
                    if shaped.spec.environments != InRule::Layers {
                        sink.push(errors::part_does_not_vary(&shaped));
                        continue;
                    }
                    layer_block(node, environment, shaped, sink);
                }
            }
            ast::Item::Broken(_) => node.broken = true,
        }
    }
}

fn layer_attribute(node: &mut Node, environment: &Spanned<String>, attribute: &ast::Attr, sink: &mut Diagnostics) {
    let Some(known) = node.spec.attribute(&attribute.key.value) else {
        return sink.push(errors::unknown_attribute(node.spec, attribute));
    };
    if known.phase == schema::Phase::Compile {
        return sink.push(errors::does_not_vary(node.spec, attribute));
    }
    let layer = match node.layers.iter().position(|layer| layer.environment.value == environment.value) {
        Some(at) => &mut node.layers[at],
        None => {
            node.layers.push(Layer { environment: environment.clone(), attributes: Vec::new() });
            node.layers.last_mut().expect("a layer was pushed")
        }
    };
    match find(&layer.attributes, &attribute.key.value) {
        Some(first) => sink.push(errors::twice(&attribute.key, first.key.span)),
        None => layer.attributes.push(attribute.clone()),
    }
}

/// Moves a block of an `in ENV { … }` inward: into the block that it belongs to, or to its side as one that exists only
/// in that environment.
fn layer_block(node: &mut Node, environment: &Spanned<String>, inner: Node, sink: &mut Diagnostics) {
    let same =
        |known: &&mut Node| known.spec.word == inner.spec.word && known.name() == inner.name() && known.only.is_none();
    let Some(known) = node.blocks.iter_mut().find(same) else {
        node.blocks.push(Node { only: Some(environment.clone()), ..inner });
        return;
    };
    known.broken |= inner.broken;
    for attribute in &inner.attributes {
        layer_attribute(known, environment, attribute, sink);
    }
    for layer in &inner.layers {
        sink.push(errors::layer_in_layer_named(&layer.environment));
    }
    for block in inner.blocks {
        layer_block(known, environment, block, sink);
    }
}

/// Reports blocks that stand twice under one parent. Stages may.
fn report_doubles(node: &Node, sink: &mut Diagnostics) {
    if node.spec.word == "defaults" {
        return;
    }
    for (at, block) in node.blocks.iter().enumerate() {
        if block.spec.is_stage() || block.spec.word == "defaults" {
            continue;
        }
        let same = |first: &&Node| {
            let kind = |word: &str| if word == "secret" { "app".to_owned() } else { word.to_owned() };
            let one_name_space = kind(first.spec.word) == kind(block.spec.word);
            let only = |node: &Node| node.only.as_ref().map(|name| name.value.clone());
            one_name_space && first.name() == block.name() && only(first) == only(block)
                || first.spec.word == block.spec.word && !block.spec.many && only(first) == only(block)
        };
        if let Some(first) = node.blocks[..at].iter().find(same) {
            sink.push(errors::declared_twice(block, first));
        }
    }
}
