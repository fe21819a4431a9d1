//! `app` with its images and tasks.

use super::cron::CRON;
use super::patch::PATCH_IN;
use super::service::SERVICE;
use super::sources::{HELM, KUSTOMIZE, MANIFESTS};
use super::{attribute, part, settings};
use crate::schema::{Block, DeclarationKind, Default, LabelRule, Phase, Type};
use Default::{Absent, Derived, Literal, Required, Text};
use Phase::{Compile, Environment, Run};

pub(super) static APP: Block = Block {
    label: LabelRule::Declares(DeclarationKind::App),
    many: true,
    ..part(
        "app",
        &[
            attribute(
                "source",
                Type::Text,
                Absent,
                Compile,
                "Its repository, as `host/owner/name`; not needed by a third-party chart.",
            ),
            attribute("path", Type::Text, Text(""), Compile, "Its folder in the repository."),
            attribute(
                "needs",
                Type::Names(DeclarationKind::App),
                Absent,
                Environment,
                "The apps that it cannot run without: an environment that contains it also contains them.",
            ),
            attribute(
                "serves",
                Type::Text,
                Derived("its unlabelled `service`"),
                Environment,
                "A Service that its charts, kustomization or manifests create, as `SERVICE:PORT`: `APP.address`, `APP.host`, `APP.port` and `APP.url` refer to it.",
            ),
            attribute("env", Type::TextMap, Absent, Run, "Environment variables of its services and tasks."),
        ],
        &[&IMAGE, &TASK, &SERVICE, &CRON, &HELM, &KUSTOMIZE, &MANIFESTS, &PATCH_IN],
        "What is deployed, and how it is built, migrated and tested. All parts are optional.",
    )
};

pub(super) static IMAGE: Block = Block {
    label: LabelRule::Declares(DeclarationKind::Image),
    many: true,
    ..settings(
        "image",
        &[
            attribute(
                "ref",
                Type::Text,
                Absent,
                Compile,
                "An image that was built elsewhere, as `repository@digest` or `repository:tag@digest`: it is not built, and only `user` may be set besides.",
            ),
            attribute(
                "from-ci",
                Type::Text,
                Absent,
                Run,
                "The tag of an image that a CI builds and pushes for each commit, such as `\"sha-${run.sha7}\"`: the stage `build` waits for it. Only `repository`, `timeout` and `user` may be set besides.",
            ),
            attribute("path", Type::Text, Derived("the app's `path`"), Compile, "The folder of the build context."),
            attribute(
                "dockerfile",
                Type::Text,
                Text("Dockerfile"),
                Compile,
                "The Dockerfile, relative to the build context.",
            ),
            attribute("target", Type::Text, Absent, Compile, "The stage of the Dockerfile to build."),
            attribute(
                "args",
                Type::TextMap,
                Absent,
                Run,
                "Build arguments; of what only a run knows, they can contain `run.version`, `run.sha`, `run.branch`, `run.tag` and `run.url`.",
            ),
            attribute(
                "secrets",
                Type::KeyMap,
                Absent,
                Compile,
                "Secrets that the Dockerfile can mount, `RUN --mount=type=secret,id=NAME`, by their names there. They are read from Secrets in the project's namespace.",
            ),
            attribute(
                "platforms",
                Type::Texts,
                Derived("the platform of the build's node"),
                Compile,
                "The platforms to build for, as `os/architecture` or `os/architecture/variant`.",
            ),
            attribute("repository", Type::Text, Derived("`<app>/<image>`"), Compile, "Its repository in the registry."),
            attribute(
                "tag",
                Type::Text,
                Derived("`run.version`"),
                Run,
                "A fixed tag, or `run.tag`. Deployments always use the digest.",
            ),
            attribute(
                "user",
                Type::Count(0),
                Literal("10001"),
                Compile,
                "The uid that its tasks and services run as; `0` is root.",
            ),
            attribute(
                "cache",
                Type::WordOrText(&["on", "off"]),
                Literal("on"),
                Compile,
                "Where its layers are kept for the next build: `on` for `<repository>-cache`, `off` for nowhere, or a repository with its registry, such as `\"registry.acme.io/cache\"`; with an `http://` prefix, without TLS.",
            ),
            attribute(
                "attest",
                Type::Word(&["on", "off"]),
                Literal("off"),
                Compile,
                "Whether to push attestations with it: its provenance and a list of its software (SBOM).",
            ),
            attribute(
                "sign",
                Type::Name(DeclarationKind::Secret),
                Absent,
                Compile,
                "A secret with the keys `cosign.key` and `cosign.password`, with which cosign signs the digest before anything runs it.",
            ),
            attribute("cpu", Type::Cpu, Derived("`500m..4`"), Compile, "The CPU of the pod that builds it."),
            attribute("memory", Type::Memory, Derived("`1Gi..4Gi`"), Compile, "The memory of the pod that builds it."),
            attribute(
                "timeout",
                Type::Duration,
                Literal("30m"),
                Compile,
                "The time limit of its build, or of the wait for the one from a CI.",
            ),
        ],
        &[],
        "An image that is built from the app's repository, by a run or by a CI, or was built elsewhere.",
    )
};

pub(super) static TASK: Block = Block {
    label: LabelRule::Declares(DeclarationKind::Task),
    many: true,
    ..settings(
        "task",
        &[
            attribute(
                "image",
                Type::Name(DeclarationKind::Image),
                Required,
                Compile,
                "The image that it runs in: `code`, or `other-app.code`.",
            ),
            attribute(
                "command",
                Type::Texts,
                Required,
                Run,
                "The command. It is required, because Argo would have to look up the image's command in the registry.",
            ),
            attribute("env", Type::TextMap, Absent, Run, "Environment variables, which override those of the app."),
            attribute(
                "cpu",
                Type::Cpu,
                Derived("`100m..1`"),
                Compile,
                "CPU: request and limit, or a range from request to limit.",
            ),
            attribute(
                "memory",
                Type::Memory,
                Derived("`256Mi..1Gi`"),
                Compile,
                "Memory: request and limit, or a range from request to limit.",
            ),
            attribute("timeout", Type::Duration, Literal("10m"), Compile, "The time limit."),
            attribute(
                "retries",
                Type::Count(0),
                Literal("0"),
                Compile,
                "How often it is retried; a `migrate` stage never is.",
            ),
            attribute(
                "junit",
                Type::Text,
                Absent,
                Compile,
                "The file to which it writes its results; kept as an artifact.",
            ),
        ],
        &[],
        "A container that a stage runs: migrations, tests.",
    )
};
