//! Values as YAML and JSON text. Only this module knows the YAML crate.
//!
//! The crate quotes whatever some reader of YAML 1.1 would take for another type (`on`, `1_000`, `12:30`). What is decided
//! here: text of several lines is a `|` block unless libyaml would misread it, nothing is folded, and JSON in a string is in
//! single quotes.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_yaml::{DoubleQuoted, LitStr, SingleQuoted};

use super::order::arrange;
use crate::kube::Object;

/// A value as YAML, in its order: [`arrange`] comes before. A key longer than 1,024 characters is beyond YAML's readers.
#[must_use]
pub fn to_yaml(value: &Value) -> String {
    let options = serde_yaml::ser_options! { folded_wrap_chars: usize::MAX };
    // Keys are strings, and nothing is nested too deep that came from a program; writing to a string does not fail.
    serde_yaml::to_string_with_options(&Node(value), options).expect("JSON is always YAML")
}

/// A value as JSON, indented by two, with a newline at the end.
#[must_use]
pub fn to_json(value: &Value) -> String {
    // The keys of a `Value` are strings, which is all that could fail.
    let mut text = serde_json::to_string_pretty(value).expect("a JSON value is always JSON");
    text.push('\n');
    text
}

/// A file of objects, each arranged for a reader, with a comment of one line at its head.
#[must_use]
pub fn document(header: &str, objects: &[&Object]) -> String {
    let header: Vec<_> =
        header.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
    let mut text = format!("# {}\n", header.join(" "));
    for (index, object) in objects.iter().enumerate() {
        if index > 0 {
            text.push_str("---\n");
        }
        text.push_str(&to_yaml(&arrange(object.value().clone())));
    }
    text
}

/// A value in the style chosen here.
struct Node<'a>(&'a Value);

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) if must_be_quoted(text) => DoubleQuoted(text).serialize(serializer),
            Value::String(text) if text.contains('\n') => LitStr(text).serialize(serializer),
            Value::String(text) if reads_better_in_single_quotes(text) => SingleQuoted(text).serialize(serializer),
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Node(item))?;
                }
                list.end()
            }
            Value::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, &Node(value))?;
                }
                map.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

/// Text that needs quotes, and is full of what double quotes escape: JSON, templates, expressions. Single quotes are always
/// right for text of printable ASCII, so a plain scalar more or less is a matter of taste only.
fn reads_better_in_single_quotes(text: &str) -> bool {
    let count = |wanted: &[char]| text.chars().filter(|c| wanted.contains(c)).count();
    text.chars().all(|c| matches!(c, ' '..='~'))
        && count(&['"', '\\']) > count(&['\''])
        && (text.starts_with(|c: char| !c.is_ascii_alphanumeric()) || text.contains(": ") || text.contains(" #"))
}

/// Text that libyaml and its children do not read back from a block, because its first line that is not empty starts with a
/// tab; and numbers in base 60, of which the crate skips those that start with a zero.
fn must_be_quoted(text: &str) -> bool {
    (text.contains('\n') && text.trim_start_matches('\n').starts_with('\t')) || is_in_base_60(text)
}

/// Whether some reader of YAML 1.1 takes the text for an integer or a float in base 60: `0:1`, `-12:30:45.5`.
fn is_in_base_60(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.contains(':')
        && digits.chars().all(|c| matches!(c, '0'..='9' | ':' | '.' | '_'))
}
