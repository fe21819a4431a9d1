//! What starts a pipeline.

use super::value::{self, Bad, Pattern, Read, reference_name};
use crate::schema::triggers::TriggerKind;
use crate::source::{Span, Spanned};

/// What starts a pipeline: one or several kinds of events, each at most once.
#[derive(Debug, Clone, Default)]
pub struct Triggers(pub Vec<Trigger>);

/// A kind of event that starts a pipeline.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// A push.
    Push(OnPush),
    /// A new tag.
    Tag(OnTag),
    /// A point in time.
    Schedule(OnSchedule),
    /// A pull request.
    PullRequest(OnPullRequest),
}

/// A push.
#[derive(Debug, Clone)]
pub struct OnPush {
    /// The branches.
    pub branch: RefPattern,
    /// Patterns, one of which a changed file must match.
    pub paths: Vec<Spanned<Pattern>>,
    /// Patterns of files that do not count.
    pub except: Vec<Spanned<Pattern>>,
    /// Where it is written.
    pub span: Span,
}

/// A new tag.
#[derive(Debug, Clone)]
pub struct OnTag {
    /// The names.
    pub pattern: RefPattern,
    /// The branch that must contain the commit.
    pub branch: String,
    /// Where it is written.
    pub span: Span,
}

/// A point in time: the head of a branch is delivered.
#[derive(Debug, Clone)]
pub struct OnSchedule {
    /// Five fields.
    pub cron: String,
    /// The time zone.
    pub timezone: String,
    /// The branch.
    pub branch: String,
    /// Where it is written.
    pub span: Span,
}

/// A pull request of the repository itself; one of a fork starts nothing.
#[derive(Debug, Clone)]
pub struct OnPullRequest {
    /// The branches to merge into.
    pub base: RefPattern,
    /// The label that it must have.
    pub label: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// The name of a branch or a tag, or a pattern of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefPattern(String);

impl RefPattern {
    /// Reads a name, or a pattern: `*` matches anything within a part of a name, `**` anything across parts, as in the
    /// filters of GitHub Actions (docs.github.com, "Workflow syntax", "Filter pattern cheat sheet").
    ///
    /// # Errors
    /// When nothing could match it.
    pub fn read(text: &str) -> Read<Self> {
        if let Some(rest) = text.strip_prefix("refs/heads/").or_else(|| text.strip_prefix("refs/tags/")) {
            return Err(Bad::new("is a full ref", format!("write `{rest}`")));
        }
        if let Some(sign) = text.chars().find(|c| "[?{}".contains(*c)) {
            let help = "write `*` for anything within a part of the name, `**` for anything across parts";
            return Err(Bad::new(
                format!("contains `{sign}`, which patterns of branches and tags do not support"),
                help,
            ));
        }
        if text.contains('*') {
            Pattern::read(text)?;
            reference_name(&text.replace('*', "x"))?;
        } else {
            value::branch(text)?;
        }
        Ok(Self(text.to_owned()))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, if there is only one.
    #[must_use]
    pub fn exact(&self) -> Option<&str> {
        (!self.0.contains('*')).then_some(self.0.as_str())
    }

    /// As anchored Lua patterns of names behind a folder of refs, one of which matches whenever this pattern does.
    #[must_use]
    pub fn lua(&self, folder: &str) -> Vec<String> {
        Pattern::read(&format!("{folder}{}", self.0)).map(|pattern| pattern.lua()).unwrap_or_default()
    }
}

impl Triggers {
    /// The push, if it is one of them.
    #[must_use]
    pub fn push(&self) -> Option<&OnPush> {
        self.0.iter().find_map(|trigger| match trigger {
            Trigger::Push(push) => Some(push),
            Trigger::Tag(_) | Trigger::Schedule(_) | Trigger::PullRequest(_) => None,
        })
    }

    /// The schedule, if it is one of them.
    #[must_use]
    pub fn schedule(&self) -> Option<&OnSchedule> {
        self.0.iter().find_map(|trigger| match trigger {
            Trigger::Schedule(schedule) => Some(schedule),
            Trigger::Push(_) | Trigger::Tag(_) | Trigger::PullRequest(_) => None,
        })
    }

    /// The pull request, if it is one of them.
    #[must_use]
    pub fn pull_request(&self) -> Option<&OnPullRequest> {
        self.0.iter().find_map(|trigger| match trigger {
            Trigger::PullRequest(pull) => Some(pull),
            Trigger::Push(_) | Trigger::Tag(_) | Trigger::Schedule(_) => None,
        })
    }

    /// Those of which the git host tells, in order.
    pub fn told(&self) -> impl Iterator<Item = &Trigger> {
        self.0.iter().filter(|trigger| trigger.is_told())
    }

    /// Whether a run may be one of a tag.
    #[must_use]
    pub fn has_tag(&self) -> bool {
        self.0.iter().any(|trigger| matches!(trigger, Trigger::Tag(_)))
    }

    /// Whether a run may be of code that is not merged.
    #[must_use]
    pub fn has_pull_request(&self) -> bool {
        self.0.iter().any(|trigger| matches!(trigger, Trigger::PullRequest(_)))
    }

    /// Whether a run may have to find its commit: that of a tag, or the head of a branch.
    #[must_use]
    pub fn finds_commit(&self) -> bool {
        self.has_tag() || self.schedule().is_some()
    }

    /// Whether a run is given more than its commit.
    #[must_use]
    pub fn has_arguments(&self) -> bool {
        self.has_tag() || self.branch().is_none()
    }

    /// The branch of every run, if it is always the same.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        let mut branches = self.0.iter().map(Trigger::branch);
        let first = branches.next()??;
        branches.all(|branch| branch == Some(first)).then_some(first)
    }

    /// The branch that stands for all of them: of an app that no run has delivered yet, or of a run by hand.
    #[must_use]
    pub fn usual_branch(&self) -> Option<&str> {
        self.0.iter().find_map(Trigger::branch)
    }
}

impl Trigger {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> TriggerKind {
        match self {
            Self::Push(_) => TriggerKind::Push,
            Self::Tag(_) => TriggerKind::Tag,
            Self::Schedule(_) => TriggerKind::Schedule,
            Self::PullRequest(_) => TriggerKind::PullRequest,
        }
    }

    /// Its word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.kind().word()
    }

    /// Whether the git host tells of it.
    #[must_use]
    pub fn is_told(&self) -> bool {
        match self {
            Self::Push(_) | Self::Tag(_) | Self::PullRequest(_) => true,
            Self::Schedule(_) => false,
        }
    }

    /// The branch of its runs, if it is always the same.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Push(push) => push.branch.exact(),
            Self::Tag(OnTag { branch, .. }) | Self::Schedule(OnSchedule { branch, .. }) => Some(branch),
            Self::PullRequest(_) => None,
        }
    }

    /// Where it is written.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Push(OnPush { span, .. })
            | Self::Tag(OnTag { span, .. })
            | Self::Schedule(OnSchedule { span, .. })
            | Self::PullRequest(OnPullRequest { span, .. }) => *span,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_names_that_could_be() {
        for good in ["main", "release/*", "release/**", "v*", "v[0]".trim_end_matches("[0]"), "@scope/x@*", "**"] {
            assert!(RefPattern::read(good).is_ok(), "{good}");
        }
        for wrong in
            ["", "refs/heads/*", "release/", "/x*", "a*..b", "*.lock", "-*", "x y*", "v[0-9]*", "v?*", "a{{*", "é*"]
        {
            assert!(RefPattern::read(wrong).is_err(), "{wrong}");
        }
        let lua = RefPattern::read("release/*").expect("a pattern").lua("refs/heads/");
        assert_eq!(lua, ["^refs/heads/release/[^/]*$"]);
    }
}
