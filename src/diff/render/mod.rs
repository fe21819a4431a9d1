//! Output formats of a comparison: for a terminal, for a review comment, for programs.

pub mod json;
pub mod markdown;
pub mod text;

use super::fields::Field;
use super::{Diff, Target};
use crate::diag::visible::visible;
use crate::words;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// How many lines of a long value are shown.
const LINES: usize = 12;

/// How many lines of a comparison of two texts are shown.
const COMPARED: usize = 200;

/// How many characters of a long line are shown.
const COLUMNS: usize = 400;

/// How a value is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As it is.
    Plain,
    /// As JSON: quotes tell a text from a number, and show spaces at its ends.
    Quoted,
}

/// A value in a line, or its first lines.
fn value_lines(value: &Value, form: Form) -> Vec<String> {
    let text = match value {
        Value::String(text) if form == Form::Plain && !text.is_empty() => text.clone(),
        Value::Object(items) if items.is_empty() => "{}".to_owned(),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Object(_) | Value::Array(_) => crate::render::to_yaml(value),
        other => other.to_string(),
    };
    let lines: Vec<_> = text.trim_end_matches('\n').split('\n').collect();
    let more = lines.len().saturating_sub(LINES);
    let mut shown: Vec<_> = lines.into_iter().take(LINES).map(line).collect();
    if more > 0 {
        shown.push(format!("… {more} more {}", words::noun(more, "line")));
    }
    shown
}

/// A line as it may be printed.
fn line(text: &str) -> String {
    let shown = visible(&text.replace('\t', "    ")).into_owned();
    match shown.char_indices().nth(COLUMNS) {
        Some((at, _)) => format!("{}… {} more characters", &shown[..at], shown[at..].chars().count()),
        None => shown,
    }
}

/// The lines of a field: what is removed and added and, for strings, the context.
fn field_lines(field: &Field) -> Vec<(ChangeTag, String)> {
    if field.is_text()
        && let (Some(Value::String(old)), Some(Value::String(new))) = (&field.old, &field.new)
    {
        return text_lines(old, new);
    }
    let of = |value: &Option<Value>, tag, form| -> Vec<_> {
        value.iter().flat_map(|value| value_lines(value, form)).map(|line| (tag, line)).collect()
    };
    let lines = |form| (of(&field.old, ChangeTag::Delete, form), of(&field.new, ChangeTag::Insert, form));
    let (mut old, mut new) = lines(Form::Plain);
    // `1` and `"1"`, or `a` and `a `, look the same but are not.
    let is_text = |value: &Option<Value>| value.as_ref().map(Value::is_string);
    let is_scalar = |value: &Option<Value>| value.as_ref().is_some_and(|value| !value.is_object() && !value.is_array());
    let mixed = is_scalar(&field.old) && is_scalar(&field.new) && is_text(&field.old) != is_text(&field.new);
    let bare = |lines: &[(ChangeTag, String)]| lines.iter().map(|(_, line)| line.trim().to_owned()).collect::<Vec<_>>();
    if mixed || bare(&old) == bare(&new) {
        (old, new) = lines(Form::Quoted);
    }
    old.extend(new);
    old
}

/// What differs between two texts, with the lines around it.
fn text_lines(old: &str, new: &str) -> Vec<(ChangeTag, String)> {
    let diff = TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(2).iter().enumerate() {
        if at > 0 {
            lines.push((ChangeTag::Equal, "…".to_owned()));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let end = if change.missing_newline() && change.tag() != ChangeTag::Equal { " (no newline)" } else { "" };
            lines.push((change.tag(), line(change.value().trim_end_matches('\n')) + end));
        }
    }
    if lines.len() > COMPARED {
        let more = lines.len() - COMPARED;
        lines.truncate(COMPARED);
        lines.push((ChangeTag::Equal, format!("… {more} more lines")));
    }
    lines
}

/// Targets with the same changes.
struct Group<'a> {
    names: Vec<&'a str>,
    target: &'a Target,
    /// The text on their objects.
    body: String,
}

/// The targets, grouped by identical text; `body` is the text on their objects.
fn groups<'a>(diff: &'a Diff, body: impl Fn(&Target) -> String) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (name, target) in &diff.targets {
        let body = body(target);
        let head = |target: &'a Target| (target.whole, &target.headlines, &target.effects, &target.risks);
        match groups.iter_mut().find(|group| head(group.target) == head(target) && group.body == body) {
            Some(group) => group.names.push(name),
            None => groups.push(Group { names: vec![name], target, body }),
        }
    }
    groups
}

/// `target a`, `targets a, b`.
fn named(names: &[&str]) -> String {
    format!("{} {}", words::noun(names.len(), "target"), names.join(", "))
}
