//! `argoproj.io/v1alpha1` `Rollout` and `AnalysisTemplate`, after the CRDs of Argo Rollouts 1.9.1.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::kube::core::{IntOrString, LabelSelector, PodTemplateSpec, SecretKeySelector};

custom_kind! {
    /// A Deployment that changes step by step.
    Rollout(RolloutSpec) = "argoproj.io" / "v1alpha1", "rollouts"
}

custom_kind! {
    /// Measurements that decide whether a change continues.
    AnalysisTemplate(AnalysisTemplateSpec) = "argoproj.io" / "v1alpha1", "analysistemplates"
}

structs! {
    /// A Rollout.
    pub struct RolloutSpec {
        /// How many pods; absent where an autoscaler decides.
        pub replicas: Option<i32>,
        /// How many old ReplicaSets are kept. Going back needs them.
        pub revision_history_limit: Option<i32>,
        /// How long without progress is a failure.
        pub progress_deadline_seconds: Option<i32>,
        /// Going back this few revisions skips the steps.
        pub rollback_window: Option<RollbackWindow>,
        /// Which pods.
        pub selector: LabelSelector,
        /// How it changes.
        pub strategy: RolloutStrategy,
        /// The pod.
        pub template: PodTemplateSpec,
    }

    /// Going back without steps.
    pub struct RollbackWindow {
        /// How many revisions.
        pub revisions: i32,
    }

    /// How a Rollout changes: one of these.
    pub struct RolloutStrategy {
        /// By and by.
        pub canary: Option<CanaryStrategy>,
        /// Immediately, after a preview.
        pub blue_green: Option<BlueGreenStrategy>,
    }

    /// By and by.
    pub struct CanaryStrategy {
        /// The Service of the old pods.
        pub stable_service: Option<String>,
        /// The Service of the new pods.
        pub canary_service: Option<String>,
        /// Who divides the traffic; the number of pods if absent.
        pub traffic_routing: Option<TrafficRouting>,
        /// The steps; at the first deployment they are skipped.
        pub steps: Vec<CanaryStep>,
        /// Measurements alongside the steps.
        pub analysis: Option<RolloutAnalysis>,
    }

    /// Who divides the traffic: one of these.
    pub struct TrafficRouting {
        /// Traefik.
        pub traefik: Option<TraefikTrafficRouting>,
        /// ingress-nginx.
        pub nginx: Option<NginxTrafficRouting>,
        /// Istio.
        pub istio: Option<IstioTrafficRouting>,
        /// The settings of a plugin by its name, `argoproj-labs/gatewayAPI`.
        pub plugins: BTreeMap<String, Value>,
    }

    /// Traefik. Up to 1.9 the controller needs `--traefik-api-group=traefik.io` and its version to find the service.
    pub struct TraefikTrafficRouting {
        /// The weighted `TraefikService`.
        pub weighted_traefik_service_name: String,
    }

    /// ingress-nginx.
    pub struct NginxTrafficRouting {
        /// The Ingress of the stable Service.
        pub stable_ingress: String,
    }

    /// Istio.
    pub struct IstioTrafficRouting {
        /// The `VirtualService`.
        pub virtual_service: IstioVirtualService,
    }

    /// A `VirtualService`.
    pub struct IstioVirtualService {
        /// Its name.
        pub name: String,
        /// Names of its routes; may be empty if there is one.
        pub routes: Vec<String>,
    }

    /// A step's pause; for ever if it has no duration.
    pub struct Pause {
        /// How long: seconds, or text with a unit.
        pub duration: Option<IntOrString>,
    }

    /// How many new pods.
    pub struct SetCanaryScale {
        /// So many.
        pub replicas: Option<i32>,
        /// So many percent.
        pub weight: Option<i32>,
        /// As many as the traffic.
        pub match_traffic_weight: Option<bool>,
    }

    /// Measurements of a Rollout.
    pub struct RolloutAnalysis {
        /// What is measured.
        pub templates: Vec<AnalysisTemplateRef>,
        /// Values for their arguments.
        pub args: Vec<AnalysisRunArgument>,
        /// The step, from 0, at which it starts; only alongside the steps.
        pub starting_step: Option<i32>,
    }

    /// An `AnalysisTemplate`.
    pub struct AnalysisTemplateRef {
        /// Its name.
        pub template_name: String,
    }

    /// A value for an argument.
    pub struct AnalysisRunArgument {
        /// Name of the argument.
        pub name: String,
        /// The value.
        pub value: Option<String>,
        /// Where it comes from.
        pub value_from: Option<ArgumentValueFrom>,
    }

    /// Where the value of an argument comes from.
    pub struct ArgumentValueFrom {
        /// The hash of the pods: `Latest` or `Stable`.
        pub pod_template_hash_value: Option<String>,
    }

    /// Immediately, after a preview.
    pub struct BlueGreenStrategy {
        /// The Service that serves.
        pub active_service: String,
        /// The preview Service.
        pub preview_service: Option<String>,
        /// Whether it switches by itself.
        pub auto_promotion_enabled: Option<bool>,
        /// How long the old pods stay after the switch.
        pub scale_down_delay_seconds: Option<i32>,
        /// Measurements before the switch.
        pub pre_promotion_analysis: Option<RolloutAnalysis>,
        /// Measurements after it.
        pub post_promotion_analysis: Option<RolloutAnalysis>,
    }

    /// An analysis.
    pub struct AnalysisTemplateSpec {
        /// Arguments.
        pub args: Vec<AnalysisArgument>,
        /// Measurements.
        pub metrics: Vec<Metric>,
    }

    /// An argument; without a value it must be given.
    pub struct AnalysisArgument {
        /// Its name.
        pub name: String,
        /// The default.
        pub value: Option<String>,
        /// Where it comes from.
        pub value_from: Option<AnalysisArgumentSource>,
    }

    /// Where an argument comes from.
    pub struct AnalysisArgumentSource {
        /// A key of a Secret.
        pub secret_key_ref: Option<SecretKeySelector>,
    }

    /// A measurement. With both conditions a value that matches neither pauses the Rollout for a person, so one is given.
    pub struct Metric {
        /// Its name.
        pub name: String,
        /// How long it waits for the first time.
        pub initial_delay: Option<String>,
        /// How often.
        pub interval: Option<String>,
        /// How many times; an analysis that is a step must have it, or it never ends.
        pub count: Option<IntOrString>,
        /// The condition.
        pub success_condition: Option<String>,
        /// How many failures are borne.
        pub failure_limit: Option<IntOrString>,
        /// After how many successes one after the other it is enough.
        pub consecutive_success_limit: Option<IntOrString>,
        /// Where the value comes from.
        pub provider: MetricProvider,
    }

    /// Where a value comes from.
    pub struct MetricProvider {
        /// Prometheus.
        pub prometheus: Option<PrometheusMetric>,
    }

    /// A query of Prometheus.
    pub struct PrometheusMetric {
        /// Its URL.
        pub address: Option<String>,
        /// The query.
        pub query: String,
    }
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CanaryStep {
    /// So many percent of the traffic go to the new pods.
    SetWeight(i32),
    /// A wait.
    Pause(Pause),
    /// Measurements that must succeed.
    Analysis(RolloutAnalysis),
    /// So many new pods.
    SetCanaryScale(SetCanaryScale),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_step_is_a_map_of_one_key() {
        let steps = [
            CanaryStep::SetWeight(20),
            CanaryStep::Pause(Pause { duration: Some(IntOrString::String("60s".into())) }),
            CanaryStep::Pause(Pause::default()),
        ];
        assert_eq!(
            serde_json::to_value(steps).expect("serialisable"),
            json!([{"setWeight": 20}, {"pause": {"duration": "60s"}}, {"pause": {}}])
        );
    }
}
