//! The first step: it rejects a commit that the pipeline does not deliver, and determines whether the templates of the
//! run are outdated.

use super::shared::{
    GIT, GIT_TOKEN, GIT_TOKENS, GITOPS_BRANCH, GITOPS_URL, OUT, PIPELINE, PIPELINE_DIGEST, READ, RECORD, SOURCE,
    SOURCE_URL, TREE_PATH,
};
use super::{Account, Contract, Deadline, Given, Input, Output, Part, Simulated, output, required};
use crate::names;
use crate::plan;

/// The commit.
pub const REVISION: Input = required("REVISION", "the commit to deliver").from_call("revision");
/// Its branch.
pub const BRANCH: Input = required("BRANCH", "the branch that must contain it").from_call("branch");
/// The digest of the shared steps that the pipeline expects.
pub const EXPECTED_DIGEST: Input =
    required("SHARED_DIGEST", "the digest of the shared template with which the pipeline was generated")
        .from_call(names::SHARED_DIGEST);
/// The digest of the shared steps that are deployed.
pub const STEPS_DIGEST: Input =
    required("STEPS_DIGEST", "the digest of the shared template to which this step belongs").by(Given::OwnDigest);

/// Whether the run must restart, and why.
pub const OUTDATED: Output = output("outdated", "false", "mixed or behind: the run has to restart from new templates");

/// The contract.
pub static CHECK: Contract = Contract {
    template: "check",
    inputs: &[
        REVISION,
        BRANCH,
        SOURCE_URL,
        PIPELINE,
        PIPELINE_DIGEST,
        EXPECTED_DIGEST,
        STEPS_DIGEST,
        GITOPS_URL,
        GITOPS_BRANCH,
        TREE_PATH,
        GIT_TOKEN,
        GIT_TOKENS,
        OUT,
    ],
    variables: &[
        REVISION,
        BRANCH,
        SOURCE_URL,
        PIPELINE,
        PIPELINE_DIGEST,
        EXPECTED_DIGEST,
        GITOPS_URL,
        GITOPS_BRANCH,
        TREE_PATH,
        GIT_TOKEN,
        STEPS_DIGEST,
    ],
    outputs: &[OUTDATED],
    parts: &[GIT, SOURCE, READ, RECORD, Part::Text(include_str!("step.sh"))],
    account: Account::None,
    rights: &[],
    deadline: Deadline::Seconds(plan::CHECK_DEADLINE),
    retries: Some(2),
    lock: None,
    pending: None,
    runs_foreign_code: false,
    needed: |_| true,
    simulated: |_| Simulated::Run,
};
