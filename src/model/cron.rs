//! Cron jobs: pods of an image that run on a schedule.

use super::{Bounds, Concurrency, EnvValue, Identity, ImageId, Patch, Text, Use};
use crate::source::Spanned;
use std::collections::BTreeMap;

/// A cron job of an app in one environment.
#[derive(Debug, Clone)]
pub struct Cron {
    /// The name of its object.
    pub name: Spanned<String>,
    /// The image.
    pub image: ImageId,
    /// The command; empty is the image's.
    pub command: Vec<Text>,
    /// Its arguments; empty is the image's.
    pub args: Vec<Text>,
    /// The account of its pods.
    pub identity: Option<Identity>,
    /// Its environment variables.
    pub env: BTreeMap<String, EnvValue>,
    /// When it runs, in the notation of cron.
    pub schedule: String,
    /// The time zone of the schedule; without one, that of the cluster.
    pub timezone: Option<String>,
    /// Processors.
    pub cpu: Bounds,
    /// Memory.
    pub memory: Bounds,
    /// Seconds that a run may take, all tries together.
    pub timeout: u64,
    /// How often a failed run is tried again.
    pub retries: u32,
    /// What happens if the previous run has not ended.
    pub concurrency: Concurrency,
    /// Whether it does not run.
    pub suspended: bool,
    /// What its values use.
    pub uses: Vec<Use>,
    /// The changes of its object, in order.
    pub patches: Vec<Patch>,
}
