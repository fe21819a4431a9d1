//! The syntax tree: the contents of a file, with their spans. Nothing here knows which keywords exist.

use crate::source::{SourceId, Span, Spanned};

/// One parsed file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// The file.
    pub source: SourceId,
    /// Its items, in order.
    pub items: Vec<Item>,
}

/// A line of a file or of a body.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `key = value`
    Attr(Attr),
    /// `word label in ENV { … }`
    Block(Block),
    /// A region that could not be parsed; its error is already reported.
    Broken(Span),
}

impl Item {
    /// Its first byte.
    pub(super) fn start(&self) -> usize {
        let span = match self {
            Self::Attr(attr) => attr.key.span,
            Self::Block(block) => block.word.span,
            Self::Broken(span) => *span,
        };
        span.range().start
    }

    /// Whether it, or an item inside, could not be read.
    pub(super) fn is_broken(&self) -> bool {
        match self {
            Self::Attr(_) => false,
            Self::Block(block) => block.items().iter().any(Self::is_broken),
            Self::Broken(_) => true,
        }
    }
}

/// `key = value`
#[derive(Debug, Clone, PartialEq)]
pub struct Attr {
    /// The key; in a map it may be written as a string.
    pub key: Spanned<String>,
    /// The value.
    pub value: Value,
}

impl Attr {
    /// From the key to the end of the value.
    #[must_use]
    pub fn span(&self) -> Span {
        self.key.span.to(self.value.span())
    }
}

/// `word label in ENV { … }`, each part but the word optional; or `in ENV { … }`, whose word is `in`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The first word.
    pub word: Spanned<String>,
    /// What is between the word and `in` or the body.
    pub label: Option<Label>,
    /// The name after `in`.
    pub environment: Option<Spanned<String>>,
    /// What is between the braces; `None` without braces.
    pub body: Option<Body>,
}

/// Between braces.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// The items, in order.
    pub items: Vec<Item>,
    /// From `{` to `}`.
    pub span: Span,
}

impl Body {
    /// Whether braces in it do not match, so that its contents may be meant for another one.
    #[must_use]
    pub fn is_unbalanced(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Broken(span) if *span == self.span || span.start == span.end))
    }
}

impl Block {
    /// The first line: from the word to the label or environment.
    #[must_use]
    pub fn head(&self) -> Span {
        let label = self.label.as_ref().map(Label::span);
        let environment = self.environment.as_ref().map(|name| name.span);
        [label, environment].into_iter().flatten().fold(self.word.span, Span::to)
    }

    /// The items of the body, none without one.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        self.body.as_ref().map_or(&[], |body| &body.items)
    }
}

/// The label of a block: `app NAME`, `patch "Service/web"`, `migrate app.task`.
#[derive(Debug, Clone, PartialEq)]
pub enum Label {
    /// A name or a dotted reference.
    Ref(Ref),
    /// A string without variables.
    Text(Spanned<String>),
}

impl Label {
    /// Its span.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Ref(reference) => reference.span,
            Self::Text(text) => text.span,
        }
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `"…"` or `"""…"""`
    Text(Text),
    /// `80m..100m`
    Range(Quantity, Quantity),
    /// `20%`, `1h30m`, `128Mi`, `2`
    Quantity(Quantity),
    /// `true` or `false`
    Bool(Spanned<bool>),
    /// `code`, `maindb.postgres-password`
    Ref(Ref),
    /// `[a, b]`
    List(List),
    /// `{ a = 1 }`
    Map(Map),
}

impl Value {
    /// Its span.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Text(text) => text.span,
            Self::Range(low, high) => low.span.to(high.span),
            Self::Quantity(quantity) => quantity.span,
            Self::Bool(value) => value.span,
            Self::Ref(reference) => reference.span,
            Self::List(list) => list.span,
            Self::Map(map) => map.span,
        }
    }
}

/// A string: literal text, already unescaped, and variables.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// The parts in order; neighbouring literals are joined.
    pub segments: Vec<Segment>,
    /// Where the pieces of its literals are written, in order.
    pub places: Vec<Place>,
    /// With its quotes.
    pub span: Span,
}

/// Where a piece of a literal begins. It is written as it is up to the next piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The segment.
    pub segment: u32,
    /// Its byte in the segment.
    pub at: u32,
    /// Its byte in the file.
    pub source: u32,
}

/// A part of a string.
#[derive(Debug, Clone, PartialEq)]
pub enum Segment {
    /// Literal text.
    Literal(String),
    /// `${a.b}`; its span is that of the reference inside the braces.
    Variable(Ref),
}

/// Digits with units, as written: its meaning depends on the attribute.
pub type Quantity = Spanned<String>;

/// A dotted name.
#[derive(Debug, Clone, PartialEq)]
pub struct Ref {
    /// The names between the dots, at least one.
    pub parts: Vec<Spanned<String>>,
    /// All of it.
    pub span: Span,
}

impl std::fmt::Display for Ref {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<_> = self.parts.iter().map(|part| part.value.as_str()).collect();
        f.write_str(&parts.join("."))
    }
}

/// `[a, b]`
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// The values in order; a broken one is left out.
    pub values: Vec<Value>,
    /// With its brackets.
    pub span: Span,
}

/// `{ a = 1 }`
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// The entries in order; a broken one is left out.
    pub entries: Vec<Attr>,
    /// With its braces.
    pub span: Span,
}
