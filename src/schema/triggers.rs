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
}

choice!(TriggerKind: Push = "push", Tag = "tag", Schedule = "schedule");

impl TriggerKind {
    /// The attributes that it has.
    #[must_use]
    pub const fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::Push => &["branch", "paths", "except"],
            Self::Tag => &["pattern", "branch"],
            Self::Schedule => &["cron", "timezone", "branch"],
        }
    }

    /// The attribute that it cannot do without.
    #[must_use]
    pub const fn required(self) -> Option<&'static str> {
        match self {
            Self::Push => None,
            Self::Tag => Some("pattern"),
            Self::Schedule => Some("cron"),
        }
    }
}
