//! What an app deploys beside its services: charts, kustomizations, manifests.

use super::{attribute, part};
use crate::schema::{Block, DeclarationKind, Default, LabelRule, Phase, Type};
use Default::{Absent, Derived, Required};
use Phase::{Environment, Run};

pub(super) static HELM: Block = Block {
    label: LabelRule::Optional,
    many: true,
    ..part(
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
                "Values files; later ones override earlier ones. For a chart of the app's repository, they are relative to the chart; for a third-party chart, to the root of the app's repository.",
            ),
            attribute("set", Type::Settings, Absent, Run, "Values, which override those of the files."),
            attribute(
                "release",
                Type::Text,
                Derived("the app's name, or `<app>-<label>`"),
                Environment,
                "The name of the release, the same in every environment by default. A chart names its objects after it.",
            ),
        ],
        &[],
        "A Helm chart, from the app's repository or a third party. Several charts of an app have a label each.",
    )
};

pub(super) static KUSTOMIZE: Block = part(
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

pub(super) static MANIFESTS: Block = part(
    "manifests",
    &[attribute("path", Type::Text, Required, Environment, "The folder in the app's repository.")],
    &[],
    "Plain manifests in the app's repository, deployed unchanged.",
);
