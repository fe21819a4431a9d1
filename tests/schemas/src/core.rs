//! The schemas of the kinds that every Kubernetes has, by the types of k8s-openapi, in the form of the API server's
//! document and without descriptions.

use k8s_openapi::Resource;
use k8s_openapi::api::*;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

fn add<T: Resource + JsonSchema>(generator: &mut SchemaGenerator, kinds: &mut Vec<(String, Value)>) {
    generator.subschema_for::<T>();
    let kind = json!({"group": T::GROUP, "version": T::VERSION, "kind": T::KIND});
    kinds.push((T::schema_name().into_owned(), kind));
}

/// Without what is only for people, and what every schema has.
fn slim(value: &mut Value, names: bool) {
    match value {
        Value::Object(fields) => {
            if !names {
                fields.retain(|key, value| key != "description" || !value.is_string());
            }
            for (key, value) in fields.iter_mut() {
                slim(value, !names && matches!(key.as_str(), "properties" | "definitions"));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| slim(item, false)),
        _ => {}
    }
}

macro_rules! all {
    ($($kind:ty),* $(,)?) => {{
        let mut generator = SchemaSettings::draft07().with(|it| it.inline_subschemas = false).into_generator();
        let mut kinds = Vec::new();
        $(add::<$kind>(&mut generator, &mut kinds);)*
        (generator.take_definitions(false), kinds)
    }};
}

/// The document.
pub fn document() -> Value {
    let (definitions, kinds): (Map<String, Value>, _) = all![
        admissionregistration::v1::MutatingWebhookConfiguration,
        admissionregistration::v1::ValidatingAdmissionPolicy,
        admissionregistration::v1::ValidatingAdmissionPolicyBinding,
        admissionregistration::v1::ValidatingWebhookConfiguration,
        apiextensions::v1::CustomResourceDefinition,
        apiregistration::v1::APIService,
        apps::v1::ControllerRevision,
        apps::v1::DaemonSet,
        apps::v1::Deployment,
        apps::v1::ReplicaSet,
        apps::v1::StatefulSet,
        autoscaling::v1::HorizontalPodAutoscaler,
        autoscaling::v2::HorizontalPodAutoscaler,
        batch::v1::CronJob,
        batch::v1::Job,
        certificates::v1::CertificateSigningRequest,
        coordination::v1::Lease,
        core::v1::ConfigMap,
        core::v1::Endpoints,
        core::v1::Event,
        core::v1::LimitRange,
        core::v1::Namespace,
        core::v1::Node,
        core::v1::PersistentVolume,
        core::v1::PersistentVolumeClaim,
        core::v1::Pod,
        core::v1::PodTemplate,
        core::v1::ReplicationController,
        core::v1::ResourceQuota,
        core::v1::Secret,
        core::v1::Service,
        core::v1::ServiceAccount,
        discovery::v1::EndpointSlice,
        flowcontrol::v1::FlowSchema,
        flowcontrol::v1::PriorityLevelConfiguration,
        networking::v1::Ingress,
        networking::v1::IngressClass,
        networking::v1::NetworkPolicy,
        node::v1::RuntimeClass,
        policy::v1::PodDisruptionBudget,
        rbac::v1::ClusterRole,
        rbac::v1::ClusterRoleBinding,
        rbac::v1::Role,
        rbac::v1::RoleBinding,
        scheduling::v1::PriorityClass,
        storage::v1::CSIDriver,
        storage::v1::CSINode,
        storage::v1::CSIStorageCapacity,
        storage::v1::StorageClass,
        storage::v1::VolumeAttachment,
    ];
    let mut definitions = Value::Object(definitions);
    slim(&mut definitions, true);
    for (name, kind) in kinds {
        definitions[name]["x-kubernetes-group-version-kind"] = json!([kind]);
    }
    json!({"definitions": definitions})
}
