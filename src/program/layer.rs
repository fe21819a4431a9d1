//! A program → the program of one target: the target's blocks override it, then `defaults` fill in.
//! Reports E0208, E0214 and W0201.

use super::{Layer, Node, Program, Unread, errors, fill_in, find, lay_over};
use crate::diag::Diagnostics;
use crate::diag::suggest::nearest;
use crate::schema::{self, EXCLUSIVE};
use crate::source::Span;
use crate::syntax::ast;
use std::collections::BTreeSet;

/// What holds in one target: its edits first, then what `defaults` fill in.
pub fn for_target(program: &Program, target: Option<&Node>, sink: &mut Diagnostics) -> Node {
    let mut root = program.root.clone();
    if let Some(target) = target {
        let (edits, nothing): (Vec<_>, _) =
            target.blocks.iter().cloned().partition(|block| !edits_nothing(&root, block, &program.defaults));
        for block in &nothing {
            sink.push(errors::edits_nothing(block, &root.names(block.spec.word).collect::<Vec<_>>()));
        }
        edit_blocks(&mut root, &Node { blocks: edits, ..target.clone() }, sink);
    }
    Filling::default().all(&mut root, program);
    root
}

/// What holds in each target, without what is to be said of it; and the defaults that fill in something in one of them.
pub(super) fn for_all_targets(program: &Program) -> (Vec<Node>, BTreeSet<Span>) {
    let mut filling = Filling::default();
    let mut roots = Vec::new();
    for target in program.targets.iter().map(Some).chain(program.targets.is_empty().then_some(None)) {
        let mut root = program.root.clone();
        if let Some(target) = target {
            edit_blocks(&mut root, target, &mut Diagnostics::default());
        }
        filling.all(&mut root, program);
        roots.push(root);
    }
    (roots, filling.used)
}

/// Whether a block of a target changes another one, which is missing or has another name: as a separate block,
/// it would be incomplete.
fn edits_nothing(root: &Node, block: &Node, defaults: &[Node]) -> bool {
    let there = root.blocks.iter().any(|known| known.matches(block) || belongs(known, block));
    if there || block.label.is_none() || block.only.is_some() || root.unread.may_be(block.spec.word) {
        return false;
    }
    let third_party = block.all("helm").any(|helm| !helm.lacks("repo"));
    let needed = |attribute: &&schema::Attribute| {
        attribute.default == schema::Default::Required || attribute.name == "source" && !third_party
    };
    let given = |name: &str| {
        let mut all = defaults.iter().flat_map(|node| &node.blocks).filter(|default| fits(default, block));
        !block.lacks(name) || all.any(|default| !default.lacks(name))
    };
    let names: Vec<_> = root.names(block.spec.word).collect();
    let meant = block.spec.word == "app" || nearest(&block.name(), names.iter().map(String::as_str)).is_some();
    meant && block.spec.attributes.iter().filter(needed).any(|attribute| !given(attribute.name))
}

/// Overrides the block that it matches: values and lists replace, maps merge by key, new blocks are added.
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
    base.unread.join(&over.unread);
    edit_blocks(base, over, sink);
}

/// Whether a value overrides another one; for two maps, only if they have a key in common.
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
        let unseen = base.unread.may_be(block.spec.word);
        match base.blocks.iter_mut().find(by_word) {
            Some(known) => edit(known, block, sink),
            // A new stage would have no place among the others.
            None if block.spec.is_stage() => {
                base.unread.add(block.spec.word);
                sink.push(errors::stage_added(block));
            }
            // What a target overrides in a block for one environment belongs only to that block.
            None if block.only.is_some() => match base.blocks.iter_mut().find(|known| belongs(known, block)) {
                Some(known) => edit_in(known, block),
                None if unseen => base.blocks.push(unread(block)),
                None if base.spec.word.is_empty() => sink.push(errors::lies_over_nothing(block)),
                None => base.blocks.push(block.clone()),
            },
            None if unseen => base.blocks.push(unread(block)),
            None => base.blocks.push(block.clone()),
        }
    }
}

/// A block that overrides one that could not be read: what it lacks may be there.
fn unread(block: &Node) -> Node {
    Node { unread: Unread::Anything, blocks: block.blocks.iter().map(unread).collect(), ..block.clone() }
}

fn belongs(known: &Node, block: &Node) -> bool {
    known.spec.word == block.spec.word && known.name() == block.name() && known.only.is_none()
}

/// Adds a block that exists in only one environment to the block of all environments, as a layer of it.
fn edit_in(known: &mut Node, block: &Node) {
    let Some(environment) = &block.only else { return };
    let layer = Layer { environment: environment.clone(), attributes: block.attributes.clone() };
    match known.layers.iter_mut().find(|layer| layer.environment.value == environment.value) {
        Some(same) => lay_over(&mut same.attributes, &layer.attributes),
        None => known.layers.push(layer),
    }
    for inner in &block.blocks {
        let inner = Node { only: Some(environment.clone()), ..inner.clone() };
        let unseen = known.unread.may_be(inner.spec.word);
        match known.blocks.iter_mut().find(|known| known.matches(&inner)) {
            Some(same) => lay_over(&mut same.attributes, &inner.attributes),
            None => match known.blocks.iter_mut().find(|known| belongs(known, &inner)) {
                Some(same) => edit_in(same, &inner),
                None if unseen => known.blocks.push(unread(&inner)),
                None => known.blocks.push(inner),
            },
        }
    }
}

/// What `defaults` fill in, and which of them did.
#[derive(Default)]
struct Filling {
    used: BTreeSet<Span>,
}

impl Filling {
    /// Fills in all blocks of a program.
    fn all(&mut self, root: &mut Node, program: &Program) {
        for block in &mut root.blocks {
            self.block(block, &program.defaults);
        }
    }

    /// Fills in a block and the blocks in it.
    fn block(&mut self, node: &mut Node, defaults: &[Node]) {
        let applies = |default: &&Node| {
            let environment = default.environment.as_ref().map(|name| &name.value);
            fits(default, node)
                && (environment.is_none() || environment == node.environment.as_ref().map(|name| &name.value))
        };
        let applying: Vec<_> = defaults.iter().flat_map(|block| &block.blocks).filter(applies).collect();
        self.by_rank(node, &applying);
        for block in &mut node.blocks {
            self.block(block, defaults);
        }
    }

    /// The nearest default first: one with the block's label, one with its `in`, one with the word alone.
    fn by_rank(&mut self, node: &mut Node, defaults: &[&Node]) {
        let rank = |default: &Node| (default.label.is_none(), default.environment.is_none());
        for wanted in [(false, false), (false, true), (true, false), (true, true)] {
            let same: Vec<_> = defaults.iter().copied().filter(|default| rank(default) == wanted).collect();
            self.from(node, &same);
        }
    }

    /// Fills in from defaults of one rank, whose order says nothing. What is written anywhere in the block wins over
    /// them, also over one for a single environment; that one wins over one for all.
    fn from(&mut self, node: &mut Node, defaults: &[&Node]) {
        if defaults.is_empty() {
            return;
        }
        self.used.extend(defaults.iter().map(|default| default.head));
        let written = node.attributes.clone();
        for (environment, attributes) in defaults.iter().flat_map(|default| default.given()) {
            let Some(environment) = environment else { continue };
            let unwritten: Vec<_> = attributes.iter().filter_map(|attribute| unwritten(&written, attribute)).collect();
            match node.layers.iter_mut().find(|known| known.environment.value == environment.value) {
                Some(known) => fill_in(&mut known.attributes, &unwritten),
                None => node.layers.push(Layer { environment: environment.clone(), attributes: unwritten }),
            }
        }
        for default in defaults.iter().filter(|default| default.only.is_none()) {
            let mut fitting = fitting(&written, node.spec, &default.attributes);
            if reads_no_source(node) {
                fitting.retain(|attribute| attribute.key.value != "source");
            }
            fill_in(&mut node.attributes, &fitting);
        }
        for block in &mut node.blocks {
            let inner: Vec<Node> =
                defaults.iter().flat_map(|default| default.within()).filter(|inner| fits(inner, block)).collect();
            self.by_rank(block, &inner.iter().collect::<Vec<_>>());
        }
    }
}

fn fits(default: &Node, node: &Node) -> bool {
    default.spec.word == node.spec.word && (default.label.is_none() || default.name() == node.name())
}

/// Whether a block is an app of nothing but third-party charts without values files of its own: a `source` would make it an
/// app that is delivered, whose chart changes only with a run.
fn reads_no_source(node: &Node) -> bool {
    let third_party = |inner: &Node| match inner.spec.word {
        "helm" => inner.attribute("repo").is_some() && inner.lacks("values"),
        word => word == "patch",
    };
    node.spec.word == "app" && node.all("helm").next().is_some() && node.blocks.iter().all(third_party)
}

/// What of a default can be filled in: what a written attribute excludes would only be an error that nobody made.
fn fitting(written: &[ast::Attr], spec: &schema::Block, default: &[ast::Attr]) -> Vec<ast::Attr> {
    let mut exclusive = EXCLUSIVE.into_iter().filter(|exclusive| spec.word == exclusive.block);
    let exclusive = exclusive.find(|exclusive| find(written, exclusive.attribute).is_some());
    let fits = |attribute: &&ast::Attr| !exclusive.is_some_and(|exclusive| exclusive.excludes(&attribute.key.value));
    default.iter().filter(fits).cloned().collect()
}

/// What of an attribute is not written; of a map, the keys that are not.
fn unwritten(written: &[ast::Attr], attribute: &ast::Attr) -> Option<ast::Attr> {
    match (find(written, &attribute.key.value).map(|known| &known.value), &attribute.value) {
        (None, _) => Some(attribute.clone()),
        (Some(ast::Value::Map(known)), ast::Value::Map(map)) => {
            let entries = map.entries.iter().filter(|entry| find(&known.entries, &entry.key.value).is_none());
            let map = ast::Map { entries: entries.cloned().collect(), span: map.span };
            Some(ast::Attr { key: attribute.key.clone(), value: ast::Value::Map(map) })
        }
        _ => None,
    }
}
