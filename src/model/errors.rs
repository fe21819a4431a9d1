//! One function for each error in names and values: from facts to messages.

mod builds;
mod project;
mod secrets;
mod service;
mod triggers;

pub(super) use builds::*;
pub(super) use project::*;
pub(super) use secrets::*;
pub(super) use service::*;
pub(super) use triggers::*;

use super::EnvironmentKind;
use super::value::Bad;
use crate::diag::suggest::nearest;
use crate::diag::{Code, Diagnostic, Known};
use crate::program::Node;
use crate::promql;
use crate::replace;
use crate::schema::{Attribute, DeclarationKind, Phase, Type};
use crate::source::{Span, Spanned};
use crate::syntax::ast;
use crate::words;

/// What a name refers to: one of them, and several.
type Noun<'a> = (&'a str, &'a str);

const FIELD: Noun<'_> = ("field", "fields");

/// Adds what an unknown name may have meant, or else which names are available.
fn known_are(diagnostic: Diagnostic, noun: Noun<'_>, name: &Spanned<String>, known: &[String]) -> Diagnostic {
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    diagnostic.unknown(noun, name, &known, Known::Names)
}

pub(super) fn unknown_name(kind: DeclarationKind, name: &Spanned<String>, known: &[String]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0208, name.span, format!("{} `{}` is not declared", kind.word(), name.value));
    if known.is_empty() {
        return diagnostic.help(format!("declare it: `{} {} {{ … }}`", kind.word(), name.value));
    }
    known_are(diagnostic, (kind.word(), &kind.words()), name, known)
}

pub(super) fn unknown_part(
    kind: DeclarationKind,
    app: &str,
    name: &Spanned<String>,
    known: &[String],
    elsewhere: &[String],
) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0208, name.span, format!("app `{app}` has no {} `{}`", kind.word(), name.value));
    if let [only] = elsewhere {
        return diagnostic.help(format!(
            "{} {} of this name exists in another app: `{only}`",
            kind.article(),
            kind.word()
        ));
    }
    if known.is_empty() {
        return diagnostic.help(format!("declare it in app `{app}`: `{} {} {{ … }}`", kind.word(), name.value));
    }
    known_are(diagnostic, (kind.word(), &kind.words()), name, known)
}

pub(super) fn too_many_parts(kind: DeclarationKind, reference: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0208, reference.span, format!("`{reference}` is not {} {}", kind.article(), kind.word()))
        .help(format!(
            "write `{0}`, or `APP.{0}` for {1} {2} of another app",
            kind.word().to_uppercase(),
            kind.article(),
            kind.word()
        ))
}

pub(super) fn unknown_variable(reference: &ast::Ref, known: &[String]) -> Diagnostic {
    let first = &reference.parts[0];
    let diagnostic = Diagnostic::new(Code::E0209, first.span, format!("unknown name `{}`", first.value));
    let near = nearest(&first.value, known.iter().map(String::as_str));
    if let (None, "null" | "nil" | "none" | "undefined") = (near, first.value.as_str()) {
        return diagnostic.help("remove the attribute, or write `\"\"` for an empty string");
    }
    if near.is_none() && reference.parts.len() == 1 {
        return diagnostic.help(format!("to mean the string, write `\"{}\"`", first.value));
    }
    known_are(diagnostic, ("name", "names"), first, known)
}

pub(super) fn unknown_field(reference: &ast::Ref, field: &Spanned<String>, known: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::E0209,
        field.span,
        format!("`{}` has no field `{}`", reference.parts[0].value, field.value),
    );
    let diagnostic = known_are(diagnostic, FIELD, field, known);
    // An address without its quotes looks like a reference.
    match reference.parts.len() {
        3.. => diagnostic.help(format!("to mean the string, write `\"{reference}\"`")),
        _ => diagnostic,
    }
}

/// A field that the app's image of that name does not have, and that what it shadows may have.
pub(super) fn field_hidden(
    reference: &ast::Ref,
    field: &Spanned<String>,
    known: &[String],
    outer: &Node,
) -> Diagnostic {
    let name = &reference.parts[0].value;
    unknown_field(reference, field, known)
        .also(outer.name_span(), format!("shadowed by image `{name}` of this app"))
        .help(format!("rename the image or the {}: here, `{name}` refers to the image", outer.spec.word))
}

pub(super) fn unknown_key(secret: &str, key: &Spanned<String>, known: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0217, key.span, format!("secret `{secret}` has no key `{}`", key.value));
    known_are(diagnostic, ("key", "keys"), key, known)
}

pub(super) fn incomplete(reference: &ast::Ref, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::E0209, reference.span, format!("`{reference}` alone is not a value"))
        .help(format!("write {wanted}"))
}

pub(super) fn not_in_scope(reference: &ast::Ref, place: &str) -> Diagnostic {
    Diagnostic::new(Code::E0210, reference.span, format!("`{reference}` is not available here"))
        .help(format!("it is only available {place}"))
}

pub(super) fn part_of_a_value(reference: &ast::Ref, field: &Spanned<String>, more: &Spanned<String>) -> Diagnostic {
    let whole = format!("{}.{}", reference.parts[0].value, field.value);
    Diagnostic::new(Code::E0209, more.span, format!("`{whole}` is a string and has no fields"))
        .help(format!("write `{whole}`"))
}

pub(super) fn defined_by_itself(reference: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0216, reference.span, format!("`{reference}` is defined in terms of itself"))
        .help("replace one of the references with a literal value")
}

/// `deployed`: whether it deploys a chart, a kustomization or manifests.
pub(super) fn no_address(reference: &ast::Ref, app: &str, environment: Option<&str>, deployed: bool) -> Diagnostic {
    let place = environment.map(|name| format!(" in `{name}`")).unwrap_or_default();
    let message = format!("`{reference}` is not available: app `{app}` has no service with a port{place}");
    Diagnostic::new(Code::E0210, reference.span, message).help(if deployed {
        format!("add `serves = \"SERVICE:PORT\"` to app `{app}`, with a Service that it creates")
    } else {
        format!("add `service {{ port = … }}` to app `{app}`{place}, or write a literal address")
    })
}

pub(super) fn no_registry(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0218, span, "the project has no registry")
        .help("add `registry { host = \"…\" }` to `project`")
}

pub(super) fn no_ui(reference: &ast::Ref) -> Diagnostic {
    let message = format!("`{reference}` needs the address of Argo Workflows, which the project does not give");
    Diagnostic::new(Code::E0218, reference.span, message).help("add `argo { ui = \"https://…\" }` to `project`")
}

pub(super) fn no_prometheus(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0218, span, "no Prometheus server is configured")
        .help("add `prometheus { url = \"…\" }` to `project`, or write `prometheus = \"…\"` here")
}

pub(super) fn reserved(node: &Node) -> Diagnostic {
    let name = node.name();
    Diagnostic::new(Code::E0211, node.name_span(), format!("`{name}` is a reserved name"))
        .help(format!("choose another name: `{name}.…` in a value refers to something else"))
}

pub(super) fn used_by_the_tree(node: &Node) -> Diagnostic {
    let name = node.name();
    Diagnostic::new(
        Code::E0211,
        node.name_span(),
        format!("{} name `{name}` is reserved for the generated manifests", node.spec.word),
    )
    .help("choose another name")
}

pub(super) fn no_project(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0215, span, "missing `project` block")
        .help("write `project NAME { gitops { … }, github { … } }`")
}

pub(super) fn no_block(node: &Node, word: &str) -> Diagnostic {
    let example = if word == "on push" { word.to_owned() } else { format!("{word} {{ … }}") };
    Diagnostic::new(Code::E0302, node.head, format!("missing `{word}` in {} `{}`", node.spec.word, node.name()))
        .help(format!("add `{example}` to it"))
}

pub(super) fn too_late(reference: &ast::Ref, known: Phase, needed: Phase, place: &str) -> Diagnostic {
    let when = if known == Phase::Run { "at run time" } else { "per environment" };
    let needed = if needed == Phase::Compile { "at compile time" } else { "before the run" };
    let message = format!("`{reference}` is only known {when}, but `{place}` must be known {needed}");
    Diagnostic::new(Code::E0305, reference.span, message).help(match known {
        Phase::Run => "values that are only known at run time can be used in `env`, `set` or `command`",
        _ => "it can be used in a part that varies by environment, such as `helm`, `service` or `env`",
    })
}

pub(super) fn required(node: &Node, attribute: &Attribute) -> Diagnostic {
    let name = node.name();
    let subject =
        if name.is_empty() { format!("`{}`", node.spec.word) } else { format!("{} `{name}`", node.spec.word) };
    Diagnostic::new(Code::E0302, node.head, format!("missing `{}` in {subject}", attribute.name)).help(format!(
        "add `{} = …`: {}",
        attribute.name,
        attribute.ty.describe()
    ))
}

/// The type of a value, as part of a sentence.
fn describe(value: &ast::Value) -> &'static str {
    match value {
        ast::Value::Text(_) => "a string",
        ast::Value::Range(..) => "a range",
        ast::Value::Quantity(_) => "a number",
        ast::Value::Bool(_) => "a boolean",
        ast::Value::Ref(_) => "a name",
        ast::Value::List(_) => "a list",
        ast::Value::Map(_) => "a map",
    }
}

pub(super) fn wrong_type(attribute: &Attribute, value: &ast::Value) -> Diagnostic {
    let ty = attribute.ty;
    let message = format!("`{}` cannot be {}", attribute.name, describe(value));
    mended(Diagnostic::new(Code::E0301, value.span(), message), ty, value)
}

/// Adds what a value of another type was meant to be, if its form tells.
fn mended(diagnostic: Diagnostic, ty: Type, value: &ast::Value) -> Diagnostic {
    match value {
        ast::Value::Text(text) => match text.segments.as_slice() {
            _ if ty == Type::Texts => diagnostic.help("put it in brackets: `[\"…\"]`").fix(
                "put it in brackets",
                text.span,
                format!("[{}]", quoted(text)),
            ),
            [ast::Segment::Literal(bare)] if could_be(ty, bare) => {
                diagnostic.help(format!("remove the quotes: `{bare}`")).fix("remove the quotes", text.span, bare)
            }
            _ if matches!(ty, Type::Name(DeclarationKind::Image)) => diagnostic.help(
                "write the name of an `image` of the app, such as `code`; one that was built elsewhere is declared with its digest, `image NAME { ref = \"…@sha256:…\" }`",
            ),
            _ => diagnostic.help(format!("write {} without quotes", ty.describe())),
        },
        ast::Value::Quantity(quantity) if ty == Type::Text => diagnostic
            .help(format!("put it in quotes: `\"{}\"`", quantity.value))
            .fix("put it in quotes", quantity.span, format!("\"{}\"", quantity.value)),
        ast::Value::Bool(truth) if ty == Type::Text => diagnostic
            .help(format!("put it in quotes: `\"{}\"`", truth.value))
            .fix("put it in quotes", truth.span, format!("\"{}\"", truth.value)),
        _ => diagnostic.help(format!("write {}", ty.describe())),
    }
}

/// A string as it is written in the source.
fn quoted(text: &ast::Text) -> String {
    let escape = |text: &str| replace::at_once(text, &[("\\", "\\\\"), ("\"", "\\\""), ("\n", "\\n"), ("${", "\\${")]);
    let segments = text.segments.iter().map(|segment| match segment {
        ast::Segment::Literal(text) => escape(text),
        ast::Segment::Variable(reference) => format!("${{{reference}}}"),
    });
    format!("\"{}\"", segments.collect::<String>())
}

/// Whether the text could be an unquoted value of the type.
fn could_be(ty: Type, text: &str) -> bool {
    let letters = |more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    if ty.takes_names() {
        return text.starts_with(|c: char| c.is_ascii_alphabetic()) && letters("-_");
    }
    let is_quantity = !ty.is_text_or_map() && ty != Type::Steps;
    is_quantity && text.starts_with(|c: char| c.is_ascii_digit()) && letters(".%")
}

pub(super) fn not_a_name(attribute: &str, kind: DeclarationKind, value: &ast::Value) -> Diagnostic {
    let message = format!("`{attribute}` takes names of {}, not {}", kind.words(), describe(value));
    mended(Diagnostic::new(Code::E0301, value.span(), message), Type::Name(kind), value)
}

pub(super) fn not_a_step(value: &ast::Value) -> Diagnostic {
    let message = format!("a step cannot be {}", describe(value));
    let diagnostic = Diagnostic::new(Code::E0301, value.span(), message);
    match value {
        ast::Value::Text(text) => match text.segments.as_slice() {
            [ast::Segment::Literal(bare)] if could_be(Type::Duration, bare) => {
                diagnostic.help(format!("remove the quotes: `{bare}`")).fix("remove the quotes", text.span, bare)
            }
            _ => diagnostic.help(STEP),
        },
        _ => diagnostic.help(STEP),
    }
}

const STEP: &str = "write a weight such as `20%`, a pause such as `5m`, or `approve`";

/// A number alone.
pub(super) fn bare_step(step: &Spanned<String>) -> Diagnostic {
    let number = &step.value;
    Diagnostic::new(Code::E0306, step.span, format!("invalid value for `steps`: `{number}` has no unit"))
        .help(format!("write `{number}%` for a weight, or `{number}s` for a pause"))
}

pub(super) fn range_in_settings(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0301, span, format!("a value in `{name}` cannot be a range"))
        .help("write a number, or a string in quotes")
}

pub(super) fn not_a_text(name: &str, value: &ast::Value) -> Diagnostic {
    Diagnostic::new(Code::E0301, value.span(), format!("a value in `{name}` cannot be {}", describe(value)))
        .help("write a string such as `\"…\"`")
}

pub(super) fn not_a_port(name: &str, value: &ast::Value) -> Diagnostic {
    let message = format!("a port in `{name}` cannot be {}", describe(value));
    mended(Diagnostic::new(Code::E0301, value.span(), message), Type::Port, value)
}

pub(super) fn bad_value(name: &str, text: &str, span: Span, bad: &Bad) -> Diagnostic {
    let subject = if name == "a key" { "key".to_owned() } else { format!("value for `{name}`") };
    let text = if text.is_empty() { "\"\"" } else { text };
    let diagnostic =
        Diagnostic::new(Code::E0306, span, format!("invalid {subject}: `{text}` {}", bad.fact)).help(&bad.help);
    match &bad.instead {
        Some(instead) => diagnostic.fix(format!("write `{instead}`"), span, instead),
        None => diagnostic,
    }
}

pub(super) fn stranger(name: &str, stranger: char, span: Span) -> Diagnostic {
    let subject = if name == "a key" { "a key".to_owned() } else { format!("`{name}`") };
    let stranger = u32::from(stranger);
    Diagnostic::new(
        Code::E0306,
        span,
        format!("{subject} contains U+{stranger:04X}, which YAML or Kubernetes rejects or changes"),
    )
    .help("remove it")
}

pub(super) fn begins_with_a_tab(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0306, span, format!("a string of several lines in `{name}` starts with a tab"))
        .help("start it with spaces, or with another line: Kustomize cannot read back the YAML that it writes for this")
}

pub(super) fn bad_word(name: &str, word: &str, span: Span, known: &[&str]) -> Diagnostic {
    let known: Vec<_> = known.iter().map(|word| (*word).to_owned()).collect();
    let diagnostic = Diagnostic::new(Code::E0303, span, format!("invalid value `{word}` for `{name}`"));
    known_are(diagnostic, ("value", "values"), &Spanned::new(word.to_owned(), span), &known)
}

pub(super) fn range_falls(name: &str, low: &Spanned<String>, high: &Spanned<String>) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::E0304,
        low.span.to(high.span),
        format!("the bounds of `{name}` are not in ascending order"),
    );
    if low.value == high.value {
        return diagnostic.help(format!("write `{}` alone", low.value));
    }
    diagnostic.help(format!("write the smaller value first: `{}..{}`", high.value, low.value))
}

pub(super) fn listed_twice(name: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0205, name.span, format!("duplicate `{}` in a list", name.value))
        .here("listed again here")
        .also(first, "first listed here")
        .help("remove one of the two")
}

pub(super) fn key_twice(key: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0205, key.span, format!("duplicate key `{}`", key.value))
        .here("set again here")
        .also(first, "first set here")
        .help("remove one of the two")
}

pub(super) fn bad_name(node: &Node, bad: &Bad) -> Diagnostic {
    Diagnostic::new(Code::E0601, node.name_span(), format!("{} name `{}` {}", node.spec.word, node.name(), bad.fact))
        .help(&bad.help)
        .help("objects in the cluster are named after it")
}

pub(super) fn bad_release(node: &Node, release: &str, bad: &Bad) -> Diagnostic {
    Diagnostic::new(
        Code::E0601,
        node.name_span(),
        format!("the release of this chart would be named `{release}`, which {}", bad.fact),
    )
    .help("shorten the label, or write a `release`")
}

pub(super) fn copy_without_ttl(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0302, node.head, format!("missing `ttl` in ephemeral environment `{}`", node.name()))
        .help("add, for example, `ttl = 2h`: what a failed run leaves behind is deleted after that time")
}

pub(super) fn ttl_without_copy(node: &Node) -> Diagnostic {
    let span = node.attribute("ttl").map_or(node.head, ast::Attr::span);
    Diagnostic::new(Code::E0401, span, "`ttl` is only allowed in ephemeral environments")
        .help("make the environment ephemeral with `copy-of = ENVIRONMENT`, or remove `ttl`")
}

pub(super) fn namespace_of_copy(node: &Node) -> Diagnostic {
    let span = node.attribute("namespace").map_or(node.head, ast::Attr::span);
    Diagnostic::new(Code::E0401, span, "`namespace` is only allowed in permanent environments")
        .help("remove it: the namespace of an ephemeral environment is named after the version")
}

pub(super) fn copy_of_copy(node: &Node, of: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(
        Code::E0401,
        of.span,
        format!("environment `{}` copies `{}`, which is itself ephemeral", node.name(), of.value),
    )
    .help("copy a permanent environment")
}

pub(super) fn wrong_kind(stage: &str, environment: &Spanned<String>, kind: &EnvironmentKind) -> Diagnostic {
    match kind {
        EnvironmentKind::Permanent { .. } => Diagnostic::new(
            Code::E0402,
            environment.span,
            format!("`{stage}` needs an ephemeral environment, but `{}` is permanent", environment.value),
        )
        .help("make the environment ephemeral with `copy-of` and `ttl`, or name another one"),
        EnvironmentKind::Ephemeral { .. } => Diagnostic::new(
            Code::E0402,
            environment.span,
            format!("`{stage}` needs a permanent environment, but `{}` is ephemeral", environment.value),
        )
        .help("`stage-env` already deploys this change there"),
    }
}

pub(super) fn source_missing(node: &Node, what: &str) -> Diagnostic {
    Diagnostic::new(Code::E0302, node.head, format!("missing `source` in app `{}`: {what}", node.name()))
        .help("add `source = \"github.com/OWNER/NAME\"` to it")
}

/// Where an attribute is written.
fn key(node: &Node, name: &str) -> Span {
    node.attribute(name).map_or(node.head, |attribute| attribute.key.span)
}

pub(super) fn chart_mixed(node: &Node, third_party: &str) -> Diagnostic {
    Diagnostic::new(Code::E0307, key(node, third_party), "conflicting chart sources in `helm`")
        .here("a third-party chart")
        .also(key(node, "path"), "a chart of the app's repository")
        .help("keep either `path`, or `repo`, `chart` and `version`")
}

pub(super) fn chart_incomplete(node: &Node, missing: &[&str]) -> Diagnostic {
    let missing: Vec<_> = missing.iter().map(|word| (*word).to_owned()).collect();
    Diagnostic::new(Code::E0302, node.head, format!("missing {} in `helm`", words::in_backticks(&missing))).help(
        "write `path` for a chart of the app's repository, or `repo`, `chart` and `version` for a third-party chart",
    )
}

pub(super) fn bounds_both(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0307, key(node, "at-least"), format!("analysis `{}` has two bounds", node.name()))
        .here("the second bound")
        .also(key(node, "at-most"), "the first bound")
        .help("write two analyses with one bound each")
}

pub(super) fn not_a_query(span: Span, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::E0311, span, format!("invalid query: {message}")).help(help)
}

pub(super) fn variable_in_query(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0311, span, "invalid query: this variable does not fit here")
        .help("a variable is the value of a label, or part of it: put it between quotes, as in `service=\\\"${canary.metrics}\\\"`")
}

pub(super) fn query_of_another_type(span: Span, found: promql::Type) -> Diagnostic {
    let message = format!("this query returns {found}, but an analysis needs an instant vector");
    let report = Diagnostic::new(Code::E0309, span, message);
    match found {
        promql::Type::Range => report.help("apply a function such as `rate` to the range"),
        _ => report.help("query a metric: `sum(rate(errors_total{…}[1m]))`"),
    }
}

pub(super) fn query_filters(operator: Span) -> Diagnostic {
    Diagnostic::new(Code::E0312, operator, "this comparison removes the values that an analysis would check")
        .help("remove the comparison, and write its number as `at-most` or `at-least`")
        .help("Prometheus returns only the series for which the comparison holds: all others count as no data")
}

pub(super) fn query_without_series(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0309, span, "this query returns a scalar, but an analysis needs series")
        .help("remove `scalar(…)`, or query a metric: `sum(rate(errors_total{…}[1m]))`")
}

pub(super) fn bound_missing(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0302, node.head, format!("missing bound in analysis `{}`", node.name()))
        .help("add `at-most = …` or `at-least = …`")
}

pub(super) fn several_contents(node: &Node, first: &str, second: &str) -> Diagnostic {
    let message = format!("`{first}` and `{second}` are both set in volume `{}`", node.name());
    Diagnostic::new(Code::E0307, key(node, second), message)
        .also(key(node, first), format!("`{first}` is set here"))
        .help("a volume has either `size`, `claim`, `secret`, or nothing of these for scratch space: remove one of the two")
}

pub(super) fn class_without_size(node: &Node) -> Diagnostic {
    let message = format!("`class` needs `size` in volume `{}`", node.name());
    Diagnostic::new(Code::E0302, key(node, "class"), message)
        .help("add `size = 10Gi`, or remove `class`: only persistent storage of each pod has a StorageClass")
}

pub(super) fn mounted_twice(at: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0307, at.span, format!("two files or volumes are mounted at `{}`", at.value))
        .here("mounted again here")
        .also(first, "first mounted here")
        .help("write another path in one of the two")
}

pub(super) fn mounted_in_read_only(inner: &Spanned<String>, outer: &Spanned<String>) -> Diagnostic {
    let message = format!("`{}` is inside `{}`, which is read-only", inner.value, outer.value);
    Diagnostic::new(Code::E0307, inner.span, message)
        .also(outer.span, "nothing can be mounted in this")
        .help(format!("write a path outside of `{}`", outer.value))
}

pub(super) fn inside_a_file(inner: &Spanned<String>, file: &Spanned<String>) -> Diagnostic {
    let message = format!("`{}` is inside `{}`, which is a file", inner.value, file.value);
    Diagnostic::new(Code::E0307, inner.span, message)
        .also(file.span, "this is a file")
        .help(format!("write a path that does not begin with `{}/`", file.value))
}

pub(super) fn config_too_large(span: Span, path: &str, bytes: usize) -> Diagnostic {
    Diagnostic::new(Code::E0306, span, format!("the text of config `{path}` has {bytes} bytes; the limit is 1 MiB"))
        .help("put the file into the image, or split it into several")
}

pub(super) fn reserved_prefix(node: &Node, prefix: &str) -> Diagnostic {
    let message = format!("{} name `{}` starts with `{prefix}`, which is reserved", node.spec.word, node.name());
    Diagnostic::new(Code::E0211, node.name_span(), message).help("choose another name")
}

pub(super) fn needs_itself(name: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0411, name.span, format!("app `{}` depends on itself", name.value))
        .help("remove it from its `needs`")
}

pub(super) fn unknown_environment(name: &Spanned<String>, known: &[String]) -> Diagnostic {
    unknown_name(DeclarationKind::Environment, name, known)
}

pub(super) fn bad_pipeline_name(app: &Spanned<String>, name: &str, bad: &Bad) -> Diagnostic {
    Diagnostic::new(
        Code::E0601,
        app.span,
        format!("the pipeline of this app would be named `{name}`, which {}", bad.fact),
    )
    .help("shorten the name of the pipeline or of the app")
}

pub(super) fn host_of_run(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0305, span, "the only run-time value allowed in `host` is `environment.namespace`")
        .help("write `\"${environment.namespace}.example.com\"`")
}

pub(super) fn doubtful_quantity(name: &str, span: Span, bad: &Bad) -> Diagnostic {
    Diagnostic::new(Code::W0305, span, format!("`{name}` {}", bad.fact)).help(bad.help.clone())
}

pub(super) fn command_in_one_text(line: &str, span: Span) -> Diagnostic {
    let report = Diagnostic::new(
        Code::W0306,
        span,
        "the command is a single string with spaces, which is taken as the name of one program",
    );
    let plain = line.chars().all(|c| c.is_alphanumeric() || " ./:=_,@%+-".contains(c));
    if plain {
        let words: Vec<_> = line.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        return report.help(format!("write `[{}]`", words.join(", ")));
    }
    report.help("write each word as a separate string, or `[\"sh\", \"-c\", \"…\"]` if a shell should run it")
}

pub(super) fn not_an_object(label: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0207, span, format!("`{label}` does not name an object"))
        .help("write a kind, or a kind and a name: `\"Service\"` or `\"Service/shop\"`")
}
