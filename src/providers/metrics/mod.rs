//! What measures services, and judges their canaries.

mod prometheus;

use super::{Product, Requirement};
use crate::kube::Object;
use crate::kube::argo::rollouts::{AnalysisArgument, MetricProvider};
use crate::kube::core::{LabelSelector, ObjectMeta};
use crate::model;
use crate::model::text::CanaryField;
use crate::plan::Plan;
use crate::schema::providers::Metrics as Choice;

/// Where a service shows its metrics.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// What is said of it.
    pub metrics: &'a model::Metrics,
    /// The name of the port.
    pub port: &'a str,
    /// What selects the Services of the service.
    pub selector: &'a LabelSelector,
    /// The metadata of an object beside it.
    pub metadata: &'a ObjectMeta,
}

/// A provider of metrics.
pub trait Metrics: Sync {
    /// How an AnalysisTemplate asks it.
    fn provider(&self, analysis: &model::Analysis) -> MetricProvider;

    /// Arguments with a value that the question needs beside those of the canary.
    fn arguments(&self, analysis: &model::Analysis) -> Vec<AnalysisArgument> {
        let _ = analysis;
        Vec::new()
    }

    /// The condition under which an answer is good.
    fn condition(&self, analysis: &model::Analysis) -> String;

    /// What makes it read the metrics of a service.
    fn monitor(&self, plan: &Plan, shown: &Shown) -> Vec<Object> {
        let _ = (plan, shown);
        Vec::new()
    }

    /// What its monitor is a part of.
    fn product(&self) -> Option<&'static Product> {
        None
    }

    /// What the cluster must have for it.
    fn requirements(&self, plan: &Plan) -> Vec<Requirement> {
        let _ = plan;
        Vec::new()
    }
}

/// The provider of that choice.
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

/// The provider that reads the metrics of services: the project's, or the first where none is named.
#[must_use]
pub fn of(plan: &Plan) -> &'static dyn Metrics {
    get(plan.system.project.metrics.as_ref().map_or(Choice::ALL[0], |metrics| metrics.choice))
}

/// The argument of an AnalysisTemplate that holds a property of the canary.
#[must_use]
pub fn argument(field: CanaryField) -> String {
    format!("canary-{}", field.name())
}

/// A reference to an argument.
#[must_use]
pub fn reference(argument: &str) -> String {
    format!("{{{{args.{argument}}}}}")
}
