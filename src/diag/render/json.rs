//! Diagnostics as JSON, for editors and scripts. `version` is 1 as long as nothing that is there changes its meaning;
//! fields may be added.

use super::place::Place;
use crate::diag::{Diagnostic, Label};
use crate::source::SourceMap;
use serde_json::{Value, json};

/// `{"version": 1, "diagnostics": […]}`, with all diagnostics.
#[must_use]
pub fn json(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let list: Vec<_> = diagnostics.iter().map(|diagnostic| one(diagnostic, sources)).collect();
    crate::render::to_json(&json!({"version": 1, "diagnostics": list}))
}

fn one(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let label = |label: &Label| json!({"place": Place::of(label.span, sources), "text": label.text});
    let fix = diagnostic.fix.as_ref().map(|fix| {
        let edits: Vec<_> =
            fix.edits.iter().map(|(span, text)| json!({"place": Place::of(*span, sources), "text": text})).collect();
        json!({"title": fix.title, "edits": edits})
    });
    json!({
        "code": diagnostic.code.as_str(),
        "severity": super::severity(diagnostic),
        "message": diagnostic.message,
        "primary": label(&diagnostic.primary),
        "secondary": diagnostic.secondary.iter().map(label).collect::<Vec<_>>(),
        "help": diagnostic.help,
        "fix": fix,
    })
}
