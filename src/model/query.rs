//! What the text of a PromQL query says about its result, as far as the compiler needs it: how far it looks back,
//! whether it compares samples, and whether it returns series at all.

use super::text::{CanaryField, Segment, Text};
use super::{Analysis, Service};

/// Functions of Prometheus that compare readings: of a window with fewer than two they give nothing.
const COMPARING: &[&str] = &["rate(", "increase(", "delta(", "deriv(", "resets(", "changes("];

/// A range of a query: `[5m]`, or a subquery's `[5m:1m]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// As it is written, without the brackets.
    pub text: String,
    /// Seconds that it reaches back.
    pub seconds: u64,
    /// Whether it asks the query before it again and again, instead of taking the readings of a metric.
    pub subquery: bool,
}

impl Analysis {
    /// Whether the query asks for something that only the canary has.
    #[must_use]
    pub fn asks_for_the_canary(&self) -> bool {
        self.query.0.iter().any(|segment| matches!(segment, Segment::Canary(_)))
    }

    /// Whether the query asks for that property of the canary.
    #[must_use]
    pub fn uses(&self, field: CanaryField) -> bool {
        self.query.0.contains(&Segment::Canary(field))
    }

    /// Whether the query compares readings with one another.
    #[must_use]
    pub fn compares_readings(&self) -> bool {
        let text = code(&self.query);
        COMPARING.iter().any(|function| text.contains(function))
    }

    /// The ranges of the query, in their order.
    #[must_use]
    pub fn ranges(&self) -> Vec<Range> {
        let code = code(&self.query);
        let inside = code.split('[').skip(1).filter_map(|rest| rest.split_once(']')).map(|(inside, _)| inside.trim());
        let range = |text: &str| {
            let window = text.split(':').next().unwrap_or_default();
            Some(Range { text: text.to_owned(), seconds: seconds(window.trim())?, subquery: text.contains(':') })
        };
        inside.filter_map(range).collect()
    }

    /// Seconds from the first weight of a canary of these services to the first measurement.
    ///
    /// Until then the query would not see the canary alone. Between two deliveries the Service of a canary selects the
    /// stable pods (argo-rollouts, `rollout/service.go`), so a range that reaches back before the first weight is mostly
    /// one of the old version; and of the canary itself Prometheus does not have two samples yet. So the canary exists for as
    /// long as the query looks back, and at least for two samples of its metrics, before the first measurement.
    #[must_use]
    pub fn first_question(&self, services: &[Service]) -> u64 {
        if !self.asks_for_the_canary() {
            return self.every;
        }
        let ranges = self.ranges();
        let readings = ranges.iter().filter(|range| !range.subquery).map(|range| range.seconds).max().unwrap_or(0);
        let again: u64 = ranges.iter().filter(|range| range.subquery).map(|range| range.seconds).sum();
        let read =
            services.iter().filter_map(|service| service.metrics.as_ref()).map(|metrics| 2 * metrics.every).max();
        let read = read.filter(|_| self.uses(CanaryField::Metrics)).unwrap_or(0);
        (readings + again).max(read) + self.every
    }

    /// Seconds from the first weight of a canary of these services to the measurement that can end it.
    #[must_use]
    pub fn can_fail_after(&self, services: &[Service]) -> u64 {
        self.first_question(services) + self.every * u64::from(self.tolerate)
    }
}

/// The text of a query without strings and comments. A property of the canary is replaced by `_`.
fn code(query: &Text) -> String {
    let text: String =
        query.0.iter().map(|segment| if let Segment::Literal(text) = segment { text } else { "_" }).collect();
    let mut code = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' | '\'' | '`' => {
                while let Some(inside) = letters.next().filter(|inside| *inside != letter) {
                    if inside == '\\' && letter != '`' {
                        letters.next();
                    }
                }
                code.push_str("\"\"");
            }
            '#' => {
                let _ = letters.by_ref().find(|letter| *letter == '\n');
                code.push('\n');
            }
            letter => code.push(letter),
        }
    }
    code
}

/// Functions of Prometheus whose value is a number alone.
const SCALARS: &[&str] = &["scalar", "time", "pi"];

/// Whether the answer to a query is a number alone, and not a list of series with a number each. An expression of numbers
/// is one, and nothing else is.
pub(super) fn gives_a_scalar(query: &Text) -> bool {
    is_scalar(&code(query)) == Some(true)
}

/// Whether an expression is a scalar; nothing where its brackets do not match or it has nothing in it.
fn is_scalar(code: &str) -> Option<bool> {
    let mut rest = code.trim_start();
    let mut found = None;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|letter: char| !letter.is_alphanumeric() && !"_:.".contains(letter)).unwrap_or(rest.len());
        let after = rest[word..].trim_start();
        rest = match first {
            '(' => {
                let (inside, after) = in_brackets(rest)?;
                found = Some(is_scalar(inside)?);
                after
            }
            letter if letter.is_ascii_digit() || letter == '.' => {
                found = Some(true);
                after
            }
            letter if letter.is_alphabetic() || letter == '_' => {
                let name = &rest[..word];
                let number = ["inf", "nan"].contains(&name.to_lowercase().as_str());
                let calls = SCALARS.contains(&name) && after.starts_with('(');
                match (name, calls) {
                    ("bool", _) => after,
                    (_, true) => {
                        found = Some(true);
                        in_brackets(after)?.1
                    }
                    _ if number => {
                        found = Some(true);
                        after
                    }
                    _ => return Some(false),
                }
            }
            letter if "+-*/%^=!<>".contains(letter) => &rest[1..],
            _ => return Some(false),
        }
        .trim_start();
        if found == Some(false) {
            break;
        }
    }
    found
}

/// The contents of the brackets at the start of a text, and what follows them.
fn in_brackets(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_u32;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[1..at], &text[at + 1..]));
        }
    }
    None
}

/// A duration of PromQL, `1h30m` or `90`, in seconds.
fn seconds(text: &str) -> Option<u64> {
    if let Ok(seconds) = text.parse() {
        return Some(seconds).filter(|seconds| *seconds > 0);
    }
    let mut rest = text;
    let mut milliseconds = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).filter(|digits| *digits > 0)?;
        let number: u64 = rest[..digits].parse().ok()?;
        let letters =
            rest[digits..].find(|letter: char| letter.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
        let factor = match &rest[digits..letters] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 7 * 86_400_000,
            "y" => 365 * 86_400_000,
            _ => return None,
        };
        milliseconds = milliseconds.saturating_add(number.saturating_mul(factor));
        rest = &rest[letters..];
    }
    (milliseconds > 0).then(|| milliseconds.div_ceil(1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Bound;
    use crate::source::{Span, Spanned};

    /// An analysis with a query in which `@` is the label of the canary's metrics.
    fn analysis(query: &str) -> Analysis {
        let mut text = Text::default();
        for (at, part) in query.split('@').enumerate() {
            if at > 0 {
                text.push(Segment::Canary(CanaryField::Metrics));
            }
            text.push(Segment::Literal(part.to_owned()));
        }
        Analysis {
            name: Spanned::new("errors".into(), Span::nowhere()),
            query: text,
            bound: Bound::AtMost("1".into()),
            every: 10,
            tolerate: 3,
            pass_without_data: false,
            provider: crate::schema::providers::Metrics::Prometheus,
            address: "http://prometheus:9090".into(),
        }
    }

    #[test]
    fn a_query_is_asked_when_the_canary_has_been_there_for_as_long_as_it_looks_back() {
        for (query, first) in [
            ("sum(rate(errors{service=\"@\"}[1m]))", 70),
            ("rate(a{service=\"@\"}[1h30m]) / rate(b{service=\"@\"}[5m])", 5410),
            ("max_over_time(rate(a{service=\"@\"}[1m])[5m:10s])", 370),
            ("errors{service=\"@\"}", 10),
            // It is asked about all pods, of which there were some before.
            ("sum(rate(errors[1h]))", 10),
            // Neither a pattern nor a comment looks back.
            ("sum(x{service=\"@\", pod=~\"[9h]\\\"[8h]\", path=~'[7h]'}) # over [2h]", 10),
            ("x{service=\"@\"}[90s] offset 1d", 100),
            ("x{service=\"@\"}[1500ms]", 12),
            ("rate(x{service=\"@\"}[ 300 ])", 310),
            ("x{service=\"@\"}[$__interval]", 10),
        ] {
            assert_eq!(analysis(query).first_question(&[]), first, "{query}");
        }
    }

    #[test]
    fn a_query_without_series_is_known() {
        for query in [
            "1",
            "-.5",
            "time()",
            "scalar(sum(x{a=\"(\"}))",
            "(1 + scalar(x)) * 2e3 ^ pi()",
            "1 > bool 0",
            "-Inf",
            "scalar(x) # of (all\n / 2",
            "((time()))",
        ] {
            assert!(gives_a_scalar(&analysis(query).query), "{query}");
        }
        for query in [
            "x",
            "sum(rate(errors{service=\"@\"}[1m]))",
            "1 - x",
            "scalar(x) * y",
            "vector(1)",
            "{a=\"b\"}",
            "time",
            "",
            "(x)",
            "scalar",
            "1 + (2 * x)",
            "x / scalar(y)",
            "time() - x{a=\"b\"}",
            "(",
            "scalar(x",
            "rate(x[5m])",
            "info:x",
        ] {
            assert!(!gives_a_scalar(&analysis(query).query), "{query}");
        }
    }
}
