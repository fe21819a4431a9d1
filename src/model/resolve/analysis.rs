//! `analysis`.

use crate::diag::Diagnostics;
use crate::model::errors;
use crate::model::query::gives_a_scalar;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::value;
use crate::model::{Analysis, Bound, MetricsServer};
use crate::program::Node;
use crate::schema::providers::Metrics;
use crate::source::Spanned;

pub(super) fn analysis(
    node: &Node,
    scope: Scope,
    project: Option<&MetricsServer>,
    sink: &mut Diagnostics,
) -> Option<Analysis> {
    let mut reader = Reader::new(node, Scope { query: true, ..scope }, sink);
    let query = reader.text("query");
    if query.as_ref().is_some_and(|query| gives_a_scalar(&query.value)) {
        let span = reader.span("query");
        reader.report(errors::query_without_series(span));
    }
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
    Some(Analysis {
        name: Spanned::new(node.name(), node.name_span()),
        query: query?.value,
        bound: bound?,
        every: every?.value,
        tolerate: tolerate?.value,
        pass_without_data: no_data? == "pass",
        provider: provider?,
        address: address?,
    })
}
