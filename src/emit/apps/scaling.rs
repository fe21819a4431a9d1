//! How many pods of a service run.

use super::{Emitter, selector};
use crate::kube::Object;
use crate::kube::core::{
    CrossVersionObjectReference, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, IntOrString, LabelSelector,
    MetricSpec, MetricTarget, PodDisruptionBudget, PodDisruptionBudgetSpec, ResourceMetricSource,
};
use crate::model::Service;
use std::collections::BTreeMap;

impl Emitter<'_> {
    pub(super) fn scaling(&self, service: &Service) -> Vec<Object> {
        let (least, most) = service.replicas;
        let number = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        let mut objects = Vec::new();
        if least != most {
            let metric = |name: &str, percent: i32| MetricSpec {
                type_: "Resource".into(),
                resource: Some(ResourceMetricSource {
                    name: name.to_owned(),
                    target: MetricTarget {
                        type_: "Utilization".into(),
                        average_utilization: Some(percent),
                        ..MetricTarget::default()
                    },
                }),
                ..MetricSpec::default()
            };
            let mut metrics = vec![metric("cpu", service.scale.cpu)];
            metrics.extend(service.scale.memory.map(|percent| metric("memory", percent)));
            let kind = self.workload_kind(service);
            let version = if kind == "Rollout" { "argoproj.io/v1alpha1" } else { "apps/v1" };
            let mut metadata = self.meta(service, &service.name.value);
            // An autoscaler has no metrics of pods that have just started, for which Argo CD would call the whole app
            // Degraded (argo-cd#6287). The workload of the pods reports their health.
            metadata.annotations =
                Some(BTreeMap::from([("argocd.argoproj.io/ignore-healthcheck".to_owned(), "true".to_owned())]));
            objects.push(Object::new(&HorizontalPodAutoscaler {
                metadata,
                spec: Some(HorizontalPodAutoscalerSpec {
                    scale_target_ref: CrossVersionObjectReference {
                        api_version: Some(version.into()),
                        kind: kind.into(),
                        name: service.name.value.clone(),
                    },
                    min_replicas: Some(number(least)),
                    max_replicas: number(most),
                    metrics: Some(metrics),
                    ..HorizontalPodAutoscalerSpec::default()
                }),
                status: None,
            }));
        }
        // With a single pod, a budget would only prevent nodes from being drained.
        if least > 1 {
            objects.push(Object::new(&PodDisruptionBudget {
                metadata: self.meta(service, &service.name.value),
                spec: Some(PodDisruptionBudgetSpec {
                    max_unavailable: Some(IntOrString::Int(1)),
                    selector: Some(LabelSelector { match_labels: Some(selector(service)), ..LabelSelector::default() }),
                    ..PodDisruptionBudgetSpec::default()
                }),
                status: None,
            }));
        }
        objects
    }
}
