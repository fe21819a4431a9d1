//! For programs: everything, under stable names.

use crate::diff::{Change, ChangeKind, Diff, Target, Whole};
use crate::objects::Id;
use serde_json::{Value, json};

/// The version of the format. Within it fields are only added.
pub const VERSION: u32 = 1;

/// The comparison as JSON.
#[must_use]
pub fn json(diff: &Diff) -> String {
    let targets: Vec<_> = diff.targets.iter().map(|(name, target)| self::target(name, target)).collect();
    crate::render::to_json(&json!({ "version": VERSION, "targets": targets }))
}

fn target(name: &str, target: &Target) -> Value {
    let whole = target.whole.map(|whole| match whole {
        Whole::Added => "added",
        Whole::Removed => "removed",
    });
    let risks = target.risks.iter().map(|risk| {
        json!({
            "code": risk.code.as_str(),
            "level": risk.code.level().word(),
            "title": risk.code.title(),
            "why": risk.code.why(),
            "object": risk.object.as_ref().map(id),
            "what": risk.what,
        })
    });
    json!({
        "target": name,
        "whole": whole,
        "headlines": target.headlines,
        "effects": target.effects,
        "risks": risks.collect::<Vec<_>>(),
        "objects": target.objects.iter().map(object).collect::<Vec<_>>(),
    })
}

fn id(id: &Id) -> Value {
    json!({ "kind": id.kind, "namespace": id.namespace, "name": id.name, "folder": id.folder })
}

fn object(change: &Change) -> Value {
    let (kind, from) = match &change.kind {
        ChangeKind::Added => ("added", Value::Null),
        ChangeKind::Removed => ("removed", Value::Null),
        ChangeKind::Renamed { from, .. } => ("renamed", id(from)),
        ChangeKind::Changed(_) => ("changed", Value::Null),
    };
    let fields = change.fields().iter().map(|field| json!({ "path": field.path, "old": field.old, "new": field.new }));
    let file = change.new.as_ref().or(change.old.as_ref()).map(|object| &object.file);
    json!({
        "change": kind,
        "object": id(&change.id),
        "from": from,
        "file": file,
        "fields": fields.collect::<Vec<_>>(),
    })
}
