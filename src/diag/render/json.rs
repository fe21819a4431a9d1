//! Diagnostics as JSON, for editors and scripts. `grammar/README.md` describes each field, and what may change as long
//! as `version` is 1.

use super::place::{FileRange, Unit};
use crate::diag::visible::visible;
use crate::diag::{Diagnostic, Label};
use crate::source::SourceMap;
use serde_json::{Value, json};

/// `{"version": 1, "diagnostics": […]}`, with all diagnostics.
#[must_use]
pub fn json(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let list: Vec<_> = diagnostics.iter().map(|diagnostic| one(diagnostic, sources)).collect();
    super::escaped(&json!({"version": 1, "diagnostics": list}))
}

fn one(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let place = |span| FileRange::of(span, sources, Unit::Characters);
    let label = |label: &Label| json!({"place": place(label.span), "text": visible(&label.text)});
    let fix = diagnostic.fix.as_ref().map(|fix| {
        let edits: Vec<_> = fix.edits.iter().map(|(span, text)| json!({"place": place(*span), "text": text})).collect();
        json!({"title": visible(&fix.title), "edits": edits})
    });
    json!({
        "code": diagnostic.code.as_str(),
        "severity": super::severity(diagnostic),
        "message": visible(&diagnostic.message),
        "primary": label(&diagnostic.primary),
        "secondary": diagnostic.secondary.iter().map(label).collect::<Vec<_>>(),
        "help": diagnostic.help.iter().map(|help| visible(help)).collect::<Vec<_>>(),
        "fix": fix,
    })
}
