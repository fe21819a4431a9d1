//! The command `diff`: how a change affects the cluster.

use super::args::{Against, Diff, DiffFormat};
use super::check::has_errors;
use super::error::Error;
use super::report::{Report, Stream};
use super::{Outcome, edits, read};
use crate::compile::compile;
use crate::diag::suggest;
use crate::diff::render::{json, markdown, text};
use crate::diff::{Trees, diff};
use crate::record::RECORD;
use crate::tree;
use crate::world::revision;
use std::collections::BTreeSet;
use std::path::Path;

/// Runs it.
pub fn run(args: &Diff, report: &Report) -> Result<Outcome, Error> {
    let Some(new) = compiled(&args.path, &args.out, report)? else { return Ok(Outcome::Failure) };
    let old = match &args.against {
        Some(Against::Revision(name)) => {
            let files = revision::files(name, &args.out).map_err(Error::revision(name))?;
            let unreadable = |error: tree::Error| Error::Revision { name: name.clone(), reason: error.to_string() };
            let trees = tree::of_files(&args.out, &files).map_err(unreadable)?;
            if trees.is_empty() {
                let out = args.out.display();
                report.note(&format!("revision `{name}` has no trees in `{out}`, so everything is new"))?;
            }
            trees
        }
        Some(Against::Folder(folder)) if !has_trees(folder) => match compiled(folder, &args.out, report)? {
            Some(trees) => trees,
            None => return Ok(Outcome::Failure),
        },
        Some(Against::Folder(folder)) => tree::read_all(folder)?,
        None if args.out.is_dir() => tree::read_all(&args.out)?,
        None => Trees::default(),
    };
    let known: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    if let Some(name) = args.target.iter().find(|name| !known.contains(name)) {
        let nearest = suggest::nearest(name, known.iter().map(|target| target.as_str())).map(str::to_owned);
        let known = known.into_iter().cloned().collect();
        return Err(Error::UnknownTarget { name: name.clone(), nearest, known });
    }
    let mut found = diff(&old, &new);
    if args.out.is_dir() {
        edits::add_unknown_files(&mut found, &args.out, &new)?;
    }
    if let Some(Against::Revision(name)) = &args.against {
        edits::add_edited_manifests(&mut found, name, [&old, &new])?;
    }
    found.targets.retain(|name, _| args.target.is_empty() || args.target.contains(name));
    let shown = match args.format {
        DiffFormat::Text => text::text(&found, report.colored(Stream::Out)),
        DiffFormat::Markdown => markdown::markdown(&found),
        DiffFormat::Json => json::json(&found),
    };
    report.result(&shown)?;
    let risks = found.targets.values().flat_map(|target| &target.risks);
    let fails = risks.into_iter().any(|risk| args.fail_on.iter().any(|limit| limit.catches(risk.code)));
    let differs = args.exit_code && !found.targets.is_empty();
    Ok(if fails || differs { Outcome::Failure } else { Outcome::Success })
}

/// The trees of a folder of sources; none if their errors were printed.
fn compiled(path: &Path, out: &Path, report: &Report) -> Result<Option<Trees>, Error> {
    let sources = read::read(path, out)?;
    let compiled = compile(&sources);
    report.diagnostics(Stream::Err, super::args::Format::Human, &compiled.diagnostics, &sources)?;
    Ok((!has_errors(&compiled.diagnostics)).then_some(compiled.trees))
}

/// Whether the folder contains generated trees, each in a subfolder.
fn has_trees(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.path().join(RECORD).is_file())
}
