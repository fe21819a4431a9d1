//! The order in which Argo CD applies what an Application brings: by wave, then by kind, then by name.
//!
//! What an object names is there before it (`tests/suite/order.rs` holds every tree against that). Argo CD knows an order
//! of the kinds of Kubernetes, in which all others come last, by their names alone (argo-cd,
//! `gitops-engine/pkg/sync/sync_tasks.go`). Where that is not enough, what is named has a wave of its own.
//!
//! Argo CD waits for the health of one wave before it begins the next, and ends the sync with the last one. So whatever
//! takes a while, such as a Rollout, an EventBus or an autoscaler, is in the last wave, which is 0; in the ones before it
//! is only what is healthy as soon as it is there.

use crate::kube::core::ObjectMeta;

/// Namespaces, in which the others are.
pub const NAMESPACES: i8 = -20;
/// Projects and accounts, which others name.
pub const PROJECTS_AND_ACCOUNTS: i8 = -10;
/// The steps that all pipelines share.
pub const SHARED_STEPS: i8 = -5;
/// What a Rollout names.
pub const BEFORE_ROLLOUTS: i8 = -1;

/// Puts an object into a wave.
pub fn put_into(metadata: &mut ObjectMeta, wave: i8) {
    let annotations = metadata.annotations.get_or_insert_default();
    annotations.insert("argocd.argoproj.io/sync-wave".to_owned(), wave.to_string());
}
