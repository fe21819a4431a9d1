//! One function for each mistake in names and values. Facts come in, sentences are made here.

use super::EnvironmentKind;
use crate::diag::{Code, Diagnostic};
use crate::program::Node;
use crate::schema::{Attribute, Kind, Phase};
use crate::source::{Span, Spanned};
use crate::syntax::ast;

/// `a`, `b` and `c`
fn list(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn known_are(diagnostic: Diagnostic, known: &[String]) -> Diagnostic {
    if known.is_empty() || known.len() > 12 {
        diagnostic
    } else {
        diagnostic.help(format!("known here: {}", list(known)))
    }
}

pub(super) fn unknown_name(kind: Kind, name: &Spanned<String>, known: &[String]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0208, name.span, format!("{} `{}` is not declared", kind.word(), name.value));
    let diagnostic = if known.is_empty() {
        diagnostic.help(format!("declare it: `{} {} {{ … }}`", kind.word(), name.value))
    } else {
        known_are(diagnostic, known)
    };
    diagnostic.nearest(&name.value, name.span, known.iter().map(String::as_str))
}

pub(super) fn unknown_part(
    kind: Kind,
    app: &str,
    name: &Spanned<String>,
    known: &[String],
    elsewhere: &[String],
) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0208, name.span, format!("app `{app}` has no {} `{}`", kind.word(), name.value));
    if let [only] = elsewhere {
        return diagnostic.help(format!("another app has one: write `{only}`"));
    }
    known_are(diagnostic, known).nearest(&name.value, name.span, known.iter().map(String::as_str))
}

pub(super) fn too_many_parts(kind: Kind, reference: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0208, reference.span, format!("`{reference}` is no {}", kind.word()))
        .help(format!("write `{0}`, or `APP.{0}` for one of another app", kind.word().to_uppercase()))
}

pub(super) fn unknown_variable(reference: &ast::Ref, known: &[String]) -> Diagnostic {
    let first = &reference.parts[0];
    let diagnostic = Diagnostic::new(Code::E0209, first.span, format!("`{}` is not known here", first.value));
    let near = crate::diag::suggest::nearest(&first.value, known.iter().map(String::as_str));
    if near.is_some() {
        return diagnostic.nearest(&first.value, first.span, known.iter().map(String::as_str));
    }
    if reference.parts.len() == 1 {
        return diagnostic.help(format!("to mean the text itself, write `\"{}\"`", first.value));
    }
    known_are(diagnostic, known)
}

pub(super) fn unknown_field(reference: &ast::Ref, field: &Spanned<String>, known: &[String]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0209, field.span, format!("`{}` has no `{}`", reference.parts[0].value, field.value));
    known_are(diagnostic, known).nearest(&field.value, field.span, known.iter().map(String::as_str))
}

pub(super) fn unknown_key(secret: &str, key: &Spanned<String>, known: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0217, key.span, format!("secret `{secret}` has no key `{}`", key.value));
    known_are(diagnostic, known).nearest(&key.value, key.span, known.iter().map(String::as_str))
}

pub(super) fn incomplete(reference: &ast::Ref, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::E0209, reference.span, format!("`{reference}` alone is no value"))
        .help(format!("write {wanted}"))
}

pub(super) fn not_in_scope(reference: &ast::Ref, place: &str) -> Diagnostic {
    Diagnostic::new(Code::E0210, reference.span, format!("`{reference}` has no meaning here"))
        .help(format!("it is known {place}"))
}

pub(super) fn no_url(reference: &ast::Ref, app: &str, environment: &str) -> Diagnostic {
    Diagnostic::new(
        Code::E0210,
        reference.span,
        format!("`{reference}`: `{app}` has no service with a port in `{environment}`"),
    )
    .help(format!("give app `{app}` a `service {{ port = … }}` there"))
}

pub(super) fn no_registry(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0218, span, "the project has no registry")
        .help("write `registry { host = \"…\" }` in `project`")
}

pub(super) fn no_prometheus(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0218, span, "there is no Prometheus to ask")
        .help("write `prometheus { url = \"…\" }` in `project`, or `prometheus = \"…\"` here")
}

pub(super) fn reserved(node: &Node) -> Diagnostic {
    let name = node.name();
    Diagnostic::new(Code::E0211, node.name_span(), format!("`{name}` is a name that the language uses itself"))
        .help(format!("name it otherwise: `{name}.…` in a value would mean something else"))
}

pub(super) fn no_project(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0215, span, "the program has no `project`")
        .help("write `project NAME { gitops { … }, github { … } }`")
}

pub(super) fn no_block(node: &Node, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0302, node.head, format!("`{}` has no `{word}`", node.spec.word))
        .help(format!("write `{word} {{ … }}` in it"))
}

/// What is known in a phase, for a sentence.
fn when(phase: Phase) -> &'static str {
    match phase {
        Phase::Compile => "when compiling",
        Phase::Environment => "for each environment",
        Phase::Run => "only in the run",
    }
}

pub(super) fn too_late(reference: &ast::Ref, known: Phase, needed: Phase, place: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::E0305,
        reference.span,
        format!("`{reference}` is known {}, and `{place}` is needed {}", when(known), when(needed)),
    );
    match (known, needed) {
        (Phase::Environment, _) => diagnostic.help("use it in a part of an app, or after `in ENVIRONMENT`"),
        _ => diagnostic.help("what is known only in the run can stand in `env`, `set` and `command`"),
    }
}

pub(super) fn secret_in_text(reference: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0501, reference.span, format!("`{reference}` is secret and cannot stand in a text"))
        .help(format!("give it to an environment variable as its whole value: `NAME = {reference}`"))
}

pub(super) fn required(node: &Node, attribute: &Attribute) -> Diagnostic {
    let name = node.name();
    let subject =
        if name.is_empty() { format!("`{}`", node.spec.word) } else { format!("{} `{name}`", node.spec.word) };
    Diagnostic::new(Code::E0302, node.head, format!("{subject} has no `{}`", attribute.name)).help(format!(
        "write `{} = …`: {}",
        attribute.name,
        attribute.ty.describe()
    ))
}

/// What a value is, for a sentence.
fn describe(value: &ast::Value) -> &'static str {
    match value {
        ast::Value::Text(_) => "a text",
        ast::Value::Range(..) => "a range",
        ast::Value::Measure(_) => "a number",
        ast::Value::Bool(_) => "a truth value",
        ast::Value::Ref(_) => "a name",
        ast::Value::List(_) => "a list",
        ast::Value::Map(_) => "a map",
    }
}

pub(super) fn wrong_type(attribute: &Attribute, value: &ast::Value) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::E0301,
        value.span(),
        format!("`{}` is {}, not {}", attribute.name, attribute.ty.describe(), describe(value)),
    );
    match value {
        ast::Value::Text(text) => match text.pieces.as_slice() {
            [ast::Piece::Literal(bare)]
                if !bare.is_empty() && bare.chars().all(|c| c.is_ascii_alphanumeric() || "-_.%".contains(c)) =>
            {
                diagnostic.help(format!("leave the quotes out: `{bare}`")).fix("leave the quotes out", text.span, bare)
            }
            _ => diagnostic,
        },
        ast::Value::Measure(measure) if attribute.ty == crate::schema::Type::Text => {
            diagnostic.help("put it in quotes").fix("put it in quotes", measure.span, format!("\"{}\"", measure.value))
        }
        _ => diagnostic,
    }
}

pub(super) fn not_a_text(name: &str, value: &ast::Value) -> Diagnostic {
    Diagnostic::new(Code::E0301, value.span(), format!("a value of `{name}` is a text, not {}", describe(value)))
}

pub(super) fn bad_value(name: &str, text: &str, span: Span, why: &str) -> Diagnostic {
    let subject = if name == "a key" { String::new() } else { format!("`{name}`: ") };
    Diagnostic::new(Code::E0306, span, format!("{subject}`{text}` {why}"))
}

pub(super) fn bad_word(name: &str, word: &str, span: Span, known: &[&str]) -> Diagnostic {
    let known: Vec<_> = known.iter().map(|word| (*word).to_owned()).collect();
    let diagnostic = Diagnostic::new(Code::E0303, span, format!("`{name}` cannot be `{word}`"));
    known_are(diagnostic, &known).nearest(word, span, known.iter().map(String::as_str))
}

pub(super) fn range_falls(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0304, span, format!("`{name}`: the range does not rise"))
        .help("write the smaller value first")
}

pub(super) fn listed_twice(name: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0205, name.span, format!("`{}` is listed twice", name.value))
        .also(first, "first here")
        .help("keep one of the two")
}

pub(super) fn key_twice(key: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0205, key.span, format!("`{}` is given twice", key.value))
        .here("again here")
        .also(first, "first here")
        .help("keep one of the two")
}

pub(super) fn bad_name(node: &Node, why: &str) -> Diagnostic {
    Diagnostic::new(Code::E0601, node.name_span(), format!("the name of {} `{}` {why}", node.spec.word, node.name()))
        .help("it becomes the name of objects in the cluster")
}

pub(super) fn copy_without_ttl(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0302, node.head, format!("environment `{}` has no `ttl`", node.name()))
        .help("an ephemeral environment needs one, such as `ttl = 2h`: what a failed run leaves behind is removed then")
}

pub(super) fn ttl_without_copy(node: &Node) -> Diagnostic {
    let span = node.attribute("ttl").map_or(node.head, ast::Attr::span);
    Diagnostic::new(Code::E0401, span, format!("environment `{}` stands, so it has no `ttl`", node.name()))
        .help("make it ephemeral with `copy-of = ENVIRONMENT`, or leave `ttl` out")
}

pub(super) fn namespace_of_copy(node: &Node) -> Diagnostic {
    let span = node.attribute("namespace").map_or(node.head, ast::Attr::span);
    Diagnostic::new(
        Code::E0401,
        span,
        format!("environment `{}` is ephemeral, so its namespace is the version", node.name()),
    )
    .help("leave `namespace` out")
}

pub(super) fn copy_of_copy(node: &Node, of: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(
        Code::E0401,
        of.span,
        format!("environment `{}` copies `{}`, which is ephemeral itself", node.name(), of.value),
    )
    .help("copy a standing environment")
}

pub(super) fn wrong_kind(stage: &str, environment: &Spanned<String>, kind: &EnvironmentKind) -> Diagnostic {
    match kind {
        EnvironmentKind::Standing { .. } => Diagnostic::new(
            Code::E0402,
            environment.span,
            format!("`{stage}` needs an ephemeral environment, and `{}` stands", environment.value),
        )
        .help("make it ephemeral with `copy-of` and `ttl`, or name another one"),
        EnvironmentKind::Ephemeral { .. } => Diagnostic::new(
            Code::E0402,
            environment.span,
            format!("`{stage}` needs a standing environment, and `{}` is ephemeral", environment.value),
        )
        .help("`stage-env` puts this change there already"),
    }
}

pub(super) fn throwaway_in_standing(secret: &Node, environment: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::E0502,
        span,
        format!("secret `{}` would be thrown away in `{environment}`, which stands", secret.name()),
    )
    .help(format!(
        "write `in ENVIRONMENT {{ from = throwaway }}` for the ephemeral ones; in `{environment}` it must exist"
    ))
}

pub(super) fn missing_role_keys(role: &str, name: &Spanned<String>, missing: &[String]) -> Diagnostic {
    Diagnostic::new(
        Code::E0217,
        name.span,
        format!("secret `{}` has no key {}, which `{role}` uses", name.value, list(missing)),
    )
    .help(format!("add {} to its `keys`", list(missing)))
}

pub(super) fn source_missing(node: &Node, what: &str) -> Diagnostic {
    Diagnostic::new(Code::E0302, node.head, format!("app `{}` has no `source`, and {what}", node.name()))
        .help("write `source = \"github.com/OWNER/NAME\"`")
}

pub(super) fn chart_mixed(node: &Node) -> Diagnostic {
    Diagnostic::new(
        Code::E0307,
        node.head,
        "`helm` takes a chart from the app's repository or from a third party, not both",
    )
    .help("write `path`, or `repo`, `chart` and `version`")
}

pub(super) fn chart_incomplete(node: &Node, missing: &[&str]) -> Diagnostic {
    let missing: Vec<_> = missing.iter().map(|word| (*word).to_owned()).collect();
    Diagnostic::new(Code::E0302, node.head, format!("`helm` has no {}", list(&missing)))
        .help("write `path` for a chart of the app's repository, or `repo`, `chart` and `version` for another one")
}

pub(super) fn bounds_both(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0307, node.head, format!("analysis `{}` has both `at-most` and `at-least`", node.name()))
        .help("a value that is neither good nor bad would pause the rollout until somebody acts; write two analyses")
}

pub(super) fn bound_missing(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0302, node.head, format!("analysis `{}` has no bound", node.name()))
        .help("write `at-most = …` or `at-least = …`")
}

pub(super) fn scale_without_range(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::W0303, node.head, "`scale` has no effect: the number of replicas is fixed")
        .help("write a range such as `replicas = 2..6`")
}

pub(super) fn needs_port(node: &Node, what: &str) -> Diagnostic {
    Diagnostic::new(Code::E0302, node.head, format!("`{what}` needs the `port` of the service"))
        .help("write `port = …` in `service`")
}

pub(super) fn same_port(span: Span) -> Diagnostic {
    Diagnostic::new(Code::W0304, span, "metrics are served on the port of the service, so they are public with it")
        .help("serve them on a port of their own")
}

pub(super) fn literal_secret(entry: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0503, span, format!("`{entry}` is a secret, written as a literal"))
        .help("declare it in a `secret` block and write `SECRET.key` here; values are never written in a spec")
}

pub(super) fn unknown_environment(name: &Spanned<String>, known: &[String]) -> Diagnostic {
    unknown_name(Kind::Environment, name, known)
}

pub(super) fn bad_pipeline_name(app: &Spanned<String>, name: &str, why: &str) -> Diagnostic {
    Diagnostic::new(Code::E0601, app.span, format!("the pipeline of this app would be called `{name}`, which {why}"))
        .help("shorten the name of the pipeline or of the app")
}

pub(super) fn host_of_run(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0305, span, "of what only the run knows, `host` can hold `environment.namespace` alone")
        .help("write `\"${environment.namespace}.example.com\"`")
}

pub(super) fn host_shared(span: Span, host: &str, environment: &str) -> Diagnostic {
    Diagnostic::new(Code::E0504, span, format!("every environment `{environment}` would answer at `{host}`"))
        .help(format!("write `in {environment} {{ route {{ host = \"${{environment.namespace}}.{host}\" }} }}`, or give the service its `route` only `in` the standing environments"))
}
