//! `pipeline` and `analysis`.

use super::notify::NOTIFY;
use super::patch::PATCH;
use super::trigger::ON;
use super::{and_stages, attribute, settings};
use crate::schema::stages::STAGES;
use crate::schema::{Block, DeclarationKind, Default, LabelRule, Phase, Type};
use Default::{Absent, Derived, Literal, Required};
use Phase::{Compile, Run};

pub(super) static PIPELINE: Block = Block {
    label: LabelRule::Declares(DeclarationKind::Pipeline),
    many: true,
    ..settings(
        "pipeline",
        &[attribute(
            "delivers",
            Type::Names(DeclarationKind::App),
            Required,
            Compile,
            "The app that a run delivers; with a list, one pipeline for each of them.",
        )],
        &PIPELINE_BLOCKS,
        "From a push to production: the stages, in order.",
    )
};

pub(super) static PIPELINE_BLOCKS: [&Block; 3 + STAGES.len()] = and_stages([&ON, &NOTIFY, &PATCH]);

pub(super) static ANALYSIS: Block = Block {
    label: LabelRule::Declares(DeclarationKind::Analysis),
    many: true,
    ..settings(
        "analysis",
        &[
            attribute(
                "query",
                Type::Text,
                Required,
                Run,
                "A PromQL query, each of whose values is checked; it can use `canary.service`, `canary.metrics` and `canary.hash`.",
            ),
            attribute("at-most", Type::Number, Absent, Compile, "The maximum value: a number, or a percentage of 1."),
            attribute("at-least", Type::Number, Absent, Compile, "The minimum value: a number, or a percentage of 1."),
            attribute("every", Type::Duration, Literal("10s"), Compile, "The interval between measurements."),
            attribute("tolerate", Type::Count(0), Literal("3"), Compile, "How many failed measurements are tolerated."),
            attribute(
                "no-data",
                Type::Word(&["fail", "pass"]),
                Literal("fail"),
                Compile,
                "The result of a measurement without a value, or with one that is not a number.",
            ),
            attribute("prometheus", Type::Text, Derived("the project's"), Compile, "The URL to query."),
        ],
        &[],
        "A query to Prometheus that decides whether a canary continues.",
    )
};
