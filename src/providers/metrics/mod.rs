//! Providers of the metrics that canaries are checked with.

mod prometheus;

use super::{Product, Requirement};
use crate::kube::Object;
use crate::kube::argo::rollouts::{AnalysisArgument, MetricProvider};
use crate::kube::core::{LabelSelector, ObjectMeta};
use crate::model;
use crate::model::text::CanaryField;
use crate::plan::Plan;
use crate::schema::providers::Metrics as Choice;

/// The metrics endpoint of a service.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The block of the program.
    pub metrics: &'a model::Metrics,
    /// The name of the port.
    pub port: &'a str,
    /// The selector of the Services of the service.
    pub selector: &'a LabelSelector,
    /// The metadata of an object of the service.
    pub metadata: &'a ObjectMeta,
}

/// A provider of metrics.
pub trait Metrics: Sync {
    /// The provider block of an AnalysisTemplate.
    fn provider(&self, analysis: &model::Analysis) -> MetricProvider;

    /// Arguments of the query in addition to those of the canary.
    fn arguments(&self, analysis: &model::Analysis) -> Vec<AnalysisArgument> {
        let _ = analysis;
        Vec::new()
    }

    /// The condition under which a measurement succeeds.
    fn condition(&self, analysis: &model::Analysis) -> String;

    /// The objects that make it scrape a service.
    fn monitor(&self, plan: &Plan, shown: &Shown) -> Vec<Object> {
        let _ = (plan, shown);
        Vec::new()
    }

    /// The product that must be installed for those objects.
    fn product(&self) -> Option<&'static Product> {
        None
    }

    /// What the cluster must provide.
    fn requirements(&self, plan: &Plan) -> Vec<Requirement> {
        let _ = plan;
        Vec::new()
    }
}

/// The provider for a choice.
#[must_use]
pub fn get(choice: Choice) -> &'static dyn Metrics {
    match choice {
        Choice::Prometheus => &prometheus::Prometheus,
    }
}

/// Every provider.
pub fn all() -> impl Iterator<Item = &'static dyn Metrics> {
    Choice::ALL.into_iter().map(get)
}

/// The provider that scrapes services: the project's, or the first if the project names none.
#[must_use]
pub fn of(plan: &Plan) -> &'static dyn Metrics {
    get(plan.resolved.project.metrics.as_ref().map_or(Choice::ALL[0], |metrics| metrics.choice))
}

/// The argument of an AnalysisTemplate for a property of the canary.
#[must_use]
pub fn argument(field: CanaryField) -> String {
    format!("canary-{}", field.name())
}

/// A reference to an argument.
#[must_use]
pub fn reference(argument: &str) -> String {
    format!("{{{{args.{argument}}}}}")
}
