//! The pods of a service.

use super::container::ContainerAt;
use super::identity::account_of;
use super::{Emitter, selector, volumes};
use crate::emit::shared;
use crate::emit::sources::Placeholder;
use crate::kube::core::{
    Container as KubeContainer, LabelSelector, ObjectMeta, PodSpec, PodTemplateSpec, Sysctl, TopologySpreadConstraint,
};
use crate::model::{Beside, Container, Service, Spread};
use crate::plan::GONE_TIMEOUT;
use crate::steps::pods::pod_security;

/// The longest time in seconds that a pod gets to stop in an ephemeral environment: its removal waits for its pods.
const EPHEMERAL_STOP: u64 = GONE_TIMEOUT / 5;

impl Emitter<'_> {
    pub(super) fn pod_template(&self, service: &Service, placeholders: &mut Vec<Placeholder>) -> PodTemplateSpec {
        let ports = self.ports(service);
        let user = self.user(&service.container);
        let mut security = volumes::security(service, pod_security(user));
        let mut listening =
            ports.iter().map(|(_, port)| *port).chain(service.containers().flat_map(|known| known.probes.ports()));
        let is_root = |container| self.user(container) == 0;
        if !service.containers().all(is_root) && listening.any(|port| port < 1024) {
            // Otherwise only root could listen on such a port. The sysctl is one of the safe ones, which every cluster
            // allows.
            security.sysctls =
                Some(vec![Sysctl { name: "net.ipv4.ip_unprivileged_port_start".into(), value: "0".into() }]);
        }
        let at =
            ContainerAt { service, container: &service.container, name: &service.name.value, path: "containers/0" };
        let containers = vec![self.container(&at, &ports, placeholders)];
        let beside = service.beside.iter().enumerate();
        let beside = beside.map(|(index, beside)| self.beside(service, index, beside, placeholders)).collect();
        let stop = service.stop.map(|stop| if self.is_ephemeral() { stop.min(EPHEMERAL_STOP) } else { stop });
        let mut labels = selector(service);
        labels.extend(service.identity.iter().flat_map(|identity| identity.labels.clone()));
        PodTemplateSpec {
            metadata: Some(ObjectMeta { labels: Some(labels), ..ObjectMeta::default() }),
            spec: Some(PodSpec {
                service_account_name: account_of(service.identity.as_ref(), &service.name.value),
                automount_service_account_token: Some(service.identity.as_ref().is_some_and(|identity| identity.token)),
                security_context: Some(security),
                priority_class_name: service.priority.clone(),
                topology_spread_constraints: service.spread.map(|spread| vec![self.spread(service, spread)]),
                termination_grace_period_seconds: stop.map(|stop| i64::try_from(stop).unwrap_or(i64::MAX)),
                image_pull_secrets: shared::pull_secret(self.plan, Some(self.environment)).map(|secret| vec![secret]),
                init_containers: Some(beside),
                containers,
                volumes: Some(self.volumes(service)),
                ..PodSpec::default()
            }),
        }
    }

    fn user(&self, container: &Container) -> i64 {
        self.plan.resolved.image(&container.image).user
    }

    /// An init container, or a sidecar: one that is restarted whenever it ends (KEP-753).
    fn beside(
        &self,
        service: &Service,
        index: usize,
        beside: &Beside,
        placeholders: &mut Vec<Placeholder>,
    ) -> KubeContainer {
        let path = format!("initContainers/{index}");
        let at = ContainerAt { service, container: &beside.container, name: &beside.name.value, path: &path };
        let mut container = self.container(&at, &[], placeholders);
        container.restart_policy = beside.is_sidecar.then(|| "Always".to_owned());
        let user = self.user(&beside.container);
        if user != self.user(&service.container)
            && let Some(context) = &mut container.security_context
        {
            context.run_as_non_root = Some(user != 0);
            context.run_as_user = Some(user);
            context.run_as_group = Some(user);
        }
        container
    }

    fn spread(&self, service: &Service, spread: Spread) -> TopologySpreadConstraint {
        let key = match spread {
            Spread::Zone => "topology.kubernetes.io/zone",
            Spread::Node => "kubernetes.io/hostname",
        };
        // Only the pods of one version count: those of the old version go away, and would leave the new ones uneven. A
        // Rollout has its own label for the version (argo-rollouts, `pkg/apis/rollouts/v1alpha1/types.go`).
        let version = match self.workload_kind(service) {
            "Rollout" => "rollouts-pod-template-hash",
            "StatefulSet" => "controller-revision-hash",
            _ => "pod-template-hash",
        };
        TopologySpreadConstraint {
            max_skew: 1,
            topology_key: key.to_owned(),
            when_unsatisfiable: "ScheduleAnyway".to_owned(),
            label_selector: Some(LabelSelector { match_labels: Some(selector(service)), ..LabelSelector::default() }),
            match_label_keys: Some(vec![version.to_owned()]),
            ..TopologySpreadConstraint::default()
        }
    }
}
