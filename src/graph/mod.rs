//! Planned pipelines as pictures. [`graph()`] extracts the contents from a [`crate::plan::Plan`], independently of how
//! they look; [`mermaid()`], [`dot()`] and [`svg()`] each print them.

mod build;
mod dot;
mod mermaid;
mod svg;

pub use build::graph;
pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::{svg, width};

use crate::model::value::show_duration;
use crate::schema::stages::StageId;

/// The pipelines of a project. No string in it has invisible characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// The name of the project.
    pub project: String,
    /// The contents of its targets.
    pub targets: Vec<Target>,
}

impl Graph {
    /// All lanes, each with a unique name, and, if several pictures are merged, with the targets to which it
    /// belongs.
    fn lanes(&self) -> impl Iterator<Item = (String, &Lane, String)> {
        let several = self.targets.len() > 1;
        self.targets.iter().enumerate().flat_map(move |(nth, target)| {
            let on = if several { format!(", on {}", target.names.join(", ")) } else { String::new() };
            let lanes = target.lanes.iter().enumerate();
            lanes.map(move |(at, lane)| (format!("t{nth}p{at}"), lane, on.clone()))
        })
    }
}

/// The contents for targets that look the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The names of the targets.
    pub names: Vec<String>,
    /// One for each pipeline.
    pub lanes: Vec<Lane>,
}

/// A pipeline, from the push to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The name of the pipeline.
    pub name: String,
    /// The app that it delivers.
    pub app: String,
    /// The time limit in seconds.
    pub deadline: u64,
    /// Every step that can happen.
    pub steps: Vec<Step>,
    /// The order of the steps if all succeed, grouped by place.
    pub groups: Vec<Group>,
}

impl Lane {
    /// All places with their steps, and what rolls them back. An environment to which the lane returns is one place.
    fn places(&self) -> Vec<(&Location, Vec<usize>)> {
        let mut places: Vec<(&Location, Vec<usize>)> = Vec::new();
        for group in &self.groups {
            let steps = group.steps.iter().copied().chain(group.roll_back);
            match places.iter_mut().find(|(place, _)| *place == &group.place) {
                Some((_, known)) => known.extend(steps),
                None => places.push((&group.place, steps.collect())),
            }
        }
        places
    }

    /// Which step follows which if all succeed. Images are built in parallel, between the step before and the step
    /// after.
    #[must_use]
    pub fn edges(&self) -> Vec<(usize, usize)> {
        let mut edges = Vec::new();
        let mut before: Vec<usize> = Vec::new();
        for group in &self.groups {
            let ranks: Vec<&[usize]> = match group.place {
                Location::Build => vec![&group.steps],
                _ => group.steps.chunks(1).collect(),
            };
            for rank in ranks {
                edges.extend(before.iter().flat_map(|from| rank.iter().map(|to| (*from, *to))));
                before = rank.to_vec();
            }
        }
        edges
    }

    /// Which step follows which on failure.
    #[must_use]
    pub fn failures(&self) -> Vec<(usize, usize)> {
        let of = |(at, step): (usize, &Step)| step.on_failure.iter().map(|to| (at, *to)).collect::<Vec<_>>();
        self.steps.iter().enumerate().flat_map(of).collect()
    }
}

/// Steps that follow each other at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The place.
    pub place: Location,
    /// The indices of its steps in the lane: in order, or in parallel for builds.
    pub steps: Vec<usize>,
    /// The step that rolls the place back on failure.
    pub roll_back: Option<usize>,
}

/// Where steps happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// Where commits come from.
    Start,
    /// Where images are built, all at once.
    Build,
    /// Where people decide.
    Approval,
    /// An ephemeral environment.
    Ephemeral {
        /// Its name.
        environment: String,
        /// The permanent one that it copies.
        copy_of: String,
        /// Seconds after which it is deleted in any case.
        ttl: u64,
    },
    /// A permanent environment.
    Permanent {
        /// Its name.
        environment: String,
        /// Its namespace.
        namespace: String,
    },
}

impl Location {
    /// Its title.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Start => "push",
            Self::Build => "build",
            Self::Approval => "approval",
            Self::Ephemeral { environment, .. } | Self::Permanent { environment, .. } => environment,
        }
    }

    /// A note below the title.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        match self {
            Self::Start | Self::Build | Self::Approval => None,
            Self::Ephemeral { copy_of, ttl, .. } => {
                Some(format!("a copy of {copy_of} for each change, for at most {}", show_duration(*ttl)))
            }
            Self::Permanent { namespace, .. } => Some(format!("permanent, in namespace {namespace}")),
        }
    }
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What kind of thing.
    pub kind: StepKind,
    /// What it acts on: a branch, an image, a task.
    pub subject: Option<String>,
    /// Further details, one per line.
    pub details: Vec<String>,
    /// How long it takes.
    pub time: Option<Time>,
    /// The weights of a canary, in percent, and the seconds for which each is held.
    pub shares: Vec<(u8, u64)>,
    /// The indices of the steps that follow if it fails or the run is stopped during it.
    pub on_failure: Vec<usize>,
}

impl Step {
    /// Its kind and its subject: `migrate migrations`.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.subject {
            Some(subject) => format!("{} {subject}", self.kind.word()),
            None => self.kind.word().to_owned(),
        }
    }

    /// Everything known about it, one item per line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.title()];
        lines.extend(self.shares_in_words());
        lines.extend(self.details.iter().cloned());
        lines.extend(self.time.map(Time::short));
        lines
    }

    /// The weights of a canary in words: `20% 1m, 50% 1m, 100%`.
    #[must_use]
    pub fn shares_in_words(&self) -> Option<String> {
        let word = |(share, held): &(u8, u64)| match held {
            0 => format!("{share}%"),
            held => format!("{share}% {}", show_duration(*held)),
        };
        let words: Vec<_> = self.shares.iter().map(word).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// How long a step takes, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// At most this long, or it fails.
    AtMost(u64),
    /// At least this long.
    AtLeast(u64),
}

impl Time {
    /// As it is written beside a step: `≤ 10m`.
    #[must_use]
    pub fn short(self) -> String {
        match self {
            Self::AtMost(seconds) => format!("≤ {}", show_duration(seconds)),
            Self::AtLeast(seconds) => format!("≥ {}", show_duration(seconds)),
        }
    }

    /// In words.
    #[must_use]
    pub fn long(self) -> String {
        match self {
            Self::AtMost(seconds) => format!("at most {}", show_duration(seconds)),
            Self::AtLeast(seconds) => format!("at least {}", show_duration(seconds)),
        }
    }
}

/// What kind of thing happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// Somebody pushes commits.
    Push,
    /// A new tag.
    Tag,
    /// A point in time.
    Schedule,
    /// A pull request.
    PullRequest,
    /// What a stage does, whether it is written or implied.
    Stage(StageId),
    /// The run locks an environment, unless a newer commit is already there.
    Lock,
    /// An environment is rolled back.
    RollBack,
}

impl StepKind {
    /// The word of its stage, if it belongs to one.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Push => "push to",
            Self::Tag => "tag",
            Self::Schedule => "at",
            Self::PullRequest => "pull request into",
            Self::Stage(stage) => stage.word(),
            Self::Lock => "lock",
            Self::RollBack => "roll back",
        }
    }

    /// Whether a change passes it only on a condition.
    #[must_use]
    pub fn is_gate(self) -> bool {
        match self {
            Self::Stage(stage) => stage.row().is_gate,
            Self::Lock => true,
            Self::Push | Self::Tag | Self::Schedule | Self::PullRequest | Self::RollBack => false,
        }
    }
}
