//! One function for each error that is found when syntax is checked against the schema.

use super::Node;
use crate::diag::suggest::{is_slip, nearest, similar};
use crate::diag::{Code, Diagnostic, Known, Severity};
use crate::schema::{self, LabelRule};
use crate::source::{Span, Spanned};
use crate::syntax::ast;
use crate::words;

/// A block as the reader knows it.
fn place(spec: &schema::Block) -> String {
    if spec.word.is_empty() { "at the top level".into() } else { format!("in `{}`", spec.word) }
}

pub(super) fn unknown_block(parent: &schema::Block, block: &ast::Block) -> Diagnostic {
    let word = &block.word.value;
    if let Some(attribute) = parent.attribute(word) {
        return block_for_attribute(attribute, block);
    }
    let diagnostic = Diagnostic::new(Code::E0201, block.word.span, format!("unknown block `{word}` {}", place(parent)));
    if word.eq_ignore_ascii_case("in") {
        return diagnostic.help("write `in`").fix("write `in`", block.word.span, "in");
    }
    if !parent.word.is_empty() && schema::TOP.block(word).is_some() {
        return diagnostic.help(format!("move the `{word}` block to the top level"));
    }
    if let Some(outer) = schema::holder_of(word) {
        return diagnostic.help(format!("move it into {} `{outer}` block", article(outer)));
    }
    let known: Vec<_> = parent.blocks.iter().map(|block| block.word).collect();
    let diagnostic = diagnostic.unknown(("block", "blocks"), &block.word, &known, Known::Keywords);
    way_out(diagnostic, parent, word, &known)
}

/// `source "x"` and `env { … }`: a missing `=`.
fn block_for_attribute(attribute: &schema::Attribute, block: &ast::Block) -> Diagnostic {
    let (word, ty) = (attribute.name, attribute.ty);
    let diagnostic = Diagnostic::new(Code::E0203, block.head(), format!("`{word}` is an attribute, not a block"))
        .help(format!("write `{word} = …` with {}", ty.describe()));
    let after = Span { start: block.word.span.end, ..block.word.span };
    let quoted = matches!(block.label, Some(ast::Label::Text(_)));
    let fits = match (&block.label, &block.body, &block.environment) {
        (Some(_), None, None) => {
            if quoted {
                ty == schema::Type::Text
            } else {
                ty.takes_names()
            }
        }
        (None, Some(_), None) => ty.is_map(),
        _ => false,
    };
    if fits { diagnostic.fix("write `=`", Span { end: after.start, ..after }, " =") } else { diagnostic }
}

/// `varies`: whether only attributes that vary by environment are allowed here.
pub(super) fn unknown_attribute(parent: &schema::Block, attribute: &ast::Attr, varies: bool) -> Diagnostic {
    let word = &attribute.key.value;
    if let Some(block) = parent.block(word) {
        let diagnostic =
            Diagnostic::new(Code::E0203, attribute.key.span, format!("`{word}` is a block, not an attribute"));
        let diagnostic = match (&attribute.value, block.label) {
            (ast::Value::Ref(name), rule) if rule != LabelRule::None => {
                diagnostic.help(format!("write `{word} {name}`"))
            }
            _ => diagnostic.help(format!("write `{word} {{ … }}`")),
        };
        let between = Span { start: attribute.key.span.end, end: attribute.value.span().start, ..attribute.key.span };
        return match attribute.value {
            ast::Value::Map(_) => diagnostic.fix("remove the `=`", between, " "),
            ast::Value::Ref(_) if block.label != LabelRule::None => diagnostic.fix("remove the `=`", between, " "),
            _ => diagnostic,
        };
    }
    let diagnostic =
        Diagnostic::new(Code::E0202, attribute.key.span, format!("unknown attribute `{word}` {}", place(parent)));
    let possible = |known: &&schema::Attribute| !varies || known.phase != schema::Phase::Compile;
    let known: Vec<_> = parent.attributes.iter().filter(possible).map(|attribute| attribute.name).collect();
    if parent.word.is_empty() {
        return diagnostic.help("move it into a block");
    }
    let diagnostic = diagnostic.unknown(("attribute", "attributes"), &attribute.key, &known, Known::Keywords);
    way_out(diagnostic, parent, word, &known)
}

/// Adds where a field can be set for which the language has no word, if the unknown word is not similar to a known one.
fn way_out(diagnostic: Diagnostic, parent: &schema::Block, word: &str, known: &[&'static str]) -> Diagnostic {
    if nearest(word, known.iter().copied()).is_some() {
        return diagnostic;
    }
    match parent.word {
        "sidecar" | "init" if matches!(word, "port" | "ports") => {
            diagnostic.help("the containers of a pod share its ports: write `ports = { NAME = PORT }` in the service")
        }
        "volume" if word == "path" => diagnostic.help("the place in the containers is `at`"),
        "service" => diagnostic.help("to set any other field of its objects, write `patch \"Pod\" { spec = { … } }`"),
        "scale" | "metrics" | "route" | "probe" | "init" | "sidecar" => {
            diagnostic.help("to set any other field of its objects, write `patch \"KIND\" { … }` in the service")
        }
        word if matches!(word, "image" | "task") || parent.is_stage() => diagnostic
            .help("to set any other field of the workflow, write `patch \"WorkflowTemplate\" { … }` in the pipeline"),
        _ => diagnostic,
    }
}

pub(super) fn twice(key: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0205, key.span, format!("duplicate attribute `{}`", key.value))
        .here("set again here")
        .also(first, "first set here")
        .help("remove one of the two")
}

pub(super) fn declared_twice(block: &Node, first: &Node) -> Diagnostic {
    let name = block.name();
    if block.spec.word == "project" {
        return Diagnostic::new(Code::E0204, block.name_span(), "duplicate `project` block")
            .also(first.name_span(), "first declared here")
            .help("merge the two blocks; write what differs by cluster in a `target`");
    }
    let message = match (name.as_str(), block.spec.word == first.spec.word) {
        ("", _) => format!("duplicate `{}` block", block.spec.word),
        (name, true) => format!("duplicate {} `{name}`", block.spec.word),
        (name, false) => format!(
            "`{name}` names both {} {} and {} {}",
            article(first.spec.word),
            first.spec.word,
            article(block.spec.word),
            block.spec.word
        ),
    };
    let help = if block.spec.many && block.is_named() { "rename one of the two" } else { "merge the two blocks" };
    Diagnostic::new(Code::E0204, block.name_span(), message)
        .here("declared again here")
        .also(first.name_span(), "first declared here")
        .help(help)
}

/// Each declaration of a file is in another file as well.
pub(super) fn file_copied(block: &Node, first: &Node) -> Diagnostic {
    let message = "this file only repeats the declarations of another file";
    Diagnostic::new(Code::E0204, block.name_span(), message)
        .here("declared again here")
        .also(first.name_span(), "first declared here")
        .help("remove one of the two files: all `*.pipe` files in a folder and its subfolders form one program")
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

pub(super) fn label_missing(spec: &schema::Block, block: &ast::Block) -> Diagnostic {
    let help = match spec.label {
        LabelRule::Words(words) => write_words(spec, words),
        LabelRule::Path => format!("write `{} \"/PATH\"`, the path of a file in the container", spec.word),
        LabelRule::Object => format!("write `{} \"KIND\"` or `{} \"KIND/NAME\"`", spec.word, spec.word),
        LabelRule::Uses(kind) => {
            format!(
                "write `{} {}`, with the name of {} {}",
                spec.word,
                kind.word().to_uppercase(),
                article(kind.word()),
                kind.word()
            )
        }
        _ => format!("write `{} NAME`", spec.word),
    };
    let what = match spec.label {
        LabelRule::Uses(kind) => format!("missing {1} after `{0}`", spec.word, kind.word()),
        LabelRule::Words(known) => format!("missing {} after `{}`", words::either(known), spec.word),
        LabelRule::Object => format!("missing object after `{}`", spec.word),
        LabelRule::Path => format!("missing path after `{}`", spec.word),
        _ => format!("missing name after `{}`", spec.word),
    };
    let diagnostic = Diagnostic::new(Code::E0206, block.word.span, what);
    match (spec.label, &block.environment) {
        (LabelRule::Words([word]), _) => {
            let after = Span { start: block.word.span.end, ..block.word.span };
            diagnostic.help(help).fix(format!("write `{word}`"), after, format!(" {word}"))
        }
        (LabelRule::Uses(schema::DeclarationKind::Environment), Some(environment)) => {
            let name = &environment.value;
            let between = Span { start: block.word.span.end, end: environment.span.start, ..environment.span };
            diagnostic.help(format!("write `{} {name}`, without `in`", spec.word)).fix("remove `in`", between, " ")
        }
        _ => diagnostic.help(help),
    }
}

pub(super) fn label_not_here(spec: &schema::Block, label: &ast::Label) -> Diagnostic {
    Diagnostic::new(Code::E0207, label.span(), format!("`{}` takes no name", spec.word)).help("remove it")
}

pub(super) fn label_is_text(spec: &schema::Block, text: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0207, text.span, format!("unexpected quotes around the name of `{}`", spec.word))
        .help(format!("write `{} {}`", spec.word, text.value))
        .fix("remove the quotes", text.span, &text.value)
}

pub(super) fn object_without_quotes(spec: &schema::Block, name: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0207, name.span, format!("missing quotes around the object of `{}`", spec.word))
        .help(format!("write `{} \"{name}\"`", spec.word))
        .fix("add quotes", name.span, format!("\"{name}\""))
}

pub(super) fn path_without_quotes(spec: &schema::Block, name: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0207, name.span, format!("missing quotes around the path of `{}`", spec.word))
        .help(format!("write the absolute path of a file, such as `{} \"/etc/{name}\"`", spec.word))
}

/// The block with each of the words after it.
fn write_words(spec: &schema::Block, known: &[&str]) -> String {
    format!("write {}", words::either(known.iter().map(|word| format!("{} {word}", spec.word))))
}

pub(super) fn label_word(spec: &schema::Block, known: &[&str], found: &ast::Ref) -> Diagnostic {
    let diagnostic = |expected| {
        Diagnostic::new(Code::E0207, found.span, format!("expected {expected}, found `{} {found}`", spec.word))
    };
    if let [word] = known {
        let whole = format!("`{} {word}`", spec.word);
        return diagnostic(whole).help(write_words(spec, known)).fix(format!("write `{word}`"), found.span, *word);
    }
    let diagnostic = diagnostic(format!("{} after `{}`", words::either(known), spec.word));
    // Kubernetes calls its probes readiness, liveness and startup.
    let (found, span) = (found.to_string(), found.span);
    let begins = |word: &&&str| found.get(..4).is_some_and(|first| word.starts_with(first));
    match nearest(&found, known.iter().copied()).or(known.iter().find(begins).copied()) {
        Some(word) => {
            diagnostic.help(format!("write `{} {word}`", spec.word)).fix(format!("write `{word}`"), span, word)
        }
        None => diagnostic.help(write_words(spec, known)),
    }
}

pub(super) fn label_dotted(spec: &schema::Block, found: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0207, found.span, format!("`{found}` has too many segments for the name of `{}`", spec.word))
        .help(match spec.label {
            LabelRule::Uses(schema::DeclarationKind::Task) => "write `TASK`, or `APP.TASK` for a task of another app",
            _ => "write a name without dots, using letters, digits and `-`",
        })
}

pub(super) fn environment_missing(spec: &schema::Block, block: &ast::Block) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0212, block.head(), format!("missing environment for `{}`", spec.word));
    match &block.label {
        // What takes the place of a name is the environment.
        Some(ast::Label::Ref(name)) if spec.label == LabelRule::None => {
            let before = Span { end: name.span.start, ..name.span };
            diagnostic.help(format!("write `{} in {name}`", spec.word)).fix("write `in`", before, "in ")
        }
        _ => diagnostic.help(format!("write `{} in ENVIRONMENT`", block_head(block))),
    }
}

fn block_head(block: &ast::Block) -> String {
    match &block.label {
        Some(ast::Label::Ref(reference)) => format!("{} {reference}", block.word.value),
        _ => block.word.value.clone(),
    }
}

pub(super) fn environment_not_here(
    spec: &schema::Block,
    block: &ast::Block,
    environment: &Spanned<String>,
) -> Diagnostic {
    let name = &environment.value;
    let before = block.label.as_ref().map_or(block.word.span, ast::Label::span);
    let span = Span { start: before.end, ..environment.span };
    if spec.is_stage() {
        return Diagnostic::new(Code::E0213, environment.span, format!("`{}` does not take `in`", spec.word))
            .help(format!("write `{}`", block_head(block)))
            .fix("remove `in`", span, "");
    }
    Diagnostic::new(Code::E0213, environment.span, format!("`{}` cannot vary by environment", spec.word))
        .help(format!("remove `in {name}`"))
        .fix(format!("remove `in {name}`"), span, "")
}

pub(super) fn layer_not_here(parent: &schema::Block, block: &ast::Block) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0213, block.head(), format!("`in` blocks are not allowed {}", place(parent)));
    if parent.word == "pipeline" {
        return diagnostic.help("write `in ENVIRONMENT` at the end of each stage that acts there");
    }
    if parent.word == "image" || parent.word == "task" {
        return diagnostic
            .help("remove `in`: what is tested is what is promoted, so it is the same in every environment");
    }
    diagnostic.help("write `in ENVIRONMENT { … }` in an app, one of its parts, or a secret")
}

pub(super) fn layer_in_layer(inner: Span) -> Diagnostic {
    Diagnostic::new(Code::E0213, inner, "`in` inside another `in`")
        .help("move it out: each environment has a separate block")
}

pub(super) fn lies_over_nothing(block: &Node) -> Diagnostic {
    let (word, name) = (block.spec.word, block.name());
    Diagnostic::new(
        Code::E0208,
        block.name_span(),
        format!("{word} `{name}` is not declared, so there is nothing to override"),
    )
    .help(format!("declare it without `in`: `{word} {name} {{ … }}`"))
}

pub(super) fn edits_nothing(block: &Node, known: &[String]) -> Diagnostic {
    let (word, name) = (block.spec.word, block.name());
    let message = format!("{word} `{name}` is not declared, so this target has nothing to override");
    let diagnostic = Diagnostic::new(Code::E0208, block.name_span(), message);
    let near = nearest(&name, known.iter().map(String::as_str));
    let Some(near) = near else {
        return diagnostic.help(format!("declare it outside the target: `{word} {name} {{ … }}`"));
    };
    let diagnostic = diagnostic.help(similar(word, near));
    if is_slip(&name, near) { diagnostic.fix(format!("write `{near}`"), block.name_span(), near) } else { diagnostic }
}

pub(super) fn part_does_not_vary(block: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0213, block.head, format!("`{}` cannot vary by environment", block.spec.word))
        .help("move it out of the `in` block: what is tested is what is promoted")
}

pub(super) fn does_not_vary(parent: &schema::Block, attribute: &ast::Attr) -> Diagnostic {
    Diagnostic::new(
        Code::E0213,
        attribute.key.span,
        format!("`{}` {} cannot vary by environment", attribute.key.value, place(parent)),
    )
    .help("move it out of the `in` block")
}

pub(super) fn stage_added(block: &Node) -> Diagnostic {
    Diagnostic::new(
        Code::E0214,
        block.head,
        format!("targets cannot add stages: `{}` is not in the pipeline", block.spec.word),
    )
    .help("a target can only change a stage with the same word, name and `in`")
    .help("add the stage to the pipeline itself, or declare a separate pipeline in the target")
}

pub(super) fn edit_is_hidden(edit: &ast::Attr, hidden: &ast::Attr, environment: &str) -> Diagnostic {
    let name = &edit.key.value;
    Diagnostic::new(Code::W0201, edit.key.span, format!("`{name}` of this target has no effect in `{environment}`"))
        .also(hidden.key.span, format!("overridden by this `in {environment}`"))
        .help(format!("to change it there as well, write it in `in {environment} {{ … }}`"))
}

pub(super) fn not_a_code(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0308, span, "expected a warning code").help("write `allow = [W0402]`")
}

pub(super) fn unknown_code(name: &Spanned<String>) -> Diagnostic {
    let known = Code::ALL.iter().filter(|code| code.severity() == Severity::Warning).map(|code| code.as_str());
    let diagnostic = Diagnostic::new(Code::E0308, name.span, format!("unknown diagnostic code `{}`", name.value))
        .help("run `pipelinec explain` for a list of all codes");
    // Every code is near to many others, so none is certain.
    match nearest(&name.value, known) {
        Some(near) => diagnostic.help(similar("code", near)),
        None => diagnostic,
    }
}

pub(super) fn error_allowed(name: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0308, name.span, format!("`{}` is an error, and errors cannot be allowed", name.value))
        .help(format!("run `pipelinec explain {}` to see how to fix it", name.value))
}

pub(super) fn allows_nothing(code: &Spanned<Code>) -> Diagnostic {
    Diagnostic::new(Code::W0202, code.span, format!("unnecessary `allow`: nothing reports `{}`", code.value))
        .help("remove it, so that it cannot hide a later warning")
}
