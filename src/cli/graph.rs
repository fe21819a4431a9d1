//! The command `graph`: the pipelines as a picture.

use super::args::{Format, Graph, OUT, Picture};
use super::check::has_errors;
use super::error::Error;
use super::report::{Report, Stream, plain};
use super::{Outcome, read, rewrite, targets};
use crate::compile::analyse;
use crate::graph::{dot, graph, mermaid, svg};
use std::fs;
use std::io;
use std::path::Path;

/// Runs it.
pub fn run(args: &Graph, report: &Report) -> Result<Outcome, Error> {
    let sources = read::read(&args.path, Path::new(OUT))?;
    let analysis = analyse(&sources);
    report.diagnostics(Stream::Err, Format::Human, &analysis.diagnostics, &sources)?;
    if has_errors(&analysis.diagnostics) {
        return Ok(Outcome::Failure);
    }
    let mut projects: Vec<_> = analysis.targets.iter().map(|(_, resolved)| resolved).collect();
    targets::require(&args.target, projects.iter().map(|resolved| resolved.target.as_str()))?;
    projects.retain(|resolved| targets::is_meant(&args.target, &resolved.target));
    let graph = graph(&projects);
    let text = match args.format {
        Picture::Mermaid => mermaid(&graph),
        Picture::Dot => dot(&graph),
        Picture::Svg => svg(&graph),
    };
    match args.out.as_deref().filter(|path| path.as_os_str() != "-") {
        None => report.page(&text)?,
        Some(path) => {
            write(path, &text).map_err(|source| Error::Unwritable { path: path.to_owned(), source })?;
            report.result(&plain(&format!("wrote {}", path.display())))?;
        }
    }
    Ok(Outcome::Success)
}

/// Writes the picture. A source is never written over: `-o` is soon followed by the wrong name.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if path.extension().is_some_and(|it| it == "pipe") {
        return Err(io::Error::other("it is one of the sources"));
    }
    // A terminal or a pipe has no place in a folder where another could take its name.
    match fs::metadata(path) {
        Ok(there) if !there.is_file() => fs::write(path, text),
        _ => rewrite::replace(path, text),
    }
}
