//! The page of each code: it exists, its failing example gives exactly that code, and the fixed one compiles; or the
//! change of its example brings exactly that risk.

use std::collections::BTreeSet;
use std::path::PathBuf;

use pipelinec::compile::compile;
use pipelinec::diag::Code;
use pipelinec::diag::render::short;
use pipelinec::diff::{Trees, diff, risk};
use pipelinec::source::SourceMap;

use crate::verify::verified;
use testkit::fixtures::{part, saved_as};

fn page(code: Code) -> (PathBuf, String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("src/diag/codes/{code}.md"));
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    (path, text)
}

/// The text between a heading and the next one.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let Some(at) = page.find(&format!("\n## {heading}\n")) else { return "" };
    let rest = &page[at + heading.len() + 5..];
    rest.split("\n## ").next().unwrap_or(rest)
}

/// The program of a section. A block of `pipe` is completed by the project and environments of the fixtures, one of
/// `pipe,whole` is a program, and one of `pipe,latin-1` is saved like that.
fn program(section: &str) -> Option<SourceMap> {
    let begin = section.find("```pipe")?;
    let (info, rest) = section[begin + 3..].split_once('\n')?;
    let text = rest.split("\n```").next()?.to_owned() + "\n";
    let mut files = Vec::new();
    if info != "pipe,whole" {
        files.push(("base.pipe".to_owned(), part("base.pipe", &text).into_bytes()));
    }
    files.push(("example.pipe".to_owned(), saved_as(info.trim_start_matches("pipe,"), &text)));
    Some(SourceMap::decoded(files))
}

/// The codes of what a section shows; of a manifest, as `verify` holds it against the schemas of `tests/verify`.
fn reported(code: Code, section: &str) -> Option<(Vec<&'static str>, String)> {
    let (sources, diagnostics) = if code.as_str().starts_with("E07") {
        let (_, rest) = section.split_once("```yaml\n")?;
        let text = rest.split("\n```").next()?.to_owned() + "\n";
        let (sources, found) = verified(vec![("example.yaml".to_owned(), text.into_bytes())]);
        (sources, found.diagnostics)
    } else {
        let sources = program(section)?;
        let diagnostics = compile(&sources).diagnostics;
        (sources, diagnostics)
    };
    let codes = diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
    Some((codes, short(&diagnostics, &sources)))
}

#[test]
fn each_code_has_a_page_whose_examples_do_what_it_says() {
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let (path, text) = page(*code);
        let mut complain = |what: String| wrong.push(format!("{}: {what}", path.display()));
        if text.is_empty() {
            complain("there is no page".into());
            continue;
        }
        if text.lines().next() != Some(&format!("# {code}: {}", code.title())) {
            complain(format!("the first line is not `# {code}: {}`", code.title()));
        }
        for heading in ["Wrong", "Right", "Why"] {
            if section(&text, heading).trim().is_empty() {
                complain(format!("there is nothing under `## {heading}`"));
            }
        }
        for (heading, expected) in [("Wrong", vec![code.as_str()]), ("Right", vec![])] {
            let Some((found, said)) = reported(*code, section(&text, heading)) else {
                complain(format!("there is no example under `## {heading}`"));
                continue;
            };
            if found != expected {
                complain(format!("{heading} gives {found:?}:\n{said}"));
            }
        }
        if let Some(long) = text.lines().find(|line| line.chars().count() > 100) {
            complain(format!("a line is longer than 100 characters: {long}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The trees of one side of an example: of a program, or of an object as it stands there.
fn side(section: &str) -> Trees {
    if let Some((_, rest)) = section.split_once("```yaml\n") {
        let text = rest.split("```").next().unwrap_or(rest).to_owned();
        let files = [("apps/shop/production/shop.yaml".to_owned(), text)];
        return Trees::from([("acme".to_owned(), files.into_iter().collect())]);
    }
    let sources = program(section).expect("there is a program");
    let compiled = compile(&sources);
    assert!(compiled.diagnostics.is_empty(), "{section}\n{}", short(&compiled.diagnostics, &sources));
    compiled.trees
}

#[test]
fn each_risk_has_a_page_whose_change_brings_it() {
    let mut wrong = Vec::new();
    for code in risk::Code::ALL {
        let page = code.page();
        assert_eq!(page.lines().next(), Some(format!("# {code}: {}", code.title()).as_str()));
        assert!(page.contains(&format!("`--fail-on {}`", code.level().word())), "{page}");
        assert_eq!(section(&page, "Why").split_whitespace().collect::<Vec<_>>().join(" "), code.why());
        assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
        // These are of files that no sources make; `diff::edits` brings them about.
        if matches!(code, risk::Code::R17 | risk::Code::R18) {
            assert!(!section(&page, "Example").is_empty(), "{page}");
            continue;
        }
        let found = diff(&side(section(&page, "Before")), &side(section(&page, "After")));
        let brought: BTreeSet<_> =
            found.targets.values().flat_map(|target| &target.risks).map(|risk| risk.code.as_str()).collect();
        // What comes with it is named before the example.
        let before = page.split("\n## ").next().expect("a beginning");
        let named = risk::Code::ALL.iter().map(|code| code.as_str()).filter(|code| before.contains(code));
        let named: BTreeSet<_> = named.collect();
        if brought != named {
            wrong.push(format!("{code} says {named:?} and brings {brought:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
