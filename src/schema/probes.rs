//! The probes of a container, and the words for them.

/// A probe: what the kubelet does with a container according to its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Requests are sent to the pod as long as it succeeds.
    Ready,
    /// The container is restarted when it fails.
    Live,
    /// The other probes wait until it has succeeded once.
    Start,
}

impl ProbeKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ready, Self::Live, Self::Start];
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
            Self::Ready => "ready",
            Self::Live => "live",
            Self::Start => "start",
        }
    }

    /// The probe of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|probe| probe.word() == word)
    }
}
