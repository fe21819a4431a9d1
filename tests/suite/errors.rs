//! Each text in `tests/errors` gives the codes of its first line, and what its snapshot shows.

use pipelinec::diag::{Code, Diagnostic};

use crate::fixtures::{check, files, rendered, snapshot, stem};

#[test]
fn each_text_gives_the_expected_codes_and_words() {
    let mut wrong = Vec::new();
    for path in files("errors", "pipe") {
        let text = std::fs::read_to_string(&path).expect("a fixture is text");
        let expected = expected(&text);
        let diagnostics = check(&text);
        let found: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
        let folder = path.parent().expect("a fixture lies in a folder");
        if found != expected {
            wrong.push(format!("{}: expected {expected:?}, found {found:?}", path.display()));
        }
        let name = format!("{}.pipe", stem(&path));
        snapshot(folder, stem(&path), &rendered(&name, &text, &diagnostics));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_code_has_a_text_that_shows_it() {
    let shown: Vec<_> = files("errors", "pipe").iter().map(|path| path.display().to_string()).collect();
    for code in Code::ALL {
        let folder = format!("/errors/{code}/");
        assert!(shown.iter().any(|path| path.contains(&folder)), "no text shows {code}: {}", code.title());
    }
}

#[test]
fn each_fix_removes_its_mistake_and_makes_no_other() {
    for path in files("errors", "pipe") {
        let text = std::fs::read_to_string(&path).expect("a fixture is text");
        let before = check(&text);
        for diagnostic in before.iter().filter(|diagnostic| diagnostic.fix.is_some()) {
            let after = check(&mended(&text, diagnostic));
            let expected = before.len() - 1;
            assert_eq!(after.len(), expected, "{}: {} is not mended by its fix", path.display(), diagnostic.message);
        }
    }
}

fn mended(text: &str, diagnostic: &Diagnostic) -> String {
    let mut edits = diagnostic.fix.clone().expect("there is a fix").edits;
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut text = text.to_owned();
    edits.iter().for_each(|(span, new)| text.replace_range(span.range(), new));
    text
}

/// The codes after `# expect:`, which a change of snapshots cannot bless away.
fn expected(text: &str) -> Vec<&str> {
    let first = text.lines().next().unwrap_or_default().trim_start_matches('\u{feff}');
    let codes = first.strip_prefix("# expect:").expect("a fixture begins with `# expect:`");
    codes.split_whitespace().collect()
}
