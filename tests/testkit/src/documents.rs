//! JSON is checked against the tables of the reference: every field that is written is in its table, of the type that it says,
//! and every field of the table is written.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::root;

/// The table of the reference: each field, and what it is.
fn described(marker: &str) -> Vec<(String, String)> {
    let path = root().join("grammar/README.md");
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
