//! Services: pods of an image, and what belongs to them.

use super::{Beside, Config, Container, Identity, Patch, Spread, Text, Volume};
use crate::schema::providers;
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

/// Pods of an image.
#[derive(Debug, Clone)]
pub struct Service {
    /// The name of its objects.
    pub name: Spanned<String>,
    /// What its pods run.
    pub container: Container,
    /// The containers that start before it, in order.
    pub beside: Vec<Beside>,
    /// The port on which it serves.
    pub port: Option<u16>,
    /// Further ports, by name.
    pub ports: BTreeMap<String, u16>,
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
    /// The account of its pods, if they have one of their own.
    pub identity: Option<Identity>,
    /// Seconds that its pods get to stop; `None` are those of Kubernetes, 30.
    pub stop: Option<u64>,
    /// The PriorityClass of its pods.
    pub priority: Option<String>,
    /// What its pods are spread over.
    pub spread: Option<Spread>,
    /// The changes of its objects, in order.
    pub patches: Vec<Patch>,
}

/// In how many batches a rolling update starts pods at most: by default, Kubernetes adds a quarter and takes away a
/// quarter of them (kubernetes, `pkg/apis/apps/v1/defaults.go`), rounded up and down.
const BATCHES: u32 = 3;

impl Service {
    /// All containers of a pod.
    pub fn containers(&self) -> impl Iterator<Item = &Container> {
        self.beside.iter().map(|beside| &beside.container).chain([&self.container])
    }

    /// Seconds that a pod may take to start, by the `probe start` of its containers: one after the other.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.containers().map(|container| container.probes.start()).sum()
    }

    /// The amount that a pod requests: of all containers that run together at some time
    /// (`https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers`).
    #[must_use]
    pub fn requests(&self, of: impl Fn(&Container) -> u64) -> u64 {
        let (mut running, mut most) = (0u64, 0u64);
        for beside in &self.beside {
            let now = running.saturating_add(of(&beside.container));
            most = most.max(now);
            if beside.is_sidecar {
                running = now;
            }
        }
        most.max(running.saturating_add(of(&self.container)))
    }

    /// Whether it has a Service, by which others reach its ports.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        self.port.is_some() || self.metrics.is_some() || !self.ports.is_empty()
    }

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
        self.start() * u64::from(batches)
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
