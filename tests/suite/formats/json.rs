//! The JSON is as the reference describes it: every field that is written is in its table, of the type that it says, and
//! every field of the table is written.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pipelinec::compile::compile;
use pipelinec::diag::render;
use pipelinec::diff::{self as comparison, Trees, diff};
use pipelinec::source::SourceMap;
use serde_json::Value;

use crate::errors::cases;

/// The table of the reference: each field, and what it is.
fn described(marker: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar/README.md");
    let text = fs::read_to_string(path).expect("the reference is there");
    let table = text.split_once(marker).and_then(|(_, rest)| rest.split_once("<!-- end -->"));
    let rows = table.expect("the reference has the table").0.lines().filter(|line| line.starts_with("| `"));
    let row = |line: &str| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let mut cell = || cells.next().expect("a row has two cells").to_owned();
        (cell().trim_matches('`').to_owned(), cell())
    };
    rows.map(row).collect()
}

#[test]
fn the_reference_describes_every_field() {
    let document = |case: &crate::errors::Case| {
        let sources = case.sources(&case.text);
        render::json(&case.diagnostics(&sources), &sources)
    };
    hold_documents("<!-- json -->", &cases().iter().map(document).collect::<Vec<_>>());
}

/// Holds the fields of an object against the table: all that it lists are there, and no other.
fn hold_fields(above: &str, value: &Value, table: &[(String, String)], seen: &mut BTreeSet<(String, String)>) {
    let prefix = if above.is_empty() { String::new() } else { format!("{above}.") };
    let fields = value.as_object().unwrap_or_else(|| panic!("{above} is no object: {value}"));
    for (name, value) in fields {
        hold(&format!("{prefix}{name}"), value, table, seen);
    }
    let listed = table.iter().filter_map(|(path, _)| path.strip_prefix(&prefix));
    for name in listed.filter(|name| !name.contains(['.', '['])) {
        assert!(fields.contains_key(name), "{prefix}{name} is not always there: {value}");
    }
}

fn hold(path: &str, value: &Value, table: &[(String, String)], seen: &mut BTreeSet<(String, String)>) {
    let row = table.iter().find(|(known, _)| known == path);
    let object = value.is_object();
    let Some((_, kind)) = row else {
        // A list of objects that have no name of their own.
        assert!(object && path.ends_with("[]"), "the reference does not describe {path}");
        return hold_fields(path, value, table, seen);
    };
    match (kind.as_str(), value) {
        ("number", Value::Number(number)) => assert!(number.is_u64(), "{path}: {number}"),
        ("string" | "string, or null", Value::String(_)) | ("boolean", Value::Bool(_)) | ("any", _) => {}
        (kind, Value::Null) if kind.ends_with(", or null") => {}
        ("list", Value::Array(list)) => list.iter().for_each(|one| hold(&format!("{path}[]"), one, table, seen)),
        (kind, Value::Object(_)) => hold_fields(kind.trim_end_matches(", or null"), value, table, seen),
        _ => panic!("{path} is no {kind}: {value}"),
    }
    if !value.is_null() {
        seen.insert((path.to_owned(), kind.clone()));
    }
}

/// Holds documents against a table of the reference, all of which they must show.
pub fn hold_documents(marker: &str, documents: &[String]) {
    let table = described(marker);
    let mut seen = BTreeSet::new();
    for document in documents {
        hold_fields("", &serde_json::from_str(document).expect("a document is JSON"), &table, &mut seen);
    }
    let missing: Vec<_> = table.iter().filter(|row| !seen.contains(*row)).collect();
    assert!(missing.is_empty(), "the reference describes what is never written: {missing:?}");
}

#[test]
fn the_reference_describes_every_field_of_a_comparison() {
    let nothing = diff(&Trees::new(), &Trees::new());
    let all = crate::diff::comparisons().into_iter().chain([nothing]);
    hold_documents("<!-- diff json -->", &all.map(|found| comparison::render::json::json(&found)).collect::<Vec<_>>());
}

#[test]
fn places_are_counted_as_described() {
    let text = "project \u{1f642}é { }\r\n\tenviroment\u{301} x\n";
    let sources = SourceMap::new([("x.pipe".to_owned(), text.to_owned())]);
    let diagnostics = compile(&sources).diagnostics;
    let value: Value = serde_json::from_str(&render::json(&diagnostics, &sources)).expect("JSON");
    let found = value["diagnostics"].as_array().expect("a list");
    assert!(!found.is_empty());
    for (found, diagnostic) in found.iter().zip(&diagnostics) {
        let place = &found["primary"]["place"];
        let number = |name: &str| usize::try_from(place[name].as_u64().expect("a number")).expect("it is small");
        assert_eq!(number("offset")..number("endOffset"), diagnostic.primary.span.range());
        for (line, column, offset) in [("line", "column", "offset"), ("endLine", "endColumn", "endOffset")] {
            let start: usize = text.split_inclusive('\n').take(number(line) - 1).map(str::len).sum();
            let on_line: String = text[start..].chars().take(number(column) - 1).collect();
            assert_eq!(start + on_line.len(), number(offset), "{place}");
        }
    }
}
