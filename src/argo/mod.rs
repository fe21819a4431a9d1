//! What the controllers of the Argo projects do with the generated objects, step by step: the filter and the trigger of
//! a Sensor ([`event`]), the steps of a Workflow ([`workflow`]), and the Applications of an ApplicationSet ([`sets`]).
//!
//! Every feature that [`crate::emit`] uses is supported; anything else is an [`Error`]. Nothing here runs a pod: the
//! caller of a workflow decides what its pods do.

pub mod event;
pub mod expression;
pub mod gotemplate;
pub mod pod;
pub mod sets;
pub mod workflow;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Something that a controller would reject, or would wait for forever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(pub String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// The items of a list; none for anything else.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A string; an empty one for anything else.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Sprig's function of that name.
#[must_use]
pub fn sha256sum(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
