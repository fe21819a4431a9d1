//! The providers that a program can choose, and the words for them. What a provider does is in [`crate::providers`].

use super::choices::choice;

/// A router, which forwards requests to services: a word of `via`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Router {
    /// Traefik, with its own resource kinds.
    Traefik,
}

choice!(Router: Traefik = "traefik");

/// A host of git repositories: a block of `project`, which has one or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// GitHub, or GitHub Enterprise.
    GitHub,
    /// GitLab.
    GitLab,
    /// Gitea, or Forgejo.
    Gitea,
}

choice!(Host: GitHub = "github", GitLab = "gitlab", Gitea = "gitea");

impl Host {
    /// Whether a repository can be in a group of a group: `host/group/subgroup/name`.
    #[must_use]
    pub const fn nests(self) -> bool {
        match self {
            Self::GitLab => true,
            Self::GitHub | Self::Gitea => false,
        }
    }
}

/// The key of a Secret with the token of a host.
pub const TOKEN: &str = "token";
/// The key of a Secret with the secret that signs webhooks.
pub const WEBHOOK_SECRET: &str = "webhookSecret";
/// The key of a Secret with the client configuration for a registry.
pub const REGISTRY_CLIENT: &str = ".dockerconfigjson";

/// The keys of a Secret with the certificates for a builder elsewhere, as `buildctl --tlsdir` and cert-manager name them.
pub const BUILDER_TLS: [&str; 3] = ["ca.crt", "tls.crt", "tls.key"];

/// A builder of images. While there is only one, there is no word to choose it.
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

/// A provider of metrics: a block of `project`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metrics {
    /// Prometheus.
    Prometheus,
}

impl Metrics {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Prometheus];

    /// The word of its block, and of the attribute with which an analysis asks another server.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
        }
    }
}
