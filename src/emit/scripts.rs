//! The shell scripts that the steps of a delivery run, and the tables of what each of them reads and writes.

use super::states;
use std::borrow::Cow;

/// A script that a generated step runs.
///
/// Each is POSIX `sh`, takes no arguments, and reads only the environment variables that [`Script::inputs`] lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Script {
    /// Refuses a commit that the pipeline does not deliver, and finds out whether the templates of the run are outdated.
    Check,
    /// Starts the run again from templates that have changed.
    Restart,
    /// Builds and pushes one image. Runs in BuildKit's image: no git, no jq.
    Build,
    /// Edits the manifests in the GitOps repository.
    GitOps,
    /// Waits until Argo CD has brought a manifest's entries to life.
    Wait,
    /// Waits until an ephemeral environment is gone.
    Gone,
    /// Closes and puts back what runs that are no more have left behind.
    Janitor,
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

/// An environment variable that a script reads.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// The variable.
    pub name: &'static str,
    /// What it holds.
    pub doc: &'static str,
    /// When it has to be given.
    pub presence: Presence,
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

/// The start of every script. Single quotes hold programs for jq, whose dollars the shell has to leave alone.
const HEADER: &str = "#!/bin/sh\n# shellcheck disable=SC2016 # jq reads what stands in single quotes\nset -eu\n\n";
const COMMON: &str = include_str!("scripts/common.sh");
const GIT: &str = include_str!("scripts/git.sh");
const SOURCE: &str = include_str!("scripts/source.sh");
const PUSH: &str = include_str!("scripts/push.sh");
const READ: &str = include_str!("scripts/read.sh");
const RECORD: &str = include_str!("scripts/record.sh");
const MANIFEST: &str = include_str!("scripts/manifest.sh");
const CLUSTER: &str = include_str!("scripts/cluster.sh");
const ARGOCD: &str = include_str!("scripts/argocd.sh");
const REFRESHING: &str = include_str!("scripts/refresh.sh");

impl Script {
    /// Every script.
    pub const ALL: [Self; 7] =
        [Self::Check, Self::Restart, Self::Build, Self::GitOps, Self::Wait, Self::Gone, Self::Janitor];

    /// The name of the template that runs it.
    #[must_use]
    pub fn template(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Restart => "restart",
            Self::Build => "build",
            Self::GitOps => "gitops",
            Self::Wait => "wait",
            Self::Gone => "gone",
            Self::Janitor => "sweep",
        }
    }

    /// The script that a template of that name runs.
    #[must_use]
    pub fn of(template: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|script| script.template() == template)
    }

    /// The whole text: the shebang, the inputs' defaults, the libraries it needs and the step itself.
    #[must_use]
    pub fn source(self) -> String {
        let mut source = String::from(HEADER);
        source.push_str(COMMON);
        source.push_str("\n# Inputs.\n\n");
        for input in self.inputs() {
            source.push_str(&input.guard());
        }
        for part in self.parts() {
            source.push('\n');
            source.push_str(&part);
        }
        source
    }

    fn parts(self) -> Vec<Cow<'static, str>> {
        let plain = |parts: &[&'static str]| parts.iter().copied().map(Cow::Borrowed).collect();
        match self {
            Self::Check => plain(&[GIT, SOURCE, READ, RECORD, include_str!("scripts/check.sh")]),
            Self::Restart => plain(&[CLUSTER, include_str!("scripts/restart.sh")]),
            Self::Build => plain(&[include_str!("scripts/build.sh")]),
            Self::GitOps => plain(&[GIT, SOURCE, PUSH, READ, RECORD, MANIFEST, include_str!("scripts/gitops.sh")]),
            Self::Wait => {
                let states = format!("# What may be seen, and what it means.\n\nstates_jq='\n{}'\n", states::program());
                let step = include_str!("scripts/wait.sh");
                vec![CLUSTER.into(), ARGOCD.into(), REFRESHING.into(), states.into(), step.into()]
            }
            Self::Gone => plain(&[CLUSTER, ARGOCD, REFRESHING, include_str!("scripts/gone.sh")]),
            Self::Janitor => plain(&[GIT, PUSH, READ, MANIFEST, CLUSTER, ARGOCD, include_str!("scripts/janitor.sh")]),
        }
    }

    /// The environment variables that the script reads; it reads no others.
    #[must_use]
    pub fn inputs(self) -> &'static [Input] {
        match self {
            Self::Check => CHECK_INPUTS,
            Self::Restart => RESTART_INPUTS,
            Self::Build => BUILD_INPUTS,
            Self::GitOps => GITOPS_INPUTS,
            Self::Wait => WAIT_INPUTS,
            Self::Gone => GONE_INPUTS,
            Self::Janitor => JANITOR_INPUTS,
        }
    }

    /// The files that the script writes.
    #[must_use]
    pub fn outputs(self) -> &'static [Output] {
        match self {
            Self::Check => CHECK_OUTPUTS,
            Self::Build => BUILD_OUTPUTS,
            Self::GitOps => GITOPS_OUTPUTS,
            Self::Restart | Self::Wait | Self::Gone | Self::Janitor => &[],
        }
    }
}

impl Input {
    /// The line of shell that refuses a missing value or sets the default.
    fn guard(&self) -> String {
        let Self { name, doc, presence } = self;
        match presence {
            Presence::Required => {
                format!("[ -n \"${{{name}:-}}\" ] || fail \"{name} is empty, wanted: {doc}\"\n")
            }
            Presence::For(_) => format!("[ -n \"${{{name}:-}}\" ] || {name}=''\n"),
            Presence::Optional(default) => format!("[ -n \"${{{name}:-}}\" ] || {name}='{default}'\n"),
            Presence::Secret => format!("{}=${{{name}:-}}\nunset {name}\n", name.to_ascii_lowercase()),
        }
    }
}

const fn required(name: &'static str, doc: &'static str) -> Input {
    Input { name, doc, presence: Presence::Required }
}

const fn optional(name: &'static str, default: &'static str, doc: &'static str) -> Input {
    Input { name, doc, presence: Presence::Optional(default) }
}

const fn secret(name: &'static str, doc: &'static str) -> Input {
    Input { name, doc, presence: Presence::Secret }
}

const fn only_for(name: &'static str, actions: &'static [&'static str], doc: &'static str) -> Input {
    Input { name, doc, presence: Presence::For(actions) }
}

const GIT_TOKEN: Input = secret("GIT_TOKEN", "the token that reads the sources; empty for public repositories");
const GITOPS_TOKEN: Input = secret("GITOPS_TOKEN", "the token that writes the GitOps repository");
const OUT: Input = optional("OUT", "/out", "the folder for the outputs");
const PIPELINE: Input = required("PIPELINE", "the pipeline");
const PIPELINE_DIGEST: &str = "the digest of the pipeline that the workflow was generated with";
const SOURCE_URL: &str = "the git URL of the delivered app";
const PROJECT: Input = required("PROJECT", "the project, by whose label its Applications are known");
const ARGOCD_NAMESPACE: Input = required("ARGOCD_NAMESPACE", "the namespace of Argo CD");
const APPLICATION_SETS: Input =
    optional("APPLICATION_SETS", "", "the ApplicationSets of the environment, spaces between");
const REFRESH: Input = optional("REFRESH", "none", "annotate: ask the ApplicationSets to look again; none: do not");
const POLL_SECONDS: Input = optional("POLL_SECONDS", "5", "seconds between two looks");
const TIMEOUT_SECONDS: Input = required("TIMEOUT_SECONDS", "the seconds after which the wait has failed");

const CHECK_INPUTS: &[Input] = &[
    required("REVISION", "the commit to deliver"),
    required("BRANCH", "the branch that it has to be on"),
    required("SOURCE_URL", SOURCE_URL),
    PIPELINE,
    required("PIPELINE_DIGEST", PIPELINE_DIGEST),
    required("SHARED_DIGEST", "the digest of the shared template that the pipeline was generated with"),
    required("STEPS_DIGEST", "the digest of the shared template that this step is of"),
    required("GITOPS_URL", "the git URL of the GitOps repository"),
    required("GITOPS_BRANCH", "its branch"),
    required("TREE_PATH", "the folder of the generated tree"),
    GIT_TOKEN,
    OUT,
];

const RESTART_INPUTS: &[Input] = &[
    required("REASON", "mixed: the run has templates of two builds; behind: it has templates older than its commit"),
    PIPELINE,
    required("PIPELINE_DIGEST", PIPELINE_DIGEST),
    required("SHARED_TEMPLATE", "the name of the shared WorkflowTemplate"),
    required("PIPELINE_NAMESPACE", "the namespace of the workflows"),
    required("REVISION", "the commit to deliver"),
    optional("FORCE", "false", "true: deliver a revision again that is there already"),
    required("WORKFLOW_UID", "the uid of the workflow"),
    TIMEOUT_SECONDS,
    POLL_SECONDS,
];

const BUILD_INPUTS: &[Input] = &[
    required("CONTEXT", "the git URL to build from, ending in .git"),
    required("REVISION", "the commit to build"),
    optional("CONTEXT_PATH", "", "the folder in the repository; empty for all of it"),
    optional("DOCKERFILE", "Dockerfile", "the Dockerfile, relative to that folder"),
    optional("BUILD_TARGET", "", "the stage to build; empty for the last"),
    optional("BUILD_ARGS", "", "build arguments, one KEY=VALUE a line"),
    required("DESTINATION", "registry/repository to push to, without a tag"),
    required("TAG", "the tag to push"),
    optional("INSECURE", "false", "true for a registry without TLS"),
    optional("CACHE", "", "the image reference that keeps the build cache"),
    GIT_TOKEN,
    OUT,
];

const FILLING: &[&str] = &["open", "enter", "promote"];

const GITOPS_INPUTS: &[Input] = &[
    required("ACTION", "open, enter, promote, settle, put-back or close"),
    required("GITOPS_URL", "the git URL of the GitOps repository"),
    required("GITOPS_BRANCH", "its branch"),
    required("GITOPS_PATH", "the folder of this target's manifests"),
    required("TREE_PATH", "the folder of the generated tree"),
    only_for("PIPELINE", FILLING, "the pipeline"),
    only_for("PIPELINE_DIGEST", FILLING, PIPELINE_DIGEST),
    GITOPS_TOKEN,
    GIT_TOKEN,
    required("GIT_AUTHOR_NAME", "who commits"),
    required("GIT_AUTHOR_EMAIL", "the address of who commits"),
    required("WORKFLOW_NAME", "the name of the workflow"),
    required("WORKFLOW_UID", "the uid of the workflow"),
    required("VERSION", "the version of this run"),
    only_for("REVISION", FILLING, "the commit of the delivered app"),
    only_for("BRANCH", FILLING, "the branch that the commit is on"),
    required("APP", "the delivered app"),
    only_for("SOURCE_URL", &["open", "enter"], SOURCE_URL),
    required("ENVIRONMENT", "the environment to act on"),
    only_for("NAMESPACE", &["enter", "promote", "settle", "put-back"], "the namespace of the standing environment"),
    optional("COPY_OF", "", "open: the standing environment to copy from"),
    only_for("TTL_SECONDS", &["open"], "the seconds that an ephemeral environment lives at most"),
    optional("MEMBERS", "", "open: the apps that the environment holds, spaces between"),
    optional("NEEDS", "", "enter: the apps that the environment has to hold, spaces between"),
    optional(
        "UPDATES",
        "false",
        "enter: true if this run goes on to update the environment, and undoes it if it fails",
    ),
    optional("STAGED", "", "enter: the ephemeral environment in which this version was tested"),
    optional("IMAGES", "", "the images that this run built, one line each: name repository tag digest"),
    optional("FORCE", "false", "true: deliver a revision again that is there already"),
    OUT,
];

const WAIT_INPUTS: &[Input] = &[
    optional("EXPECT", "{}", "the change that each app has to carry, as a JSON object"),
    optional("EXCEPT", "", "apps of it that are not waited for, spaces between"),
    required("NAMESPACE", "the namespace of the environment"),
    optional("ENVIRONMENT_APPLICATION", "", "the Application of the environment itself"),
    optional("TREE", "", "the tree that it has to carry"),
    optional("YIELDS", "false", "true: an app that carries another run's newer change by now is left to that run"),
    optional("INSTEAD_OF", "", "the change that was put back, and may still be carried"),
    TIMEOUT_SECONDS,
    POLL_SECONDS,
    PROJECT,
    ARGOCD_NAMESPACE,
    APPLICATION_SETS,
    REFRESH,
    optional("ROLLOUTS", "", "Rollouts of the namespace that have to be through, spaces between"),
    optional("DIGESTS", "", "digests of this run, one of which each Rollout has to run, spaces between"),
];

const GONE_INPUTS: &[Input] = &[
    required("NAMESPACE", "the namespace of the environment"),
    PROJECT,
    ARGOCD_NAMESPACE,
    TIMEOUT_SECONDS,
    POLL_SECONDS,
    REFRESH,
    APPLICATION_SETS,
];

const JANITOR_INPUTS: &[Input] = &[
    required("GITOPS_URL", "the git URL of the GitOps repository"),
    required("GITOPS_BRANCH", "its branch"),
    required("GITOPS_PATH", "the folder of this target's manifests"),
    GITOPS_TOKEN,
    required("GIT_AUTHOR_NAME", "who commits"),
    required("GIT_AUTHOR_EMAIL", "the address of who commits"),
    required("WORKFLOW_NAME", "the name of the workflow"),
    optional("EPHEMERAL", "", "the ephemeral environments, spaces between"),
    optional("STANDING", "", "the standing environments, spaces between"),
    required("PIPELINE_NAMESPACE", "the namespace of the workflows"),
    PROJECT,
    ARGOCD_NAMESPACE,
    APPLICATION_SETS,
    optional("GRACE_SECONDS", "600", "seconds that a finished workflow has for cleaning up itself"),
];

const CHECK_OUTPUTS: &[Output] = &[Output {
    name: "outdated",
    doc: "mixed or behind: the run has to start again from new templates",
    default: "false",
}];

const BUILD_OUTPUTS: &[Output] = &[Output { name: "digest", doc: "the digest of the pushed image", default: "" }];

const GITOPS_OUTPUTS: &[Output] = &[
    Output { name: "namespace", doc: "the namespace of the environment", default: "" },
    Output { name: "salt", doc: "the salt of an ephemeral environment", default: "" },
    Output { name: "tree", doc: "the tree that the environment itself is at", default: "" },
    Output { name: "images", doc: "app -> image -> {reference, repository, tag, digest}", default: "{}" },
    Output { name: "changes", doc: "app -> change, of the apps to wait for", default: "{}" },
    Output { name: "superseded", doc: "true: a newer revision is there already", default: "false" },
    Output { name: "restored", doc: "put-back: app -> change of what was restored", default: "{}" },
];
