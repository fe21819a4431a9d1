//! Diagnostics as SARIF 2.1.0, for code scanning and viewers. Beside what the standard demands it has what GitHub wants
//! to see: a description and a help of each rule, a hash of the line, and links to related places in the message.

use super::line_hash::line_hashes;
use super::place::{FileRange, Unit};
use crate::diag::visible::visible;
use crate::diag::{Code, Diagnostic, Fix, Label, Severity};
use crate::replace;
use crate::source::{SourceId, SourceMap, Span};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The folder to which paths are relative; the reader of the report knows where it is.
const ROOT: &str = "%SRCROOT%";

/// One run with all diagnostics; the rules are the codes that occur.
#[must_use]
pub fn sarif(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut codes: Vec<Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<_> = codes.iter().map(|code| rule(*code)).collect();
    let mut hashes = BTreeMap::new();
    let results: Vec<_> =
        diagnostics.iter().map(|diagnostic| result(diagnostic, &codes, sources, &mut hashes)).collect();
    super::escaped(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "pipelinec", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "originalUriBaseIds": {ROOT: {"description": {"text": "The folder in which pipelinec was run."}}},
            // Few readers check this; those that do not take columns as editors count them.
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    }))
}

fn rule(code: Code) -> Value {
    let page = code.page();
    let meaning = page.split("\n\n").nth(1).unwrap_or_default().replace('\n', " ");
    let (level, problem) = match code.severity() {
        Severity::Error => ("error", "error"),
        Severity::Warning => ("warning", "warning"),
    };
    json!({
        "id": code.as_str(),
        "shortDescription": {"text": sentence(code.title())},
        "fullDescription": {"text": meaning},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": level},
        "properties": {"precision": "very-high", "problem.severity": problem},
    })
}

type Hashes = BTreeMap<SourceId, Vec<String>>;

fn result(diagnostic: &Diagnostic, codes: &[Code], sources: &SourceMap, hashes: &mut Hashes) -> Value {
    let span = diagnostic.primary.span;
    let file = sources.file(span.source);
    let lines = hashes.entry(span.source).or_insert_with(|| line_hashes(file.text()));
    let hash = lines.get(file.position(span.range().start).line);
    let mut result = json!({
        "ruleId": diagnostic.code.as_str(),
        "ruleIndex": codes.binary_search(&diagnostic.code).expect("every code is listed"),
        "level": super::severity(diagnostic),
        "message": {"text": message(diagnostic)},
        "locations": [location(&diagnostic.primary, sources)],
        "partialFingerprints": {"primaryLocationLineHash": hash.expect("a span starts on a line of its file")},
    });
    if !diagnostic.secondary.is_empty() {
        let related = diagnostic.secondary.iter().zip(1..).map(|(label, id)| {
            let mut location = location(label, sources);
            location["id"] = json!(id);
            location
        });
        result["relatedLocations"] = related.collect();
    }
    if let Some(fix) = &diagnostic.fix {
        result["fixes"] = json!([mend(fix, sources)]);
    }
    result
}

/// The fact as a sentence, then a link to each related place, then the help. Where there is little room GitHub shows the
/// first sentence only, and a related place only when the message has a link to it.
///
/// Braces are kept. The standard requires them to be doubled, because `{0}` would be an argument; but viewers show
/// doubled ones as they are, and a help to write `{{` would be wrong.
fn message(diagnostic: &Diagnostic) -> String {
    let mut lines = vec![plain(&sentence(&diagnostic.message))];
    let links = diagnostic.secondary.iter().zip(1..);
    lines.extend(links.map(|(label, id)| {
        let text = if label.text.is_empty() { "here" } else { &label.text };
        format!("[{}]({id})", replace::at_once(&visible(text), &[("\\", "\\\\"), ("[", "\\["), ("]", "\\]")]))
    }));
    lines.extend(diagnostic.help.iter().map(|help| plain(&format!("help: {help}"))));
    lines.join("\n")
}

/// Text that contains no link and no line break.
fn plain(text: &str) -> String {
    visible(text).replace("](", "\\](")
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '?', '!']) { text.to_owned() } else { format!("{text}.") }
}

fn location(label: &Label, sources: &SourceMap) -> Value {
    let place = FileRange::of(label.span, sources, Unit::Utf16);
    let mut location = json!({"physicalLocation": {"artifactLocation": artifact(&place), "region": region(&place)}});
    if !label.text.is_empty() {
        location["message"] = json!({"text": visible(&label.text)});
    }
    location
}

/// A fix, with one change for each file.
fn mend(fix: &Fix, sources: &SourceMap) -> Value {
    let mut changes: BTreeMap<SourceId, Vec<&(Span, String)>> = BTreeMap::new();
    for edit in &fix.edits {
        changes.entry(edit.0.source).or_default().push(edit);
    }
    let changes = changes.into_values().map(|edits| {
        let places: Vec<_> = edits.iter().map(|(span, _)| FileRange::of(*span, sources, Unit::Utf16)).collect();
        let replacements = places.iter().zip(&edits);
        let replacements = replacements
            .map(|(place, (_, text))| json!({"deletedRegion": region(place), "insertedContent": {"text": text}}));
        json!({"artifactLocation": artifact(&places[0]), "replacements": replacements.collect::<Vec<_>>()})
    });
    json!({"description": {"text": visible(&fix.title)}, "artifactChanges": changes.collect::<Vec<_>>()})
}

fn region(place: &FileRange) -> Value {
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    })
}

fn artifact(place: &FileRange) -> Value {
    let uri = encoded(&place.file);
    if uri.starts_with('/') { json!({"uri": format!("file://{uri}")}) } else { json!({"uri": uri, "uriBaseId": ROOT}) }
}

/// A path as a part of a URI: what is not plain is percent-encoded.
fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
