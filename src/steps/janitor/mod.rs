//! Cleans up after runs that ended without doing it themselves. Not a step of a delivery: it runs on a schedule.

use super::shared::{
    APPLICATION_SETS as SETS, ARGOCD, ARGOCD_NAMESPACE, CLUSTER, GIT, GIT_AUTHOR_EMAIL, GIT_AUTHOR_NAME, GITOPS_BRANCH,
    GITOPS_PATH, GITOPS_TOKEN, GITOPS_URL, MANIFEST, PIPELINE_NAMESPACE, PROJECT, PUSH, READ, WORKFLOW_NAME,
};
use super::{Account, Contract, Deadline, Fact, Given, Input, Only, Part, PermissionScope, Right, Simulated, optional};
use crate::names;

const EPHEMERAL: Input =
    optional("EPHEMERAL", "", "the ephemeral environments, separated by spaces").by(Given::Fact(Fact::Ephemeral));
const PERMANENT: Input =
    optional("PERMANENT", "", "the permanent environments, separated by spaces").by(Given::Fact(Fact::Permanent));
const APPLICATION_SETS: Input = SETS.by(Given::Fact(Fact::ApplicationSets));
const GRACE_SECONDS: Input = optional("GRACE_SECONDS", "600", "the seconds that a finished workflow has to clean up");

/// The time limit of a run in seconds: shorter than the interval between two runs.
pub const DEADLINE: i32 = 240;

/// The contract.
pub static JANITOR: Contract = Contract {
    template: "sweep",
    inputs: &[
        GITOPS_URL,
        GITOPS_BRANCH,
        GITOPS_PATH,
        GITOPS_TOKEN,
        GIT_AUTHOR_NAME,
        GIT_AUTHOR_EMAIL,
        WORKFLOW_NAME,
        EPHEMERAL,
        PERMANENT,
        PIPELINE_NAMESPACE,
        PROJECT,
        ARGOCD_NAMESPACE,
        APPLICATION_SETS,
        GRACE_SECONDS,
    ],
    variables: &[
        GITOPS_URL,
        GITOPS_BRANCH,
        GITOPS_PATH,
        GITOPS_TOKEN,
        GIT_AUTHOR_NAME,
        GIT_AUTHOR_EMAIL,
        WORKFLOW_NAME,
        EPHEMERAL,
        PERMANENT,
        PIPELINE_NAMESPACE,
        PROJECT,
        ARGOCD_NAMESPACE,
        APPLICATION_SETS,
    ],
    outputs: &[],
    parts: &[GIT, PUSH, READ, MANIFEST, CLUSTER, ARGOCD, Part::Text(include_str!("step.sh"))],
    account: Account::Workflow(names::JANITOR),
    // It lists workflows to learn which runs have ended.
    rights: &[
        Right::all(PermissionScope::ArgoCd, "applications", &["get", "list", "patch"]),
        Right::sets(Only::Sets),
        Right::RESULTS,
        Right::all(PermissionScope::Pipelines, "workflows", &["list"]),
    ],
    deadline: Deadline::Seconds(DEADLINE as u64),
    retries: None,
    lock: Some(names::GITOPS_LOCK),
    pending: None,
    runs_foreign_code: false,
    needed: |plan| plan.has_environments(),
    simulated: |_| Simulated::Assumed("cleans up and rolls back what is left behind".to_owned()),
};
