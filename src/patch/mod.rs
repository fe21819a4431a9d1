//! `patch`: the fields that a program sets in generated objects.
//!
//! [`check`] validates the fields against the schemas of their kinds. [`Patches`] merges them into the objects of a tree
//! while it is made, and knows afterwards which patches found no object and which fields the compiler owns.

mod errors;
pub mod kinds;
mod merge;

use crate::diag::{Diagnostic, Diagnostics};
use crate::files::Folder;
use crate::kube::Object;
use crate::model::{Patch, ResolvedProject, Setting, Settings};
use crate::names;
use crate::source::{SourceMap, Span, Spanned};
use crate::verify;
use crate::verify::catalogue::{Catalogue, Library};
use crate::verify::shape::{Shape, Step};
use crate::verify::yaml::{Entry, Node, Style, Value};
use kinds::{Kind, POD, When};
use merge::{merge, plain};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// All patches of a project, each with the path of the folder or file of the tree whose objects it can change.
fn all(resolved: &ResolvedProject) -> impl Iterator<Item = (String, &Patch)> {
    fn at<'a>(path: &str, patches: &'a [Patch]) -> impl Iterator<Item = (String, &'a Patch)> + use<'a> {
        let path = path.to_owned();
        patches.iter().map(move |patch| (path.clone(), patch))
    }
    let shared = [Folder::Access, Folder::ArgoCd, Folder::Events, Folder::Workflows];
    let project = shared.into_iter().flat_map(|folder| at(&folder.to_string(), &resolved.project.patches));
    let environments = resolved
        .environments
        .values()
        .flat_map(|known| at(&Folder::Environment(&known.name.value).to_string(), &known.patches));
    let pipelines = resolved.pipelines.iter().flat_map(|pipeline| {
        let files = [
            Folder::Workflows.file(&format!("{}.yaml", pipeline.name.value)),
            Folder::Events.file(&format!("sensor-{}.yaml", pipeline.name.value)),
        ];
        files.into_iter().flat_map(|file| at(&file, &pipeline.patches))
    });
    let apps = resolved.apps.values().flat_map(|app| {
        app.environments.iter().flat_map(move |(environment, known)| {
            let folder = Folder::AppIn(&app.name.value, environment);
            let crons = known.crons.iter().map(|known| (&known.name.value, &known.patches));
            let services = known.services.iter().map(|known| (&known.name.value, &known.patches)).chain(crons);
            let services = services.flat_map(move |(name, patches)| at(&folder.file(&format!("{name}.yaml")), patches));
            at(&folder.to_string(), &known.patches).chain(services)
        })
    });
    project.chain(environments).chain(pipelines).chain(apps)
}

/// Whether a program patches anything.
#[must_use]
pub fn any(resolved: &ResolvedProject) -> bool {
    all(resolved).next().is_some()
}

/// Checks the fields of all patches. Reports E0219 for kinds that are never generated, and E07xx for fields.
pub fn check(resolved: &ResolvedProject, sources: &SourceMap, sink: &mut Diagnostics) {
    // One patch may be meant for several environments, in which it differs.
    let mut patches: Vec<&Patch> = all(resolved).map(|(_, patch)| patch).collect();
    patches.sort_by_key(|patch| patch.span);
    patches.dedup();
    if patches.is_empty() {
        return;
    }
    let catalogue = Catalogue::built_in();
    let text = |text: usize| catalogue.texts.get(text).cloned();
    let library = Library::new(&catalogue.index, &text);
    for patch in patches {
        match kinds::find(&patch.kind) {
            None => sink.push(errors::unknown_kind(patch)),
            Some(kind) => {
                let id = (kind.api_version, kind.name);
                let found = verify::part(sources, &library, &node(patch.span, &patch.fields), id);
                found.into_iter().for_each(|report| sink.push(report));
            }
        }
    }
}

/// What the schema of a kind says of a place in its objects, as far as a patch can reach it; `None` for other kinds and
/// unknown places.
#[must_use]
pub fn shape(kind: &str, path: &[Step<'_>]) -> Option<Shape> {
    let kind = kinds::find(kind)?;
    let catalogue = Catalogue::built_in();
    let text = |text: usize| catalogue.texts.get(text).cloned();
    let library = Library::new(&catalogue.index, &text);
    let mut found = verify::shape::shape(&library, (kind.api_version, kind.name), path)?;
    let owned: Vec<_> =
        kind.owned.iter().chain(&kinds::EVERYWHERE).filter(|owned| owned.when == When::Always).collect();
    let names: Vec<_> = path.iter().map(|step| if let Step::Field(name) = step { name } else { "*" }).collect();
    let is_owned = |field: &str| {
        let whole = names.iter().copied().chain([field]).collect::<Vec<_>>().join(".");
        owned.iter().any(|owned| owned.path == whole)
    };
    found.fields.retain(|field, _| !is_owned(field));
    Some(found)
}

/// The fields of a patch as the schemas are compared with them.
fn node(span: Span, fields: &Settings) -> Rc<Node> {
    let entry = |(key, value): &(Spanned<String>, Spanned<Setting>)| Entry {
        key: key.clone(),
        value: value_node(value.span, &value.value),
    };
    let entries = fields.iter().map(entry).collect();
    Rc::new(Node { span, value: Value::Map(entries), style: Style::Enclosed })
}

fn value_node(span: Span, value: &Setting) -> Rc<Node> {
    let (value, style) = match value {
        Setting::Text(text) => (text.known().map_or(Value::Unread, Value::Text), Style::Enclosed),
        Setting::Number(number) => {
            let float = || number.parse().map_or(Value::Unread, Value::Float);
            (number.parse().map_or_else(|_| float(), Value::Int), Style::Plain)
        }
        Setting::Bool(value) => (Value::Bool(*value), Style::Plain),
        Setting::List(items) => {
            (Value::List(items.iter().map(|item| value_node(item.span, &item.value)).collect()), Style::Enclosed)
        }
        Setting::Map(fields) => return node(span, fields),
    };
    Rc::new(Node { span, value, style })
}

/// The patches of a project, by the path of the folder or file whose objects they can change.
#[derive(Debug, Default)]
pub struct Patches<'a> {
    by_path: BTreeMap<String, Vec<&'a Patch>>,
    /// Those that have not found one yet, with the objects that they have seen.
    missed: BTreeMap<Span, (&'a Patch, BTreeSet<String>)>,
    /// Those that find a workload of another kind in some environment: the environment, and the kind.
    other_kind: BTreeMap<Span, (&'a Patch, String, String)>,
    refused: BTreeMap<(Span, String), Diagnostic>,
}

impl<'a> Patches<'a> {
    /// Those of a project.
    #[must_use]
    pub fn of(resolved: &'a ResolvedProject) -> Self {
        let mut patches = Self::default();
        for (path, patch) in all(resolved) {
            patches.by_path.entry(path).or_default().push(patch);
            patches.missed.entry(patch.span).or_insert_with(|| (patch, BTreeSet::new()));
        }
        patches
    }

    /// The objects of a file with the patches of its folder, and then its own; `None` if there are none.
    pub fn apply(&mut self, path: &str, objects: &[Object]) -> Option<Vec<Object>> {
        let patches = self.of_file(path);
        if patches.is_empty() {
            return None;
        }
        let mut objects = objects.to_vec();
        for patch in patches {
            self.note_other_kind(path, patch, &objects);
            self.apply_one(patch, &mut objects);
        }
        Some(objects)
    }

    /// What is applied to a file, the patches of its folder first.
    fn of_file(&self, path: &str) -> Vec<&'a Patch> {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        [folder, path].into_iter().filter_map(|at| self.by_path.get(at)).flatten().copied().collect()
    }

    /// The patches of a file as bytes, for a digest; `None` if there are none.
    #[must_use]
    pub fn bytes_of(&self, path: &str) -> Option<Vec<u8>> {
        let patches = self.of_file(path);
        if patches.is_empty() {
            return None;
        }
        let one = |patch: &&Patch| json!([patch.kind, patch.name, plain(&Setting::Map(patch.fields.clone()))]);
        Some(patches.iter().map(one).collect::<serde_json::Value>().to_string().into_bytes())
    }

    /// The workload of a service has another kind where a pipeline runs a canary or its pods have storage. A patch that is
    /// tried in one environment must not be without effect in another.
    fn note_other_kind(&mut self, path: &str, patch: &'a Patch, objects: &[Object]) {
        let is_of_service = self.by_path.get(path).is_some_and(|own| own.iter().any(|own| own.span == patch.span));
        let is_named = |object: &Object| patch.name.as_ref().map_or(is_of_service, |name| object.name() == name);
        let found = objects.iter().find(|object| is_workload(object) && is_named(object));
        if let Some(found) = found.filter(|_| names::WORKLOADS.contains(&patch.kind.as_str()))
            && found.kind() != patch.kind
            && let Some(environment) = path.split('/').nth(2)
        {
            let there = (patch, environment.to_owned(), found.kind().to_owned());
            self.other_kind.entry(patch.span).or_insert(there);
        }
    }

    fn apply_one(&mut self, patch: &'a Patch, objects: &mut [Object]) {
        let Some(kind) = kinds::find(&patch.kind) else { return };
        if let Some((_, seen)) = self.missed.get_mut(&patch.span) {
            seen.extend(objects.iter().map(|object| format!("{}/{}", object.kind(), object.name())));
            let pods = objects.iter().filter(|object| is_workload(object));
            seen.extend(pods.map(|object| format!("{POD}/{}", object.name())));
        }
        let is_meant = |object: &&mut Object| {
            let is_kind = if kind.name == POD { is_workload(object) } else { object.kind() == kind.name };
            is_kind && patch.name.as_ref().is_none_or(|name| object.name() == name)
        };
        let meant: Vec<_> = objects.iter_mut().filter(is_meant).collect();
        if patch.name.is_none() && meant.len() > 1 {
            let names: Vec<_> = meant.iter().map(|object| format!("{}/{}", kind.name, object.name())).collect();
            self.refused.insert((patch.span, String::new()), errors::several(patch, &names));
        }
        for object in meant {
            self.missed.remove(&patch.span);
            for (refusal, report) in set(object, patch, kind) {
                self.refused.insert((refusal, report.message.clone()), report);
            }
        }
    }

    /// What was wrong with them: E0219 where there is no such object, and E0310 for fields that cannot be set.
    pub fn report(self, sink: &mut Diagnostics) {
        let elsewhere = self.other_kind.into_values().filter(|(patch, ..)| !self.missed.contains_key(&patch.span));
        elsewhere.for_each(|(patch, environment, kind)| sink.push(errors::other_kind(patch, &environment, &kind)));
        for (patch, seen) in self.missed.into_values() {
            // Where nothing is generated at all, the app is not deployed, which is not the patch's fault.
            if !seen.is_empty() && kinds::find(&patch.kind).is_some() {
                sink.push(errors::no_object(patch, &seen));
            }
        }
        self.refused.into_values().for_each(|report| sink.push(report));
    }
}

fn is_workload(object: &Object) -> bool {
    kinds::template(object.kind()).is_some()
}

/// Sets the fields of an object, and writes down in an annotation which they are, for those who review or debug it.
fn set(object: &mut Object, patch: &Patch, kind: &Kind) -> Vec<(Span, Diagnostic)> {
    let value = object.value_mut();
    let (paths, refusals) = if kind.name == POD {
        let template = value["kind"].as_str().and_then(kinds::template).expect("what has pods has a template of them");
        let pod = template.split('.').fold(&mut *value, |value, field| &mut value[field]);
        let (mut paths, refusals) = merge(pod, &patch.fields, kind);
        paths.iter_mut().for_each(|path| *path = format!("{template}.{path}"));
        (paths, refusals)
    } else {
        merge(value, &patch.fields, kind)
    };
    let known = &mut value["metadata"]["annotations"][names::key(names::PATCHED)];
    let mut all: BTreeSet<_> =
        known.as_str().into_iter().flat_map(|list| list.split(", ")).map(str::to_owned).collect();
    all.extend(paths);
    *known = json!(all.into_iter().collect::<Vec<_>>().join(", "));
    refusals.iter().map(|refusal| (refusal.span, errors::refused(refusal, patch))).collect()
}
