//! The inputs and outputs of the step that builds and pushes one image. Its script belongs to the builder.

use super::check::REVISION as COMMIT;
use super::shared::{GIT_TOKEN, OUT};
use super::{Account, Contract, Deadline, Fact, Given, Input, Output, Simulated, optional, output, required};
use crate::model::BUILD_TIMEOUT;

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

/// The platforms to build for.
pub const PLATFORMS: Input =
    optional("PLATFORMS", "", "the platforms to build for, separated by commas; empty for that of the node")
        .by(Given::Optional("platforms"));
/// The secrets of the build.
pub const BUILD_SECRETS: Input =
    optional("BUILD_SECRETS", "", "the names of the secrets that the Dockerfile can mount, separated by spaces")
        .by(Given::Optional("secrets"));
/// Whether attestations are pushed.
pub const ATTEST: Input =
    optional("ATTEST", "false", "true: push provenance and SBOM with the image").by(Given::Optional("attest"));

/// The address of a daemon that builds.
pub const BUILDER_ADDRESS: Input =
    optional("BUILDER_ADDRESS", "", "the daemon that builds, as tcp://host:port; empty: the pod builds itself");
/// Whether the daemon has TLS.
pub const BUILDER_TLS: Input =
    optional("BUILDER_TLS", "false", "true: the certificates of the daemon and the build are in /tls");

/// The folder of the pod with the secrets of a build: each is the file `value` in a folder of its name.
pub const SECRETS: &str = "/secrets";
/// The file of a secret in its folder.
pub const SECRET_FILE: &str = "value";

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
        PLATFORMS,
        BUILD_SECRETS,
        ATTEST,
        BUILDER_ADDRESS,
        BUILDER_TLS,
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
        PLATFORMS,
        BUILD_SECRETS,
        ATTEST,
        GIT_TOKEN,
    ],
    outputs: &[DIGEST],
    parts: &[],
    account: Account::None,
    rights: &[],
    deadline: Deadline::Seconds(BUILD_TIMEOUT),
    retries: Some(1),
    lock: None,
    pending: None,
    runs_foreign_code: true,
    needed: |plan| plan.resolved.apps.values().any(|app| app.built().next().is_some()),
    simulated: |variables| Simulated::Built(format!("{}:{}", DESTINATION.of(variables), TAG.of(variables))),
};
