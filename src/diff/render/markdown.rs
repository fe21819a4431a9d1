//! For a review comment: the summary visible, the fields folded, and never longer than a comment may be.

use super::{Group, field_lines};
use crate::diff::{Change, ChangeKind, Diff, Target, Whole};
use crate::words;
use similar::ChangeTag;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The first line of each comparison: by it a program finds the comment that it wrote before.
pub const MARK: &str = "<!-- pipelinec diff -->";

/// The longest comment that GitHub takes has 65,536 characters; the rest is for what says that something was left out.
const LIMIT: usize = 65_000;

/// What the heads of all targets may take of it.
const HEADS: usize = 30_000;

/// What one object may take of it.
const OBJECT: usize = 12_000;

/// The comparison as Markdown of at most 65,536 characters.
#[must_use]
pub fn markdown(diff: &Diff) -> String {
    let mut out = format!("{MARK}\n### What this change does\n\n");
    if diff.targets.is_empty() {
        out.push_str("Nothing: the generated manifests do not change.\n");
        return out;
    }
    let mut left = 0;
    let groups = super::groups(diff, |_| String::new());
    let room = HEADS / groups.len();
    for Group { names, target, .. } in groups {
        let head = head(&names, target, room);
        if out.len() + head.len() > HEADS + room {
            left += target.objects.len().max(1);
        } else {
            out.push_str(&head);
        }
    }
    // What is the same in several targets is shown once, with all their names.
    let mut bodies: Vec<(Vec<&str>, &Change, String)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (name, target) in diff.targets.iter().filter(|(_, target)| target.whole.is_none()) {
        for change in &target.objects {
            let body = object(change);
            let said = format!("{}\n{body}", title(change));
            match known.get(&said) {
                Some(at) => bodies[*at].0.push(name),
                None => {
                    known.insert(said, bodies.len());
                    bodies.push((vec![name], change, body));
                }
            }
        }
    }
    for (names, change, body) in bodies {
        let only = if names.len() == diff.targets.len() { String::new() } else { format!("{}: ", names.join(", ")) };
        let what = escaped(&format!("{only}{}", title(change)));
        let shown = if body.is_empty() {
            format!("- {what}\n")
        } else {
            format!("\n<details><summary>{what}</summary>\n\n{body}\n</details>\n")
        };
        // Of what is too long, that it has changed can still be said.
        let short = format!("- {what}, omitted here\n");
        if out.len() + shown.len() <= LIMIT {
            out.push_str(&shown);
        } else if out.len() + short.len() <= LIMIT {
            out.push_str(&short);
        } else {
            left += 1;
        }
    }
    if left > 0 {
        let _ = writeln!(
            out,
            "\n{left} more are omitted, because the length of a comment is limited: run `pipelinec diff` to see all."
        );
    }
    out
}

/// What matters of targets of which there is the same to say, in about so many characters.
fn head(names: &[&str], target: &Target, room: usize) -> String {
    let whole = match target.whole {
        Some(Whole::Added) => " is added",
        Some(Whole::Removed) => " is removed",
        None => "",
    };
    let mut out = format!("**{}**{whole}\n\n", escaped(&super::named(names)));
    let lines = target
        .headlines
        .iter()
        .chain(&target.effects)
        .map(|headline| format!("- {}\n", escaped(&headline.replace(" -> ", " → "))));
    let left = put(lines, room / 2, &mut out);
    if left > 0 {
        let _ = writeln!(out, "- {left} more");
    }
    if let Some(worst) = target.risks.first() {
        out.push_str("\n| risk | where | what |\n|---|---|---|\n");
        let rows = target.risks.iter().map(|risk| {
            let object = risk.object.as_ref().map(|id| escaped(&id.to_string())).unwrap_or_default();
            let (code, level, title) = (risk.code, risk.code.level().word(), risk.code.title());
            format!("| **{level}** {code}: {title} | {object} | {} |\n", escaped(&risk.what.replace(" -> ", " → ")))
        });
        let left = put(rows, room, &mut out);
        if left > 0 {
            let _ = writeln!(out, "| {left} more | | |");
        }
        let _ = writeln!(out, "\nTo learn what a risk means and what to do, run `pipelinec explain {}`", worst.code);
    }
    out.push('\n');
    out
}

/// Adds lines while there is room, and counts those that do not fit.
fn put(lines: impl Iterator<Item = String>, room: usize, out: &mut String) -> usize {
    let mut left = 0;
    for line in lines {
        if left == 0 && out.len() + line.len() <= room { out.push_str(&line) } else { left += 1 }
    }
    left
}

/// Which object it is, and how it changes.
fn title(change: &Change) -> String {
    let id = &change.id;
    match &change.kind {
        ChangeKind::Added => format!("added: {id}"),
        ChangeKind::Removed => format!("removed: {id}"),
        ChangeKind::Renamed { from, .. } => format!("renamed: {from} → {id}"),
        ChangeKind::Changed(fields) => format!("{id}: {}", words::count(fields.len(), "field")),
    }
}

/// The fields of an object in a fence; nothing without fields.
fn object(change: &Change) -> String {
    let mut lines = String::new();
    for (at, field) in change.fields().iter().enumerate() {
        if lines.len() > OBJECT {
            let _ = writeln!(lines, "@@ … {} more fields @@", change.fields().len() - at);
            break;
        }
        let _ = writeln!(lines, "@@ {} @@", super::line(&field.path));
        for (tag, text) in field_lines(field) {
            if lines.len() > OBJECT {
                lines.push_str(" …\n");
                break;
            }
            let sign = match tag {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let _ = writeln!(lines, "{sign}{text}");
        }
    }
    if lines.is_empty() {
        return lines;
    }
    // A fence must be longer than any in the text.
    let longest = lines.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}diff\n{lines}{fence}\n")
}

/// Text without markup, mentions, links or table separators; what is between backticks is code. It means the same
/// in Markdown and in HTML.
fn escaped(text: &str) -> String {
    let text = super::line(text);
    let parts: Vec<_> = text.split('`').collect();
    // An odd number of backticks is text itself.
    if parts.len() % 2 == 0 {
        return entities(&text, false);
    }
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at % 2 == 0 {
            out.push_str(&entities(part, false));
        } else if !part.is_empty() {
            let _ = write!(out, "<code>{}</code>", entities(part, true));
        }
    }
    out
}

/// What GitHub turns into mentions, references and links, and what prevents that: a zero-width character after the first
/// characters. It does not do so in code.
const LINKS: &[(&str, &str)] = &[("@", "@"), ("#", "#"), ("://", ":"), ("www.", "www"), ("GH-", "GH"), ("gh-", "gh")];

fn entities(text: &str, code: bool) -> String {
    let mut out = String::new();
    let mut held = 0;
    for (at, c) in text.char_indices() {
        let link = LINKS.iter().find(|(link, _)| !code && text[at..].starts_with(link));
        if let Some((_, first)) = link {
            held = at + first.len();
        }
        let next = text[at..].chars().nth(1);
        // Brackets are only a link with what may follow them.
        let bracket = c == '[' && next != Some('^') || c == ']' && !matches!(next, Some('(' | '[' | ':'));
        if c.is_ascii_punctuation() && !bracket && !".,:;/()-+=%".contains(c) {
            let _ = write!(out, "&#{};", u32::from(c));
        } else {
            out.push(c);
        }
        if at + c.len_utf8() == held {
            out.push_str("&#8203;");
        }
    }
    out
}
