//! The kinds of notices and the moments of a run, with the words for them.

use super::choices::choice;

/// Who is told: the label of `notify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// The git host, by a status of the commit.
    Status,
    /// A channel of Slack.
    Slack,
    /// Any program, by a signed request.
    Webhook,
}

choice!(NoticeKind: Status = "status", Slack = "slack", Webhook = "webhook");

impl NoticeKind {
    /// The attributes that it must have.
    #[must_use]
    pub const fn required(self) -> &'static [&'static str] {
        match self {
            Self::Status => &["credentials"],
            Self::Slack => &["url"],
            Self::Webhook => &["url", "key"],
        }
    }

    /// The moments at which it is sent unless the program says otherwise.
    #[must_use]
    pub const fn usual(self) -> &'static [Moment] {
        match self {
            Self::Status => &[Moment::Started, Moment::Succeeded, Moment::Failed],
            Self::Slack => &[Moment::Failed, Moment::Waiting, Moment::RolledBack],
            Self::Webhook => &Moment::ALL,
        }
    }

    /// Whether the program can choose the moments. A status has to be settled by whoever has set it.
    #[must_use]
    pub const fn chooses(self) -> bool {
        match self {
            Self::Status => false,
            Self::Slack | Self::Webhook => true,
        }
    }
}

/// A moment of a run: a word of `on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// The commit has been checked, and the builds begin.
    Started,
    /// An `approve` stage waits for an answer.
    Waiting,
    /// The run has ended well, or a newer commit has superseded it.
    Succeeded,
    /// The run has failed or was stopped.
    Failed,
    /// An environment runs again what it ran before.
    RolledBack,
}

choice!(Moment: Started = "started", Waiting = "waiting", Succeeded = "succeeded", Failed = "failed", RolledBack = "rolled-back");
