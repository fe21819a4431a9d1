//! A comparison as text: for a terminal, for a review comment, for programs.

pub mod json;
pub mod markdown;
pub mod text;

use super::fields::Field;
use crate::diag::visible::visible;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// How many lines of a long value are shown.
const LINES: usize = 12;

/// A value in a line, or its first lines.
fn value_lines(value: &Value) -> Vec<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => crate::render::to_yaml(value),
        other => other.to_string(),
    };
    let mut lines: Vec<_> = text.trim_end_matches('\n').split('\n').map(line).collect();
    if lines.len() > LINES {
        let more = lines.len() - LINES;
        lines.truncate(LINES);
        lines.push(format!("… {more} more lines"));
    }
    lines
}

/// A line as it may be printed.
fn line(text: &str) -> String {
    visible(&text.replace('\t', "    ")).into_owned()
}

/// The lines of a field: what goes, what comes, and of texts what stays around it.
fn field_lines(field: &Field) -> Vec<(ChangeTag, String)> {
    if field.is_text()
        && let (Some(Value::String(old)), Some(Value::String(new))) = (&field.old, &field.new)
    {
        let diff = TextDiff::from_lines(old.as_str(), new.as_str());
        let mut lines = Vec::new();
        for (at, group) in diff.grouped_ops(2).iter().enumerate() {
            if at > 0 {
                lines.push((ChangeTag::Equal, "…".to_owned()));
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                lines.push((change.tag(), line(change.value().trim_end_matches('\n'))));
            }
        }
        return lines;
    }
    let of =
        |value: &Option<Value>, tag| -> Vec<_> { value.iter().flat_map(value_lines).map(|line| (tag, line)).collect() };
    let mut lines = of(&field.old, ChangeTag::Delete);
    lines.extend(of(&field.new, ChangeTag::Insert));
    lines
}
