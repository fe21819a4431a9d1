//! The stages of a pipeline: a row for each, with what more than one part of the compiler knows of it.
//!
//! A new stage is a variant of [`StageId`], a row of [`STAGES`], a variant of `model::StageKind`, and an arm wherever the
//! compiler reports one as missing: what it reads, what it plans and what it emits.

use super::Default::{Absent, Literal, Required};
use super::InRule::{Acts, Never};
use super::Phase::{Compile, Run};
use super::table::attribute;
use super::{Attribute, Block, DeclarationKind, InRule, LabelRule, Type};

/// A stage, in the order of [`STAGES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StageId {
    /// `build`
    Build,
    /// `stage-env`
    StageEnv,
    /// `wait-for-sync`
    WaitForSync,
    /// `migrate`
    Migrate,
    /// `test`
    Test,
    /// `run`
    Run,
    /// `cleanup`
    Cleanup,
    /// `approve`
    Approve,
    /// `deploy`
    Deploy,
    /// `canary`
    Canary,
    /// `teardown`
    Teardown,
}

impl StageId {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static StageRow {
        &STAGES[self as usize]
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().block.word
    }
}

/// The environments that a stage may act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActsOn {
    /// It acts on none.
    None,
    /// Ephemeral ones.
    Ephemeral,
    /// Permanent ones.
    Permanent,
    /// Any.
    Any,
}

/// What is known of a stage.
#[derive(Debug)]
pub struct StageRow {
    /// Which stage it is.
    pub id: StageId,
    /// Its word, its label, its attributes and its documentation.
    pub block: Block,
    /// The environments that it may act on.
    pub acts_on: ActsOn,
    /// Whether a change passes only if it succeeds: a delivery without it lets through what it would have stopped.
    pub is_gate: bool,
    /// Whether it deploys the delivered app to its environment.
    pub updates: bool,
    /// The name of its step in the Workflow, or the prefix before a `-` and what the step acts on.
    pub step: &'static str,
    /// What it compiles to. The templates are those of `workflows/shared.yaml` and of the pipeline's own file.
    pub compiles_to: &'static str,
}

/// All stages, in the order of the reference.
pub static STAGES: [StageRow; 11] = [
    StageRow {
        id: StageId::Build,
        block: stage(
            StageId::Build,
            "build",
            LabelRule::None,
            Never,
            &[],
            "Builds all images of the app in parallel, at the pushed commit; those with `from-ci` it waits for.",
        ),
        acts_on: ActsOn::None,
        is_gate: false,
        updates: false,
        step: "build",
        compiles_to: "a step with a pod for each image, with template `build` of WorkflowTemplate `pipelinec`: rootless BuildKit, tagged with the version, passed on by digest. For an image with `from-ci`, template `image`, which waits until the registry has it.",
    },
    StageRow {
        id: StageId::StageEnv,
        block: stage(
            StageId::StageEnv,
            "stage-env",
            LabelRule::Uses(DeclarationKind::Environment),
            Never,
            &[attribute(
                "with",
                Type::Names(DeclarationKind::App),
                Absent,
                Compile,
                "Additional apps in the environment, besides the delivered one and what it needs.",
            )],
            "Creates an ephemeral environment for this change.",
        ),
        acts_on: ActsOn::Ephemeral,
        is_gate: false,
        updates: false,
        step: "open",
        compiles_to: "template `gitops`, action `open`: commits the manifest from which ApplicationSets create the environment.",
    },
    StageRow {
        id: StageId::WaitForSync,
        block: stage(
            StageId::WaitForSync,
            "wait-for-sync",
            LabelRule::None,
            Acts,
            &[attribute("timeout", Type::Duration, Literal("10m"), Compile, "The maximum time to wait.")],
            "Waits until every app of an ephemeral environment, or the delivered app of a permanent one, is synced to this change and healthy, including its canary.",
        ),
        acts_on: ActsOn::Any,
        is_gate: true,
        updates: false,
        step: "wait",
        compiles_to: "template `wait`: polls until every Application has this change, is synced and healthy; fails immediately if a sync has failed for good.",
    },
    StageRow {
        id: StageId::Migrate,
        block: stage(
            StageId::Migrate,
            "migrate",
            LabelRule::Uses(DeclarationKind::Task),
            Acts,
            &[],
            "Runs a task once, before the new version starts serving. It is never retried automatically.",
        ),
        acts_on: ActsOn::Any,
        is_gate: true,
        updates: false,
        step: "migrate",
        compiles_to: "a template of the pipeline that runs the task once; no retry.",
    },
    StageRow {
        id: StageId::Test,
        block: stage(
            StageId::Test,
            "test",
            LabelRule::Uses(DeclarationKind::Task),
            Acts,
            &[],
            "Runs a task that must succeed.",
        ),
        acts_on: ActsOn::Any,
        is_gate: true,
        updates: false,
        step: "test",
        compiles_to: "a template of the pipeline that runs the task, with its retries.",
    },
    StageRow {
        id: StageId::Run,
        block: stage(StageId::Run, "run", LabelRule::Uses(DeclarationKind::Task), Acts, &[], "Runs any task."),
        acts_on: ActsOn::Any,
        is_gate: true,
        updates: false,
        step: "run",
        compiles_to: "a template of the pipeline that runs the task, with its retries.",
    },
    StageRow {
        id: StageId::Cleanup,
        block: stage(
            StageId::Cleanup,
            "cleanup",
            LabelRule::Uses(DeclarationKind::Task),
            Acts,
            &[],
            "Runs a task that also runs if the delivery fails or is stopped, before its environment is deleted.",
        ),
        acts_on: ActsOn::Ephemeral,
        is_gate: false,
        updates: false,
        step: "cleanup",
        compiles_to: "a template of the pipeline that runs the task, with its retries; and, in the exit handler, template `look`, which says whether the environment is open, and the task again unless it has succeeded before.",
    },
    StageRow {
        id: StageId::Approve,
        block: stage(
            StageId::Approve,
            "approve",
            LabelRule::None,
            Never,
            &[
                attribute(
                    "timeout",
                    Type::Duration,
                    Literal("8h"),
                    Compile,
                    "The maximum time to wait for an answer. Without one, the run fails.",
                ),
                attribute(
                    "message",
                    Type::Text,
                    Absent,
                    Run,
                    "What to show to those who decide, such as `\"${app.name} ${run.version}\"`.",
                ),
            ],
            "Waits until a person approves. Only an explicit `YES` does; a refusal, silence and a plain `argo resume` end the run.",
        ),
        acts_on: ActsOn::None,
        is_gate: true,
        updates: false,
        step: "approve",
        compiles_to: "a template of the pipeline that is suspended until its output `approved` is supplied, `NO` by default; template `refused` fails the run unless it is `YES`.",
    },
    StageRow {
        id: StageId::Deploy,
        block: stage(
            StageId::Deploy,
            "deploy",
            LabelRule::None,
            Acts,
            &[],
            "Updates a permanent environment to this change, all at once.",
        ),
        acts_on: ActsOn::Permanent,
        is_gate: false,
        updates: true,
        step: "promote",
        compiles_to: "template `gitops`, action `promote`: commits the app's new versions to the environment's manifest, under the environment's lock.",
    },
    StageRow {
        id: StageId::Canary,
        block: stage(
            StageId::Canary,
            "canary",
            LabelRule::None,
            Acts,
            &[
                attribute(
                    "steps",
                    Type::Steps,
                    Required,
                    Compile,
                    "Traffic weights, how long to pause at each, and `approve` where a person has to promote the Rollout.",
                ),
                attribute(
                    "analyse",
                    Type::Names(DeclarationKind::Analysis),
                    Absent,
                    Compile,
                    "The analyses that run in the background from the first weight on, and once more after the last pause.",
                ),
            ],
            "Updates a permanent environment step by step, and rolls back automatically if an analysis fails.",
        ),
        acts_on: ActsOn::Permanent,
        is_gate: true,
        updates: true,
        step: "promote",
        compiles_to: "template `gitops`, action `promote`, and a Rollout with these steps, its AnalysisTemplates and a canary Service in the app's manifests.",
    },
    StageRow {
        id: StageId::Teardown,
        block: stage(
            StageId::Teardown,
            "teardown",
            LabelRule::Uses(DeclarationKind::Environment),
            Never,
            &[],
            "Deletes the ephemeral environment of this change.",
        ),
        acts_on: ActsOn::Ephemeral,
        is_gate: false,
        updates: false,
        step: "close",
        compiles_to: "template `gitops`, action `close`, and template `gone`, which waits until the namespace is deleted. They also run on failure.",
    },
];

const fn stage(
    id: StageId,
    word: &'static str,
    label: LabelRule,
    environments: InRule,
    attributes: &'static [Attribute],
    doc: &'static str,
) -> Block {
    Block { word, label, environments, attributes, blocks: &[], many: true, stage: Some(id), doc }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_finds_its_row() {
        for (at, row) in STAGES.iter().enumerate() {
            assert_eq!(row.id as usize, at);
            assert_eq!(row.block.stage, Some(row.id));
            assert_eq!(row.id.row().block.word, row.block.word);
        }
    }

    #[test]
    fn a_stage_names_its_environment_where_it_acts_on_one() {
        for row in &STAGES {
            let named =
                row.block.environments == Acts || row.block.label == LabelRule::Uses(DeclarationKind::Environment);
            assert_eq!(named, row.acts_on != ActsOn::None, "`{}`", row.block.word);
        }
    }
}
