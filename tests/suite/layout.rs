//! What `fmt` makes of a text: the canonical layout, and nothing else than that.
//!
//! Beside the shown pairs in `tests/format` there are properties, held by every text of this repository, by the same texts
//! in random layouts, and by random damage to them: formatting again changes nothing, the meaning and the errors are the
//! same, every comment is there, in its place in the order, and what cannot be read is as it was.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pipelinec::compile::compile;
use pipelinec::diag::Diagnostics;
use pipelinec::format::format;
use pipelinec::source::{SourceMap, Span};
use pipelinec::syntax::ast::{Attr, Item, Segment, Value};
use pipelinec::syntax::tokens::TokenKind;
use pipelinec::syntax::{MAX_DEPTH, Parsed, parse_with_tokens, reindent};
use proptest::prelude::*;
use testkit::property;

use crate::recovery::{Random, TOKENS, hostile_heads, hostile_patterns};
use testkit::compiled::folders;
use testkit::fixtures::{files, program, snapshot, sources, stem};
use testkit::pages::{PAGES, fences};

/// What the language knows of a text, and what is wrong with it.
struct Read {
    sources: SourceMap,
    parsed: Parsed,
    codes: Vec<&'static str>,
}

impl Read {
    fn of(text: &str) -> Self {
        let sources = sources("test.pipe", text);
        let mut sink = Diagnostics::default();
        let (id, file) = sources.iter().next().expect("there is one file");
        let parsed = parse_with_tokens(id, file, &mut sink);
        let codes = sink.into_sorted().iter().map(|found| found.code.as_str()).collect();
        Self { sources, parsed, codes }
    }

    fn formatted(&self) -> String {
        format(self.sources.file(self.parsed.tree.source), &self.parsed)
    }

    fn tokens(&self) -> impl Iterator<Item = (TokenKind, &str)> {
        self.parsed.tokens.iter().map(|token| (token.kind, self.sources.slice(token.span)))
    }

    /// All comments, in order, without the spaces behind them.
    fn comments(&self) -> Vec<&str> {
        self.tokens()
            .filter(|(kind, _)| *kind == TokenKind::Comment)
            .map(|(_, text)| text.trim_end_matches([' ', '\t']))
            .collect()
    }

    /// All other tokens, in order; `;` for what separates two items. Texts are compared by their value.
    fn meaning(&self) -> (Vec<&str>, Vec<String>) {
        let mut shape: Vec<&str> = Vec::new();
        let mut separated = false;
        for (kind, text) in self.tokens() {
            if matches!(kind, TokenKind::Newline | TokenKind::Comma) {
                separated = true;
            } else if kind != TokenKind::Comment {
                if separated && kind != TokenKind::Close && !matches!(shape.last(), None | Some(&("{" | "["))) {
                    shape.push(";");
                }
                // What is too deep extends to the end of the file.
                shape.push(if kind == TokenKind::Text { "text" } else { text.trim_end() });
                separated = false;
            }
        }
        let mut texts = Vec::new();
        self.parsed.tree.items.iter().for_each(|item| texts_of(item, &mut texts));
        (shape, texts)
    }
}

fn texts_of(item: &Item, texts: &mut Vec<String>) {
    match item {
        Item::Attr(attr) => texts_in(attr, texts),
        Item::Block(block) => block.items().iter().for_each(|item| texts_of(item, texts)),
        Item::Broken(_) => {}
    }
}

fn texts_in(attr: &Attr, texts: &mut Vec<String>) {
    let segment = |segment: &Segment| match segment {
        Segment::Literal(literal) => literal.clone(),
        Segment::Variable(variable) => format!("${{{variable}}}"),
    };
    let mut values = vec![&attr.value];
    while let Some(value) = values.pop() {
        match value {
            Value::Text(text) => texts.push(text.segments.iter().map(segment).collect()),
            Value::List(list) => values.extend(list.values.iter().rev()),
            Value::Map(map) => values.extend(map.entries.iter().rev().map(|entry| &entry.value)),
            Value::Range(..) | Value::Quantity(_) | Value::Bool(_) | Value::Ref(_) => {}
        }
    }
}

/// The canonical layout of a text, of which everything holds that has to.
#[track_caller]
fn formatted(text: &str) -> String {
    let before = Read::of(text);
    let result = before.formatted();
    let after = Read::of(&result);
    let said = || format!("of\n{text}\n{text:?}\nbecame\n{result}");
    assert_eq!(after.codes, before.codes, "the errors {}", said());
    assert_eq!(after.comments(), before.comments(), "the comments {}", said());
    assert_eq!(after.meaning(), before.meaning(), "the meaning {}", said());
    let again = after.formatted();
    assert!(again == result, "and then\n{again}\n{}", said());
    let mut rest = result.as_str();
    for span in &before.parsed.broken {
        let broken = before.sources.slice(*span);
        let at = rest.find(broken).unwrap_or_else(|| panic!("{broken:?} was changed: {}", said()));
        rest = &rest[at + broken.len()..];
    }
    if before.parsed.broken.is_empty() {
        let clean = !result.starts_with(['\u{feff}', '\n']) && !result.ends_with("\n\n");
        assert!(clean && (result.is_empty() || result.ends_with('\n')), "the ends {}", said());
    }
    result
}

/// Every `*.pipe` file of this repository.
fn corpus() -> Vec<(PathBuf, String)> {
    let paths = files("", "pipe").into_iter().chain(files("../examples", "pipe"));
    let texts: Vec<_> =
        paths.map(|path| (path.clone(), std::fs::read_to_string(path).expect("a source is text"))).collect();
    assert!(texts.len() > 200, "only {} files were found", texts.len());
    texts
}

#[test]
fn each_text_gets_the_layout_that_is_shown() {
    let paths = files("format", "pipe");
    assert!(!paths.is_empty());
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a fixture is text");
        snapshot(path.parent().expect("a fixture lies in a folder"), stem(&path), &formatted(&text));
    }
}

/// A document with each of its programs in canonical layout.
fn with_canonical_programs(document: &str) -> String {
    let mut result = String::new();
    let mut rest = document;
    for fence in fences(document).iter().filter(|fence| fence.info.split(',').next() == Some("pipe")) {
        let block = |program: &str| format!("```{}\n{program}```", fence.info);
        let shown = block(&fence.text);
        let at = rest.find(&shown).expect("the block is in the document");
        result.push_str(&rest[..at]);
        result.push_str(&block(&formatted(&fence.text)));
        rest = &rest[at + shown.len()..];
    }
    result + rest
}

/// What people read and copy has the layout that they get.
#[test]
fn examples_and_documents_are_in_canonical_layout() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = files("../examples", "pipe").into_iter();
    let documents = PAGES.map(|path| root.join(path));
    let pages = files("../src/diag/codes", "md").into_iter().chain(files("../src/diff/risks", "md"));
    let mut programs = 0;
    let mut wrong = Vec::new();
    for path in sources.chain(documents).chain(pages) {
        let text = std::fs::read_to_string(&path).expect("a document is text");
        let is_source = path.extension().is_some_and(|extension| extension == "pipe");
        let canonical = if is_source { formatted(&text) } else { with_canonical_programs(&text) };
        programs += if is_source { 1 } else { fences(&text).len() };
        if canonical != text && std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, canonical).expect("a document can be written");
        } else if canonical != text {
            let line = canonical.lines().zip(text.lines()).position(|(new, old)| new != old).unwrap_or_default() + 1;
            wrong.push(format!("{}, line {line}", path.display()));
        }
    }
    assert!(programs > 150, "only {programs} programs were found");
    assert!(wrong.is_empty(), "not in canonical layout; run `tests/renew`:\n{}", wrong.join("\n"));
}

#[test]
fn line_ends_marks_and_the_last_line_are_the_same_everywhere() {
    let expected = "# c\na = 1\n\nb = \"\"\"\n  x\n  \"\"\"\n";
    for text in [
        expected.to_owned(),
        expected.replace('\n', "\r\n"),
        format!("\u{feff}{expected}"),
        expected.trim_end().to_owned(),
        format!("\n\n  {expected}\n \t \n"),
    ] {
        assert_eq!(formatted(&text), expected, "of {text:?}");
    }
    // Carriage returns alone separate as well, but inside of a text they are its own.
    assert_eq!(formatted("# c\ra=1\r\rb=2"), "# c\na = 1\n\nb = 2\n");
    assert_eq!(formatted("a = \"\"\"\n x\r y\n \"\"\"\n"), "a = \"\"\"\n x\r y\n \"\"\"\n");
    // A mark that is none stays one that is none.
    assert_eq!(formatted("\n\u{feff}a=1\n"), "\n\u{feff}a=1\n");
    assert_eq!(formatted("a=1\n\u{feff}a=1\n"), "a = 1\n\u{feff}a=1\n");
    for nothing in ["", "\n\n", "\u{feff}", " \t", ",\n,"] {
        assert_eq!(formatted(nothing), "", "of {nothing:?}");
    }
}

#[test]
fn every_source_of_this_repository_keeps_what_it_says() {
    for (_, text) in corpus() {
        formatted(&text);
    }
}

/// Those of `tests/errors` that are whole programs: what is said of them has to be the same, and so the trees.
#[test]
fn formatted_programs_compile_to_the_same_trees_and_errors() {
    let mut programs: BTreeMap<PathBuf, Vec<(String, String)>> = BTreeMap::new();
    for (path, text) in corpus() {
        let folder = path.parent().expect("a source lies in a folder").to_owned();
        if path.components().any(|part| part.as_os_str() == "errors") {
            let all = program("main.pipe", &text);
            let files = all.iter().map(|(_, file)| (file.path().to_owned(), file.text().to_owned()));
            programs.insert(path, files.collect());
        } else {
            programs.entry(folder).or_default().push((path.display().to_string(), text));
        }
    }
    let mut trees = 0;
    for (path, files) in programs {
        let other: Vec<_> = files.iter().map(|(name, text)| (name.clone(), formatted(text))).collect();
        // The same text is the same program.
        if other == files {
            continue;
        }
        let compiled = |files: Vec<(String, String)>| {
            let compilation = compile(&SourceMap::new(files));
            let codes: Vec<_> = compilation.diagnostics.iter().map(|found| found.code).collect();
            (codes, compilation.trees)
        };
        let after = compiled(other);
        trees += after.1.len();
        assert!(after == compiled(files), "{} means something else", path.display());
    }
    assert!(trees > 20, "only {trees} trees were compared");
}

/// The same text in another layout, with comments of its own: what stands between tokens is random.
fn shaken(read: &Read, random: &mut Random) -> String {
    let tokens: Vec<_> = read.tokens().filter(|(kind, _)| *kind != TokenKind::Comment).collect();
    let mut text = String::new();
    if random.below(4) == 0 {
        text.push('\u{feff}');
    }
    let mut depth = 0;
    let mut last = TokenKind::Open;
    let mut comments = 0;
    for (at, &(kind, written)) in tokens.iter().enumerate() {
        if matches!(kind, TokenKind::Newline | TokenKind::Comma) {
            continue;
        }
        let separated = at == 0 || matches!(tokens[at - 1].0, TokenKind::Newline | TokenKind::Comma);
        if separated || last == TokenKind::Open || kind == TokenKind::Close {
            // Before the first item, and behind the last, there need not be anything.
            let must = last != TokenKind::Open && kind != TokenKind::Close;
            separators(&mut text, must, depth, &mut comments, random);
        } else {
            let word = |kind| matches!(kind, TokenKind::Word | TokenKind::String | TokenKind::Text);
            let spaces = random.below(3) + usize::from(word(last) && word(kind));
            (0..spaces).for_each(|_| text.push([' ', '\t'][random.below(2)]));
        }
        match kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth -= 1,
            _ => {}
        }
        if kind == TokenKind::Text && written.contains('\n') && random.below(2) == 0 {
            text.push_str(&reindent(written, ["  ", "\t", " \t  "][random.below(3)]));
        } else {
            text.push_str(written);
        }
        last = kind;
    }
    separators(&mut text, false, 0, &mut comments, random);
    text
}

fn separators(text: &mut String, must: bool, depth: usize, comments: &mut usize, random: &mut Random) {
    for round in 0..random.below(3) + usize::from(must) {
        let first = round == 0 && must;
        match random.below(if first { 7 } else { 8 }) {
            0 | 1 => text.push_str([",", " , "][random.below(2)]),
            2 | 3 => text.push_str(["\n", "\r\n", "\r", "\n \t\n", "\n\n\n"][random.below(5)]),
            4..7 => {
                *comments += 1;
                let end = ["\n", "\r\n", "\r"][random.below(3)];
                let words = ["", " words", "\"", " { [", " } ] , ", "# é \t", " a = 1"][random.below(7)];
                text.push_str(&format!("#{comments}{words}{end}"));
            }
            _ => text.push_str([" ", "\t\t"][random.below(2)]),
        }
        // A word in column 0 would end all that is open.
        let indent = [" ", "   ", "\t"][random.below(3)];
        text.push_str(if depth == 0 && random.below(2) == 0 { "" } else { indent });
    }
}

#[test]
fn any_layout_of_a_program_is_formatted_to_the_same_program() {
    let mut random = Random(3);
    let mut count = 0;
    for (path, text) in corpus() {
        let original = Read::of(&text);
        if !original.codes.is_empty() {
            continue;
        }
        for _ in 0..3 {
            let other = shaken(&original, &mut random);
            let read = Read::of(&other);
            assert_eq!(read.codes, [""; 0], "{} is not the same in another layout:\n{other}", path.display());
            assert_eq!(read.meaning(), original.meaning(), "{}:\n{other}", path.display());
            formatted(&other);
            count += 1;
        }
    }
    assert!(count > 200, "only {count} texts were formatted");
}

#[test]
fn any_layout_of_an_example_compiles_to_the_same_trees() {
    let mut random = Random(4);
    let examples = folders("examples").into_iter().map(|folder| format!("../{folder}"));
    for folder in examples.chain(["manifests", "cases/hostile-text", "passes/layers"].map(str::to_owned)) {
        let files = files(&folder, "pipe");
        let texts: Vec<_> = files.iter().map(|path| std::fs::read_to_string(path).expect("a source")).collect();
        let named = |texts: Vec<String>| SourceMap::new((0..).map(|at: usize| format!("{at}.pipe")).zip(texts));
        let expected = compile(&named(texts.clone())).trees;
        assert!(!expected.is_empty());
        let other = texts.iter().map(|text| formatted(&shaken(&Read::of(text), &mut random))).collect();
        assert!(compile(&named(other)).trees == expected, "{folder} means something else");
    }
}

/// How many texts are tried. More of them: `MUTANTS=100000 cargo test --release --test suite layout`.
fn mutants(usual: usize) -> usize {
    std::env::var("MUTANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn a_damaged_program_is_not_formatted_where_it_is_broken() {
    let count = mutants(1_000);
    let corpus: Vec<_> = corpus().into_iter().map(|(_, text)| text).filter(|text| text.len() < 4_000).collect();
    let mut random = Random(5);
    let mut partly = 0;
    for _ in 0..count {
        let mut text = corpus[random.below(corpus.len())].clone();
        if random.below(2) == 0 {
            let read = Read::of(&text);
            if read.codes.is_empty() {
                text = shaken(&read, &mut random);
            }
        }
        for _ in 0..=random.below(3) {
            let ends: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let (from, len) = (random.below(ends.len()), random.below(3) * random.below(8));
            let to = ends[(from + len).min(ends.len() - 1)];
            let new = if random.below(3) == 0 { "" } else { TOKENS[random.below(TOKENS.len())] };
            text.replace_range(ends[from]..to, new);
        }
        let broken = Read::of(&text).parsed.broken;
        partly += usize::from(!broken.is_empty() && formatted(&text) != text);
    }
    assert!(partly * 4 > count, "only {partly} of {count} texts were formatted in part");
}

#[test]
fn random_tokens_are_formatted_or_left() {
    let mut random = Random(6);
    for round in 0..mutants(3_000) {
        let length = 1 + random.below(if round % 100 == 0 { 1_000 } else { 30 });
        formatted(&random.text(length));
    }
}

/// What costs a parser dear, over and over.
#[test]
fn hostile_texts_are_formatted_or_left() {
    for pattern in hostile_patterns() {
        for head in hostile_heads() {
            let text = format!("{head}{}", pattern.repeat(200 / pattern.len()));
            // Nothing but the indent, of which there is a limit, can make a text longer.
            assert!(formatted(&text).len() <= text.len() * 2 * MAX_DEPTH);
        }
    }
    // A line for each brace and bracket of 61, open or closed, and one for what is in the last.
    let deep = format!("a {{ b = {}1{} }}", "[{ k = ".repeat(30), "\n}]".repeat(30));
    assert_eq!(formatted(&deep).lines().count(), 2 * 61 + 1);
}

proptest! {
    #![proptest_config(property::cases(256))]

    #[test]
    fn any_characters_are_formatted_or_left(text in "\\PC{0,40}|[\\s\\S]{0,40}") {
        formatted(&text);
    }
}

#[test]
fn a_file_that_the_parser_gave_up_stays_as_it_is() {
    let text = "a   =   1\n";
    let mut read = Read::of(text);
    read.parsed.tokens.clear();
    read.parsed.broken = vec![Span::new(read.parsed.tree.source, 0..text.len())];
    assert_eq!(read.formatted(), text);
}

#[test]
fn all_but_white_space_is_a_token() {
    let mut random = Random(7);
    let texts = corpus().into_iter().map(|(_, text)| text).chain((0..500).map(|_| random.text(20)));
    for text in texts {
        let read = Read::of(&text);
        let mut at = 0;
        let ends =
            read.parsed.tokens.iter().map(|token| token.span.range()).chain(std::iter::once(text.len()..text.len()));
        for range in ends {
            let between = text.get(at..range.start).unwrap_or_else(|| panic!("tokens overlap in {text:?}"));
            assert!(between.chars().all(|c| " \t\u{feff}".contains(c)), "{between:?} is no token in {text:?}");
            at = range.end;
        }
    }
}
