//! `config`, in a service.

use super::{attribute, part};
use crate::schema::{Block, Default, LabelRule, Phase, Type};

pub(super) static CONFIG: Block = Block {
    label: LabelRule::Path,
    many: true,
    ..part(
        "config",
        &[attribute(
            "text",
            Type::Text,
            Default::Required,
            Phase::Environment,
            "The contents of the file, at most 1 MiB. Values of a run and secrets belong in `env`.",
        )],
        &[],
        "A file of the containers, from a ConfigMap. A change of it restarts the pods.",
    )
};
