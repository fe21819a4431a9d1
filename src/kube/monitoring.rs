//! `monitoring.coreos.com/v1` `ServiceMonitor`, after the CRDs of prometheus-operator 0.93.

use crate::kube::core::{IntOrString, LabelSelector};

custom_kind! {
    /// Which Services Prometheus asks for metrics.
    ServiceMonitor(ServiceMonitorSpec) = "monitoring.coreos.com" / "v1", "servicemonitors"
}

structs! {
    /// Which Services, and how.
    pub struct ServiceMonitorSpec {
        /// The label of the Service that names the job.
        pub job_label: Option<String>,
        /// Labels of the Service that the metrics get.
        pub target_labels: Vec<String>,
        /// Labels of the pod that the metrics get.
        pub pod_target_labels: Vec<String>,
        /// The Services.
        pub selector: LabelSelector,
        /// Their namespaces; that of the monitor if absent.
        pub namespace_selector: Option<NamespaceSelector>,
        /// Their ports.
        pub endpoints: Vec<Endpoint>,
    }

    /// Namespaces.
    pub struct NamespaceSelector {
        /// By name.
        pub match_names: Vec<String>,
    }

    /// A port with metrics.
    pub struct Endpoint {
        /// Name of the Service's port.
        pub port: Option<String>,
        /// The pod's port, instead.
        pub target_port: Option<IntOrString>,
        /// The path.
        pub path: Option<String>,
        /// `http` or `https`.
        pub scheme: Option<String>,
        /// How often.
        pub interval: Option<String>,
        /// How long it may take.
        pub scrape_timeout: Option<String>,
        /// Whether the labels of the metrics take precedence.
        pub honor_labels: Option<bool>,
        /// What happens to the labels.
        pub relabelings: Vec<RelabelConfig>,
    }

    /// What happens to labels.
    pub struct RelabelConfig {
        /// `replace` if absent.
        pub action: Option<String>,
        /// Labels that are read.
        pub source_labels: Vec<String>,
        /// What they must match.
        pub regex: Option<String>,
        /// The label that is written.
        pub target_label: Option<String>,
        /// What is written.
        pub replacement: Option<String>,
    }
}
