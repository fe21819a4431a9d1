//! What several steps share: inputs with the same meaning everywhere, and the libraries of their scripts.

use super::{Fact, Given, Input, Part, optional, required, secret};

/// The token that reads the sources. Authors of Dockerfiles can read it, too.
pub const GIT_TOKEN: Input = secret("GIT_TOKEN", "the token that reads the sources; empty for public repositories")
    .by(Given::Fact(Fact::ReadingToken));
/// The tokens that read the sources, where they are on several hosts.
pub const GIT_TOKENS: Input = optional(
    "GIT_TOKENS",
    "",
    "instead of GIT_TOKEN: a folder with the token of each host, in a file that is named by the host",
);
/// The token that writes the GitOps repository, for steps that run only our scripts.
pub const GITOPS_TOKEN: Input =
    secret("GITOPS_TOKEN", "the token that writes to the GitOps repository").by(Given::Fact(Fact::WritingToken));
/// The address of the GitOps repository.
pub const GITOPS_URL: Input =
    required("GITOPS_URL", "the git URL of the GitOps repository").by(Given::Fact(Fact::GitOpsUrl));
/// The branch that Argo CD reads.
pub const GITOPS_BRANCH: Input = required("GITOPS_BRANCH", "its branch").by(Given::Fact(Fact::GitOpsBranch));
/// The folder of the environments' manifests.
pub const GITOPS_PATH: Input =
    required("GITOPS_PATH", "the folder of this target's manifests").by(Given::Fact(Fact::GitOpsPath));
/// The folder of the generated tree.
pub const TREE_PATH: Input = required("TREE_PATH", "the folder of the generated tree").by(Given::Fact(Fact::TreePath));
/// The committer's name.
pub const GIT_AUTHOR_NAME: Input = required("GIT_AUTHOR_NAME", "who commits").by(Given::Fact(Fact::AuthorName));
/// The committer's address, which identifies the commits of deliveries.
pub const GIT_AUTHOR_EMAIL: Input =
    required("GIT_AUTHOR_EMAIL", "the email address of the committer").by(Given::Fact(Fact::AuthorEmail));
/// The name with which a commit refers to its run.
pub const WORKFLOW_NAME: Input =
    required("WORKFLOW_NAME", "the name of the workflow").by(Given::Literal("{{workflow.name}}"));
/// The identity of a run.
pub const WORKFLOW_UID: Input =
    required("WORKFLOW_UID", "the uid of the workflow").by(Given::Literal("{{workflow.uid}}"));
/// The namespace of the workflows.
pub const PIPELINE_NAMESPACE: Input =
    required("PIPELINE_NAMESPACE", "the namespace of the workflows").by(Given::Fact(Fact::PipelineNamespace));
/// The project that owns the Applications.
pub const PROJECT: Input =
    required("PROJECT", "the project, whose label identifies its Applications").by(Given::Fact(Fact::Project));
/// The namespace of the Applications.
pub const ARGOCD_NAMESPACE: Input =
    required("ARGOCD_NAMESPACE", "the namespace of Argo CD").by(Given::Fact(Fact::ArgoCdNamespace));
/// The ApplicationSets of an environment.
pub const APPLICATION_SETS: Input =
    optional("APPLICATION_SETS", "", "the ApplicationSets of the environment, separated by spaces")
        .from_call("application-sets");
/// Whether Argo CD is asked to refresh at once.
pub const REFRESH: Input =
    optional("REFRESH", "none", "annotate: refresh the ApplicationSets; none: do not").by(Given::Fact(Fact::Refresh));
/// The pipeline of a step.
pub const PIPELINE: Input = required("PIPELINE", "the pipeline").from_call("pipeline");
/// The digest of the pipeline's templates from which a run was started.
pub const PIPELINE_DIGEST: Input =
    required("PIPELINE_DIGEST", PIPELINE_DIGEST_DOC).from_call(crate::names::PIPELINE_DIGEST);
pub(super) const PIPELINE_DIGEST_DOC: &str = "the digest of the pipeline from which the workflow was generated";
/// The repository of the delivered app.
pub const SOURCE_URL: Input = required("SOURCE_URL", SOURCE_URL_DOC).from_call("source-url");
pub(super) const SOURCE_URL_DOC: &str = "the git URL of the delivered app";
/// The seconds between two polls.
pub const POLL_SECONDS: Input = optional("POLL_SECONDS", "5", "seconds between two polls");
/// The timeout of a wait.
pub const TIMEOUT_SECONDS: Input =
    required("TIMEOUT_SECONDS", "the seconds after which the wait fails").from_call("timeout-seconds");
/// Whether to deliver a revision that is already deployed.
pub const FORCE: Input = optional("FORCE", "false", "true: deliver a revision again that is already deployed");
/// The folder for outputs.
pub const OUT: Input = optional("OUT", "/out", "the folder for the outputs");

/// The prefixes of lines that repeat what a script's commits show, or say that there are none.
pub const SAID_OF_COMMITS: [&str; 3] = ["pushed ", "nothing to change at ", "tree "];

/// git without the credentials of anyone else.
pub const GIT: Part = Part::Text(include_str!("lib/git.sh"));
/// The repositories of apps.
pub const SOURCE: Part = Part::Text(include_str!("lib/source.sh"));
/// Commits to the GitOps repository.
pub const PUSH: Part = Part::Text(include_str!("lib/push.sh"));
/// Files of the GitOps repository.
pub const READ: Part = Part::Text(include_str!("lib/read.sh"));
/// The records of pipelines.
pub const RECORD: Part = Part::Text(include_str!("lib/record.sh"));
/// The manifests of environments.
pub const MANIFEST: Part = Part::Text(include_str!("lib/manifest.sh"));
/// The objects of the cluster.
pub const CLUSTER: Part = Part::Text(include_str!("lib/cluster.sh"));
/// The objects of Argo CD.
pub const ARGOCD: Part = Part::Text(include_str!("lib/argocd.sh"));
/// Refreshing ApplicationSets.
pub const REFRESHING: Part = Part::Text(include_str!("lib/refresh.sh"));
