//! Errors in what starts a pipeline.

use crate::diag::{Code, Diagnostic};
use crate::program::Node;
use crate::schema::triggers::TriggerKind;
use crate::source::{Span, Spanned};
use crate::syntax::ast;
use crate::words;

pub(in crate::model) fn not_of_this_trigger(on: &Node, key: &Spanned<String>, kind: TriggerKind) -> Diagnostic {
    let name = &key.value;
    let owners = TriggerKind::ALL.into_iter().filter(|other| other.attributes().contains(&name.as_str()));
    let owners: Vec<_> = owners.map(|other| format!("on {}", other.word())).collect();
    Diagnostic::new(Code::E0307, key.span, format!("`{name}` is not allowed in `on {}`", kind.word()))
        .also(on.head, format!("this takes {}", words::in_backticks(kind.attributes())))
        .help(format!("remove it: only {} has `{name}`", words::in_backticks(owners)))
}

pub(in crate::model) fn trigger_without(on: &Node, name: &str) -> Diagnostic {
    let example = if name == "pattern" { "pattern = \"v*\"" } else { "cron = \"0 3 * * 1-5\"" };
    Diagnostic::new(Code::E0302, on.head, format!("missing `{name}` in `on {}`", on.name()))
        .help(format!("add, for example, `{example}`"))
}

/// `on`: a trigger of a pipeline whose runs do not know it.
pub(in crate::model) fn not_of_every_trigger(reference: &ast::Ref, pipeline: &Node, on: &Node) -> Diagnostic {
    let message = format!("`{reference}` is not known in every run of pipeline `{}`", pipeline.name());
    Diagnostic::new(Code::E0305, reference.span, message)
        .also(on.head, "a run that this starts has no tag")
        .help("use `run.version` or `run.sha`, or give this trigger a pipeline of its own")
}

pub(in crate::model) fn tag_of_the_deployed(reference: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0305, reference.span, format!("`{reference}` is only known to builds and tasks"))
        .help("pass it to the image as a build argument, `args = { VERSION = run.tag }`, or use `run.version`")
}

pub(in crate::model) fn image_tag_of_run(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0305, span, "only `run.tag` alone, or a tag that is known at compile time, can tag an image")
        .help("remove `tag`, and the tag is `run.version`; or write `tag = run.tag` or a fixed one")
}
