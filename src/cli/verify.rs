//! The command `verify`: validates manifests against a cluster's schemas.

use super::args::{Format, Verify};
use crate::words;

use super::check::has_errors;
use super::error::Error;
use super::report::{Report, Stream};
use super::schemas::Schemas;
use super::{Outcome, read};
use crate::outside::Limit;
use crate::source::SourceMap;
use crate::verify::catalogue::Library;
use crate::verify::{Options, Verified, verify};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Runs it.
pub fn run(args: &Verify, report: &Report) -> Result<Outcome, Error> {
    let inputs = args.paths.iter().chain(&args.crds).filter(|path| *path == Path::new("-"));
    if inputs.count() > 1 {
        return Err(Error::InputTwice);
    }
    let (sources, named, parts) = manifests(args)?;
    let schemas = match (args.crds.as_slice(), args.offline) {
        ([], true) => Schemas::of_program(),
        ([], false) => report.during("asking the cluster for its schemas", Schemas::of_cluster)?,
        (paths, _) => report.during("reading the schemas", || Schemas::of_files(paths))?,
    };
    let text = |number| schemas.text(number);
    let library = Library::new(schemas.index(), &text);
    let options = Options { ignore_missing_schemas: args.ignore_missing_schemas, named: Some(&named) };
    let files = words::count(sources.iter().count(), "file");
    let mut found = report.during(&format!("verifying {files}"), || verify(&sources, &library, options));
    found.passed_over.extend(parts);
    if found.files == 0 {
        return Err(Error::NoManifest(args.paths.clone()));
    }
    // No excerpt shows what is in a Secret.
    let shown = sources.masked(&found.secrets);
    report.diagnostics(Stream::Out, args.format, &found.diagnostics, &shown)?;
    let bad = has_errors(&found.diagnostics);
    if args.format == Format::Human || args.format == Format::Short && !bad {
        report.result(&summary(&found))?;
    }
    Ok(if bad { Outcome::Failure } else { Outcome::Success })
}

/// The files at the paths, the paths of those that are named themselves, and of those that are only parts of manifests.
fn manifests(args: &Verify) -> Result<(SourceMap, BTreeSet<String>, BTreeSet<String>), Error> {
    let (mut files, mut named) = (BTreeMap::new(), BTreeSet::new());
    for path in &args.paths {
        let mut found = read::Found::new(Limit::MANIFEST);
        let is_folder = found.add_named(path, "stdin.yaml", &["yaml", "yml", "json"]);
        let is_folder = is_folder.ok_or_else(|| Error::NoSuchPath(path.clone()))?;
        if !found.unusable.is_empty() {
            return Err(read::Error::Unusable(found.unusable).into());
        }
        for (path, bytes) in found.sources {
            if !is_folder {
                named.insert(path.clone());
            }
            files.insert(path, bytes);
        }
    }
    let parts = parts(&files, &named);
    files.retain(|path, _| !parts.contains(path));
    Ok((SourceMap::decoded(files), named, parts))
}

/// The files of folders from which something else makes manifests: the templates of a chart, the patches of a
/// kustomization.
fn parts(files: &BTreeMap<String, Vec<u8>>, named: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, bytes) in files {
        let (folder, file) = path.rsplit_once('/').unwrap_or((".", path));
        match file {
            "Chart.yaml" => {
                let templates = format!("{folder}/templates/");
                found.extend(files.keys().filter(|other| other.starts_with(&templates)).cloned());
            }
            "kustomization.yaml" | "kustomization.yml" => {
                let text = String::from_utf8_lossy(bytes);
                let value: serde_json::Value = serde_yaml::from_str(&text).unwrap_or_default();
                let listed = ["patches", "patchesStrategicMerge", "patchesJson6902"].map(|field| &value[field]);
                let entries = listed.iter().filter_map(|list| list.as_array()).flatten();
                let paths = entries.filter_map(|entry| entry.as_str().or_else(|| entry["path"].as_str()));
                found.extend(paths.map(|part| below(folder, part)));
            }
            _ => {}
        }
    }
    found.retain(|path| files.contains_key(path) && !named.contains(path));
    found
}

/// A path as it is seen from a folder, without `.` and `..`.
fn below(folder: &str, path: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').collect();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

/// `36 objects of 12 kinds in 20 files, no errors; skipped: 27 files that are not manifests`.
fn summary(found: &Verified) -> String {
    let objects = words::count(found.objects, "object");
    let kinds = words::count(found.kinds.len(), "kind");
    let verdict = if has_errors(&found.diagnostics) { "" } else { ", no errors" };
    let mut line = format!("{objects} of {kinds} in {}{verdict}", words::count(found.files, "file"));
    let mut skipped = Vec::new();
    if found.without_schema > 0 {
        skipped.push(format!("{} without a schema", words::count(found.without_schema, "object")));
    }
    if !found.passed_over.is_empty() {
        skipped.push(format!(
            "{} that {}",
            words::count(found.passed_over.len(), "file"),
            if found.passed_over.len() == 1 { "is not a manifest" } else { "are not manifests" }
        ));
    }
    if !skipped.is_empty() {
        line.push_str(&format!("; skipped: {}", skipped.join(", ")));
    }
    line
}
