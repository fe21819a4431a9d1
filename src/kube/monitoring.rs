//! `monitoring.coreos.com/v1` `ServiceMonitor`, after the CRDs of prometheus-operator 0.93.

use crate::kube::core::LabelSelector;

custom_kind! {
    /// Which Services Prometheus asks for metrics.
    ServiceMonitor(ServiceMonitorSpec) = "monitoring.coreos.com" / "v1", "servicemonitors"
}

structs! {
    /// Which Services, and how.
    pub struct ServiceMonitorSpec {
        /// The Services.
        pub selector: LabelSelector,
        /// Their ports.
        pub endpoints: Vec<Endpoint>,
    }

    /// A port with metrics.
    pub struct Endpoint {
        /// Name of the Service's port.
        pub port: Option<String>,
        /// The path.
        pub path: Option<String>,
        /// How often.
        pub interval: Option<String>,
    }
}
