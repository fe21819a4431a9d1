//! Pairs of the grammar in, syntax tree out. Each gap is handed to `explain` and becomes [`Item::Broken`].

use pest::iterators::Pair as AnyPair;

use super::ast::{Attr, Block, Body, File, Item, Label, List, Map, Ref, Value};
use super::braces::Braces;
use super::grammar::Rule;
use super::lines::Lines;
use super::{errors, explain::Context};
use crate::diag::{Diagnostic, Diagnostics};
use crate::source::{SourceFile, SourceId, Span, Spanned};

pub(super) type Pair<'a> = AnyPair<'a, Rule>;

/// The walk over one file.
pub(super) struct Lower<'a> {
    source: SourceId,
    pub(super) file: &'a SourceFile,
    sink: &'a mut Diagnostics,
    /// The number of errors so far: the difference shows whether a part of the tree is broken.
    pub(super) reported: usize,
    pub(super) braces: Braces,
    /// The line of the last string that was not closed.
    pub(super) open_string: Option<usize>,
}

/// What the item before may still wait for on the next line.
enum Waiting {
    Nothing,
    /// `key =` ended at this byte, and its missing value is reported.
    Value(usize),
    /// A block without a body ended at this byte.
    Body(usize),
    /// A line with a dash, which is reported, ended at this byte: more of them may follow.
    Dashes(usize),
    /// An attribute, or a value without a key that is reported, is on this line: more values may follow.
    Values {
        line: usize,
        reported: bool,
    },
}

impl<'a> Lower<'a> {
    pub(super) fn new(source: SourceId, file: &'a SourceFile, sink: &'a mut Diagnostics) -> Self {
        Self { source, file, sink, reported: 0, braces: Braces::default(), open_string: None }
    }

    /// The tree, and the lines that [`super::Parsed`] calls broken.
    pub(super) fn file(mut self, pair: Pair<'_>) -> (File, Vec<Span>) {
        let mut file = File { source: self.source, items: Vec::new() };
        let mut lines = Lines::new(self.file);
        let mut waiting = Waiting::Nothing;
        for child in parts(pair) {
            let span = self.span(&child);
            match child.as_rule() {
                Rule::EOI => {}
                Rule::line_break => lines.end(span.range().end),
                Rule::stray_brace => {
                    let from = self.stray_brace(span, &mut file.items);
                    lines.broken_from(from);
                }
                _ => {
                    if self.file.line_starts().binary_search(&span.range().start).is_ok() {
                        self.braces.declaration(span.range().start);
                    }
                    let (reported, items) = (self.reported, file.items.len());
                    self.item(child, &mut file.items, &mut waiting);
                    let open = self.settle_braces(&mut file.items);
                    if open || self.reported > reported || file.items[items..].iter().any(Item::is_broken) {
                        lines.broken_from(span.range().start);
                    }
                }
            }
        }
        (file, lines.broken(self.source))
    }

    /// Adds what one item pair holds.
    fn item(&mut self, pair: Pair<'_>, items: &mut Vec<Item>, waiting: &mut Waiting) {
        let span = self.span(&pair);
        let before = std::mem::replace(waiting, Waiting::Nothing);
        match pair.as_rule() {
            Rule::attr => self.attr(pair, items, waiting),
            Rule::block | Rule::in_block => self.block(pair, items, waiting),
            Rule::gap => match before {
                // A value on the next line belongs to the `=` that is reported already.
                Waiting::Value(end) if self.only_space(end, span) => {
                    items.push(Item::Broken(span));
                    if self.begins_with_dash(span) {
                        *waiting = Waiting::Dashes(span.range().end);
                    }
                }
                Waiting::Dashes(end) if self.begins_with_dash(span) && self.only_space(end, span) => {
                    items.push(Item::Broken(span));
                    *waiting = Waiting::Dashes(span.range().end);
                }
                Waiting::Body(end) if self.only_space(end, span) => self.body_on_next_line(end, pair, items),
                Waiting::Values { line, reported }
                    if line == self.line(span.range().start) && begins_with_value(&pair) =>
                {
                    if !reported {
                        self.gap(&pair, Context::AnotherValue);
                        // The value before it is one of several.
                        items.pop();
                    }
                    items.push(Item::Broken(span));
                    *waiting = Waiting::Values { line, reported: true };
                }
                _ => {
                    self.gap(&pair, Context::Item);
                    items.push(Item::Broken(span));
                    if self.begins_with_dash(span) {
                        *waiting = Waiting::Dashes(span.range().end);
                    }
                }
            },
            rule => unreachable!("{rule:?} is no item"),
        }
    }

    fn attr(&mut self, pair: Pair<'_>, items: &mut Vec<Item>, waiting: &mut Waiting) {
        let before = self.reported;
        let mut whole = self.span(&pair);
        let mut inner = parts(pair);
        let key = self.key(inner.next().expect("an attribute begins with its key"));
        let equals = self.span(&inner.next().expect("`=` follows the key"));
        let Some(next) = inner.next() else {
            self.report(errors::missing_value(&key, equals));
            items.push(Item::Broken(key.span.to(equals)));
            *waiting = Waiting::Value(equals.range().end);
            return;
        };
        if next.as_rule() == Rule::gap {
            whole = key.span.to(self.span(&next));
            self.gap(&next, Context::Value { key: &key, equals });
            items.push(Item::Broken(whole));
            return;
        }
        let scalar = !matches!(next.as_rule(), Rule::list | Rule::body | Rule::too_deep);
        let value = self.value(next);
        let broken = self.reported > before;
        whole = value.as_ref().map_or(whole, |value| key.span.to(value.span()));
        let kept = match (inner.next(), &value) {
            // A report in the value explains what follows it as well.
            (Some(gap), Some(_)) if broken => {
                whole = whole.to(self.span(&gap));
                self.groups(&gap);
                false
            }
            (Some(gap), Some(value)) => {
                let rest = self.span(&gap);
                let kept = self.gap(&gap, Context::AfterValue(value));
                if kept {
                    items.push(Item::Broken(rest));
                } else {
                    whole = whole.to(rest);
                }
                kept
            }
            _ => !(broken && scalar),
        };
        match value {
            Some(value) if kept => {
                *waiting = Waiting::Values { line: self.line(key.span.range().start), reported: false };
                items.push(Item::Attr(Attr { key, value }));
            }
            _ => items.push(Item::Broken(whole)),
        }
    }

    fn block(&mut self, pair: Pair<'_>, items: &mut Vec<Item>, waiting: &mut Waiting) {
        let before = self.reported;
        let mut broken_head = false;
        let mut block: Option<Block> = None;
        let mut end = self.span(&pair).range().start;
        for child in parts(pair) {
            let span = self.span(&child);
            match (child.as_rule(), &mut block) {
                (Rule::word | Rule::keyword_in, none) => {
                    let word = Spanned::new(child.as_str().to_owned(), span);
                    *none = Some(Block { word, label: None, environment: None, body: None });
                }
                (Rule::label, Some(block)) => block.label = self.label(child),
                (Rule::name, Some(block)) => block.environment = Some(self.name(&child)),
                (Rule::within, Some(block)) => {
                    let keyword = Span { end: span.start + 2, ..span };
                    block.environment = parts(child).nth(1).map(|name| self.name(&name));
                    end = block.environment.as_ref().map_or(keyword, |name| name.span).range().end;
                    if block.environment.is_none() {
                        self.report(errors::missing_environment(keyword));
                    }
                    continue;
                }
                (Rule::body, Some(block)) => {
                    if block.word.value == "in" && block.environment.is_none() {
                        self.report(errors::missing_environment(block.word.span));
                    }
                    broken_head = self.reported > before;
                    block.body = Some(self.body(child));
                }
                (Rule::gap, Some(block)) if broken_head || self.reported > before && block.body.is_none() => {
                    self.groups(&child);
                    return items.push(Item::Broken(block.word.span.to(span)));
                }
                (Rule::gap, Some(whole)) => {
                    if child.as_str() == ":" {
                        *waiting = Waiting::Value(span.range().end);
                    }
                    let kept = self.gap(&child, Context::Block { block: whole, end });
                    if kept {
                        items.extend(block.map(Item::Block));
                        return items.push(Item::Broken(span));
                    }
                    return items.push(Item::Broken(whole.word.span.to(span)));
                }
                (rule, _) => unreachable!("{rule:?} is no part of a block"),
            }
            end = span.range().end;
        }
        let block = block.expect("a block begins with a word");
        if block.word.value == "in" && block.environment.is_none() && block.body.is_none() {
            self.report(errors::missing_environment(block.word.span));
        }
        if broken_head || self.reported > before && block.body.is_none() {
            return items.push(Item::Broken(block.word.span));
        }
        if block.body.is_none() {
            *waiting = Waiting::Body(block.head().range().end);
        }
        items.push(Item::Block(block));
    }

    /// A gap on the line after a block without a body: when it is a body, it is the block's.
    fn body_on_next_line(&mut self, end: usize, gap: Pair<'_>, items: &mut Vec<Item>) {
        let span = self.span(&gap);
        let mut tokens = parts(gap.clone());
        match (tokens.next(), tokens.next(), items.last_mut()) {
            (Some(body), None, Some(Item::Block(block))) if body.as_rule() == Rule::body => {
                let between = self.range(end..span.range().start);
                let between = Some(between).filter(|between| self.text(*between).chars().all(char::is_whitespace));
                self.report(errors::body_on_next_line(&block.word.value, block.head(), span, between));
                block.body = Some(self.body(body));
            }
            _ => {
                self.gap(&gap, Context::Item);
                items.push(Item::Broken(span));
            }
        }
    }

    /// From `{` to `}`, or to where the missing `}` was noticed.
    pub(super) fn body(&mut self, pair: Pair<'_>) -> Body {
        let span = self.span(&pair);
        let mut body = Body { items: Vec::new(), span };
        let mut waiting = Waiting::Nothing;
        for child in parts(pair) {
            match child.as_rule() {
                Rule::brace_open => {}
                Rule::brace_close => {
                    // The pair extends to the end of the line.
                    body.span.end = self.span(&child).end;
                    self.closed(body.span);
                }
                Rule::unclosed => {
                    body.span = self.trim(span);
                    let at = self.span(&child);
                    self.never_closed(span, at.range().start);
                    body.items.push(Item::Broken(at));
                }
                _ => self.item(child, &mut body.items, &mut waiting),
            }
        }
        body
    }

    /// `None` when the value is reported as broken and has no form in the tree.
    pub(super) fn value(&mut self, pair: Pair<'_>) -> Option<Value> {
        let span = self.span(&pair);
        let spanned = |pair: &Pair<'_>| Spanned::new(pair.as_str().to_owned(), self.span(pair));
        Some(match pair.as_rule() {
            Rule::text => Value::Text(self.text_block(pair)),
            Rule::string => Value::Text(self.string(pair)),
            Rule::quantity => Value::Quantity(spanned(&pair)),
            Rule::range => {
                let ends: Vec<_> = pair.into_inner().filter(|end| end.as_rule() == Rule::quantity).collect();
                Value::Range(spanned(&ends[0]), spanned(&ends[1]))
            }
            Rule::boolean => Value::Bool(Spanned::new(pair.as_str() == "true", span)),
            Rule::reference => Value::Ref(self.reference(pair)),
            Rule::list => Value::List(self.list(pair)),
            Rule::body => Value::Map(self.map(pair)),
            Rule::too_deep => {
                self.too_deep(span);
                return None;
            }
            rule => unreachable!("{rule:?} is no value"),
        })
    }

    pub(super) fn list(&mut self, pair: Pair<'_>) -> List {
        let mut list = List { values: Vec::new(), span: self.span(&pair) };
        let whole = list.span;
        for child in parts(pair) {
            match child.as_rule() {
                Rule::bracket_open => {}
                Rule::bracket_close => list.span.end = self.span(&child).end,
                Rule::list_unclosed => {
                    list.span = self.trim(whole);
                    self.list_never_closed(whole, self.span(&child).range().start);
                }
                _ => list.values.extend(self.element(child)),
            }
        }
        list
    }

    fn element(&mut self, pair: Pair<'_>) -> Option<Value> {
        let before = self.reported;
        let mut inner = parts(pair);
        let first = inner.next().expect("an element is not empty");
        if first.as_rule() == Rule::list_gap {
            self.gap(&first, Context::Element);
            return None;
        }
        let value = self.value(first);
        let broken = self.reported > before;
        let kept = match (inner.next(), &value) {
            (Some(gap), Some(value)) if !broken => self.gap(&gap, Context::AfterElement(value)),
            _ => !broken || matches!(value, Some(Value::List(_) | Value::Map(_))),
        };
        value.filter(|_| kept)
    }

    fn map(&mut self, pair: Pair<'_>) -> Map {
        let body = self.body(pair);
        let unclosed = matches!(body.items.last(), Some(Item::Broken(span)) if span.start == span.end);
        let mut map = Map { entries: Vec::new(), span: body.span };
        for item in body.items {
            match item {
                Item::Attr(entry) => map.entries.push(entry),
                Item::Block(block) if !unclosed => self.block_in_map(&block, body.span),
                // Without its brace, it may contain what follows its end.
                Item::Block(_) | Item::Broken(_) => {}
            }
        }
        map
    }

    fn key(&mut self, pair: Pair<'_>) -> Spanned<String> {
        let inner = pair.into_inner().next().expect("a key is a name or a string");
        if inner.as_rule() == Rule::name { self.name(&inner) } else { self.plain(inner) }
    }

    fn label(&mut self, pair: Pair<'_>) -> Option<Label> {
        let inner = pair.into_inner().next().expect("a label is a reference or a string");
        Some(match inner.as_rule() {
            Rule::reference => Label::Ref(self.reference(inner)),
            Rule::open_label => {
                self.unterminated(&inner);
                return None;
            }
            _ => Label::Text(self.plain(inner)),
        })
    }

    /// A dotted name, outside of a text or inside.
    pub(super) fn reference(&mut self, pair: Pair<'_>) -> Ref {
        let span = self.span(&pair);
        let part = |part: Pair<'_>| match part.as_rule() {
            Rule::name => self.name(&part),
            Rule::string => self.plain(part),
            Rule::plain_string => {
                let inner = part.clone().into_inner().next().expect("a plain string has a text");
                Spanned::new(inner.as_str().to_owned(), self.span(&part))
            }
            rule => unreachable!("{rule:?} is no part of a reference"),
        };
        Ref { parts: pair.into_inner().map(part).collect(), span }
    }

    pub(super) fn name(&self, pair: &Pair<'_>) -> Spanned<String> {
        Spanned::new(pair.as_str().to_owned(), self.span(pair))
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.reported += 1;
        self.sink.push(diagnostic);
    }

    pub(super) fn span(&self, pair: &Pair<'_>) -> Span {
        let span = pair.as_span();
        self.range(span.start()..span.end())
    }

    pub(super) fn range(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.source, range)
    }

    pub(super) fn text(&self, span: Span) -> &'a str {
        &self.file.text()[span.range()]
    }

    /// Without the white space at its end.
    pub(super) fn trim(&self, span: Span) -> Span {
        let start = span.range().start;
        self.range(start..start + self.text(span).trim_end().len())
    }

    /// Whether nothing but white space and comments is between a byte and a span, over at least one newline.
    fn only_space(&self, from: usize, to: Span) -> bool {
        let between = &self.file.text()[from..to.range().start];
        let blank = |line: &str| line.trim_start().is_empty() || line.trim_start().starts_with('#');
        between.contains(['\n', '\r']) && between.split(['\n', '\r']).all(blank)
    }
}

/// The parts of a pair, without the separators between them.
pub(super) fn parts(pair: Pair<'_>) -> impl Iterator<Item = Pair<'_>> {
    let between = |rule| matches!(rule, Rule::COMMENT | Rule::comma | Rule::next_line);
    pair.into_inner().filter(move |part| !between(part.as_rule()))
}

fn begins_with_value(gap: &Pair<'_>) -> bool {
    let first = parts(gap.clone()).next().map(|token| token.as_rule());
    matches!(first, Some(Rule::string | Rule::text | Rule::quantity | Rule::range))
}
