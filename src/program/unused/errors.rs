//! One function for each setting that is overridden everywhere or has no effect.

use crate::diag::suggest::{is_slip, nearest, similar};
use crate::diag::{Code, Diagnostic};
use crate::program::Node;
use crate::source::{Span, Spanned};
use crate::syntax::ast;
use std::collections::BTreeSet;

pub(super) fn default_unused(default: &Node, inner: &Node) -> Diagnostic {
    let (outer, word) = (default.spec.word, inner.spec.word);
    Diagnostic::new(Code::W0303, inner.head, format!("this default has no effect: no `{outer}` has a `{word}`")).help(
        format!(
            "defaults do not add blocks: write `{word}` in each `{outer}` that needs one; the rest comes from here"
        ),
    )
}

/// `alike`: the names of the blocks of that type.
pub(super) fn default_of_nothing(default: &Node, alike: &BTreeSet<String>) -> Diagnostic {
    let (word, name) = (default.spec.word, default.name());
    let place = default.environment.as_ref().map(|environment| format!(" in {}", environment.value));
    let head = [Some(word), Some(name.as_str()).filter(|name| !name.is_empty())];
    let head = head.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let message = format!("this default has no effect: there is no `{head}{}`", place.unwrap_or_default());
    let diagnostic = Diagnostic::new(Code::W0303, default.head, message);
    let known = alike.iter().map(String::as_str).filter(|_| default.is_named() && !alike.contains(&name));
    match nearest(&name, known) {
        Some(near) if is_slip(&name, near) => {
            diagnostic.help(similar(word, near)).fix(format!("write `{near}`"), default.name_span(), near)
        }
        Some(near) => diagnostic.help(similar(word, near)),
        None => diagnostic.help("defaults do not add blocks: write the block, or remove this"),
    }
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
    .help(format!("write `replicas = {}`: only the lower bound applies there", low.value))
    .fix(format!("write `{}`", low.value), range, &low.value)
}

pub(super) fn variables_of_nothing(app: &Node, env: &ast::Attr) -> Diagnostic {
    let message = format!("`env` has no effect: app `{}` has no service, cron job or task to receive it", app.name());
    Diagnostic::new(Code::W0303, env.key.span, message)
        .help("move it to a `service`, a `cron` or a `task`, or remove it; a chart gets its values from `set`")
}

pub(super) fn variable_hidden(app: &Node, entry: &ast::Attr, inner: &[&ast::Attr]) -> Diagnostic {
    let name = &entry.key.value;
    let message =
        format!("`{name}` of app `{}` is never used: each of its services and tasks overrides it", app.name());
    let diagnostic = Diagnostic::new(Code::W0204, entry.key.span, message);
    inner
        .iter()
        .fold(diagnostic, |diagnostic, inner| diagnostic.also(inner.key.span, "overridden here"))
        .help("remove it from the app, or from those that should use the app's value")
}

/// `at`: the index among the variables of the part.
pub(super) fn variable_repeated(app: &Node, entries: &[ast::Attr], at: usize, outer: &ast::Attr) -> Diagnostic {
    let entry = &entries[at];
    let name = &entry.key.value;
    let message = format!("`{name}` overrides that of app `{}` with the same value", app.name());
    let before = at.checked_sub(1).map(|before| entries[before].span());
    Diagnostic::new(Code::W0204, entry.key.span, message)
        .also(outer.key.span, "a change here would have no effect there")
        .help(format!("remove it: `{name}` is inherited from the app"))
        .take_out(entry.span(), before, entries.get(at + 1).map(ast::Attr::span))
}
