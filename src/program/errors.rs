//! One function for each mistake that is found when syntax is held against the schema.

use super::Node;
use crate::diag::suggest::{is_slip, nearest};
use crate::diag::{Code, Diagnostic, Severity};
use crate::schema::{self, LabelRule};
use crate::source::{Span, Spanned};
use crate::syntax::ast;

/// `block` as a reader knows it.
fn place(spec: &schema::Block) -> String {
    if spec.word.is_empty() { "the top of a file".into() } else { format!("`{}`", spec.word) }
}

/// Adds what may have been meant, or else what there is.
fn known_are(diagnostic: Diagnostic, word: &str, span: Span, known: &[&'static str]) -> Diagnostic {
    if nearest(word, known.iter().copied()).is_some() {
        return diagnostic.nearest(word, span, known.iter().copied());
    }
    let listed = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    if known.is_empty() { diagnostic.help("leave it out") } else { diagnostic.help(format!("known here: {listed}")) }
}

/// `a file` and `an `app`` as the subject of a sentence.
fn holder(spec: &schema::Block) -> String {
    if spec.word.is_empty() { "a file".into() } else { format!("`{}`", spec.word) }
}

pub(super) fn unknown_block(parent: &schema::Block, block: &ast::Block) -> Diagnostic {
    let word = &block.word.value;
    if let Some(attribute) = parent.attribute(word) {
        return block_for_attribute(parent, attribute, block);
    }
    let diagnostic = Diagnostic::new(Code::E0201, block.word.span, format!("{} has no block `{word}`", holder(parent)));
    if word.eq_ignore_ascii_case("in") {
        return diagnostic.help("write `in`").fix("write `in`", block.word.span, "in");
    }
    if !parent.word.is_empty() && schema::TOP.block(word).is_some() {
        return diagnostic.help(format!("move the `{word}` block to the top of a file"));
    }
    if let Some(outer) = schema::holder_of(word) {
        return diagnostic.help(format!("write it in {} `{outer}` block", article(outer)));
    }
    let known: Vec<_> = parent.blocks.iter().map(|block| block.word).collect();
    known_are(diagnostic, word, block.word.span, &known)
}

/// `source "x"` and `env { … }`: the `=` is missing.
fn block_for_attribute(parent: &schema::Block, attribute: &schema::Attribute, block: &ast::Block) -> Diagnostic {
    let (word, ty) = (attribute.name, attribute.ty);
    let diagnostic = Diagnostic::new(
        Code::E0203,
        block.head(),
        format!("`{word}` is an attribute of {}, so a `=` and a value follow it", place(parent)),
    )
    .help(format!("write `{word} = …`, {}", ty.describe()));
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
        (None, Some(_), None) => {
            matches!(ty, schema::Type::TextMap | schema::Type::NameMap(_) | schema::Type::Settings)
        }
        _ => false,
    };
    if fits { diagnostic.fix("write `=`", Span { end: after.start, ..after }, " =") } else { diagnostic }
}

/// `varies`: whether it stands where only what varies by environment can.
pub(super) fn unknown_attribute(parent: &schema::Block, attribute: &ast::Attr, varies: bool) -> Diagnostic {
    let word = &attribute.key.value;
    if let Some(block) = parent.block(word) {
        let diagnostic = Diagnostic::new(
            Code::E0203,
            attribute.key.span,
            format!("`{word}` is a block of {}, so no `=` follows it", place(parent)),
        );
        let diagnostic = match (&attribute.value, block.label) {
            (ast::Value::Ref(name), rule) if rule != LabelRule::None => {
                diagnostic.help(format!("write `{word} {name}`"))
            }
            _ => diagnostic.help(format!("write `{word} {{ … }}`")),
        };
        let between = Span { start: attribute.key.span.end, end: attribute.value.span().start, ..attribute.key.span };
        return match attribute.value {
            ast::Value::Map(_) => diagnostic.fix("leave the `=` out", between, " "),
            ast::Value::Ref(_) if block.label != LabelRule::None => diagnostic.fix("leave the `=` out", between, " "),
            _ => diagnostic,
        };
    }
    let diagnostic =
        Diagnostic::new(Code::E0202, attribute.key.span, format!("{} has no attribute `{word}`", holder(parent)));
    let possible = |known: &&schema::Attribute| !varies || known.phase != schema::Phase::Compile;
    let known: Vec<_> = parent.attributes.iter().filter(possible).map(|attribute| attribute.name).collect();
    if parent.word.is_empty() {
        return diagnostic.help("put it into a block");
    }
    known_are(diagnostic, word, attribute.key.span, &known)
}

pub(super) fn twice(key: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0205, key.span, format!("`{}` is given twice", key.value))
        .here("again here")
        .also(first, "first here")
        .help("keep one of the two")
}

pub(super) fn declared_twice(block: &Node, first: &Node) -> Diagnostic {
    let name = block.name();
    if block.spec.word == "project" {
        return Diagnostic::new(Code::E0204, block.name_span(), "a program has one `project`, and this is another one")
            .also(first.name_span(), "the first one")
            .help("put everything into one block; what differs by cluster belongs into a `target`");
    }
    let message = match (name.as_str(), block.spec.word == first.spec.word) {
        ("", _) => format!("`{}` stands twice", block.spec.word),
        (name, true) => format!("{} `{name}` is declared twice", block.spec.word),
        (name, false) => format!(
            "`{name}` is {} {} and {} {}, and both start a reference",
            article(first.spec.word),
            first.spec.word,
            article(block.spec.word),
            block.spec.word
        ),
    };
    let help = if block.spec.many { "give one of the two another name" } else { "put everything into one block" };
    Diagnostic::new(Code::E0204, block.name_span(), message)
        .here("again here")
        .also(first.name_span(), "first here")
        .help(help)
}

/// Each declaration of a file stands in another file, too.
pub(super) fn file_copied(block: &Node, first: &Node) -> Diagnostic {
    let message = "this file declares what another file declares already, and nothing else";
    Diagnostic::new(Code::E0204, block.name_span(), message)
        .here("again here")
        .also(first.name_span(), "first here")
        .help("remove one of the two files: all `*.pipe` files of a folder and of those below it are one program")
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

pub(super) fn label_missing(spec: &schema::Block, block: &ast::Block) -> Diagnostic {
    let help = match spec.label {
        LabelRule::Word(word) => format!("write `{} {word}`", spec.word),
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
        LabelRule::Uses(kind) => format!("`{}` does not say which {}", spec.word, kind.word()),
        LabelRule::Word(_) => format!("`{}` does not say what", spec.word),
        _ => format!("`{}` has no name", spec.word),
    };
    let diagnostic = Diagnostic::new(Code::E0206, block.word.span, what);
    match (spec.label, &block.environment) {
        (LabelRule::Word(word), _) => {
            let after = Span { start: block.word.span.end, ..block.word.span };
            diagnostic.help(help).fix(format!("write `{word}`"), after, format!(" {word}"))
        }
        (LabelRule::Uses(schema::Kind::Environment), Some(environment)) => {
            let name = &environment.value;
            let between = Span { start: block.word.span.end, end: environment.span.start, ..environment.span };
            diagnostic.help(format!("write `{} {name}`, without `in`", spec.word)).fix("leave `in` out", between, " ")
        }
        _ => diagnostic.help(help),
    }
}

pub(super) fn label_not_here(spec: &schema::Block, label: &ast::Label) -> Diagnostic {
    Diagnostic::new(Code::E0207, label.span(), format!("`{}` takes no name", spec.word)).help("leave it out")
}

pub(super) fn label_is_text(spec: &schema::Block, text: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0207, text.span, format!("the name of `{}` is written without quotes", spec.word))
        .help(format!("write `{} {}`", spec.word, text.value))
        .fix("leave the quotes out", text.span, &text.value)
}

pub(super) fn label_word(spec: &schema::Block, word: &str, found: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0207, found.span, format!("`{} {found}` is not known", spec.word))
        .help(format!("write `{} {word}`", spec.word))
        .fix(format!("write `{word}`"), found.span, word)
}

pub(super) fn label_dotted(spec: &schema::Block, found: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0207, found.span, format!("`{found}` has too many parts for the name of `{}`", spec.word))
        .help(match spec.label {
            LabelRule::Uses(schema::Kind::Task) => "write `TASK`, or `APP.TASK` for one of another app",
            _ => "write a name without dots: letters, digits and `-`",
        })
}

pub(super) fn environment_missing(spec: &schema::Block, block: &ast::Block) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0212, block.head(), format!("`{}` does not say where it acts", spec.word));
    match &block.label {
        // What stands in the place of a name is the environment.
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
        return Diagnostic::new(Code::E0213, environment.span, format!("`{}` takes no `in`", spec.word))
            .help(format!("write `{}`", block_head(block)))
            .fix("leave `in` out", span, "");
    }
    Diagnostic::new(Code::E0213, environment.span, format!("`{}` does not vary by environment", spec.word))
        .help(format!("leave `in {name}` out"))
        .fix(format!("leave `in {name}` out"), span, "")
}

pub(super) fn layer_not_here(parent: &schema::Block, block: &ast::Block) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0213, block.head(), format!("{} does not vary by environment", holder(parent)));
    if parent.word == "pipeline" {
        return diagnostic.help("write `in ENVIRONMENT` at the end of each stage that acts there");
    }
    if parent.word == "image" || parent.word == "task" {
        return diagnostic.help("leave `in` out: what is tested is what is promoted, so it is the same everywhere");
    }
    diagnostic.help("put `in ENVIRONMENT { … }` into an app, one of its parts, or a secret")
}

pub(super) fn layer_in_layer(inner: Span) -> Diagnostic {
    Diagnostic::new(Code::E0213, inner, "`in` stands inside another `in`")
        .help("move it out: each environment has a block of its own")
}

pub(super) fn lies_over_nothing(block: &Node) -> Diagnostic {
    let (word, name) = (block.spec.word, block.name());
    Diagnostic::new(
        Code::E0208,
        block.name_span(),
        format!("{word} `{name}` is not declared, so nothing can lie over it"),
    )
    .help(format!("declare it without `in`: `{word} {name} {{ … }}`"))
}

pub(super) fn edits_nothing(block: &Node, known: &[String]) -> Diagnostic {
    let (word, name) = (block.spec.word, block.name());
    let message = format!("{word} `{name}` is not declared, so this target has nothing to change");
    let diagnostic = Diagnostic::new(Code::E0208, block.name_span(), message);
    let near = nearest(&name, known.iter().map(String::as_str));
    let Some(near) = near else {
        return diagnostic.help(format!("declare it outside of the target: `{word} {name} {{ … }}`"));
    };
    let diagnostic = diagnostic.help(format!("write `{near}`"));
    if is_slip(&name, near) { diagnostic.fix(format!("write `{near}`"), block.name_span(), near) } else { diagnostic }
}

pub(super) fn part_does_not_vary(block: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0213, block.head, format!("`{}` does not vary by environment", block.spec.word))
        .help("move it out of the `in` block: what is tested is what is promoted")
}

pub(super) fn does_not_vary(parent: &schema::Block, attribute: &ast::Attr) -> Diagnostic {
    Diagnostic::new(
        Code::E0213,
        attribute.key.span,
        format!("`{}` of {} does not vary by environment", attribute.key.value, place(parent)),
    )
    .help("move it out of the `in` block")
}

pub(super) fn stage_added(block: &Node) -> Diagnostic {
    Diagnostic::new(
        Code::E0214,
        block.head,
        format!("the target adds a stage `{}`, which has no place among the others", block.spec.word),
    )
    .help("a target may change a stage of the pipeline: word, name and `in` must be the same")
    .help("write the stage in the pipeline itself, or give the target a pipeline of its own")
}

pub(super) fn edit_is_hidden(edit: &ast::Attr, hidden: &ast::Attr, environment: &str) -> Diagnostic {
    let name = &edit.key.value;
    Diagnostic::new(Code::W0201, edit.key.span, format!("`{name}` of this target does not hold in `{environment}`"))
        .also(hidden.key.span, format!("`in {environment}` lies over it"))
        .help(format!("to change it there too, write it in `in {environment} {{ … }}`"))
}

pub(super) fn not_a_code(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0308, span, "`allow` takes codes of warnings").help("write `allow = [W0402]`")
}

pub(super) fn unknown_code(name: &Spanned<String>) -> Diagnostic {
    let known = Code::ALL.iter().filter(|code| code.severity() == Severity::Warning).map(|code| code.as_str());
    Diagnostic::new(Code::E0308, name.span, format!("there is no code `{}`", name.value))
        .help("`pipelinec explain` lists all codes")
        .nearest(&name.value, name.span, known)
}

pub(super) fn error_allowed(name: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0308, name.span, format!("`{}` is an error, which cannot be allowed", name.value))
        .help(format!("`pipelinec explain {}` says how to mend it", name.value))
}

pub(super) fn allows_nothing(code: &Spanned<Code>) -> Diagnostic {
    Diagnostic::new(Code::W0202, code.span, format!("`{}` is allowed here, and nothing reports it", code.value))
        .help("take it out, so that it cannot hide a later warning")
}
