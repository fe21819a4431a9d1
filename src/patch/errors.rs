//! The diagnostics of patches: from facts to messages.

use super::kinds::{KINDS, POD};
use super::merge::{Refusal, Why};
use crate::diag::suggest::{is_slip, nearest, similar};
use crate::diag::{Code, Diagnostic};
use crate::model::Patch;
use crate::names::WORKLOADS;
use crate::words;
use std::collections::BTreeSet;

/// How many objects a message lists.
const NAMED: usize = 8;

fn object(patch: &Patch) -> String {
    patch.name.as_ref().map_or_else(|| patch.kind.clone(), |name| format!("{}/{name}", patch.kind))
}

pub(super) fn unknown_kind(patch: &Patch) -> Diagnostic {
    let message = format!("no object of kind `{}` is generated", patch.kind);
    let report = Diagnostic::new(Code::E0219, patch.span, message);
    let names = || KINDS.iter().map(|kind| kind.name);
    match nearest(&patch.kind, names()) {
        Some(near) => {
            let written = patch.name.as_ref().map_or_else(|| near.to_owned(), |name| format!("{near}/{name}"));
            let report = report.help(similar("kind", near));
            if is_slip(&patch.kind, near) {
                report.fix(format!("write `{near}`"), patch.span, format!("\"{written}\""))
            } else {
                report
            }
        }
        None => report.help(format!("kinds that a patch can change: {}", words::in_backticks(names()))),
    }
}

pub(super) fn no_object(patch: &Patch, seen: &BTreeSet<String>) -> Diagnostic {
    let wanted = object(patch);
    let report = Diagnostic::new(Code::E0219, patch.span, format!("no object `{wanted}` is generated from this block"));
    let of_kind: Vec<_> = seen.iter().filter(|id| id.split('/').next() == Some(patch.kind.as_str())).collect();
    let is_seen = |kind: &&&str| seen.iter().any(|id| id.split('/').next() == Some(**kind));
    let other = WORKLOADS.iter().filter(|_| WORKLOADS.contains(&patch.kind.as_str())).find(is_seen);
    if let Some(near) = nearest(&wanted, of_kind.iter().map(|id| id.as_str())) {
        return report.help(similar("object", near));
    }
    match (of_kind.as_slice(), other) {
        ([], Some(other)) => report.help(format!(
            "the service is a {other} here; write `patch \"{POD}\"` for fields of its pods, whichever kind creates them"
        )),
        ([], _) => {
            let seen: Vec<_> = seen.iter().collect();
            report.help(format!("objects of this block: {}", words::first_in_backticks(&seen, NAMED)))
        }
        (names, _) => report.help(format!("write one of {}", words::first_in_backticks(names, NAMED))),
    }
}

/// The service has another kind in one of several environments.
pub(super) fn other_kind(patch: &Patch, environment: &str, kind: &str) -> Diagnostic {
    let message =
        format!("no object `{}` is generated in `{environment}`: the service is a {kind} there", object(patch));
    Diagnostic::new(Code::E0219, patch.span, message).help(format!(
        "write `patch \"{POD}\"` for fields of its pods, whichever kind creates them, or one patch for each environment, `in {environment} {{ patch \"{kind}\" {{ … }} }}` and the like"
    ))
}

pub(super) fn several(patch: &Patch, names: &[String]) -> Diagnostic {
    let message = format!("`{}` is ambiguous: several objects of this kind are generated from this block", patch.kind);
    Diagnostic::new(Code::E0219, patch.span, message)
        .help(format!("write one of {}", words::first_in_backticks(names, NAMED)))
}

pub(super) fn refused(refusal: &Refusal, patch: &Patch) -> Diagnostic {
    let Refusal { span, path, why } = refusal;
    match why {
        Why::Owned(reason) => {
            let message = format!("a patch cannot set `{path}` of {}", patch.kind);
            let report = Diagnostic::new(Code::E0310, *span, message);
            if reason.starts_with("write ") {
                report.help(*reason)
            } else {
                report.help(format!("remove it: {reason}"))
            }
        }
        Why::Generated => Diagnostic::new(
            Code::E0310,
            *span,
            format!("a patch cannot replace the generated value of `{path}` of {}", patch.kind),
        )
        .help("remove it: a patch of this kind can only add fields, because pipelines rely on the others"),
        Why::NoImage(names) => {
            let message = format!("`{path}` is a new container without an `image`");
            let report = Diagnostic::new(Code::E0310, *span, message);
            if names.is_empty() {
                return report.help("add `image = \"…\"`");
            }
            let containers = words::noun(names.len(), "container");
            report.help(format!(
                "add `image = \"…\"`, or write the name of the existing {containers}: {}",
                words::first_in_backticks(names, NAMED)
            ))
        }
        Why::NoKey(key) => Diagnostic::new(
            Code::E0310,
            *span,
            format!("this item of `{path}` has no `{key}`, by which it would be merged"),
        )
        .help(format!("add `{key} = \"…\"`: an item with the same `{key}` is changed, any other is added")),
    }
}
