//! The attributes of whatever runs an image in the pods of a service.

use super::attribute;
use crate::schema::{Attribute, DeclarationKind, Default, Phase, Type};
use Default::{Absent, Derived, Required};
use Phase::{Environment, Run};

pub(super) const IMAGE: Attribute = attribute(
    "image",
    Type::Name(DeclarationKind::Image),
    Required,
    Environment,
    "The image that it runs: `code`, or `other-app.code`.",
);
pub(super) const CPU: Attribute =
    attribute("cpu", Type::Cpu, Required, Environment, "CPU: request and limit, or a range from request to limit.");
pub(super) const MEMORY: Attribute = attribute(
    "memory",
    Type::Memory,
    Required,
    Environment,
    "Memory: request and limit, or a range from request to limit.",
);
pub(super) const COMMAND: Attribute =
    attribute("command", Type::Texts, Derived("the image's"), Run, "The command: the entry point of an image.");
pub(super) const ARGS: Attribute = attribute(
    "args",
    Type::Texts,
    Derived("the image's, unless there is a `command`"),
    Run,
    "The arguments of the command.",
);
pub(super) const ENV: Attribute =
    attribute("env", Type::TextMap, Absent, Run, "Environment variables, which override those of the app.");
