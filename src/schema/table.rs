//! The table itself, in the order of the reference.

use super::providers::Router;
use super::stages::STAGES;
use super::{Attribute, Block, DeclarationKind, Default, InRule, LabelRule, Phase, Type};
use Default::{Absent, Derived, Literal, Required, Text};
use InRule::{Layers, Never};
use Phase::{Compile, Environment, Run};

pub(super) const fn attribute(
    name: &'static str,
    ty: Type,
    default: Default,
    phase: Phase,
    doc: &'static str,
) -> Attribute {
    Attribute { name, ty, default, phase, doc }
}

/// A block with neither label nor environments, once under its parent.
const fn settings(
    word: &'static str,
    attributes: &'static [Attribute],
    blocks: &'static [&'static Block],
    doc: &'static str,
) -> Block {
    Block { word, label: LabelRule::None, environments: Never, attributes, blocks, many: false, stage: None, doc }
}

/// A part of an app that may vary by environment.
const fn part(
    word: &'static str,
    attributes: &'static [Attribute],
    blocks: &'static [&'static Block],
    doc: &'static str,
) -> Block {
    Block { environments: Layers, ..settings(word, attributes, blocks, doc) }
}

/// Blocks, and the stages behind them.
const fn and_stages<const N: usize, const ALL: usize>(blocks: [&'static Block; N]) -> [&'static Block; ALL] {
    let mut all = [blocks[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < N { blocks[at] } else { &STAGES[at - N].block };
        at += 1;
    }
    all
}

/// What a file holds.
pub static TOP: Block = Block {
    blocks: &[&PROJECT, &TARGET, &ENVIRONMENT, &SECRET, &DEFAULTS, &APP, &ANALYSIS, &PIPELINE],
    ..settings("", &[], &[], "A program consists of all `*.pipe` files in a folder and its subfolders.")
};

static PROJECT: Block = Block {
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
        &[&GITOPS, &GITHUB, &REGISTRY, &PROMETHEUS, &ARGO, &BUILDER, &TOOLS, &PATCH],
        "What all apps and pipelines share.",
    )
};

static GITOPS: Block = settings(
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
            Derived("that of `github`"),
            Compile,
            "A secret with the key `token`, which writes to this repository. Builds must not be able to read it, so a project that builds images must set it to a separate secret.",
        ),
    ],
    &[],
    "The GitOps repository.",
);

static GITHUB: Block = settings(
    "github",
    &[
        attribute("webhook", Type::Text, Required, Compile, "The public URL at which GitHub reaches the EventSource."),
        attribute(
            "credentials",
            Type::Name(DeclarationKind::Secret),
            Required,
            Compile,
            "A secret with the keys `token`, which reads the sources, and `webhookSecret`.",
        ),
    ],
    &[],
    "Where pushes come from.",
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
            "credentials",
            Type::Name(DeclarationKind::Secret),
            Absent,
            Compile,
            "A secret with the key `.dockerconfigjson`, for pushing.",
        ),
    ],
    &[],
    "The image registry.",
);

static PROMETHEUS: Block = settings(
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

static ARGO: Block = settings(
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
    ],
    &[],
    "The Argo installation.",
);

static BUILDER: Block = settings(
    "builder",
    &[attribute(
        "image",
        Type::Text,
        Text("docker.io/moby/buildkit:v0.32.2-rootless"),
        Compile,
        "A rootless BuildKit image.",
    )],
    &[],
    "The image builder.",
);

static TOOLS: Block = settings(
    "tools",
    &[attribute(
        "image",
        Type::Text,
        Text("docker.io/alpine/k8s:1.33.4"),
        Compile,
        "An image with sh, git, jq and kubectl.",
    )],
    &[],
    "The image of the generated steps.",
);

/// `target NAME`
pub static TARGET: Block = Block {
    label: LabelRule::Declares(DeclarationKind::Target),
    many: true,
    ..settings(
        "target",
        &[],
        &[&PROJECT, &ENVIRONMENT, &SECRET, &APP, &ANALYSIS, &PIPELINE],
        "A cluster with a separate Argo installation. Its blocks override those of the program.",
    )
};

static ENVIRONMENT: Block = Block {
    label: LabelRule::Declares(DeclarationKind::Environment),
    many: true,
    ..settings(
        "environment",
        &[
            attribute(
                "namespace",
                Type::Text,
                Derived("the environment's name"),
                Compile,
                "The namespace of a permanent environment.",
            ),
            attribute(
                "copy-of",
                Type::Name(DeclarationKind::Environment),
                Absent,
                Compile,
                "Makes the environment ephemeral: one for each change, with the apps as they are in this permanent environment.",
            ),
            attribute(
                "ttl",
                Type::Duration,
                Absent,
                Compile,
                "The maximum lifetime of an ephemeral environment; required there.",
            ),
        ],
        &[&QUOTA, &PATCH],
        "A place where apps run: permanent, or one for each change.",
    )
};

static QUOTA: Block = settings(
    "quota",
    &[
        attribute("cpu", Type::Cpu, Absent, Compile, "The CPU that its pods may request in total."),
        attribute("memory", Type::Memory, Absent, Compile, "The memory that its pods may request in total."),
        attribute("pods", Type::Count(1), Absent, Compile, "The maximum number of pods."),
    ],
    &[],
    "The resource limits of an environment.",
);

static SECRET: Block = Block {
    label: LabelRule::Declares(DeclarationKind::Secret),
    many: true,
    ..part(
        "secret",
        &[
            attribute(
                "keys",
                Type::Texts,
                Required,
                Compile,
                "The keys of the Secret. Values are never written in a program.",
            ),
            attribute(
                "name",
                Type::Text,
                Derived("the secret's name"),
                Environment,
                "The name of the Secret in the cluster.",
            ),
            attribute(
                "from",
                Type::Word(&["existing", "throwaway"]),
                Literal("existing"),
                Environment,
                "`existing`: it must already exist. `throwaway`: it is created with the ephemeral environment, with random values, and deleted with it.",
            ),
        ],
        &[],
        "A Secret that apps and tasks use.",
    )
};

static DEFAULTS_BLOCKS: [&Block; 11 + STAGES.len()] =
    and_stages([&APP, &IMAGE, &TASK, &SERVICE, &HELM, &KUSTOMIZE, &MANIFESTS, &ENVIRONMENT, &SECRET, &ANALYSIS, &ON]);

/// `defaults`
pub static DEFAULTS: Block = Block {
    many: true,
    ..settings(
        "defaults",
        &[],
        &DEFAULTS_BLOCKS,
        "Partial blocks that fill in what blocks of the same type (and label, if given) leave out.",
    )
};

static APP: Block = Block {
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
            attribute("env", Type::TextMap, Absent, Run, "Environment variables of its services and tasks."),
        ],
        &[&IMAGE, &TASK, &SERVICE, &HELM, &KUSTOMIZE, &MANIFESTS, &PATCH_IN],
        "What is deployed, and how it is built, migrated and tested. All parts are optional.",
    )
};

static IMAGE: Block = Block {
    label: LabelRule::Declares(DeclarationKind::Image),
    many: true,
    ..settings(
        "image",
        &[
            attribute("path", Type::Text, Derived("the app's `path`"), Compile, "The folder of the build context."),
            attribute(
                "dockerfile",
                Type::Text,
                Text("Dockerfile"),
                Compile,
                "The Dockerfile, relative to the build context.",
            ),
            attribute("target", Type::Text, Absent, Compile, "The stage of the Dockerfile to build."),
            attribute("args", Type::TextMap, Absent, Compile, "Build arguments."),
            attribute("repository", Type::Text, Derived("`<app>/<image>`"), Compile, "Its repository in the registry."),
            attribute(
                "tag",
                Type::Text,
                Derived("`run.version`"),
                Compile,
                "A fixed tag. Deployments always use the digest.",
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
                Type::Word(&["on", "off"]),
                Literal("on"),
                Compile,
                "Whether to keep its layers for the next build, in `<repository>-cache`.",
            ),
        ],
        &[],
        "An image that is built from the app's repository.",
    )
};

static TASK: Block = Block {
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

static SERVICE: Block = Block {
    label: LabelRule::Optional,
    many: true,
    ..part(
        "service",
        &[
            attribute(
                "image",
                Type::Name(DeclarationKind::Image),
                Required,
                Environment,
                "The image that it runs: `code`, or `other-app.code`.",
            ),
            attribute(
                "cpu",
                Type::Cpu,
                Required,
                Environment,
                "CPU: request and limit, or a range from request to limit.",
            ),
            attribute(
                "memory",
                Type::Memory,
                Required,
                Environment,
                "Memory: request and limit, or a range from request to limit.",
            ),
            attribute(
                "port",
                Type::Port,
                Absent,
                Environment,
                "The port on which it serves; without one, it has no Service.",
            ),
            attribute("health", Type::Text, Absent, Environment, "The path of the readiness probe."),
            attribute("command", Type::Texts, Derived("the image's"), Run, "The command."),
            attribute("env", Type::TextMap, Absent, Run, "Environment variables, which override those of the app."),
            attribute(
                "replicas",
                Type::CountRange,
                Literal("1"),
                Environment,
                "The number of pods; a range is scaled by load. Ephemeral environments use the lower bound.",
            ),
        ],
        &[&SCALE, &METRICS, &ROUTE, &PATCH_IN],
        "Pods of an image: a Deployment, or a Rollout if a pipeline runs a `canary`.",
    )
};

static SCALE: Block = part(
    "scale",
    &[
        attribute("cpu", Type::Percent, Literal("70%"), Environment, "The target utilization of the requested CPU."),
        attribute("memory", Type::Percent, Absent, Environment, "The target utilization of the requested memory."),
    ],
    &[],
    "How a range of replicas is scaled.",
);

static METRICS: Block = part(
    "metrics",
    &[
        attribute("port", Type::Port, Required, Environment, "The port on which metrics are served."),
        attribute("path", Type::Text, Text("/metrics"), Environment, "The path of the metrics."),
        attribute("every", Type::Duration, Literal("30s"), Environment, "The scrape interval."),
    ],
    &[],
    "Prometheus metrics, with a ServiceMonitor.",
);

static ROUTE: Block = part(
    "route",
    &[
        attribute(
            "via",
            Type::Word(&Router::WORDS),
            Required,
            Environment,
            "The router, whose traffic a canary shifts.",
        ),
        attribute(
            "host",
            Type::Text,
            Required,
            Run,
            "The host name. In an ephemeral environment, it must contain `${environment.namespace}`, so that each has a different host.",
        ),
        attribute("path", Type::Text, Text("/"), Environment, "The path prefix."),
    ],
    &[],
    "The route from outside the cluster.",
);

static HELM: Block = part(
    "helm",
    &[
        attribute("path", Type::Text, Absent, Environment, "The folder of the chart in the app's repository."),
        attribute("repo", Type::Text, Absent, Environment, "The chart repository of a third-party chart."),
        attribute("chart", Type::Text, Absent, Environment, "The name of a third-party chart."),
        attribute("version", Type::Text, Absent, Environment, "The exact version of a third-party chart."),
        attribute(
            "values",
            Type::Texts,
            Absent,
            Environment,
            "Values files, relative to the chart; later ones override earlier ones.",
        ),
        attribute("set", Type::Settings, Absent, Run, "Values, which override those of the files."),
        attribute(
            "release",
            Type::Text,
            Derived("the app's name"),
            Environment,
            "The name of the release, the same in every environment by default. A chart names its objects after it.",
        ),
    ],
    &[],
    "A Helm chart, from the app's repository or a third party.",
);

static KUSTOMIZE: Block = part(
    "kustomize",
    &[
        attribute(
            "path",
            Type::Text,
            Required,
            Environment,
            "The folder with the kustomization in the app's repository.",
        ),
        attribute(
            "images",
            Type::NameMap(DeclarationKind::Image),
            Absent,
            Environment,
            "The images to replace: each image name in the kustomization, without a tag, and the image of an app that replaces it.",
        ),
    ],
    &[],
    "A kustomization in the app's repository.",
);

static MANIFESTS: Block = part(
    "manifests",
    &[attribute("path", Type::Text, Required, Environment, "The folder in the app's repository.")],
    &[],
    "Plain manifests in the app's repository, deployed unchanged.",
);

static PATCH_ATTRIBUTES: [Attribute; 2] = [
    attribute("metadata", Type::Settings, Absent, Environment, "Labels, annotations and finalizers to add."),
    attribute(
        "spec",
        Type::Settings,
        Absent,
        Environment,
        "Fields to set. Maps are merged, and so are lists whose items have names; other lists and values are replaced.",
    ),
];

const fn patch(environments: InRule) -> Block {
    Block {
        label: LabelRule::Object,
        many: true,
        environments,
        ..settings(
            "patch",
            &PATCH_ATTRIBUTES,
            &[],
            "Sets fields of a generated object that the language has no word for. The schema of its kind checks them.",
        )
    }
}

static PATCH: Block = patch(Never);
/// A patch of what an app consists of, which may vary by environment.
static PATCH_IN: Block = patch(Layers);

static ANALYSIS: Block = Block {
    label: LabelRule::Declares(DeclarationKind::Analysis),
    many: true,
    ..settings(
        "analysis",
        &[
            attribute(
                "query",
                Type::Text,
                Required,
                Run,
                "A PromQL query, each of whose values is checked; it can use `canary.service`, `canary.metrics` and `canary.hash`.",
            ),
            attribute("at-most", Type::Number, Absent, Compile, "The maximum value: a number, or a percentage of 1."),
            attribute("at-least", Type::Number, Absent, Compile, "The minimum value: a number, or a percentage of 1."),
            attribute("every", Type::Duration, Literal("10s"), Compile, "The interval between measurements."),
            attribute("tolerate", Type::Count(0), Literal("3"), Compile, "How many failed measurements are tolerated."),
            attribute(
                "no-data",
                Type::Word(&["fail", "pass"]),
                Literal("fail"),
                Compile,
                "The result of a measurement without a value, or with one that is not a number.",
            ),
            attribute("prometheus", Type::Text, Derived("the project's"), Compile, "The URL to query."),
        ],
        &[],
        "A query to Prometheus that decides whether a canary continues.",
    )
};

static PIPELINE: Block = Block {
    label: LabelRule::Declares(DeclarationKind::Pipeline),
    many: true,
    ..settings(
        "pipeline",
        &[attribute(
            "delivers",
            Type::Names(DeclarationKind::App),
            Required,
            Compile,
            "The app that a run delivers; with a list, one pipeline for each of them.",
        )],
        &PIPELINE_BLOCKS,
        "From a push to production: the stages, in order.",
    )
};

static PIPELINE_BLOCKS: [&Block; 2 + STAGES.len()] = and_stages([&ON, &PATCH]);

static ON: Block = Block {
    label: LabelRule::Word("push"),
    ..settings(
        "on",
        &[
            attribute("branch", Type::Text, Text("main"), Compile, "The branch."),
            attribute(
                "paths",
                Type::Texts,
                Derived("the paths of the app's parts, else its `path`"),
                Compile,
                "Patterns, one of which a changed file must match: `*` within a folder, `**` across folders.",
            ),
            attribute("except", Type::Texts, Absent, Compile, "Patterns of files to ignore."),
        ],
        &[],
        "What triggers the pipeline.",
    )
};

/// `in ENV { … }`: its contents are those of the surrounding block.
pub static ENVIRONMENT_LAYER: Block = part("in", &[], &[], "Overrides the surrounding block for one environment.");
