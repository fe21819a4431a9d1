//! One function for each mistake that is found when syntax is held against the schema.

use super::Node;
use crate::diag::{Code, Diagnostic};
use crate::schema::{self, LabelRule};
use crate::source::{Span, Spanned};
use crate::syntax::ast;

/// `block` as a reader knows it.
fn place(spec: &schema::Block) -> String {
    if spec.word.is_empty() { "the top of a file".into() } else { format!("`{}`", spec.word) }
}

pub(super) fn unknown_block(parent: &schema::Block, block: &ast::Block) -> Diagnostic {
    let word = &block.word.value;
    if let Some(attribute) = parent.attribute(word) {
        return Diagnostic::new(
            Code::E0203,
            block.word.span,
            format!("`{word}` is an attribute of {}, not a block", place(parent)),
        )
        .here("a value is missing")
        .help(format!("write `{word} = …`: {}", attribute.ty.describe()));
    }
    let diagnostic = Diagnostic::new(Code::E0201, block.word.span, format!("{} has no block `{word}`", place(parent)));
    if schema::TOP.block(word).is_some() {
        return diagnostic.help(format!("move the `{word}` block to the top of a file"));
    }
    let known: Vec<_> = parent.blocks.iter().map(|block| block.word).collect();
    let listed = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let diagnostic = if known.is_empty() { diagnostic } else { diagnostic.help(format!("known here: {listed}")) };
    diagnostic.nearest(word, block.word.span, known)
}

pub(super) fn unknown_attribute(parent: &schema::Block, attribute: &ast::Attr) -> Diagnostic {
    let word = &attribute.key.value;
    if parent.block(word).is_some() {
        return Diagnostic::new(
            Code::E0203,
            attribute.key.span,
            format!("`{word}` is a block of {}, not an attribute", place(parent)),
        )
        .help(format!("write `{word} {{ … }}`"));
    }
    let diagnostic =
        Diagnostic::new(Code::E0202, attribute.key.span, format!("{} has no attribute `{word}`", place(parent)));
    let known: Vec<_> = parent.attributes.iter().map(|attribute| attribute.name).collect();
    let listed = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let diagnostic = if known.is_empty() { diagnostic } else { diagnostic.help(format!("known here: {listed}")) };
    diagnostic.nearest(word, attribute.key.span, known)
}

pub(super) fn twice(key: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0205, key.span, format!("`{}` is given twice", key.value))
        .here("again here")
        .also(first, "first here")
        .help("keep one of the two")
}

pub(super) fn declared_twice(block: &Node, first: &Node) -> Diagnostic {
    let name = block.name();
    let message = match (name.as_str(), block.spec.word == first.spec.word) {
        ("", _) => format!("`{}` stands twice", block.spec.word),
        (name, true) => format!("{} `{name}` is declared twice", block.spec.word),
        (name, false) => format!(
            "`{name}` is a {} and {} {}: both start a reference",
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

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

pub(super) fn label_missing(spec: &schema::Block, block: &ast::Block) -> Diagnostic {
    let help = match spec.label {
        LabelRule::Word(word) => format!("write `{} {word}`", spec.word),
        LabelRule::Uses(kind) => {
            format!("write `{}` and the name of {} {}", spec.word, article(kind.word()), kind.word())
        }
        _ => format!("write `{} NAME`", spec.word),
    };
    Diagnostic::new(Code::E0206, block.word.span, format!("`{}` needs a name", spec.word)).help(help)
}

pub(super) fn label_not_here(spec: &schema::Block, label: &ast::Label) -> Diagnostic {
    Diagnostic::new(Code::E0207, label.span(), format!("`{}` takes no name", spec.word)).help("leave the name out")
}

pub(super) fn label_is_text(spec: &schema::Block, text: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0207, text.span, format!("the name of `{}` is written without quotes", spec.word))
        .help(format!("write `{} {}`", spec.word, text.value))
}

pub(super) fn label_word(spec: &schema::Block, word: &str, found: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0207, found.span, format!("`{} {found}` is not known", spec.word))
        .help(format!("write `{} {word}`", spec.word))
        .fix(format!("write `{word}`"), found.span, word)
}

pub(super) fn label_dotted(spec: &schema::Block, found: &ast::Ref) -> Diagnostic {
    Diagnostic::new(Code::E0207, found.span, format!("`{found}` has too many parts for the name of `{}`", spec.word))
        .help("a name has letters, digits and `-`")
}

pub(super) fn environment_missing(spec: &schema::Block, block: &ast::Block) -> Diagnostic {
    Diagnostic::new(Code::E0212, block.head(), format!("`{}` does not say where it acts", spec.word))
        .help(format!("write `{} in ENVIRONMENT`", block_head(block)))
}

fn block_head(block: &ast::Block) -> String {
    match &block.label {
        Some(ast::Label::Ref(reference)) => format!("{} {reference}", block.word.value),
        _ => block.word.value.clone(),
    }
}

pub(super) fn environment_not_here(spec: &schema::Block, environment: &Spanned<String>) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0213, environment.span, format!("`{}` does not vary by environment", spec.word));
    match spec.label {
        LabelRule::Uses(schema::Kind::Environment) => {
            diagnostic.help(format!("write `{} {}`, without `in`", spec.word, environment.value))
        }
        _ => diagnostic.help(format!("leave `in {}` out", environment.value)),
    }
}

pub(super) fn layer_without_name(block: &ast::Block) -> Diagnostic {
    Diagnostic::new(Code::E0206, block.word.span, "`in` needs the name of an environment")
        .help("write `in production { … }`")
}

pub(super) fn layer_not_here(parent: &schema::Block, block: &ast::Block) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0213, block.head(), format!("{} does not vary by environment", place(parent)));
    if parent.word == "image" || parent.word == "task" {
        return diagnostic.help("what is tested is what is promoted, so an image and a task are the same everywhere");
    }
    diagnostic.help("put `in ENVIRONMENT { … }` into an app, one of its parts, or a secret")
}

pub(super) fn layer_in_layer(inner: &ast::Block) -> Diagnostic {
    Diagnostic::new(Code::E0213, inner.head(), "`in` stands inside another `in`")
        .help("move it out: each environment has a block of its own")
}

pub(super) fn layer_in_layer_named(environment: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0213, environment.span, "`in` stands inside another `in`")
        .help("move it out: each environment has a block of its own")
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

pub(super) fn default_unused(default: &Node, inner: &Node) -> Diagnostic {
    let (outer, word) = (default.spec.word, inner.spec.word);
    Diagnostic::new(Code::W0303, inner.head, format!("no `{outer}` has a `{word}` that this could fill in")).help(
        format!("defaults add no block: write `{word}` in each `{outer}` that is to have it; the rest comes from here"),
    )
}
