//! Pipelines: what starts them, and their stages in order.

use super::value::Pattern;
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
    pub on: OnPush,
    /// In order.
    pub stages: Vec<Stage>,
    /// Whether all of it could be read.
    pub whole: bool,
    /// The words of stages that may stand somewhere in it in a form that could not be read; `None` if any may.
    pub unread: Option<Vec<&'static str>>,
}

impl Pipeline {
    /// Whether a stage that could not be read may be this one.
    #[must_use]
    pub fn may_have(&self, word: &str, environment: &str) -> bool {
        self.unread.as_ref().is_none_or(|words| words.contains(&word))
            || self.stages.iter().any(|stage| match &stage.value {
                StageKind::Unresolved { word: unresolved, environment: of } => {
                    *unresolved == word && of.as_ref().is_none_or(|of| of == environment)
                }
                _ => false,
            })
    }

    /// Whether it builds its app's images.
    #[must_use]
    pub fn builds(&self) -> bool {
        self.stages.iter().any(|stage| matches!(stage.value, StageKind::Build))
    }

    /// Whether it brings its app to a standing environment.
    #[must_use]
    pub fn updates(&self, environment: &str) -> bool {
        self.stages.iter().any(|stage| {
            matches!(stage.value, StageKind::Deploy { .. } | StageKind::Canary(_))
                && stage.value.environment() == Some(environment)
        })
    }
}

/// What starts a pipeline.
#[derive(Debug, Clone)]
pub struct OnPush {
    /// The branch.
    pub branch: String,
    /// Patterns, one of which a changed file must match.
    pub paths: Vec<Spanned<Pattern>>,
    /// Patterns of files that do not count.
    pub except: Vec<Spanned<Pattern>>,
    /// Where it is written.
    pub span: Span,
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
        /// As which kind of stage.
        verb: Verb,
        /// The app of the task.
        app: String,
        /// The task.
        task: String,
        /// The environment.
        environment: String,
    },
    /// Updates a standing environment at once.
    Deploy {
        /// The environment.
        environment: String,
    },
    /// Updates a standing environment step by step.
    Canary(Canary),
    /// Removes an ephemeral environment.
    Teardown {
        /// The environment.
        environment: String,
    },
    /// A stage with a mistake in it, which has been reported. It keeps its place in the order; nothing is compiled from it.
    Unresolved {
        /// Its word.
        word: &'static str,
        /// The environment, where that is known.
        environment: Option<String>,
    },
}

impl StageKind {
    /// The environment that the stage acts on.
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        match self {
            Self::Build => None,
            Self::Unresolved { environment, .. } => environment.as_deref(),
            Self::StageEnv { environment, .. }
            | Self::Wait { environment, .. }
            | Self::Task { environment, .. }
            | Self::Deploy { environment }
            | Self::Teardown { environment }
            | Self::Canary(Canary { environment, .. }) => Some(environment),
        }
    }

    /// Its word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::StageEnv { .. } => "stage-env",
            Self::Wait { .. } => "wait-for-sync",
            Self::Task { verb, .. } => verb.word(),
            Self::Deploy { .. } => "deploy",
            Self::Canary(_) => "canary",
            Self::Teardown { .. } => "teardown",
            Self::Unresolved { word, .. } => word,
        }
    }
}

/// As which kind of stage a task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Never tried again by itself.
    Migrate,
    /// Must succeed.
    Test,
    /// Anything else.
    Run,
}

impl Verb {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Migrate => "migrate",
            Self::Test => "test",
            Self::Run => "run",
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
    /// The canary's share of the traffic, in percent.
    Weight(u8),
    /// Seconds to hold it.
    Pause(u64),
}

impl Canary {
    /// Seconds that it holds its shares for, all together.
    #[must_use]
    pub fn pauses(&self) -> u64 {
        self.steps
            .iter()
            .map(|step| match step.value {
                CanaryStep::Weight(_) => 0,
                CanaryStep::Pause(seconds) => seconds,
            })
            .sum()
    }
}
