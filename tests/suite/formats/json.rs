//! The JSON is as the reference describes it: every field that is written is in its table, of the type that it says, and
//! every field of the table is written.

use pipelinec::compile::compile;
use pipelinec::diag::render;
use pipelinec::diff::{self as comparison, Trees, diff};
use pipelinec::source::SourceMap;
use serde_json::Value;

use testkit::documents::hold_documents;
use testkit::errors::{Case, cases};

#[test]
fn the_reference_describes_every_field() {
    let document = |case: &Case| {
        let (sources, diagnostics) = case.said();
        render::json(diagnostics, sources)
    };
    hold_documents("<!-- json -->", &cases().iter().map(document).collect::<Vec<_>>());
}

#[test]
fn the_reference_describes_every_field_of_a_comparison() {
    let nothing = diff(&Trees::new(), &Trees::new());
    let all = crate::diff::comparisons().into_iter().chain([nothing]);
    hold_documents("<!-- diff json -->", &all.map(|found| comparison::render::json::json(&found)).collect::<Vec<_>>());
}

#[test]
fn places_are_counted_as_described() {
    let text = "project \u{1f642}é { }\r\n\tenviroment\u{301} x\n";
    let sources = SourceMap::new([("x.pipe".to_owned(), text.to_owned())]);
    let diagnostics = compile(&sources).diagnostics;
    let value: Value = serde_json::from_str(&render::json(&diagnostics, &sources)).expect("JSON");
    let found = value["diagnostics"].as_array().expect("a list");
    assert!(!found.is_empty());
    for (found, diagnostic) in found.iter().zip(&diagnostics) {
        let place = &found["primary"]["place"];
        let number = |name: &str| usize::try_from(place[name].as_u64().expect("a number")).expect("it is small");
        assert_eq!(number("offset")..number("endOffset"), diagnostic.primary.span.range());
        for (line, column, offset) in [("line", "column", "offset"), ("endLine", "endColumn", "endOffset")] {
            let start: usize = text.split_inclusive('\n').take(number(line) - 1).map(str::len).sum();
            let on_line: String = text[start..].chars().take(number(column) - 1).collect();
            assert_eq!(start + on_line.len(), number(offset), "{place}");
        }
    }
}
