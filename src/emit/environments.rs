//! `environments/<env>/`: the namespace, its quota and its secrets.
//!
//! An ephemeral one is the source of the environment's own Application, which names the namespace and fills the
//! secrets. A permanent one is part of the tree itself, because its namespace must exist before the accounts of the
//! pipelines.

use super::{Tree, externals, waves};
use crate::files::{self, Folder};
use crate::kube::Object;
use crate::kube::core::{
    LimitRange, LimitRangeItem, LimitRangeSpec, Namespace, ObjectMeta, Quantity, ResourceQuota, ResourceQuotaSpec,
    Secret,
};
use crate::model::value::POD_SECURITY;
use crate::model::{Environment, Quota};
use crate::names;
use crate::plan::Plan;
use std::collections::BTreeMap;

/// The default of a container without resources: in a namespace with a quota, Kubernetes would otherwise reject it.
const CONTAINER_REQUEST: (&str, &str) = ("50m", "128Mi");
const CONTAINER_LIMIT: (&str, &str) = ("500m", "512Mi");

/// Emits the folders.
pub fn emit(plan: &Plan, tree: &mut Tree) {
    for environment in plan.resolved.environments.values() {
        let name = &environment.name.value;
        let namespace = environment.namespace().unwrap_or(names::PLACEHOLDER);
        let secrets = if environment.is_ephemeral() { throwaway_secrets(plan, name, namespace) } else { Vec::new() };
        let quota = environment.quota.as_ref().map(|quota| bounds(quota, namespace)).unwrap_or_default();
        tree.folder(
            Folder::Environment(name),
            vec![
                (files::NAMESPACE.to_owned(), vec![namespace_object(environment, namespace)]),
                ("quota.yaml".to_owned(), quota),
                ("secrets.yaml".to_owned(), secrets),
                ("external-secrets.yaml".to_owned(), externals::in_environment(plan, name, namespace)),
            ],
        );
    }
}

/// The names of the permanent environments.
pub fn permanent<'a>(plan: &'a Plan) -> impl Iterator<Item = &'a str> {
    plan.resolved
        .environments
        .values()
        .filter(|environment| !environment.is_ephemeral())
        .map(|environment| environment.name.value.as_str())
}

fn namespace_object(environment: &Environment, namespace: &str) -> Object {
    let mut metadata = ObjectMeta { name: Some(namespace.to_owned()), ..ObjectMeta::default() };
    let mut labels = environment.labels.clone();
    labels.extend([
        ("app.kubernetes.io/managed-by".to_owned(), names::MANAGED_BY.to_owned()),
        (names::key("environment"), environment.name.value.clone()),
    ]);
    if let Some(level) = &environment.pod_security {
        // Warnings and audits tell of a workload whose pods will be refused, not only of the pods.
        let label = |mode: &str| (format!("{POD_SECURITY}{mode}"), level.value.word().to_owned());
        labels.extend(["enforce", "warn", "audit"].map(label));
    }
    metadata.labels = Some(labels);
    let mut annotations = environment.annotations.clone();
    if !environment.is_ephemeral() {
        // A sync never deletes a permanent environment, whatever changes in the program.
        annotations.insert("argocd.argoproj.io/sync-options".to_owned(), "Prune=false,Delete=false".to_owned());
    }
    metadata.annotations = (!annotations.is_empty()).then_some(annotations);
    if !environment.is_ephemeral() {
        waves::put_into(&mut metadata, waves::NAMESPACES);
    }
    Object::new(&Namespace { metadata, ..Namespace::default() })
}

/// A quota, and the limit range without which it would refuse charts that set no limits.
fn bounds(quota: &Quota, namespace: &str) -> Vec<Object> {
    let quantity = |value: &str| Quantity(value.to_owned());
    let pair = |(cpu, memory): (&str, &str)| {
        Some(BTreeMap::from([("cpu".to_owned(), quantity(cpu)), ("memory".to_owned(), quantity(memory))]))
    };
    let hard = [
        ("requests.cpu", quota.cpu.clone()),
        ("requests.memory", quota.memory.clone()),
        ("pods", quota.pods.map(|pods| pods.to_string())),
    ];
    let hard = hard.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Quantity(value?)))).collect();
    let metadata = |name: &str| crate::kube::meta(namespace, name);
    vec![
        Object::new(&ResourceQuota {
            metadata: metadata("environment"),
            spec: Some(ResourceQuotaSpec { hard: Some(hard), ..ResourceQuotaSpec::default() }),
            status: None,
        }),
        Object::new(&LimitRange {
            metadata: metadata("environment"),
            spec: Some(LimitRangeSpec {
                limits: vec![LimitRangeItem {
                    type_: "Container".into(),
                    default_request: pair(CONTAINER_REQUEST),
                    default: pair(CONTAINER_LIMIT),
                    ..LimitRangeItem::default()
                }],
            }),
        }),
    ]
}

/// The throwaway secrets, with keys but without values, which are derived in the cluster.
fn throwaway_secrets(plan: &Plan, environment: &str, namespace: &str) -> Vec<Object> {
    let secrets = plan.resolved.secrets.values();
    secrets
        .filter_map(|secret| {
            let in_environment = secret.environments.get(environment).filter(|secret| secret.origin.is_throwaway())?;
            let keys = secret.keys.iter().map(|key| (key.clone(), String::new())).collect();
            Some(Object::new(&Secret {
                metadata: crate::kube::meta(namespace, &in_environment.object),
                type_: Some("Opaque".into()),
                string_data: Some(keys),
                ..Secret::default()
            }))
        })
        .collect()
}
