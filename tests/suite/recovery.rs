//! The parser takes every text, reports where it must, and works no longer than the text is long.

use std::num::NonZeroUsize;

use pipelinec::diag::Code;
use pipelinec::diag::render::{self, Options};
use pipelinec::syntax::ast::{Item, Value};
use proptest::prelude::*;
use testkit::property;

use testkit::fixtures::{check, files, parse, sources};

/// What the random texts are made of: all signs of the grammar, and what editors and clipboards add.
pub const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "=",
    ",",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "\"",
    "\"\"\"",
    "${",
    "$",
    "\\",
    "\\u{",
    "in",
    "true",
    "app",
    "x-1",
    ".",
    "..",
    "80m",
    "-",
    "#",
    "//",
    "/*",
    "(",
    ")",
    ":",
    ";",
    "'",
    "“",
    "”",
    "«",
    "`",
    "é",
    "🙂",
    "\0",
    "\u{1b}",
    "\u{feff}",
    "\u{202e}",
    "\u{a0}",
    "a = 1",
    "app x {\n",
    "\napp",
    "  ",
    "}\n",
    "\"a\"",
    "${a.b}",
    "key = ",
    "\"\"\"\n",
];

/// Numbers that look random and are the same in each run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound
    }

    pub fn text(&mut self, tokens: usize) -> String {
        (0..tokens).map(|_| TOKENS[self.below(TOKENS.len())]).collect()
    }
}

/// Parses and renders; the places in the tree and in the reports must be places of the text.
fn survives(text: &str) {
    let sources = sources("test.pipe", text);
    let (tree, diagnostics) = parse(&sources);
    let broken = tree.items.iter().any(broken);
    assert!(!broken || !diagnostics.is_empty(), "something broken is not reported: {text:?}");
    for diagnostic in &diagnostics {
        assert!(text.get(diagnostic.primary.span.range()).is_some(), "{diagnostic:?} is outside of {text:?}");
    }
    let shown = render::pretty(&diagnostics, &sources, Options { color: false, width: 80 });
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "a control character is shown: {shown:?}");
    let lines = render::short(&diagnostics, &sources);
    assert_eq!(lines.lines().count(), diagnostics.len(), "one line each: {lines:?}");
}

fn broken(item: &Item) -> bool {
    match item {
        Item::Broken(_) => true,
        Item::Block(block) => block.items().iter().any(broken),
        Item::Attr(_) => false,
    }
}

#[test]
fn random_tokens_are_read_to_their_end() {
    let mut random = Random(1);
    for round in 0..4_000 {
        let length = 1 + random.below(if round % 100 == 0 { 1_000 } else { 24 });
        survives(&random.text(length));
    }
}

#[test]
fn a_delivery_with_a_random_cut_or_token_is_read_to_its_end() {
    let path = files("syntax", "pipe").into_iter().find(|path| path.ends_with("homelab.pipe")).expect("the example");
    let whole = std::fs::read_to_string(path).expect("the example is text");
    let mut random = Random(2);
    let ends: Vec<_> = whole.char_indices().map(|(at, _)| at).collect();
    for _ in 0..150 {
        let (from, to) = (ends[random.below(ends.len())], ends[random.below(ends.len())]);
        let (from, to) = (from.min(to), from.max(to).min(from.min(to) + 20));
        let to = (0..=to).rev().find(|&to| whole.is_char_boundary(to)).expect("0 is one");
        let text = format!("{}{}{}", &whole[..from], TOKENS[random.below(TOKENS.len())], &whole[to.max(from)..]);
        survives(&text);
    }
}

/// What hostile texts begin with.
pub fn hostile_heads() -> impl Iterator<Item = String> {
    let many = ["{".repeat(60), "[\n".repeat(60)];
    ["", "a = \"", "a = \"\"\"", "a = [", "a {", "a = “"].map(str::to_owned).into_iter().chain(many)
}

/// How they continue, repeatedly.
pub fn hostile_patterns() -> impl Iterator<Item = String> {
    TOKENS.iter().map(|token| (*token).to_owned()).chain(
        [
            "\"a",
            "\"}",
            "\" }",
            "\"x }y",
            "\"${",
            "\"${a",
            "\"\\u{",
            "[\n",
            "[\na",
            "[ {\n",
            "{\n",
            "a{",
            "a={",
            "a={b=[",
            "a [",
            "a = \"",
            "a = \"\n",
            "a = \"\"\"\n",
            "a.",
            "a.\"b\".",
            "'a",
            "“a",
            "`a",
            "a(",
            "a(\"",
            "//a",
            "// }",
            "a b in c {",
            "a \"b {",
            "1..",
            "1m",
            "x y\n",
            "a\n{",
            "a =\n",
            "a = [b",
            "}\n",
            "a {\n}\n",
            " # {\n",
            "\n\n[",
            "a = b c, ",
        ]
        .map(str::to_owned),
    )
}

/// The steps of the parser are counted, so no clock decides. A grammar that reads a text again at each depth, or from
/// each quote to the end, takes thousands of steps a byte here.
#[test]
fn hostile_texts_take_few_steps_a_byte() {
    const BYTES: usize = 2_000;
    const STEPS: usize = 200;
    pest::set_call_limit(NonZeroUsize::new(BYTES * STEPS));
    for pattern in hostile_patterns() {
        for head in hostile_heads() {
            let text = format!("{head}{}", pattern.repeat(BYTES / pattern.len()));
            let sources = sources("test.pipe", &text);
            let (_, diagnostics) = parse(&sources);
            let stopped = diagnostics.iter().any(|found| found.code == Code::E0120 && found.primary.span.end == 0);
            assert!(!stopped, "more than {STEPS} steps a byte for {:?} and {pattern:?}", &head[..head.len().min(9)]);
        }
    }
}

#[test]
fn the_depth_has_a_limit_and_what_is_below_it_none() {
    let nested = |depth: usize| format!("a {{ b = {}1{} }}", "[".repeat(depth), "]".repeat(depth));
    assert!(check(&nested(pipelinec::syntax::MAX_DEPTH - 1)).is_empty());
    for depth in [64, 1_000, 10_000] {
        let codes: Vec<_> = check(&nested(depth)).iter().map(|found| found.code).collect();
        assert_eq!(codes, [Code::E0120], "at depth {depth}");
    }
}

#[test]
fn line_ends_do_not_change_the_value_of_a_text_block() {
    let text = "a {\n  b = \"\"\"\n    one\n\n      two\n    \"\"\"\n}\n";
    let value = |text: &str| {
        let sources = sources("test.pipe", text);
        let (tree, diagnostics) = parse(&sources);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        match &tree.items[..] {
            [Item::Block(block)] => match block.items() {
                [Item::Attr(attr)] => match &attr.value {
                    Value::Text(text) => text.segments.clone(),
                    other => panic!("{other:?} is no text"),
                },
                other => panic!("{other:?} is not one attribute"),
            },
            other => panic!("{other:?} is not one block"),
        }
    };
    assert_eq!(value(text), value(&text.replace('\n', "\r\n")));
}

#[test]
fn a_body_and_a_list_end_at_their_sign_whatever_follows() {
    let sources = sources("test.pipe", "a {\n  b = [\n    1\n  ] # é\n} # é\n");
    let (tree, diagnostics) = parse(&sources);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let Some(Item::Block(block)) = tree.items.first() else { panic!("{tree:?} is not one block") };
    let Some(Item::Attr(attr)) = block.items().first() else { panic!("{block:?} has not one attribute") };
    let body = block.body.as_ref().expect("a body").span;
    assert_eq!(sources.slice(attr.value.span()), "[\n    1\n  ]");
    assert!(sources.slice(body).ends_with("# é\n}"));
}

#[test]
fn a_line_of_a_list_may_have_a_brace_in_quotes() {
    assert!(check("a = [\n  tls.\"x{y\"\n  \"{\"\n]\n").is_empty());
}

#[test]
fn more_than_fifty_diagnostics_are_counted() {
    let text = "a = ?\n".repeat(60);
    let sources = sources("test.pipe", &text);
    let (_, diagnostics) = parse(&sources);
    let shown = render::pretty(&diagnostics, &sources, Options { color: false, width: 80 });
    assert_eq!(diagnostics.len(), 60);
    assert!(shown.ends_with("and 10 more diagnostics\n"), "{shown}");
}

proptest! {
    #![proptest_config(property::cases(256))]

    #[test]
    fn any_characters_are_read_to_their_end(text in "\\PC{0,40}|[\\s\\S]{0,40}") {
        survives(&text);
    }
}

#[test]
fn what_looks_foreign_in_a_text_is_text() {
    let script = "/* one\n   two */ \"x\"\n<<<<<<< HEAD\n=======\n>>>>>>> x\na = <<EOF\nb\nEOF\n";
    let block: String = script.lines().map(|line| format!("  {line}\n")).collect();
    let text = format!("a {{\n  b = \"\"\"\n{block}  \"\"\"\n  c = \"\\\"/*\"\n  d = \"src/*\", e = \"*/5\"\n}}\n");
    let sources = sources("a.pipe", &text);
    let (file, reports) = parse(&sources);
    assert_eq!(reports, []);
    let Item::Block(block) = &file.items[0] else { panic!("a block") };
    let Item::Attr(attr) = &block.items()[0] else { panic!("an attribute") };
    let Value::Text(value) = &attr.value else { panic!("a text") };
    assert_eq!(value.segments, [pipelinec::syntax::ast::Segment::Literal(script.trim_end().to_owned())]);
}
