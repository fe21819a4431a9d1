//! Attributes whose values are words, each of which means something to the compiler.

/// Gives an enum its words: what has a word here has it everywhere, and what has none does not compile.
macro_rules! choice {
    ($name:ident: $($variant:ident = $word:literal),+ $(,)?) => {
        impl $name {
            /// All of them, in the order in which they are listed.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];
            /// Their words.
            pub const WORDS: [&'static str; Self::ALL.len()] = [$($word),+];

            /// Its word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The one of that word.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|known| known.word() == word)
            }
        }
    };
}

pub(super) use choice;

/// What happens if it is time to run a cron job and the previous run has not ended: a word of `concurrency`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concurrency {
    /// There is no new run.
    Forbid,
    /// Both run.
    Allow,
    /// The one before is stopped.
    Replace,
}

choice!(Concurrency: Forbid = "forbid", Allow = "allow", Replace = "replace");

/// What pods of a namespace may do: a word of `pod-security`, and the value of the label of the namespace
/// (<https://kubernetes.io/docs/concepts/security/pod-security-standards/>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodSecurity {
    /// What a hardened pod needs, and nothing else.
    Restricted,
    /// Nothing that is known to lead to more privileges.
    Baseline,
    /// Anything.
    Privileged,
}

choice!(PodSecurity: Restricted = "restricted", Baseline = "baseline", Privileged = "privileged");

impl PodSecurity {
    /// Whether pods may run as root.
    #[must_use]
    pub fn allows_root(self) -> bool {
        match self {
            Self::Privileged | Self::Baseline => true,
            Self::Restricted => false,
        }
    }
}

/// What a webhook is registered for at a git host: a word of `hook`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// One for each repository.
    Repository,
    /// One for all repositories of an organization, or of a group.
    Organization,
}

choice!(Hook: Repository = "repository", Organization = "organization");

/// What the pods of a service are spread over: a word of `spread`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Zones of the cluster.
    Zone,
    /// Nodes.
    Node,
}

choice!(Spread: Zone = "zone", Node = "node");
