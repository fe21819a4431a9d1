//! The table itself, in the order of the reference.

use super::stages::STAGES;
use super::{Attribute, Block, DeclarationKind, Default, InRule, LabelRule, Phase, Type};
use InRule::{Layers, Never};

mod app;
mod beside;
mod config;
mod container;
mod cron;
mod environment;
mod identity;
mod notify;
mod patch;
mod pipeline;
mod probe;
mod project;
mod service;
mod sources;
mod trigger;
mod volume;

use app::{APP, IMAGE, TASK};
use cron::CRON;
use environment::{ENVIRONMENT, SECRET};
use pipeline::{ANALYSIS, PIPELINE};
use project::PROJECT;
use service::SERVICE;
use sources::{HELM, KUSTOMIZE, MANIFESTS};
use trigger::ON;

pub(super) const fn attribute(
    name: &'static str,
    ty: Type,
    default: Default,
    phase: Phase,
    doc: &'static str,
) -> Attribute {
    Attribute { name, ty, default, phase, doc }
}

/// A block with neither label nor environments, once under its parent.
const fn settings(
    word: &'static str,
    attributes: &'static [Attribute],
    blocks: &'static [&'static Block],
    doc: &'static str,
) -> Block {
    Block { word, label: LabelRule::None, environments: Never, attributes, blocks, many: false, stage: None, doc }
}

/// A part of an app that may vary by environment.
const fn part(
    word: &'static str,
    attributes: &'static [Attribute],
    blocks: &'static [&'static Block],
    doc: &'static str,
) -> Block {
    Block { environments: Layers, ..settings(word, attributes, blocks, doc) }
}

/// Blocks, and the stages behind them.
const fn and_stages<const N: usize, const ALL: usize>(blocks: [&'static Block; N]) -> [&'static Block; ALL] {
    let mut all = [blocks[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < N { blocks[at] } else { &STAGES[at - N].block };
        at += 1;
    }
    all
}

/// What a file holds.
pub static TOP: Block = Block {
    blocks: &[&PROJECT, &TARGET, &ENVIRONMENT, &SECRET, &DEFAULTS, &APP, &ANALYSIS, &PIPELINE],
    ..settings("", &[], &[], "A program consists of all `*.pipe` files in a folder and its subfolders.")
};

/// `target NAME`
pub static TARGET: Block = Block {
    label: LabelRule::Declares(DeclarationKind::Target),
    many: true,
    ..settings(
        "target",
        &[],
        &[&PROJECT, &ENVIRONMENT, &SECRET, &APP, &ANALYSIS, &PIPELINE],
        "A cluster with a separate Argo installation. Its blocks override those of the program.",
    )
};

static DEFAULTS_BLOCKS: [&Block; 12 + STAGES.len()] = and_stages([
    &APP,
    &IMAGE,
    &TASK,
    &SERVICE,
    &CRON,
    &HELM,
    &KUSTOMIZE,
    &MANIFESTS,
    &ENVIRONMENT,
    &SECRET,
    &ANALYSIS,
    &ON,
]);

/// `defaults`
pub static DEFAULTS: Block = Block {
    many: true,
    ..settings(
        "defaults",
        &[],
        &DEFAULTS_BLOCKS,
        "Partial blocks that fill in what blocks of the same type (and label, if given) leave out.",
    )
};

/// `in ENV { … }`: its contents are those of the surrounding block.
pub static ENVIRONMENT_LAYER: Block = part("in", &[], &[], "Overrides the surrounding block for one environment.");
