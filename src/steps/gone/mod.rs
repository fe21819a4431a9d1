//! Waits until an ephemeral environment is deleted.

use super::shared::{
    APPLICATION_SETS, ARGOCD, ARGOCD_NAMESPACE, CLUSTER, POLL_SECONDS, PROJECT, REFRESH, REFRESHING, TIMEOUT_SECONDS,
};
use super::wait::NAMESPACE;
use super::{Account, Contract, Deadline, Only, Part, PermissionScope, Right, Simulated};
use crate::names;
use crate::plan;

/// The contract.
pub static GONE: Contract = Contract {
    template: "gone",
    inputs: &[NAMESPACE, PROJECT, ARGOCD_NAMESPACE, TIMEOUT_SECONDS, POLL_SECONDS, REFRESH, APPLICATION_SETS],
    variables: &[PROJECT, ARGOCD_NAMESPACE, REFRESH, NAMESPACE, APPLICATION_SETS, TIMEOUT_SECONDS],
    outputs: &[],
    parts: &[CLUSTER, ARGOCD, REFRESHING, Part::Text(include_str!("step.sh"))],
    account: Account::Own(names::TEARDOWN),
    // `patch` ends a sync that is still running, which would keep a deleted Application forever.
    rights: &[
        Right::all(PermissionScope::ArgoCd, "applications", &["get", "list", "patch"]),
        Right::sets(Only::EphemeralSetsToRefresh),
    ],
    deadline: Deadline::Seconds(plan::GONE_TIMEOUT + plan::WAIT_GRACE),
    retries: Some(2),
    lock: None,
    pending: None,
    runs_foreign_code: false,
    needed: |plan| plan.has_ephemeral(),
    simulated: |variables| Simulated::Assumed(format!("waits until {} is deleted", NAMESPACE.of(variables))),
};
