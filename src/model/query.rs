//! What a query says about the canary: how far it looks back, and whether it compares samples.

use super::text::{CanaryField, Segment};
use super::{Analysis, Service};
use crate::promql::Kind;

/// Functions of Prometheus that compare samples: of a range with fewer than two they return nothing.
const COMPARING: &[&str] =
    &["rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear", "resets", "changes"];

/// How far a query looks back: `[5m]`, or a subquery's `[5m:1m]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookback {
    /// As it is written, without the brackets.
    pub text: String,
    /// Seconds that it reaches back.
    pub seconds: u64,
    /// Whether it asks the query before it again and again, instead of taking the samples of a metric.
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

    /// Whether the query compares samples with one another.
    #[must_use]
    pub fn compares_samples(&self) -> bool {
        let mut found = false;
        self.parsed.visit(&mut |expr| {
            found |= matches!(&expr.kind, Kind::Call { function, .. } if COMPARING.contains(&function.text.as_str()));
        });
        found
    }

    /// How far the parts of the query look back, in their order.
    #[must_use]
    pub fn lookbacks(&self) -> Vec<Lookback> {
        let mut found = Vec::new();
        self.parsed.visit(&mut |expr| {
            let (window, subquery) = match &expr.kind {
                Kind::Window { window, .. } => (window, false),
                Kind::Subquery { window, .. } => (window, true),
                _ => return,
            };
            found.push(Lookback { text: window.text.clone(), seconds: window.seconds, subquery });
        });
        found
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
        let lookbacks = self.lookbacks();
        let samples = lookbacks.iter().filter(|one| !one.subquery).map(|one| one.seconds).max().unwrap_or(0);
        let again: u64 = lookbacks.iter().filter(|one| one.subquery).map(|one| one.seconds).sum();
        let read =
            services.iter().filter_map(|service| service.metrics.as_ref()).map(|metrics| 2 * metrics.every).max();
        let read = read.filter(|_| self.uses(CanaryField::Metrics)).unwrap_or(0);
        (samples + again).max(read) + self.every
    }

    /// Seconds from the first weight of a canary of these services to the measurement that can end it.
    #[must_use]
    pub fn can_fail_after(&self, services: &[Service]) -> u64 {
        self.first_question(services) + self.every * u64::from(self.tolerate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Bound;
    use crate::model::text::Text;
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
        let parsed = crate::promql::parse(&query.replace('@', "canary")).expect("a query");
        Analysis {
            name: Spanned::new("errors".into(), Span::nowhere()),
            query: text,
            parsed,
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
        ] {
            assert_eq!(analysis(query).first_question(&[]), first, "{query}");
        }
    }
}
