//! The generated steps of a delivery, a folder each. A step says once what it is: what its script reads and where that
//! comes from, what it leaves behind, and how its pod runs. From these constants come the guards of the script, the
//! variables of the pod, the parameters of the template, the arguments and conditions of calls and the names of steps; and
//! by them `diff` and `simulate` know a step again.
//!
//! Another step is a folder here with its contract and its script, and a place in [`ALL`].
//!
//! Scripts are POSIX `sh`, take no arguments and read only the environment variables that the contract lists.

pub mod build;
pub mod call;
pub mod check;
pub mod gitops;
pub mod gone;
pub mod janitor;
pub mod pods;
pub mod restart;
pub mod shared;
pub mod template;
pub mod wait;

use crate::plan::Plan;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// What a step is. Each is a constant, and there is one of each name.
#[derive(Clone, Copy)]
pub struct Contract {
    /// The name of the template that runs it, with which the names of its steps begin.
    pub template: &'static str,
    /// What the script reads, in the order in which it is checked. It reads nothing else.
    pub inputs: &'static [Input],
    /// The environment variables of its pod, in their order: the inputs that are given at all, and what the programs of the
    /// image want.
    pub variables: &'static [Input],
    /// The files that it leaves.
    pub outputs: &'static [Output],
    /// What the script consists of, after what all scripts begin with.
    pub parts: &'static [Part],
    /// As whom its own container talks to the cluster.
    pub account: Account,
    /// What that account may do there, and nobody else's.
    pub rights: &'static [Right],
    /// How long its pod may take.
    pub deadline: Deadline,
    /// How often it is tried again when its pod is lost.
    pub retries: Option<u32>,
    /// The lock that it holds.
    pub lock: Option<&'static str>,
    /// Seconds that it waits for the lock at the most.
    pub pending: Option<u64>,
    /// Whether it runs what others have written, such as a Dockerfile, beside the script.
    pub runs_foreign_code: bool,
    /// Whether a plan has such a step.
    pub needed: fn(&Plan) -> bool,
    /// What a simulation does in its place, by the variables of its pod.
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
    /// When it has to be given.
    pub presence: Presence,
    /// Who gives it.
    pub given: Given,
}

/// When an input has to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Always; the script refuses an empty value.
    Required,
    /// Only for these values of `ACTION`; left out, it is empty.
    For(&'static [&'static str]),
    /// Never; left out or empty, it is this.
    Optional(&'static str),
    /// Never. It is taken out of the environment, so that what the script starts does not see it, and is the variable of its
    /// name in small letters from there on.
    Secret,
}

/// Who gives an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// Nobody: what the script takes without it.
    Default,
    /// Every call, as the argument of this name.
    Argument(&'static str),
    /// A call that wants to, as the argument of this name.
    Optional(&'static str),
    /// The template: always this.
    Literal(&'static str),
    /// The template: always so many seconds.
    Seconds(u64),
    /// The template: what the plan says.
    Fact(Fact),
    /// The template: the digest of all shared templates, which is known once they are complete.
    OwnDigest,
}

/// What a plan says to a step, whatever the run.
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
    /// The name of who commits.
    AuthorName,
    /// The address of who commits.
    AuthorEmail,
    /// The project.
    Project,
    /// The namespace of the workflows.
    PipelineNamespace,
    /// The namespace of Argo CD.
    ArgoCdNamespace,
    /// How ApplicationSets are asked to look again.
    Refresh,
    /// The environments that come and go.
    Ephemeral,
    /// The environments that stand.
    Standing,
    /// The ApplicationSets of all environments.
    ApplicationSets,
    /// Whether the registry is spoken to without TLS.
    Insecure,
}

/// A file that a script writes into the folder `OUT`.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// The file.
    pub name: &'static str,
    /// What it holds.
    pub doc: &'static str,
    /// What a step that was skipped counts as having written.
    pub default: &'static str,
}

/// A part of a script.
#[derive(Clone, Copy)]
pub enum Part {
    /// A file.
    Text(&'static str),
    /// What is made of a table.
    Made(fn() -> String),
}

/// As whom a step's own container talks to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// It does not.
    None,
    /// As an account that can do nothing else.
    Own(&'static str),
    /// As the account of its workflow, which is no pipeline and does nothing else.
    Workflow(&'static str),
}

/// What an account may do with objects of the Argo projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// Where.
    pub place: Place,
    /// With what.
    pub resource: &'static str,
    /// What.
    pub verbs: &'static [&'static str],
    /// With which of them.
    pub only: Only,
}

/// Where an account may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Where Argo CD's objects are.
    ArgoCd,
    /// Where Rollouts are waited for.
    Canaries,
    /// Where workflows run.
    Pipelines,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ArgoCd, Self::Canaries, Self::Pipelines];
}

/// With which objects of a kind an account may do something. A list is held to names where it asks for one of them
/// (`metadata.name` in its field selector), which all scripts do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// With all.
    All,
    /// With the ApplicationSets of all environments.
    Sets,
    /// The same, and it may make them look again if the project wants that. To annotate a set is to change it, and a set
    /// makes Applications: as good as an administrator of Argo CD.
    SetsToRefresh,
    /// The same of the environments that come and go.
    EphemeralSetsToRefresh,
}

impl Right {
    /// With all objects of a kind.
    #[must_use]
    pub const fn all(place: Place, resource: &'static str, verbs: &'static [&'static str]) -> Self {
        Self { place, resource, verbs, only: Only::All }
    }

    /// To look at ApplicationSets.
    #[must_use]
    pub const fn sets(only: Only) -> Self {
        Self { place: Place::ArgoCd, resource: "applicationsets", verbs: &["list"], only }
    }

    /// By this a workflow's own containers report what a step wrote.
    pub const RESULTS: Self = Self::all(Place::Pipelines, "workflowtaskresults", &["create", "patch"]);
}

/// How long a pod may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// So many seconds.
    Seconds(u64),
    /// As long as the call says by this argument.
    Argument(&'static str),
}

/// What a simulation does in the place of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Simulated {
    /// It runs the script.
    Run,
    /// It takes it to go well: what it does.
    Assumed(String),
    /// It takes an image to be built: its reference.
    Built(String),
}

/// The start of every script. Single quotes hold programs for jq, whose dollars the shell has to leave alone.
const HEADER: &str = "#!/bin/sh\n# shellcheck disable=SC2016 # jq reads what stands in single quotes\nset -eu\n\n";
const COMMON: &str = include_str!("lib/common.sh");

impl Contract {
    /// The whole text of the script: the shebang, the inputs' defaults, the libraries it needs and the step itself.
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

    /// The name of a step that runs it for something: an environment, an image.
    #[must_use]
    pub fn step_for(&self, what: &str) -> String {
        format!("{}-{what}", self.template)
    }

    /// The account by which it is known to the cluster, if it talks to it at all.
    #[must_use]
    pub fn account(&self) -> Option<&'static str> {
        match self.account {
            Account::None => None,
            Account::Own(name) | Account::Workflow(name) => Some(name),
        }
    }

    /// Whether pipelines call it: it runs in no workflow of its own.
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

/// A contract is known by its template.
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
                format!("[ -n \"${{{name}:-}}\" ] || fail \"{name} is empty, wanted: {doc}\"\n")
            }
            Presence::For(_) => format!("[ -n \"${{{name}:-}}\" ] || {name}=''\n"),
            Presence::Optional(default) => format!("[ -n \"${{{name}:-}}\" ] || {name}='{default}'\n"),
            Presence::Secret => format!("{}=${{{name}:-}}\nunset {name}\n", name.to_ascii_lowercase()),
        }
    }

    /// The argument by which a call gives it.
    ///
    /// # Panics
    /// When no call gives it, but the template.
    #[must_use]
    pub const fn argument(&self) -> &'static str {
        match self.given {
            Given::Argument(name) | Given::Optional(name) => name,
            _ => panic!("this input is no argument of a call"),
        }
    }

    /// Its value among the variables of a pod; empty where there is none.
    #[must_use]
    pub fn of<'v>(&self, variables: &'v Variables) -> &'v str {
        variables.get(self.name).map(String::as_str).unwrap_or_default()
    }

    /// Given so.
    #[must_use]
    pub const fn by(self, given: Given) -> Self {
        Self { given, ..self }
    }

    /// Given by every call, as the argument of this name.
    #[must_use]
    pub const fn from_call(self, argument: &'static str) -> Self {
        self.by(Given::Argument(argument))
    }

    /// Given by a call that wants to, as the argument of this name.
    #[must_use]
    pub const fn from_some_calls(self, argument: &'static str) -> Self {
        self.by(Given::Optional(argument))
    }
}

impl Output {
    /// A reference to what a step of the same template has left.
    #[must_use]
    pub fn of(&self, step: &str) -> String {
        call::output(step, self.name)
    }

    /// The same within an expression.
    #[must_use]
    pub fn value(&self, step: &str) -> String {
        format!("steps['{step}'].outputs.parameters.{}", self.name)
    }

    /// The condition that a step has left nothing but the default.
    #[must_use]
    pub fn is_default(&self, step: &str) -> String {
        self.compared(step, "==")
    }

    /// The condition that a step has left something else than the default.
    #[must_use]
    pub fn differs(&self, step: &str) -> String {
        self.compared(step, "!=")
    }

    fn compared(&self, step: &str, how: &str) -> String {
        format!("steps.{step}.outputs.parameters.{} {how} '{}'", self.name, self.default)
    }

    /// The condition that a step has left something else than the default, if it has left anything.
    ///
    /// A step that was skipped, or whose pod was lost, has no outputs at all. Argo waits for ever for a name of a step that
    /// never comes, and the workflow would never end: so `get` asks for them.
    #[must_use]
    pub fn differs_if_left(&self, step: &str) -> String {
        let Self { name, default, doc: _ } = self;
        format!("(get(steps['{step}'], 'outputs')?.parameters?.{name} ?? '{default}') != '{default}'")
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

/// An input that nothing else sees that the script starts.
#[must_use]
pub const fn secret(name: &'static str, doc: &'static str) -> Input {
    Input { name, doc, presence: Presence::Secret, given: Given::Default }
}

/// An input that must not be empty for some actions.
#[must_use]
pub const fn only_for(name: &'static str, actions: &'static [&'static str], doc: &'static str) -> Input {
    Input { name, doc, presence: Presence::For(actions), given: Given::Default }
}

/// A variable that a program of the image wants and the script does not read.
#[must_use]
pub const fn beside(name: &'static str, value: &'static str, doc: &'static str) -> Input {
    Input { name, doc, presence: Presence::Optional(""), given: Given::Literal(value) }
}

/// A file that a script leaves.
#[must_use]
pub const fn output(name: &'static str, default: &'static str, doc: &'static str) -> Output {
    Output { name, doc, default }
}

/// How a line begins by which a script says why it fails.
pub const ERROR: &str = "error: ";

/// Every step that is the same whatever a project has chosen. The step that builds an image is its builder's.
pub const ALL: [&Contract; 6] =
    [&check::CHECK, &restart::RESTART, &gitops::GITOPS, &wait::WAIT, &gone::GONE, &janitor::JANITOR];
