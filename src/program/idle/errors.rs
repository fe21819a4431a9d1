//! One function for each setting that is hidden or has no effect.

use crate::diag::{Code, Diagnostic};
use crate::program::Node;
use crate::source::{Span, Spanned};
use crate::syntax::ast;
use std::collections::BTreeSet;

pub(super) fn default_unused(default: &Node, inner: &Node) -> Diagnostic {
    let (outer, word) = (default.spec.word, inner.spec.word);
    Diagnostic::new(Code::W0303, inner.head, format!("no `{outer}` has a `{word}` that this could fill in")).help(
        format!("defaults add no block: write `{word}` in each `{outer}` that is to have it; the rest comes from here"),
    )
}

/// `alike`: the names of blocks of that word.
pub(super) fn default_of_nothing(default: &Node, alike: &BTreeSet<String>) -> Diagnostic {
    let (word, name) = (default.spec.word, default.name());
    let place = default.environment.as_ref().map(|environment| format!(" in {}", environment.value));
    let head = [Some(word), Some(name.as_str()).filter(|name| !name.is_empty())];
    let head = head.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let message = format!("there is no `{head}{}` that this could fill in", place.unwrap_or_default());
    let diagnostic = Diagnostic::new(Code::W0303, default.head, message);
    let known = alike.iter().map(String::as_str).filter(|_| default.is_named() && !alike.contains(&name));
    let mended = diagnostic.clone().nearest(&name, default.name_span(), known);
    if mended.fix.is_some() {
        return mended;
    }
    diagnostic.help("defaults add no block: write the block, or take this out")
}

pub(super) fn scale_without_range(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::W0303, node.head, "`scale` has no effect: the number of replicas is fixed")
        .help("write a range such as `replicas = 2..6`")
}

pub(super) fn range_in_ephemeral(range: Span, low: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(
        Code::W0303,
        range,
        "the upper bound of `replicas` has no effect: an ephemeral environment has no autoscaler",
    )
    .help(format!("write `replicas = {}`: the lower bound is what holds there", low.value))
    .fix(format!("write `{}`", low.value), range, &low.value)
}

pub(super) fn variables_of_nothing(app: &Node, env: &ast::Attr) -> Diagnostic {
    let message = format!("`env` has no effect: app `{}` has no service and no task that would get it", app.name());
    Diagnostic::new(Code::W0303, env.key.span, message)
        .help("give it to a `service` or a `task`, or take it out; a chart gets its values by `set`")
}

pub(super) fn variable_hidden(app: &Node, entry: &ast::Attr, inner: &[&ast::Attr]) -> Diagnostic {
    let name = &entry.key.value;
    let message = format!("`{name}` of app `{}` is hidden: each of its services and tasks gives its own", app.name());
    let diagnostic = Diagnostic::new(Code::W0204, entry.key.span, message);
    inner
        .iter()
        .fold(diagnostic, |diagnostic, inner| diagnostic.also(inner.key.span, "hides it"))
        .help("take it out of the app, or out of those that are to have the app's")
}

/// `at`: which of the variables of the part.
pub(super) fn variable_repeated(app: &Node, entries: &[ast::Attr], at: usize, outer: &ast::Attr) -> Diagnostic {
    let entry = &entries[at];
    let name = &entry.key.value;
    let message = format!("`{name}` hides that of app `{}`, and has the same value", app.name());
    let before = at.checked_sub(1).map(|before| entries[before].span());
    Diagnostic::new(Code::W0204, entry.key.span, message)
        .also(outer.key.span, "a change here would not come there")
        .help(format!("take it out: `{name}` comes from the app"))
        .take_out(entry.span(), before, entries.get(at + 1).map(ast::Attr::span))
}
