//! Files → their objects, each against the schema of its kind.

use super::catalogue::{Known, Library};
use super::place::{At, Form};
use super::schema::{Dialect, Schema};
use super::value::{Look, Values};
use super::yaml::{self, Node, Value};
use super::{Found, Options, Verified, errors, metadata, secrets, whole};
use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::source::{Fault, SourceFile, SourceId, SourceMap, Span};
use std::rc::Rc;

/// What the metadata of every object is, as the API server calls it.
pub(super) const METADATA: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The kind by which [`Verifier::part`] is asked for a pod template.
const POD: &str = "Pod";

/// What a workload makes pods of, as the API server calls it.
const POD_TEMPLATE: &str = "io.k8s.api.core.v1.PodTemplateSpec";

/// Read by Kustomize, which never sends it to a cluster.
const KUSTOMIZE: &str = "kustomize.config.k8s.io";

/// Group and version of an `apiVersion`.
pub(super) fn group(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

pub(super) struct Verifier<'a> {
    sources: &'a SourceMap,
    options: Options<'a>,
    values: Values<'a>,
    metadata: Rc<Schema>,
    found: Verified,
    sink: Diagnostics,
}

impl<'a> Verifier<'a> {
    pub fn new(sources: &'a SourceMap, library: &'a Library<'a>, options: Options<'a>) -> Self {
        let metadata = library.definition(METADATA);
        let (found, sink) = (Verified::default(), Diagnostics::default());
        Self { sources, options, values: Values::new(sources, library), metadata, found, sink }
    }

    pub fn finish(self) -> (Verified, Diagnostics) {
        (self.found, self.sink)
    }

    fn library(&self) -> &'a Library<'a> {
        self.values.library
    }

    /// Verifies a file, or skips it if it contains no manifest and is not named.
    pub fn file(&mut self, id: SourceId, file: &SourceFile, is_named: bool) {
        let mut sink = Diagnostics::default();
        if let Some(fault) = file.fault() {
            sink.push(no_utf8(whole(id, file.text()), file.text(), fault));
            if fault == Fault::Binary {
                self.found.files += 1;
                return self.sink.append(sink);
            }
        }
        let documents = yaml::read(id, file, &mut sink);
        let is_manifest = |document: &yaml::Document| match &document.root {
            Some(root) if is_chart(root) => is_named,
            Some(root) => root.get("apiVersion").is_some() || root.get("kind").is_some(),
            None => self.sources.slice(document.span).contains("apiVersion"),
        };
        let for_kustomize = |document: &yaml::Document| {
            let version = document.root.as_ref().and_then(|root| root.text("apiVersion"));
            version.is_some_and(|version| group(version).0 == KUSTOMIZE)
        };
        let is_kustomize = !documents.is_empty() && documents.iter().all(for_kustomize);
        if is_kustomize || !is_named && !documents.iter().any(is_manifest) && !sink.has(Code::E0702) {
            self.found.passed_over.push(file.path().to_owned());
            return;
        }
        self.found.files += 1;
        if let Some(template) = sink.first(Code::E0702) {
            // Anything else is not an error before it is rendered.
            self.sink.push(template.clone());
            for document in &documents {
                secrets::of_text(id, file.text(), document.span, &mut self.found.secrets);
            }
            return;
        }
        let is_broken = sink.has_errors();
        self.sink.append(sink);
        let mut any = false;
        for document in &documents {
            match &document.root {
                Some(root) if matches!(root.value, Value::Null) => {}
                Some(root) => {
                    any = true;
                    self.top(root);
                }
                None => {
                    any = true;
                    secrets::of_text(id, file.text(), document.span, &mut self.found.secrets);
                }
            }
        }
        if !any && !is_broken {
            let start = Span::new(id, 0..file.text().chars().next().map_or(0, char::len_utf8));
            self.sink.push(errors::no_object(start, "no object in this file"));
        }
    }

    /// An object of a file, or a list of them.
    fn top(&mut self, node: &Rc<Node>) {
        if matches!(node.value, Value::Unread) {
            return;
        }
        let (version, kind) = (node.get("apiVersion"), node.get("kind"));
        let start = super::place::first(node);
        let is_kind = kind.is_some() && node.text("kind").is_some_and(|kind| !kind.is_empty());
        let is_version = version.is_some() && node.text("apiVersion").is_some_and(|version| !version.is_empty());
        let span = |entry: Option<&yaml::Entry>| entry.map_or(start, |entry| entry.key.span);
        for (field, entry, is_text) in [("apiVersion", version, is_version), ("kind", kind, is_kind)] {
            if let Some(entry) = entry.filter(|_| !is_text) {
                return self.sink.push(errors::no_text_of_object(entry.key.span, field, &entry.value.value));
            }
        }
        let (api_version, kind) = match (is_version, is_kind) {
            (true, true) => (node.text("apiVersion").unwrap_or_default(), node.text("kind").unwrap_or_default()),
            (true, false) => {
                return self.sink.push(errors::no_field_of_object(span(kind.or(version)), "apiVersion", "kind"));
            }
            (false, true) => {
                return self.sink.push(errors::no_field_of_object(span(version.or(kind)), "kind", "apiVersion"));
            }
            (false, false) => {
                let what = "not a Kubernetes object: it has neither `apiVersion` nor `kind`";
                return self.sink.push(errors::no_object(start, what));
            }
        };
        if let Some(Value::List(items)) = node.get("items").map(|items| &items.value.value)
            && kind.ends_with("List")
        {
            // A list of a kind may leave out what its items are.
            let of = kind.trim_end_matches("List");
            return items.iter().for_each(|item| {
                let is_bare = item.get("kind").is_none() && item.get("apiVersion").is_none();
                if is_bare && !of.is_empty() && matches!(item.value, Value::Map(_)) {
                    self.counted(item, api_version, of);
                } else {
                    self.top(item);
                }
            });
        }
        if group(api_version).0 == KUSTOMIZE {
            return;
        }
        self.counted(node, api_version, kind);
    }

    fn counted(&mut self, node: &Rc<Node>, api_version: &str, kind: &str) {
        if let Some(known) = self.object(node, api_version, kind, true) {
            self.found.objects += 1;
            self.found.kinds.insert(known);
        }
    }

    /// Verifies an object, and those within it. Returns its group and kind if it was validated against a schema.
    fn object(&mut self, node: &Rc<Node>, api_version: &str, kind: &str, is_top: bool) -> Option<(String, String)> {
        let (group, version) = group(api_version);
        if kind == "Secret" && group.is_empty() {
            secrets::of_object(node, &mut self.found.secrets);
        }
        let Some(known) = self.library().index.find(group, kind) else {
            self.without_schema(node, api_version, kind);
            return None;
        };
        let found_version = known.versions.iter().find(|known| known.name == version && known.served);
        let Some(found_version) = found_version else {
            self.not_served(node, known, version);
            return None;
        };
        let (schema, dialect) = self.library().of(known, found_version).unwrap_or((Rc::default(), Dialect::Crd));
        let schema = self.library().resolve(&schema);
        let key = node.get("kind").map(|entry| entry.value.span);
        let at = At::object(kind, key, without_metadata(&schema));
        self.fields(node, &at, dialect, group, is_top);
        let inner = std::mem::take(&mut *self.values.inner.borrow_mut());
        for node in inner {
            let (version, kind) = (node.text("apiVersion").unwrap_or_default(), node.text("kind").unwrap_or_default());
            self.object(&node, version, kind, false);
        }
        Some((group.to_owned(), kind.to_owned()))
    }

    /// Verifies some fields of an object, which are written in braces; of a kind without a schema, only its metadata.
    pub fn part(&mut self, node: &Rc<Node>, api_version: &str, kind: &str) {
        let (group, version) = group(api_version);
        let (schema, dialect) = schema_of(self.library(), group, version, kind)
            .unwrap_or_else(|| (Rc::new(Schema { preserves: true, ..Schema::default() }), Dialect::Crd));
        let schema = without_metadata(&self.library().resolve(&schema));
        let at = At { form: Form::Braces, ..At::object(kind, None, schema) };
        self.fields(node, &at, dialect, group, false);
    }

    /// Verifies the fields of an object, and its metadata.
    fn fields(&mut self, node: &Rc<Node>, at: &At<'_>, dialect: Dialect, group: &str, is_top: bool) {
        let mut found = Found::default();
        self.values.look(node, at, Look { strict: true, dialect, depth: 0 }, &mut found);
        self.metadata(node, at, group, at.kind(), is_top, &mut found);
        if !is_top {
            // It may be a patch of an object, or a part of one that something else completes.
            found.missing.clear();
        }
        found.settle(&mut self.sink);
    }

    fn metadata(&self, node: &Rc<Node>, at: &At<'_>, group: &str, kind: &str, is_top: bool, found: &mut Found) {
        let Some(entry) = node.get("metadata").filter(|entry| !matches!(entry.value.value, Value::Null)) else {
            if is_top {
                found.missing.push(("metadata".to_owned(), errors::missing(node, at, "metadata")));
            }
            return;
        };
        let inner = at.field("metadata", entry.key.span, Rc::clone(&self.metadata));
        let look = Look { strict: true, dialect: Dialect::OpenApi, depth: 0 };
        self.values.look(&entry.value, &inner, look, found);
        metadata::labels(&entry.value, &inner, found);
        let Value::Map(_) = entry.value.value else { return };
        let has_name = |field| entry.value.get(field).is_some_and(|name| !matches!(name.value.value, Value::Null));
        if is_top {
            if !has_name("name") && !has_name("generateName") {
                found.missing.push(("name".to_owned(), errors::missing(&entry.value, &inner, "name")));
            }
            metadata::names(&entry.value, group, kind, found);
        }
    }

    fn without_schema(&mut self, node: &Node, api_version: &str, kind: &str) {
        if self.options.ignore_missing_schemas {
            self.found.without_schema += 1;
            return;
        }
        let kinds = &self.library().index.kinds;
        let versions = |known: &Known| {
            let served = known.versions.iter().rev().find(|version| version.served)?;
            Some(if known.group.is_empty() { served.name.clone() } else { format!("{}/{}", known.group, served.name) })
        };
        let elsewhere: Vec<_> = kinds.iter().filter(|known| known.kind == kind).filter_map(versions).collect();
        let own = |known: &&Known| known.group == group(api_version).0;
        let nearest = suggest::nearest(kind, kinds.iter().filter(own).map(|known| known.kind.as_str()));
        // A kind of another group: its version is wrong. Else it is the kind.
        let field = if elsewhere.is_empty() { "kind" } else { "apiVersion" };
        let span = node.get(field).map_or(node.span, |entry| entry.value.span);
        self.sink.push(errors::no_schema(span, api_version, kind, &elsewhere, nearest));
    }

    fn not_served(&mut self, node: &Node, known: &Known, version: &str) {
        let span = node.get("apiVersion").map_or(node.span, |entry| entry.value.span);
        let served: Vec<_> = known.versions.iter().filter(|version| version.served).map(|it| it.name.clone()).collect();
        let full =
            |name: &String| if known.group.is_empty() { name.clone() } else { format!("{}/{name}", known.group) };
        let served: Vec<_> = served.iter().map(full).collect();
        let served: Vec<_> = served.iter().map(String::as_str).collect();
        let is_known = known.versions.iter().any(|known| known.name == version);
        self.sink.push(errors::not_served(span, &known.kind, version, is_known, &served));
    }
}

/// The schema of a kind, or of the pod template of a workload for `Pod`.
pub(super) fn schema_of(
    library: &Library<'_>,
    group: &str,
    version: &str,
    kind: &str,
) -> Option<(Rc<Schema>, Dialect)> {
    if kind == POD {
        return Some((library.definition(POD_TEMPLATE), Dialect::OpenApi));
    }
    let known = library.index.find(group, kind)?;
    library.of(known, known.versions.iter().find(|known| known.name == version)?)
}

/// The metadata of a Helm chart has an `apiVersion` as well.
fn is_chart(root: &Node) -> bool {
    root.get("kind").is_none()
        && root.get("metadata").is_none()
        && root.get("name").is_some()
        && root.get("version").is_some()
}

/// The metadata of an object has a separate schema, common to all; that of its kind requires less.
fn without_metadata(schema: &Rc<Schema>) -> Rc<Schema> {
    let mut own = Schema::clone(schema);
    if own.properties.contains_key("metadata") {
        own.properties.insert("metadata".to_owned(), Rc::new(Schema { preserves: true, ..Schema::default() }));
    }
    own.required.retain(|name| name != "metadata");
    Rc::new(own)
}

fn no_utf8(whole: Span, text: &str, fault: Fault) -> Diagnostic {
    let at = |start: usize| {
        let len = text[start..].chars().next().map_or(0, char::len_utf8);
        Span::new(whole.source, start..start + len)
    };
    match fault {
        Fault::Utf16 => Diagnostic::new(Code::E0901, at(0), "this file is encoded as UTF-16, not as UTF-8")
            .help("save it as UTF-8 in your editor, or convert it with `iconv -f UTF-16 -t UTF-8`"),
        Fault::Byte { at: place, byte } => {
            let message = format!("this file is not valid UTF-8: it contains the byte 0x{byte:02X}");
            Diagnostic::new(Code::E0901, at(place), message)
                .help("save it as UTF-8 in your editor, or convert it with `iconv -f ISO-8859-1 -t UTF-8`")
        }
        Fault::Binary => Diagnostic::new(Code::E0901, at(0), "this file is not a text file")
            .help("remove it, or pass only manifest files"),
    }
}
