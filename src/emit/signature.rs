//! `workflows/<pipeline>.json`: the record of a pipeline, which lies beside its template and holds its digest. A run carries
//! the digest of the template that it was started from, and so finds the newest commit of the tree that belongs to it,
//! whatever has been merged since.

use super::Tree;
use crate::files::Folder;
use crate::kube::argo::workflows::WorkflowTemplate;
use crate::names;
use crate::plan::Delivery;
use serde_json::json;

/// The digest of a pipeline: of its own template and of its app's files. What other apps, environments and pipelines are
/// made of is not part of it, so that a change of theirs changes nothing here. `path` is the file of the template.
pub fn digest(delivery: &Delivery, template: &WorkflowTemplate, path: &str, tree: &Tree) -> String {
    let template = serde_json::to_vec(template).expect("a template is always JSON");
    let folder = Folder::App(delivery.app).file("");
    let files = tree.files.range(folder.clone()..).take_while(|(path, _)| path.starts_with(&folder));
    let files = files.flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()]);
    let patches = tree.patches.bytes_of(path);
    let mut parts = vec![template.as_slice()];
    parts.extend(patches.as_deref());
    files.for_each(|part| parts.push(part));
    super::digest(parts)
}

/// Writes the digest of a pipeline into its template, wherever a step is given it.
pub fn sign(template: &mut WorkflowTemplate, digest: &str) {
    let annotations = template.metadata.annotations.get_or_insert_default();
    annotations.insert(names::key(names::PIPELINE_DIGEST), digest.to_owned());
    let steps =
        template.spec.templates.iter_mut().flat_map(|template| &mut template.steps).flat_map(|steps| &mut steps.0);
    let parameters = steps.filter_map(|step| step.arguments.as_mut()).flat_map(|arguments| &mut arguments.parameters);
    for parameter in parameters.filter(|parameter| parameter.name == names::PIPELINE_DIGEST) {
        parameter.value = Some(digest.to_owned());
    }
}

/// Writes the file by which a run finds the commit of its tree.
pub fn write(delivery: &Delivery, digest: &str, tree: &mut Tree) {
    let record = json!({"format": names::PIPELINE_FORMAT, "app": delivery.app, "digest": digest});
    tree.file(&Folder::Workflows.file(&format!("{}.json", delivery.name)), crate::render::to_json(&record));
}
