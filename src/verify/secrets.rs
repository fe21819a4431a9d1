//! Where the values of Secrets are, so that nothing shows them.

use super::yaml::{Node, Value};
use crate::diag::Diagnostic;
use crate::replace;
use crate::source::{SourceId, SourceMap, Span};

/// Whether a field of a Secret may hold what is secret: all but those of which it is known that they do not.
pub(super) fn is_secret(field: &str) -> bool {
    !matches!(field, "apiVersion" | "kind" | "metadata" | "type" | "immutable")
}

/// Adds the values of a Secret, and those that kubectl keeps in an annotation of it.
pub(super) fn of_object(node: &Node, found: &mut Vec<Span>) {
    let Value::Map(entries) = &node.value else { return };
    for entry in entries.iter().filter(|entry| is_secret(&entry.key.value)) {
        values(&entry.value, found);
    }
    if let Some(annotations) = node.get("metadata").and_then(|metadata| metadata.value.get("annotations")) {
        values(&annotations.value, found);
    }
}

fn values(node: &Node, found: &mut Vec<Span>) {
    match &node.value {
        Value::Map(entries) => entries.iter().for_each(|entry| values(&entry.value, found)),
        Value::List(items) => items.iter().for_each(|item| values(item, found)),
        _ => found.push(node.span),
    }
}

/// A document that cannot be read and may be a Secret: everything behind the first colon of each line, and lines without
/// one, but for what says its kind and name.
pub(super) fn of_text(source: SourceId, text: &str, document: Span, found: &mut Vec<Span>) {
    let range = document.range();
    let own = &text[range.clone()];
    let named = |line: &str| line.contains("stringData") || line.contains("kind") && line.contains("Secret");
    if !own.lines().any(named) {
        return;
    }
    let mut start = range.start;
    for line in own.split_inclusive('\n') {
        let plain = line.trim_start().trim_start_matches(['"', '-', ' ']);
        if !["apiVersion", "kind", "metadata", "name", "namespace", "type"].iter().any(|key| plain.starts_with(key)) {
            let from = line.find(':').map_or(0, |colon| colon + 1);
            found.push(Span::new(source, start + from..start + line.len()));
        }
        start += line.len();
    }
}

/// Removes secret values from a report: those that a Secret has in common with another object through an anchor.
pub(super) fn mask(report: &mut Diagnostic, sources: &SourceMap, secrets: &[Span]) {
    let span = report.primary.span;
    let meets = |secret: &&Span| secret.source == span.source && secret.start < span.end && span.start < secret.end;
    let values = secrets.iter().filter(meets).map(|secret| sources.slice(*secret).trim_matches(['"', '\'']));
    let masks: Vec<_> = values.filter(|value| !value.is_empty()).map(|value| (value, "********")).collect();
    if masks.is_empty() {
        return;
    }
    let texts = report.help.iter_mut().chain([&mut report.message, &mut report.primary.text]);
    texts.for_each(|text| *text = replace::at_once(text, &masks));
    report.fix = None;
}
