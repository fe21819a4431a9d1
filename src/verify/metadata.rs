//! The metadata of every object: its name, labels and annotations.

use super::place::At;
use super::yaml::errors::HOLE;
use super::yaml::{Entry, Node, Value};
use super::{Found, errors, format};

/// What a name may be.
enum Rule {
    /// One part of a DNS name.
    Label,
    /// A DNS name.
    Subdomain,
    /// Anything that can be a part of a path.
    Segment,
    /// What only the API server can decide.
    Own,
}

fn rule(group: &str, kind: &str) -> Rule {
    match (group, kind) {
        ("", "Namespace" | "Service") => Rule::Label,
        ("rbac.authorization.k8s.io", _) => Rule::Segment,
        ("certificates.k8s.io", _) | (_, "IPAddress") => Rule::Own,
        _ => Rule::Subdomain,
    }
}

/// The name and namespace of an object.
pub(super) fn names(metadata: &Node, group: &str, kind: &str, found: &mut Found) {
    let rule = rule(group, kind);
    for (field, what) in [("name", "name"), ("generateName", "name prefix"), ("namespace", "namespace")] {
        let Some((entry, text)) = text(metadata, field) else { continue };
        // No name is as good as none where it is to be generated.
        if field == "name" && text.is_empty() && metadata.get("generateName").is_some() {
            continue;
        }
        let whole = if field == "generateName" { format!("{text}x") } else { text.to_owned() };
        let (fits, says) = match &rule {
            _ if field == "namespace" => one_part(&whole),
            Rule::Own => (true, ""),
            Rule::Label => one_part(&whole),
            Rule::Subdomain => (
                format::is_subdomain(&whole),
                "it may contain at most 253 lower-case letters, digits, `-` and `.`, with a letter or digit at both ends of each part",
            ),
            Rule::Segment => (
                !whole.is_empty() && !matches!(whole.as_str(), "." | "..") && !whole.contains(['/', '%']),
                "it must not contain `/` or `%`",
            ),
        };
        if fits {
            continue;
        }
        if text.contains(HOLE) {
            found.push(errors::no_manifest_yet(entry.value.span));
        } else {
            let what = format!("{what} of {kind}");
            found.push(errors::malformed_name(entry.value.span, &what, text, says, better(text)));
        }
    }
}

fn one_part(name: &str) -> (bool, &'static str) {
    let fits = format::is_label(name) && name.len() <= 63;
    (fits, "it may contain at most 63 lower-case letters, digits and `-`, with a letter or digit at both ends")
}

fn text<'a>(node: &'a Node, field: &str) -> Option<(&'a Entry, &'a str)> {
    let entry = node.get(field)?;
    match &entry.value.value {
        Value::Text(text) => Some((entry, text)),
        _ => None,
    }
}

/// The name in letters that it may have.
fn better(name: &str) -> Option<String> {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' };
    let better: String = name.chars().map(plain).collect();
    let better = better.trim_matches(['-', '.']).to_owned();
    (format::is_subdomain(&better) && better.len() <= 63 && better != name).then_some(better)
}

/// The labels and annotations of an object, or of what it makes objects of.
pub(super) fn labels(metadata: &Node, at: &At<'_>, found: &mut Found) {
    for field in ["labels", "annotations"] {
        let Some(Value::Map(entries)) = metadata.get(field).map(|entry| &entry.value.value) else { continue };
        let what = if field == "labels" { "label" } else { "annotation" };
        for entry in entries {
            let key = &entry.key.value;
            if !format::is_label_key(key) && !key.contains(HOLE) {
                let rule =
                    "it may contain at most 63 letters, digits, `-`, `_` and `.`, optionally after a DNS name and `/`";
                let what = format!("{what} key");
                found.push(errors::malformed_name(entry.key.span, &what, key, rule, None));
            }
            let Value::Text(value) = &entry.value.value else { continue };
            if field == "labels" && !format::is_label_value(value) && !value.contains(HOLE) {
                let rule =
                    "it may contain at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends";
                let span = at.span(&entry.value);
                let span = if entry.value.span.start == entry.value.span.end { span } else { entry.value.span };
                let report = errors::malformed_name(span, "label value", value, rule, None);
                found.push(report.help("or write it as an annotation, which can be any string"));
            }
        }
    }
}
