//! Syntax trees → a [`Program`]: every keyword is known and allowed where it is, every name is declared once.
//! Reports E02xx.

use super::{Layer, Node, Program, Unread, allow, errors, find};
use crate::diag::{Diagnostics, suggest};
use crate::schema::{self, InRule, LabelRule};
use crate::source::{SourceId, Span, Spanned};
use crate::syntax::ast;
use std::collections::BTreeMap;

/// Validates all files of a program against the schema. What is wrong is reported and left out.
pub fn validate(files: &[ast::File], sink: &mut Diagnostics) -> Program {
    let start = files.first().map_or_else(Span::nowhere, |file| Span::new(file.source, 0..0));
    let mut root = Node::empty(&schema::TOP, start);
    fill(&mut root, files.iter().flat_map(|file| &file.items), sink);
    let environments = all_environments(&root);
    doubt_layers(&mut root, &environments);
    refuse_layers_of_nothing(&mut root, sink);
    report_doubles(&mut root, sink);
    let (targets, rest): (Vec<_>, Vec<_>) = root.blocks.into_iter().partition(|block| block.spec.word == "target");
    let (defaults, blocks): (Vec<_>, _) = rest.into_iter().partition(|block| block.spec.word == "defaults");
    report_double_defaults(&defaults, sink);
    root.blocks = blocks;
    Program { root, targets, defaults }
}

/// Fills a block with items; the contents of `in ENV { … }`, and blocks with `in ENV` in their head, come last, so that
/// what they override exists.
fn fill<'a>(node: &mut Node, items: impl IntoIterator<Item = &'a ast::Item>, sink: &mut Diagnostics) {
    let mut layers = Vec::new();
    let mut heads = Vec::new();
    for item in items {
        match item {
            ast::Item::Attr(attribute) if attribute.key.value == allow::WORD => {}
            ast::Item::Attr(attribute) => add_attribute(node, attribute, sink),
            ast::Item::Block(block) if block.word.value == "in" => layers.push(block),
            ast::Item::Block(block) => match validate_block(node, block, sink) {
                Some(inner) if inner.only.is_some() => heads.push(inner),
                Some(inner) => node.blocks.push(inner),
                None => {}
            },
            ast::Item::Broken(_) => node.unread = Unread::Anything,
        }
    }
    for block in layers {
        add_layer(node, block, sink);
    }
    for inner in heads {
        let Some(environment) = inner.only.clone() else { continue };
        layer_block(node, &environment, Node { only: None, ..inner }, sink);
    }
}

fn add_attribute(node: &mut Node, attribute: &ast::Attr, sink: &mut Diagnostics) {
    if node.spec.attribute(&attribute.key.value).is_none() {
        return refuse_attribute(node, attribute, false, sink);
    }
    match find(&node.attributes, &attribute.key.value) {
        Some(_) if node.is_unbalanced => {}
        Some(first) => sink.push(errors::twice(&attribute.key, first.key.span)),
        None => node.attributes.push(attribute.clone()),
    }
}

fn refuse_attribute(node: &mut Node, attribute: &ast::Attr, varies: bool, sink: &mut Diagnostics) {
    note_unread(node, &attribute.key.value);
    if strayed(node, &attribute.key.value) {
        return;
    }
    sink.push(errors::unknown_attribute(node.spec, attribute, varies));
}

/// Remembers which keywords of the schema are in an unknown block: they are not missing.
fn note_inside(node: &mut Node, items: &[ast::Item]) {
    for item in items {
        match item {
            ast::Item::Attr(attribute) => {
                node.unread.extend(node.spec.attribute(&attribute.key.value).map(|known| known.name))
            }
            ast::Item::Block(block) => {
                node.unread.extend(node.spec.block(&block.word.value).map(|known| known.word));
                note_inside(node, block.items());
            }
            ast::Item::Broken(_) => {}
        }
    }
}

/// Whether a word that a block does not know is meant for another one: braces are missing, which is reported.
fn strayed(node: &Node, word: &str) -> bool {
    node.is_unbalanced && schema::knows(word)
}

/// Remembers which word of the schema an unknown one is, or is nearest to.
fn note_unread(node: &mut Node, word: &str) {
    let attributes = node.spec.attributes.iter().map(|attribute| attribute.name);
    let known: Vec<_> = attributes.chain(node.spec.blocks.iter().map(|block| block.word)).collect();
    node.unread.extend(suggest::nearest(word, known));
}

fn validate_block(parent: &mut Node, block: &ast::Block, sink: &mut Diagnostics) -> Option<Node> {
    let Some(spec) = parent.spec.block(&block.word.value) else {
        note_unread(parent, &block.word.value);
        note_inside(parent, block.items());
        // It is read as a block of that word, so its environment is lost.
        if block.word.value.eq_ignore_ascii_case("in") {
            parent.unread = Unread::Anything;
        }
        if strayed(parent, &block.word.value) {
            return None;
        }
        sink.push(errors::unknown_block(parent.spec, block));
        return None;
    };
    let is_unbalanced = block.body.as_ref().is_some_and(ast::Body::is_unbalanced);
    let mut node = Node { label: block.label.clone(), is_unbalanced, ..Node::empty(spec, block.head()) };
    let mut whole = check_label(parent.spec, &mut node, block, sink);
    match (spec.environments, &block.environment) {
        (InRule::Acts, None) => {
            if parent.spec.word == "pipeline" {
                sink.push(errors::environment_missing(spec, block));
                whole = false;
            }
        }
        (InRule::Acts, Some(environment)) => node.environment = Some(environment.clone()),
        (InRule::Layers, Some(environment)) => node.only = Some(environment.clone()),
        // A stage that has no name has said so.
        (InRule::Never, Some(_)) if !whole => {}
        (InRule::Never, Some(environment)) => sink.push(errors::environment_not_here(spec, block, environment)),
        (InRule::Never | InRule::Layers, None) => {}
    }
    fill(&mut node, block.items(), sink);
    report_doubles(&mut node, sink);
    if !whole {
        parent.unread.add(spec.word);
        return None;
    }
    Some(node)
}

/// Whether what follows the word says what the block is, after reporting what is wrong with it. A `defaults` block and
/// a `project` in a target may leave it out.
fn check_label(parent: &schema::Block, node: &mut Node, block: &ast::Block, sink: &mut Diagnostics) -> bool {
    let spec = node.spec;
    let in_defaults = parent.word == "defaults";
    let (diagnostic, whole) = match (&block.label, spec.label) {
        (None, LabelRule::None | LabelRule::Optional) => return true,
        (None, _) if in_defaults => return true,
        (None, LabelRule::Project) if parent.word == "target" => return true,
        (None, rule) => (errors::label_missing(spec, block), matches!(rule, LabelRule::Words([_]))),
        // Without `in`, the environment takes the place of a name, which is reported for the environment.
        (Some(ast::Label::Ref(_)), LabelRule::None)
            if spec.environments == InRule::Acts && block.environment.is_none() && parent.word == "pipeline" =>
        {
            node.label = None;
            return true;
        }
        (Some(label), LabelRule::None) => {
            node.label = None;
            (errors::label_not_here(spec, label), true)
        }
        (Some(ast::Label::Text(_)), LabelRule::Object | LabelRule::Path) => return true,
        (Some(ast::Label::Ref(name)), LabelRule::Object) => (errors::object_without_quotes(spec, name), true),
        (Some(ast::Label::Ref(name)), LabelRule::Path) => (errors::path_without_quotes(spec, name), true),
        (Some(ast::Label::Text(text)), _) => (errors::label_is_text(spec, text), true),
        (Some(ast::Label::Ref(reference)), LabelRule::Words(words)) => {
            if words.contains(&reference.to_string().as_str()) {
                return true;
            }
            (errors::label_word(spec, words, reference), words.len() == 1)
        }
        (Some(ast::Label::Ref(reference)), LabelRule::Uses(schema::DeclarationKind::Task))
            if reference.parts.len() <= 2 =>
        {
            return true;
        }
        (Some(ast::Label::Ref(reference)), _) if reference.parts.len() == 1 => return true,
        (Some(ast::Label::Ref(reference)), _) => (errors::label_dotted(spec, reference), false),
    };
    sink.push(diagnostic);
    whole
}

/// `in ENV { … }`: its attributes override those of the block, its blocks those with the same type and label.
fn add_layer(node: &mut Node, block: &ast::Block, sink: &mut Diagnostics) {
    let Some(environment) = &block.environment else {
        // The parser has reported it.
        node.unread = Unread::Anything;
        return;
    };
    if node.spec.environments != InRule::Layers {
        if node.is_unbalanced {
            return;
        }
        return sink.push(errors::layer_not_here(node.spec, block));
    }
    for item in block.items() {
        match item {
            ast::Item::Attr(attribute) if attribute.key.value == allow::WORD => {}
            ast::Item::Attr(attribute) => layer_attribute(node, environment, attribute, sink),
            ast::Item::Block(inner) if inner.word.value == "in" => sink.push(errors::layer_in_layer(inner.head())),
            ast::Item::Block(inner) => {
                if let Some(mut shaped) = validate_block(node, inner, sink) {
                    if shaped.spec.environments != InRule::Layers {
                        node.unread.add(shaped.spec.word);
                        sink.push(errors::part_does_not_vary(&shaped));
                        continue;
                    }
                    refuse_layers(&mut shaped, sink);
                    layer_block(node, environment, shaped, sink);
                }
            }
            ast::Item::Broken(_) => node.unread = Unread::Anything,
        }
    }
}

/// An `in` cannot contain another one.
fn refuse_layers(node: &mut Node, sink: &mut Diagnostics) {
    let layers = std::mem::take(&mut node.layers).into_iter().map(|layer| layer.environment);
    for environment in layers.chain(node.only.take()) {
        sink.push(errors::layer_in_layer(environment.span));
    }
    node.blocks.iter_mut().for_each(|block| refuse_layers(block, sink));
}

fn layer_attribute(node: &mut Node, environment: &Spanned<String>, attribute: &ast::Attr, sink: &mut Diagnostics) {
    let Some(known) = node.spec.attribute(&attribute.key.value) else {
        return refuse_attribute(node, attribute, true, sink);
    };
    if known.phase == schema::Phase::Compile {
        node.unread.add(known.name);
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
fn layer_block(node: &mut Node, environment: &Spanned<String>, mut inner: Node, sink: &mut Diagnostics) {
    refuse_layers(&mut inner, sink);
    let same = |known: &&mut Node| {
        let there = known.only.as_ref().is_none_or(|only| only.value == environment.value);
        known.spec.word == inner.spec.word && known.name() == inner.name() && there
    };
    let Some(known) = node.blocks.iter_mut().find(same) else {
        node.blocks.push(Node { only: Some(environment.clone()), ..inner });
        return;
    };
    known.unread.join(&inner.unread);
    for attribute in &inner.attributes {
        if known.only.is_some() {
            add_attribute(known, attribute, sink);
        } else {
            layer_attribute(known, environment, attribute, sink);
        }
    }
    for block in inner.blocks {
        if known.only.is_none() {
            layer_block(known, environment, block, sink);
        } else {
            known.blocks.push(block);
            report_doubles(known, sink);
        }
    }
}

/// The environments that are declared, by whatever target.
fn all_environments(root: &Node) -> Vec<String> {
    let targets = root.all("target").flat_map(|target| target.names("environment"));
    root.names("environment").chain(targets).collect()
}

/// What is written for an environment that is not declared may be meant for any other: so it is not missing there.
fn doubt_layers(node: &mut Node, declared: &[String]) {
    let unknown = |name: &Spanned<String>| !declared.contains(&name.value);
    let blocks =
        node.blocks.iter().filter(|block| block.only.as_ref().is_some_and(unknown)).map(|block| block.spec.word);
    let layers = node.layers.iter().filter(|layer| unknown(&layer.environment));
    let attributes =
        layers.flat_map(|layer| &layer.attributes).filter_map(|given| node.spec.attribute(&given.key.value));
    let words: Vec<_> = blocks.chain(attributes.map(|attribute| attribute.name)).collect();
    node.unread.extend(words);
    node.blocks.iter_mut().for_each(|block| doubt_layers(block, declared));
}

/// An app or a secret exists or does not; only what it consists of differs by environment.
fn refuse_layers_of_nothing(root: &mut Node, sink: &mut Diagnostics) {
    for block in &mut root.blocks {
        if block.only.take().is_some() {
            sink.push(errors::lies_over_nothing(block));
        }
    }
}

/// One default, one value: of two that give the same attribute of the same block neither could win.
fn report_double_defaults(defaults: &[Node], sink: &mut Diagnostics) {
    let all: Vec<_> = defaults.iter().flat_map(|node| &node.blocks).collect();
    for (at, later) in all.iter().enumerate() {
        all[..at].iter().for_each(|first| report_contradictions(first, later, sink));
    }
}

fn report_contradictions(first: &Node, later: &Node, sink: &mut Diagnostics) {
    let environment = |name: Option<&Spanned<String>>| name.map(|name| name.value.clone());
    let acts = |node: &Node| environment(node.environment.as_ref());
    if first.spec.word != later.spec.word || first.name() != later.name() || acts(first) != acts(later) {
        return;
    }
    for (layer, attributes) in later.given() {
        for (_, known) in first.given().into_iter().filter(|(known, _)| environment(*known) == environment(layer)) {
            for attribute in attributes {
                if let Some(known) = find(known, &attribute.key.value) {
                    sink.push(errors::twice(&attribute.key, known.key.span));
                }
            }
        }
    }
    for inner in later.within() {
        first.within().for_each(|known| report_contradictions(&known, &inner, sink));
    }
}

/// Reports duplicate blocks in one parent, except stages. One of two may be meant for any missing name.
fn report_doubles(node: &mut Node, sink: &mut Diagnostics) {
    if node.spec.word == "defaults" {
        return;
    }
    let mut doubles = Vec::new();
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
            doubles.push((block, first));
        }
    }
    let mut copies = BTreeMap::new();
    for (block, first) in &doubles {
        let file = block.head.source;
        let known = copies.get(&file).copied();
        let copy = known.unwrap_or_else(|| node.spec.word.is_empty() && is_copy(node, file, &doubles));
        copies.insert(file, copy);
        match (copy, known) {
            (false, _) => sink.push(errors::declared_twice(block, first)),
            (true, None) => sink.push(errors::file_copied(block, first)),
            (true, Some(_)) => {}
        }
    }
    let words: Vec<_> = doubles.iter().map(|(block, _)| block.spec.word).collect();
    node.unread.extend(words);
}

/// Whether a file declares nothing but what one other file declares, and that is more than one thing.
fn is_copy(root: &Node, file: SourceId, doubles: &[(&Node, &Node)]) -> bool {
    let own = root.blocks.iter().filter(|block| block.head.source == file && block.label.is_some());
    let mut copied = doubles.iter().filter(|(block, _)| block.head.source == file).map(|(_, first)| first.head.source);
    let (own, other) = (own.count(), copied.next());
    own > 1 && copied.clone().count() + 1 == own && copied.all(|first| Some(first) == other) && other != Some(file)
}
