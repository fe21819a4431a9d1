//! Queries: what we accept is what `promql-parser` accepts, a translation of Prometheus' own parser; and what we refuse
//! has its place.

use pipelinec::promql::{Type, parse};

/// Queries as people write them.
const QUERIES: &[&str] = &[
    "up",
    "up{job=\"api\"}",
    "{__name__=~\"node_.*\", mode!=\"idle\"}",
    "sum(rate(errors{service=\"a\"}[1m])) / sum(rate(requests[1m]))",
    "histogram_quantile(0.95, sum by (le) (rate(http_seconds_bucket{service=\"a\"}[2m])))",
    "sum without (pod, instance) (increase(errors_total[1h30m]))",
    "sum(x) by (le)",
    "max_over_time(rate(a{service='b'}[1m])[5m:10s])",
    "min_over_time(x[5m:])",
    "a / on (pod) group_left (node) b",
    "a + ignoring (x) b",
    "a and on () b or vector(0)",
    "a unless b",
    "1 - (sum(a) / sum(b)) > bool 0.5",
    "a > 5",
    "-a ^ 2 % 3",
    "topk(3, sum by (pod) (rate(x[5m])))",
    "count_values(\"version\", build_info)",
    "quantile(0.9, x)",
    "x offset 5m",
    "rate(x[5m] offset -1w)",
    "x @ 1609746000",
    "rate(x[5m] @ end())",
    "label_replace(up, \"a\", \"$1\", \"b\", \"(.*)\")",
    "label_join(up, \"a\", \",\", \"b\", \"c\")",
    "absent(up)",
    "scalar(x) * 2e3",
    "time()",
    "vector(1)",
    "day_of_week()",
    "round(x, 0.1)",
    "clamp_max(x, 5)",
    "sum(x) # of all\n/ 2",
    "x{a=~\"b|c\", d!~`e`}",
    "sum:rate5m{a=\"b\"}",
    "sum{a=\"b\"}",
    "by",
    "Inf + NaN",
    "0x1f",
    "predict_linear(x[1h], 3600)",
    "quantile_over_time(0.5, x[5m])",
    "group(x)",
    "a atan2 b",
    "a == on (x) b",
    "stddev_over_time(x[1d])",
    "(((x)))",
    "\"text\"",
    "x[5m]",
];

/// Queries that Prometheus refuses, with the bytes that we report.
const REFUSED: &[(&str, &str)] = &[
    ("", ""),
    ("sum(", "("),
    ("rate(x)", "x"),
    ("sum(x[5m])", "x[5m]"),
    ("sum(x) + x[5m]", "x[5m]"),
    ("rate(x[5m])[1h]", "rate(x[5m])"),
    ("x{a==\"b\"}", "="),
    ("x{a=b}", "b"),
    ("x = 5", "="),
    ("rate(x[$__interval])", "$__interval"),
    ("rate(x[5min])", "5min"),
    ("rte(x[5m])", "rte"),
    ("round()", "round()"),
    ("topk(x)", "topk(x)"),
    ("1 > 2", ">"),
    ("a + bool b", "+ bool"),
    ("1 and a", "and"),
    ("{}", "{}"),
    ("{a=~\".*\"}", "{a=~\".*\"}"),
    ("-\"x\"", "\"x\""),
    ("sum by (x (y)", "("),
    ("a b", "b"),
    ("x[5m", "["),
    ("x)", ")"),
    ("x{a=\"b}", "\""),
    ("x{a=\"b\nc\"}", "\""),
    ("histogram_quantile(rate(x[5m]), 0.9)", "rate(x[5m])"),
    ("sum(\"é\") + rate(é)", "é"),
];

fn ours(query: &str) -> Result<Type, String> {
    let typed = parse(query).and_then(|expr| expr.types());
    typed.map_err(|fault| query[fault.range].to_owned())
}

fn theirs(query: &str) -> bool {
    promql_parser::parser::parse(query).is_ok()
}

#[test]
fn a_query_is_read_and_what_prometheus_refuses_has_its_place() {
    for query in QUERIES {
        assert!(ours(query).is_ok(), "{query}: {:?}", ours(query));
        assert!(theirs(query), "{query}");
    }
    for (query, place) in REFUSED {
        assert_eq!(ours(query), Err((*place).to_owned()), "{query}");
        assert!(!theirs(query), "{query}");
    }
}

/// Each query with a piece left out, written twice, exchanged with the next one or replaced, in turn.
#[test]
fn our_verdict_is_that_of_prometheus() {
    let mut compared = 0;
    let mut differ = Vec::new();
    for query in QUERIES.iter().chain(REFUSED.iter().map(|(query, _)| query)) {
        let pieces = pieces(query);
        for at in 0..pieces.len() {
            let mut mutant = pieces.clone();
            match compared % 4 {
                0 => drop(mutant.remove(at)),
                1 => mutant.insert(at, pieces[at]),
                2 => mutant.swap(at, (at + 1) % pieces.len()),
                _ => mutant[at] = "x",
            }
            let mutant = mutant.concat();
            compared += 1;
            if ours(&mutant).is_ok() != theirs(&mutant) {
                differ.push((mutant.clone(), ours(&mutant)));
            }
        }
    }
    assert!(compared > 600, "{compared}");
    assert!(differ.is_empty(), "{} of {compared}: {differ:#?}", differ.len());
}

/// The words, spaces and signs of a query.
fn pieces(query: &str) -> Vec<&str> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        let len = if word(first) { rest.find(|c| !word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        found.push(&rest[..len]);
        rest = &rest[len..];
    }
    found
}

#[test]
fn no_query_is_too_deep_or_too_long() {
    let long = |piece: &str, end: &str| format!("{}{end}", piece.repeat(100_000));
    for query in [
        long("(", ""),
        format!("{}x{}", "(".repeat(100_000), ")".repeat(100_000)),
        long("x+", "x"),
        long("x^", "x"),
        long("-", "x"),
        long("\"", ""),
        long("abs(", ""),
        long("é", ""),
        long("x[5m]", ""),
        long("x offset 5m ", ""),
    ] {
        let _ = ours(&query);
    }
    assert!(ours(&format!("{}x{}", "(".repeat(40), ")".repeat(40))).is_ok());
    assert!(ours(&format!("{}x", "x + ".repeat(150))).is_ok());
}
