//! The probes of a container, and the words for them.

use super::choices::choice;

/// A probe: what the kubelet does with a container according to its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Requests are sent to the pod as long as it succeeds.
    Ready,
    /// The container is restarted when it fails.
    Live,
    /// The other probes wait until it has succeeded once.
    Start,
}

choice!(ProbeKind: Ready = "ready", Live = "live", Start = "start");
