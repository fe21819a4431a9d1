//! Prometheus: queries, and a ServiceMonitor for each metrics endpoint.

use super::{Metrics, Shown, argument, reference};
use crate::kube::Object;
use crate::kube::argo::rollouts::{AnalysisArgument, MetricProvider, PrometheusMetric};
use crate::kube::monitoring::{Endpoint, ServiceMonitor, ServiceMonitorSpec};
use crate::model::{Analysis, Bound, Segment};
use crate::plan::Plan;
use crate::providers::Product;

const SERVICE_MONITOR: &str = "ServiceMonitor";
const PRODUCT: Product = Product { name: "Prometheus operator", oldest: "0.60", kinds: &[SERVICE_MONITOR] };

/// Prometheus.
pub struct Prometheus;

impl Metrics for Prometheus {
    fn provider(&self, analysis: &Analysis) -> MetricProvider {
        MetricProvider {
            prometheus: Some(PrometheusMetric { address: Some(analysis.address.clone()), query: query(analysis) }),
        }
    }

    fn arguments(&self, analysis: &Analysis) -> Vec<AnalysisArgument> {
        let braces = query(analysis).contains(&reference(BRACE));
        let brace = || AnalysisArgument { name: BRACE.into(), value: Some("{".into()), ..AnalysisArgument::default() };
        braces.then(brace).into_iter().collect()
    }

    /// A condition with one side only: what is not good is bad, so that no result pauses the rollout forever. It checks
    /// the value of every series that the query gives, and decides also about none and about one that is no number.
    fn condition(&self, analysis: &Analysis) -> String {
        let good = match &analysis.bound {
            Bound::AtMost(number) => format!("# <= {number}"),
            Bound::AtLeast(number) => format!("# >= {number}"),
        };
        if analysis.pass_without_data {
            format!("all(result, {{isNaN(#) || {good}}})")
        } else {
            format!("len(result) > 0 && all(result, {{!isNaN(#) && {good}}})")
        }
    }

    fn monitor(&self, plan: &Plan, shown: &Shown) -> Vec<Object> {
        let mut metadata = shown.metadata.clone();
        let wanted = plan.resolved.project.metrics.as_ref().map(|metrics| metrics.labels.clone());
        metadata.labels.get_or_insert_default().extend(wanted.unwrap_or_default());
        vec![Object::new(&ServiceMonitor {
            metadata,
            spec: ServiceMonitorSpec {
                selector: shown.selector.clone(),
                endpoints: vec![Endpoint {
                    port: Some(shown.port.to_owned()),
                    path: Some(shown.metrics.path.clone()),
                    interval: Some(format!("{}s", shown.metrics.every)),
                }],
            },
        })]
    }

    fn product(&self) -> Option<&'static Product> {
        Some(&PRODUCT)
    }
}

/// An argument whose value is a brace: two of them in a query would begin a template.
const BRACE: &str = "brace";

fn query(analysis: &Analysis) -> String {
    let segments = &analysis.query.0;
    segments
        .iter()
        .enumerate()
        .map(|(at, segment)| match segment {
            Segment::Literal(text) => parted(text, segments.get(at + 1).is_some()),
            Segment::Canary(field) => reference(&argument(*field)),
            _ => unreachable!("a query knows only its canary"),
        })
        .collect()
}

/// A literal of a query. Each brace before another one, or before an argument, is an argument itself.
fn parted(text: &str, before_argument: bool) -> String {
    let mut result = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next_opens = letters.peek().map_or(before_argument, |next| *next == '{');
        if letter == '{' && next_opens {
            result.push_str(&reference(BRACE));
        } else {
            result.push(letter);
        }
    }
    result
}
