//! What the compiler tells its user: diagnostics as plain data. Printing them is the business of `render` below here.

pub(crate) mod catalogue;
pub mod code;
pub mod paint;
pub mod render;
pub mod suggest;
pub mod verdict;
pub mod visible;

pub use code::Code;

use crate::source::{Span, Spanned};
use crate::words;
use std::collections::BTreeSet;

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is compiled.
    Error,
    /// Compiled, but regrettable.
    Warning,
}

/// A place that belongs to a diagnostic, with a few words of what is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there; may be empty for the primary label.
    pub text: String,
}

/// A change of the source that removes the diagnostic for certain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// What the change does: "write `image`".
    pub title: String,
    /// Ranges and the text that replaces them; they do not overlap.
    pub edits: Vec<(Span, String)>,
}

/// A diagnostic: what is wrong, where, and how to fix it. Each message can be understood without the labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// One clause in lower case, with user text in backticks: the fact.
    pub message: String,
    /// Where the error is.
    pub primary: Label,
    /// Other places that matter.
    pub secondary: Vec<Label>,
    /// What to do, each line an imperative.
    pub help: Vec<String>,
    /// A change that is certain.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A diagnostic with its code, place and message.
    #[must_use]
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        let primary = Label { span, text: String::new() };
        Self { code, message: message.into(), primary, secondary: Vec::new(), help: Vec::new(), fix: None }
    }

    /// Words under the primary place.
    #[must_use]
    pub fn here(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Another place that matters.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// A line that says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// A certain change: replaces `span` by `text`.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { title: title.into(), edits: vec![(span, text.into())] });
        self
    }

    /// A certain change: removes one of several values, with the `, ` that separates it from a neighbour. If there is
    /// more between them, such as comments, there is no fix.
    #[must_use]
    pub fn take_out(self, span: Span, before: Option<Span>, after: Option<Span>) -> Self {
        let near = |first: Span, second: Span| {
            first.source == second.source && first.end <= second.start && second.start - first.end <= 2
        };
        let whole = match (before, after) {
            (_, Some(after)) if near(span, after) => Span { end: after.start, ..span },
            (Some(before), _) if near(before, span) => Span { start: before.end, ..span },
            _ => return self,
        };
        self.fix("remove it", whole, "")
    }

    /// Adds what an unknown word may have meant, as help and, where that is certain, as a fix; or else which words are
    /// available. `one` and `many` are what the words name. A keyword that is near is certain; user-defined names are
    /// often alike and mean different things.
    #[must_use]
    pub fn unknown(self, (one, many): (&str, &str), word: &Spanned<String>, known: &[&str], are: Known) -> Self {
        let Some(near) = suggest::nearest(&word.value, known.iter().copied()) else {
            let mut seen = BTreeSet::new();
            let known: Vec<_> = known.iter().filter(|word| seen.insert(**word)).collect();
            return self.help(match known.len() {
                0 => format!("remove it: there are no {many} here"),
                1..=LISTED => format!("available {many}: {}", words::in_backticks(&known)),
                _ => format!("available {many}: {}", words::first_in_backticks(&known, LISTED - 2)),
            });
        };
        let diagnostic = self.help(suggest::similar(one, near));
        let is_certain = match are {
            Known::Keywords => true,
            Known::Names => suggest::is_slip(&word.value, near),
        };
        if is_certain { diagnostic.fix(format!("write `{near}`"), word.span, near) } else { diagnostic }
    }

    /// The severity, which is the code's.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// How many words a help lists; of more, the first ones.
const LISTED: usize = 12;

/// What the known words are to which an unknown one is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Words of the language.
    Keywords,
    /// Names that users define.
    Names,
}

/// Collects the diagnostics of a run.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
}

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.severity() == Severity::Error);
        self.list.push(diagnostic);
    }

    /// Adds all of another run.
    pub fn append(&mut self, other: Self) {
        self.errors += other.errors;
        self.list.extend(other.list);
    }

    /// Whether one of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// The number of errors so far: what is built while it stays the same is complete.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Whether one of them has that code.
    #[must_use]
    pub fn has(&self, code: Code) -> bool {
        self.first(code).is_some()
    }

    /// The first that has that code.
    #[must_use]
    pub fn first(&self, code: Code) -> Option<&Diagnostic> {
        self.list.iter().find(|diagnostic| diagnostic.code == code)
    }

    /// All, in the order of the source. What was found more than once (in two targets or environments, say) is there
    /// once: the one that shows the most places.
    #[must_use]
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        fn said(report: &Diagnostic) -> (Span, Code, &str) {
            (report.primary.span, report.code, &report.message)
        }
        self.list.sort_by(|a, b| {
            let most_places = || b.secondary.len().cmp(&a.secondary.len());
            let rest = || (&a.secondary, &a.help).cmp(&(&b.secondary, &b.help));
            said(a).cmp(&said(b)).then_with(most_places).then_with(rest)
        });
        self.list.dedup_by(|a, b| said(a) == said(b));
        self.list
    }
}
