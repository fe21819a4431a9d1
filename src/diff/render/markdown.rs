//! For a comment in a review: what matters in the open, the fields folded away, and never longer than a comment may be.

use super::field_lines;
use crate::diff::{Change, Diff, Kind, Target, Whole};
use similar::ChangeTag;
use std::fmt::Write as _;

/// The longest comment that GitHub takes has 65,536 characters; the rest is for what says that something was left out.
const LIMIT: usize = 65_000;

/// The comparison as Markdown of at most 65,536 characters.
#[must_use]
pub fn markdown(diff: &Diff) -> String {
    if diff.targets.is_empty() {
        return "### What this change does\n\nNothing: the generated manifests stay as they are.\n".to_owned();
    }
    let mut out = "### What this change does\n\n".to_owned();
    let mut left = 0;
    for (name, target) in &diff.targets {
        let head = head(name, target);
        if out.len() + head.len() > LIMIT {
            left += target.objects.len().max(1);
            continue;
        }
        out.push_str(&head);
    }
    // What is the same in several targets is shown once, with all their names.
    let mut bodies: Vec<(Vec<&str>, String)> = Vec::new();
    for (name, target) in diff.targets.iter().filter(|(_, target)| target.whole.is_none()) {
        for change in &target.objects {
            let body = object(change);
            match bodies.iter_mut().find(|(_, known)| *known == body) {
                Some((names, _)) => names.push(name),
                None => bodies.push((vec![name], body)),
            }
        }
    }
    for (names, body) in bodies {
        let only =
            if names.len() == diff.targets.len() { String::new() } else { format!("{}: ", escaped(&names.join(", "))) };
        let shown = body.replacen(TARGETS, &only, 1);
        if out.len() + shown.len() > LIMIT {
            left += 1;
        } else {
            out.push_str(&shown);
        }
    }
    if left > 0 {
        let _ = writeln!(out, "\n{left} more are left out, for a comment has an end: `pipelinec diff` shows all.");
    }
    out
}

/// What matters of a target.
fn head(name: &str, target: &Target) -> String {
    let mut out = String::new();
    let whole = match target.whole {
        Some(Whole::Added) => " is new",
        Some(Whole::Removed) => " is gone",
        None => "",
    };
    let _ = writeln!(out, "**Target {}**{whole}\n", escaped(name));
    for headline in &target.headlines {
        let _ = writeln!(out, "- {}", escaped(headline));
    }
    if !target.risks.is_empty() {
        out.push_str("\n| risk | where | what |\n|---|---|---|\n");
        for risk in &target.risks {
            let object = risk.object.as_ref().map(|id| escaped(&id.to_string())).unwrap_or_default();
            let (code, level, title) = (risk.code, risk.code.level().word(), risk.code.title());
            let _ = writeln!(out, "| **{level}** {code}: {title} | {object} | {} |", escaped(&risk.what));
        }
    }
    out.push('\n');
    out
}

/// Stands for the targets of an object until it is known which they are.
const TARGETS: &str = "\u{0}";

fn object(change: &Change) -> String {
    let id = escaped(&change.id.to_string());
    let what = match &change.kind {
        Kind::Added => format!("new: {id}"),
        Kind::Removed => format!("gone: {id}"),
        Kind::Renamed { from, .. } => format!("renamed: {} → {id}", escaped(&from.to_string())),
        Kind::Changed(fields) => format!("{id}: {} field{}", fields.len(), if fields.len() == 1 { "" } else { "s" }),
    };
    let what = format!("{TARGETS}{what}");
    if change.fields().is_empty() {
        return format!("- {what}\n");
    }
    let mut lines = String::new();
    for field in change.fields() {
        let _ = writeln!(lines, "@@ {} @@", super::line(&field.path));
        for (tag, text) in field_lines(field) {
            let sign = match tag {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let _ = writeln!(lines, "{sign}{text}");
        }
    }
    // A fence must be longer than any in the text.
    let longest = lines.lines().map(|line| line.chars().skip(1).take_while(|c| *c == '`').count()).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("\n<details><summary>{what}</summary>\n\n{fence}diff\n{lines}{fence}\n\n</details>\n")
}

/// Text in which nothing is markup, mention or a cell's end, but what stands between backticks.
fn escaped(text: &str) -> String {
    let text = super::line(text);
    let parts: Vec<_> = text.split('`').collect();
    // An odd number of backticks is text itself.
    if parts.len() % 2 == 0 {
        return escaped_text(&text.replace('`', "'"));
    }
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at % 2 == 0 {
            out.push_str(&escaped_text(part));
        } else if !part.is_empty() {
            // In code only the end of a cell means something.
            let _ = write!(out, "`{}`", part.replace('|', "\\|"));
        }
    }
    out
}

fn escaped_text(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A mention would call somebody.
            '@' => out.push_str("&#64;"),
            '|' | '*' | '_' | '[' | ']' | '\\' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
