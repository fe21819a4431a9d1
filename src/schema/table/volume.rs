//! `volume`, in a service.

use super::{attribute, part};
use crate::schema::{Block, DeclarationKind, Default, LabelRule, Phase, Type};
use Default::{Absent, Derived, Required};
use Phase::Environment;

pub(super) static VOLUME: Block = Block {
    label: LabelRule::Own,
    many: true,
    ..part(
        "volume",
        &[
            attribute("at", Type::Text, Required, Environment, "The directory of the container that it is mounted at."),
            attribute(
                "size",
                Type::Storage,
                Absent,
                Environment,
                "Makes it persistent storage of this size for each pod; the service becomes a StatefulSet.",
            ),
            attribute(
                "class",
                Type::Text,
                Derived("that of the cluster"),
                Environment,
                "The StorageClass of persistent storage; needs `size`.",
            ),
            attribute(
                "claim",
                Type::Text,
                Absent,
                Environment,
                "Mounts an existing PersistentVolumeClaim, which all pods share.",
            ),
            attribute(
                "secret",
                Type::Name(DeclarationKind::Secret),
                Absent,
                Environment,
                "Mounts a secret, read-only: one file for each of its keys.",
            ),
            attribute(
                "limit",
                Type::Storage,
                Absent,
                Environment,
                "How much scratch space it can use; a pod that uses more is evicted.",
            ),
        ],
        &[],
        "A directory of the pods: persistent storage, the files of a secret, or scratch space.",
    )
};
