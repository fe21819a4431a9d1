//! A [`Plan`] → the objects and files of a target's tree.
//!
//! One file for each family of output. Nothing is decided here that could be wrong: a plan comes from a checked project.

mod access;
mod analyses;
mod approval;
mod apps;
mod argocd;
mod bootstrap;
mod cleanup;
mod delivery;
mod environments;
mod events;
mod externals;
mod images;
mod janitor;
mod notices;
mod readme;
mod shared;
mod signature;
mod sources;
mod tasks;
pub mod versions;
mod waves;

use crate::diag::Diagnostics;
use crate::files::{Files, Folder};
use crate::kube::Object;
use crate::kube::kustomize::Kustomization;
use crate::patch::Patches;
use crate::plan::Plan;
use crate::providers::Requirement;
use crate::record;
use crate::render;
use sha2::{Digest, Sha256};

/// Emits the tree of a target.
#[must_use]
pub fn emit(plan: &Plan) -> Files {
    tree(plan).files
}

/// Emits the tree of a target, and checks whether every patch has found its object, and which fields of it the compiler
/// owns: only what is generated can tell. Reports E0219 and E0310.
pub fn emit_checked(plan: &Plan, sink: &mut Diagnostics) -> Files {
    let tree = tree(plan);
    tree.patches.report(sink);
    tree.files
}

fn tree<'a>(plan: &Plan<'a>) -> Tree<'a> {
    let mut tree = Tree {
        project: plan.resolved.project.name.value.clone(),
        files: Files::new(),
        needs: versions::Needs::default(),
        requirements: Vec::new(),
        patches: Patches::of(plan.resolved),
    };
    environments::emit(plan, &mut tree);
    apps::emit(plan, &mut tree);
    events::emit(plan, &mut tree);
    let shared = shared::emit(plan, &mut tree);
    delivery::emit(plan, &shared, &mut tree);
    if plan.has_environments() {
        janitor::emit(plan, &mut tree);
    }
    access::emit(plan, &mut tree);
    argocd::emit(plan, &mut tree);
    let folders = [Folder::Access, Folder::ArgoCd, Folder::Events, Folder::Workflows];
    let environments = environments::permanent(plan).map(Folder::Environment);
    let written = |folder: &Folder| tree.files.contains_key(&folder.file(KUSTOMIZATION));
    let resources: Vec<_> = folders.into_iter().chain(environments).filter(written).collect();
    let resources: Vec<_> = resources.iter().map(ToString::to_string).collect();
    tree.kustomization(Folder::Root, &resources);
    bootstrap::emit(plan, &mut tree);
    readme::emit(plan, &mut tree);
    let record = record::write(&plan.resolved.project.name.value, &plan.resolved.target, &tree.files);
    tree.file(record::RECORD, record);
    tree
}

/// A tree in the making.
struct Tree<'a> {
    project: String,
    files: Files,
    /// What its objects need of the cluster.
    needs: versions::Needs,
    /// What else must be there, said by whoever emits what needs it.
    requirements: Vec<Requirement>,
    /// What the program changes in its objects.
    patches: Patches<'a>,
}

const KUSTOMIZATION: &str = "kustomization.yaml";

impl Tree<'_> {
    /// Adds a file.
    fn file(&mut self, path: &str, text: String) {
        let known = self.files.insert(path.to_owned(), text);
        debug_assert!(known.is_none(), "`{path}` is written twice");
    }

    /// Adds a file of objects.
    fn objects(&mut self, path: &str, objects: &[Object]) {
        let patched = self.patches.apply(path, objects);
        let objects = patched.as_deref().unwrap_or(objects);
        objects.iter().for_each(|object| self.needs.note(object));
        let objects: Vec<_> = objects.iter().collect();
        self.file(path, render::document(&self.header(), &objects));
    }

    /// Adds a folder's `kustomization.yaml` over resources of that folder.
    fn kustomization(&mut self, folder: Folder, resources: &[String]) {
        let mut resources = resources.to_vec();
        resources.sort();
        let kustomization = Kustomization { resources, ..Kustomization::default() };
        let value = render::arrange(serde_json::to_value(&kustomization).expect("a kustomization is always JSON"));
        let text = format!("# {}\n{}", self.header(), render::to_yaml(&value));
        self.file(&folder.file(KUSTOMIZATION), text);
    }

    /// Adds a folder: each file with its objects, and a kustomization over all of them. A kustomization over nothing is
    /// an error of Kustomize, so a folder without objects is left out.
    fn folder(&mut self, folder: Folder, files: Vec<(String, Vec<Object>)>) {
        let mut names = Vec::new();
        for (name, objects) in files.into_iter().filter(|(_, objects)| !objects.is_empty()) {
            self.objects(&folder.file(&name), &objects);
            names.push(name);
        }
        if !names.is_empty() {
            self.kustomization(folder, &names);
        }
    }

    /// Says what must be there.
    fn require(&mut self, requirements: impl IntoIterator<Item = Requirement>) {
        self.requirements.extend(requirements);
    }

    /// The line that says where a file comes from.
    fn header(&self) -> String {
        record::header(&self.project)
    }
}

/// A digest of these parts, in their order.
fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
