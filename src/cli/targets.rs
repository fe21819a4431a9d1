//! `--target`: the targets that are named, or all.

use super::error::Error;
use crate::diag::suggest;

/// Reports a name that no target has.
pub fn require<'a>(names: &[String], known: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let known: Vec<_> = known.collect();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Error::UnknownTarget {
            name: name.clone(),
            nearest: suggest::nearest(name, known.iter().copied()).map(str::to_owned),
            known: known.into_iter().map(str::to_owned).collect(),
        }),
    }
}

/// Whether a target is one of those that are named.
pub fn is_meant(names: &[String], target: &str) -> bool {
    names.is_empty() || names.iter().any(|name| name == target)
}
