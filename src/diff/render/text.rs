//! For a terminal: the headlines, the risks, then every object with its fields.

use super::{Group, field_lines, line};
use crate::diag::paint::{Paint, wrapped};
use crate::diff::risk::Level;
use crate::diff::{Change, ChangeKind, Diff, Target, Whole};
use serde_json::Value;
use similar::ChangeTag;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The comparison as lines; with colours if asked.
#[must_use]
pub fn text(diff: &Diff, color: bool) -> String {
    let mut out = String::new();
    if diff.targets.is_empty() {
        return "no changes\n".to_owned();
    }
    let body = |change: &Change| {
        let mut body = String::new();
        object(change, color, &mut body);
        body
    };
    let objects = |target: &Target| {
        let shown = target.objects.iter().filter(|_| target.whole.is_none());
        shown.map(body).collect::<String>()
    };
    // What was shown of a target before is not shown again.
    let mut shown: BTreeMap<String, &str> = BTreeMap::new();
    for Group { names, target, .. } in super::groups(diff, objects) {
        head(&names, target, color, &mut out);
        let mut same: BTreeMap<&str, usize> = BTreeMap::new();
        for change in target.objects.iter().filter(|_| target.whole.is_none()) {
            let body = body(change);
            match shown.get(&body) {
                Some(first) => *same.entry(first).or_default() += 1,
                None => {
                    out.push_str(&body);
                    shown.insert(body, names[0]);
                }
            }
        }
        for (first, count) in same {
            let (plural, change) = if count == 1 { ("", "changes") } else { ("s", "change") };
            let _ = writeln!(out, "\n  {count} object{plural} {change} as in target {first}");
        }
        out.push('\n');
    }
    out
}

fn head(names: &[&str], target: &Target, color: bool, out: &mut String) {
    let Paint { bold, red, yellow, dim, end, .. } = Paint::of(color);
    let whole = match target.whole {
        Some(Whole::Added) => " (new)",
        Some(Whole::Removed) => " (removed)",
        None => "",
    };
    let _ = writeln!(out, "{bold}{}{whole}{end}", super::named(names));
    for headline in target.headlines.iter().chain(&target.effects) {
        let _ = writeln!(out, "{}", wrapped(2, 6, &line(headline)));
    }
    for risk in &target.risks {
        let style = match risk.code.level() {
            Level::Danger => red,
            Level::Caution => yellow,
            Level::Notice => dim,
        };
        let object = risk.object.as_ref().map(|id| format!("{id}: ")).unwrap_or_default();
        let level = format!("{}[{}]", risk.code.level().word(), risk.code);
        let text = wrapped(2, 6, &format!("{level} {}: {object}{}", risk.code.title(), line(&risk.what)));
        let _ = writeln!(out, "{}", text.replacen(&level, &format!("{style}{level}{end}"), 1));
    }
    if let Some(worst) = target.risks.first() {
        let _ = writeln!(
            out,
            "  {dim}to learn what a risk means and what to do, run pipelinec explain {}{end}",
            worst.code
        );
    }
}

fn object(change: &Change, color: bool, out: &mut String) {
    let Paint { bold, red, green, yellow, dim, end, .. } = Paint::of(color);
    out.push('\n');
    let id = &change.id;
    let _ = match &change.kind {
        ChangeKind::Added => writeln!(out, "{green}+ {id}{end}"),
        ChangeKind::Removed => writeln!(out, "{red}- {id}{end}"),
        ChangeKind::Renamed { from, .. } => writeln!(out, "{yellow}> {from} -> {id}{end}"),
        ChangeKind::Changed(_) => writeln!(out, "{bold}~ {id}{end}"),
    };
    for field in change.fields() {
        let lines = field_lines(field);
        if let [(ChangeTag::Delete, old), (ChangeTag::Insert, new)] = lines.as_slice()
            && ![&field.old, &field.new].iter().any(|value| matches!(value, Some(Value::Object(_) | Value::Array(_))))
            && field.path.len() + old.len() + new.len() < 70
        {
            let _ = writeln!(out, "    {}: {red}{old}{end} -> {green}{new}{end}", line(&field.path));
            continue;
        }
        let _ = writeln!(out, "    {}:", line(&field.path));
        for (tag, text) in lines {
            let _ = match tag {
                ChangeTag::Delete => writeln!(out, "      {red}- {text}{end}"),
                ChangeTag::Insert => writeln!(out, "      {green}+ {text}{end}"),
                ChangeTag::Equal => writeln!(out, "        {dim}{text}{end}"),
            };
        }
    }
}
