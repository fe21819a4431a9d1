//! Waits for an image that a CI pushes for each commit, and takes its digest.

use super::build::{DIGEST, INSECURE};
use super::shared::{OUT, POLL_SECONDS, TIMEOUT_SECONDS};
use super::{Account, Contract, Deadline, Input, Part, Simulated, required};

/// The repository in which the CI puts it.
pub const REPOSITORY: Input =
    required("REPOSITORY", "registry/repository of the image, without a tag").from_call("repository");
/// The tag that the CI gives it.
pub const TAG: Input = required("TAG", "the tag that the CI gives to the image of this commit").from_call("tag");
/// The argument with the deadline of the pod.
pub const DEADLINE: &str = "deadline-seconds";

/// The contract. Its image has crane and busybox, and neither git nor jq.
pub static IMAGE: Contract = Contract {
    template: "image",
    inputs: &[REPOSITORY, TAG, INSECURE, TIMEOUT_SECONDS, POLL_SECONDS, OUT],
    variables: &[REPOSITORY, TAG, INSECURE, TIMEOUT_SECONDS],
    outputs: &[DIGEST],
    parts: &[Part::Text(include_str!("step.sh"))],
    account: Account::None,
    rights: &[],
    deadline: Deadline::Argument(DEADLINE),
    retries: Some(1),
    lock: None,
    pending: None,
    runs_foreign_code: false,
    needed: |plan| plan.resolved.apps.values().any(|app| app.from_ci().next().is_some()),
    simulated: |variables| Simulated::Awaited(format!("{}:{}", REPOSITORY.of(variables), TAG.of(variables))),
};
