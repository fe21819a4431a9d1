//! The shape of a file: its blocks for an outline, what can be folded, and what its words are, for colours.

use super::Program;
use super::places::{Expected, What, walk};
use crate::source::{SourceId, Span};
use crate::syntax::ast;

/// A block in the outline of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Its word and name: `app shop`.
    pub name: String,
    /// What it is.
    pub kind: OutlineKind,
    /// All of it.
    pub span: Span,
    /// Its head.
    pub head: Span,
    /// The blocks in it.
    pub inner: Vec<Outline>,
}

/// What a block of the outline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutlineKind {
    /// Declared at the top of a file.
    Declaration,
    /// A stage of a pipeline.
    Stage,
    /// A part of something.
    Part,
}

/// What a word is, for colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colour {
    /// The word of a block.
    Keyword,
    /// The key of an attribute.
    Attribute,
    /// A user-defined name.
    Name,
    /// A variable.
    Variable,
    /// A word that the schema knows.
    Word,
    /// A string.
    Text,
    /// A quantity or number.
    Number,
}

impl Program {
    /// The blocks of a file.
    #[must_use]
    pub fn outline(&self, source: SourceId) -> Vec<Outline> {
        self.tree(source).map(|file| blocks(&file.items, 0)).unwrap_or_default()
    }

    /// What can be folded: bodies, lists and maps, from brace to brace.
    #[must_use]
    pub fn folds(&self, source: SourceId) -> Vec<Span> {
        fn items(list: &[ast::Item], found: &mut Vec<Span>) {
            for item in list {
                match item {
                    ast::Item::Block(block) => {
                        found.extend(block.body.as_ref().map(|body| body.span));
                        items(block.items(), found);
                    }
                    ast::Item::Attr(attr) => value(&attr.value, found),
                    ast::Item::Broken(_) => {}
                }
            }
        }
        fn value(written: &ast::Value, found: &mut Vec<Span>) {
            match written {
                ast::Value::List(list) => {
                    found.push(list.span);
                    list.values.iter().for_each(|inner| value(inner, found));
                }
                ast::Value::Map(map) => {
                    found.push(map.span);
                    map.entries.iter().for_each(|entry| value(&entry.value, found));
                }
                ast::Value::Text(text) => found.push(text.span),
                _ => {}
            }
        }
        let mut found = Vec::new();
        if let Some(file) = self.tree(source) {
            items(&file.items, &mut found);
        }
        let file = self.sources.file(source);
        let lines = |span: &Span| file.position(span.range().start).line < file.position(span.range().end).line;
        found.retain(lines);
        found
    }

    /// The words of a file and what they are, in order, none over another.
    #[must_use]
    pub fn colours(&self, source: SourceId) -> Vec<(Span, Colour)> {
        let mut found = Vec::new();
        let Some(file) = self.tree(source) else { return found };
        walk(file, &mut |place| {
            let colour = match place.what {
                What::Word(_, Some(_)) => Colour::Keyword,
                What::Label(ast::Label::Ref(_), _, spec) => match spec.label {
                    crate::schema::LabelRule::Words(_) => Colour::Keyword,
                    _ => Colour::Name,
                },
                What::Environment(_) => Colour::Name,
                What::Key(..) | What::MapKey(_) => Colour::Attribute,
                What::Name(_, Expected::Word(_) | Expected::Code) => Colour::Word,
                What::Name(..) => Colour::Name,
                What::Variable(_) => Colour::Variable,
                What::Literal(ast::Value::Quantity(_) | ast::Value::Range(..), _) => Colour::Number,
                What::Literal(ast::Value::Bool(_), _) => Colour::Word,
                // The string itself is highlighted by the editor's grammar; its variables are inside it.
                What::Literal(..) | What::Word(_, None) | What::Label(..) => return,
            };
            found.push((place.span, colour));
        });
        found.sort();
        found.dedup_by_key(|(span, _)| *span);
        found
    }
}

fn blocks(items: &[ast::Item], depth: usize) -> Vec<Outline> {
    let mut found = Vec::new();
    for item in items {
        let ast::Item::Block(block) = item else { continue };
        let label = match &block.label {
            Some(ast::Label::Ref(reference)) => format!(" {reference}"),
            Some(ast::Label::Text(text)) => format!(" \"{}\"", text.value),
            None => String::new(),
        };
        let environment = match &block.environment {
            Some(name) if block.word.value == "in" => format!(" {}", name.value),
            Some(name) => format!(" in {}", name.value),
            None => String::new(),
        };
        let head = block.head();
        let stage = crate::schema::TOP
            .block("pipeline")
            .and_then(|pipeline| pipeline.block(&block.word.value))
            .is_some_and(crate::schema::Block::is_stage);
        found.push(Outline {
            name: format!("{}{label}{environment}", block.word.value),
            kind: match depth {
                0 => OutlineKind::Declaration,
                _ if stage => OutlineKind::Stage,
                _ => OutlineKind::Part,
            },
            span: block.body.as_ref().map_or(head, |body| head.to(body.span)),
            head,
            inner: blocks(block.items(), depth + 1),
        });
    }
    found
}
