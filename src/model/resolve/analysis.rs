//! `analysis`.

use crate::diag::Diagnostics;
use crate::model::errors;
use crate::model::read::{Code, Reader};
use crate::model::reference::Scope;
use crate::model::value;
use crate::model::{Analysis, Bound, MetricsServer};
use crate::program::Node;
use crate::promql::{self, Expr, Fault, Type};
use crate::schema::providers::Metrics;
use crate::source::Spanned;

pub(super) fn analysis(
    node: &Node,
    scope: Scope,
    project: Option<&MetricsServer>,
    sink: &mut Diagnostics,
) -> Option<Analysis> {
    let mut reader = Reader::new(node, Scope { query: true, ..scope }, sink);
    let query = reader.query("query").and_then(|(text, code)| Some((text, parsed(&code, &mut reader)?)));
    let bound = match (reader.has("at-most"), reader.has("at-least")) {
        (true, true) => {
            reader.report(errors::bounds_both(node));
            None
        }
        (true, false) => reader.number("at-most").map(|number| Bound::AtMost(number.value)),
        (false, true) => reader.number("at-least").map(|number| Bound::AtLeast(number.value)),
        (false, false) => {
            if node.lacks("at-most") && node.lacks("at-least") {
                reader.report(errors::bound_missing(node));
            }
            None
        }
    };
    let every = reader.duration("every");
    let tolerate = reader.count("tolerate", 1000);
    let no_data = reader.word("no-data");
    let (provider, address) = if let Some(named) = Metrics::ALL.into_iter().find(|one| reader.has(one.word())) {
        (Some(named), reader.parsed(named.word(), value::url).map(|url| url.value))
    } else {
        let lack = |node: &Node| Metrics::ALL.iter().all(|provider| node.lacks(provider.word()));
        if scope.root.block("project").is_some_and(lack) && lack(node) {
            reader.report(errors::no_prometheus(node.name_span()));
        }
        (project.map(|server| server.choice), project.map(|server| server.url.clone()))
    };
    let (query, parsed) = query?;
    Some(Analysis {
        name: Spanned::new(node.name(), node.name_span()),
        query,
        parsed,
        bound: bound?,
        every: every?.value,
        tolerate: tolerate?.value,
        pass_without_data: no_data? == "pass",
        provider: provider?,
        address: address?,
    })
}

/// The query, if Prometheus accepts it and its result has series that an analysis can check.
fn parsed(code: &Code, reader: &mut Reader) -> Option<Expr> {
    let parsed = promql::parse(&code.text).and_then(|expr| Ok((expr.types()?, expr)));
    let (found, expr) = match parsed {
        Ok(parsed) => parsed,
        Err(Fault { range, message, help }) => {
            // The word that stands for a property of the canary means nothing to the reader.
            let report = if code.is_variable(range.start) {
                errors::variable_in_query(code.span(range))
            } else {
                errors::not_a_query(code.span(range), &message, &help)
            };
            reader.report(report);
            return None;
        }
    };
    let whole = || code.span(expr.range.clone());
    match found {
        Type::Vector => {}
        Type::Scalar => reader.report(errors::query_without_series(whole())),
        Type::Range | Type::Text => reader.report(errors::query_of_another_type(whole(), found)),
    }
    if let Some(operator) = expr.filters() {
        reader.report(errors::query_filters(code.span(operator)));
    }
    Some(expr)
}
