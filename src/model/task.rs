//! Tasks.

use super::{Bounds, EnvValue, ImageId, TaskKind, Text, Use};
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

/// A container that a stage runs.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its name.
    pub name: Spanned<String>,
    /// The image that it runs in.
    pub image: ImageId,
    /// Where that is written.
    pub image_span: Span,
    /// Processors.
    pub cpu: Bounds,
    /// Memory.
    pub memory: Bounds,
    /// Seconds.
    pub timeout: u64,
    /// How often it is tried again.
    pub retries: u32,
    /// The file of its results.
    pub junit: Option<String>,
}

impl Task {
    /// How often a stage retries it. A partial migration is never retried automatically.
    #[must_use]
    pub fn retries_as(&self, kind: TaskKind) -> u32 {
        match kind {
            TaskKind::Migrate => 0,
            TaskKind::Test | TaskKind::Run | TaskKind::Cleanup => self.retries,
        }
    }

    /// Seconds that a stage may take with it, all tries together.
    #[must_use]
    pub fn longest_as(&self, kind: TaskKind) -> u64 {
        self.timeout * (u64::from(self.retries_as(kind)) + 1)
    }
}

/// A task in one environment.
#[derive(Debug, Clone)]
pub struct TaskIn {
    /// What it runs.
    pub command: Vec<Text>,
    /// Its environment variables.
    pub env: BTreeMap<String, EnvValue>,
    /// What they use.
    pub uses: Vec<Use>,
}
