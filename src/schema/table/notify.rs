//! `notify`, in a project and in a pipeline.

use super::{attribute, settings};
use crate::schema::notices::{Moment, NoticeKind};
use crate::schema::{Block, DeclarationKind, Default, LabelRule, Phase, Type};
use Default::{Absent, Derived};
use Phase::Compile;

pub(super) static NOTIFY: Block = Block {
    label: LabelRule::Words(&NoticeKind::WORDS),
    many: true,
    ..settings(
        "notify",
        &[
            attribute(
                "credentials",
                Type::Name(DeclarationKind::Secret),
                Absent,
                Compile,
                "Required by `status`: a secret with the key `token`, which sets statuses of commits and needs no other right.",
            ),
            attribute(
                "url",
                Type::Key,
                Absent,
                Compile,
                "Required by `slack`, an incoming webhook, and by `webhook`: the key of a secret with the URL.",
            ),
            attribute(
                "key",
                Type::Key,
                Absent,
                Compile,
                "Required by `webhook`: the key of a secret that signs the requests.",
            ),
            attribute(
                "on",
                Type::Words(&Moment::WORDS),
                Derived("`[failed, waiting, rolled-back]` for `slack`, all for `webhook`"),
                Compile,
                "When `slack` and `webhook` are told; `status` always shows whether the run is still running, and how it ended.",
            ),
        ],
        &[],
        "Who is told about runs. In `project`, of all pipelines; in a pipeline, it replaces the project's of that kind.",
    )
};
