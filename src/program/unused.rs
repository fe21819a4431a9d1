//! What is set to no effect on any target: defaults for blocks that are not there, variables that are hidden or repeated,
//! bounds of replicas that nothing makes use of. Reports W0204 and W0303.

mod errors;

use super::{Node, Program, find, layer};
use crate::diag::Diagnostics;
use crate::diag::verdict::Verdicts;
use crate::source::Span;
use crate::syntax::ast;
use std::collections::BTreeSet;

/// Reports it.
pub fn report_unused(program: &Program, sink: &mut Diagnostics) {
    let (roots, used) = layer::for_all_targets(program);
    defaults(program, &roots, &used, sink);
    let mut found = Verdicts::default();
    let contested = contested(program);
    for root in &roots {
        for app in root.all("app") {
            unread(app, &mut found);
            app.all("service").for_each(|service| ranges(root, service, &mut found));
            for environment in root.names("environment") {
                let picked = app.in_environment(Some(&environment));
                hidden(&picked, &mut found);
                repeated(app, &picked, &contested, &mut found);
                picked.all("service").for_each(|service| scale(service, &mut found));
            }
        }
    }
    found.report(sink);
}

/// Defaults that fill in nothing: those in a default that is used, and those for a block of one name or environment.
/// Others may be there for blocks to come.
fn defaults(program: &Program, roots: &[Node], used: &BTreeSet<Span>, sink: &mut Diagnostics) {
    let begun = roots.iter().any(|root| root.block("pipeline").is_some());
    for default in program.defaults.iter().flat_map(|block| &block.blocks) {
        if used.contains(&default.head) {
            inner_defaults(default, used, sink);
        } else if (begun || !default.spec.is_stage()) && (default.environment.is_some() || default.is_named()) {
            let alike = roots.iter().flat_map(|root| named_alike(root, default)).collect::<BTreeSet<_>>();
            sink.push(errors::default_of_nothing(default, &alike));
        }
    }
}

/// A default adds no block, so one in another that no written block matches says nothing.
fn inner_defaults(default: &Node, used: &BTreeSet<Span>, sink: &mut Diagnostics) {
    for inner in &default.blocks {
        if used.contains(&inner.head) {
            inner_defaults(inner, used, sink);
        } else {
            sink.push(errors::default_unused(default, inner));
        }
    }
}

/// The names of the blocks that a default would fit but for its name.
fn named_alike(node: &Node, default: &Node) -> Vec<String> {
    let inner = node.blocks.iter().flat_map(|block| named_alike(block, default));
    let own = (node.spec.word == default.spec.word && node.is_named()).then(|| node.name());
    inner.chain(own).collect()
}

/// The variables of an app reach its services, with their containers, and tasks alone.
fn unread(app: &Node, found: &mut Verdicts) {
    let read = !parts(app).is_empty();
    let layers = app.layers.iter().flat_map(|layer| &layer.attributes);
    for attribute in app.attributes.iter().chain(layers).filter(|attribute| attribute.key.value == "env") {
        found.add(attribute.key.span, (!read).then(|| errors::variables_of_nothing(app, attribute)));
    }
}

/// A variable of an app that each of its services and tasks overrides.
fn hidden(app: &Node, found: &mut Verdicts) {
    let parts = parts(app);
    for entry in variables(app) {
        let inner: Vec<_> = parts.iter().filter_map(|part| find(variables(part), &entry.key.value)).collect();
        // Of two that are equal the inner one is too much.
        let unused = !parts.is_empty()
            && inner.len() == parts.len()
            && !inner.iter().any(|inner| same(&inner.value, &entry.value));
        found.add(entry.key.span, unused.then(|| errors::variable_hidden(app, entry, &inner)));
    }
}

/// A variable of a service or task with the value that it has in the app anyway. It may override what targets,
/// defaults or the block itself set; then it has an effect.
fn repeated(app: &Node, picked: &Node, contested: &BTreeSet<&str>, found: &mut Verdicts) {
    let all = parts(app);
    for part in parts(picked) {
        let written = all.iter().find(|block| block.head == part.head);
        let entries = variables(part);
        for (at, entry) in entries.iter().enumerate() {
            let name = entry.key.value.as_str();
            let below = written.and_then(|part| find(variables(part), name));
            let hides = contested.contains(name) || below.is_some_and(|below| below.key.span != entry.key.span);
            let equal = find(variables(picked), name).filter(|outer| !hides && same(&outer.value, &entry.value));
            found.add(entry.key.span, equal.map(|outer| errors::variable_repeated(app, entries, at, outer)));
        }
    }
}

/// The variables that a target or a default gives to services or tasks.
fn contested(program: &Program) -> BTreeSet<&str> {
    fn collect<'a>(node: &'a Node, found: &mut BTreeSet<&'a str>) {
        if has_variables(node) {
            let layers = node.layers.iter().flat_map(|layer| &layer.attributes);
            for attribute in node.attributes.iter().chain(layers).filter(|attribute| attribute.key.value == "env") {
                found.extend(entries(attribute).iter().map(|entry| entry.key.value.as_str()));
            }
        }
        node.blocks.iter().for_each(|block| collect(block, found));
    }
    let mut found = BTreeSet::new();
    program.targets.iter().chain(&program.defaults).for_each(|block| collect(block, &mut found));
    found
}

/// A range of replicas for an ephemeral environment alone, which has no autoscaler.
fn ranges(root: &Node, service: &Node, found: &mut Verdicts) {
    let own = service.only.iter().map(|only| (only, service.attributes.as_slice()));
    let layers = service.layers.iter().map(|layer| (&layer.environment, layer.attributes.as_slice()));
    for (environment, attributes) in own.chain(layers) {
        let Some(ast::Value::Range(low, high)) = find(attributes, "replicas").map(|replicas| &replicas.value) else {
            continue;
        };
        let mut environments = root.all("environment").filter(|node| node.name() == environment.value);
        let ephemeral = environments.any(|node| node.attribute("copy-of").is_some());
        let span = low.span.to(high.span);
        found.add(span, ephemeral.then(|| errors::range_in_ephemeral(span, low)));
    }
}

fn scale(service: &Node, found: &mut Verdicts) {
    let Some(scale) = service.block("scale") else { return };
    let range = matches!(service.attribute("replicas").map(|replicas| &replicas.value), Some(ast::Value::Range(..)));
    found.add(scale.head, (!range).then(|| errors::scale_without_range(scale)));
}

fn has_variables(part: &Node) -> bool {
    matches!(part.spec.word, "service" | "cron" | "task" | "init" | "sidecar")
}

/// The parts of an app that its variables reach, with the containers in its services.
fn parts(app: &Node) -> Vec<&Node> {
    app.blocks.iter().flat_map(|block| block.blocks.iter().chain([block])).filter(|part| has_variables(part)).collect()
}

fn variables(node: &Node) -> &[ast::Attr] {
    node.attribute("env").map_or(&[], entries)
}

fn entries(attribute: &ast::Attr) -> &[ast::Attr] {
    match &attribute.value {
        ast::Value::Map(map) => &map.entries,
        _ => &[],
    }
}

/// Whether two values of variables are written alike; in one app and environment they are the same then.
fn same(one: &ast::Value, other: &ast::Value) -> bool {
    match (one, other) {
        (ast::Value::Text(one), ast::Value::Text(other)) => {
            let alike = |(one, other): (&ast::Segment, &ast::Segment)| match (one, other) {
                (ast::Segment::Literal(one), ast::Segment::Literal(other)) => one == other,
                (ast::Segment::Variable(one), ast::Segment::Variable(other)) => one.to_string() == other.to_string(),
                _ => false,
            };
            one.segments.len() == other.segments.len() && one.segments.iter().zip(&other.segments).all(alike)
        }
        (ast::Value::Ref(one), ast::Value::Ref(other)) => one.to_string() == other.to_string(),
        (ast::Value::Quantity(one), ast::Value::Quantity(other)) => one.value == other.value,
        (ast::Value::Bool(one), ast::Value::Bool(other)) => one.value == other.value,
        _ => false,
    }
}
