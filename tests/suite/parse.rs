//! The trees that the parser makes of the inputs in `tests/passes`. It also reads the programs in `tests/syntax`, which
//! only have to follow the grammar: most of them are parts of a project, or use blocks and attributes that the language
//! does not have.

use std::fmt::Write as _;
use std::path::Path;

use pipelinec::source::{SourceFile, Span};
use pipelinec::syntax::ast::{Attr, File, Item, Label, Ref, Segment, Text, Value};

use testkit::fixtures::{files, parse, rendered, snapshot, sources, stem};

#[test]
fn the_tree_of_each_input_is_as_shown() {
    for path in files("passes", "pipe") {
        let text = std::fs::read_to_string(&path).expect("an input is text");
        let sources = sources("input.pipe", &text);
        let (tree, diagnostics) = parse(&sources);
        assert!(diagnostics.is_empty(), "{}", rendered(&sources, &diagnostics));
        let folder = path.parent().expect("an input lies in a folder");
        snapshot(folder, "ast", &dump(&tree, sources.file(tree.source)));
    }
}

#[test]
fn programs_that_follow_the_grammar_are_parsed_without_an_error() {
    let paths = files("syntax", "pipe");
    assert!(!paths.is_empty());
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a program is text");
        let sources = sources(stem(Path::new(&path)), &text);
        let (tree, diagnostics) = parse(&sources);
        assert!(diagnostics.is_empty(), "{}", rendered(&sources, &diagnostics));
        assert!(!tree.items.is_empty());
    }
}

/// The tree with its places, one node a line: `2:3-2:9 attr port`.
fn dump(tree: &File, file: &SourceFile) -> String {
    let mut dumper = Dumper { out: String::new(), file };
    tree.items.iter().for_each(|item| dumper.item(0, item));
    dumper.out
}

struct Dumper<'a> {
    out: String,
    file: &'a SourceFile,
}

impl Dumper<'_> {
    fn line(&mut self, depth: usize, span: Span, text: &str) {
        let (start, end) = (self.file.position(span.range().start), self.file.position(span.range().end));
        let place = format!("{}:{}-{}:{}", start.line + 1, start.column + 1, end.line + 1, end.column + 1);
        let _ = writeln!(self.out, "{place:<12} {}{text}", "  ".repeat(depth));
    }

    fn item(&mut self, depth: usize, item: &Item) {
        match item {
            Item::Attr(attr) => self.attr(depth, attr),
            Item::Block(block) => {
                let label = match &block.label {
                    Some(Label::Ref(reference)) => format!(" {reference}"),
                    Some(Label::Text(text)) => format!(" {:?}", text.value),
                    None => String::new(),
                };
                let environment = block.environment.as_ref().map(|name| format!(" (in {})", name.value));
                let head = format!("block {}{label}{}", block.word.value, environment.unwrap_or_default());
                self.line(depth, block.head(), &head);
                if let Some(body) = &block.body {
                    self.line(depth + 1, body.span, "body");
                    body.items.iter().for_each(|item| self.item(depth + 2, item));
                }
            }
            Item::Broken(span) => self.line(depth, *span, "broken"),
        }
    }

    fn attr(&mut self, depth: usize, attr: &Attr) {
        self.line(depth, attr.key.span, &format!("attr {}", attr.key.value));
        self.value(depth + 1, &attr.value);
    }

    fn value(&mut self, depth: usize, value: &Value) {
        let span = value.span();
        match value {
            Value::Text(text) => self.text(depth, text),
            Value::Range(low, high) => self.line(depth, span, &format!("range {} to {}", low.value, high.value)),
            Value::Quantity(measure) => self.line(depth, span, &format!("measure {}", measure.value)),
            Value::Bool(value) => self.line(depth, span, &format!("bool {}", value.value)),
            Value::Ref(reference) => self.reference(depth, reference),
            Value::List(list) => {
                self.line(depth, span, "list");
                list.values.iter().for_each(|value| self.value(depth + 1, value));
            }
            Value::Map(map) => {
                self.line(depth, span, "map");
                map.entries.iter().for_each(|entry| self.attr(depth + 1, entry));
            }
        }
    }

    fn reference(&mut self, depth: usize, reference: &Ref) {
        let parts: Vec<_> = reference.parts.iter().map(|part| part.value.as_str()).collect();
        self.line(depth, reference.span, &format!("ref {}", parts.join(" . ")));
    }

    fn text(&mut self, depth: usize, text: &Text) {
        match text.segments.as_slice() {
            [] => self.line(depth, text.span, "text \"\""),
            [Segment::Literal(literal)] => self.line(depth, text.span, &format!("text {literal:?}")),
            segments => {
                self.line(depth, text.span, "text");
                for segment in segments {
                    match segment {
                        Segment::Literal(literal) => {
                            let _ = writeln!(self.out, "{:13}{}{literal:?}", "", "  ".repeat(depth + 1));
                        }
                        Segment::Variable(variable) => self.reference(depth + 1, variable),
                    }
                }
            }
        }
    }
}
