//! A [`Plan`] → the objects and files of a target's tree.
//!
//! One file for each family of output. Nothing is decided here that could be wrong: a plan comes from a checked system.

mod access;
mod analyses;
mod apps;
mod argocd;
mod bootstrap;
mod delivery;
mod environments;
mod events;
pub mod filter;
mod janitor;
mod pods;
mod readme;
pub mod scripts;
mod shared;
mod signature;
mod sources;
pub mod states;
mod steps;
mod tasks;
pub mod versions;
mod waves;

use crate::kube::Object;
use crate::kube::kustomize::Kustomization;
use crate::plan::Plan;
use crate::record;
use crate::render;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The files of a tree: path and text.
pub type Files = BTreeMap<String, String>;

/// Emits the tree of a target.
#[must_use]
pub fn emit(plan: &Plan) -> Files {
    let mut tree = Tree {
        project: plan.system.project.name.value.clone(),
        files: Files::new(),
        needs: versions::Needs::default(),
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
    let folders = ["access", "argocd", "events", "workflows"].map(str::to_owned);
    let environments = environments::standing(plan).map(|name| format!("environments/{name}"));
    let written = |folder: &String| tree.files.contains_key(&format!("{folder}/kustomization.yaml"));
    let resources: Vec<_> = folders.into_iter().chain(environments).filter(written).collect();
    tree.kustomization("", &resources);
    bootstrap::emit(plan, &mut tree);
    readme::emit(plan, &mut tree);
    let record = record::write(&plan.system.project.name.value, &plan.system.target, &tree.files);
    tree.file(record::RECORD, record);
    tree.files
}

/// A tree in the making.
struct Tree {
    project: String,
    files: Files,
    /// What its objects need of the cluster.
    needs: versions::Needs,
}

impl Tree {
    /// Adds a file.
    fn file(&mut self, path: &str, text: String) {
        let known = self.files.insert(path.to_owned(), text);
        debug_assert!(known.is_none(), "`{path}` is written twice");
    }

    /// Adds a file of objects.
    fn objects(&mut self, path: &str, objects: &[Object]) {
        objects.iter().for_each(|object| self.needs.note(object));
        let objects: Vec<_> = objects.iter().collect();
        self.file(path, render::document(&self.header(), &objects));
    }

    /// Adds a folder's `kustomization.yaml` over resources of that folder.
    fn kustomization(&mut self, folder: &str, resources: &[String]) {
        let mut resources = resources.to_vec();
        resources.sort();
        let kustomization = Kustomization { resources, ..Kustomization::default() };
        let value = render::arrange(serde_json::to_value(&kustomization).expect("a kustomization is always JSON"));
        let path = crate::model::join(folder, "kustomization.yaml");
        let text = format!("# {}\n{}", self.header(), render::to_yaml(&value));
        self.file(&path, text);
    }

    /// Adds a folder: each file with its objects, and a kustomization over all of them. A kustomization over nothing is
    /// an error of Kustomize, so a folder without objects is left out.
    fn folder(&mut self, folder: &str, files: Vec<(String, Vec<Object>)>) {
        let mut names = Vec::new();
        for (name, objects) in files.into_iter().filter(|(_, objects)| !objects.is_empty()) {
            self.objects(&format!("{folder}/{name}"), &objects);
            names.push(name);
        }
        if !names.is_empty() {
            self.kustomization(folder, &names);
        }
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
