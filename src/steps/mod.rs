//! The generated steps of a delivery, one folder each. A step declares its contract once: the inputs of its script and
//! where they come from, its outputs, and how its pod runs. The guards of the script, the variables of the pod, the
//! parameters of the template, the arguments and conditions of calls and the names of steps are derived from it; `diff`
//! and `simulate` recognize a step by it.
//!
//! A new step is a folder here, with its contract and its script, and an entry in [`ALL`].
//!
//! Scripts are POSIX `sh`, take no arguments and read only the environment variables that the contract lists.

pub mod build;
pub mod call;
pub mod check;
pub mod find;
pub mod gitops;
pub mod gone;
pub mod image;
pub mod janitor;
pub mod look;
pub mod notify;
pub mod pods;
pub mod refused;
pub mod restart;
pub mod shared;
pub mod sign;
pub mod template;
pub mod wait;

use crate::plan::Plan;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// The contract of a step. Each is a constant, known by the name of its template.
#[derive(Clone, Copy)]
pub struct Contract {
    /// The name of its template, and the prefix of the names of its steps.
    pub template: &'static str,
    /// Everything that the script reads, in the order in which it is checked.
    pub inputs: &'static [Input],
    /// The environment variables of its pod, in order: the inputs that are set, and what the programs of the image
    /// need.
    pub variables: &'static [Input],
    /// The files that it writes.
    pub outputs: &'static [Output],
    /// The parts of the script, after the common prelude.
    pub parts: &'static [Part],
    /// The account with which its own container talks to the cluster.
    pub account: Account,
    /// What that account may do there.
    pub rights: &'static [Right],
    /// How long its pod may take.
    pub deadline: Deadline,
    /// How often it is retried when its pod is lost.
    pub retries: Option<u32>,
    /// The lock that it holds.
    pub lock: Option<&'static str>,
    /// The maximum number of seconds that it waits for the lock.
    pub pending: Option<u64>,
    /// Whether it runs code of others, such as a Dockerfile, in addition to the script.
    pub runs_foreign_code: bool,
    /// Whether a plan needs the step.
    pub needed: fn(&Plan) -> bool,
    /// What a simulation does instead, given the variables of its pod.
    pub simulated: fn(&Variables) -> Simulated,
}

/// The variables of a pod, by their names.
pub type Variables = BTreeMap<String, String>;

/// An environment variable that a script reads.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// The variable.
    pub name: &'static str,
    /// What it holds.
    pub doc: &'static str,
    /// When it is required.
    pub presence: Presence,
    /// Who sets it.
    pub given: Given,
}

/// When an input is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Always; the script refuses an empty value.
    Required,
    /// Only for these values of `ACTION`; left out, it is empty.
    For(&'static [&'static str]),
    /// Never; left out or empty, it is this.
    Optional(&'static str),
    /// Never. The script removes it from its environment, so that the programs that it starts do not see it, and keeps
    /// it in a variable of the same name in lower case.
    Secret,
}

/// Who sets an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// Nobody: the script uses its default.
    Default,
    /// Every call, as the argument of this name.
    Argument(&'static str),
    /// A call, if it needs to, as the argument of this name.
    Optional(&'static str),
    /// The template: always this.
    Literal(&'static str),
    /// The template: always this number of seconds.
    Seconds(u64),
    /// The template: a fact of the plan.
    Fact(Fact),
    /// The template: the digest of all shared templates, which is only known once they are complete.
    OwnDigest,
}

/// What a step needs to know of the plan, the same in every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The address of the GitOps repository.
    GitOpsUrl,
    /// Its branch.
    GitOpsBranch,
    /// Its folder with the manifests of this target's environments.
    GitOpsPath,
    /// Its folder with this target's tree.
    TreePath,
    /// The token that reads the sources.
    ReadingToken,
    /// The token that writes the GitOps repository.
    WritingToken,
    /// The committer's name.
    AuthorName,
    /// The committer's address.
    AuthorEmail,
    /// The project.
    Project,
    /// The namespace of the workflows.
    PipelineNamespace,
    /// The namespace of Argo CD.
    ArgoCdNamespace,
    /// How ApplicationSets are asked to refresh.
    Refresh,
    /// The ephemeral environments.
    Ephemeral,
    /// The permanent environments.
    Permanent,
    /// The ApplicationSets of all environments.
    ApplicationSets,
    /// Whether the registry is used without TLS.
    Insecure,
    /// The token that sets statuses of commits: of one notice.
    StatusToken,
    /// The URL of whoever is told: of one notice.
    NoticeUrl,
    /// The key that signs what they are told: of one notice.
    NoticeKey,
}

/// A file that a script writes into the folder `OUT`.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// The file.
    pub name: &'static str,
    /// What it holds.
    pub doc: &'static str,
    /// The value for a step that was skipped.
    pub default: &'static str,
}

/// A part of a script.
#[derive(Clone, Copy)]
pub enum Part {
    /// A file.
    Text(&'static str),
    /// Text generated from a table.
    Made(fn() -> String),
}

/// The account with which a step's own container talks to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// None.
    None,
    /// An account of its own.
    Own(&'static str),
    /// The account of its workflow, which runs nothing else.
    Workflow(&'static str),
}

/// A permission on objects of the Argo projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// Where.
    pub place: PermissionScope,
    /// The resource.
    pub resource: &'static str,
    /// The verbs.
    pub verbs: &'static [&'static str],
    /// Which of its objects.
    pub only: Only,
}

/// Where a permission applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PermissionScope {
    /// Argo CD's namespace.
    ArgoCd,
    /// The namespaces in which a step waits for Rollouts.
    Canaries,
    /// The namespace of the workflows.
    Pipelines,
}

impl PermissionScope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ArgoCd, Self::Canaries, Self::Pipelines];
}

/// Which objects of a resource a permission covers. A Role can restrict `list` to names if the request selects one of
/// them (`metadata.name` in its field selector), as all scripts do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// All of them.
    All,
    /// The ApplicationSets of all environments.
    Sets,
    /// The same; and it may make them refresh if the project enables that. Annotating a set is changing it, and a set
    /// creates Applications: as powerful as an administrator of Argo CD.
    SetsToRefresh,
    /// The same for the ephemeral environments only.
    EphemeralSetsToRefresh,
}

impl Right {
    /// A permission on all objects of a resource.
    #[must_use]
    pub const fn all(place: PermissionScope, resource: &'static str, verbs: &'static [&'static str]) -> Self {
        Self { place, resource, verbs, only: Only::All }
    }

    /// A permission to list ApplicationSets.
    #[must_use]
    pub const fn sets(only: Only) -> Self {
        Self { place: PermissionScope::ArgoCd, resource: "applicationsets", verbs: &["list"], only }
    }

    /// The permission with which a workflow's own containers report the outputs of a step.
    pub const RESULTS: Self = Self::all(PermissionScope::Pipelines, "workflowtaskresults", &["create", "patch"]);
}

/// How long a pod may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// This number of seconds.
    Seconds(u64),
    /// As long as this argument of the call says.
    Argument(&'static str),
}

/// What a simulation does instead of running a step in a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Simulated {
    /// It runs the script.
    Run,
    /// It assumes success: what the step does.
    Assumed(String),
    /// It assumes that an image is built: its reference.
    Built(String),
    /// It assumes that a CI has pushed an image: its reference.
    Awaited(String),
}

/// The start of every script. Single quotes enclose programs for jq, whose dollars the shell must not expand.
const HEADER: &str = "#!/bin/sh\n# shellcheck disable=SC2016 # single quotes contain jq programs\nset -eu\n\n";
const COMMON: &str = include_str!("lib/common.sh");

impl Contract {
    /// The complete text of the script: the shebang, the inputs' defaults, the libraries it needs and the step itself.
    #[must_use]
    pub fn source(&self) -> String {
        let mut source = String::from(HEADER);
        source.push_str(COMMON);
        source.push_str("\n# Inputs.\n\n");
        for input in self.inputs {
            source.push_str(&input.guard());
        }
        for part in self.parts {
            source.push('\n');
            source.push_str(&part.text());
        }
        source
    }

    /// The name of a step that runs it for an environment or an image.
    #[must_use]
    pub fn step_for(&self, what: &str) -> String {
        format!("{}-{what}", self.template)
    }

    /// The account with which it talks to the cluster, if it does.
    #[must_use]
    pub fn account(&self) -> Option<&'static str> {
        match self.account {
            Account::None => None,
            Account::Own(name) | Account::Workflow(name) => Some(name),
        }
    }

    /// Whether pipelines call it, rather than a workflow of its own.
    #[must_use]
    pub fn is_called(&self) -> bool {
        !matches!(self.account, Account::Workflow(_))
    }

    /// Whether its script reads an input of that name.
    #[must_use]
    pub fn reads(&self, input: Input) -> bool {
        self.inputs.iter().any(|own| own.name == input.name)
    }
}

/// Contracts are compared by the names of their templates.
impl PartialEq for Contract {
    fn eq(&self, other: &Self) -> bool {
        self.template == other.template
    }
}

impl Eq for Contract {}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.template)
    }
}

impl Part {
    fn text(self) -> Cow<'static, str> {
        match self {
            Self::Text(text) => text.into(),
            Self::Made(make) => make().into(),
        }
    }
}

impl Input {
    /// The line of shell that refuses a missing value or sets the default.
    fn guard(&self) -> String {
        let Self { name, doc, presence, given: _ } = self;
        match presence {
            Presence::Required => {
                format!("[ -n \"${{{name}:-}}\" ] || fail \"{name} is empty, expected: {doc}\"\n")
            }
            Presence::For(_) => format!("[ -n \"${{{name}:-}}\" ] || {name}=''\n"),
            Presence::Optional(default) => format!("[ -n \"${{{name}:-}}\" ] || {name}='{default}'\n"),
            Presence::Secret => format!("{}=${{{name}:-}}\nunset {name}\n", name.to_ascii_lowercase()),
        }
    }

    /// The argument by which a call gives it.
    ///
    /// # Panics
    /// If the template sets it, and not the call.
    #[must_use]
    pub const fn argument(&self) -> &'static str {
        match self.given {
            Given::Argument(name) | Given::Optional(name) => name,
            _ => panic!("this input is not an argument of a call"),
        }
    }

    /// Its value among the variables of a pod; empty if it is not set.
    #[must_use]
    pub fn of<'v>(&self, variables: &'v Variables) -> &'v str {
        variables.get(self.name).map(String::as_str).unwrap_or_default()
    }

    /// The same input, set by someone else.
    #[must_use]
    pub const fn by(self, given: Given) -> Self {
        Self { given, ..self }
    }

    /// The same input, set by every call as the argument of this name.
    #[must_use]
    pub const fn from_call(self, argument: &'static str) -> Self {
        self.by(Given::Argument(argument))
    }

    /// The same input, set by a call if it needs to, as the argument of this name.
    #[must_use]
    pub const fn from_some_calls(self, argument: &'static str) -> Self {
        self.by(Given::Optional(argument))
    }
}

impl Output {
    /// A reference to the output of an earlier step of the same template.
    #[must_use]
    pub fn of(&self, step: &str) -> String {
        call::output(step, self.name)
    }

    /// The same inside an expression.
    #[must_use]
    pub fn value(&self, step: &str) -> String {
        format!("steps['{step}'].outputs.parameters.{}", self.name)
    }

    /// The condition that the output of a step is the default.
    #[must_use]
    pub fn is_default(&self, step: &str) -> String {
        self.compared(step, "==")
    }

    /// The condition that the output of a step is not the default.
    #[must_use]
    pub fn differs(&self, step: &str) -> String {
        self.compared(step, "!=")
    }

    fn compared(&self, step: &str, how: &str) -> String {
        format!("steps.{step}.outputs.parameters.{} {how} '{}'", self.name, self.default)
    }

    /// The condition that the output of a step is not the default, where the step may have no outputs.
    ///
    /// A step that was skipped, or whose pod was lost, has no outputs at all. Argo waits forever for a name that never
    /// resolves, and the workflow would never end: so `get` looks them up. And Argo evaluates an expression as soon as
    /// it can, which for `get` would be before the step has begun: when a template is called, `steps` exists, with
    /// nothing in it but the name of the calling step (argo-workflows, `workflow/controller/operator.go`,
    /// `steps.name`). There is no status then, and an expression that fails is evaluated again later.
    #[must_use]
    pub fn differs_if_left(&self, step: &str) -> String {
        let Self { name, default, doc: _ } = self;
        let left = format!("get(steps['{step}'], 'outputs')?.parameters?.{name} ?? '{default}'");
        format!("steps['{step}'].status == 'Succeeded' && ({left}) != '{default}'")
    }
}

/// An input that must not be empty.
#[must_use]
pub const fn required(name: &'static str, doc: &'static str) -> Input {
    Input { name, doc, presence: Presence::Required, given: Given::Default }
}

/// An input that has a default.
#[must_use]
pub const fn optional(name: &'static str, default: &'static str, doc: &'static str) -> Input {
    Input { name, doc, presence: Presence::Optional(default), given: Given::Default }
}

/// An input that is hidden from everything that the script starts.
#[must_use]
pub const fn secret(name: &'static str, doc: &'static str) -> Input {
    Input { name, doc, presence: Presence::Secret, given: Given::Default }
}

/// An input that is required by some actions.
#[must_use]
pub const fn only_for(name: &'static str, actions: &'static [&'static str], doc: &'static str) -> Input {
    Input { name, doc, presence: Presence::For(actions), given: Given::Default }
}

/// A variable that a program of the image needs and the script does not read.
#[must_use]
pub const fn beside(name: &'static str, value: &'static str, doc: &'static str) -> Input {
    Input { name, doc, presence: Presence::Optional(""), given: Given::Literal(value) }
}

/// An output of a script.
#[must_use]
pub const fn output(name: &'static str, default: &'static str, doc: &'static str) -> Output {
    Output { name, doc, default }
}

/// The prefix of the line with which a script reports why it fails.
pub const ERROR: &str = "error: ";

/// Every step that does not depend on a provider. The step that builds an image belongs to its builder.
pub const ALL: [&Contract; 11] = [
    &check::CHECK,
    &find::FIND,
    &restart::RESTART,
    &restart::RESTART_WITH,
    &image::IMAGE,
    &refused::REFUSED,
    &gitops::GITOPS,
    &look::LOOK,
    &wait::WAIT,
    &gone::GONE,
    &janitor::JANITOR,
];
