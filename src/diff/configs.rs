//! What differs in the files of services. Each version of a file is an object of its own, so a changed file is one object
//! that goes and another one that comes.

use super::Change;
use crate::names;
use crate::objects::Object;
use std::collections::BTreeSet;

/// The path of the file that an object is, if it is one.
fn path(object: Option<&Object>) -> Option<String> {
    let object = object.filter(|object| object.id.kind == "ConfigMap")?;
    let annotations = object.value.pointer("/metadata/annotations")?;
    Some(annotations.get(names::key(names::CONFIG_PATH))?.as_str()?.to_owned())
}

/// Whether a change is one of a file.
pub fn is_one(change: &Change) -> bool {
    path(change.old.as_ref().or(change.new.as_ref())).is_some()
}

/// Which files have come, gone and changed.
pub fn facts(changes: &[&Change]) -> Vec<String> {
    let before: BTreeSet<_> = changes.iter().filter_map(|change| path(change.old.as_ref())).collect();
    let after: BTreeSet<_> = changes.iter().filter_map(|change| path(change.new.as_ref())).collect();
    let told = |path: &String| {
        let shown = path.replace('`', "'");
        match (before.contains(path), after.contains(path)) {
            (true, true) => format!("config `{shown}` changed"),
            (true, false) => format!("config `{shown}` removed"),
            (false, _) => format!("new config `{shown}`"),
        }
    };
    before.union(&after).map(told).collect()
}
