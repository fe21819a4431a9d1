//! `on`: what starts a pipeline.

use super::{attribute, settings};
use crate::schema::triggers::TriggerKind;
use crate::schema::{Block, Default, LabelRule, Phase, Type};
use Default::{Absent, Derived, Text};
use Phase::Compile;

pub(super) static ON: Block = Block {
    label: LabelRule::Words(&TriggerKind::WORDS),
    many: true,
    ..settings(
        "on",
        &[
            attribute(
                "branch",
                Type::Text,
                Text("main"),
                Compile,
                "The branch. For `push` also a pattern: `*` within a part of the name, `**` across parts. For `tag`, the branch that must contain the commit; for `schedule`, the one whose head is delivered; for `pull-request`, the one to merge into, or a pattern.",
            ),
            attribute(
                "paths",
                Type::Texts,
                Derived("the paths of the app's parts, else its `path`"),
                Compile,
                "For `push`: patterns, one of which a changed file must match: `*` within a folder, `**` across folders.",
            ),
            attribute("except", Type::Texts, Absent, Compile, "For `push`: patterns of files to ignore."),
            attribute("pattern", Type::Text, Absent, Compile, "Required by `tag`: its name, or a pattern of names."),
            attribute(
                "cron",
                Type::Text,
                Absent,
                Compile,
                "Required by `schedule`: five fields, such as `0 3 * * 1-5` for every weekday at 3:00.",
            ),
            attribute(
                "timezone",
                Type::Text,
                Derived("`Etc/UTC`"),
                Compile,
                "For `schedule`: a name of the time zone database, such as `Europe/Berlin`.",
            ),
            attribute("label", Type::Text, Absent, Compile, "For `pull-request`: a label that it must have."),
        ],
        &[],
        "What starts the pipeline: a push, a tag, a schedule or a pull request, each at most once.",
    )
};
