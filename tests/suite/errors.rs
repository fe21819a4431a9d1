//! Each text in `tests/errors/<CODE>` gives the codes of its first line, and what its snapshot shows.

use pipelinec::compile::compile;
use pipelinec::diag::{Code, Diagnostic};
use testkit::errors::cases;
use testkit::fixtures::{program, rendered, snapshot, stem};

#[test]
fn each_text_gives_the_expected_codes_and_words() {
    let mut wrong = Vec::new();
    for case in cases() {
        let (sources, diagnostics) = case.said();
        let found: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
        let expected = case.expected();
        if found != expected {
            wrong.push(format!("{}: expected {expected:?}, found {found:?}", case.path.display()));
        }
        snapshot(case.folder(), stem(&case.path), &rendered(sources, diagnostics));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_files_that_texts_are_compiled_with_are_right() {
    let found = compile(&program("all.pipe", "\n# with: base.pipe shop.pipe\n")).diagnostics;
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn each_code_has_a_text_that_shows_it() {
    let cases = cases();
    // Those of manifests have theirs in `tests/verify`.
    for code in Code::ALL.iter().filter(|code| !code.as_str().starts_with("E07")) {
        let folder = format!("errors/{code}");
        let shown =
            cases.iter().any(|case| case.folder().ends_with(&folder) && case.expected().contains(&code.as_str()));
        assert!(shown, "no text shows {code}: {}", code.title());
    }
}

#[test]
fn each_error_says_what_to_do() {
    for case in cases() {
        for diagnostic in case.said().1 {
            let said = !diagnostic.help.is_empty() && diagnostic.help.iter().all(|line| !line.trim().is_empty());
            assert!(said, "{}: {}", case.path.display(), diagnostic.message);
        }
    }
}

#[test]
fn each_fix_removes_its_error_and_causes_no_other() {
    for case in cases() {
        let before = case.said().1;
        for diagnostic in before.iter().filter(|diagnostic| diagnostic.fix.is_some()) {
            let after = case.diagnostics(&case.sources(&fixed(&case.text, diagnostic)));
            let expected = before.len() - 1;
            let path = case.path.display();
            assert_eq!(after.len(), expected, "{path}: {} is not fixed by its fix: {after:?}", diagnostic.message);
        }
    }
}

fn fixed(text: &str, diagnostic: &Diagnostic) -> String {
    let mut edits = diagnostic.fix.clone().expect("there is a fix").edits;
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    // A byte order mark is no part of the text that the places are in.
    let mut text = text.trim_start_matches('\u{feff}').to_owned();
    edits.iter().for_each(|(span, new)| text.replace_range(span.range(), new));
    text
}
