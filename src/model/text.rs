//! Values that are completed only in a run.

use super::ImageId;
use crate::source::Spanned;

/// Text, some of whose pieces are known only in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(pub Vec<Segment>);

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Known now.
    Literal(String),
    /// The namespace of an ephemeral environment.
    Namespace,
    /// A property of an image.
    Image(ImageId, ImageField),
    /// A property of the run.
    Run(RunField),
    /// A property of the canary, in the query of an analysis.
    Canary(CanaryField),
    /// A key of a secret, in the value of a variable of a container.
    Secret {
        /// The key.
        key: SecretKey,
        /// The variable before it that holds the key, so that the value itself is in no manifest.
        variable: String,
    },
}

/// How the names of variables begin that hold a secret for another variable.
pub(super) const SECRET_VARIABLE: &str = "PIPELINEC_SECRET_";

/// A key of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretKey {
    /// The secret.
    pub secret: String,
    /// The key.
    pub key: String,
}

/// A property of an image in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImageField {
    /// `repository@digest`
    Reference,
    /// With the registry's host.
    Repository,
    /// Its tag.
    Tag,
    /// `sha256:…`
    Digest,
}

impl ImageField {
    /// Its name, in the language and in a run's data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Repository => "repository",
            Self::Tag => "tag",
            Self::Digest => "digest",
        }
    }

    /// The property of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Reference, Self::Repository, Self::Tag, Self::Digest].into_iter().find(|field| field.name() == name)
    }
}

/// A property of the run that delivered an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunField {
    /// The version.
    Version,
    /// The commit.
    Sha,
    /// Its first 7 digits, only in the tag of an image from a CI: the length that docker/metadata-action chooses.
    Sha7,
    /// Its first 8 digits, likewise: the length of GitLab's `CI_COMMIT_SHORT_SHA`.
    Sha8,
    /// The branch.
    Branch,
    /// The tag.
    Tag,
    /// The commit's page.
    Url,
    /// The page of the run, which only the run itself knows.
    WorkflowUrl,
}

impl RunField {
    /// Its name in the language.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Sha => "sha",
            Self::Sha7 => "sha7",
            Self::Sha8 => "sha8",
            Self::Branch => "branch",
            Self::Tag => "tag",
            Self::Url => "url",
            Self::WorkflowUrl => "workflow-url",
        }
    }

    /// The property of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        const ALL: [RunField; 8] = [
            RunField::Version,
            RunField::Sha,
            RunField::Sha7,
            RunField::Sha8,
            RunField::Branch,
            RunField::Tag,
            RunField::Url,
            RunField::WorkflowUrl,
        ];
        ALL.into_iter().find(|field| field.name() == name)
    }

    /// Whether it names the commit.
    #[must_use]
    pub fn is_of_commit(self) -> bool {
        match self {
            Self::Sha | Self::Sha7 | Self::Sha8 => true,
            Self::Version | Self::Branch | Self::Tag | Self::Url | Self::WorkflowUrl => false,
        }
    }

    /// Whether only the tag of an image from a CI can contain it.
    pub(super) fn is_of_tags(self) -> bool {
        matches!(self, Self::Sha7 | Self::Sha8)
    }
}

/// A property of a canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CanaryField {
    /// The name of the canary's Service.
    Service,
    /// The value of the label `service` of its metrics.
    Metrics,
    /// The hash of its pod template.
    Hash,
}

impl CanaryField {
    /// Its name in the language.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Metrics => "metrics",
            Self::Hash => "hash",
        }
    }

    /// The property of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Service, Self::Metrics, Self::Hash].into_iter().find(|field| field.name() == name)
    }
}

impl Text {
    /// Literal text.
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![Segment::Literal(text.into())])
    }

    /// The text, if all of it is known now.
    #[must_use]
    pub fn known(&self) -> Option<String> {
        self.0
            .iter()
            .map(|segment| match segment {
                Segment::Literal(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Adds a piece; neighbouring literals become one.
    pub fn push(&mut self, segment: Segment) {
        if let (Segment::Literal(more), Some(Segment::Literal(text))) = (&segment, self.0.last_mut()) {
            text.push_str(more);
            return;
        }
        self.0.push(segment);
    }

    /// The keys of secrets in it, each once, with the variable that holds it.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &SecretKey)> {
        self.0.iter().enumerate().filter_map(|(at, segment)| match segment {
            Segment::Secret { key, variable } if !self.0[..at].contains(segment) => Some((variable.as_str(), key)),
            _ => None,
        })
    }

    /// Whether it has several lines and the first one begins with a tab. Kustomize writes that as a block which it cannot
    /// read back itself, once it has patched anything else in the object.
    #[must_use]
    pub fn begins_with_a_tab(&self) -> bool {
        let literal = |segment: &Segment| matches!(segment, Segment::Literal(text) if text.contains('\n'));
        matches!(self.0.first(), Some(Segment::Literal(text)) if text.starts_with('\t')) && self.0.iter().any(literal)
    }

    /// Whether it is completed only in a run, by something else than the namespace, which a pod knows by itself.
    #[must_use]
    pub fn needs_run(&self) -> bool {
        self.0.iter().any(|segment| !matches!(segment, Segment::Literal(_) | Segment::Namespace))
    }
}

/// The first character of a text that does not arrive as it is. Argo CD and Kustomize read and write it as YAML: a control
/// character ends the reading or becomes another one, a line separator takes the spaces beside it away. And no container
/// starts with a NUL in a variable.
#[must_use]
pub fn stranger(text: &str) -> Option<char> {
    let bad = |c: &char| match c {
        '\n' | '\r' | '\t' => false,
        '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' => true,
        c => c.is_control(),
    };
    text.chars().find(bad)
}

/// The value of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvValue {
    /// A text.
    Text(Text),
    /// A key of a secret.
    Secret(SecretKey),
}

impl EnvValue {
    /// The keys of secrets in it.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretKey> {
        let (whole, text) = match self {
            Self::Secret(key) => (Some(key), None),
            Self::Text(text) => (None, Some(text)),
        };
        whole.into_iter().chain(text.into_iter().flat_map(|text| text.secrets().map(|(_, key)| key)))
    }
}

/// The values of a chart, or the fields of a patch: by key, each key once.
pub type Settings = Vec<(Spanned<String>, Spanned<Setting>)>;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// A text.
    Text(Text),
    /// A number, as it is written.
    Number(String),
    /// True or false.
    Bool(bool),
    /// A list.
    List(Vec<Spanned<Setting>>),
    /// A map.
    Map(Settings),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::variables::{IMAGE, fields};

    #[test]
    fn whatever_can_be_asked_is_known_by_its_name() {
        assert!(IMAGE.iter().all(|field| ImageField::named(field.name).is_some()));
        assert!(fields("run").iter().all(|field| RunField::named(field.name).is_some()));
        assert!(fields("canary").iter().all(|field| CanaryField::named(field.name).is_some()));
        assert_eq!((fields("run").len(), fields("canary").len(), IMAGE.len()), (8, 3, 3));
    }
}
