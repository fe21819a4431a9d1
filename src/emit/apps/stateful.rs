//! The StatefulSet of a service whose pods have storage, each its own.

use super::{Emitter, selector, volumes};
use crate::kube::Object;
use crate::kube::core::{
    LabelSelector, ObjectMeta, PodTemplateSpec, RollingUpdateStatefulSetStrategy, Service as KubeService, ServiceSpec,
    StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy,
};
use crate::model::Service;
use crate::names;

impl Emitter<'_> {
    pub(super) fn stateful_set(
        &self,
        service: &Service,
        metadata: ObjectMeta,
        replicas: Option<i32>,
        template: PodTemplateSpec,
    ) -> Object {
        Object::new(&StatefulSet {
            metadata,
            spec: Some(StatefulSetSpec {
                replicas,
                revision_history_limit: Some(5),
                service_name: Some(names::governing_service(&service.name.value)),
                // In order, a rollback would wait for the pod that does not become ready, and so for a person
                // (kubernetes, `pkg/controller/statefulset/stateful_set_control.go`, `processReplica`;
                // https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback). An update still
                // replaces one pod after the other.
                pod_management_policy: Some("Parallel".into()),
                // Argo CD calls a StatefulSet without the partition healthy before its pods are updated (argo-cd,
                // `gitops-engine/pkg/health/health_statefulset.go`).
                update_strategy: Some(StatefulSetUpdateStrategy {
                    type_: Some("RollingUpdate".into()),
                    rolling_update: Some(RollingUpdateStatefulSetStrategy {
                        partition: Some(0),
                        ..RollingUpdateStatefulSetStrategy::default()
                    }),
                }),
                selector: LabelSelector { match_labels: Some(selector(service)), ..LabelSelector::default() },
                template,
                volume_claim_templates: Some(volumes::claims(service)),
                ..StatefulSetSpec::default()
            }),
            status: None,
        })
    }

    /// The Service that gives each pod an address of its own, ready or not, since pods may have to find each other to
    /// become ready. It has no ports, so that metrics are not read through it a second time.
    pub(super) fn governing_service(&self, service: &Service) -> Object {
        Object::new(&KubeService {
            metadata: self.meta(service, &names::governing_service(&service.name.value)),
            spec: Some(ServiceSpec {
                cluster_ip: Some("None".into()),
                publish_not_ready_addresses: Some(true),
                selector: Some(selector(service)),
                ..ServiceSpec::default()
            }),
            status: None,
        })
    }
}
