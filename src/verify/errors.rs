//! The diagnostics of objects and their values: E0706 to E0718.

use super::fields::beginning;
use super::place::{At, Form};
use super::schema::{Schema, Type};
use super::value::fits_without_quotes;
use super::yaml::{Entry, Node, Style, Value};
use crate::diag::suggest::{self, similar};
use crate::diag::visible::quoted;
use crate::diag::{Code, Diagnostic, Fix};
use crate::source::{SourceMap, Span};
use crate::words;
use std::rc::Rc;

/// How many names a message lists.
const NAMED: usize = 12;

pub(in crate::verify) use super::yaml::errors::{in_quotes, no_manifest_yet};

/// Names in backticks; of many only the first ones.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    words::first_in_backticks(&names.into_iter().collect::<Vec<_>>(), NAMED)
}

/// A count that a schema gives.
fn many(number: u64, what: &str) -> String {
    words::count(usize::try_from(number).unwrap_or(usize::MAX), what)
}

/// A value in a form that a message may show.
fn shown(text: &str, at: &At<'_>) -> String {
    if at.is_secret { "a secret value".to_owned() } else { quoted(text) }
}

/// "`spec.replicas` of Deployment".
fn subject(at: &At<'_>) -> String {
    let path = at.path();
    if path.is_empty() { format!("this {}", at.kind()) } else { format!("`{path}` of {}", at.kind()) }
}

pub(super) fn no_object(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(Code::E0706, span, what)
        .help("every object starts with `apiVersion: …` and `kind: …`; pass only manifest files, or a folder")
}

pub(super) fn no_text_of_object(span: Span, field: &str, value: &Value) -> Diagnostic {
    let example = if field == "kind" { "kind: Deployment" } else { "apiVersion: apps/v1" };
    Diagnostic::new(Code::E0706, span, format!("`{field}` of an object must be a string, not {}", is_or_empty(value)))
        .help(format!("write, for example, `{example}`"))
}

pub(super) fn no_field_of_object(span: Span, has: &str, lacks: &str) -> Diagnostic {
    let message = format!("an object with `{has}` but without `{lacks}` is not a valid Kubernetes object");
    let example = if lacks == "kind" { "kind: Deployment" } else { "apiVersion: apps/v1" };
    Diagnostic::new(Code::E0706, span, message).help(format!("add its `{lacks}`, such as `{example}`"))
}

pub(super) fn no_schema(
    span: Span,
    api_version: &str,
    kind: &str,
    elsewhere: &[String],
    nearest: Option<&str>,
) -> Diagnostic {
    let message = format!("no schema for kind {} of {}", quoted(kind), quoted(api_version));
    let report = Diagnostic::new(Code::E0707, span, message);
    let report = match (elsewhere, nearest) {
        ([], Some(near)) if suggest::is_slip(kind, near) => {
            report.help(similar("kind", near)).fix(format!("write `{near}`"), span, near)
        }
        ([], Some(near)) => report.help(similar("kind", near)),
        ([], None) => report,
        (groups, _) => {
            report.help(format!("kind {} exists in {}", quoted(kind), listed(groups.iter().map(String::as_str))))
        }
    };
    report.help(
        "pass the file with its CustomResourceDefinition as `--crds FILE`, or skip such kinds with `--ignore-missing-schemas`",
    )
}

pub(super) fn not_served(span: Span, kind: &str, version: &str, is_known: bool, served: &[&str]) -> Diagnostic {
    let message = if is_known {
        format!("{} of {kind} is no longer served", quoted(version))
    } else {
        format!("{kind} has no version {}", quoted(version))
    };
    let report = Diagnostic::new(Code::E0708, span, message);
    if served.is_empty() {
        return report.help("no version of it is served: the cluster accepts no such object at all");
    }
    report.help(format!(
        "the cluster serves {}: write that, and adapt the fields that differ",
        listed(served.iter().copied())
    ))
}

pub(super) fn no_field(entry: &Entry, at: &At<'_>) -> Diagnostic {
    let path = visible_path(&at.path_of(&entry.key.value));
    Diagnostic::new(Code::E0709, entry.key.span, format!("{} has no field `{path}`", at.kind()))
}

fn visible_path(path: &str) -> String {
    let short: String = path.chars().rev().take(120).collect::<Vec<_>>().into_iter().rev().collect();
    if short.len() < path.len() { format!("…{short}") } else { short }
}

/// The fix is certain if the value is one for the field that is meant.
pub(super) fn slip(report: Diagnostic, entry: &Entry, meant: &str, fits: bool) -> Diagnostic {
    let report = report.help(similar("field", meant));
    if fits { report.fix(format!("write `{meant}`"), entry.key.span, meant) } else { report }
}

pub(super) fn too_deep(report: Diagnostic, name: &str, path: String, key: Option<Span>, form: Form) -> Diagnostic {
    let report = match key {
        Some(key) => report.also(key, format!("this has a field `{name}`")),
        None => report,
    };
    if form == Form::Braces {
        let of = if path.is_empty() { "the object itself".to_owned() } else { format!("`{path}`") };
        return report.help(format!("`{name}` is a field of {of}: move it there"));
    }
    if path.is_empty() {
        return report.help(format!("`{name}` is a field of the object itself: write it without indentation"));
    }
    report.help(format!("`{name}` is a field of `{path}`: indent it less, like the other fields of `{path}`"))
}

pub(super) fn not_deep_enough(
    report: Diagnostic,
    name: &str,
    below: String,
    key: Option<Span>,
    is_list: bool,
    form: Form,
) -> Diagnostic {
    let of = if is_list { format!("an item of `{below}`") } else { format!("`{below}`") };
    match key {
        _ if form == Form::Braces => {
            let value = if is_list {
                format!("{below} = [{{ {name} = … }}]")
            } else {
                format!("{below} = {{ {name} = … }}")
            };
            report.help(format!("`{name}` is a field of {of}: write `{value}`"))
        }
        Some(key) => report
            .also(key, format!("`{name}` belongs {} this", if is_list { "to an item of" } else { "below" }))
            .help(format!("`{name}` is a field of {of}: indent it deeper, below `{below}:`")),
        None => report.help(format!("`{name}` is a field of {of}: write it below `{below}:`, indented deeper")),
    }
}

pub(super) fn no_such(report: Diagnostic, known: &[&str]) -> Diagnostic {
    if known.is_empty() {
        return report.help("remove it: the cluster would drop it");
    }
    report.help(format!("remove it, or write one of {}", listed(known.iter().copied())))
}

pub(super) fn missing(node: &Node, at: &At<'_>, name: &str) -> Diagnostic {
    let path = visible_path(&at.path_of(name));
    let message = format!("missing `{path}` in {}", at.kind());
    let report = Diagnostic::new(Code::E0710, beginning(node, at), message);
    match node.get(name) {
        Some(entry) => report.also(entry.key.span, "this has no value").help(format!("write a value after `{name}:`")),
        None => report.here(format!("`{name}` is missing here")).help(format!("add `{name}`")),
    }
}

/// What a schema expects, in words.
pub(super) fn wanted(schema: &Schema) -> String {
    if schema.quantity {
        return "a quantity such as `500m` or `1Gi`".to_owned();
    }
    if schema.int_or_string {
        return "an integer or a string".to_owned();
    }
    let word = |it: &Type| match it {
        Type::Object => "a map",
        Type::Array => "a list",
        Type::String => "a string",
        Type::Integer => "an integer",
        Type::Number => "a number",
        Type::Boolean => "`true` or `false`",
    };
    schema.types.iter().map(word).collect::<Vec<_>>().join(" or ")
}

fn is_or_empty(value: &Value) -> &'static str {
    if matches!(value, Value::Text(_)) { "an empty string" } else { is(value) }
}

fn is(value: &Value) -> &'static str {
    match value {
        Value::Null | Value::Unread => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) => "an integer",
        Value::Float(_) => "a number",
        Value::Text(_) => "a string",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    }
}

pub(super) fn wrong_type(node: &Node, at: &At<'_>, sources: &SourceMap) -> Diagnostic {
    let span = at.span(node);
    let schema = &at.schema;
    let wants =
        |it: Type| schema.types.contains(&it) || it == Type::String && (schema.int_or_string || schema.quantity);
    let message = format!("{} must be {}, not {}", subject(at), wanted(schema), is(&node.value));
    let report = Diagnostic::new(Code::E0711, span, message);
    let written = sources.slice(node.span);
    match &node.value {
        Value::Bool(_) | Value::Int(_) | Value::Float(_) if wants(Type::String) && node.style == Style::Plain => {
            let read = match &node.value {
                Value::Bool(value) => format!("`{value}`"),
                Value::Int(value) => format!("the number {value}"),
                Value::Float(value) => format!("the number {value}"),
                _ => return report,
            };
            if at.is_secret {
                return in_quotes(report.help("put the value in quotes"), node.span);
            }
            let is_same = read.trim_start_matches("the number ").trim_matches('`') == written;
            let report = if is_same {
                report.here(format!("without quotes, this is {}", is(&node.value)))
            } else {
                report.here(format!("{} is read as {read}", quoted(written)))
            };
            in_quotes(report.help(format!("put it in quotes: `\"{}\"`", short(written))), node.span)
        }
        Value::Text(text) if fits_without_quotes(schema, text, node.style) => {
            let report = if at.is_secret {
                report.help("remove the quotes")
            } else {
                report.help(format!("remove the quotes: {}", quoted(text)))
            };
            let mut inner = written.chars();
            let quotes = (inner.next(), inner.next_back());
            if !matches!(quotes, (Some('"'), Some('"')) | (Some('\''), Some('\''))) || inner.as_str() != text {
                return report;
            }
            without_quotes(report, node.span)
        }
        Value::Text(_) if wants(Type::Object) && node.style == Style::Lines => {
            report.help("remove the `|` or `>`, so that the lines below are its fields")
        }
        Value::Text(_) if wants(Type::Object) && node.style == Style::Plain => {
            report.help("write its fields below it, each as `key: value` with a space after the `:`")
        }
        Value::List(_) if wants(Type::Object) && at.form == Form::Braces => {
            report.help("write its fields in braces: `{ key = value }`")
        }
        Value::List(_) if wants(Type::Object) && node.style == Style::Enclosed => {
            report.help("write its fields in braces: `{key: value}`")
        }
        Value::List(_) if wants(Type::Object) => {
            report.help("remove the `- `: the fields are written below the key without it")
        }
        Value::Map(_) if wants(Type::Array) && node.style == Style::Enclosed => {
            report.help("put it in brackets: `[{…}]`")
        }
        Value::Map(_) if wants(Type::Array) => report.help("start each item with `- `, including the first one"),
        Value::Text(_) if wants(Type::Array) && node.style != Style::Lines && !at.is_secret => {
            report.help(format!("write a list, even for a single item: `[{}]`", short(written)))
        }
        _ if wants(Type::Array) && at.form == Form::Braces => report.help("put it in brackets: `[…]`"),
        _ if wants(Type::Array) => report.help("start the item with `- `, on a separate line"),
        Value::Null => report.help(format!("write {}, or remove the item", wanted(schema))),
        _ => report.help(format!("write {}", wanted(schema))),
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn without_quotes(mut report: Diagnostic, span: Span) -> Diagnostic {
    let edits = vec![
        (Span { end: span.start + 1, ..span }, String::new()),
        (Span { start: span.end - 1, ..span }, String::new()),
    ];
    report.fix = Some(Fix { title: "remove the quotes".to_owned(), edits });
    report
}

pub(super) fn no_choice(node: &Node, at: &At<'_>) -> Diagnostic {
    let choices = &at.schema.choices;
    let texts: Vec<_> = choices.iter().map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned)).collect();
    let value = match &node.value {
        Value::Text(text) => shown(text, at),
        value => is(value).to_owned(),
    };
    let span = at.span(node);
    let report = Diagnostic::new(Code::E0712, span, format!("{} cannot be {value}", subject(at)));
    let one_of = format!("write one of {}", listed(texts.iter().map(String::as_str)));
    match &node.value {
        Value::Text(text) if !at.is_secret => match suggest::nearest(text, texts.iter().map(String::as_str)) {
            Some(near) if suggest::is_slip(text, near) && node.style == Style::Plain => {
                report.help(similar("value", near)).fix(format!("write `{near}`"), span, near)
            }
            Some(near) => report.help(similar("value", near)).help(one_of),
            None => report.help(one_of),
        },
        _ => report.help(one_of),
    }
}

pub(super) fn out_of_range(node: &Node, at: &At<'_>, word: &str, limit: f64) -> Diagnostic {
    let value = match node.value {
        _ if at.is_secret => "it".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => String::new(),
    };
    let message = format!("{} is {value}, but must be {word} {limit}", subject(at));
    Diagnostic::new(Code::E0713, at.span(node), message)
        .help(format!("write a number {}{word} {limit}", if word.starts_with("at ") { "of " } else { "" }))
}

pub(super) fn no_multiple(node: &Node, at: &At<'_>, factor: f64) -> Diagnostic {
    Diagnostic::new(Code::E0713, at.span(node), format!("{} must be a multiple of {factor}", subject(at)))
        .help(format!("write a multiple of {factor}"))
}

pub(super) fn length(node: &Node, at: &At<'_>, length: u64, word: &str, limit: u64) -> Diagnostic {
    let count = |number: u64| many(number, "character");
    let message = format!("{} has {}, but must have {word} {limit}", subject(at), count(length));
    Diagnostic::new(Code::E0714, at.span(node), message).help(format!("write a string of {word} {}", count(limit)))
}

pub(super) fn no_match(node: &Node, at: &At<'_>, text: &str, pattern: &str) -> Diagnostic {
    let message = if at.is_secret {
        format!("{} does not match the pattern in the schema", subject(at))
    } else {
        format!("{} is {}, which does not match the pattern in the schema", subject(at), quoted(text))
    };
    Diagnostic::new(Code::E0714, at.span(node), message)
        .help(format!("write a string that matches {}", quoted_pattern(pattern)))
}

fn quoted_pattern(pattern: &str) -> String {
    let short: String = pattern.chars().take(160).collect();
    if short.len() < pattern.len() { format!("`{short}…`") } else { format!("`{short}`") }
}

pub(super) fn malformed(node: &Node, at: &At<'_>, text: &str, wanted: &str) -> Diagnostic {
    let message = if at.is_secret {
        format!("{} must be {wanted}", subject(at))
    } else {
        format!("{} is {}, but must be {wanted}", subject(at), quoted(text))
    };
    let report = Diagnostic::new(Code::E0714, at.span(node), message);
    if wanted == "base64" {
        let report = report.help("encode it: `printf %s VALUE | base64 -w0`");
        return if at.is_secret { report.help("or move it to `stringData`, which is not encoded") } else { report };
    }
    report.help(format!("write {wanted}"))
}

pub(super) fn no_quantity(node: &Node, at: &At<'_>, text: &str) -> Diagnostic {
    let message = format!("{} is {}, which is not a quantity", subject(at), shown(text, at));
    Diagnostic::new(Code::E0714, at.span(node), message)
        .help("write a number such as `500m` or `1.5Gi`, with or without one of the units `m`, `k`, `M`, `G`, `T`, `Ki`, `Mi`, `Gi`, `Ti`")
}

pub(super) fn count(node: &Node, at: &At<'_>, count: u64, what: &str, word: &str, limit: u64) -> Diagnostic {
    let message = format!("{} has {}, but must have {word} {limit}", subject(at), many(count, what));
    Diagnostic::new(Code::E0715, at.span(node), message).help(format!("write {word} {}", many(limit, what)))
}

pub(super) fn repeated(item: &Node, first_one: &Node, at: &At<'_>, what: &str) -> Diagnostic {
    let what = if at.is_secret { "this item".to_owned() } else { quoted(what) };
    let list = at.above.map(At::path).unwrap_or_default();
    let message = format!("duplicate {what} in `{list}` of {}", at.kind());
    Diagnostic::new(Code::E0716, at.span(item), message)
        .also(super::place::first(first_one), "first here")
        .help("remove one of the two")
}

pub(super) fn none_fits(node: &Node, at: &At<'_>, parts: &[Rc<Schema>], nearest: &[Diagnostic]) -> Diagnostic {
    let span = if matches!(node.value, Value::Map(_)) { beginning(node, at) } else { at.span(node) };
    let names: Vec<_> = parts.iter().flat_map(|part| part.required.iter().map(String::as_str)).collect();
    let only_names = parts.iter().all(|part| !part.required.is_empty());
    if only_names && parts.iter().all(|part| part.required.len() == 1) {
        return Diagnostic::new(
            Code::E0717,
            span,
            format!("{} must have one of {}", subject(at), listed(names.iter().copied())),
        )
        .help("write one of these fields");
    }
    let report =
        Diagnostic::new(Code::E0717, span, format!("{} matches none of the alternatives in its schema", subject(at)));
    match nearest {
        [] => report.help("run `kubectl explain` to see the alternatives"),
        [first, ..] => report.help(format!("it would match the closest alternative, except that {}", first.message)),
    }
}

pub(super) fn many_fit(node: &Node, at: &At<'_>) -> Diagnostic {
    let span = if matches!(node.value, Value::Map(_)) { beginning(node, at) } else { at.span(node) };
    let there =
        |part: &&Rc<Schema>| !part.required.is_empty() && part.required.iter().all(|name| node.get(name).is_some());
    let names: Vec<_> =
        at.schema.one_of.iter().filter(there).flat_map(|part| part.required.iter().map(String::as_str)).collect();
    if names.len() > 1 {
        let message = format!("{} must have only one of {}", subject(at), listed(names.iter().copied()));
        return Diagnostic::new(Code::E0717, span, message).help("keep only one of them");
    }
    Diagnostic::new(
        Code::E0717,
        span,
        format!("{} matches several of the alternatives in its schema, which allows only one", subject(at)),
    )
    .help("keep the fields of one alternative")
}

pub(super) fn excluded(node: &Node, at: &At<'_>) -> Diagnostic {
    let span = if matches!(node.value, Value::Map(_)) { beginning(node, at) } else { at.span(node) };
    let names = at.schema.not.as_ref().map(|not| not.required.clone()).unwrap_or_default();
    let report = Diagnostic::new(Code::E0717, span, format!("{} matches what its schema excludes", subject(at)));
    if names.is_empty() {
        report.help("write another value; run `kubectl explain` to see which")
    } else {
        report.help(format!("remove {}", listed(names.iter().map(String::as_str))))
    }
}

pub(super) fn malformed_name(span: Span, what: &str, name: &str, rule: &str, better: Option<String>) -> Diagnostic {
    let report = Diagnostic::new(Code::E0718, span, format!("invalid {what} {}: {rule}", quoted(name)));
    match better {
        Some(better) => report.help(format!("write, for example, `{better}`")),
        None => report.help("write another one"),
    }
}
