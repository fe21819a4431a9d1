//! A query → its expression.

use super::grammar::{Grammar, Rule};
use super::scan::scan;
use super::{Expr, Fault, Kind, Name, Operator, Window, string};
use pest::Parser;
use pest::error::InputLocation;
use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};
use std::sync::LazyLock;

/// More operators than any query has that people write; each of them makes the expression one deeper.
const MOST_OPERATORS: usize = 200;

/// The operators by how tightly they bind, the loosest first (prometheus.io/docs/prometheus/latest/querying/operators).
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    PrattParser::new()
        .op(Op::infix(Rule::set, Assoc::Left))
        .op(Op::infix(Rule::comparison, Assoc::Left))
        .op(Op::infix(Rule::sum, Assoc::Left))
        .op(Op::infix(Rule::product, Assoc::Left))
        .op(Op::infix(Rule::power, Assoc::Right))
});

/// Reads a query.
///
/// # Errors
/// What the grammar does not allow.
pub fn parse(query: &str) -> Result<Expr, Fault> {
    scan(query)?;
    let pairs = Grammar::parse(Rule::query, query).map_err(|error| {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        unexpected(query, at)
    })?;
    let expression = pairs.into_iter().next().and_then(|query| query.into_inner().next());
    expr(expression.expect("a query has an expression"))
}

/// The token that the grammar did not expect.
fn unexpected(query: &str, at: usize) -> Fault {
    let after = &query[at..];
    let skipped = after.len() - after.trim_start().len();
    let (at, rest) = (at + skipped, after.trim_start());
    let word = |c: char| c.is_alphanumeric() || "_:$.".contains(c);
    let Some(first) = rest.chars().next() else {
        let end = query.trim_end().len();
        let last = query[..end].chars().next_back().map_or(0, char::len_utf8);
        let message = if end == 0 { "this query is empty" } else { "this query ends too early" };
        return Fault::new(end - last..end, message, "write an expression, such as `sum(rate(errors_total[1m]))`");
    };
    let len = match rest.find(|c| !word(c)).filter(|_| word(first)) {
        Some(len) => len,
        None if word(first) => rest.len(),
        None => first.len_utf8(),
    };
    let token = &rest[..len];
    let before = query[..at].trim_end();
    let help = if token.starts_with('$') {
        "PromQL has no variables: those of Grafana, such as `$__interval`, must be replaced by a value such as `5m`"
    } else if first == '=' && before.ends_with('=') {
        "labels are compared with `=`, `!=`, `=~` or `!~`"
    } else if first == '=' {
        "write `==` to compare values"
    } else if before.ends_with(['=', '~']) {
        "the value of a label is a string: put it between quotes"
    } else if before.ends_with('[') || before.ends_with(':') {
        "write a duration, such as `5m` or `1h30m`"
    } else if token.starts_with(|c: char| c.is_ascii_digit()) {
        "write a number, such as `0.5`, or a duration, such as `5m`"
    } else {
        "see https://prometheus.io/docs/prometheus/latest/querying/basics/"
    };
    Fault::new(at..at + len, format!("unexpected `{token}`"), help)
}

fn name(pair: &Pair<'_, Rule>) -> Name {
    Name { text: pair.as_str().to_owned(), range: pair.as_span().start()..pair.as_span().end() }
}

fn range(pair: &Pair<'_, Rule>) -> std::ops::Range<usize> {
    // A rule ends after the spaces behind it.
    let written = pair.as_str().trim_end();
    pair.as_span().start()..pair.as_span().start() + written.len()
}

fn expr(pair: Pair<'_, Rule>) -> Result<Expr, Fault> {
    let place = range(&pair);
    let operators: Vec<_> = pair.clone().into_inner().filter(|part| part.as_rule() == Rule::operator).collect();
    if operators.len() > MOST_OPERATORS {
        let message = format!("this expression has more than {MOST_OPERATORS} operators");
        return Err(Fault::new(place, message, "split the query, or use a recording rule"));
    }
    // The table of precedence reads the operators without their modifiers, which are found again by their places.
    let modifiers: Vec<_> = operators.into_iter().map(|operator| (range(&operator), Modifiers::of(operator))).collect();
    let tokens = pair.into_inner().filter_map(|part| match part.as_rule() {
        Rule::operator => part.into_inner().next(),
        _ => Some(part),
    });
    PRECEDENCE
        .map_primary(operand)
        .map_infix(|left, operator, right| {
            let (left, right) = (left?, right?);
            let start = operator.as_span().start();
            let known = modifiers.binary_search_by_key(&start, |(place, _)| place.start);
            let (place, Modifiers { is_bool, matches }) = &modifiers[known.expect("each operator is one of them")];
            Ok(Expr {
                range: left.range.start..right.range.end,
                kind: Kind::Binary {
                    operator: match operator.as_rule() {
                        Rule::set => Operator::Set,
                        Rule::comparison => Operator::Comparison,
                        _ => Operator::Arithmetic,
                    },
                    place: place.clone(),
                    is_bool: *is_bool,
                    matches: *matches,
                    left: Box::new(left),
                    right: Box::new(right),
                },
            })
        })
        .parse(tokens)
}

/// What follows an operator.
struct Modifiers {
    is_bool: bool,
    matches: bool,
}

impl Modifiers {
    fn of(operator: Pair<'_, Rule>) -> Self {
        let found = operator.into_inner().find(|part| part.as_rule() == Rule::modifiers);
        let rules: Vec<_> = found.into_iter().flat_map(Pair::into_inner).map(|part| part.as_rule()).collect();
        Self { is_bool: rules.contains(&Rule::boolean), matches: rules.contains(&Rule::matching) }
    }
}

fn operand(pair: Pair<'_, Rule>) -> Result<Expr, Fault> {
    let place = range(&pair);
    let mut signed = false;
    let mut found: Option<Expr> = None;
    for part in pair.into_inner() {
        let end = range(&part).end;
        let inner = found.take();
        let start = inner.as_ref().map_or(range(&part).start, |expr| expr.range.start);
        let expr = match (part.as_rule(), inner) {
            (Rule::sign, _) => {
                signed = true;
                continue;
            }
            (Rule::range, Some(of)) => {
                let window = window(part);
                Expr { kind: Kind::Window { of: Box::new(of), window }, range: start..end }
            }
            (Rule::subquery, Some(of)) => {
                let window = window(part);
                Expr { kind: Kind::Subquery { of: Box::new(of), window }, range: start..end }
            }
            // They change what is read, but neither the type nor how far it looks back.
            (Rule::offset | Rule::at, Some(of)) => Expr { range: start..end, ..of },
            (_, _) => primary(part)?,
        };
        found = Some(expr);
    }
    let expr = found.expect("an operand has an expression");
    Ok(if signed { Expr { kind: Kind::Signed(Box::new(expr)), range: place } } else { expr })
}

fn window(pair: Pair<'_, Rule>) -> Window {
    let text = pair.as_str().trim_end().trim_start_matches('[').trim_end_matches(']').trim().to_owned();
    let duration = pair.into_inner().next().expect("a range has a duration");
    Window { text, seconds: seconds(duration.as_str()) }
}

fn primary(pair: Pair<'_, Rule>) -> Result<Expr, Fault> {
    let place = range(&pair);
    let kind = match pair.as_rule() {
        Rule::number => Kind::Number,
        Rule::string => {
            string::value(pair.as_str(), place.start)?;
            Kind::Text
        }
        Rule::paren => {
            let inner = pair.into_inner().next().expect("parentheses have an expression");
            Kind::Paren(Box::new(expr(inner)?))
        }
        Rule::selector => Kind::Selector { restricts: restricts(pair)? },
        Rule::call => {
            let mut parts = pair.into_inner();
            let function = name(&parts.next().expect("a call has a function"));
            Kind::Call { function, arguments: arguments(parts)? }
        }
        Rule::aggregation => {
            let mut parts = pair.into_inner();
            let operator = parts.next().expect("an aggregation has an operator");
            let operator = Name { text: operator.as_str().to_lowercase(), ..name(&operator) };
            Kind::Aggregation { operator, arguments: arguments(parts)? }
        }
        rule => unreachable!("{rule:?} is no operand"),
    };
    Ok(Expr { kind, range: place })
}

fn arguments<'a>(parts: impl Iterator<Item = Pair<'a, Rule>>) -> Result<Vec<Expr>, Fault> {
    parts.filter(|part| part.as_rule() == Rule::arguments).flat_map(Pair::into_inner).map(expr).collect()
}

/// Whether a selector names a metric, or wants a label to be something that the empty text is not.
fn restricts(selector: Pair<'_, Rule>) -> Result<bool, Fault> {
    let mut restricts = false;
    for part in selector.into_inner() {
        if part.as_rule() == Rule::metric {
            restricts = true;
            continue;
        }
        for matcher in part.into_inner() {
            restricts |= !allows_empty(matcher)?;
        }
    }
    Ok(restricts)
}

/// Whether a matcher holds for a label that is not there.
fn allows_empty(matcher: Pair<'_, Rule>) -> Result<bool, Fault> {
    let parts: Vec<_> = matcher.into_inner().collect();
    let mut value = String::new();
    for part in parts.iter().filter(|part| part.as_rule() == Rule::string) {
        value = string::value(part.as_str(), part.as_span().start())?;
    }
    let operator = parts.iter().find(|part| part.as_rule() == Rule::match_op).map_or("=", |part| part.as_str());
    let matches = if operator.ends_with('~') {
        string::matches_empty(&value).map_err(|error| {
            let place = parts.last().map_or(0..0, range);
            Fault::new(
                place,
                format!("invalid regular expression: {error}"),
                "see https://github.com/google/re2/wiki/Syntax",
            )
        })?
    } else {
        value.is_empty()
    };
    Ok(matches != operator.starts_with('!'))
}

/// A duration, `1h30m` or `90`, in seconds, rounded up.
fn seconds(text: &str) -> u64 {
    if let Ok(seconds) = text.parse::<f64>() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It is not negative, and saturates.
        return seconds.ceil() as u64;
    }
    let mut milliseconds = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let end = rest[digits..].find(|letter: char| letter.is_ascii_digit()).map_or(rest.len(), |len| digits + len);
        let number: u64 = rest[..digits].parse().unwrap_or(u64::MAX);
        let factor = match &rest[digits..end] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 7 * 86_400_000,
            _ => 365 * 86_400_000,
        };
        milliseconds = milliseconds.saturating_add(number.saturating_mul(factor));
        rest = &rest[end..];
    }
    milliseconds.div_ceil(1000)
}
