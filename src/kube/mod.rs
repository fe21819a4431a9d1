//! The objects that the compiler makes.
//!
//! Core Kubernetes kinds, and the pod parts inside Argo kinds, are `k8s-openapi`'s types, re-exported by [`core`]. The
//! custom kinds are separate structs with only the fields that are generated; their names are checked against the
//! published CRD schemas. Whatever the kind, [`Object::new`] turns it into a finished [`Object`].
//!
//! A field whose value is `None`, or an empty list or map, is not written. Where an empty list says something, the field
//! is an `Option<Vec<_>>`.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use k8s_openapi::{Metadata, Resource};
use serde::Serialize;
use serde_json::Value;

use self::core::ObjectMeta;

/// The core Kubernetes types in use, in one place.
pub mod core {
    pub use k8s_openapi::api::apps::v1::{
        Deployment, DeploymentSpec, RollingUpdateStatefulSetStrategy, StatefulSet, StatefulSetSpec,
        StatefulSetUpdateStrategy,
    };
    pub use k8s_openapi::api::autoscaling::v2::{
        CrossVersionObjectReference, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget,
        ResourceMetricSource,
    };
    pub use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, JobSpec, JobTemplateSpec};
    pub use k8s_openapi::api::core::v1::{
        Capabilities, ConfigMap, ConfigMapKeySelector, ConfigMapVolumeSource, Container, ContainerPort,
        EmptyDirVolumeSource, EnvVar, EnvVarSource, ExecAction, GRPCAction, HTTPGetAction, KeyToPath, LimitRange,
        LimitRangeItem, LimitRangeSpec, LocalObjectReference, Namespace, ObjectFieldSelector, PersistentVolumeClaim,
        PersistentVolumeClaimSpec, PersistentVolumeClaimVolumeSource, PodSecurityContext, PodSpec, PodTemplateSpec,
        Probe, ProjectedVolumeSource, ResourceQuota, ResourceQuotaSpec, ResourceRequirements, SeccompProfile, Secret,
        SecretKeySelector, SecretProjection, SecretVolumeSource, SecurityContext, Service, ServiceAccount, ServicePort,
        ServiceSpec, Sysctl, TCPSocketAction, Toleration, TopologySpreadConstraint, Volume, VolumeMount,
        VolumeProjection, VolumeResourceRequirements,
    };
    pub use k8s_openapi::api::networking::v1::{
        HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule, IngressServiceBackend,
        IngressSpec, IngressTLS, ServiceBackendPort,
    };
    pub use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
    pub use k8s_openapi::api::rbac::v1::{PolicyRule, Role, RoleBinding, RoleRef, Subject};
    pub use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
    pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement, ObjectMeta};
    pub use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
}

/// Says whether a field is left out when its struct is written: `None`, an empty list or an empty map.
pub(crate) trait Absent {
    fn absent(&self) -> bool {
        false
    }
}

impl<T> Absent for Option<T> {
    fn absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

impl<K, V> Absent for IndexMap<K, V> {
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

impl<K, V> Absent for BTreeMap<K, V> {
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

macro_rules! always_written {
    ($($type:ty),* $(,)?) => { $(impl Absent for $type {})* };
}

always_written!(
    String,
    i32,
    i64,
    core::Container,
    core::LabelSelector,
    core::ObjectMeta,
    core::PodTemplateSpec,
    kustomize::Header,
);

/// Declares structs that are written with camelCase names and without their [`Absent`] fields.
macro_rules! structs {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
            #[serde(rename_all = "camelCase")]
            pub struct $name {
                $(
                    $(#[$field_meta])*
                    #[serde(skip_serializing_if = "crate::kube::Absent::absent")]
                    pub $field: $type,
                )*
            }

            impl $crate::kube::Absent for $name {}
        )*
    };
}

/// Implements `k8s-openapi`'s `Resource` and `Metadata` for a custom struct that has a `metadata` field.
macro_rules! resource {
    ($name:ident, $group:literal, $version:literal, $plural:literal) => {
        impl k8s_openapi::Resource for $name {
            const API_VERSION: &'static str = concat!($group, "/", $version);
            const GROUP: &'static str = $group;
            const KIND: &'static str = stringify!($name);
            const VERSION: &'static str = $version;
            const URL_PATH_SEGMENT: &'static str = $plural;
            type Scope = k8s_openapi::NamespaceResourceScope;
        }

        impl k8s_openapi::Metadata for $name {
            type Ty = $crate::kube::core::ObjectMeta;

            fn metadata(&self) -> &Self::Ty {
                &self.metadata
            }

            fn metadata_mut(&mut self) -> &mut Self::Ty {
                &mut self.metadata
            }
        }
    };
}

/// Declares a custom kind: a struct of `metadata` and `spec` that is written with `apiVersion` and `kind` before them.
macro_rules! custom_kind {
    ($(#[$meta:meta])* $name:ident($spec:ty) = $group:literal / $version:literal, $plural:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            /// Name, namespace, labels and annotations.
            pub metadata: $crate::kube::core::ObjectMeta,
            /// What the object asks for.
            pub spec: $spec,
        }

        resource!($name, $group, $version, $plural);

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::kube::serialize_kind(self, &self.spec, serializer)
            }
        }
    };
}

/// Writes `apiVersion`, `kind`, `metadata` and `spec`, in this order.
fn serialize_kind<K, T, S>(kind: &K, spec: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    K: Metadata<Ty = ObjectMeta>,
    T: Serialize,
    S: serde::Serializer,
{
    use serde::ser::SerializeStruct;

    let mut object = serializer.serialize_struct(K::KIND, 4)?;
    object.serialize_field("apiVersion", K::API_VERSION)?;
    object.serialize_field("kind", K::KIND)?;
    object.serialize_field("metadata", kind.metadata())?;
    object.serialize_field("spec", spec)?;
    object.end()
}

pub mod argo;
pub mod external_secrets;
pub mod kustomize;
pub mod monitoring;
pub mod traefik;

/// A finished object of any kind. What identifies it is read from the value itself, so that a patch of the value cannot
/// leave it stale.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    value: Value,
}

impl Object {
    /// The finished form of a core or custom resource.
    pub fn new<T>(resource: &T) -> Self
    where
        T: Resource + Metadata<Ty = ObjectMeta> + Serialize,
    {
        // Only a map key that is not a string, or a failing Serialize, can fail here, and no resource has either.
        let value = serde_json::to_value(resource).expect("a resource is always JSON");
        Self { value }
    }

    /// An object from its JSON form; `None` if it has no `apiVersion` or `kind`.
    pub fn from_value(value: Value) -> Option<Self> {
        let object = Self { value };
        (!object.api_version().is_empty() && !object.kind().is_empty()).then_some(object)
    }

    /// `group/version`, or the version alone for the core group.
    pub fn api_version(&self) -> &str {
        self.text("/apiVersion").unwrap_or_default()
    }

    /// The group, empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    /// The kind.
    pub fn kind(&self) -> &str {
        self.text("/kind").unwrap_or_default()
    }

    /// The namespace, if the object says one.
    pub fn namespace(&self) -> Option<&str> {
        self.text("/metadata/namespace")
    }

    /// The name; empty for a `Kustomization`, and where only `generateName` is given.
    pub fn name(&self) -> &str {
        self.text("/metadata/name").unwrap_or_default()
    }

    /// The JSON form, as it was serialised: not yet arranged for a reader.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The JSON form, to be patched.
    pub fn value_mut(&mut self) -> &mut Value {
        &mut self.value
    }

    /// The JSON form, for good.
    pub fn into_value(self) -> Value {
        self.value
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer).and_then(Value::as_str)
    }
}

impl Serialize for Object {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

/// The metadata of an object in a namespace.
pub fn meta(namespace: &str, name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), namespace: Some(namespace.to_owned()), ..ObjectMeta::default() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::argo::workflows::{Workflow, WorkflowSpec};
    use super::core::ServiceAccount;
    use super::*;

    #[test]
    fn core_and_custom_kinds_become_objects_alike() {
        let account = Object::new(&ServiceAccount { metadata: meta("pipeline", "shop"), ..Default::default() });
        assert_eq!(
            (account.api_version(), account.group(), account.kind(), account.namespace(), account.name()),
            ("v1", "", "ServiceAccount", Some("pipeline"), "shop")
        );
        let workflow = Object::new(&Workflow { metadata: meta("pipeline", "shop-"), spec: WorkflowSpec::default() });
        assert_eq!((workflow.group(), workflow.kind()), ("argoproj.io", "Workflow"));
        assert_eq!(
            workflow.value().to_string(),
            r#"{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{"name":"shop-","namespace":"pipeline"},"spec":{}}"#
        );
    }

    #[test]
    fn identity_follows_a_patch() {
        let mut object = Object::new(&ServiceAccount { metadata: meta("a", "b"), ..Default::default() });
        object.value_mut()["metadata"]["name"] = json!("c");
        assert_eq!(object.name(), "c");
    }

    #[test]
    fn only_a_value_with_a_kind_is_an_object() {
        assert_eq!(Object::from_value(json!({"kind": "Secret"})), None);
        assert_eq!(Object::from_value(json!([])), None);
        assert!(Object::from_value(json!({"apiVersion": "v1", "kind": "Secret"})).is_some());
    }
}
