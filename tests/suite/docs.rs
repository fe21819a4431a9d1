//! The documents say what is: the reference follows the schema, its programs compile, and its excerpts are of real files.
//!
//! Between `<!-- schema: WORDS -->` and `<!-- end -->` stands what the schema says of a block, and between
//! `<!-- codes -->` and `<!-- end -->` every diagnostic; `tests/renew` writes both. A fenced block of
//!
//! - `pipe` is a whole program,
//! - `pipe,part` is completed by the declarations of [`BASE`] that it names and does not make itself,
//! - `pipe,part,E0000` reports just that code.
//!
//! A fenced block after `<!-- said -->` is what the compiler says of the program before it, a block of `json` in that
//! form; `UPDATE=1` writes it, too.
//! A fenced block after `<!-- excerpt: FILE -->` occurs in that file; a line `…` stands for lines that are left out.

use clap::CommandFactory as _;
use pipelinec::compile::compile;
use pipelinec::diag::{Code, Severity, render};
use pipelinec::schema::{self, Block, DeclarationKind, Default, InRule, LabelRule, Phase};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use testkit::fixtures::sources;
use testkit::pages::{PAGES, fences, read};

const REFERENCE: &str = "grammar/README.md";
const README: &str = "README.md";

/// The pages for those who change the compiler.
const FOR_DEVELOPERS: [&str; 4] = ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];

/// What a `pipe,part` may count on.
const BASE: &[&str] = &[
    "project acme {
  gitops     { repo = \"github.com/acme/gitops\", credentials = gitops }
  github     { webhook = \"https://hooks.acme.io\", credentials = github }
  registry   { host = \"registry.acme.io\" }
  prometheus { url = \"http://prometheus.monitoring.svc:9090\" }
  argo       { ui = \"https://argo.acme.io\" }
}",
    "environment production",
    "environment staging { copy-of = production, ttl = 4h }",
    "secret gitops { keys = [\"token\"] }\nsecret github { keys = [\"token\", \"webhookSecret\"] }",
    "secret db { keys = [\"password\"], in staging { from = throwaway } }",
    "app shop {
  source = \"github.com/acme/shop\"
  image code
  task schema { image = code, command = [\"./migrate\"] }
  task smoke  { image = code, command = [\"./smoke\"] }
  service { image = code, port = 8080, cpu = 100m, memory = 256Mi, replicas = 20, metrics { port = 9090 } }
}",
    "analysis errors { query = \"sum(errors{service=\\\"${canary.metrics}\\\"})\", at-most = 1 }",
    "pipeline shop { delivers = shop, on push, build, deploy in production, wait-for-sync in production }",
];

/// Word and name of a declaration, by which it is known; a project whatever its name.
fn declaration(line: &str) -> String {
    let mut words = line.split([' ', '{', ',']).filter(|word| !word.is_empty());
    match (words.next().unwrap_or_default(), words.next()) {
        ("project", _) => "project".to_owned(),
        (word, name) => format!("{word} {}", name.unwrap_or_default()),
    }
}

/// A fragment with what it leaves out: a project and production, what the fragment names, and what that names in turn.
pub fn completed(part: &str) -> String {
    let made: BTreeSet<_> =
        part.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic())).map(declaration).collect();
    let mut missing: Vec<_> = BASE.to_vec();
    missing.retain(|text| !made.contains(&declaration(text.lines().next().unwrap_or_default())));
    let mut program = part.to_owned();
    let mut named = BTreeSet::from(["project".to_owned(), "production".to_owned()]);
    loop {
        named.extend(program.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').map(str::to_owned));
        let is_named = |line: &str| declaration(line).split(' ').next_back().is_some_and(|name| named.contains(name));
        let Some(at) = missing.iter().position(|text| is_named(text)) else { return program };
        let task = |line: &&str| line.starts_with("  task ");
        let lines = missing.remove(at).lines().filter(|line| !task(line) || is_named(line.trim()));
        program = lines.fold(program + "\n", |program, line| program + line + "\n");
    }
}

#[test]
fn every_program_in_the_documents_compiles() {
    let mut count = 0;
    for path in PAGES {
        for fence in fences(&read(path)) {
            let mut info = fence.info.split(',');
            if info.next() != Some("pipe") {
                continue;
            }
            count += 1;
            let info: Vec<_> = info.collect();
            let program = if info.contains(&"part") { completed(&fence.text) } else { fence.text.clone() };
            let expected: BTreeSet<_> = info.iter().copied().filter(|word| *word != "part").collect();
            let sources = sources(&format!("{path}:{}", fence.line), &program);
            let compiled = compile(&sources);
            let found: BTreeSet<_> = compiled.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
            let said = render::short(&compiled.diagnostics, &sources);
            assert_eq!(found, expected, "{path}, line {}:\n{said}\n{program}", fence.line);
            let errors = compiled.diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error);
            assert_eq!(compiled.trees.is_empty(), errors, "{path}, line {}", fence.line);
        }
    }
    assert!(count > 20, "only {count} programs were found");
}

#[test]
fn every_excerpt_is_of_the_file_that_it_names() {
    let mut count = 0;
    for path in PAGES {
        for fence in fences(&read(path)) {
            let file = fence.before.strip_prefix("<!-- excerpt: ").and_then(|rest| rest.strip_suffix(" -->"));
            let Some(file) = file else { continue };
            count += 1;
            let whole = read(file);
            let mut rest = whole.as_str();
            for chunk in fence.text.split("…\n") {
                let at = rest.find(chunk);
                let at = at.unwrap_or_else(|| panic!("{path}, line {}: not in {file}:\n{chunk}", fence.line));
                rest = &rest[at + chunk.len()..];
            }
        }
    }
    assert!(count > 1, "only {count} excerpts were found");
}

/// What the compiler says of the programs before each `<!-- said -->`, as a document should show it.
fn with_what_is_said(document: &str) -> String {
    let mut result = document.to_owned();
    let mut from = 0;
    let mut program = String::new();
    for fence in fences(document) {
        if fence.before == "<!-- said -->" {
            let sources = sources("shop.pipe", &completed(&program));
            let diagnostics = compile(&sources).diagnostics;
            let options = render::Options { color: false, width: 100 };
            let said = match fence.info.as_str() {
                "json" => render::json(&diagnostics, &sources),
                _ => render::pretty(&diagnostics, &sources, options),
            };
            let lines: String = said.trim().lines().map(|line| format!("{}\n", line.trim_end())).collect();
            let opening = format!("{}\n```{}\n", fence.before, fence.info);
            // Two programs may have the same error, so each is searched for after the previous one.
            let shown = format!("{opening}{}```", fence.text);
            let at = from + result[from..].find(&shown).expect("the block is in the document");
            let new = format!("{opening}{lines}```");
            result.replace_range(at..at + shown.len(), &new);
            from = at + new.len();
        }
        program = fence.text;
    }
    result
}

#[test]
fn what_the_compiler_says_is_as_shown() {
    for path in PAGES {
        let document = read(path);
        let wanted = with_what_is_said(&document);
        if std::env::var_os("UPDATE").is_some() && wanted != document {
            fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(path), &wanted).expect("a document can be written");
        } else {
            assert!(wanted == document, "{path} is outdated: run `tests/renew`");
        }
    }
}

/// Every block that can be reached, by the words that lead to it, and the words of all that hold it.
pub fn blocks() -> Vec<(Vec<&'static str>, &'static Block)> {
    fn walk(block: &'static Block, path: &[&'static str], found: &mut Vec<(Vec<&'static str>, &'static Block)>) {
        for inner in block.blocks {
            if found.iter().any(|(_, known)| std::ptr::eq(*known, *inner)) {
                continue;
            }
            let path: Vec<_> = path.iter().copied().chain([inner.word]).collect();
            found.push((path.clone(), inner));
            walk(inner, &path, found);
        }
    }
    // First the top, so that a block that also stands elsewhere goes by its shortest way.
    let mut found: Vec<_> = schema::TOP.blocks.iter().map(|block| (vec![block.word], *block)).collect();
    for (path, block) in found.clone() {
        if !matches!(block.word, "target" | "defaults") {
            walk(block, &path, &mut found);
        }
    }
    let before = found.len();
    for (path, block) in found.clone() {
        walk(block, &path, &mut found);
    }
    assert_eq!(found.len(), before, "a block stands only in `target` or `defaults`");
    found
}

fn head(block: &Block) -> String {
    let label = match block.label {
        LabelRule::None => String::new(),
        LabelRule::Declares(_) | LabelRule::Own | LabelRule::Project => " NAME".into(),
        LabelRule::Optional => " [NAME]".into(),
        LabelRule::Uses(DeclarationKind::Environment) => " ENVIRONMENT".into(),
        LabelRule::Uses(kind) => format!(" {}", kind.word().to_uppercase()),
        LabelRule::Words(words) => format!(" {}", words.join("|")),
        LabelRule::Path => " \"/PATH\"".into(),
        LabelRule::Object => " \"KIND[/NAME]\"".into(),
    };
    let acts = if block.environments == InRule::Acts { " in ENVIRONMENT" } else { "" };
    format!("{}{label}{acts}", block.word)
}

fn place(block: &Block) -> String {
    if block.word.is_empty() { "at the top level".into() } else { format!("in `{}`", block.word) }
}

/// What the schema says of a block, as the reference prints it.
fn described(block: &'static Block, all: &[(Vec<&'static str>, &'static Block)]) -> String {
    let holders = std::iter::once(&schema::TOP).chain(all.iter().map(|(_, block)| *block));
    let holders: Vec<_> =
        holders.filter(|holder| holder.blocks.iter().any(|inner| std::ptr::eq(*inner, block))).map(place).collect();
    let number = if block.many { "any number" } else { "at most one" };
    let mut text = format!("{}\n\n", block.doc);
    let _ = write!(
        text,
        "Syntax: `{}`. Allowed {}; {number}.",
        head(block),
        holders.join(", ").replace(", in ", ", ").replace("level, ", "level and in ")
    );
    if block.environments == InRule::Layers {
        text.push_str(" Can vary by environment.");
    }
    if !block.blocks.is_empty() {
        let inner: Vec<_> = block.blocks.iter().map(|inner| format!("`{}`", inner.word)).collect();
        let _ = write!(text, " Contains {}.", inner.join(", "));
    }
    text.push('\n');
    if block.attributes.is_empty() {
        return text;
    }
    text.push_str("\n| attribute | value | default | known | |\n|---|---|---|---|---|\n");
    for attribute in block.attributes {
        let default = match attribute.default {
            Default::Required => "**required**".to_owned(),
            Default::Absent => "none".to_owned(),
            Default::Literal(literal) => format!("`{literal}`"),
            Default::Text(text) => format!("`\"{text}\"`"),
            Default::Derived(from) => from.to_owned(),
        };
        let known = match attribute.phase {
            Phase::Compile => "compile",
            Phase::Environment => "environment",
            Phase::Run => "run",
        };
        let cells =
            [format!("`{}`", attribute.name), attribute.ty.describe(), default, known.into(), attribute.doc.into()];
        let _ = writeln!(text, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
    }
    text
}

fn variables() -> String {
    let mut text = String::from("| variable | what it is | known |\n|---|---|---|\n");
    for root in schema::variables::ROOTS {
        for field in root.fields {
            let _ = writeln!(
                text,
                "| `{}.{}` | {} | {} |",
                root.name,
                field.name,
                field.doc.replace('|', "\\|"),
                field.known
            );
        }
    }
    text
}

fn codes() -> String {
    let mut text = String::from("| code | |\n|---|---|\n");
    for code in Code::ALL {
        let kind = if code.severity() == Severity::Error { "" } else { "warning: " };
        let _ = writeln!(text, "| `{}` | {kind}{} |", code.as_str(), code.title());
    }
    text
}

/// The reference with the generated parts as they should be, and the words of the blocks that it describes.
fn regenerated(document: &str) -> (String, Vec<String>) {
    let all = blocks();
    let mut result = String::new();
    let mut described_blocks = Vec::new();
    let mut rest = document;
    let markers = ["<!-- schema: ", "<!-- codes -->", "<!-- variables -->"];
    while let Some(at) = markers.iter().filter_map(|marker| rest.find(marker)).min() {
        let end = at + rest[at..].find("-->").expect("a comment ends") + "-->".len();
        let marker = &rest[at..end];
        let close = end + rest[end..].find("<!-- end -->").unwrap_or_else(|| panic!("{marker} has no end"));
        result.push_str(&rest[..end]);
        result.push('\n');
        match marker.strip_prefix("<!-- schema: ") {
            None if marker.contains("variables") => result.push_str(&variables()),
            None => result.push_str(&codes()),
            Some(words) => {
                let words = words.trim_end_matches(" -->");
                let found = all.iter().find(|(path, _)| path.join(" ") == words);
                let (_, block) = found.unwrap_or_else(|| panic!("the schema has no block `{words}`"));
                result.push_str(&described(block, &all));
                described_blocks.push(words.to_owned());
            }
        }
        rest = &rest[close..];
    }
    result.push_str(rest);
    (result, described_blocks)
}

#[test]
fn the_reference_follows_the_schema() {
    let document = read(REFERENCE);
    let (wanted, described) = regenerated(&document);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(REFERENCE), &wanted)
            .expect("the reference can be written");
    } else {
        let differs = wanted.lines().zip(document.lines()).find(|(wanted, found)| wanted != found);
        assert!(wanted == document, "{REFERENCE} is outdated: run `tests/renew`\nfirst: {differs:#?}");
    }
    let missing: Vec<_> =
        blocks().iter().map(|(path, _)| path.join(" ")).filter(|words| !described.contains(words)).collect();
    assert!(
        missing.is_empty(),
        "{REFERENCE} does not describe {missing:?}: add `<!-- schema: … -->` and `<!-- end -->`"
    );
    assert!(wanted.contains("<!-- codes -->"), "{REFERENCE} does not list the codes");
}

#[test]
fn the_readme_names_every_verb_and_option() {
    let document = read(README);
    let command = pipelinec::cli::args::Args::command();
    for verb in command.get_subcommands() {
        let named = [' ', '`'].iter().any(|end| document.contains(&format!("`{}{end}", verb.get_name())));
        assert!(named, "the command {}", verb.get_name());
        for option in command.get_arguments().chain(verb.get_arguments()).filter_map(clap::Arg::get_long) {
            assert!(document.contains(&format!("--{option}")), "the option --{option} of {}", verb.get_name());
        }
    }
}

/// Links to files and folders of the repository, from the folder of the document.
#[test]
fn every_link_leads_somewhere() {
    let others = ["editors/README.md", "editors/vscode/README.md", "tests/README.md", "tests/cluster/README.md"];
    let others = others.into_iter().chain(FOR_DEVELOPERS);
    for path in PAGES.iter().copied().chain(others) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let folder = folder.parent().expect("a document is in a folder");
        let document = read(path);
        for (at, _) in document.match_indices("](") {
            let link = document[at + 2..].split(')').next().unwrap_or_default();
            if link.starts_with("http") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            assert!(folder.join(file).exists(), "{path} links to {link}");
            let text = match file {
                "" => document.clone(),
                file if file.ends_with(".md") => fs::read_to_string(folder.join(file)).expect("a document is text"),
                _ => String::new(),
            };
            let anchors: BTreeSet<_> = text.lines().filter(|line| line.starts_with('#')).map(anchor_of).collect();
            assert!(anchor.is_empty() || text.is_empty() || anchors.contains(anchor), "{path} links to {link}");
        }
    }
}

/// The anchor of a heading, as GitHub makes it.
fn anchor_of(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>().replace(' ', "-")
}

/// A path of the repository has a folder in it that is there, or it is a file at the top; `CODE` and `TARGET` are for
/// the reader to fill in.
#[test]
fn every_path_in_the_developer_docs_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let top: BTreeSet<_> = fs::read_dir(root)
        .expect("the repository can be listed")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let mut count = 0;
    for page in FOR_DEVELOPERS {
        let document = read(page);
        for code in document.split('`').skip(1).step_by(2).flat_map(str::split_whitespace) {
            let first = code.split('/').next().unwrap_or_default();
            let is_path = code.contains('/') && top.contains(first) || code.ends_with(".md") || code.ends_with(".toml");
            let mut parts = code.split('/').take_while(|part| !["CODE.md", "CODE", "TARGET"].contains(part));
            let path = parts.try_fold(root.to_owned(), |path, part| path.join(part).exists().then(|| path.join(part)));
            if is_path {
                assert!(path.is_some(), "{page} tells of {code}");
                count += 1;
            }
        }
    }
    assert!(count > 60, "only {count} paths were found");
}

/// `cargo test --test SUITE FILTER` finds tests, and each test that is named is one.
#[test]
fn every_test_in_the_developer_docs_exists() {
    let page = read("CONTRIBUTING.md");
    let mut count = 0;
    for line in page.lines() {
        let Some((_, arguments)) = line.split_once("cargo test ") else { continue };
        let words: Vec<_> = arguments.split([' ', '`']).take_while(|word| *word != "#").collect();
        let Some(at) = words.iter().position(|word| *word == "--test") else { continue };
        let suite = Path::new("tests").join(words[at + 1]);
        let module = words.get(at + 2).map_or("main", |word| word.trim_end_matches("::")).replace("::", "/");
        let there = |ending: &str| suite.join(format!("{module}{ending}")).exists();
        assert!(["", ".rs", "/mod.rs"].iter().any(|ending| there(ending)), "{line}");
        count += 1;
    }
    assert!(count > 3, "only {count} commands were found");
}
