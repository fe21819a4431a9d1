//! The parts of a block that could not be read. They are already reported, so nothing is reported as missing because of
//! them.

/// The keywords that a block may contain although none was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// These: they are written in an invalid form, or similar to a misspelt word.
    Words(Vec<&'static str>),
    /// Any: a part of the block is not a valid item.
    Anything,
}

impl Default for Unread {
    fn default() -> Self {
        Self::Words(Vec::new())
    }
}

impl Unread {
    /// Whether the word may be written there.
    #[must_use]
    pub fn may_be(&self, word: &str) -> bool {
        match self {
            Self::Words(words) => words.contains(&word),
            Self::Anything => true,
        }
    }

    /// Whether everything was read.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Words(words) => words.is_empty(),
            Self::Anything => false,
        }
    }

    /// Adds a word.
    pub fn add(&mut self, word: &'static str) {
        match self {
            Self::Words(words) => words.push(word),
            Self::Anything => {}
        }
    }

    /// Adds what could not be read of another block.
    pub fn join(&mut self, other: &Self) {
        match other {
            Self::Words(words) => words.iter().for_each(|word| self.add(word)),
            Self::Anything => *self = Self::Anything,
        }
    }
}

impl Extend<&'static str> for Unread {
    fn extend<I: IntoIterator<Item = &'static str>>(&mut self, words: I) {
        words.into_iter().for_each(|word| self.add(word));
    }
}
