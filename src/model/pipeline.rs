//! Pipelines: what starts them, and their stages in order.

use super::trigger::Triggers;
use super::{Notice, Patch, Text};
use crate::program::Unread;
use crate::schema::stages::{STAGES, StageId};
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;

/// A pipeline of one app.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Its name: the block's, or for one of several apps `PIPELINE-APP`.
    pub name: Spanned<String>,
    /// The app that it delivers.
    pub app: Spanned<String>,
    /// What starts it.
    pub on: Triggers,
    /// In order.
    pub stages: Vec<Stage>,
    /// Who is told about its runs, those of the project among them.
    pub notices: Vec<Notice>,
    /// The changes of its objects, in order.
    pub patches: Vec<Patch>,
    /// Whether all of it could be read.
    pub is_complete: bool,
    /// What in it could not be read.
    pub unread: Unread,
}

impl Pipeline {
    /// Whether a stage that could not be read may be this one.
    #[must_use]
    pub fn may_have(&self, wanted: StageId, environment: &str) -> bool {
        self.unread.may_be(wanted.word())
            || self.stages.iter().any(|stage| {
                matches!(&stage.value, StageKind::Unresolved { id, environment: of }
                    if *id == wanted && of.as_ref().is_none_or(|of| of == environment))
            })
    }

    /// Whether it may update the environment by a stage that could not be read.
    #[must_use]
    pub fn may_update(&self, environment: &str) -> bool {
        STAGES.iter().any(|row| row.updates && self.may_have(row.id, environment))
    }

    /// Whether it builds its app's images.
    #[must_use]
    pub fn builds(&self) -> bool {
        self.stages.iter().any(|stage| matches!(stage.value, StageKind::Build))
    }

    /// Whether it deploys its app to a permanent environment.
    #[must_use]
    pub fn updates(&self, environment: &str) -> bool {
        let brings =
            |stage: &StageKind| stage.is_read() && stage.id().row().updates && stage.environment() == Some(environment);
        self.stages.iter().any(|stage| brings(&stage.value))
    }
}

/// A stage, and its line in the source.
pub type Stage = Spanned<StageKind>;

/// What a stage does.
#[derive(Debug, Clone)]
pub enum StageKind {
    /// Builds the app's images.
    Build,
    /// Opens an ephemeral environment.
    StageEnv {
        /// The environment.
        environment: String,
        /// Further apps that it holds.
        with: BTreeSet<String>,
    },
    /// Waits until the environment is synced and healthy.
    Wait {
        /// The environment.
        environment: String,
        /// Seconds.
        timeout: u64,
        /// Where the timeout is written, else the stage.
        timeout_span: Span,
    },
    /// Runs a task.
    Task {
        /// As which stage.
        kind: TaskKind,
        /// The app of the task.
        app: String,
        /// The task.
        task: String,
        /// The environment.
        environment: String,
    },
    /// Waits until a person approves.
    Approve(Approval),
    /// Updates a permanent environment at once.
    Deploy {
        /// The environment.
        environment: String,
    },
    /// Updates a permanent environment step by step.
    Canary(Canary),
    /// Removes an ephemeral environment.
    Teardown {
        /// The environment.
        environment: String,
    },
    /// A stage with an error, which has been reported. It keeps its place in the order; nothing is compiled from it.
    Unresolved {
        /// Which stage.
        id: StageId,
        /// The environment, where that is known.
        environment: Option<String>,
    },
}

impl StageKind {
    /// The environment that the stage acts on.
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        match self {
            Self::Build | Self::Approve(_) => None,
            Self::Unresolved { environment, .. } => environment.as_deref(),
            Self::StageEnv { environment, .. }
            | Self::Wait { environment, .. }
            | Self::Task { environment, .. }
            | Self::Deploy { environment }
            | Self::Teardown { environment }
            | Self::Canary(Canary { environment, .. }) => Some(environment),
        }
    }

    /// Which stage it is.
    #[must_use]
    pub fn id(&self) -> StageId {
        match self {
            Self::Build => StageId::Build,
            Self::StageEnv { .. } => StageId::StageEnv,
            Self::Wait { .. } => StageId::WaitForSync,
            Self::Task { kind, .. } => kind.stage(),
            Self::Approve(_) => StageId::Approve,
            Self::Deploy { .. } => StageId::Deploy,
            Self::Canary(_) => StageId::Canary,
            Self::Teardown { .. } => StageId::Teardown,
            Self::Unresolved { id, .. } => *id,
        }
    }

    /// Its word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.id().word()
    }

    /// Whether it could be read.
    #[must_use]
    pub fn is_read(&self) -> bool {
        !matches!(self, Self::Unresolved { .. })
    }

    /// The further apps that it opens the environment with, if it opens that one.
    #[must_use]
    pub fn opens(&self, name: &str) -> Option<&BTreeSet<String>> {
        match self {
            Self::StageEnv { environment, with } if environment == name => Some(with),
            Self::Build
            | Self::StageEnv { .. }
            | Self::Wait { .. }
            | Self::Task { .. }
            | Self::Approve(_)
            | Self::Deploy { .. }
            | Self::Canary(_)
            | Self::Teardown { .. }
            | Self::Unresolved { .. } => None,
        }
    }
}

/// The question whether a delivery may continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Seconds that it waits for an answer.
    pub timeout: u64,
    /// What those who decide are told.
    pub message: Text,
}

/// As which stage a task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// Never tried again by itself.
    Migrate,
    /// Must succeed.
    Test,
    /// Anything else.
    Run,
    /// Also runs if the delivery fails.
    Cleanup,
}

impl TaskKind {
    /// The stage.
    #[must_use]
    pub fn stage(self) -> StageId {
        match self {
            Self::Migrate => StageId::Migrate,
            Self::Test => StageId::Test,
            Self::Run => StageId::Run,
            Self::Cleanup => StageId::Cleanup,
        }
    }
}

/// A step-by-step update.
#[derive(Debug, Clone)]
pub struct Canary {
    /// The environment.
    pub environment: String,
    /// In order, with their places.
    pub steps: Vec<Spanned<CanaryStep>>,
    /// The analyses that run beside it.
    pub analyses: Vec<Spanned<String>>,
}

/// A step of a canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanaryStep {
    /// The canary's weight of the traffic, in percent.
    Weight(u8),
    /// Seconds to hold it.
    Pause(u64),
    /// Hold it until a person promotes the Rollout.
    Approve,
}

impl Canary {
    /// Whether it waits for a person.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.steps.iter().any(|step| step.value == CanaryStep::Approve)
    }

    /// Seconds for which it pauses in total, without the time that people take.
    #[must_use]
    pub fn pauses(&self) -> u64 {
        self.steps
            .iter()
            .map(|step| match step.value {
                CanaryStep::Weight(_) | CanaryStep::Approve => 0,
                CanaryStep::Pause(seconds) => seconds,
            })
            .sum()
    }
}
