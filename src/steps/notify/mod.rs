//! What the steps have in common that tell somebody about a run. Whom, and how, is a provider: see
//! `crate::providers::notice`.
//!
//! A notice is one document, which each recipient gets in its own form. Its step may fail: the delivery continues.

use super::shared::{PIPELINE, PIPELINE_NAMESPACE, PROJECT, WORKFLOW_NAME, WORKFLOW_UID};
use super::{Account, Contract, Deadline, Fact, Given, Input, Part, Simulated, Variables, optional, required, secret};
use crate::plan::{NOTICE_DEADLINE, NOTICE_PENDING};

/// How often it is tried again when its pod is lost.
pub const NOTICE_RETRIES: u32 = 1;

/// The moment.
pub const MOMENT: Input =
    required("MOMENT", "the moment: started, waiting, succeeded, failed or rolled-back").from_call("moment");
/// The target.
pub const TARGET: Input = required("TARGET", "the target").from_call("target");
/// The app.
pub const APP: Input = required("APP", "the app that the run delivers").from_call("app");
/// The environment of a moment.
pub const ENVIRONMENT: Input =
    optional("ENVIRONMENT", "", "the environment that was rolled back").from_some_calls("environment");
/// The question of a moment.
pub const QUESTION: Input = optional("QUESTION", "", "the step that waits for an answer").from_some_calls("question");
/// The version.
pub const VERSION: Input = required("VERSION", "the version of the run").from_call("version");
/// The commit.
pub const REVISION: Input = required("REVISION", "the commit").from_call("revision");
/// Its branch.
pub const BRANCH: Input = required("BRANCH", "its branch").from_call("branch");
/// Its page.
pub const COMMIT_URL: Input = required("COMMIT_URL", "the page of the commit").from_call("commit-url");
/// The page of the run.
pub const RUN_URL: Input = optional("RUN_URL", "", "the page of the run").from_some_calls("run-url");
/// Whether something newer is deployed.
pub const SUPERSEDED: Input =
    optional("SUPERSEDED", "false", "true: a newer revision is already deployed").from_some_calls("superseded");
/// Where statuses of commits are set.
pub const STATUS_URL: Input =
    required("STATUS_URL", "the URL for statuses of the repository, without the commit").from_some_calls("status-url");
/// The beginning of the header that has the token.
pub const STATUS_HEADER: Input =
    required("STATUS_HEADER", "the header of the token, up to its value").from_some_calls("status-header");
/// The word of the host for a failure.
pub const STATUS_FAILED: Input =
    required("STATUS_FAILED", "the state of the host for a failure").from_some_calls("status-failed");
/// The token that sets statuses.
pub const STATUS_TOKEN: Input =
    secret("STATUS_TOKEN", "the token that sets statuses of commits").by(Given::Fact(Fact::StatusToken));
/// The URL of a recipient: whoever knows it can write to them.
pub const NOTICE_URL: Input = secret("NOTICE_URL", "the URL of the recipient").by(Given::Fact(Fact::NoticeUrl));
/// The key that signs.
pub const NOTICE_KEY: Input = secret("NOTICE_KEY", "the key that signs requests").by(Given::Fact(Fact::NoticeKey));

/// The document, made of the inputs.
pub const NOTICE: Part = Part::Text(include_str!("notice.sh"));
/// Sending, with secrets out of sight.
pub const SEND: Part = Part::Text(include_str!("send.sh"));

/// A contract in which everything but these is the same for all recipients.
#[must_use]
pub const fn contract(
    template: &'static str,
    inputs: &'static [Input],
    parts: &'static [Part],
    simulated: fn(&Variables) -> Simulated,
) -> Contract {
    Contract {
        template,
        inputs,
        variables: inputs,
        outputs: &[],
        parts,
        account: Account::None,
        rights: &[],
        deadline: Deadline::Seconds(NOTICE_DEADLINE),
        retries: Some(NOTICE_RETRIES),
        lock: None,
        pending: Some(NOTICE_PENDING),
        runs_foreign_code: false,
        needed: |_| true,
        simulated,
    }
}

/// What is told, in a few words.
#[must_use]
pub fn told(variables: &Variables) -> String {
    let (moment, environment) = (MOMENT.of(variables), ENVIRONMENT.of(variables));
    match (moment, environment, SUPERSEDED.of(variables)) {
        ("succeeded", _, "true") => "superseded by a newer commit".to_owned(),
        (moment, "", _) => moment.to_owned(),
        (moment, environment, _) => format!("{moment} in {environment}"),
    }
}

/// The inputs of every document, and more.
///
/// # Panics
/// If there are more or fewer than `ALL`; at compile time, for a constant.
#[must_use]
pub const fn with<const MORE: usize, const ALL: usize>(more: [Input; MORE]) -> [Input; ALL] {
    assert!(ALL == COMMON.len() + MORE, "an input is missing");
    let mut all = [MOMENT; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < COMMON.len() { COMMON[at] } else { more[at - COMMON.len()] };
        at += 1;
    }
    all
}

/// The inputs of every document.
pub const COMMON: [Input; 15] = [
    MOMENT,
    PROJECT,
    TARGET,
    PIPELINE,
    APP,
    ENVIRONMENT,
    QUESTION,
    VERSION,
    REVISION,
    BRANCH,
    COMMIT_URL,
    RUN_URL,
    SUPERSEDED,
    WORKFLOW_NAME,
    WORKFLOW_UID,
];

/// All of them need the namespace of the workflows, too.
pub const NAMESPACE: Input = PIPELINE_NAMESPACE;
