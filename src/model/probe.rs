//! Probes of containers.

use crate::schema::probes::ProbeKind;
use crate::source::Span;
use std::collections::BTreeMap;

/// The probes of a container, at most one of each kind.
#[derive(Debug, Clone, Default)]
pub struct Probes(pub BTreeMap<ProbeKind, Probe>);

/// How the kubelet asks a container for its state.
#[derive(Debug, Clone)]
pub struct Probe {
    /// What must answer.
    pub answer: Answer,
    /// Seconds between two attempts.
    pub every: u64,
    /// Seconds that an attempt may take.
    pub timeout: u64,
    /// Failures in a row that count.
    pub fails: u64,
    /// Where it is written.
    pub span: Span,
}

/// What must answer a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// An HTTP request.
    Path {
        /// Its path.
        path: String,
        /// Its port; that of the service where none is written.
        port: Option<u16>,
    },
    /// A connection to the port.
    Tcp(u16),
    /// The health check of gRPC on the port.
    Grpc(u16),
    /// A command in the container.
    Command(Vec<String>),
}

impl Probes {
    /// Seconds that the container may take to start; 0 if its program does not say so.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.0.get(&ProbeKind::Start).map_or(0, |probe| probe.every * probe.fails)
    }

    /// The ports that must answer, without that of the service.
    pub fn ports(&self) -> impl Iterator<Item = u16> {
        self.0.values().filter_map(|probe| match &probe.answer {
            Answer::Path { port, .. } => *port,
            Answer::Tcp(port) | Answer::Grpc(port) => Some(*port),
            Answer::Command(_) => None,
        })
    }
}
