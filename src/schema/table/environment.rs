//! `environment` and `secret`.

use super::patch::PATCH;
use super::{attribute, part, settings};
use crate::schema::choices::PodSecurity;
use crate::schema::{Block, DeclarationKind, Default, LabelRule, Phase, Type};
use Default::{Absent, Derived, Literal, Required};
use Phase::{Compile, Environment};

pub(super) static ENVIRONMENT: Block = Block {
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
            attribute("labels", Type::TextMap, Absent, Compile, "Labels of its namespace."),
            attribute("annotations", Type::TextMap, Absent, Compile, "Annotations of its namespace."),
            attribute(
                "pod-security",
                Type::Word(&PodSecurity::WORDS),
                Absent,
                Compile,
                "The Pod Security level of its namespace: pods that do not meet it are not created.",
            ),
        ],
        &[&QUOTA, &PATCH],
        "A place where apps run: permanent, or one for each change.",
    )
};

pub(super) static QUOTA: Block = settings(
    "quota",
    &[
        attribute("cpu", Type::Cpu, Absent, Compile, "The CPU that its pods may request in total."),
        attribute("memory", Type::Memory, Absent, Compile, "The memory that its pods may request in total."),
        attribute("pods", Type::Count(1), Absent, Compile, "The maximum number of pods."),
    ],
    &[],
    "The resource limits of an environment.",
);

pub(super) static SECRET: Block = Block {
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
                Type::Word(&["existing", "throwaway", "external"]),
                Literal("existing"),
                Environment,
                "`existing`: it must already exist. `throwaway`: it is created with the ephemeral environment, with random values, and deleted with it. `external`: the External Secrets Operator creates it from a store.",
            ),
            attribute(
                "store",
                Type::Text,
                Absent,
                Environment,
                "With `from = external`, the store: `ClusterSecretStore/NAME`, or `SecretStore/NAME` for one of the namespace.",
            ),
            attribute(
                "at",
                Type::Text,
                Absent,
                Environment,
                "With `from = external`, the secret in the store; the keys are its properties.",
            ),
        ],
        &[],
        "A Secret that apps and tasks use.",
    )
};
