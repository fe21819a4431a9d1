//! The kinds of a cluster with their schemas: CustomResourceDefinitions, and the API server's OpenAPI document.
//!
//! A [`Catalogue`] is made of files; its [`Index`] and its texts can be stored separately, so that a run reads only
//! the texts that it needs.

use super::schema::{Dialect, Schema};
use super::yaml;
use crate::diag::Diagnostics;
use crate::diag::Severity;
use crate::source::{SourceFile, SourceMap};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::LazyLock;

/// The schemas of the kinds that every cluster has, by the types of k8s-openapi; `tests/schemas` writes them. They
/// are used if no document of an API server is given.
pub const CORE: &str = include_str!("core.json");

/// The schemas of the generated kinds of the Argo projects, in the newest versions that `tests/cluster` runs;
/// `tests/schemas` writes them. EventSources and Sensors allow everything there.
pub const ARGO: &str = include_str!("argo.json");

/// What a CustomResourceDefinition may hold any value in, whatever a document says of these.
const ANY: [&str; 4] = ["JSON", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrStringArray"];

/// A longer chain of references is a cycle.
const HOPS: usize = 32;

/// A version of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// `v1alpha1`.
    pub name: String,
    /// Whether the cluster still accepts it.
    pub served: bool,
    /// Which text is its schema; without one, everything is allowed.
    pub text: Option<usize>,
}

/// A kind of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// `apps`, or nothing for the oldest group.
    pub group: String,
    /// `Deployment`.
    pub kind: String,
    /// Whether a CustomResourceDefinition says so.
    pub custom: bool,
    /// Its versions, as they are listed.
    pub versions: Vec<Version>,
}

/// All kinds, and where their schemas are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// By group and kind.
    pub kinds: Vec<Known>,
    /// Which text a definition is that schemas refer to by name.
    pub definitions: BTreeMap<String, usize>,
    /// Whether the kinds that every cluster has are those of the program.
    pub has_core: bool,
}

/// The index of a set of schemas, and their texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// The kinds.
    pub index: Index,
    /// The schemas, each as JSON on a line.
    pub texts: Vec<String>,
}

/// A file of schemas that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a path, or with line and column.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

impl Catalogue {
    /// Reads the output of `kubectl get crd -o yaml` or `-o json`, files of CustomResourceDefinitions, and documents of
    /// an API server (`kubectl get --raw /openapi/v2`). What is neither is skipped.
    ///
    /// # Errors
    /// When a file cannot be read, or none has a schema.
    pub fn read(files: &SourceMap) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader::default();
        let mut faults = Vec::new();
        for (id, file) in files.iter() {
            match documents(id, file) {
                Ok(documents) => documents.iter().for_each(|document| reader.document(document)),
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut found = reader.finish();
        if found.index.kinds.is_empty() {
            let reason = "it contains no CustomResourceDefinition and no OpenAPI document of an API server".to_owned();
            return Err(files
                .iter()
                .map(|(_, file)| Fault { place: file.path().to_owned(), reason: reason.clone() })
                .collect());
        }
        if found.index.definitions.is_empty() {
            found.add_core();
        }
        Ok(found)
    }

    /// Only the kinds that every cluster has.
    #[must_use]
    pub fn core() -> Self {
        let mut found = Self::default();
        found.add_core();
        found
    }

    /// The kinds that every cluster has, and those of the Argo projects: read once, when they are first asked for.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static BUILT_IN: LazyLock<Catalogue> = LazyLock::new(Catalogue::read_built_in);
        &BUILT_IN
    }

    fn read_built_in() -> Self {
        let mut reader = Reader::default();
        let [core, argo] =
            [CORE, ARGO].map(|table| serde_json::from_str(table).expect("the table of the program is JSON"));
        reader.document(&core);
        reader.document(&argo);
        // What several of its definitions share.
        if let Value::Object(definitions) = &argo["definitions"] {
            reader.openapi(definitions);
        }
        reader.finish()
    }

    fn add_core(&mut self) {
        let mut reader = Reader::default();
        reader.document(&serde_json::from_str(CORE).expect("the table of the program is JSON"));
        let core = reader.finish();
        let shift = self.texts.len();
        self.texts.extend(core.texts);
        self.index.definitions = core.index.definitions.into_iter().map(|(name, text)| (name, text + shift)).collect();
        let mut added = core.index.kinds;
        added.retain(|known| self.index.find(&known.group, &known.kind).is_none());
        for version in added.iter_mut().flat_map(|known| &mut known.versions) {
            version.text = version.text.map(|text| text + shift);
        }
        self.index.kinds.extend(added);
        self.index.has_core = true;
        self.index.sort();
    }
}

impl Index {
    /// A kind of a group.
    #[must_use]
    pub fn find(&self, group: &str, kind: &str) -> Option<&Known> {
        let order = |known: &Known| (known.group.as_str(), known.kind.as_str()).cmp(&(group, kind));
        self.kinds.binary_search_by(order).ok().map(|at| &self.kinds[at])
    }

    fn sort(&mut self) {
        self.kinds.sort_by(|a, b| (&a.group, &a.kind).cmp(&(&b.group, &b.kind)));
    }
}

/// The documents of a file as plain data.
fn documents(id: crate::source::SourceId, file: &SourceFile) -> Result<Vec<Value>, Fault> {
    let at = |place: String, reason: String| Fault { place, reason };
    if file.fault().is_some() {
        return Err(at(file.path().to_owned(), "it is not UTF-8".to_owned()));
    }
    // JSON with a separate parser: a cluster's response is large.
    if file.text().trim_start().starts_with('{') {
        let mut json = serde_json::Deserializer::from_str(file.text()).into_iter::<Value>();
        let read: Result<Vec<_>, _> = json.by_ref().collect();
        if let Ok(documents) = read {
            return Ok(documents);
        }
    }
    let mut sink = Diagnostics::default();
    let documents = yaml::read(id, file, &mut sink);
    if let Some(error) = sink.into_sorted().iter().find(|found| found.severity() == Severity::Error) {
        let position = file.position(error.primary.span.range().start);
        let place = format!("{}:{}:{}", file.path(), position.line + 1, position.column + 1);
        return Err(at(place, error.message.clone()));
    }
    Ok(documents.iter().filter_map(|document| Some(document.root.as_ref()?.json())).collect())
}

#[derive(Default)]
struct Reader {
    found: Catalogue,
    custom: BTreeSet<(String, String)>,
}

impl Reader {
    fn document(&mut self, document: &Value) {
        let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
        if let Some(Value::Array(items)) = document.get("items")
            && text("kind").ends_with("List")
        {
            return items.iter().for_each(|item| self.document(item));
        }
        if text("kind") == "CustomResourceDefinition" {
            self.definition(document);
        } else if let Some(Value::Object(definitions)) = document.get("definitions") {
            self.openapi(definitions);
        }
    }

    fn definition(&mut self, document: &Value) {
        let spec = &document["spec"];
        let (Some(group), Some(kind)) = (spec["group"].as_str(), spec["names"]["kind"].as_str()) else { return };
        if !self.custom.insert((group.to_owned(), kind.to_owned())) {
            return;
        }
        let mut versions = Vec::new();
        for version in spec["versions"].as_array().into_iter().flatten() {
            let Some(name) = version["name"].as_str() else { continue };
            let own = &version["schema"]["openAPIV3Schema"];
            let schema = if own.is_object() { own } else { &spec["validation"]["openAPIV3Schema"] };
            let text = schema.is_object().then(|| self.text(schema));
            let served = version["served"].as_bool().unwrap_or(true);
            versions.push(Version { name: name.to_owned(), served, text });
        }
        let known = Known { group: group.to_owned(), kind: kind.to_owned(), custom: true, versions };
        self.found.index.kinds.retain(|other| (&other.group, &other.kind) != (&known.group, &known.kind));
        self.found.index.kinds.push(known);
    }

    fn openapi(&mut self, definitions: &serde_json::Map<String, Value>) {
        let any = Value::Object(serde_json::Map::new());
        for (name, schema) in definitions {
            let is_any = ANY.iter().any(|own| name.rsplit_once(".v1.").is_some_and(|(_, last)| last == *own));
            let text = self.text(if is_any { &any } else { schema });
            self.found.index.definitions.insert(name.clone(), text);
            for id in schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
                let field = |name: &str| id[name].as_str().unwrap_or_default().to_owned();
                let (group, kind) = (field("group"), field("kind"));
                if self.custom.contains(&(group.clone(), kind.clone())) {
                    continue;
                }
                let version = Version { name: field("version"), served: true, text: Some(text) };
                let kinds = &mut self.found.index.kinds;
                match kinds.iter_mut().find(|known| known.group == group && known.kind == kind) {
                    Some(known) if known.versions.iter().all(|other| other.name != version.name) => {
                        known.versions.push(version);
                    }
                    Some(_) => {}
                    None => kinds.push(Known { group, kind, custom: false, versions: vec![version] }),
                }
            }
        }
    }

    /// Keeps a schema as a text, without what is only for people.
    fn text(&mut self, schema: &Value) -> usize {
        let mut schema = schema.clone();
        slim(&mut schema, false);
        self.found.texts.push(schema.to_string());
        self.found.texts.len() - 1
    }

    fn finish(mut self) -> Catalogue {
        self.found.index.sort();
        self.found
    }
}

fn slim(value: &mut Value, are_names: bool) {
    match value {
        Value::Object(fields) => {
            if !are_names {
                // A rule in CEL is not evaluated.
                fields.retain(|key, _| !matches!(key.as_str(), "description" | "example" | "x-kubernetes-validations"));
                if let Some(default) = fields.get_mut("default") {
                    *default = json!(true);
                }
            }
            for (key, value) in
                fields.iter_mut().filter(|(key, _)| are_names || !matches!(key.as_str(), "enum" | "const"))
            {
                slim(value, !are_names && matches!(key.as_str(), "properties" | "definitions" | "patternProperties"));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| slim(item, false)),
        _ => {}
    }
}

/// Gives the text of a schema.
pub type Text<'a> = dyn Fn(usize) -> Option<String> + 'a;

/// The schemas of an index, each read when it is first asked for.
pub struct Library<'a> {
    /// The kinds.
    pub index: &'a Index,
    text: &'a Text<'a>,
    read: RefCell<BTreeMap<usize, Rc<Schema>>>,
}

impl std::fmt::Debug for Library<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("kinds", &self.index.kinds.len()).finish_non_exhaustive()
    }
}

impl<'a> Library<'a> {
    /// The schemas whose texts come from there.
    #[must_use]
    pub fn new(index: &'a Index, text: &'a Text<'a>) -> Self {
        Self { index, text, read: RefCell::default() }
    }

    /// A schema by the number of its text. One that cannot be had asks for nothing.
    fn schema(&self, text: usize) -> Rc<Schema> {
        if let Some(known) = self.read.borrow().get(&text) {
            return Rc::clone(known);
        }
        let value = (self.text)(text).and_then(|text| serde_json::from_str(&text).ok());
        let schema = Rc::new(Schema::read(&value.unwrap_or(Value::Null)));
        self.read.borrow_mut().insert(text, Rc::clone(&schema));
        schema
    }

    /// The schema of a version of a kind, and whose rules it follows.
    #[must_use]
    pub fn of(&self, known: &Known, version: &Version) -> Option<(Rc<Schema>, Dialect)> {
        let dialect = if known.custom { Dialect::Crd } else { Dialect::OpenApi };
        version.text.map(|text| (self.schema(text), dialect))
    }

    /// A definition by its name. One that is not there asks for nothing.
    #[must_use]
    pub fn definition(&self, name: &str) -> Rc<Schema> {
        self.index.definitions.get(name).map(|text| self.schema(*text)).unwrap_or_default()
    }

    /// What a schema refers to, or the schema itself.
    #[must_use]
    pub fn resolve(&self, schema: &Rc<Schema>) -> Rc<Schema> {
        let mut schema = Rc::clone(schema);
        for _ in 0..HOPS {
            let Some(name) = schema.reference.as_ref().filter(|_| !schema.quantity) else { return schema };
            let Some(text) = self.index.definitions.get(name) else { break };
            schema = self.schema(*text);
        }
        if schema.reference.is_some() && !schema.quantity { Rc::default() } else { schema }
    }
}
