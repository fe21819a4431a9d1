//! The minimum versions of what a cluster must have: they follow from what is emitted.
//!
//! Each product has an oldest version that counts here at all. A field or a behaviour that is newer has a row in
//! [`FEATURES`], with the place where it first appears, and a tree needs it when one of its objects has the field.
//! `tests/versions/fields.txt` lists the fields that the oldest versions know, and a test holds that every field which is
//! emitted is in one of the two.

use crate::kube::Object;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Something that a cluster must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Product {
    /// Kubernetes.
    Kubernetes,
    /// Argo CD.
    ArgoCd,
    /// Argo Workflows.
    ArgoWorkflows,
    /// Argo Events.
    ArgoEvents,
    /// Argo Rollouts.
    ArgoRollouts,
    /// Traefik.
    Traefik,
    /// The Prometheus operator.
    PrometheusOperator,
}

impl Product {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubernetes => "Kubernetes",
            Self::ArgoCd => "Argo CD",
            Self::ArgoWorkflows => "Argo Workflows",
            Self::ArgoEvents => "Argo Events",
            Self::ArgoRollouts => "Argo Rollouts",
            Self::Traefik => "Traefik",
            Self::PrometheusOperator => "Prometheus operator",
        }
    }

    /// The oldest version that counts.
    #[must_use]
    pub fn oldest(self) -> &'static str {
        match self {
            Self::Kubernetes => "1.29",
            Self::ArgoCd => "3.0",
            Self::ArgoWorkflows => "4.0",
            Self::ArgoEvents | Self::ArgoRollouts => "1.9",
            Self::Traefik => "3",
            Self::PrometheusOperator => "0.60",
        }
    }

    /// Whose objects of that kind are.
    #[must_use]
    pub fn of_kind(kind: &str) -> Self {
        match kind {
            "Application" | "ApplicationSet" | "AppProject" => Self::ArgoCd,
            "Workflow" | "WorkflowTemplate" | "CronWorkflow" => Self::ArgoWorkflows,
            "EventBus" | "EventSource" | "Sensor" => Self::ArgoEvents,
            "Rollout" | "AnalysisTemplate" => Self::ArgoRollouts,
            "IngressRoute" | "TraefikService" => Self::Traefik,
            "ServiceMonitor" => Self::PrometheusOperator,
            _ => Self::Kubernetes,
        }
    }
}

/// Something that is newer than the oldest version of its product.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Feature {
    /// Whose it is.
    pub product: Product,
    /// The first version that has it.
    pub since: &'static str,
    /// The kind of the objects that need it.
    pub kind: &'static str,
    /// The field by which they do.
    pub field: &'static str,
    /// What it is good for.
    pub why: &'static str,
    /// Where it first appears: file and tag.
    pub source: &'static str,
}

/// All of them.
pub const FEATURES: &[Feature] = &[
    Feature {
        product: Product::Kubernetes,
        since: "1.30",
        kind: "WorkflowTemplate",
        field: "spec.templates[].script.securityContext.appArmorProfile",
        why: "AppArmor steps aside for rootless BuildKit by a field of the pod",
        source: "kubernetes/kubernetes, staging/src/k8s.io/api/core/v1/types.go, v1.30.0",
    },
    Feature {
        product: Product::ArgoCd,
        since: "3.3",
        kind: "AppProject",
        field: "spec.clusterResourceWhitelist[].name",
        why: "namespaces of AppProjects are allowed by name",
        source: "argoproj/argo-cd, manifests/crds/appproject-crd.yaml, v3.3.0",
    },
    Feature {
        product: Product::ArgoWorkflows,
        since: "4.1",
        kind: "WorkflowTemplate",
        field: "spec.templates[].pendingTimeout",
        why: "a step may wait for a lock only for so long",
        source: "argoproj/argo-workflows, manifests/base/crds/full/argoproj.io_workflowtemplates.yaml, v4.1.0",
    },
    Feature {
        product: Product::ArgoWorkflows,
        since: "4.1.2",
        kind: "WorkflowTemplate",
        field: "spec.templates[].synchronization.mutexes",
        why: "a stopped run leaves the queue of a lock at once",
        source: "argoproj/argo-workflows, workflow/controller/operator_concurrency_test.go (TestShutdownWaitingForTmplLevelLock), v4.1.2",
    },
];

/// The numbers of a version, to be compared.
#[must_use]
pub fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

/// What the objects of a tree need.
#[derive(Debug, Default)]
pub struct Needs {
    products: BTreeSet<Product>,
    features: BTreeSet<&'static Feature>,
}

/// The least that will do, and why not less.
#[derive(Debug, PartialEq, Eq)]
pub struct Minimum {
    /// The version.
    pub version: &'static str,
    /// What would be missing in an older one that counts.
    pub why: Option<&'static str>,
}

impl Needs {
    /// Notes what an object needs.
    pub fn note(&mut self, object: &Object) {
        self.products.insert(Product::of_kind(object.kind()));
        for feature in FEATURES.iter().filter(|feature| feature.kind == object.kind()) {
            if has(object.value(), feature.field) {
                self.products.insert(feature.product);
                self.features.insert(feature);
            }
        }
    }

    /// The minimum version of everything that is needed.
    #[must_use]
    pub fn minimums(&self) -> BTreeMap<Product, Minimum> {
        let newest = |product: Product| {
            let features = self.features.iter().filter(move |feature| feature.product == product);
            features.max_by_key(|feature| numbers(feature.since))
        };
        let minimum = |product: Product| match newest(product) {
            Some(feature) => Minimum { version: feature.since, why: Some(feature.why) },
            None => Minimum { version: product.oldest(), why: None },
        };
        self.products.iter().map(|product| (*product, minimum(*product))).collect()
    }
}

/// Whether a value has a field: `[]` is any item of the list before it, `*` any key.
#[must_use]
pub fn has(value: &Value, field: &str) -> bool {
    let (first, rest) = field.split_once('.').map_or((field, None), |(first, rest)| (first, Some(rest)));
    let inside = |value: &Value| rest.is_none_or(|rest| has(value, rest));
    match (first.strip_suffix("[]"), first) {
        (Some(list), _) => value[list].as_array().is_some_and(|items| items.iter().any(inside)),
        (None, "*") => value.as_object().is_some_and(|map| map.values().any(inside)),
        (None, key) => value.get(key).is_some_and(inside),
    }
}
