//! Diagnostics as SARIF 2.1.0, for code scanning and viewers.

use super::place::Place;
use crate::diag::{Code, Diagnostic, Fix, Label};
use crate::source::{SourceMap, Span};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// One run with all diagnostics; the rules are the codes that occur.
#[must_use]
pub fn sarif(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut codes: Vec<Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<_> =
        codes.iter().map(|code| json!({"id": code.as_str(), "shortDescription": {"text": code.title()}})).collect();
    let results: Vec<_> = diagnostics.iter().map(|diagnostic| result(diagnostic, &codes, sources)).collect();
    crate::render::to_json(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "pipelinec", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules}},
            // Columns are counted in characters, as people count them.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn result(diagnostic: &Diagnostic, codes: &[Code], sources: &SourceMap) -> Value {
    let mut text = diagnostic.message.clone();
    diagnostic.help.iter().for_each(|help| text.push_str(&format!("\n{help}")));
    let mut result = json!({
        "ruleId": diagnostic.code.as_str(),
        "ruleIndex": codes.binary_search(&diagnostic.code).expect("every code is listed"),
        "level": super::severity(diagnostic),
        "message": {"text": text},
        "locations": [location(diagnostic.primary.span, sources)],
        "partialFingerprints": {"pipelinec/v1": fingerprint(diagnostic, sources)},
    });
    if !diagnostic.secondary.is_empty() {
        result["relatedLocations"] =
            Value::Array(diagnostic.secondary.iter().map(|label| related(label, sources)).collect());
    }
    if let Some(fix) = &diagnostic.fix {
        result["fixes"] = json!([mend(fix, sources)]);
    }
    result
}

fn location(span: Span, sources: &SourceMap) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": artifact(&Place::of(span, sources)),
        "region": region(&Place::of(span, sources)),
    }})
}

fn related(label: &Label, sources: &SourceMap) -> Value {
    let mut location = location(label.span, sources);
    location["message"] = json!({"text": label.text});
    location
}

fn mend(fix: &Fix, sources: &SourceMap) -> Value {
    let changes: Vec<_> = fix
        .edits
        .iter()
        .map(|(span, text)| {
            let place = Place::of(*span, sources);
            json!({
                "artifactLocation": artifact(&place),
                "replacements": [{"deletedRegion": region(&place), "insertedContent": {"text": text}}],
            })
        })
        .collect();
    json!({"description": {"text": fix.title}, "artifactChanges": changes})
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    })
}

fn artifact(place: &Place) -> Value {
    json!({"uri": uri(&place.file)})
}

/// A path as a relative reference of a URI: what is not plain is percent-encoded.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The same for the same mistake when lines before it come and go.
fn fingerprint(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let file = sources.file(diagnostic.primary.span.source);
    let line = file.position(diagnostic.primary.span.range().start).line;
    let text = file.text().lines().nth(line).unwrap_or_default().trim();
    let hash = Sha256::digest(format!("{}\0{}\0{text}\0{}", diagnostic.code, file.path(), diagnostic.message));
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
