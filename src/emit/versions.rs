//! The minimum versions of the products that a cluster must run, derived from what is emitted.
//!
//! Each product has an oldest supported version. A newer field or behaviour has a row in [`features`], with the place
//! where it first appears, and a tree needs it if one of its objects has the field. `tests/versions/fields.txt` lists
//! the fields of the oldest versions, and a test requires every emitted field to be in one of the two.

use crate::kube::Object;
use crate::providers::{Feature, KUBERNETES, Product, builder, metrics, router};
use serde_json::Value;
use std::collections::BTreeSet;

/// Argo CD.
pub static ARGO_CD: Product =
    Product { name: "Argo CD", oldest: "3.0", kinds: &["Application", "ApplicationSet", "AppProject"] };
/// Argo Workflows.
pub static ARGO_WORKFLOWS: Product =
    Product { name: "Argo Workflows", oldest: "4.0", kinds: &["Workflow", "WorkflowTemplate", "CronWorkflow"] };
/// Argo Events.
pub static ARGO_EVENTS: Product =
    Product { name: "Argo Events", oldest: "1.9", kinds: &["EventBus", "EventSource", "Sensor"] };
/// Argo Rollouts.
pub static ARGO_ROLLOUTS: Product =
    Product { name: "Argo Rollouts", oldest: "1.9", kinds: &["Rollout", "AnalysisTemplate"] };

/// The External Secrets Operator; the first version that serves `external-secrets.io/v1` (external-secrets,
/// `config/crds/bases/external-secrets.io_externalsecrets.yaml`, v0.16.0).
pub static EXTERNAL_SECRETS: Product =
    Product { name: "External Secrets Operator", oldest: "0.16", kinds: &["ExternalSecret"] };

/// All products, those of providers last.
pub fn products() -> impl Iterator<Item = &'static Product> {
    let own = [&KUBERNETES, &ARGO_CD, &ARGO_WORKFLOWS, &ARGO_EVENTS, &ARGO_ROLLOUTS, &EXTERNAL_SECRETS];
    let routers = router::all().filter_map(|router| router.product());
    let metrics = metrics::all().filter_map(|metrics| metrics.product());
    let mut seen = BTreeSet::new();
    own.into_iter().chain(routers).chain(metrics).filter(move |product| seen.insert(product.name))
}

/// The product that owns objects of this kind.
#[must_use]
pub fn product(kind: &str) -> &'static Product {
    products().find(|product| product.kinds.contains(&kind)).unwrap_or(&KUBERNETES)
}

/// The features of everything except providers.
static FEATURES: &[Feature] = &[
    Feature {
        product: &ARGO_CD,
        since: "3.3",
        kind: "AppProject",
        field: "spec.clusterResourceWhitelist[].name",
        why: "namespaces of AppProjects are allowed by name",
        source: "argoproj/argo-cd, manifests/crds/appproject-crd.yaml, v3.3.0",
    },
    Feature {
        product: &ARGO_WORKFLOWS,
        since: "4.1",
        kind: "WorkflowTemplate",
        field: "spec.templates[].pendingTimeout",
        why: "limits the time that a step waits for a lock",
        source: "argoproj/argo-workflows, manifests/base/crds/full/argoproj.io_workflowtemplates.yaml, v4.1.0",
    },
    Feature {
        product: &ARGO_WORKFLOWS,
        since: "4.1.2",
        kind: "WorkflowTemplate",
        field: "spec.templates[].synchronization.mutexes",
        why: "a stopped run leaves the queue of a lock immediately",
        source: "argoproj/argo-workflows, workflow/controller/operator_concurrency_test.go (TestShutdownWaitingForTmplLevelLock), v4.1.2",
    },
];

/// All features, those of providers first.
pub fn features() -> impl Iterator<Item = &'static Feature> {
    builder::all().flat_map(|builder| builder.features()).chain(FEATURES)
}

/// The numbers of a version, for comparison.
#[must_use]
pub fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

/// What the objects of a tree need.
#[derive(Debug, Default)]
pub struct Needs {
    /// The names of products.
    products: BTreeSet<&'static str>,
    /// The features.
    features: BTreeSet<&'static Feature>,
}

/// A minimum version, and why no older one will do.
#[derive(Debug, PartialEq, Eq)]
pub struct Minimum {
    /// The product.
    pub product: &'static Product,
    /// The version.
    pub version: &'static str,
    /// What an older supported version lacks.
    pub why: Option<&'static str>,
}

impl Needs {
    /// Notes what an object needs.
    pub fn note(&mut self, object: &Object) {
        self.products.insert(product(object.kind()).name);
        for feature in features().filter(|feature| feature.kind == object.kind()) {
            if has(object.value(), feature.field) {
                self.products.insert(feature.product.name);
                self.features.insert(feature);
            }
        }
    }

    /// The minimum version of everything that is needed, in the order of the products.
    #[must_use]
    pub fn minimums(&self) -> Vec<Minimum> {
        let newest = |product: &Product| {
            let features = self.features.iter().filter(|feature| feature.product == product);
            features.max_by_key(|feature| numbers(feature.since))
        };
        let minimum = |product: &'static Product| match newest(product) {
            Some(feature) => Minimum { product, version: feature.since, why: Some(feature.why) },
            None => Minimum { product, version: product.oldest, why: None },
        };
        products().filter(|product| self.products.contains(product.name)).map(minimum).collect()
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
