//! One function for each mistake in names and values. Facts come in, sentences are made here.

use super::EnvironmentKind;
use super::value::Bad;
use crate::diag::suggest::{is_slip, nearest};
use crate::diag::{Code, Diagnostic};
use crate::program::Node;
use crate::replace;
use crate::schema::{Attribute, Kind, Phase, Type};
use crate::source::{Span, Spanned};
use crate::syntax::ast;

/// `a`, `b` and `c`
fn list(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Adds what may have been meant, or else what there is.
fn known_are(diagnostic: Diagnostic, word: &str, span: Span, known: &[String]) -> Diagnostic {
    let names = || known.iter().map(String::as_str);
    if let Some(near) = nearest(word, names()) {
        let diagnostic = diagnostic.help(format!("write `{near}`"));
        // Names of one's own are often alike and mean different things.
        return if is_slip(word, near) { diagnostic.fix(format!("write `{near}`"), span, near) } else { diagnostic };
    }
    let known: Vec<_> = known.iter().enumerate().filter(|(at, word)| !known[..*at].contains(word)).collect();
    let known: Vec<_> = known.into_iter().map(|(_, word)| word.clone()).collect();
    match known.len() {
        0 => diagnostic.help("leave it out: there is none here"),
        1..=12 => diagnostic.help(format!("known here: {}", list(&known))),
        all => diagnostic.help(format!("known here: {} and {} more", list(&known[..10]), all - 10)),
    }
}

pub(super) fn unknown_name(kind: Kind, name: &Spanned<String>, known: &[String]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0208, name.span, format!("{} `{}` is not declared", kind.word(), name.value));
    if known.is_empty() {
        return diagnostic.help(format!("declare it: `{} {} {{ … }}`", kind.word(), name.value));
    }
    known_are(diagnostic, &name.value, name.span, known)
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
        return diagnostic.help(format!("write `{only}` for that of the other app"));
    }
    if known.is_empty() {
        return diagnostic.help(format!("declare it in app `{app}`: `{} {} {{ … }}`", kind.word(), name.value));
    }
    known_are(diagnostic, &name.value, name.span, known)
}

pub(super) fn too_many_parts(kind: Kind, reference: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0208, reference.span, format!("`{reference}` is no {}", kind.word()))
        .help(format!("write `{0}`, or `APP.{0}` for one of another app", kind.word().to_uppercase()))
}

pub(super) fn unknown_variable(reference: &ast::Ref, known: &[String]) -> Diagnostic {
    let first = &reference.parts[0];
    let diagnostic = Diagnostic::new(Code::E0209, first.span, format!("`{}` is not known here", first.value));
    let near = nearest(&first.value, known.iter().map(String::as_str));
    if let (None, "null" | "nil" | "none" | "undefined") = (near, first.value.as_str()) {
        return diagnostic.help("leave the attribute out, or write `\"\"` for an empty text");
    }
    if near.is_none() && reference.parts.len() == 1 {
        return diagnostic.help(format!("to mean the text itself, write `\"{}\"`", first.value));
    }
    known_are(diagnostic, &first.value, first.span, known)
}

pub(super) fn unknown_field(reference: &ast::Ref, field: &Spanned<String>, known: &[String]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0209, field.span, format!("`{}` has no `{}`", reference.parts[0].value, field.value));
    let diagnostic = known_are(diagnostic, &field.value, field.span, known);
    // An address without its quotes looks like a reference.
    match reference.parts.len() {
        3.. => diagnostic.help(format!("to mean the text itself, write `\"{reference}\"`")),
        _ => diagnostic,
    }
}

pub(super) fn image_hides(image: &Node, outer: &Node, reference: &ast::Ref) -> Diagnostic {
    let (name, word) = (image.name(), outer.spec.word);
    Diagnostic::new(Code::W0204, image.name_span(), format!("image `{name}` hides {word} `{name}` in this app"))
        .also(outer.name_span(), format!("not meant by `{reference}`"))
        .also(reference.span, format!("means the image's `{}`", reference.parts[1].value))
        .help(format!("rename the image or the {word}: `{reference}` could be either"))
}

/// A field that the own image of that name does not have, and that what it hides may have.
pub(super) fn field_hidden(
    reference: &ast::Ref,
    field: &Spanned<String>,
    known: &[String],
    outer: &Node,
) -> Diagnostic {
    let name = &reference.parts[0].value;
    unknown_field(reference, field, known)
        .also(outer.name_span(), format!("hidden by image `{name}` of this app"))
        .help(format!("rename the image or the {}: here `{name}` is the image", outer.spec.word))
}

pub(super) fn unknown_key(secret: &str, key: &Spanned<String>, known: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0217, key.span, format!("secret `{secret}` has no key `{}`", key.value));
    known_are(diagnostic, &key.value, key.span, known)
}

pub(super) fn incomplete(reference: &ast::Ref, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::E0209, reference.span, format!("`{reference}` alone is no value here"))
        .help(format!("write {wanted}"))
}

pub(super) fn not_in_scope(reference: &ast::Ref, place: &str) -> Diagnostic {
    Diagnostic::new(Code::E0210, reference.span, format!("`{reference}` has no meaning here"))
        .help(format!("it is known {place}"))
}

pub(super) fn part_of_a_value(reference: &ast::Ref, field: &Spanned<String>, more: &Spanned<String>) -> Diagnostic {
    let whole = format!("{}.{}", reference.parts[0].value, field.value);
    Diagnostic::new(Code::E0209, more.span, format!("`{whole}` is a text and has no parts"))
        .help(format!("write `{whole}`"))
}

pub(super) fn defined_by_itself(reference: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0216, reference.span, format!("`{reference}` is defined by itself"))
        .help("write one of the values out")
}

pub(super) fn no_url(reference: &ast::Ref, app: &str, environment: Option<&str>) -> Diagnostic {
    let place = environment.map(|name| format!(" in `{name}`")).unwrap_or_default();
    Diagnostic::new(
        Code::E0210,
        reference.span,
        format!("`{reference}` has no meaning: app `{app}` has no service with a port{place}"),
    )
    .help(format!("give app `{app}` a `service {{ port = … }}`{place}, or write the address out"))
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
        .help(format!("choose another name: `{name}.…` in a value means something else"))
}

pub(super) fn used_by_the_tree(node: &Node) -> Diagnostic {
    let name = node.name();
    Diagnostic::new(
        Code::E0211,
        node.name_span(),
        format!("`{name}` is a name that what is generated uses itself, so no {} can have it", node.spec.word),
    )
    .help("choose another name")
}

pub(super) fn no_project(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0215, span, "the program has no `project`")
        .help("write `project NAME { gitops { … }, github { … } }`")
}

pub(super) fn no_block(node: &Node, word: &str) -> Diagnostic {
    let example = if word == "on push" { word.to_owned() } else { format!("{word} {{ … }}") };
    Diagnostic::new(Code::E0302, node.head, format!("{} `{}` has no `{word}`", node.spec.word, node.name()))
        .help(format!("write `{example}` in it"))
}

pub(super) fn too_late(reference: &ast::Ref, known: Phase, needed: Phase, place: &str) -> Diagnostic {
    let when = if known == Phase::Run { "only in the run" } else { "only for each environment" };
    let needed = if needed == Phase::Compile { "when compiling" } else { "before" };
    let message = format!("`{reference}` is known {when}, and `{place}` must be known {needed}");
    Diagnostic::new(Code::E0305, reference.span, message).help(match known {
        Phase::Run => "use what is known only in the run in `env`, `set` or `command`",
        _ => "use it in a part that varies by environment, such as `helm`, `service` or `env`",
    })
}

pub(super) fn secret_in_text(reference: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0501, reference.span, format!("`{reference}` is secret and cannot stand in a text"))
        .help(format!("write `NAME = {reference}` in `env`: it can only be the whole value of a variable"))
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
    let ty = attribute.ty;
    let message = format!("`{}` takes {}, not {}", attribute.name, ty.describe(), describe(value));
    mended(Diagnostic::new(Code::E0301, value.span(), message), ty, value)
}

/// Adds what a value of another type was meant to be, where its form says so.
fn mended(diagnostic: Diagnostic, ty: Type, value: &ast::Value) -> Diagnostic {
    match value {
        ast::Value::Text(text) => match text.pieces.as_slice() {
            _ if ty == Type::Texts => diagnostic.help("put it in brackets: `[\"…\"]`").fix(
                "put it in brackets",
                text.span,
                format!("[{}]", quoted(text)),
            ),
            [ast::Piece::Literal(bare)] if could_be(ty, bare) => {
                diagnostic.help(format!("leave the quotes out: `{bare}`")).fix("leave the quotes out", text.span, bare)
            }
            _ if matches!(ty, Type::Name(Kind::Image)) => {
                diagnostic.help("write the name of an `image` of the app, such as `code`: what runs is built by it")
            }
            _ => diagnostic.help("write one without quotes"),
        },
        ast::Value::Measure(measure) if ty == Type::Text => diagnostic
            .help(format!("put it in quotes: `\"{}\"`", measure.value))
            .fix("put it in quotes", measure.span, format!("\"{}\"", measure.value)),
        ast::Value::Bool(truth) if ty == Type::Text => diagnostic
            .help(format!("put it in quotes: `\"{}\"`", truth.value))
            .fix("put it in quotes", truth.span, format!("\"{}\"", truth.value)),
        _ => diagnostic.help(format!("write {}", ty.describe())),
    }
}

/// A text as it is written.
fn quoted(text: &ast::Text) -> String {
    let escape = |text: &str| replace::at_once(text, &[("\\", "\\\\"), ("\"", "\\\""), ("\n", "\\n"), ("${", "\\${")]);
    let pieces = text.pieces.iter().map(|piece| match piece {
        ast::Piece::Literal(text) => escape(text),
        ast::Piece::Variable(reference) => format!("${{{reference}}}"),
    });
    format!("\"{}\"", pieces.collect::<String>())
}

/// Whether the text could be a bare value of the type.
fn could_be(ty: Type, text: &str) -> bool {
    let letters = |more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    if ty.takes_names() {
        return text.starts_with(|c: char| c.is_ascii_alphabetic()) && letters("-_");
    }
    let measure =
        !matches!(ty, Type::Text | Type::Texts | Type::TextMap | Type::NameMap(_) | Type::Settings | Type::Steps);
    measure && text.starts_with(|c: char| c.is_ascii_digit()) && letters(".%")
}

pub(super) fn not_a_name(attribute: &str, kind: Kind, value: &ast::Value) -> Diagnostic {
    let message = format!("`{attribute}` takes names of {}s, not {}", kind.word(), describe(value));
    mended(Diagnostic::new(Code::E0301, value.span(), message), Type::Name(kind), value)
}

pub(super) fn not_a_step(value: &ast::Value) -> Diagnostic {
    let message = format!("a step is a share or a duration, not {}", describe(value));
    let diagnostic = Diagnostic::new(Code::E0301, value.span(), message);
    match value {
        ast::Value::Text(text) => match text.pieces.as_slice() {
            [ast::Piece::Literal(bare)] if could_be(Type::Duration, bare) => {
                diagnostic.help(format!("leave the quotes out: `{bare}`")).fix("leave the quotes out", text.span, bare)
            }
            _ => diagnostic.help(STEP),
        },
        _ => diagnostic.help(STEP),
    }
}

const STEP: &str = "write a share such as `20%`, or a duration such as `5m`";

/// A number alone.
pub(super) fn bare_step(step: &Spanned<String>) -> Diagnostic {
    let number = &step.value;
    Diagnostic::new(Code::E0306, step.span, format!("`steps`: `{number}` has no unit"))
        .help(format!("write `{number}%` for a share, or `{number}s` for a pause"))
}

pub(super) fn range_in_settings(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0301, span, format!("a chart knows no ranges, so `{name}` takes none"))
        .help("write a number, or the text in quotes")
}

pub(super) fn not_a_text(name: &str, value: &ast::Value) -> Diagnostic {
    Diagnostic::new(Code::E0301, value.span(), format!("a value in `{name}` is a text, not {}", describe(value)))
        .help("write a text such as `\"…\"`")
}

pub(super) fn bad_value(name: &str, text: &str, span: Span, bad: &Bad) -> Diagnostic {
    let subject = if name == "a key" { String::new() } else { format!("`{name}`: ") };
    let text = if text.is_empty() { "\"\"" } else { text };
    let diagnostic = Diagnostic::new(Code::E0306, span, format!("{subject}`{text}` {}", bad.fact)).help(&bad.help);
    match &bad.instead {
        Some(instead) => diagnostic.fix(format!("write `{instead}`"), span, instead),
        None => diagnostic,
    }
}

pub(super) fn stranger(name: &str, stranger: char, span: Span) -> Diagnostic {
    let subject = if name == "a key" { "a key".to_owned() } else { format!("the text of `{name}`") };
    let stranger = stranger.escape_unicode();
    Diagnostic::new(Code::E0306, span, format!("{subject} has `{stranger}`, which would not arrive"))
        .help("leave it out: YAML, Kustomize or Kubernetes would refuse it, or make something else of it")
}

pub(super) fn begins_with_a_tab(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0306, span, format!("the text of `{name}` has several lines and begins with a tab"))
        .help("begin it with spaces, or with another line: Kustomize could not read back what it makes of it")
}

pub(super) fn bad_word(name: &str, word: &str, span: Span, known: &[&str]) -> Diagnostic {
    let known: Vec<_> = known.iter().map(|word| (*word).to_owned()).collect();
    let diagnostic = Diagnostic::new(Code::E0303, span, format!("`{name}` cannot be `{word}`"));
    known_are(diagnostic, word, span, &known)
}

pub(super) fn range_falls(name: &str, low: &Spanned<String>, high: &Spanned<String>) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0304, low.span.to(high.span), format!("the range of `{name}` does not rise"));
    if low.value == high.value {
        return diagnostic.help(format!("write `{}` alone", low.value));
    }
    diagnostic.help(format!("write the smaller value first: `{}..{}`", high.value, low.value))
}

pub(super) fn listed_twice(name: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0205, name.span, format!("`{}` is listed twice", name.value))
        .here("again here")
        .also(first, "first here")
        .help("keep one of the two")
}

pub(super) fn key_twice(key: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0205, key.span, format!("`{}` is given twice", key.value))
        .here("again here")
        .also(first, "first here")
        .help("keep one of the two")
}

pub(super) fn bad_name(node: &Node, bad: &Bad) -> Diagnostic {
    Diagnostic::new(
        Code::E0601,
        node.name_span(),
        format!("the name of {} `{}` {}", node.spec.word, node.name(), bad.fact),
    )
    .help(&bad.help)
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

pub(super) fn missing_role_keys(role: &str, name: &Spanned<String>, missing: &[String], secret: &Node) -> Diagnostic {
    let keys = secret.attribute("keys").map_or(secret.head, |keys| keys.value.span());
    Diagnostic::new(
        Code::E0217,
        name.span,
        format!("secret `{}` has no key {}, which `{role}` uses", name.value, list(missing)),
    )
    .also(keys, "its keys")
    .help(format!("add {} to its `keys`", list(missing)))
}

pub(super) fn source_missing(node: &Node, what: &str) -> Diagnostic {
    Diagnostic::new(Code::E0302, node.head, format!("app `{}` has no `source`, and {what}", node.name()))
        .help("write `source = \"github.com/OWNER/NAME\"`")
}

/// Where an attribute is written.
fn key(node: &Node, name: &str) -> Span {
    node.attribute(name).map_or(node.head, |attribute| attribute.key.span)
}

pub(super) fn chart_mixed(node: &Node, third_party: &str) -> Diagnostic {
    Diagnostic::new(
        Code::E0307,
        key(node, third_party),
        "`helm` takes a chart from one place, and this is a second one",
    )
    .here("from a third party")
    .also(key(node, "path"), "from the app's repository")
    .help("keep `path`, or `repo`, `chart` and `version`")
}

pub(super) fn chart_incomplete(node: &Node, missing: &[&str]) -> Diagnostic {
    let missing: Vec<_> = missing.iter().map(|word| (*word).to_owned()).collect();
    Diagnostic::new(Code::E0302, node.head, format!("`helm` has no {}", list(&missing)))
        .help("write `path` for a chart of the app's repository, or `repo`, `chart` and `version` for another one")
}

pub(super) fn bounds_both(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0307, key(node, "at-least"), format!("analysis `{}` has two bounds", node.name()))
        .here("the second one")
        .also(key(node, "at-most"), "the first one")
        .help("write two analyses, with one bound each")
}

pub(super) fn query_without_series(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0309, span, "this query gives a number alone, and an analysis judges series")
        .help("leave out `scalar(…)`, or ask for a metric: `sum(rate(errors_total{…}[1m]))`")
}

pub(super) fn bound_missing(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0302, node.head, format!("analysis `{}` has no bound", node.name()))
        .help("write `at-most = …` or `at-least = …`")
}

pub(super) fn needs_port((what, span): (&str, Span), others: &[(&str, Span)]) -> Diagnostic {
    let report = Diagnostic::new(Code::E0302, span, format!("`{what}` needs a port, and the service has no `port`"))
        .help("write `port = …` in `service`");
    others.iter().fold(report, |report, (what, span)| report.also(*span, format!("`{what}` needs it as well")))
}

pub(super) fn same_port(metrics: &Node, service: &Node) -> Diagnostic {
    let port = |node: &Node| node.attribute("port").map_or(node.head, |port| port.value.span());
    Diagnostic::new(
        Code::W0304,
        port(metrics),
        "metrics are served on the port of the service, so they are public with it",
    )
    .also(port(service), "the port of the service")
    .help("serve them on a port of their own")
}

pub(super) fn needs_itself(name: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0411, name.span, format!("app `{}` needs itself", name.value)).help("leave it out")
}

pub(super) fn literal_secret(entry: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0503, span, format!("`{entry}` is a secret, written as a literal"))
        .help("declare it in a `secret` block and write `SECRET.key` here")
}

pub(super) fn unknown_environment(name: &Spanned<String>, known: &[String]) -> Diagnostic {
    unknown_name(Kind::Environment, name, known)
}

pub(super) fn bad_pipeline_name(app: &Spanned<String>, name: &str, bad: &Bad) -> Diagnostic {
    Diagnostic::new(
        Code::E0601,
        app.span,
        format!("the pipeline of this app would be called `{name}`, which {}", bad.fact),
    )
    .help("shorten the name of the pipeline or of the app")
}

pub(super) fn host_of_run(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0305, span, "of what only the run knows, `host` can hold `environment.namespace` alone")
        .help("write `\"${environment.namespace}.example.com\"`")
}

pub(super) fn folders_meet(span: Span, folder: &str) -> Diagnostic {
    let folder = if folder.is_empty() { "the top of the repository".into() } else { format!("`{folder}`") };
    Diagnostic::new(Code::E0307, span, format!("`path` and `tree` are both {folder}"))
        .help("give them different folders: runs write to the one, `pipelinec build` to the other")
}

pub(super) fn doubtful_measure(name: &str, span: Span, bad: &Bad) -> Diagnostic {
    Diagnostic::new(Code::W0305, span, format!("`{name}` {}", bad.fact)).help(bad.help.clone())
}

pub(super) fn command_in_one_text(line: &str, span: Span) -> Diagnostic {
    let report = Diagnostic::new(
        Code::W0306,
        span,
        "the command is one text with spaces: a container looks for a program of that whole name",
    );
    let plain = line.chars().all(|c| c.is_alphanumeric() || " ./:=_,@%+-".contains(c));
    if plain {
        let words: Vec<_> = line.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        return report.help(format!("write `[{}]`", words.join(", ")));
    }
    report.help("write each word as a text of its own, or `[\"sh\", \"-c\", \"…\"]` where a shell is to read it")
}
