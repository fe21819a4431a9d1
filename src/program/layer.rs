//! A program → the program of one target: the target's blocks are laid over it, then `defaults` fill in.
//! Reports E0208, E0214 and W0201.

use super::{Node, Program, errors, fill_in, find, lay_over};
use crate::diag::Diagnostics;
use crate::source::Spanned;
use crate::syntax::ast;

/// What holds in one target: its edits first, then what `defaults` fill in.
pub fn for_target(program: &Program, target: Option<&Node>, sink: &mut Diagnostics) -> Node {
    let mut root = program.root.clone();
    if let Some(target) = target {
        edit_blocks(&mut root, target, sink);
    }
    for block in &mut root.blocks {
        fill_block(block, &program.defaults);
    }
    root
}

/// Lays a block over the one that it matches: values and lists replace, maps merge by key, new blocks are added.
fn edit(base: &mut Node, over: &Node, sink: &mut Diagnostics) {
    for attribute in &over.attributes {
        let name = &attribute.key.value;
        for layer in &base.layers {
            let edited = over.layers.iter().any(|known| {
                known.environment.value == layer.environment.value && find(&known.attributes, name).is_some()
            });
            let hidden = find(&layer.attributes, name).filter(|hidden| hides(hidden, attribute));
            if let (Some(hidden), false) = (hidden, edited) {
                sink.push(errors::edit_is_hidden(attribute, hidden, &layer.environment.value));
            }
        }
    }
    lay_over(&mut base.attributes, &over.attributes);
    for layer in &over.layers {
        match base.layers.iter_mut().find(|known| known.environment.value == layer.environment.value) {
            Some(known) => lay_over(&mut known.attributes, &layer.attributes),
            None => base.layers.push(layer.clone()),
        }
    }
    base.broken |= over.broken;
    base.meant.extend(&over.meant);
    edit_blocks(base, over, sink);
}

/// Whether a value lies over another one; of two maps only where they share a key.
fn hides(over: &ast::Attr, under: &ast::Attr) -> bool {
    match (&over.value, &under.value) {
        (ast::Value::Map(over), ast::Value::Map(under)) => {
            over.entries.iter().any(|entry| find(&under.entries, &entry.key.value).is_some_and(|low| hides(entry, low)))
        }
        _ => true,
    }
}

fn edit_blocks(base: &mut Node, over: &Node, sink: &mut Diagnostics) {
    for block in &over.blocks {
        let by_word = |known: &&mut Node| {
            known.matches(block)
                || known.spec.word == "project" && block.spec.word == "project" && block.label.is_none()
        };
        match base.blocks.iter_mut().find(by_word) {
            Some(known) => edit(known, block, sink),
            // A new stage would have no place among the others.
            None if block.spec.is_stage() => sink.push(errors::stage_added(block)),
            // What a target lays over a block for one environment only belongs to that block.
            None if block.only.is_some() => match base.blocks.iter_mut().find(|known| belongs(known, block)) {
                Some(known) => edit_in(known, block),
                None if base.spec.word.is_empty() => sink.push(errors::lies_over_nothing(block)),
                None => base.blocks.push(block.clone()),
            },
            None => base.blocks.push(block.clone()),
        }
    }
}

fn belongs(known: &Node, block: &Node) -> bool {
    known.spec.word == block.spec.word && known.name() == block.name() && known.only.is_none()
}

/// Lays a block that exists in one environment only over the block of all environments, as a layer of it.
fn edit_in(known: &mut Node, block: &Node) {
    let Some(environment) = &block.only else { return };
    let layer = super::Layer { environment: environment.clone(), attributes: block.attributes.clone() };
    match known.layers.iter_mut().find(|layer| layer.environment.value == environment.value) {
        Some(same) => lay_over(&mut same.attributes, &layer.attributes),
        None => known.layers.push(layer),
    }
    for inner in &block.blocks {
        let inner = Node { only: Some(environment.clone()), ..inner.clone() };
        match known.blocks.iter_mut().find(|known| known.matches(&inner)) {
            Some(same) => lay_over(&mut same.attributes, &inner.attributes),
            None => match known.blocks.iter_mut().find(|known| belongs(known, &inner)) {
                Some(same) => edit_in(same, &inner),
                None => known.blocks.push(inner),
            },
        }
    }
}

/// Fills in a block and the blocks in it; a default with a label, or of a stage in one
/// environment, comes before one with the word alone.
fn fill_block(node: &mut Node, defaults: &[Node]) {
    let applies = |default: &&Node| {
        let environment = default.environment.as_ref().map(|name| &name.value);
        default.spec.word == node.spec.word
            && (default.label.is_none() || default.name() == node.name())
            && (environment.is_none() || environment == node.environment.as_ref().map(|name| &name.value))
    };
    let mut applying: Vec<&Node> = defaults.iter().flat_map(|block| &block.blocks).filter(applies).collect();
    applying.sort_by_key(|default| (default.label.is_none(), default.environment.is_none()));
    for default in applying {
        fill_from(node, default);
    }
    for block in &mut node.blocks {
        fill_block(block, defaults);
    }
}

/// What is written anywhere in the block wins over a default, also over one for a single environment.
fn fill_from(node: &mut Node, default: &Node) {
    match (&default.only, &node.only) {
        (Some(environment), None) => fill_layer(node, environment, &default.attributes),
        (Some(environment), Some(only)) if environment.value != only.value => return,
        _ => {
            let written = node.attributes.clone();
            for layer in &default.layers {
                fill_layer_beside(node, &written, &layer.environment, &layer.attributes);
            }
            fill_in(&mut node.attributes, &default.attributes);
        }
    }
    for block in &mut node.blocks {
        for inner in &default.blocks {
            let same_name = inner.label.is_none() || inner.name() == block.name();
            if inner.spec.word == block.spec.word && same_name {
                let only = inner.only.clone().or_else(|| default.only.clone());
                fill_from(block, &Node { only, ..inner.clone() });
            }
        }
    }
}

fn fill_layer(node: &mut Node, environment: &Spanned<String>, defaults: &[ast::Attr]) {
    let written = node.attributes.clone();
    fill_layer_beside(node, &written, environment, defaults);
}

/// Fills in what holds in one environment, as far as it is not written for all of them.
fn fill_layer_beside(node: &mut Node, written: &[ast::Attr], environment: &Spanned<String>, defaults: &[ast::Attr]) {
    let unwritten = beside(written, defaults);
    match node.layers.iter_mut().find(|known| known.environment.value == environment.value) {
        Some(known) => fill_in(&mut known.attributes, &unwritten),
        None => node.layers.push(super::Layer { environment: environment.clone(), attributes: unwritten }),
    }
}

/// The attributes that are not written; of maps the keys that are not.
fn beside(written: &[ast::Attr], defaults: &[ast::Attr]) -> Vec<ast::Attr> {
    let mut rest = Vec::new();
    for attribute in defaults {
        match (find(written, &attribute.key.value).map(|written| &written.value), &attribute.value) {
            (None, _) => rest.push(attribute.clone()),
            (Some(ast::Value::Map(high)), ast::Value::Map(low)) => {
                let entries = beside(&high.entries, &low.entries);
                let value = ast::Value::Map(ast::Map { entries, ..low.clone() });
                rest.push(ast::Attr { value, ..attribute.clone() });
            }
            _ => {}
        }
    }
    rest
}
