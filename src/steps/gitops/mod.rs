//! Edits the manifests in the GitOps repository: one script, with an action for each kind of change.

use super::check::REVISION as COMMIT;
use super::shared::{
    FORCE as FORCED, GIT, GIT_AUTHOR_EMAIL, GIT_AUTHOR_NAME, GIT_TOKEN, GIT_TOKENS, GITOPS_BRANCH, GITOPS_PATH,
    GITOPS_TOKEN, GITOPS_URL, MANIFEST, OUT, PIPELINE as OF_PIPELINE, PIPELINE_DIGEST as OF_DIGEST,
    PIPELINE_DIGEST_DOC, PUSH, READ, RECORD, SOURCE, SOURCE_URL as OF_SOURCE, SOURCE_URL_DOC, TREE_PATH, WORKFLOW_NAME,
    WORKFLOW_UID,
};
use super::{Account, Contract, Deadline, Input, Output, Part, Simulated, only_for, optional, output, required};
use crate::names;
use crate::plan;

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Creates the manifest of an ephemeral environment.
    Open,
    /// Reads a permanent environment, and records that an update begins.
    Enter,
    /// Updates the delivered app.
    Promote,
    /// Records that the update succeeded.
    Settle,
    /// Rolls back to what was deployed before.
    RollBack,
    /// Removes the manifest of an ephemeral environment.
    Close,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Open, Self::Enter, Self::Promote, Self::Settle, Self::RollBack, Self::Close];

    /// The value of the input, and the prefix of the names of its steps.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Enter => "enter",
            Self::Promote => "promote",
            Self::Settle => "settle",
            Self::RollBack => "roll-back",
            Self::Close => "close",
        }
    }

    /// The name of a step that runs it for an environment.
    #[must_use]
    pub fn step_for(self, environment: &str) -> String {
        format!("{}-{environment}", self.word())
    }

    /// The environment of a step of that name, if it runs this action.
    #[must_use]
    pub fn environment(self, step: &str) -> Option<&str> {
        step.strip_prefix(self.word())?.strip_prefix('-')
    }
}

const OPEN: &str = Action::Open.word();
const ENTER: &str = Action::Enter.word();
const PROMOTE: &str = Action::Promote.word();
const SETTLE: &str = Action::Settle.word();
const PUT_BACK: &str = Action::RollBack.word();
const FILLING: &[&str] = &[OPEN, ENTER, PROMOTE];

/// The action.
pub const ACTION: Input = required("ACTION", "open, enter, promote, settle, roll-back or close").from_call("action");
/// The version of the run.
pub const VERSION: Input = required("VERSION", "the version of this run").from_call("version");
/// The delivered app.
pub const APP: Input = required("APP", "the delivered app").from_call("app");
/// The environment.
pub const ENVIRONMENT: Input = required("ENVIRONMENT", "the environment to act on").from_call("environment");
/// The pipeline.
pub const PIPELINE: Input = only_for("PIPELINE", FILLING, "the pipeline").from_some_calls(OF_PIPELINE.argument());
/// The digest of the pipeline.
pub const PIPELINE_DIGEST: Input =
    only_for("PIPELINE_DIGEST", FILLING, PIPELINE_DIGEST_DOC).from_some_calls(OF_DIGEST.argument());
/// The commit of the app.
pub const REVISION: Input =
    only_for("REVISION", FILLING, "the commit of the delivered app").from_some_calls(COMMIT.argument());
/// The branch of the commit.
pub const BRANCH: Input = only_for("BRANCH", FILLING, "the branch that the commit is on").from_some_calls("branch");
/// The repository of the app.
pub const SOURCE_URL: Input =
    only_for("SOURCE_URL", &[OPEN, ENTER], SOURCE_URL_DOC).from_some_calls(OF_SOURCE.argument());
/// The namespace of a permanent environment.
pub const NAMESPACE: Input =
    only_for("NAMESPACE", &[ENTER, PROMOTE, SETTLE, PUT_BACK], "the namespace of the permanent environment")
        .from_some_calls("namespace");
/// The environment that an ephemeral one copies.
pub const COPY_OF: Input =
    optional("COPY_OF", "", "open: the permanent environment to copy").from_some_calls("copy-of");
/// The lifetime of an ephemeral environment.
pub const TTL_SECONDS: Input =
    only_for("TTL_SECONDS", &[OPEN], "the maximum lifetime of an ephemeral environment in seconds")
        .from_some_calls("ttl-seconds");
/// The apps of an ephemeral environment.
pub const MEMBERS: Input =
    optional("MEMBERS", "", "open: the apps in the environment, separated by spaces").from_some_calls("members");
/// The apps that a permanent environment must contain.
pub const NEEDS: Input =
    optional("NEEDS", "", "enter: the apps that the environment must contain, separated by spaces")
        .from_some_calls("needs");
/// Whether this run updates the environment.
pub const UPDATES: Input =
    optional("UPDATES", "false", "enter: true if this run then updates the environment, and rolls it back on failure")
        .from_some_calls("updates");
/// The environment in which the change was tested.
pub const STAGED: Input = optional("STAGED", "", "enter: the ephemeral environment in which this version was tested")
    .from_some_calls("staged");
/// The images that were built.
pub const IMAGES: Input =
    optional("IMAGES", "", "the images that this run built, one per line: name repository tag digest")
        .from_some_calls("images");
/// Whether to deliver a revision that is already deployed.
pub const FORCE: Input = FORCED.from_some_calls("force");

/// The namespace of the environment.
pub const OF_NAMESPACE: Output = output("namespace", "", "the namespace of the environment");
/// The salt of throwaway secrets.
pub const SALT: Output = output("salt", "", "the salt of an ephemeral environment");
/// The tree commit of the environment itself.
pub const TREE: Output = output("tree", "", "the tree of the environment itself");
/// The images of the environment.
pub const RUNNING: Output = output("images", "{}", "app -> image -> {reference, repository, tag, digest}");
/// The changes to wait for.
pub const CHANGES: Output = output("changes", "{}", "app -> change, of the apps to wait for");
/// Whether a newer revision is already deployed.
pub const SUPERSEDED: Output = output("superseded", "false", "true: a newer revision is already deployed");
/// The changes that were rolled back.
pub const RESTORED: Output = output("restored", "{}", "roll-back: app -> change of what was restored");

/// The contract.
pub static GITOPS: Contract = Contract {
    template: "gitops",
    inputs: &[
        ACTION,
        GITOPS_URL,
        GITOPS_BRANCH,
        GITOPS_PATH,
        TREE_PATH,
        PIPELINE,
        PIPELINE_DIGEST,
        GITOPS_TOKEN,
        GIT_TOKEN,
        GIT_TOKENS,
        GIT_AUTHOR_NAME,
        GIT_AUTHOR_EMAIL,
        WORKFLOW_NAME,
        WORKFLOW_UID,
        VERSION,
        REVISION,
        BRANCH,
        APP,
        SOURCE_URL,
        ENVIRONMENT,
        NAMESPACE,
        COPY_OF,
        TTL_SECONDS,
        MEMBERS,
        NEEDS,
        UPDATES,
        STAGED,
        IMAGES,
        FORCE,
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
        GIT_TOKEN,
        WORKFLOW_UID,
        TREE_PATH,
        ACTION,
        VERSION,
        APP,
        ENVIRONMENT,
        REVISION,
        BRANCH,
        SOURCE_URL,
        NAMESPACE,
        COPY_OF,
        TTL_SECONDS,
        MEMBERS,
        NEEDS,
        UPDATES,
        STAGED,
        IMAGES,
        FORCE,
        PIPELINE,
        PIPELINE_DIGEST,
    ],
    outputs: &[OF_NAMESPACE, SALT, TREE, RUNNING, CHANGES, SUPERSEDED, RESTORED],
    parts: &[GIT, SOURCE, PUSH, READ, RECORD, MANIFEST, Part::Text(include_str!("step.sh"))],
    account: Account::None,
    rights: &[],
    deadline: Deadline::Seconds(plan::GITOPS_DEADLINE),
    retries: None,
    lock: Some(names::GITOPS_LOCK),
    pending: Some(plan::GITOPS_PENDING),
    runs_foreign_code: false,
    needed: |plan| plan.has_environments(),
    simulated: |_| Simulated::Run,
};
