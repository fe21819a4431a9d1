//! What the tests share: the check of a text, the form of a snapshot, and the files of a folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pipelinec::diag::render::{self, Options};
use pipelinec::diag::{Diagnostic, Diagnostics};
use pipelinec::source::SourceMap;
use pipelinec::syntax::{self, ast};

use crate::root;

/// A project with a permanent environment and one for each change, for a program in a test.
pub const PROJECT: &str = r#"
project acme {
  gitops { repo = "github.com/acme/gitops", credentials = gitops }
  github { webhook = "https://hooks.acme.io", credentials = github }
  registry { host = "registry.acme.io" }
}
secret github { keys = ["token", "webhookSecret"] }
secret gitops { keys = ["token"] }
environment production
environment staging { copy-of = production, ttl = 2h }
"#;

/// One text as a program of one file.
pub fn sources(name: &str, text: &str) -> SourceMap {
    SourceMap::new([(name.to_owned(), text.to_owned())])
}

/// The tree of a text and its diagnostics.
pub fn parse(sources: &SourceMap) -> (ast::File, Vec<Diagnostic>) {
    let (id, file) = sources.iter().next().expect("there is one file");
    let mut sink = Diagnostics::default();
    let tree = syntax::parse(id, file, &mut sink);
    (tree, sink.into_sorted())
}

/// All that the parser has to say about a text.
pub fn check(text: &str) -> Vec<Diagnostic> {
    parse(&sources("test.pipe", text)).1
}

/// The files with which a text with an error is compiled: those of its line `# with: base.pipe shop.pipe`, which lie in
/// `tests/errors`. With a line `# saved as: utf-16` it is in that encoding.
pub fn program(name: &str, text: &str) -> SourceMap {
    let with = text.lines().nth(1).and_then(|line| line.strip_prefix("# with:")).unwrap_or_default();
    let part = |file: &str| (file.to_owned(), part(file, text).into_bytes());
    let encoding = text.lines().find_map(|line| line.strip_prefix("# saved as: ")).unwrap_or_default();
    let own = (name.to_owned(), saved_as(encoding, text));
    SourceMap::decoded(with.split_whitespace().map(part).chain([own]))
}

/// A file of `tests/errors` as a text is completed by it: where the text has a pipeline, without the environment and the
/// task that only it would use and does not name.
pub fn part(file: &str, text: &str) -> String {
    let path = root().join("tests/errors").join(file);
    let part = std::fs::read_to_string(path).expect("a file of a program can be read");
    let unused = |line: &str| {
        let declares = |head: &str, name: &str| line.trim_start().starts_with(head) && !text.contains(name);
        text.contains("pipeline")
            && (declares("environment staging ", "staging") || declares("task migrations ", "migrations"))
    };
    // The lines keep their numbers.
    part.lines().map(|line| format!("{}\n", if unused(line) { "" } else { line })).collect()
}

/// A text in an encoding; UTF-8 if it is none of these.
pub fn saved_as(encoding: &str, text: &str) -> Vec<u8> {
    let latin = |c: char| u8::try_from(u32::from(c)).expect("Latin-1 has the character");
    match encoding {
        "latin-1" => text.chars().map(latin).collect(),
        "utf-16" => "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        "zip" => [b"PK\x03\x04", text.as_bytes()].concat().into_iter().map(|byte| byte | 0x80).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

/// As a user sees it in a terminal of 80 columns, with the fix below, for there is nothing else to see it by.
pub fn rendered(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    let mut out = render::pretty(diagnostics, sources, Options { color: false, width: 80 });
    for fix in diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref()) {
        for (span, text) in &fix.edits {
            let file = sources.file(span.source);
            let (from, to) = (file.position(span.range().start), file.position(span.range().end));
            let (from, to) = ((from.line + 1, from.column + 1), (to.line + 1, to.column + 1));
            let _ = writeln!(out, "fix: {}: {from:?}..{to:?} -> {text:?}", fix.title);
        }
    }
    let _ = writeln!(out, "{}\n{}", render::summary(diagnostics), render::short(diagnostics, sources));
    out
}

/// The files with an ending below a folder of `tests`, sorted.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let root = root().join("tests").join(folder);
    let mut found: Vec<_> = walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.expect("the fixtures can be listed").into_path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    found.sort();
    found
}

/// The bytes of files of `tests`, by their names.
pub fn bytes(folder: &str, endings: &[&str]) -> Vec<(String, Vec<u8>)> {
    let paths = endings.iter().flat_map(|ending| files(folder, ending));
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8").to_owned();
    paths.map(|path| (name(&path), std::fs::read(&path).expect("a file can be read"))).collect()
}

/// Holds a text against the snapshot `<name>.snap` in a folder.
pub fn snapshot(folder: &Path, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.remove_snapshot_suffix();
    settings.remove_input_file();
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The end of a path: a folder and a file, with `/`.
pub fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).expect("a fixture has a name in UTF-8")
}
