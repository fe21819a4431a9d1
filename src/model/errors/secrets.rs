//! Errors in secrets: where they come from, where they are used, and text that is one.

use crate::diag::{Code, Diagnostic};
use crate::model::SecretKey;
use crate::program::Node;
use crate::source::{Span, Spanned};
use crate::syntax::ast;
use crate::words;

pub(in crate::model) fn secret_in_text(reference: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0501, reference.span, format!("secret `{reference}` can only be used in `env`"))
        .help(format!("write `NAME = {reference}` in the `env` of a service or a task, or put it into a string there"))
}

pub(in crate::model) fn throwaway_in_standing(secret: &Node, environment: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::E0502,
        span,
        format!("secret `{}` cannot be a throwaway in permanent environment `{environment}`", secret.name()),
    )
    .help(format!(
        "write `in ENVIRONMENT {{ from = throwaway }}` for ephemeral environments; in `{environment}`, the secret must exist, or come from a store with `from = external`"
    ))
}

pub(in crate::model) fn external_without(secret: &Node, attribute: &str) -> Diagnostic {
    let example = if attribute == "store" { "store = \"ClusterSecretStore/NAME\"" } else { "at = \"shop/pay\"" };
    let from = secret.attribute("from").map_or(secret.head, |from| from.value.span());
    Diagnostic::new(Code::E0302, from, format!("missing `{attribute}` in external secret `{}`", secret.name()))
        .help(format!("add, for example, `{example}`"))
}

/// Credentials of the project that come from another place in each environment.
pub(in crate::model) fn role_varies(role: &str, name: &Spanned<String>, secret: &Node, attribute: &str) -> Diagnostic {
    let place = secret.attribute(attribute).map_or(secret.head, |written| written.value.span());
    let message =
        format!("`{role}` is the same in every environment, but `{attribute}` of secret `{}` is not", name.value);
    Diagnostic::new(Code::E0213, name.span, message)
        .also(place, "depends on the environment")
        .help(format!("write an `{attribute}` without variables of an environment"))
}

pub(in crate::model) fn store_of_no_external(secret: &Node, key: &Spanned<String>) -> Diagnostic {
    let message = format!("`{}` has no effect in secret `{}`, which is not external", key.value, secret.name());
    Diagnostic::new(Code::E0307, key.span, message).help("add `from = external`, or remove it")
}

pub(in crate::model) fn missing_role_keys(
    role: &str,
    name: &Spanned<String>,
    missing: &[String],
    secret: &Node,
) -> Diagnostic {
    let keys = secret.attribute("keys").map_or(secret.head, |keys| keys.value.span());
    Diagnostic::new(
        Code::E0217,
        name.span,
        format!("secret `{}` has no key {}, which `{role}` uses", name.value, words::in_backticks(missing)),
    )
    .also(keys, "the keys are declared here")
    .help(format!("add {} to its `keys`", words::in_backticks(missing)))
}

pub(in crate::model) fn literal_secret(entry: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0503, span, format!("hard-coded secret `{entry}`"))
        .help("declare it in a `secret` block, and write `SECRET.key` here")
}

/// A reference in the form of Kubernetes to a variable, perhaps one that is a secret.
pub(in crate::model) fn not_expanded(name: &str, secret: Option<&SecretKey>, span: Span) -> Diagnostic {
    let report =
        Diagnostic::new(Code::W0307, span, format!("`$({name})` is not replaced: texts arrive as they are written"));
    let report = match secret {
        Some(SecretKey { secret, key }) => report
            .help(format!("write `${{{secret}.{key}}}` in a variable; in a command, only a shell can read `${name}`")),
        None => report.help(format!("write the value itself; in a command, a shell can read `${name}`")),
    };
    report.help("if the text is meant literally, write `allow = [W0307]` in this block")
}

/// A text that is a secret by its shape.
pub(in crate::model) fn shape_of_a_secret(what: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::W0501, span, format!("this text contains {what}"))
        .help("declare it in a `secret` block, and use `SECRET.key` in `env`")
        .help("if it is no secret, write `allow = [W0501]` in this block")
}

/// A value of a chart, or a field of a patch, whose name says that it is a secret.
pub(in crate::model) fn file_with_a_secret(key: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::W0501, span, format!("`{key}` in this file looks like a secret"))
        .help("declare it in a `secret` block, and pass it by `env` or mount it with `volume NAME { at = \"…\", secret = SECRET }`")
        .help("if it is no secret, write `allow = [W0501]` in this block")
}

pub(in crate::model) fn setting_with_a_secret(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::W0501, span, format!("`{name}` looks like a secret"))
        .help(
            "let the chart or the pod read it from a Secret of the cluster, which charts mostly call `existingSecret`",
        )
        .help("if it is no secret, write `allow = [W0501]` in this block")
}
