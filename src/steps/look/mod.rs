//! Looks whether the ephemeral environment of a run is open, for the tasks that clean up after a run that has failed.

use super::gitops::{ENVIRONMENT, VERSION};
use super::shared::{
    GIT, GIT_AUTHOR_EMAIL, GIT_AUTHOR_NAME, GITOPS_BRANCH, GITOPS_PATH, GITOPS_TOKEN, GITOPS_URL, MANIFEST, OUT, PUSH,
    READ, WORKFLOW_NAME, WORKFLOW_UID,
};
use super::{Account, Contract, Deadline, Output, Part, Simulated, output};
use crate::model::{StageKind, TaskKind};
use crate::plan;

/// Whether it is open.
pub const OPENED: Output = output("opened", "false", "true: the environment of this run is open");
/// The salt of throwaway secrets.
pub const SALT: Output = output("salt", "", "the salt of the environment");
/// The images of the environment.
pub const RUNNING: Output = output("images", "{}", "app -> image -> {reference, repository, tag, digest}");

/// The contract.
pub static LOOK: Contract = Contract {
    template: "look",
    inputs: &[
        GITOPS_URL,
        GITOPS_BRANCH,
        GITOPS_PATH,
        GITOPS_TOKEN,
        GIT_AUTHOR_NAME,
        GIT_AUTHOR_EMAIL,
        WORKFLOW_NAME,
        WORKFLOW_UID,
        VERSION,
        ENVIRONMENT,
        OUT,
    ],
    variables: &[
        GITOPS_URL,
        GITOPS_BRANCH,
        GITOPS_PATH,
        GITOPS_TOKEN,
        GIT_AUTHOR_NAME,
        GIT_AUTHOR_EMAIL,
        WORKFLOW_NAME,
        WORKFLOW_UID,
        VERSION,
        ENVIRONMENT,
    ],
    outputs: &[OPENED, SALT, RUNNING],
    parts: &[GIT, PUSH, READ, MANIFEST, Part::Text(include_str!("step.sh"))],
    account: Account::None,
    rights: &[],
    deadline: Deadline::Seconds(plan::GITOPS_DEADLINE),
    retries: None,
    lock: None,
    pending: None,
    runs_foreign_code: false,
    needed: |plan| {
        let mut stages = plan.resolved.pipelines.iter().flat_map(|pipeline| &pipeline.stages);
        stages.any(|stage| matches!(stage.value, StageKind::Task { kind: TaskKind::Cleanup, .. }))
    },
    simulated: |_| Simulated::Run,
};
