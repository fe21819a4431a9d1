//! `project` and its parts.

use super::notify::NOTIFY;
use super::patch::PATCH;
use super::{attribute, settings};
use crate::schema::choices::Hook;
use crate::schema::{Attribute, Block, DeclarationKind, Default, LabelRule, Phase, Type};
use Default::{Absent, Derived, Literal, Required, Text};
use Phase::Compile;

pub(super) static PROJECT: Block = Block {
    label: LabelRule::Project,
    ..settings(
        "project",
        &[attribute(
            "namespace",
            Type::Text,
            Text("pipeline"),
            Compile,
            "The namespace that receives events and runs workflows; only one project per namespace.",
        )],
        &[&GITOPS, &GITHUB, &GITLAB, &GITEA, &REGISTRY, &PROMETHEUS, &ARGO, &BUILDER, &TOOLS, &NOTIFY, &PATCH],
        "What all apps and pipelines share.",
    )
};

pub(super) static GITOPS: Block = settings(
    "gitops",
    &[
        attribute(
            "repo",
            Type::Text,
            Required,
            Compile,
            "The repository that Argo CD syncs from, as `host/owner/name`: it contains the generated tree and the manifests of the environments.",
        ),
        attribute("branch", Type::Text, Text("main"), Compile, "Its branch. It must never be force-pushed."),
        attribute(
            "path",
            Type::Text,
            Text(""),
            Compile,
            "The folder of the environments' manifests, with a subfolder for each target.",
        ),
        attribute(
            "tree",
            Type::Text,
            Text("generated"),
            Compile,
            "The folder where the output of `pipelinec build` is committed, with a subfolder for each target.",
        ),
        attribute(
            "author",
            Type::Text,
            Text("pipelinec[bot] <pipelinec-bot@users.noreply.github.com>"),
            Compile,
            "The author of commits to it. A push in which every commit has this address triggers no pipeline.",
        ),
        attribute(
            "credentials",
            Type::Name(DeclarationKind::Secret),
            Derived("that of the git host"),
            Compile,
            "A secret with the key `token`, which writes to this repository. Builds must not be able to read it, so a project that builds images must set it to a separate secret.",
        ),
    ],
    &[],
    "The GitOps repository.",
);

const WEBHOOK: Attribute =
    attribute("webhook", Type::Text, Required, Compile, "The public URL at which the host reaches the EventSource.");

/// The block of a host. Several of one kind have a label each.
const fn host(word: &'static str, attributes: &'static [Attribute], doc: &'static str) -> Block {
    Block { label: LabelRule::Optional, many: true, ..settings(word, attributes, &[], doc) }
}

const HOOK: Attribute = attribute(
    "hook",
    Type::Word(&Hook::WORDS),
    Literal("repository"),
    Compile,
    "Whether one webhook is registered for each repository, or one for all repositories of an organization (of a top-level group on GitLab, where that takes the Premium tier).",
);

const CREDENTIALS: Attribute = attribute(
    "credentials",
    Type::Name(DeclarationKind::Secret),
    Required,
    Compile,
    "A secret with the keys `token`, which reads the sources, and `webhookSecret`.",
);

pub(super) static GITHUB: Block = host(
    "github",
    &[
        attribute("host", Type::Text, Text("github.com"), Compile, "The host name; another one is GitHub Enterprise."),
        WEBHOOK,
        HOOK,
        CREDENTIALS,
    ],
    "Where pushes come from: GitHub.",
);

static GITLAB: Block = host(
    "gitlab",
    &[
        attribute("host", Type::Text, Text("gitlab.com"), Compile, "The host name, as `host` or `host:port`."),
        WEBHOOK,
        HOOK,
        CREDENTIALS,
    ],
    "Where pushes come from: GitLab. A repository may be in a group of a group: `gitlab.com/acme/shop/api`.",
);

static GITEA: Block = host(
    "gitea",
    &[
        attribute("host", Type::Text, Required, Compile, "The host name, as `host` or `host:port`."),
        WEBHOOK,
        HOOK,
        CREDENTIALS,
    ],
    "Where pushes come from: Gitea or Forgejo.",
);

static REGISTRY: Block = settings(
    "registry",
    &[
        attribute(
            "host",
            Type::Text,
            Required,
            Compile,
            "The registry that clusters pull images from, as `host` or `host:port`.",
        ),
        attribute(
            "push",
            Type::Text,
            Derived("`host`"),
            Compile,
            "The address that builds push images to, if it is different; with an `http://` prefix, without TLS.",
        ),
        attribute(
            "path",
            Type::Text,
            Text(""),
            Compile,
            "What comes before every repository of an image, such as the name of an account or a project.",
        ),
        attribute(
            "credentials",
            Type::Name(DeclarationKind::Secret),
            Absent,
            Compile,
            "A secret with the key `.dockerconfigjson`, for pushing.",
        ),
        attribute(
            "pull",
            Type::Name(DeclarationKind::Secret),
            Absent,
            Compile,
            "A secret with the key `.dockerconfigjson`, with which generated pods pull their images.",
        ),
        attribute(
            "ca",
            Type::Key,
            Absent,
            Compile,
            "The certificate, in PEM, of the authority that issued the registry's certificate, if it is a private one.",
        ),
    ],
    &[],
    "The image registry.",
);

pub(super) static PROMETHEUS: Block = settings(
    "prometheus",
    &[
        attribute("url", Type::Text, Required, Compile, "The URL that analyses query."),
        attribute(
            "labels",
            Type::TextMap,
            Absent,
            Compile,
            "Labels that the Prometheus operator requires on a ServiceMonitor.",
        ),
    ],
    &[],
    "The metrics server.",
);

pub(super) static ARGO: Block = settings(
    "argo",
    &[
        attribute("namespace", Type::Text, Text("argocd"), Compile, "The namespace of Argo CD."),
        attribute(
            "refresh",
            Type::Word(&["webhook", "annotate"]),
            Literal("webhook"),
            Compile,
            "How Argo CD is notified of a push: through its own webhook (and by polling), or immediately through an annotation on the ApplicationSets. Permission to write that annotation is equivalent to being an administrator of Argo CD.",
        ),
        attribute(
            "ui",
            Type::Text,
            Absent,
            Compile,
            "The address of the web page of Argo Workflows, with its base path if it has one; links to runs begin with it.",
        ),
    ],
    &[],
    "The Argo installation.",
);

pub(super) static BUILDER: Block = settings(
    "builder",
    &[
        attribute(
            "image",
            Type::Text,
            Text("docker.io/moby/buildkit:v0.32.2-rootless"),
            Compile,
            "A rootless BuildKit image.",
        ),
        attribute(
            "address",
            Type::Text,
            Absent,
            Compile,
            "The address of a BuildKit daemon that builds the images, as `tcp://host:port`; without one, every build starts its own.",
        ),
        attribute(
            "tls",
            Type::Name(DeclarationKind::Secret),
            Absent,
            Compile,
            "A secret with the keys `ca.crt`, `tls.crt` and `tls.key`, by which the daemon and the builds know each other.",
        ),
    ],
    &[],
    "The image builder.",
);

pub(super) static TOOLS: Block = settings(
    "tools",
    &[attribute(
        "image",
        Type::Text,
        Text("docker.io/alpine/k8s:1.33.4"),
        Compile,
        "An image with sh, git, jq and kubectl, and curl for `notify`.",
    )],
    &[],
    "The image of the generated steps.",
);
