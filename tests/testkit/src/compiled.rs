//! Compiled programs, as files and as objects.

use pipelinec::compile::compile;
use pipelinec::diag::{Diagnostic, Diagnostics};
use pipelinec::files::Files;
use pipelinec::model::{self, ResolvedProject};
use pipelinec::objects::documents;
use pipelinec::source::SourceMap;
use pipelinec::{program, syntax};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use crate::root;

/// A program, and the tree of each of its targets.
pub struct Compiled {
    /// Where it comes from.
    pub name: &'static str,
    /// Its files, by name.
    pub sources: Vec<(String, String)>,
    /// By target.
    pub trees: BTreeMap<String, Tree>,
}

/// The tree of a target.
pub struct Tree {
    /// By path.
    pub files: Files,
    /// Those of its manifests.
    pub objects: Vec<Object>,
    /// What the target means.
    pub resolved: ResolvedProject,
}

/// An object, and the file that it stands in.
pub struct Object {
    /// The path of the file.
    pub file: String,
    /// The object.
    pub value: Value,
}

/// Every example, and a program with what they leave out.
pub static ALL: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    let folders = folders("examples").into_iter().chain(["tests/manifests".to_owned()]);
    folders.map(|folder| Compiled::read(folder.leak())).collect()
});

/// Every case of `tests/cases`.
static CASES: LazyLock<Vec<Compiled>> =
    LazyLock::new(|| folders("tests/cases").into_iter().map(|folder| Compiled::read(folder.leak())).collect());

/// The folders in a folder of the repository, by name.
#[must_use]
pub fn folders(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder").map(|entry| entry.expect("listed"));
    let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("UTF-8");
    let mut names: Vec<_> = entries.filter(|entry| entry.path().is_dir()).map(name).collect();
    names.sort();
    names.into_iter().map(|name| format!("{folder}/{name}")).collect()
}

/// A program of [`ALL`].
#[must_use]
pub fn program(folder: &str) -> &'static Compiled {
    ALL.iter().find(|program| program.name == folder).expect("a program in this folder")
}

/// Every tree of every example and case, with where it comes from.
pub fn every_tree() -> impl Iterator<Item = (String, &'static Tree)> {
    let trees = |program: &'static Compiled| {
        program.trees.iter().map(move |(target, tree)| (format!("{}, {target}", program.name), tree))
    };
    ALL.iter().chain(CASES.iter()).flat_map(trees)
}

/// The sample project.
pub fn homelab() -> &'static Compiled {
    program("examples/homelab")
}

/// The program with the hard cases.
pub fn wide() -> &'static Compiled {
    program("tests/manifests")
}

impl Compiled {
    fn read(folder: &'static str) -> Self {
        let path = root().join(folder);
        let mut sources = Vec::new();
        for entry in fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("listed").path()) {
            if entry.extension().is_some_and(|extension| extension == "pipe") {
                let name = entry.file_name().expect("a name").to_string_lossy().into_owned();
                sources.push((name, fs::read_to_string(&entry).expect("a text")));
            }
        }
        Self::of(folder, sources)
    }

    /// Compiles sources that have no errors.
    pub fn of(name: &'static str, sources: Vec<(String, String)>) -> Self {
        Self::try_of(name, sources).unwrap_or_else(|said| panic!("{name}: {said:?}"))
    }

    /// Compiles sources, or says what is wrong with them.
    pub fn try_of(name: &'static str, sources: Vec<(String, String)>) -> Result<Self, Vec<Diagnostic>> {
        let map = SourceMap::new(sources.clone());
        let compilation = compile(&map);
        if compilation.trees.is_empty() {
            return Err(compilation.diagnostics);
        }
        let trees = compilation.trees.into_iter().map(|(target, files)| {
            let resolved = resolved(&map, &target);
            let objects = files.iter().filter(|(file, _)| file.ends_with(".yaml")).flat_map(objects).collect();
            (target, Tree { files, objects, resolved })
        });
        let trees = trees.collect();
        Ok(Self { name, sources, trees })
    }
}

/// The resolved system of a target.
fn resolved(map: &SourceMap, target: &str) -> ResolvedProject {
    let mut sink = Diagnostics::default();
    let files: Vec<_> = map.iter().map(|(id, file)| syntax::parse(id, file, &mut sink)).collect();
    let program = program::validate(&files, &mut sink);
    let edits = program.targets.iter().find(|block| block.name() == target);
    let root = program::for_target(&program, edits, &mut sink);
    model::resolve(&root, target, &mut sink)
}

fn objects((file, text): (&String, &String)) -> Vec<Object> {
    documents(file, text)
        .map(|document| {
            let value: Value = serde_yaml::from_str(document.text).unwrap_or_else(|error| panic!("{file}: {error}"));
            Object { file: file.clone(), value }
        })
        .collect()
}

impl Tree {
    /// The objects of a kind.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(move |object| object.value["kind"] == kind)
    }

    /// The object of that kind and name.
    pub fn object(&self, kind: &str, name: &str) -> &Value {
        let found = self.of_kind(kind).find(|object| object.name() == name);
        &found.unwrap_or_else(|| panic!("there is no {kind} {name}")).value
    }

    /// Every file of an app's sources in an environment: app, environment, sources.
    pub fn sources(&self) -> Vec<(String, String, Value)> {
        let files = self.files.iter().filter(|(file, _)| file.ends_with("/sources.json"));
        files
            .map(|(file, text)| {
                let parts: Vec<_> = file.split('/').collect();
                (parts[1].to_owned(), parts[2].to_owned(), serde_json::from_str(text).expect("JSON"))
            })
            .collect()
    }
}

impl Object {
    /// Its name, or an empty text.
    pub fn name(&self) -> &str {
        self.value["metadata"]["name"].as_str().unwrap_or_default()
    }

    /// Its kind.
    pub fn kind(&self) -> &str {
        self.value["kind"].as_str().unwrap_or_default()
    }

    /// Where it stands and what it is, for a message.
    pub fn place(&self) -> String {
        format!("{}: {} {}", self.file, self.kind(), self.name())
    }

    /// The templates of a workflow.
    pub fn templates(&self) -> Vec<&Value> {
        let spec = &self.value["spec"];
        let spec = if self.kind() == "CronWorkflow" { &spec["workflowSpec"] } else { spec };
        list(&spec["templates"]).collect()
    }
}

/// The items of a list; none of what is not there.
pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A text, or an empty one.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Every value below a value, itself included.
pub fn walk<'a>(value: &'a Value, visit: &mut dyn FnMut(&'a Value)) {
    visit(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(fields) => fields.values().for_each(|field| walk(field, visit)),
        _ => {}
    }
}
