//! Fails a run that nobody has approved, and says so. It runs for every answer except `YES`.

use super::shared::WORKFLOW_NAME;
use super::{Account, Contract, Deadline, Input, Part, Simulated, required};
use crate::model::StageKind;
use crate::plan;

/// The output of a suspended template with the answer of a person.
pub const APPROVED: &str = "approved";
/// The answer with which a run continues.
pub const YES: &str = "YES";
/// The answer of somebody who refuses, and the one that Argo Workflows supplies when the time is up and when somebody
/// resumes the whole run (argo-workflows, `workflow/util/util.go`, `OverrideOutputParametersWithDefault`).
pub const NO: &str = "NO";

/// The answer.
pub const ANSWER: Input = required(
    "ANSWER",
    "the status of the question, a colon and the answer, which is empty if it was resumed without one",
)
.from_call("answer");
/// The template of the question.
pub const QUESTION: Input = required("QUESTION", "the template that waited for the answer").from_call("question");
/// How long it has waited.
pub const WITHIN: Input = required("WITHIN", "the maximum time that it waited, such as 8h").from_call("within");

/// The contract.
pub static REFUSED: Contract = Contract {
    template: "refused",
    inputs: &[ANSWER, QUESTION, WITHIN, WORKFLOW_NAME],
    variables: &[ANSWER, QUESTION, WITHIN, WORKFLOW_NAME],
    outputs: &[],
    parts: &[Part::Text(include_str!("step.sh"))],
    account: Account::None,
    rights: &[],
    deadline: Deadline::Seconds(plan::REFUSED_DEADLINE),
    retries: Some(2),
    lock: None,
    pending: None,
    runs_foreign_code: false,
    needed: |plan| {
        let mut stages = plan.resolved.pipelines.iter().flat_map(|pipeline| &pipeline.stages);
        stages.any(|stage| matches!(stage.value, StageKind::Approve(_)))
    },
    simulated: |_| Simulated::Run,
};
