//! `identity`.

use super::{attribute, part};
use crate::schema::{Block, Default, Phase, Type};
use Default::{Absent, Derived, Literal};
use Phase::Environment;

pub(super) static IDENTITY: Block = part(
    "identity",
    &[
        attribute(
            "account",
            Type::Text,
            Derived("an account with the name of the service or CronJob, which is created"),
            Environment,
            "An account that exists.",
        ),
        attribute("annotations", Type::TextMap, Absent, Environment, "Annotations of the account that is created."),
        attribute(
            "labels",
            Type::TextMap,
            Absent,
            Environment,
            "Labels of the account that is created, and of the pods.",
        ),
        attribute(
            "token",
            Type::Word(&["on", "off"]),
            Literal("off"),
            Environment,
            "Whether the pods get a token of the account for the API server.",
        ),
    ],
    &[],
    "The ServiceAccount of the pods.",
);
