//! A program as a tree of known blocks: syntax validated against the schema, with overrides applied.
//!
//! [`validate()`] makes it from the files, [`for_target`] applies what one target changes and what `defaults` fill in, and
//! [`Node::in_environment`] picks what holds in one environment. Values are still syntax.

pub mod allow;
mod errors;
mod layer;
mod unread;
mod unused;
mod validate;

pub use layer::for_target;
pub use unread::Unread;
pub use unused::report_unused;
pub use validate::validate;

use crate::schema;
use crate::source::{Span, Spanned};
use crate::syntax::ast;

/// A complete program: the top-level blocks of all files.
#[derive(Debug, Clone)]
pub struct Program {
    /// All blocks but targets and defaults.
    pub root: Node,
    /// `target NAME`
    pub targets: Vec<Node>,
    /// `defaults`
    pub defaults: Vec<Node>,
}

/// A block that the schema knows.
#[derive(Debug, Clone)]
pub struct Node {
    /// What the schema says of it.
    pub spec: &'static schema::Block,
    /// The first line, for messages.
    pub head: Span,
    /// What follows the word.
    pub label: Option<ast::Label>,
    /// The environment that a stage acts on.
    pub environment: Option<Spanned<String>>,
    /// The attributes, each key once.
    pub attributes: Vec<ast::Attr>,
    /// The blocks in it.
    pub blocks: Vec<Node>,
    /// `in ENV { … }`: attributes for one environment, each environment once.
    pub layers: Vec<Layer>,
    /// The one environment in which the block exists, when it is written only in `in ENV { … }`.
    pub only: Option<Spanned<String>>,
    /// What in it could not be read.
    pub unread: Unread,
    /// Whether braces in it do not match: what it does not know may be meant for another block.
    pub is_unbalanced: bool,
}

/// What `in ENV { … }` overrides in a block.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The environment.
    pub environment: Spanned<String>,
    /// The attributes, each key once.
    pub attributes: Vec<ast::Attr>,
}

impl Node {
    /// The name that the label gives; empty without a label.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.label {
            Some(ast::Label::Ref(reference)) => reference.to_string(),
            Some(ast::Label::Text(text)) => text.value.clone(),
            None => String::new(),
        }
    }

    /// The span of the name, or else of the head.
    #[must_use]
    pub fn name_span(&self) -> Span {
        self.label.as_ref().map_or(self.head, ast::Label::span)
    }

    /// Whether it has a user-defined name: `push` of `on push` is not one.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.label.is_some() && !matches!(self.spec.label, schema::LabelRule::Words(_))
    }

    /// The attribute of that name, in the block itself.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&ast::Attr> {
        find(&self.attributes, name)
    }

    /// The block of that word in this one.
    #[must_use]
    pub fn block(&self, word: &str) -> Option<&Node> {
        self.blocks.iter().find(|block| block.spec.word == word)
    }

    /// The block of that word in this one, or one in which nothing is written, so that all its defaults hold.
    #[must_use]
    pub fn block_or_empty(&self, word: &str) -> Node {
        let spec = || self.spec.block(word).expect("the schema has a block of that word here");
        self.block(word).cloned().unwrap_or_else(|| Node::empty(spec(), self.head))
    }

    /// Whether a word of the schema is certainly not written here.
    #[must_use]
    pub fn lacks(&self, word: &str) -> bool {
        self.attribute(word).is_none() && self.block(word).is_none() && !self.unread.may_be(word)
    }

    /// Whether everything in it could be read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unread.is_nothing() && self.blocks.iter().all(Self::is_complete)
    }

    /// A block in which nothing is written.
    fn empty(spec: &'static schema::Block, head: Span) -> Self {
        Self {
            spec,
            head,
            label: None,
            environment: None,
            attributes: Vec::new(),
            blocks: Vec::new(),
            layers: Vec::new(),
            only: None,
            unread: Unread::default(),
            is_unbalanced: false,
        }
    }

    /// All blocks of that word in this one.
    pub fn all<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a Node> {
        self.blocks.iter().filter(move |block| block.spec.word == word)
    }

    /// The names that blocks of that word declare in this one.
    pub fn names<'a>(&'a self, word: &'a str) -> impl Iterator<Item = String> + 'a {
        self.all(word).map(Node::name)
    }

    /// What applies in one environment: its layers are applied, and blocks of other environments are removed. With `None`,
    /// what applies to every environment.
    #[must_use]
    pub fn in_environment(&self, environment: Option<&str>) -> Node {
        let mut attributes = self.attributes.clone();
        for layer in self.layers.iter().filter(|layer| Some(layer.environment.value.as_str()) == environment) {
            lay_over(&mut attributes, &layer.attributes);
        }
        let holds = |block: &&Node| match &block.only {
            Some(only) => Some(only.value.as_str()) == environment,
            None => true,
        };
        let blocks = self.blocks.iter().filter(holds).map(|block| block.in_environment(environment)).collect();
        Node { attributes, blocks, layers: Vec::new(), ..self.clone() }
    }

    /// What the block gives for all environments (`None`) and for single ones.
    fn given(&self) -> Vec<(Option<&Spanned<String>>, &[ast::Attr])> {
        let own = (self.only.as_ref(), self.attributes.as_slice());
        let layers = self.layers.iter().map(|layer| (Some(&layer.environment), layer.attributes.as_slice()));
        std::iter::once(own).chain(layers).collect()
    }

    /// The blocks in it. Those in a block for a single environment are for that environment as well.
    fn within(&self) -> impl Iterator<Item = Node> {
        let only = |inner: &Node| inner.only.clone().or_else(|| self.only.clone());
        self.blocks.iter().map(move |inner| Node { only: only(inner), ..inner.clone() })
    }

    /// Whether both refer to the same thing: type, label and `in`.
    fn matches(&self, other: &Node) -> bool {
        let environment = |node: &Node| node.environment.as_ref().map(|name| name.value.clone());
        let only = |node: &Node| node.only.as_ref().map(|name| name.value.clone());
        self.spec.word == other.spec.word
            && self.name() == other.name()
            && environment(self) == environment(other)
            && only(self) == only(other)
    }
}

fn find<'a>(attributes: &'a [ast::Attr], name: &str) -> Option<&'a ast::Attr> {
    attributes.iter().find(|attribute| attribute.key.value == name)
}

/// Overrides attributes: values and lists replace, maps merge by key.
fn lay_over(under: &mut Vec<ast::Attr>, over: &[ast::Attr]) {
    for attribute in over {
        match under.iter_mut().find(|known| known.key.value == attribute.key.value) {
            None => under.push(attribute.clone()),
            Some(known) => match (&mut known.value, &attribute.value) {
                (ast::Value::Map(low), ast::Value::Map(high)) => lay_over(&mut low.entries, &high.entries),
                _ => *known = attribute.clone(),
            },
        }
    }
}

/// Fills in what the attributes leave out; maps by key.
fn fill_in(written: &mut Vec<ast::Attr>, defaults: &[ast::Attr]) {
    for attribute in defaults {
        match written.iter_mut().find(|known| known.key.value == attribute.key.value) {
            None => written.push(attribute.clone()),
            Some(known) => {
                if let (ast::Value::Map(high), ast::Value::Map(low)) = (&mut known.value, &attribute.value) {
                    fill_in(&mut high.entries, &low.entries);
                }
            }
        }
    }
}
