//! `patch`, in what has generated objects.

use super::{attribute, settings};
use crate::schema::{Attribute, Block, Default, InRule, LabelRule, Phase, Type};
use Default::Absent;
use InRule::{Layers, Never};
use Phase::Environment;

pub(super) static PATCH_ATTRIBUTES: [Attribute; 2] = [
    attribute("metadata", Type::Settings, Absent, Environment, "Labels, annotations and finalizers to add."),
    attribute(
        "spec",
        Type::Settings,
        Absent,
        Environment,
        "Fields to set. Maps are merged, and so are lists whose items have names; other lists and values are replaced.",
    ),
];

pub(super) const fn patch(environments: InRule) -> Block {
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

pub(super) static PATCH: Block = patch(Never);
/// A patch of what an app consists of, which may vary by environment.
pub(super) static PATCH_IN: Block = patch(Layers);
