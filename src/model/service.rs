//! Services: pods of an image, and what belongs to them.

use super::{Config, EnvValue, ImageId, Patch, Probes, Text, Use, Volume};
use crate::schema::providers;
use crate::source::{Span, Spanned};
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

/// Pods of an image.
#[derive(Debug, Clone)]
pub struct Service {
    /// The name of its objects.
    pub name: Spanned<String>,
    /// The image.
    pub image: ImageId,
    /// Processors.
    pub cpu: Bounds,
    /// Memory.
    pub memory: Bounds,
    /// The port on which it serves.
    pub port: Option<u16>,
    /// Its probes.
    pub probes: Probes,
    /// The command; empty is the image's.
    pub command: Vec<Text>,
    /// Its environment variables.
    pub env: BTreeMap<String, EnvValue>,
    /// The fewest and the most pods.
    pub replicas: (u32, u32),
    /// What a range of replicas is scaled by.
    pub scale: Scale,
    /// Its metrics.
    pub metrics: Option<Metrics>,
    /// How it is reached from outside.
    pub route: Option<Route>,
    /// Its volumes.
    pub volumes: Vec<Volume>,
    /// Its files.
    pub configs: Vec<Config>,
    /// What its values use.
    pub uses: Vec<Use>,
    /// The changes of its objects, in order.
    pub patches: Vec<Patch>,
}

/// In how many batches a rolling update starts pods at most: by default, Kubernetes adds a quarter and takes away a
/// quarter of them (kubernetes, `pkg/apis/apps/v1/defaults.go`), rounded up and down.
const BATCHES: u32 = 3;

impl Service {
    /// Whether its pods have persistent storage, each its own.
    #[must_use]
    pub fn is_stateful(&self) -> bool {
        self.volumes.iter().any(Volume::is_own)
    }

    /// Seconds that its pods may take to start in a rolling update, one batch after another; of a StatefulSet, one pod
    /// after another.
    #[must_use]
    pub fn update_start(&self) -> u64 {
        let most = self.replicas.1;
        let batches = if self.is_stateful() { most } else { most.min(BATCHES) };
        self.probes.start() * u64::from(batches)
    }
}

/// What a range of replicas is scaled by, in percent of the request.
#[derive(Debug, Clone)]
pub struct Scale {
    /// Processors.
    pub cpu: i32,
    /// Memory.
    pub memory: Option<i32>,
}

/// Where metrics are served.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// The port.
    pub port: u16,
    /// The path.
    pub path: String,
    /// Seconds between two readings.
    pub every: u64,
}

/// A route from outside.
#[derive(Debug, Clone)]
pub struct Route {
    /// The router.
    pub via: providers::Router,
    /// The host name; in an ephemeral environment it has the namespace in it.
    pub host: Text,
    /// The path prefix.
    pub path: String,
    /// Where the host is written.
    pub span: Span,
}
