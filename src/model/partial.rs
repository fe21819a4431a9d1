//! Collections that may lack something because it could not be read.

use std::collections::BTreeSet;
use std::ops::Deref;

/// What was read of a collection. What is in it is certain. What is not in it is certainly not there only if it
/// [is complete](Self::is_complete): the rest could not be read, which was reported, and nothing is concluded from it.
#[derive(Debug, Clone, Default)]
pub struct Partial<T> {
    read: T,
    is_complete: bool,
}

impl<T> Partial<T> {
    /// What was read, and whether that is all.
    #[must_use]
    pub fn new(read: T, is_complete: bool) -> Self {
        Self { read, is_complete }
    }

    /// Whether everything was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// What was read, where that is all.
    #[must_use]
    pub fn complete(self) -> Option<T> {
        self.is_complete.then_some(self.read)
    }

    /// The same; complete only if this holds as well.
    #[must_use]
    pub fn complete_if(self, holds: bool) -> Self {
        Self { is_complete: self.is_complete && holds, ..self }
    }

    /// The same, of what another collection was made of it.
    #[must_use]
    pub fn map<U>(self, made: impl FnOnce(T) -> U) -> Partial<U> {
        Partial { read: made(self.read), is_complete: self.is_complete }
    }
}

impl<T> Deref for Partial<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.read
    }
}

impl Partial<BTreeSet<String>> {
    /// Whether the name is certainly not there.
    #[must_use]
    pub fn lacks(&self, name: &str) -> bool {
        self.is_complete && !self.read.contains(name)
    }
}

impl<'a, T> IntoIterator for &'a Partial<T>
where
    &'a T: IntoIterator,
{
    type Item = <&'a T as IntoIterator>::Item;
    type IntoIter = <&'a T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        self.read.into_iter()
    }
}
