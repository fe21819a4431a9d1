//! `cron`, in an app.

use super::identity::IDENTITY;
use super::patch::PATCH_IN;
use super::{attribute, part};
use crate::schema::choices::Concurrency;
use crate::schema::{Block, DeclarationKind, Default, LabelRule, Phase, Type};
use Default::{Absent, Derived, Literal, Required};
use Phase::{Environment, Run};

pub(super) static CRON: Block = Block {
    label: LabelRule::Own,
    many: true,
    ..part(
        "cron",
        &[
            attribute(
                "image",
                Type::Name(DeclarationKind::Image),
                Required,
                Environment,
                "The image that it runs: `code`, or `other-app.code`.",
            ),
            attribute("command", Type::Texts, Derived("the image's"), Run, "The command."),
            attribute(
                "args",
                Type::Texts,
                Derived("the image's, unless there is a `command`"),
                Run,
                "The arguments of the command, or of the image's entry point.",
            ),
            attribute(
                "schedule",
                Type::Text,
                Required,
                Environment,
                "When it runs: minute, hour, day of the month, month and day of the week, or a name such as `@daily`.",
            ),
            attribute(
                "timezone",
                Type::Text,
                Derived("that of the cluster"),
                Environment,
                "The time zone of the schedule, such as `Europe/Berlin`.",
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
            attribute("env", Type::TextMap, Absent, Run, "Environment variables, which override those of the app."),
            attribute(
                "timeout",
                Type::Duration,
                Literal("1h"),
                Environment,
                "The time limit of a run, including retries.",
            ),
            attribute("retries", Type::Count(0), Literal("0"), Environment, "How often a failed run is retried."),
            attribute(
                "concurrency",
                Type::Word(&Concurrency::WORDS),
                Literal("forbid"),
                Environment,
                "What happens if the previous run has not ended: no new run, a second one, or one in its place.",
            ),
            attribute(
                "suspend",
                Type::Word(&["on", "off"]),
                Derived("`off`; `on` in ephemeral environments"),
                Environment,
                "Whether it is deployed without being run.",
            ),
        ],
        &[&IDENTITY, &PATCH_IN],
        "A job that runs on a schedule: a CronJob with the images of the run.",
    )
};
