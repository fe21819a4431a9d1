//! What starts a pipeline, and the words for it.

use super::choices::choice;

/// A kind of event that starts a pipeline: the word after `on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TriggerKind {
    /// A push to a branch.
    Push,
    /// A new tag.
    Tag,
    /// A point in time.
    Schedule,
    /// A pull request: opened, or pushed to.
    PullRequest,
}

choice!(TriggerKind: Push = "push", Tag = "tag", Schedule = "schedule", PullRequest = "pull-request");

impl TriggerKind {
    /// The attributes that it has.
    #[must_use]
    pub const fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::Push => &["branch", "paths", "except"],
            Self::Tag => &["pattern", "branch"],
            Self::Schedule => &["cron", "timezone", "branch"],
            Self::PullRequest => &["branch", "label"],
        }
    }

    /// The attribute that it cannot do without.
    #[must_use]
    pub const fn required(self) -> Option<&'static str> {
        match self {
            Self::Push | Self::PullRequest => None,
            Self::Tag => Some("pattern"),
            Self::Schedule => Some("cron"),
        }
    }
}
