//! `tests/README.md` and `SECURITY.md` say what is proven by which test: each that they and the pages for developers name is there, and none of the modules
//! that prove something about what is generated is forgotten. Neither is a case of the bench.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The names in backticks that have the form of a test's path.
fn named() -> Vec<String> {
    named_in("README.md")
}

fn named_in(file: &str) -> Vec<String> {
    let text = fs::read_to_string(folder().join(file)).expect("the page is there");
    let spans = text.split('`').skip(1).step_by(2);
    let path = |span: &&str| span.contains("::") && span.chars().all(|c| c.is_ascii_alphanumeric() || "_:".contains(c));
    spans.filter(path).map(str::to_owned).collect()
}

/// The folders of the suites.
const SUITES: [&str; 2] = ["suite", "processes"];

/// The text of a module; of both where both suites have one of that name.
fn module(path: &str) -> Option<String> {
    let texts = SUITES.iter().filter_map(|suite| {
        let file = folder().join(suite).join(path.replace("::", "/"));
        fs::read_to_string(file.with_extension("rs")).or_else(|_| fs::read_to_string(file.join("mod.rs"))).ok()
    });
    let texts: Vec<_> = texts.collect();
    (!texts.is_empty()).then(|| texts.concat())
}

/// The tests of a module: functions with the attribute, also those with inputs.
fn tests(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut lines = text.lines().map(str::trim);
    while lines.by_ref().any(|line| line == "#[test]") {
        let function =
            lines.by_ref().find_map(|line| line.strip_prefix("fn ")).expect("a function after the attribute");
        let (name, _) = function.split_once('(').expect("its inputs");
        found.insert(name.to_owned());
    }
    found
}

#[test]
fn every_test_that_the_pages_name_exists() {
    let security = named_in("../SECURITY.md");
    assert!(security.len() > 20, "{}", security.len());
    let developers = ["../ARCHITECTURE.md", "../CONTRIBUTING.md"].into_iter().flat_map(named_in);
    let named: Vec<_> = named().into_iter().chain(security).chain(developers).collect();
    let missing: Vec<_> = named
        .iter()
        .filter(|path| {
            let (place, name) = path.rsplit_once("::").expect("a module");
            !module(place).is_some_and(|text| tests(&text).contains(name))
        })
        .collect();
    assert!(missing.is_empty(), "a page names tests that are not there: {missing:#?}");
    assert!(named.len() > 70, "{}", named.len());
}

#[test]
fn every_module_that_proves_something_of_what_is_generated_is_in_the_table() {
    let named = named();
    let mut places: Vec<String> =
        ["filter", "folders", "manifests", "names", "rights", "texts", "yaml", "yaml11"].map(str::to_owned).into();
    let of_suite = |suite: &'static str| ["attacks", "scripts", "delivery"].map(|of| (suite, of));
    for (suite, of) in SUITES.into_iter().flat_map(of_suite) {
        for entry in fs::read_dir(folder().join(suite).join(of)).into_iter().flatten() {
            let entry = entry.expect("listed");
            let name = entry.file_name().to_string_lossy().into_owned();
            places.extend(
                name.strip_suffix(".rs")
                    .map(|name| if name == "mod" { of.to_owned() } else { format!("{of}::{name}") }),
            );
        }
    }
    places.sort();
    places.dedup();
    assert!(places.len() > 20, "{places:?}");
    let forgotten: Vec<_> = places
        .into_iter()
        .filter(|place| module(place).is_some_and(|text| !tests(&text).is_empty()))
        .filter(|place| !named.iter().any(|path| path.rsplit_once("::").is_some_and(|(module, _)| module == place)))
        .collect();
    assert!(forgotten.is_empty(), "these have no line in tests/README.md: {forgotten:?}");
}

#[test]
fn every_case_of_the_bench_is_in_the_table_and_no_other() {
    let text = fs::read_to_string(folder().join("README.md")).expect("tests/README.md");
    let list = fs::read_to_string(folder().join("cluster/cases.txt")).expect("the list of cases");
    let cases: BTreeSet<&str> = list.lines().filter_map(|line| line.split(' ').next()).collect();
    let suites: BTreeSet<&str> = cases.iter().filter_map(|case| case.split('/').next()).collect();
    let is_case = |span: &&str| {
        span.split_once('/').is_some_and(|(suite, name)| suites.contains(suite) && !name.contains(['/', '.', ' ']))
    };
    let named: BTreeSet<&str> = text.split('`').skip(1).step_by(2).filter(is_case).collect();
    assert!(cases.len() > 40, "{}", cases.len());
    assert_eq!(named, cases, "tests/README.md and the list of cases");
}
