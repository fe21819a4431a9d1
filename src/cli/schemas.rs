//! The schemas that manifests are validated against: from files, from standard input, or from the cluster.

use super::error::Error;
use super::read;
use crate::outside::Limit;
use crate::source::SourceMap;
use crate::verify::catalogue::{CORE, Catalogue, Index};
use crate::world::{cache, process};
use std::cell::OnceCell;
use std::path::PathBuf;

/// How long the cluster may take for an answer.
const PATIENCE: &str = "--request-timeout=30s";

/// What the cluster is asked.
const QUESTIONS: [&[&str]; 2] =
    [&["get", "customresourcedefinitions", "-o", "json", PATIENCE], &["get", "--raw", "/openapi/v2", PATIENCE]];

/// Schemas that are read once, or come from the cache.
#[derive(Debug)]
pub struct Schemas {
    inputs: Vec<(String, Vec<u8>)>,
    folder: Option<PathBuf>,
    key: String,
    kept: Option<cache::Kept>,
    read: OnceCell<Catalogue>,
}

impl Schemas {
    /// Of files and folders, or `-`.
    ///
    /// # Errors
    /// When one cannot be read, or there is no schema.
    pub fn of_files(paths: &[PathBuf]) -> Result<Self, Error> {
        let mut found = read::Found::new(Limit::SCHEMA);
        for path in paths {
            let there = found.add_named(path, "stdin", &["yaml", "yml", "json"]);
            there.ok_or_else(|| Error::NoSuchPath(path.clone()))?;
        }
        if !found.unusable.is_empty() {
            return Err(read::Error::Unusable(found.unusable).into());
        }
        Self::new(found.sources)
    }

    /// Of the cluster that kubectl talks to.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn of_cluster() -> Result<Self, Error> {
        let mut inputs = Vec::new();
        for question in QUESTIONS {
            let command = format!("kubectl {}", question.join(" "));
            let failed = |reason: String| Error::Cluster { command: command.clone(), reason };
            let output = process::program("kubectl").and_then(|mut kubectl| kubectl.args(question).output());
            let output = output.map_err(|error| failed(error.to_string()))?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it failed without a message");
                return Err(failed(last.trim().to_owned()));
            }
            inputs.push((command, output.stdout));
        }
        Self::new(inputs)
    }

    /// Only of the kinds that every cluster has.
    pub fn of_program() -> Self {
        let read = OnceCell::from(Catalogue::core());
        Self { inputs: Vec::new(), folder: None, key: String::new(), kept: None, read }
    }

    fn new(mut inputs: Vec<(String, Vec<u8>)>) -> Result<Self, Error> {
        inputs.sort();
        inputs.dedup();
        // The paths are a part of it: which of two definitions of a kind counts is a matter of their order.
        let parts = inputs.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes.as_slice()]);
        let program = [env!("CARGO_PKG_VERSION").as_bytes(), CORE.as_bytes()];
        let key = cache::digest(program.into_iter().chain(parts));
        let folder = cache::folder();
        let kept = folder.as_ref().and_then(|folder| cache::open(folder, &key));
        let schemas = Self { inputs, folder, key, kept, read: OnceCell::new() };
        if schemas.kept.is_none() {
            let catalogue = schemas.read_inputs()?;
            let _ = schemas.read.set(catalogue);
        }
        Ok(schemas)
    }

    /// Reads the schemas themselves, and keeps them for the next time if that is possible.
    fn read_inputs(&self) -> Result<Catalogue, Error> {
        let sources = SourceMap::decoded(self.inputs.iter().cloned());
        let catalogue = Catalogue::read(&sources).map_err(Error::Schemas)?;
        if let Some(folder) = &self.folder {
            // Without it the next run lasts longer, and that is all.
            let _ = cache::keep(folder, &self.key, &catalogue);
        }
        Ok(catalogue)
    }

    /// The kinds.
    pub fn index(&self) -> &Index {
        match (self.read.get(), &self.kept) {
            (Some(catalogue), _) => &catalogue.index,
            (None, Some(kept)) => kept.index(),
            (None, None) => unreachable!("schemas are kept or read"),
        }
    }

    /// A schema by its number. If the cache has lost it, all are read again.
    pub fn text(&self, number: usize) -> Option<String> {
        if self.read.get().is_none()
            && let Some(text) = self.kept.as_ref().and_then(|kept| kept.text(number))
        {
            return Some(text);
        }
        let catalogue = match self.read.get() {
            Some(catalogue) => catalogue,
            None => {
                let read = self.read_inputs().ok()?;
                self.read.get_or_init(|| read)
            }
        };
        catalogue.texts.get(number).cloned()
    }
}
