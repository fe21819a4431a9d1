//! Waits until Argo CD has synced a manifest's entries and they are healthy.

pub mod states;

use super::shared::{
    APPLICATION_SETS, ARGOCD, ARGOCD_NAMESPACE, CLUSTER, POLL_SECONDS, PROJECT, REFRESH, REFRESHING, TIMEOUT_SECONDS,
};
use super::{
    Account, Contract, Deadline, Input, Only, Part, PermissionScope, Right, Simulated, Variables, optional, required,
};
use crate::names;
use std::collections::BTreeMap;

/// The changes to wait for.
pub const EXPECT: Input =
    optional("EXPECT", "{}", "the change that each app must carry, as a JSON object").from_some_calls("expect");
/// The apps to skip.
pub const EXCEPT: Input = optional("EXCEPT", "", "apps not to wait for, separated by spaces").from_some_calls("except");
/// The namespace.
pub const NAMESPACE: Input = required("NAMESPACE", "the namespace of the environment").from_call("namespace");
/// The Application of an ephemeral environment.
pub const ENVIRONMENT_APPLICATION: Input =
    optional("ENVIRONMENT_APPLICATION", "", "the Application of the environment itself")
        .from_some_calls("environment-application");
/// Its tree commit.
pub const TREE: Input = optional("TREE", "", "the tree that it must carry").from_some_calls("tree");
/// Whether a newer change of another run is accepted.
pub const YIELDS: Input =
    optional("YIELDS", "false", "true: an app that now carries another run's newer change is left to that run")
        .from_some_calls("yields");
/// The change that may still be deployed.
pub const INSTEAD_OF: Input = optional("INSTEAD_OF", "", "the change that was rolled back, and may still be carried")
    .from_some_calls("instead-of");
/// The Rollouts to wait for.
pub const ROLLOUTS: Input =
    optional("ROLLOUTS", "", "Rollouts of the namespace that must have completed, separated by spaces")
        .from_some_calls("rollouts");
/// The digests that the Rollouts must run.
pub const DIGESTS: Input =
    optional("DIGESTS", "", "digests of this run, one of which each Rollout must run, separated by spaces")
        .from_some_calls("digests");
/// The argument with the deadline of the pod. The script times out by itself and reports what is missing; the deadline
/// only matters if a node hangs.
pub const DEADLINE: &str = "deadline-seconds";

/// The name of a step that waits for a rollback in an environment.
#[must_use]
pub fn step_for_restored(environment: &str) -> String {
    format!("restored-{environment}")
}

/// The contract.
pub static WAIT: Contract = Contract {
    template: "wait",
    inputs: &[
        EXPECT,
        EXCEPT,
        NAMESPACE,
        ENVIRONMENT_APPLICATION,
        TREE,
        YIELDS,
        INSTEAD_OF,
        TIMEOUT_SECONDS,
        POLL_SECONDS,
        PROJECT,
        ARGOCD_NAMESPACE,
        APPLICATION_SETS,
        REFRESH,
        ROLLOUTS,
        DIGESTS,
    ],
    variables: &[
        PROJECT,
        ARGOCD_NAMESPACE,
        REFRESH,
        NAMESPACE,
        APPLICATION_SETS,
        TIMEOUT_SECONDS,
        EXPECT,
        EXCEPT,
        ENVIRONMENT_APPLICATION,
        TREE,
        YIELDS,
        INSTEAD_OF,
        ROLLOUTS,
        DIGESTS,
    ],
    outputs: &[],
    parts: &[CLUSTER, ARGOCD, REFRESHING, Part::Made(evaluate), Part::Text(include_str!("step.sh"))],
    account: Account::Own(names::DELIVER),
    rights: &[
        Right::all(PermissionScope::ArgoCd, "applications", &["list"]),
        Right::sets(Only::SetsToRefresh),
        Right::all(PermissionScope::Canaries, "rollouts", &["list"]),
    ],
    deadline: Deadline::Argument(DEADLINE),
    retries: Some(2),
    lock: None,
    pending: None,
    runs_foreign_code: false,
    needed: |plan| plan.has_environments(),
    simulated,
};

/// The part of the script that classifies states.
fn evaluate() -> String {
    format!("# The possible states, and what they mean.\n\nstates_jq='\n{}'\n", states::program())
}

fn simulated(variables: &Variables) -> Simulated {
    let changes: BTreeMap<String, String> = serde_json::from_str(EXPECT.of(variables)).unwrap_or_default();
    let except: Vec<_> = EXCEPT.of(variables).split(' ').collect();
    let apps: Vec<_> = changes.keys().map(String::as_str).filter(|app| !except.contains(app)).collect();
    let namespace = NAMESPACE.of(variables);
    Simulated::Assumed(match apps.as_slice() {
        [] => format!("waits for {namespace}, in which nothing changed"),
        apps => format!(
            "waits until {} {} synced and healthy in {namespace}",
            apps.join(", "),
            if apps.len() == 1 { "is" } else { "are" },
        ),
    })
}
