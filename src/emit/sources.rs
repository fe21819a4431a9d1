//! `sources.json`: the Argo CD sources of an app, with placeholders that a run fills.
//!
//! A placeholder is `{"$run": "images.code.digest"}`: a path into what the run knows about the app
//! (`scripts/manifest.sh` fills it). `{"$join": […]}` concatenates strings, `{"$json": …}` writes a value as JSON, and
//! `{"$map": […]}` is a map whose keys begin with `$` themselves.

use crate::files::Folder;
use crate::model::text::{ImageField, RunField};
use crate::model::{App, AppIn, Chart, Helm, ImageId, Origin, Segment, Setting, Settings, Text, join};
use crate::names::NAMESPACE_VARIABLE;
use crate::plan::Plan;
use crate::providers::host;
use crate::steps::pods;
use serde_json::{Map, Value, json};

/// A value of a service's object that is only known in a run.
#[derive(Debug)]
pub struct Placeholder {
    /// The kind of the object.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// A JSON pointer to the value.
    pub pointer: String,
    /// The text to put there.
    pub text: Text,
    /// Whether it is in a pod, where Kubernetes fills in the namespace.
    pub in_pod: bool,
}

/// The sources of an app in an environment, its services first. `placeholders` are those of the services' objects.
pub fn sources(plan: &Plan, app: &App, environment: &str, images: &[ImageId], placeholders: &[Placeholder]) -> Value {
    let app_in = &app.environments[environment];
    let mut list = Vec::new();
    if app_in.is_generated() {
        list.push(services(plan, app, environment, images, placeholders));
    }
    list.extend(app_in.helm.iter().map(|helm| chart(app, helm)));
    list.extend(values_files(app, app_in));
    list.extend(own_folders(plan, app, app_in));
    Value::Array(list)
}

/// The folder of the tree that holds the services: pinned to the tree's commit, its images filled in by Kustomize.
fn services(plan: &Plan, app: &App, environment: &str, images: &[ImageId], placeholders: &[Placeholder]) -> Value {
    let gitops = &plan.resolved.project.gitops;
    let path = join(&gitops.tree_of(&plan.resolved.target), &Folder::AppIn(&app.name.value, environment).to_string());
    let images: Vec<_> = images.iter().map(|image| image_hole(app, &image.placeholder(), image)).collect();
    let mut kustomize = Map::new();
    if !images.is_empty() {
        kustomize.insert("images".into(), Value::Array(images));
    }
    let patches = patches(app, placeholders);
    if !patches.is_empty() {
        kustomize.insert("patches".into(), Value::Array(patches));
    }
    let mut source =
        json!({"repoURL": host::clone_url(&gitops.repository), "targetRevision": run("tree"), "path": path});
    // Argo CD treats an empty `kustomize` as missing.
    if !kustomize.is_empty() {
        source["kustomize"] = Value::Object(kustomize);
    }
    source
}

/// The image with which Kustomize replaces an image of that name.
fn image_hole(app: &App, name: &str, image: &ImageId) -> Value {
    let field = |field| run(&image_path(app, image, field));
    json!({"$join": [format!("{name}="), field("repository"), "@", field("digest")]})
}

/// One patch for each workload, with the values that are only known in a run.
fn patches(app: &App, placeholders: &[Placeholder]) -> Vec<Value> {
    let mut patches: Vec<(&Placeholder, Vec<Value>)> = Vec::new();
    for placeholder in placeholders {
        let operation = json!({"op": "replace", "path": placeholder.pointer, "value": placeholder.value(app)});
        match patches.iter_mut().find(|(first, _)| first.kind == placeholder.kind && first.name == placeholder.name) {
            Some((_, operations)) => operations.push(operation),
            None => patches.push((placeholder, vec![operation])),
        }
    }
    patches
        .into_iter()
        .map(|(placeholder, operations)| json!({"target": {"kind": placeholder.kind, "name": placeholder.name}, "patch": {"$json": operations}}))
        .collect()
}

fn chart(app: &App, helm: &Helm) -> Value {
    let mut options = Map::new();
    options.insert("releaseName".into(), json!(helm.release(&app.name.value)));
    if !helm.values.is_empty() {
        let root = match helm.chart {
            Chart::Own { .. } => String::new(),
            Chart::ThirdParty { .. } => format!("${VALUES}/"),
        };
        let files: Vec<_> = helm.values.iter().map(|file| format!("{root}{}", file.value)).collect();
        options.insert("valueFiles".into(), json!(files));
    }
    if !helm.set.is_empty() {
        options.insert("valuesObject".into(), settings(app, &helm.set));
    }
    match &helm.chart {
        Chart::Own { path } => own_source(app, path, "helm", Value::Object(options)),
        Chart::ThirdParty { repository, name, version } => json!({
            "repoURL": repository, "chart": name, "targetRevision": version, "helm": options,
        }),
    }
}

/// The name by which the values files of third-party charts refer to the app's repository.
const VALUES: &str = "values";

/// The app's repository, where third-party charts read values files from it: pinned to the delivered commit. A source
/// with a `ref` and without a path has no manifests (argo-cd, `docs/user-guide/multiple_sources.md`).
fn values_files(app: &App, app_in: &AppIn) -> Option<Value> {
    let reads = |helm: &Helm| matches!(helm.chart, Chart::ThirdParty { .. }) && helm.reads_source();
    let source = app.source.as_ref().filter(|_| app_in.helm.iter().any(reads))?;
    Some(json!({"repoURL": host::clone_url(&source.value), "targetRevision": run("revision"), "ref": VALUES}))
}

fn own_folders(plan: &Plan, app: &App, app_in: &AppIn) -> Vec<Value> {
    let kustomize = app_in.kustomize.as_ref().map(|kustomize| {
        let image = |(name, image): (&String, &ImageId)| match &plan.resolved.image(image).origin {
            Origin::Built(_) | Origin::FromCi(_) => image_hole(app, name, image),
            Origin::Reference(reference) => json!(format!("{name}={}", reference.pinned())),
        };
        let images: Vec<_> = kustomize.images.iter().map(image).collect();
        // Argo CD detects a kustomization itself, and treats an empty `kustomize` as missing.
        let options = if images.is_empty() { json!({}) } else { json!({"images": images}) };
        own_source(app, &kustomize.path, "kustomize", options)
    });
    let manifests = app_in.manifests.as_ref().map(|path| own_source(app, path, "directory", json!({"recurse": true})));
    kustomize.into_iter().chain(manifests).collect()
}

/// A folder of the app's own repository, pinned to its revision.
fn own_source(app: &App, path: &str, kind: &str, options: Value) -> Value {
    let source = app.source.as_ref().expect("an app with a folder has a source");
    let path = if path.is_empty() { "." } else { path };
    let mut result =
        json!({"repoURL": host::clone_url(&source.value), "targetRevision": run("revision"), "path": path});
    if options != json!({}) {
        result[kind] = options;
    }
    result
}

fn run(path: &str) -> Value {
    json!({"$run": path})
}

fn image_path(app: &App, image: &ImageId, field: &str) -> String {
    if image.app == app.name.value {
        format!("images.{}.{field}", image.image)
    } else {
        format!("apps.{}.images.{}.{field}", image.app, image.image)
    }
}

fn settings(app: &App, map: &Settings) -> Value {
    if map.iter().any(|(key, _)| key.value.starts_with('$')) {
        let entries: Vec<_> =
            map.iter().map(|(key, value)| json!({"key": key.value, "value": setting(app, &value.value)})).collect();
        return json!({"$map": entries});
    }
    Value::Object(map.iter().map(|(key, value)| (key.value.clone(), setting(app, &value.value))).collect())
}

fn setting(app: &App, value: &Setting) -> Value {
    match value {
        Setting::Text(text) => filled(app, text, |literal, _| literal.to_owned(), run("namespace")),
        Setting::Number(number) => number.parse::<serde_json::Number>().map_or_else(|_| json!(number), Value::Number),
        Setting::Bool(truth) => json!(truth),
        Setting::List(list) => Value::Array(list.iter().map(|value| setting(app, &value.value)).collect()),
        Setting::Map(map) => settings(app, map),
    }
}

impl Placeholder {
    fn value(&self, app: &App) -> Value {
        if !self.in_pod {
            return filled(app, &self.text, |literal, _| literal.to_owned(), run("namespace"));
        }
        filled(app, &self.text, pods::unexpanded, json!(pods::reference(NAMESPACE_VARIABLE)))
    }
}

fn filled(app: &App, text: &Text, literal: impl Fn(&str, Option<&Segment>) -> String, namespace: Value) -> Value {
    let mut parts: Vec<Value> = Vec::new();
    for (at, segment) in text.0.iter().enumerate() {
        match segment {
            Segment::Literal(letters) => parts.push(json!(literal(letters, text.0.get(at + 1)))),
            Segment::Namespace => parts.push(namespace.clone()),
            Segment::Image(image, ImageField::Reference) => {
                let field = |field| run(&image_path(app, image, field));
                parts.extend([field("repository"), json!("@"), field("digest")]);
            }
            Segment::Image(image, field) => parts.push(run(&image_path(app, image, field.name()))),
            Segment::Run(field) => parts.push(run(match field {
                RunField::Version => "version",
                RunField::Sha => "revision",
                RunField::Sha7 | RunField::Sha8 => unreachable!("only the tag of an image from a CI can contain it"),
                RunField::Branch => "branch",
                RunField::Url => "url",
                RunField::Tag => unreachable!("only builds and tasks know the tag"),
                RunField::WorkflowUrl => unreachable!("only the run itself knows its page"),
            })),
            Segment::Secret { variable, .. } => parts.push(json!(pods::reference(variable))),
            Segment::Canary(_) => unreachable!("a canary is known only to the query of an analysis"),
        }
    }
    match parts.len() {
        0 => json!(""),
        1 => parts.remove(0),
        _ => json!({"$join": parts}),
    }
}
