//! Errors in images, in what builds them, and in what builds are given.

use super::{describe, key};
use crate::diag::{Code, Diagnostic};
use crate::program::Node;
use crate::schema::FROM_CI;
use crate::source::Spanned;
use crate::syntax::ast;

pub(in crate::model) fn not_a_secret(name: &str, value: &ast::Value) -> Diagnostic {
    let what = match value {
        ast::Value::Ref(reference) => format!("`{reference}`"),
        value => describe(value).to_owned(),
    };
    Diagnostic::new(Code::E0301, value.span(), format!("`{name}` takes keys of secrets, not {what}"))
        .help("declare `secret NAME { keys = [\"KEY\"] }`, and write `NAME.KEY` here")
}

pub(in crate::model) fn tls_without_address(builder: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0302, key(builder, "tls"), "missing `address` in `builder`: `tls` is for a daemon elsewhere")
        .help("add `address = \"tcp://…\"`, or remove `tls`")
}

pub(in crate::model) fn unknown_to_builds(reference: &ast::Ref) -> Diagnostic {
    Diagnostic::new(
        Code::E0305,
        reference.span,
        format!("`{reference}` is not known to a build: an image is built once, before it is deployed anywhere"),
    )
    .help("use a value that is known at compile time, or `run.version`, `run.sha`, `run.branch` or `run.url`")
}

pub(in crate::model) fn unknown_to_messages(reference: &ast::Ref) -> Diagnostic {
    Diagnostic::new(
        Code::E0305,
        reference.span,
        format!("`{reference}` is not known to a message: it belongs to no environment"),
    )
    .help("use a value that is known at compile time, or `run.version`, `run.sha`, `run.branch` or `run.url`")
}

/// `elsewhere`: the attribute by which it is not built here.
pub(in crate::model) fn built_elsewhere(image: &Node, elsewhere: &str, written: &Spanned<String>) -> Diagnostic {
    let written_name = &written.value;
    let message =
        format!("image `{}` has a `{elsewhere}`, so it is not built, but also `{written_name}`", image.name());
    let diagnostic = Diagnostic::new(Code::E0307, written.span, message);
    if written.value == FROM_CI.attribute {
        return diagnostic
            .also(key(image, elsewhere), "one image, whatever the commit")
            .help("remove `ref` to wait for the image that a CI builds for each commit, or remove `from-ci`");
    }
    diagnostic
        .here("only a build uses this")
        .also(key(image, elsewhere), "an image that is built elsewhere")
        .help(format!("remove `{written_name}`, or remove `{elsewhere}` to build the image from the app's repository"))
}

pub(in crate::model) fn unknown_to_ci(reference: &ast::Ref) -> Diagnostic {
    Diagnostic::new(
        Code::E0305,
        reference.span,
        format!("`{reference}` is not known to a CI: it tags an image when it builds a commit"),
    )
    .help("use `run.sha`, `run.sha7`, `run.sha8`, or a value that is known at compile time")
}

pub(in crate::model) fn reference_without_tag(reference: &ast::Ref, image: &Node) -> Diagnostic {
    Diagnostic::new(
        Code::E0210,
        reference.span,
        format!("`{reference}` is not available: the `ref` of image `{}` has no tag", image.name()),
    )
    .also(key(image, "ref"), "this reference")
    .help("add the tag before the digest, `REPOSITORY:TAG@sha256:…`, or use `digest` instead")
}

pub(in crate::model) fn image_hides(image: &Node, outer: &Node, reference: &ast::Ref) -> Diagnostic {
    let (name, word) = (image.name(), outer.spec.word);
    Diagnostic::new(Code::W0204, image.name_span(), format!("image `{name}` shadows {word} `{name}` in this app"))
        .also(outer.name_span(), format!("`{reference}` does not refer to this"))
        .also(reference.span, format!("refers to the image's `{}`", reference.parts[1].value))
        .help(format!("rename the image or the {word} to make `{reference}` unambiguous"))
}

pub(in crate::model) fn secret_in_build_argument(reference: &ast::Ref) -> Diagnostic {
    let message = format!("secret `{reference}` cannot be a build argument: images keep the values of their arguments");
    Diagnostic::new(Code::E0501, reference.span, message).help(format!(
        "write `secrets = {{ NAME = {reference} }}` in the image, and mount it in the Dockerfile: `RUN --mount=type=secret,id=NAME`"
    ))
}
