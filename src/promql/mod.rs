//! PromQL: the text of a query → its expression with types, or what Prometheus would refuse, with its place.
//!
//! The crates that parse PromQL give neither the place of an error nor those of expressions, so the grammar is here. The
//! tests compare its verdicts with those of `promql-parser`, which is a translation of Prometheus' own parser.

mod fault;
mod functions;
mod grammar;
mod parse;
mod scan;
mod string;
mod types;

pub use fault::Fault;
pub use parse::parse;
pub use types::Type;

use std::ops::Range;

/// An expression, and its bytes in the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Its place.
    pub range: Range<usize>,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `0.5`
    Number,
    /// `"text"`
    Text,
    /// `metric{label="value"}`; whether it names a metric or compares a label with something that is not empty.
    Selector {
        /// Whether it restricts what it selects.
        restricts: bool,
    },
    /// `of[5m]`
    Window {
        /// What is selected.
        of: Box<Expr>,
        /// The range.
        window: Window,
    },
    /// `of[5m:1m]`
    Subquery {
        /// What is asked again and again.
        of: Box<Expr>,
        /// The range.
        window: Window,
    },
    /// `rate(…)`
    Call {
        /// The function.
        function: Name,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
    /// `sum by (label) (…)`
    Aggregation {
        /// The operator.
        operator: Name,
        /// Its arguments; the last one is aggregated.
        arguments: Vec<Expr>,
    },
    /// `left + right`
    Binary {
        /// The operator.
        operator: Operator,
        /// Its place, with its modifiers.
        place: Range<usize>,
        /// Whether it has the modifier `bool`.
        is_bool: bool,
        /// Whether it has `on`, `ignoring` or what follows them.
        matches: bool,
        /// Its left side.
        left: Box<Expr>,
        /// Its right side.
        right: Box<Expr>,
    },
    /// `-of`
    Signed(Box<Expr>),
    /// `(of)`
    Paren(Box<Expr>),
}

/// A name, and its bytes in the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Its place.
    pub range: Range<usize>,
}

/// How far an expression looks back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// As it is written, without the brackets.
    pub text: String,
    /// Seconds, rounded up.
    pub seconds: u64,
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `and`, `or`, `unless`
    Set,
    /// `==`, `<` and so on.
    Comparison,
    /// `+`, `*` and so on.
    Arithmetic,
}

impl Expr {
    /// The expressions of which it is made.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        let (boxed, list): ([Option<&Self>; 2], &[Self]) = match &self.kind {
            Kind::Number | Kind::Text | Kind::Selector { .. } => ([None, None], &[]),
            Kind::Window { of, .. } | Kind::Subquery { of, .. } | Kind::Signed(of) | Kind::Paren(of) => {
                ([Some(of), None], &[])
            }
            Kind::Call { arguments, .. } | Kind::Aggregation { arguments, .. } => ([None, None], arguments),
            Kind::Binary { left, right, .. } => ([Some(left), Some(right)], &[]),
        };
        boxed.into_iter().flatten().chain(list)
    }

    /// Calls a function with it and everything in it, in their order.
    pub fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Self)) {
        see(self);
        self.parts().for_each(|part| part.visit(see));
    }

    /// It without the parentheses around it.
    #[must_use]
    pub fn bare(&self) -> &Self {
        match &self.kind {
            Kind::Paren(of) => of.bare(),
            _ => self,
        }
    }
}
