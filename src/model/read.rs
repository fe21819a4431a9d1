//! A block → typed values, as the schema says. Reports E0301 to E0306.
//!
//! Everything that an attribute's line in the schema promises is done here: type, default, phase.

mod maps;
mod query;

pub(super) use query::Code;

use super::errors;
use super::reference::{Scope, Variable, too_late};
use super::text::{RunField, SECRET_VARIABLE, SecretKey, Segment, Text, stranger};
use super::value::{self, Read};
use super::{Bounds, CanaryStep, Partial, Tag, Use, Used};
use crate::diag::Diagnostics;
use crate::program::Node;
use crate::schema::stages::StageId;
use crate::schema::variables::OF_THE_CURRENT_RUN;
use crate::schema::{Attribute, DeclarationKind, Default, Phase, Type};
use crate::source::{Span, Spanned};
use crate::syntax::ast;
use std::collections::BTreeSet;

/// Reads the attributes of one block in one scope.
pub(super) struct Reader<'a, 's> {
    /// The block, in the scope's environment.
    pub node: &'a Node,
    scope: Scope<'a>,
    sink: &'s mut Diagnostics,
    uses: Vec<Use>,
    /// The environment variable that is read.
    variable: Option<String>,
    /// The keys of secrets in it.
    secrets: Vec<SecretKey>,
}

/// A word of the schema, or what a text was read as.
pub(super) enum WordOr<T> {
    /// The word.
    Word(&'static str),
    /// The text.
    Text(T),
}

impl<'a, 's> Reader<'a, 's> {
    /// A reader of the block. Attributes that must be there and are not are reported at once.
    pub fn new(node: &'a Node, scope: Scope<'a>, sink: &'s mut Diagnostics) -> Self {
        for attribute in node.spec.attributes {
            if attribute.default == Default::Required && node.lacks(attribute.name) {
                sink.push(errors::required(node, attribute));
            }
        }
        Self::again(node, scope, sink)
    }

    /// A reader of a block of which another reader has reported what is missing.
    pub fn again(node: &'a Node, scope: Scope<'a>, sink: &'s mut Diagnostics) -> Self {
        Self { node, scope, sink, uses: Vec::new(), variable: None, secrets: Vec::new() }
    }

    /// A reader of a block inside this one.
    pub fn inside(&mut self, word: &str) -> Option<Reader<'a, '_>> {
        let node = self.node.block(word)?;
        Some(Reader::new(node, self.scope, self.sink))
    }

    /// What the values that were read use.
    pub fn uses(&mut self) -> Vec<Use> {
        std::mem::take(&mut self.uses)
    }

    fn note(&mut self, what: Used, span: Span) {
        self.uses.push(Use { what, span, variable: self.variable.clone() });
    }

    /// What names can mean here.
    pub fn scope(&self) -> Scope<'a> {
        self.scope
    }

    /// Reports something.
    pub fn report(&mut self, diagnostic: crate::diag::Diagnostic) {
        self.sink.push(diagnostic);
    }

    /// Whether the attribute is written (or filled in by `defaults`).
    pub fn has(&self, name: &str) -> bool {
        self.node.attribute(name).is_some()
    }

    /// The span of the attribute's value, or else of the block's head.
    pub fn span(&self, name: &str) -> Span {
        self.node.attribute(name).map_or(self.node.head, |attribute| attribute.value.span())
    }

    fn schema(&self, name: &str) -> &'static Attribute {
        self.node.spec.attribute(name).expect("readers ask for attributes of the schema")
    }

    fn wrong_type(&mut self, name: &str, value: &ast::Value) {
        let attribute = self.schema(name);
        self.sink.push(errors::wrong_type(attribute, value));
    }

    /// The text of an attribute, with what only a run knows.
    pub fn text(&mut self, name: &str) -> Option<Spanned<Text>> {
        let schema = self.schema(name);
        match self.node.attribute(name) {
            Some(attribute) => {
                let text = self.text_value(name, &attribute.value, schema.phase)?;
                Some(Spanned::new(text, attribute.value.span()))
            }
            None => match schema.default {
                Default::Text(text) => Some(Spanned::new(Text::literal(text), self.node.head)),
                _ => None,
            },
        }
    }

    /// A text, or a bare variable, where the phase is at most the given one.
    fn text_value(&mut self, name: &str, value: &ast::Value, phase: Phase) -> Option<Text> {
        match value {
            ast::Value::Text(text) => {
                let mut result = Text::default();
                let mut complete = true;
                for segment in &text.segments {
                    match segment {
                        ast::Segment::Literal(literal) => {
                            complete &= self.arrives(name, literal, text.span);
                            result.push(Segment::Literal(literal.clone()));
                        }
                        ast::Segment::Variable(reference) => match self.text_variable(name, reference, phase) {
                            Some(text) => text.0.into_iter().for_each(|segment| result.push(segment)),
                            None => complete = false,
                        },
                    }
                }
                if result.begins_with_a_tab() {
                    self.sink.push(errors::begins_with_a_tab(name, text.span));
                    complete = false;
                }
                complete.then_some(result)
            }
            ast::Value::Ref(reference) => self.text_variable(name, reference, phase),
            value => {
                self.wrong_type(name, value);
                None
            }
        }
    }

    /// Reports a text that would not arrive as it is written.
    fn arrives(&mut self, name: &str, text: &str, span: Span) -> bool {
        let stranger = stranger(text);
        if let Some(stranger) = stranger {
            self.sink.push(errors::stranger(name, stranger, span));
        }
        stranger.is_none()
    }

    fn text_variable(&mut self, name: &str, reference: &ast::Ref, phase: Phase) -> Option<Text> {
        match self.scope.variable(reference, self.sink)? {
            Variable::Text(text, known) => self.in_time(name, reference, text, known, phase),
            Variable::Secret(key) => {
                let segment = self.secret(key, reference.span);
                if segment.is_none() {
                    self.sink.push(errors::secret_in_text(reference));
                }
                segment.map(|segment| Text(vec![segment]))
            }
        }
    }

    /// A key of a secret in an environment variable, the only place that takes one.
    fn secret(&mut self, key: SecretKey, span: Span) -> Option<Segment> {
        let variable = self.variable.clone()?;
        self.note(Used::Secret(key.secret.clone()), span);
        let at = self.secrets.iter().position(|known| *known == key).unwrap_or(self.secrets.len());
        if at == self.secrets.len() {
            self.secrets.push(key.clone());
        }
        Some(Segment::Secret { key, variable: format!("{SECRET_VARIABLE}{}_{variable}", at + 1) })
    }

    fn in_time(&mut self, name: &str, reference: &ast::Ref, text: Text, known: Phase, phase: Phase) -> Option<Text> {
        if too_late(reference, known, phase, name, self.sink) {
            return None;
        }
        if text.0.contains(&Segment::Run(RunField::Tag)) && !["image", "task"].contains(&self.node.spec.word) {
            self.sink.push(errors::tag_of_the_deployed(reference));
            return None;
        }
        let of_this_run = text.0.contains(&Segment::Run(RunField::WorkflowUrl));
        if of_this_run && !OF_THE_CURRENT_RUN.contains(&self.node.spec.word) {
            let place = "in a `task` or an `approve`, which are part of the run; everything else outlives it";
            self.sink.push(errors::not_in_scope(reference, place));
            return None;
        }
        if let Some(app) = self.scope.addressed(reference) {
            self.note(Used::App(app), reference.span);
        }
        for segment in &text.0 {
            if let Segment::Image(image, _) = segment {
                self.note(Used::Image(image.clone()), reference.span);
            }
        }
        Some(text)
    }

    /// A text that is known now, read by a function of [`value`].
    pub fn parsed<T>(&mut self, name: &str, read: impl Fn(&str) -> Read<T>) -> Option<Spanned<T>> {
        let text = self.text(name)?;
        let known = text.value.known()?;
        match read(&known) {
            Ok(value) => Some(Spanned::new(value, text.span)),
            Err(bad) => {
                self.sink.push(errors::bad_value(name, &known, text.span, &bad));
                None
            }
        }
    }

    /// The tag of an image: a fixed one, that of the run, or its version.
    pub fn image_tag(&mut self) -> Option<Tag> {
        if !self.has("tag") {
            return Some(Tag::Version);
        }
        let text = self.text("tag")?;
        if text.value.0 == [Segment::Run(RunField::Tag)] {
            return Some(Tag::OfRun);
        }
        if text.value.known().is_none() {
            self.sink.push(errors::image_tag_of_run(text.span));
            return None;
        }
        self.parsed("tag", value::tag).map(|tag| Tag::Fixed(tag.value))
    }

    /// A list of texts that are known now, each read by a function of [`value`].
    pub fn parsed_list<T>(&mut self, name: &str, read: impl Fn(&str) -> Read<T>) -> Vec<Spanned<T>> {
        let mut result = Vec::new();
        for text in self.texts(name) {
            let Some(known) = text.value.known() else { continue };
            match read(&known) {
                Ok(value) => result.push(Spanned::new(value, text.span)),
                Err(bad) => self.sink.push(errors::bad_value(name, &known, text.span, &bad)),
            }
        }
        result
    }

    /// The values of a list.
    fn list(&mut self, name: &str) -> &'a [ast::Value] {
        match self.node.attribute(name).map(|attribute| &attribute.value) {
            None => &[],
            Some(ast::Value::List(list)) => &list.values,
            Some(value) => {
                self.wrong_type(name, value);
                &[]
            }
        }
    }

    /// A list of texts.
    pub fn texts(&mut self, name: &str) -> Vec<Spanned<Text>> {
        let phase = self.schema(name).phase;
        let mut result = Vec::new();
        for value in self.list(name) {
            if let Some(text) = self.text_value(name, value, phase) {
                result.push(Spanned::new(text, value.span()));
            }
        }
        result
    }

    /// The literal of an attribute whose value is a quantity, or its default.
    fn quantity(&mut self, name: &str) -> Option<Spanned<String>> {
        match self.node.attribute(name).map(|attribute| &attribute.value) {
            Some(ast::Value::Quantity(quantity)) => Some(quantity.clone()),
            Some(value) => {
                self.wrong_type(name, value);
                None
            }
            None => match self.schema(name).default {
                Default::Literal(literal) => Some(Spanned::new(literal.to_owned(), self.node.head)),
                _ => None,
            },
        }
    }

    fn read_quantity<T>(
        &mut self,
        name: &str,
        quantity: Spanned<String>,
        read: impl Fn(&str) -> Read<T>,
    ) -> Option<Spanned<T>> {
        match read(&quantity.value) {
            Ok(value) => Some(Spanned::new(value, quantity.span)),
            Err(bad) => {
                self.sink.push(errors::bad_value(name, &quantity.value, quantity.span, &bad));
                None
            }
        }
    }

    /// Seconds.
    pub fn duration(&mut self, name: &str) -> Option<Spanned<u64>> {
        let quantity = self.quantity(name)?;
        self.read_quantity(name, quantity, value::duration)
    }

    /// An integer, from the schema's minimum to `most`.
    pub fn count(&mut self, name: &str, most: u32) -> Option<Spanned<u32>> {
        let Type::Count(least) = self.schema(name).ty else { unreachable!("`{name}` is a count in the schema") };
        let quantity = self.quantity(name)?;
        self.read_quantity(name, quantity, |text| value::count(text, least, most))
    }

    /// A port.
    pub fn port(&mut self, name: &str) -> Option<Spanned<u16>> {
        let quantity = self.quantity(name)?;
        self.read_port(name, quantity)
    }

    fn read_port(&mut self, name: &str, quantity: Spanned<String>) -> Option<Spanned<u16>> {
        let port = self.read_quantity(name, quantity, |text| value::count(text, 1, u32::from(u16::MAX)))?;
        Some(port.map(|port| u16::try_from(port).unwrap_or(u16::MAX)))
    }

    /// A percentage.
    pub fn percent(&mut self, name: &str) -> Option<Spanned<u8>> {
        let quantity = self.quantity(name)?;
        self.read_quantity(name, quantity, value::percent)
    }

    /// A number as it is written in an expression.
    pub fn number(&mut self, name: &str) -> Option<Spanned<String>> {
        let quantity = self.quantity(name)?;
        self.read_quantity(name, quantity, value::number)
    }

    /// The fewest and the most.
    pub fn count_range(&mut self, name: &str, most: u32) -> Option<Spanned<(u32, u32)>> {
        if let Some(ast::Value::Range(low, high)) = self.node.attribute(name).map(|attribute| &attribute.value) {
            let read = |text: &str| value::count(text, 1, most);
            let (least, most) =
                (self.read_quantity(name, low.clone(), read), self.read_quantity(name, high.clone(), read));
            let (least, most) = (least?, most?);
            if least.value >= most.value {
                self.sink.push(errors::range_falls(name, low, high));
                return None;
            }
            return Some(Spanned::new((least.value, most.value), low.span.to(high.span)));
        }
        let quantity = self.quantity(name)?;
        self.read_quantity(name, quantity, |text| value::count(text, 1, most).map(|count| (count, count)))
    }

    /// A request and a limit, read by [`value::cpu`] or [`value::memory`].
    pub fn bounds(&mut self, name: &str, read: impl Fn(&str) -> Read<(String, u64)>) -> Option<Bounds> {
        if let Some(ast::Value::Range(low, high)) = self.node.attribute(name).map(|attribute| &attribute.value) {
            let (request, limit) =
                (self.read_quantity(name, low.clone(), &read), self.read_quantity(name, high.clone(), &read));
            let (request, limit) = (request?, limit?);
            if request.value.1 > limit.value.1 {
                self.sink.push(errors::range_falls(name, low, high));
                return None;
            }
            return Some(Bounds { request: request.value.0, limit: limit.value.0 });
        }
        let quantity = self.quantity(name)?;
        let bound = self.read_quantity(name, quantity, &read)?;
        Some(Bounds { request: bound.value.0.clone(), limit: bound.value.0 })
    }

    /// An amount of storage, as Kubernetes writes it.
    pub fn storage(&mut self, name: &str) -> Option<Spanned<String>> {
        let quantity = self.quantity(name)?;
        self.read_quantity(name, quantity, |text| value::memory(text).map(|(text, _)| text))
    }

    /// One of the words that the schema lists.
    pub fn word(&mut self, name: &str) -> Option<&'static str> {
        let Type::Word(words) = self.schema(name).ty else { unreachable!("`{name}` is a word in the schema") };
        let (text, span) = match self.node.attribute(name).map(|attribute| &attribute.value) {
            Some(ast::Value::Ref(reference)) => (reference.to_string(), reference.span),
            Some(value) => {
                self.wrong_type(name, value);
                return None;
            }
            None => match self.schema(name).default {
                Default::Literal(literal) => (literal.to_owned(), self.node.head),
                _ => return None,
            },
        };
        let found = words.iter().find(|word| **word == text).copied();
        if found.is_none() {
            self.sink.push(errors::bad_word(name, &text, span, words));
        }
        found
    }

    /// Words that the schema lists, each once; one alone is a list of one.
    pub fn words(&mut self, name: &str) -> Vec<Spanned<&'static str>> {
        let Type::Words(words) = self.schema(name).ty else { unreachable!("`{name}` is words in the schema") };
        let values = match self.node.attribute(name).map(|attribute| &attribute.value) {
            None => return Vec::new(),
            Some(ast::Value::List(list)) => list.values.as_slice(),
            Some(value) => std::slice::from_ref(value),
        };
        let mut result: Vec<Spanned<&'static str>> = Vec::new();
        for value in values {
            let ast::Value::Ref(reference) = value else {
                self.wrong_type(name, value);
                continue;
            };
            let text = reference.to_string();
            match words.iter().find(|word| **word == text) {
                None => self.sink.push(errors::bad_word(name, &text, reference.span, words)),
                Some(word) => match result.iter().find(|known| known.value == *word) {
                    Some(first) => {
                        self.sink.push(errors::listed_twice(&Spanned::new(text, reference.span), first.span));
                    }
                    None => result.push(Spanned::new(word, reference.span)),
                },
            }
        }
        result
    }

    /// One of the words that the schema lists, or else a text that is known now, read by a function of [`value`].
    pub fn word_or_text<T>(&mut self, name: &str, read: impl Fn(&str) -> Read<T>) -> Option<WordOr<T>> {
        let attribute = self.schema(name);
        let Type::WordOrText(words) = attribute.ty else { unreachable!("`{name}` is such a word in the schema") };
        let of = |text: &str| words.iter().find(|word| **word == text).copied();
        match self.node.attribute(name).map(|attribute| &attribute.value) {
            None => match attribute.default {
                Default::Literal(literal) => of(literal).map(WordOr::Word),
                _ => None,
            },
            Some(ast::Value::Ref(reference)) if reference.parts.len() == 1 => {
                let text = reference.to_string();
                if of(&text).is_none() {
                    let report = errors::bad_word(name, &text, reference.span, words);
                    self.sink.push(report.help(format!("anything else is a string: `{name} = \"…\"`")));
                }
                of(&text).map(WordOr::Word)
            }
            Some(_) => self.parsed(name, read).map(|text| WordOr::Text(text.value)),
        }
    }

    /// The name of something that is declared at the top of a file.
    pub fn name(&mut self, name: &str) -> Option<Spanned<String>> {
        let Type::Name(kind) = self.schema(name).ty else { unreachable!("`{name}` is a name in the schema") };
        match self.node.attribute(name).map(|attribute| &attribute.value)? {
            ast::Value::Ref(reference) => self.declared(kind, reference),
            value => {
                self.wrong_type(name, value);
                None
            }
        }
    }

    fn declared(&mut self, kind: DeclarationKind, reference: &ast::Ref) -> Option<Spanned<String>> {
        let name = Spanned::new(reference.to_string(), reference.span);
        self.scope.name(kind, &name, self.sink).map(|found| Spanned::new(found, name.span))
    }

    /// An image: `image`, or `app.image`.
    pub fn image(&mut self, name: &str) -> Option<super::ImageId> {
        match self.node.attribute(name).map(|attribute| &attribute.value)? {
            ast::Value::Ref(reference) => self.image_of(reference),
            value => {
                self.wrong_type(name, value);
                None
            }
        }
    }

    fn image_of(&mut self, reference: &ast::Ref) -> Option<super::ImageId> {
        let (app, image) = self.scope.part(DeclarationKind::Image, reference, self.sink)?;
        let id = super::ImageId { app, image };
        self.note(Used::Image(id.clone()), reference.span);
        Some(id)
    }

    /// Names of what is declared at the top of a file; one alone is a list of one.
    pub fn names(&mut self, name: &str) -> Vec<Spanned<String>> {
        let Type::Names(kind) = self.schema(name).ty else { unreachable!("`{name}` is a list of names in the schema") };
        let values = match self.node.attribute(name).map(|attribute| &attribute.value) {
            None => return Vec::new(),
            Some(ast::Value::List(list)) => list.values.as_slice(),
            Some(value) => std::slice::from_ref(value),
        };
        let mut result: Vec<Spanned<String>> = Vec::new();
        for value in values {
            let ast::Value::Ref(reference) = value else {
                self.sink.push(errors::not_a_name(name, kind, value));
                continue;
            };
            let Some(found) = self.declared(kind, reference) else { continue };
            match result.iter().find(|known| known.value == found.value) {
                Some(first) => self.sink.push(errors::listed_twice(&found, first.span)),
                None => result.push(found),
            }
        }
        result
    }

    /// The steps of a canary.
    pub fn steps(&mut self, name: &str) -> Vec<Spanned<CanaryStep>> {
        let mut result = Vec::new();
        for value in self.list(name) {
            if let ast::Value::Ref(word) = value
                && word.to_string() == StageId::Approve.word()
            {
                result.push(Spanned::new(CanaryStep::Approve, word.span));
                continue;
            }
            let ast::Value::Quantity(quantity) = value else {
                self.sink.push(errors::not_a_step(value));
                continue;
            };
            if quantity.value.bytes().all(|byte| byte.is_ascii_digit()) {
                self.sink.push(errors::bare_step(quantity));
                continue;
            }
            let step = if quantity.value.ends_with('%') {
                self.read_quantity(name, quantity.clone(), value::percent).map(|weight| weight.map(CanaryStep::Weight))
            } else {
                self.read_quantity(name, quantity.clone(), value::duration).map(|pause| pause.map(CanaryStep::Pause))
            };
            result.extend(step);
        }
        result
    }

    /// The result of reading an attribute. It is incomplete if a part of it was rejected, or if the attribute may
    /// be written in a form that could not be read.
    pub fn partial<T>(&mut self, name: &str, read: impl FnOnce(&mut Self, &str) -> T) -> Partial<T> {
        let before = self.sink.errors();
        let found = read(self, name);
        let required = self.schema(name).default == Default::Required;
        let there = self.has(name) || !required && self.node.lacks(name);
        Partial::new(found, there && self.sink.errors() == before)
    }

    /// The names of a list of declared things, as a set.
    pub fn name_set(&mut self, name: &str) -> BTreeSet<String> {
        self.names(name).into_iter().map(|name| name.value).collect()
    }
}
