//! When a change takes effect. Argo CD applies most of a tree as soon as it sees the merge; what an app consists of is
//! pinned in the manifests of its environments, and changes with the next delivery that writes them.

use super::{Change, Whole};
use crate::files::{APP_RECORD, Files, Folder};
use crate::objects::documents;
use std::collections::{BTreeMap, BTreeSet};

/// When, in chronological order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    /// Argo CD syncs it from the branch.
    Synced,
    /// With the next delivery of the app.
    Delivered,
    /// With the next delivery of any app that needs it.
    BroughtAlong,
    /// In environments that are created after the merge.
    Opened,
}

impl When {
    fn words(self) -> &'static str {
        match self {
            Self::Synced => "when Argo CD syncs the merge, within about 3 minutes",
            Self::Delivered => "with the app's next delivery, which this merge does not trigger",
            Self::BroughtAlong => "with the next delivery of an app that needs it",
            Self::Opened => "in environments created after the merge",
        }
    }
}

/// A line for each moment at which some of the changes take effect: `takes effect with …: shop`.
#[must_use]
pub fn effects(changes: &[Change], whole: Option<Whole>, old: &Files, new: &Files) -> Vec<String> {
    if whole.is_some() {
        return Vec::new();
    }
    let permanent: BTreeSet<_> = [old, new].into_iter().flat_map(permanent_environments).collect();
    let mut found: BTreeMap<When, BTreeSet<String>> = BTreeMap::new();
    for change in changes {
        let folder = change.id.folder.as_str();
        let (when, what) = match Folder::of(folder) {
            // Only the record of an app changes with its pipelines.
            Folder::App(_) => continue,
            Folder::AppIn(app, environment) => {
                let has_pipeline = [new, old].iter().any(|files| has_pipeline(files, app));
                let when = if !permanent.contains(environment) {
                    When::Opened
                } else if has_pipeline {
                    When::Delivered
                } else {
                    When::BroughtAlong
                };
                (when, if when == When::Opened { format!("{app} in {environment}") } else { app.to_owned() })
            }
            Folder::Environment(environment) if !permanent.contains(environment) => {
                (When::Opened, environment.to_owned())
            }
            // Nothing in the cluster reads these.
            Folder::Root if change.id.kind.ends_with(".md") => continue,
            Folder::Root => (When::Synced, "everything else".to_owned()),
            Folder::Environment(_)
            | Folder::ArgoCd
            | Folder::Events
            | Folder::Workflows
            | Folder::Access
            | Folder::Other(_) => {
                let first = folder.split('/').next().unwrap_or(folder);
                (When::Synced, format!("{first}/"))
            }
        };
        found.entry(when).or_default().insert(what);
    }
    let line = |(when, what): (When, BTreeSet<String>)| {
        let names: Vec<_> = what.into_iter().collect();
        format!("takes effect {}: {}", when.words(), super::headline::listed(&names))
    };
    found.into_iter().map(line).collect()
}

/// The environments whose folders Argo CD syncs from the branch.
fn permanent_environments(files: &Files) -> Vec<String> {
    let text = files.get("kustomization.yaml").map_or("", String::as_str);
    let lists = documents("kustomization.yaml", text).filter_map(|document| document.object());
    let resources = lists.flat_map(|object| object.value["resources"].as_array().cloned().unwrap_or_default());
    let environment = |path: &str| match Folder::of(path) {
        Folder::Environment(environment) => Some(environment.to_owned()),
        _ => None,
    };
    resources.filter_map(|path| environment(path.as_str()?)).collect()
}

fn has_pipeline(files: &Files, app: &str) -> bool {
    let record = files.get(&Folder::App(app).file(APP_RECORD)).and_then(|text| serde_json::from_str(text).ok());
    record.is_some_and(|record: serde_json::Value| record.get("pipeline").is_some())
}
