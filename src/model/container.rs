//! What a container of a pod runs.

use super::{EnvValue, ImageId, Probes, Text, Use};
use crate::source::Spanned;
use std::collections::BTreeMap;

/// A request and a limit, as Kubernetes writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// What is asked for.
    pub request: String,
    /// What may be used.
    pub limit: String,
}

impl Bounds {
    /// Both.
    #[must_use]
    pub fn new(request: &str, limit: &str) -> Self {
        Self { request: request.to_owned(), limit: limit.to_owned() }
    }
}

/// A container beside that of a service.
#[derive(Debug, Clone)]
pub struct Beside {
    /// Its name in the pod.
    pub name: Spanned<String>,
    /// Whether it runs as long as the pod; otherwise it must succeed before the others start.
    pub is_sidecar: bool,
    /// What it runs.
    pub container: Container,
}

/// What a container runs.
#[derive(Debug, Clone)]
pub struct Container {
    /// Its image.
    pub image: ImageId,
    /// Processors.
    pub cpu: Bounds,
    /// Memory.
    pub memory: Bounds,
    /// The command; empty is the image's.
    pub command: Vec<Text>,
    /// The arguments of the command; empty are the image's.
    pub args: Vec<Text>,
    /// Its environment variables.
    pub env: BTreeMap<String, EnvValue>,
    /// Its probes.
    pub probes: Probes,
    /// What its values use.
    pub uses: Vec<Use>,
}
