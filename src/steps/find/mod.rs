//! The first step of a pipeline that a tag or a schedule can start: it finds the commit, and then does what the first step
//! of the others does.

use super::check::{self, CHECK, EXPECTED_DIGEST, OUTDATED, STEPS_DIGEST};
use super::shared::{
    GIT, GIT_TOKEN, GIT_TOKENS, GITOPS_BRANCH, GITOPS_URL, OUT, PIPELINE, PIPELINE_DIGEST, READ, RECORD, SOURCE,
    SOURCE_URL, TREE_PATH,
};
use super::{Contract, Input, Output, Part, optional, output};
use crate::plan;

/// The commit, where the run was given one.
pub const REVISION: Input =
    optional("REVISION", "", "the commit to deliver; empty for that of the tag, or for the head of the branch")
        .from_call(check::REVISION.argument());
/// Its branch.
pub const BRANCH: Input = check::BRANCH;
/// The tag.
pub const TAG: Input = optional("TAG", "", "the tag to deliver, if there is one").from_call("tag");

/// The commit.
pub const FOUND: Output = output("revision", "", "the commit to deliver");

/// The contract.
pub static FIND: Contract = Contract {
    template: "find",
    inputs: &[
        REVISION,
        BRANCH,
        TAG,
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
        TAG,
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
    outputs: &[OUTDATED, FOUND],
    parts: &[
        GIT,
        SOURCE,
        READ,
        RECORD,
        Part::Text(include_str!("step.sh")),
        Part::Text(include_str!("../check/step.sh")),
    ],
    needed: |plan: &plan::Plan| plan.deliveries.iter().any(|delivery| delivery.on.finds_commit()),
    ..CHECK
};
