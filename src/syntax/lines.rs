//! Top-level lines of a file → those that an error spoils. Such a line extends to the end of everything open in
//! it, so what is outside can be read, and rewritten, independently.

use crate::source::{SourceFile, SourceId, Span};

/// The walk over the lines.
pub(super) struct Lines<'a> {
    text: &'a str,
    /// Where each line begins, the one that is read now included.
    starts: Vec<usize>,
    /// Where the broken text begins that this line ends, if there is one.
    broken_from: Option<usize>,
    /// What is broken: from the begin of a line to the end of one, apart from each other.
    broken: Vec<std::ops::Range<usize>>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(file: &'a SourceFile) -> Self {
        Self { text: file.text(), starts: vec![0], broken_from: None, broken: Vec::new() }
    }

    /// From the line of this byte on, up to the end of this line, the text is broken.
    pub(super) fn broken_from(&mut self, at: usize) {
        let from = self.starts[self.starts.partition_point(|&start| start <= at) - 1];
        self.broken_from = Some(self.broken_from.map_or(from, |before| before.min(from)));
    }

    /// A line ends before this byte.
    pub(super) fn end(&mut self, at: usize) {
        if let Some(mut from) = self.broken_from.take() {
            // Blank lines between broken ones are part of what cannot be read.
            while let Some(before) =
                self.broken.pop_if(|before| before.end >= from || self.text[before.end..from].trim().is_empty())
            {
                from = from.min(before.start);
            }
            self.broken.push(from..at);
        }
        self.starts.push(at);
    }

    /// All that is broken, in order.
    pub(super) fn broken(mut self, source: SourceId) -> Vec<Span> {
        self.end(self.text.len());
        // A carriage return alone begins a line that is not counted, and braces are told apart by the indent of lines.
        if !self.broken.is_empty() && self.text.replace("\r\n", "\n").contains('\r') {
            let whole = Span::new(source, 0..self.text.len());
            return vec![whole];
        }
        self.broken.into_iter().map(|range| Span::new(source, range)).collect()
    }
}
