//! The reports are SARIF 2.1.0. The types here are the part of its schema that is written: a field that the standard does
//! not know, a missing one, a number below its minimum or a word that is none of its choices cannot be read. What a
//! schema cannot say is held below: what the standard says in words, and what code scanning of GitHub wants beyond it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use pipelinec::compile::compile;
use pipelinec::diag::render;
use pipelinec::diag::visible::visible;
use pipelinec::diag::{Diagnostic, Severity};
use pipelinec::source::{SourceMap, Span};
use serde::Deserialize;

use testkit::errors::cases;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: String,
    version: String,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Run {
    tool: Tool,
    original_uri_base_ids: BTreeMap<String, Base>,
    column_kind: ColumnKind,
    results: Vec<Found>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Tool {
    driver: Driver,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Driver {
    name: String,
    semantic_version: String,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Text,
    full_description: Text,
    help: Help,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    level: Level,
}

/// A bag in which the standard allows anything; these two are what GitHub reads.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Properties {
    precision: Precision,
    #[serde(rename = "problem.severity")]
    severity: Level,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Precision {
    VeryHigh,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Warning,
    Error,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ColumnKind {
    Utf16CodeUnits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Base {
    description: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Found {
    rule_id: String,
    rule_index: usize,
    level: Level,
    message: Text,
    locations: Vec<Location>,
    partial_fingerprints: BTreeMap<String, String>,
    #[serde(default)]
    related_locations: Vec<Location>,
    #[serde(default)]
    fixes: Vec<Fix>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Location {
    id: Option<NonZeroUsize>,
    physical_location: PhysicalLocation,
    message: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Artifact {
    uri: String,
    uri_base_id: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Region {
    start_line: NonZeroUsize,
    start_column: NonZeroUsize,
    end_line: NonZeroUsize,
    end_column: NonZeroUsize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Fix {
    description: Text,
    artifact_changes: Vec<Change>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Change {
    artifact_location: Artifact,
    replacements: Vec<Replacement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Text,
}

#[test]
fn every_report_is_sarif_and_says_where_everything_is() {
    for case in cases() {
        let (sources, diagnostics) = case.said();
        hold(diagnostics, sources);
    }
}

#[test]
fn columns_are_what_editors_count_and_paths_are_uris() {
    for path in ["shop.pipe", "/etc/a b/100%.pipe", "../é/shop:1.pipe"] {
        let text = "project p { env = \"🙂é\", bog }\r\n\tapp \"🙂\" { a = 🙂 }\nx = 1 \u{1b} ](1)";
        let sources = SourceMap::new([(path.to_owned(), text.to_owned())]);
        let diagnostics = compile(&sources).diagnostics;
        assert!(diagnostics.len() > 2, "{diagnostics:?}");
        hold(&diagnostics, &sources);
    }
    hold(&[], &SourceMap::default());
}

fn hold(diagnostics: &[Diagnostic], sources: &SourceMap) {
    let text = render::sarif(diagnostics, sources);
    let log: Log = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!((log.schema.as_str(), log.version.as_str()), ("https://json.schemastore.org/sarif-2.1.0.json", "2.1.0"));
    let [run] = log.runs.as_slice() else { panic!("a report is of one run") };
    assert_eq!(run.column_kind, ColumnKind::Utf16CodeUnits);
    assert!(run.original_uri_base_ids.values().all(|base| !base.description.text.is_empty()));
    hold_rules(&run.tool.driver);
    assert_eq!(run.results.len(), diagnostics.len());
    for (found, diagnostic) in run.results.iter().zip(diagnostics) {
        let rule = &run.tool.driver.rules[found.rule_index];
        assert_eq!((rule.id.as_str(), found.rule_id.as_str()), (diagnostic.code.as_str(), diagnostic.code.as_str()));
        let level = if diagnostic.severity() == Severity::Error { Level::Error } else { Level::Warning };
        assert_eq!((found.level, rule.default_configuration.level, rule.properties.severity), (level, level, level));
        let reader = Reader { run, sources };
        let [primary] = found.locations.as_slice() else { panic!("a result has one place") };
        assert!(primary.id.is_none(), "only related places are linked to");
        reader.hold_location(primary, diagnostic.primary.span, &diagnostic.primary.text);
        assert_eq!(found.related_locations.len(), diagnostic.secondary.len());
        for (location, label) in found.related_locations.iter().zip(&diagnostic.secondary) {
            reader.hold_location(location, label.span, &label.text);
        }
        hold_message(found, diagnostic);
        let hash: Vec<_> = found.partial_fingerprints.iter().collect();
        let [(name, hash)] = hash.as_slice() else { panic!("{hash:?}") };
        assert_eq!(*name, "primaryLocationLineHash", "GitHub looks at no other");
        assert!(hash.split_once(':').is_some_and(|(_, count)| count.parse::<NonZeroUsize>().is_ok()), "{hash}");
        assert_eq!(found.fixes.len(), usize::from(diagnostic.fix.is_some()));
        for (found, fix) in found.fixes.iter().zip(&diagnostic.fix) {
            assert_eq!(found.description.text, visible(&fix.title));
            reader.hold_fix(found, &fix.edits);
        }
    }
}

fn hold_rules(driver: &Driver) {
    assert_eq!((driver.name.as_str(), driver.semantic_version.as_str()), ("pipelinec", env!("CARGO_PKG_VERSION")));
    let ids: BTreeSet<_> = driver.rules.iter().map(|rule| &rule.id).collect();
    assert_eq!(ids.len(), driver.rules.len(), "a rule is there once");
    for rule in &driver.rules {
        // GitHub cuts these off.
        for text in [&rule.short_description.text, &rule.full_description.text] {
            assert!((2..1024).contains(&text.len()) && text.ends_with('.'), "{}: {text}", rule.id);
        }
        assert_eq!(rule.help.text, rule.help.markdown);
        let html = rule.help.markdown.match_indices('<').any(|(at, _)| rule.help.markdown[at + 1..].starts_with(tag));
        assert!(rule.help.markdown.len() > 100 && !html, "{}: no page, or HTML in it", rule.id);
        assert_eq!(rule.properties.precision, Precision::VeryHigh);
    }
}

fn tag(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '/' || c == '!'
}

/// The first sentence says what is wrong, each related place has its link, and there is no other link.
fn hold_message(found: &Found, diagnostic: &Diagnostic) {
    let text = &found.message.text;
    let first = text.lines().next().unwrap_or_default();
    assert!(first.ends_with(['.', '?', '!']), "{text}");
    let links = text.match_indices("](").filter(|(at, _)| !text[..*at].ends_with('\\'));
    let linked: Vec<_> = links.map(|(at, _)| text[at + 2..].split(')').next().unwrap_or_default()).collect();
    let ids = found.related_locations.iter().map(|location| location.id.expect("a related place has an id"));
    assert_eq!(linked, ids.map(|id| id.to_string()).collect::<Vec<_>>(), "{text}");
    assert_eq!(text.lines().count(), 1 + linked.len() + diagnostic.help.len(), "{text}");
    assert_eq!(text.matches("\nhelp: ").count(), diagnostic.help.len(), "{text}");
}

struct Reader<'a> {
    run: &'a Run,
    sources: &'a SourceMap,
}

impl Reader<'_> {
    fn hold_location(&self, location: &Location, span: Span, text: &str) {
        self.hold_place(&location.physical_location.artifact_location, location.physical_location.region, span);
        assert_eq!(location.message.as_ref().map_or("", |message| message.text.as_str()), visible(text));
    }

    /// A region, read as an editor counts, is the text of the span.
    fn hold_place(&self, artifact: &Artifact, region: Region, span: Span) {
        let file = self.sources.file(span.source);
        let path = decoded(&artifact.uri);
        match &artifact.uri_base_id {
            Some(base) => {
                assert!(self.run.original_uri_base_ids.contains_key(base), "{base}");
                assert!(!path.starts_with('/'), "{path}");
                assert_eq!(path, file.path());
            }
            None => assert_eq!(path, format!("file://{}", file.path())),
        }
        let lines: Vec<_> = file.text().split_inclusive('\n').chain([""]).collect();
        let at = |line: NonZeroUsize, column: NonZeroUsize| {
            let before: usize = lines[..line.get() - 1].iter().map(|line| line.len()).sum();
            let units: Vec<_> = lines[line.get() - 1].encode_utf16().take(column.get() - 1).collect();
            assert_eq!(units.len(), column.get() - 1, "the column is on the line");
            before + String::from_utf16(&units).expect("no character is cut").len()
        };
        let range = at(region.start_line, region.start_column)..at(region.end_line, region.end_column);
        assert_eq!(range, span.range(), "{path}");
    }

    fn hold_fix(&self, fix: &Fix, edits: &[(Span, String)]) {
        let files: BTreeSet<_> = fix.artifact_changes.iter().map(|change| &change.artifact_location.uri).collect();
        assert_eq!(files.len(), fix.artifact_changes.len(), "a file has one change");
        let mut edits = edits.iter();
        for change in &fix.artifact_changes {
            for replacement in &change.replacements {
                let (span, text) = edits.next().expect("a replacement is an edit");
                self.hold_place(&change.artifact_location, replacement.deleted_region, *span);
                assert_eq!(replacement.inserted_content.text, *text);
            }
        }
        assert!(edits.next().is_none(), "an edit is a replacement");
    }
}

/// A URI whose characters are all those that a URI may have, with its escapes undone.
fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.bytes();
    while let Some(byte) = rest.next() {
        let digits = [rest.clone().next(), rest.clone().nth(1)].map(|digit| char::from(digit.unwrap_or_default()));
        match byte {
            b'%' => {
                let digits = String::from_iter(digits);
                bytes.push(u8::from_str_radix(&digits, 16).expect("two digits follow a `%`"));
                rest.nth(1);
            }
            b':' => {
                assert_eq!(bytes, b"file", "a colon ends a scheme");
                bytes.push(byte);
            }
            byte => {
                assert!(byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte), "{uri}");
                bytes.push(byte);
            }
        }
    }
    String::from_utf8(bytes).expect("a path is UTF-8")
}
