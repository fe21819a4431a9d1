//! Restarts the run from templates that have changed.

use super::check::REVISION;
use super::shared::{
    CLUSTER, FORCE as FORCED, PIPELINE, PIPELINE_DIGEST, PIPELINE_NAMESPACE, POLL_SECONDS, TIMEOUT_SECONDS as TIMEOUT,
    WORKFLOW_UID,
};
use super::{Account, Contract, Deadline, Given, Input, Part, PermissionScope, Right, Simulated, optional, required};
use crate::names;
use crate::plan;

/// Why the run restarts.
pub const REASON: Input =
    required("REASON", "mixed: the run has templates from two builds; behind: its templates are older than its commit")
        .from_call("reason");
/// Passed on to the new run.
pub const FORCE: Input = FORCED.from_call("force");
const SHARED_TEMPLATE: Input =
    required("SHARED_TEMPLATE", "the name of the shared WorkflowTemplate").by(Given::Literal(names::SHARED));
const TIMEOUT_SECONDS: Input = TIMEOUT.by(Given::Seconds(plan::RESTART_TIMEOUT));

const STEP: Part = Part::Text(include_str!("step.sh"));
const MORE: Part = Part::Text(include_str!("arguments.sh"));
const POLL: Part = Part::Text(include_str!("poll.sh"));
/// What the run was given beside its commit.
pub const ARGUMENTS: Input =
    optional("ARGUMENTS", "", "what the run was given beside its commit: name=value, separated by spaces")
        .from_call("arguments");

/// The contract.
pub static RESTART: Contract = Contract {
    template: "restart",
    inputs: &[
        REASON,
        PIPELINE,
        PIPELINE_DIGEST,
        SHARED_TEMPLATE,
        PIPELINE_NAMESPACE,
        REVISION,
        FORCE,
        WORKFLOW_UID,
        TIMEOUT_SECONDS,
        POLL_SECONDS,
    ],
    variables: &[
        REVISION,
        FORCE,
        REASON,
        PIPELINE,
        PIPELINE_DIGEST,
        SHARED_TEMPLATE,
        PIPELINE_NAMESPACE,
        WORKFLOW_UID,
        TIMEOUT_SECONDS,
    ],
    outputs: &[],
    parts: &[CLUSTER, STEP, POLL],
    account: Account::Own(names::RESTART),
    rights: &[
        Right::all(PermissionScope::Pipelines, "workflowtemplates", &["list"]),
        Right::all(PermissionScope::Pipelines, "workflows", &["create"]),
    ],
    deadline: Deadline::Seconds(plan::RESTART_TIMEOUT + plan::WAIT_GRACE),
    retries: Some(2),
    lock: None,
    pending: None,
    runs_foreign_code: false,
    needed: |_| true,
    simulated: |_| Simulated::Assumed("restarts from the templates that Argo CD is applying".to_owned()),
};

/// The contract for runs that are given more than a commit.
pub static RESTART_WITH: Contract = Contract {
    template: "restart-with-arguments",
    inputs: &[
        REASON,
        PIPELINE,
        PIPELINE_DIGEST,
        SHARED_TEMPLATE,
        PIPELINE_NAMESPACE,
        REVISION,
        ARGUMENTS,
        FORCE,
        WORKFLOW_UID,
        TIMEOUT_SECONDS,
        POLL_SECONDS,
    ],
    variables: &[
        REVISION,
        ARGUMENTS,
        FORCE,
        REASON,
        PIPELINE,
        PIPELINE_DIGEST,
        SHARED_TEMPLATE,
        PIPELINE_NAMESPACE,
        WORKFLOW_UID,
        TIMEOUT_SECONDS,
    ],
    parts: &[CLUSTER, STEP, MORE, POLL],
    needed: |plan| plan.deliveries.iter().any(|delivery| delivery.on.has_arguments()),
    ..RESTART
};
