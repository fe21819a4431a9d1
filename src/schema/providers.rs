//! What a program chooses among, and the words by which it does: a row for each provider. What a provider does is in
//! [`crate::providers`], which names each of them as well.

/// What leads requests to services: the words of `via`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Router {
    /// Traefik, by its own kinds.
    Traefik,
}

impl Router {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Traefik];
    /// Their words.
    pub const WORDS: [&'static str; Self::ALL.len()] = {
        let mut words = [""; Self::ALL.len()];
        let mut at = 0;
        while at < words.len() {
            words[at] = Self::ALL[at].word();
            at += 1;
        }
        words
    };

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Traefik => "traefik",
        }
    }

    /// The router of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|router| router.word() == word)
    }
}

/// Where repositories are: each is a block of `project`, which has one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// GitHub.
    GitHub,
}

impl Host {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::GitHub];

    /// The word of its block.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::GitHub => "github",
        }
    }
}

/// The key of a Secret that holds the token of a host.
pub const TOKEN: &str = "token";
/// The key of a Secret that holds what signs the webhooks of a host.
pub const WEBHOOK_SECRET: &str = "webhookSecret";
/// The key of a Secret that holds how a client speaks to a registry.
pub const REGISTRY_CLIENT: &str = ".dockerconfigjson";

/// What builds images. There is nothing to choose as long as there is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Builder {
    /// BuildKit, rootless.
    #[default]
    BuildKit,
}

impl Builder {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::BuildKit];
}

/// What measures: each is a block of `project`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metrics {
    /// Prometheus.
    Prometheus,
}

impl Metrics {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Prometheus];

    /// The word of its block, and of the attribute of an analysis that asks another one.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
        }
    }
}
