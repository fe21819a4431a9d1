//! The Pod Security level of a namespace, as Kubernetes defines them
//! (<https://kubernetes.io/docs/concepts/security/pod-security-standards/>).

/// What pods of a namespace may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PodSecurity {
    /// Anything.
    Privileged,
    /// Nothing that is known to lead to more privileges.
    Baseline,
    /// What a hardened pod needs, and nothing else.
    Restricted,
}

impl PodSecurity {
    /// All of them, in the order of [`Self::WORDS`].
    pub const ALL: [Self; 3] = [Self::Privileged, Self::Baseline, Self::Restricted];
    /// Their words in the language and in the labels of a namespace.
    pub const WORDS: [&'static str; 3] = ["privileged", "baseline", "restricted"];

    /// The one of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::WORDS.iter().position(|known| *known == word).map(|at| Self::ALL[at])
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }

    /// Whether pods may run as root.
    #[must_use]
    pub fn allows_root(self) -> bool {
        match self {
            Self::Privileged | Self::Baseline => true,
            Self::Restricted => false,
        }
    }
}
