//! The order in which Argo CD applies the objects of an Application: by wave, then by kind, then by name.
//!
//! An object is applied after the objects that it refers to (`tests/suite/order.rs` checks every tree). Argo CD has a
//! fixed order for the kinds of Kubernetes and applies all other kinds last, ordered by name (argo-cd,
//! `gitops-engine/pkg/sync/sync_tasks.go`). Where that is not enough, the referenced objects get an earlier wave.
//!
//! Argo CD waits until one wave is healthy before it starts the next, and the sync ends with the last one. So objects
//! that take a while, such as a Rollout, an EventBus or an autoscaler, are in the last wave, 0. The waves before it
//! only have objects that are healthy as soon as they exist.

use crate::kube::core::ObjectMeta;

/// Namespaces, which contain the other objects.
pub const NAMESPACES: i8 = -20;
/// Projects and accounts, which other objects refer to.
pub const PROJECTS_AND_ACCOUNTS: i8 = -10;
/// The steps that all pipelines share.
pub const SHARED_STEPS: i8 = -5;
/// The pipelines to which a CronWorkflow refers.
pub const SCHEDULED: i8 = -4;
/// The objects that a Rollout refers to.
pub const BEFORE_ROLLOUTS: i8 = -1;

/// Assigns an object to a wave.
pub fn put_into(metadata: &mut ObjectMeta, wave: i8) {
    let annotations = metadata.annotations.get_or_insert_default();
    annotations.insert("argocd.argoproj.io/sync-wave".to_owned(), wave.to_string());
}
