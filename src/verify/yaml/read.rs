//! The events of a parser → trees. It recovers from errors: with the next document after one of syntax, and with a
//! gap in the tree after any other.

use super::errors;
use super::plain::{Scalar, plain};
use super::{Entry, Node, Style, Value};
use crate::diag::Diagnostics;
use crate::source::{SourceFile, SourceId, Span, Spanned};
use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// How deep maps and lists may be nested, aliases followed. No manifest comes near.
const DEEPEST: usize = 100;

/// The maximum number of values to which the aliases of a document may expand. A file of a few lines can name billions.
const MOST_ALIASED: usize = 100_000;

/// One document of a file.
#[derive(Debug)]
pub struct Document {
    /// Its root value; none for a document with a syntax error.
    pub root: Option<Rc<Node>>,
    /// The bytes that it covers at least.
    pub span: Span,
}

/// Reads all documents of a file.
pub fn read(source: SourceId, file: &SourceFile, sink: &mut Diagnostics) -> Vec<Document> {
    let text = file.text();
    let mut options = granit_parser::options! {
        emit_unresolved_aliases: true,
        // As every port of libyaml.
        block_scalar_eof_without_line_feed: true,
        block_nesting_limit: DEEPEST,
        flow_nesting_limit: DEEPEST,
        // JSON has no limit of a key.
        simple_key_max_lookahead: 1 << 20,
    };
    options.set_emit_comments(false);
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::new(source, text, sink);
    let mut documents = Vec::new();
    let mut begun = 0;
    loop {
        match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => break,
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or(0..0);
                match event {
                    Event::DocumentStart(..) => begun = range.start,
                    Event::DocumentEnd => {
                        let span = Span::new(source, begun..range.end.max(begun));
                        documents.push(Document { root: builder.finish(), span });
                        begun = range.end;
                    }
                    event => builder.take(event, range),
                }
            }
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
                let bracket = builder.open_bracket();
                builder.abandon();
                let end = next_document(text, at);
                let report = errors::syntax(source, text, at, begun..end, error.kind());
                builder.sink.push(match bracket.filter(|_| errors::is_of_brackets(error.kind())) {
                    Some(place) => report.also(Span::new(source, place..place + 1), "this is not closed yet"),
                    None => report,
                });
                documents.push(Document { root: None, span: Span::new(source, begun..end) });
                begun = end;
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    documents
}

/// Where the next document begins behind a place.
fn next_document(text: &str, at: usize) -> usize {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..].find("\n---").map_or(text.len(), |found| (line + found + 1).max(at))
}

/// A value, and what aliases to it would count.
#[derive(Clone)]
struct Built {
    node: Rc<Node>,
    size: usize,
    depth: usize,
}

/// A map or list that is being read.
struct Frame {
    start: usize,
    anchor: usize,
    style: Style,
    size: usize,
    depth: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Rc<Node>>),
    Map(Map),
}

#[derive(Default)]
struct Map {
    entries: Vec<Entry>,
    /// Where each key is among the entries.
    keys: HashMap<String, usize>,
    /// The maps behind `<<`.
    merged: Vec<Rc<Node>>,
    next: Next,
    /// Whether it is a template expression, `{{ … }}`, instead.
    is_template: bool,
}

/// What is expected next in a map.
#[derive(Default)]
enum Next {
    #[default]
    Key,
    /// The value of this key; of none if the key could not be used, which was reported.
    Value(Option<Spanned<String>>),
    /// The value of a `<<`.
    Merged,
}

struct Builder<'a> {
    source: SourceId,
    text: &'a str,
    sink: &'a mut Diagnostics,
    frames: Vec<Frame>,
    anchors: BTreeMap<usize, Built>,
    aliased: usize,
    root: Option<Rc<Node>>,
    /// Where the last value ended.
    end: usize,
}

impl<'a> Builder<'a> {
    fn new(source: SourceId, text: &'a str, sink: &'a mut Diagnostics) -> Self {
        let anchors = BTreeMap::new();
        Self { source, text, sink, frames: Vec::new(), anchors, aliased: 0, root: None, end: 0 }
    }

    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.source, range)
    }

    /// The root of the document that ends.
    fn finish(&mut self) -> Option<Rc<Node>> {
        let root = self.root.take();
        self.abandon();
        root
    }

    fn abandon(&mut self) {
        self.frames.clear();
        self.anchors.clear();
        self.aliased = 0;
        self.root = None;
    }

    /// Where the innermost list or map in brackets begins that is not closed.
    fn open_bracket(&self) -> Option<usize> {
        self.frames.iter().rev().find(|frame| frame.style == Style::Enclosed).map(|frame| frame.start)
    }

    fn take(&mut self, event: Event<'_>, range: std::ops::Range<usize>) {
        match event {
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), range),
            Event::Alias(id) => self.alias(id, range),
            Event::UnresolvedAlias(_) => {
                self.sink.push(errors::no_anchor(self.span(range.clone())));
                self.placeholder(range);
            }
            Event::SequenceStart(style, anchor, _) => self.open(Kind::List(Vec::new()), style, anchor, range),
            Event::MappingStart(style, anchor, _) => self.open(Kind::Map(Map::default()), style, anchor, range),
            Event::SequenceEnd | Event::MappingEnd => self.close(range),
            _ => {}
        }
    }

    fn open(&mut self, kind: Kind, style: StructureStyle, anchor: usize, range: std::ops::Range<usize>) {
        let style = if style == StructureStyle::Flow { Style::Enclosed } else { Style::Plain };
        self.frames.push(Frame { start: range.start, anchor, style, size: 1, depth: 1, kind });
    }

    fn close(&mut self, range: std::ops::Range<usize>) {
        let Some(frame) = self.frames.pop() else { return };
        let end = if frame.style == Style::Enclosed { range.end } else { self.end.max(frame.start) };
        self.end = end;
        let value = match frame.kind {
            Kind::List(items) => Value::List(items),
            Kind::Map(map) if map.is_template => Value::Unread,
            Kind::Map(map) => Value::Map(map.with_merged()),
        };
        let node = Rc::new(Node { span: self.span(frame.start..end), value, style: frame.style });
        self.put(Built { node, size: frame.size, depth: frame.depth }, frame.anchor);
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        range: std::ops::Range<usize>,
    ) {
        let is_plain = style == ScalarStyle::Plain;
        let range = if range.is_empty() { self.nothing(range.start) } else { range };
        let end = range.start + self.text[range.clone()].trim_end_matches(['\n', '\r', ' ']).len();
        let span = self.span(range.start..end);
        self.end = end;
        let value = match tag.and_then(Tag::core_suffix) {
            Some("str") => Scalar::Text(text.to_owned()),
            Some(_) => plain(text),
            None if is_plain && tag.is_none() => plain(text),
            None => Scalar::Text(text.to_owned()),
        };
        let value = match value {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Int(value) => Value::Int(value),
            Scalar::Float(value) if !value.is_finite() => {
                self.sink.push(errors::no_json_number(span, text));
                Value::Unread
            }
            Scalar::Float(value) => Value::Float(value),
            Scalar::Text(value) => Value::Text(value),
        };
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Enclosed,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Lines,
        };
        self.put(Built { node: Rc::new(Node { span, value, style }), size: 1, depth: 1 }, anchor);
    }

    /// The place of what is not written at all: the parser may have looked for it as far as on the next line. Of an item it
    /// is the `-`, which is all that there is of it.
    fn nothing(&self, at: usize) -> std::ops::Range<usize> {
        let before = self.text[..at].trim_end();
        let is_item = before.len() > self.end && before.ends_with('-');
        if is_item { before.len() - 1..before.len() } else { self.end..self.end }
    }

    fn placeholder(&mut self, range: std::ops::Range<usize>) {
        self.end = range.end;
        let node = Rc::new(Node { span: self.span(range), value: Value::Unread, style: Style::Plain });
        self.put(Built { node, size: 1, depth: 1 }, 0);
    }

    fn alias(&mut self, id: usize, range: std::ops::Range<usize>) {
        let span = self.span(range.clone());
        let name = self.text[range.clone()].to_owned();
        let Some(built) = self.anchors.get(&id).cloned() else {
            self.sink.push(errors::alias_of_itself(span, &name));
            return self.placeholder(range);
        };
        let before = self.aliased;
        self.aliased = before.saturating_add(built.size);
        if self.aliased > MOST_ALIASED || self.frames.len() + built.depth > DEEPEST {
            // Said once, for there may be many.
            if before <= MOST_ALIASED {
                self.sink.push(errors::aliases_too_large(span, &name, MOST_ALIASED, DEEPEST));
                self.aliased = MOST_ALIASED + 1;
            }
            return self.placeholder(range);
        }
        self.end = range.end;
        self.put(built, 0);
    }

    /// A value is complete: it is added to its parent.
    fn put(&mut self, built: Built, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(built.node);
            return;
        };
        frame.size = frame.size.saturating_add(built.size);
        frame.depth = frame.depth.max(built.depth + 1);
        match &mut frame.kind {
            Kind::List(items) => items.push(built.node),
            Kind::Map(map) => match std::mem::take(&mut map.next) {
                Next::Key => {
                    map.is_template |= frame.style == Style::Enclosed && is_enclosed_map(&built.node);
                    map.next = if is_merge(&built.node) {
                        Next::Merged
                    } else {
                        Next::Value(key(&built.node, self.text, self.sink))
                    };
                }
                Next::Value(Some(key)) => map.insert(key, built.node, self.sink),
                Next::Value(None) => {}
                Next::Merged => map.merge(&built.node, self.sink),
            },
        }
    }
}

fn is_enclosed_map(key: &Node) -> bool {
    key.style == Style::Enclosed && matches!(key.value, Value::Map(_) | Value::Unread)
}

fn is_merge(key: &Node) -> bool {
    key.style == Style::Plain && matches!(&key.value, Value::Text(text) if text == "<<")
}

/// The key that a node is, as kubectl makes a text of it.
fn key(node: &Node, text: &str, sink: &mut Diagnostics) -> Option<Spanned<String>> {
    let written = &text[node.span.range()];
    let read: Cow<'_, str> = match &node.value {
        Value::Text(text) => return Some(Spanned::new(text.clone(), node.span)),
        Value::Bool(value) => value.to_string().into(),
        Value::Int(value) => value.to_string().into(),
        Value::Float(value) => value.to_string().into(),
        Value::Null => {
            sink.push(errors::no_key(node.span));
            return None;
        }
        Value::List(_) | Value::Map(_) => {
            sink.push(errors::key_of_many(node.span, text));
            return None;
        }
        Value::Unread => return None,
    };
    if node.style == Style::Plain && written != read {
        sink.push(errors::key_read_as(node.span, written, &read));
    }
    Some(Spanned::new(read.into_owned(), node.span))
}

impl Map {
    fn insert(&mut self, key: Spanned<String>, value: Rc<Node>, sink: &mut Diagnostics) {
        if let Some(first) = self.keys.get(&key.value) {
            sink.push(errors::given_twice(&key, self.entries[*first].key.span));
            return;
        }
        self.keys.insert(key.value.clone(), self.entries.len());
        self.entries.push(Entry { key, value });
    }

    fn merge(&mut self, value: &Rc<Node>, sink: &mut Diagnostics) {
        let maps = match &value.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(value),
        };
        for map in maps {
            match &map.value {
                Value::Map(_) => self.merged.push(Rc::clone(map)),
                Value::Unread => {}
                _ => sink.push(errors::merge_of_no_map(map.span)),
            }
        }
    }

    /// The entries, and those of the merged maps that are not given.
    fn with_merged(mut self) -> Vec<Entry> {
        for map in &self.merged {
            let Value::Map(entries) = &map.value else { continue };
            for entry in entries {
                if !self.keys.contains_key(&entry.key.value) {
                    self.keys.insert(entry.key.value.clone(), self.entries.len());
                    self.entries.push(entry.clone());
                }
            }
        }
        self.entries
    }
}
