//! One program with errors in each format that tools read.

pub mod json;
mod sarif;

use std::path::Path;

use pipelinec::compile::compile;
use pipelinec::diag::Diagnostic;
use pipelinec::diag::render;
use pipelinec::source::SourceMap;
use serde_json::Value;

use testkit::fixtures::snapshot;

fn errors() -> (SourceMap, Vec<Diagnostic>) {
    let text = include_str!("../../formats/shop.pipe");
    let sources = SourceMap::new([("a folder/shop.pipe".to_owned(), text.to_owned())]);
    let diagnostics = compile(&sources).diagnostics;
    assert!(diagnostics.iter().any(|diagnostic| diagnostic.fix.is_some() && !diagnostic.help.is_empty()));
    assert!(diagnostics.iter().any(|diagnostic| !diagnostic.secondary.is_empty()));
    (sources, diagnostics)
}

#[test]
fn each_format_carries_codes_places_help_and_fixes() {
    let (sources, diagnostics) = errors();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    snapshot(&folder, "json", &render::json(&diagnostics, &sources));
    snapshot(&folder, "sarif", &render::sarif(&diagnostics, &sources));
    snapshot(&folder, "github", &render::github(&diagnostics, &sources));
    snapshot(&folder, "short", &render::short(&diagnostics, &sources));
}

#[test]
fn documents_are_whole_whatever_is_in_them() {
    for text in ["app \u{1b}[31m\u{0} { \"\u{7f}", "app \u{202e} {", ""] {
        let sources = SourceMap::new([("\u{1b}, a:b%\n.pipe".to_owned(), text.to_owned())]);
        let diagnostics = compile(&sources).diagnostics;
        for document in [render::json(&diagnostics, &sources), render::sarif(&diagnostics, &sources)] {
            let value: Value = serde_json::from_str(&document).expect("a document is JSON");
            assert!(value["version"].is_number() || value["version"].is_string());
        }
        let annotations = render::github(&diagnostics, &sources);
        assert_eq!(annotations.lines().count(), diagnostics.len(), "a line an annotation");
        assert!(annotations.lines().all(|line| line.starts_with("::error file=")));
        assert!(annotations.chars().all(|c| c == '\n' || !c.is_control()));
    }
}
