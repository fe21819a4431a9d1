//! The inputs and outputs of the step that builds and pushes one image. Its script belongs to the builder.

use super::check::REVISION as COMMIT;
use super::shared::{GIT_TOKEN, OUT};
use super::{Account, Contract, Deadline, Fact, Given, Input, Output, Simulated, optional, output, required};
use crate::plan;

/// The repository to build from.
pub const CONTEXT: Input = required("CONTEXT", "the git URL to build from, ending in .git").from_call("context");
/// The commit to build.
pub const REVISION: Input = required("REVISION", "the commit to build").from_call(COMMIT.argument());
/// The folder of the build context.
pub const CONTEXT_PATH: Input =
    optional("CONTEXT_PATH", "", "the folder in the repository; empty for all of it").from_call("path");
/// The Dockerfile.
pub const DOCKERFILE: Input =
    optional("DOCKERFILE", "Dockerfile", "the Dockerfile, relative to that folder").from_call("dockerfile");
/// The build stage.
pub const BUILD_TARGET: Input =
    optional("BUILD_TARGET", "", "the stage to build; empty for the last").from_call("target");
/// Build arguments.
pub const BUILD_ARGS: Input = optional("BUILD_ARGS", "", "build arguments, one KEY=VALUE per line").from_call("args");
/// The repository to push to.
pub const DESTINATION: Input =
    required("DESTINATION", "registry/repository to push to, without a tag").from_call("destination");
/// The tag to push.
pub const TAG: Input = required("TAG", "the tag to push").from_call("tag");
/// Whether the registry has no TLS.
pub const INSECURE: Input =
    optional("INSECURE", "false", "true for a registry without TLS").by(Given::Fact(Fact::Insecure));
/// The image that caches layers.
pub const CACHE: Input =
    optional("CACHE", "", "the image reference of the build cache, after http:// if its registry has no TLS")
        .from_call("cache");

/// The digest of the image.
pub const DIGEST: Output = output("digest", "", "the digest of the pushed image");

/// The contract without the script and its requirements, which belong to the builder.
pub const BUILD: Contract = Contract {
    template: "build",
    inputs: &[
        CONTEXT,
        REVISION,
        CONTEXT_PATH,
        DOCKERFILE,
        BUILD_TARGET,
        BUILD_ARGS,
        DESTINATION,
        TAG,
        INSECURE,
        CACHE,
        GIT_TOKEN,
        OUT,
    ],
    variables: &[
        CONTEXT,
        REVISION,
        CONTEXT_PATH,
        DOCKERFILE,
        BUILD_TARGET,
        BUILD_ARGS,
        DESTINATION,
        TAG,
        INSECURE,
        CACHE,
        GIT_TOKEN,
    ],
    outputs: &[DIGEST],
    parts: &[],
    account: Account::None,
    rights: &[],
    deadline: Deadline::Seconds(plan::BUILD_DEADLINE),
    retries: Some(1),
    lock: None,
    pending: None,
    runs_foreign_code: true,
    needed: |plan| plan.resolved.project.registry.is_some(),
    simulated: |variables| Simulated::Built(format!("{}:{}", DESTINATION.of(variables), TAG.of(variables))),
};
