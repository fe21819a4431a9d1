//! The pods of a service.

use super::probe::probe;
use super::{Emitter, HTTP, METRICS, selector, volumes};
use crate::emit::shared;
use crate::emit::sources::Placeholder;
use crate::kube::core::{Container, ContainerPort, EnvVar, ObjectMeta, PodSpec, PodTemplateSpec, Sysctl};
use crate::model::{EnvValue, Origin, SecretKey, Segment, Service, Text};
use crate::names;
use crate::providers::router::FILLED_IN;
use crate::schema::probes::ProbeKind;
use crate::steps::pods::{self, container_security, namespace_variable, pod_security, secret_variable, variable};

impl Emitter<'_> {
    pub(super) fn pod_template(&self, service: &Service, placeholders: &mut Vec<Placeholder>) -> PodTemplateSpec {
        let mut env = Vec::new();
        if service.env.values().filter_map(text_of).chain(&service.command).any(mentions_namespace) {
            env.push(namespace_variable(names::NAMESPACE_VARIABLE));
        }
        for (name, value) in &service.env {
            env.extend(self.hidden_variables(value));
            let pointer = format!("/spec/template/spec/containers/0/env/{}/value", env.len());
            env.push(self.variable(name, value, |text| placeholders.push(self.placeholder(service, pointer, text))));
        }
        let command = self.command(service, placeholders);
        let image = self.plan.resolved.image(&service.image);
        let ports = [(HTTP, service.port), (METRICS, service.metrics.as_ref().map(|metrics| metrics.port))];
        let mut ports: Vec<_> = ports.into_iter().filter_map(|(name, port)| Some((name, port?))).collect();
        ports.dedup_by_key(|(_, port)| *port);
        let mut security = volumes::security(service, pod_security(image.user));
        let listening = ports.iter().map(|(_, port)| *port).chain(service.probes.ports());
        if image.user != 0 && listening.into_iter().any(|port| port < 1024) {
            // Otherwise only root could listen on such a port. The sysctl is one of the safe ones, which every cluster
            // allows.
            security.sysctls =
                Some(vec![Sysctl { name: "net.ipv4.ip_unprivileged_port_start".into(), value: "0".into() }]);
        }
        let container = Container {
            name: service.name.value.clone(),
            image: Some(match &image.origin {
                Origin::Built(_) => service.image.placeholder(),
                Origin::Reference(reference) => reference.written(),
            }),
            command: (!command.is_empty()).then_some(command),
            env: Some(env),
            ports: Some(
                ports
                    .iter()
                    .map(|(name, port)| ContainerPort {
                        name: Some((*name).to_owned()),
                        container_port: i32::from(*port),
                        ..ContainerPort::default()
                    })
                    .collect(),
            ),
            readiness_probe: probe(&service.probes, ProbeKind::Ready),
            liveness_probe: probe(&service.probes, ProbeKind::Live),
            startup_probe: probe(&service.probes, ProbeKind::Start),
            resources: Some(pods::resources(&service.cpu, &service.memory)),
            volume_mounts: Some(self.mounts(service)),
            security_context: Some(container_security(false)),
            ..Container::default()
        };
        PodTemplateSpec {
            metadata: Some(ObjectMeta { labels: Some(selector(service)), ..ObjectMeta::default() }),
            spec: Some(PodSpec {
                automount_service_account_token: Some(false),
                security_context: Some(security),
                image_pull_secrets: shared::pull_secret(self.plan, Some(self.environment)).map(|secret| vec![secret]),
                containers: vec![container],
                volumes: Some(self.volumes(service)),
                ..PodSpec::default()
            }),
        }
    }

    pub(super) fn placeholder(&self, service: &Service, pointer: String, text: &Text) -> Placeholder {
        Placeholder {
            kind: self.workload_kind(service),
            name: service.name.value.clone(),
            pointer,
            text: text.clone(),
            in_pod: true,
        }
    }

    pub(super) fn command(&self, service: &Service, placeholders: &mut Vec<Placeholder>) -> Vec<String> {
        let mut command = Vec::new();
        for text in &service.command {
            command.push(pods::in_pod(text).unwrap_or_else(|| {
                let pointer = format!("/spec/template/spec/containers/0/command/{}", command.len());
                placeholders.push(self.placeholder(service, pointer, text));
                FILLED_IN.to_owned()
            }));
        }
        command
    }

    /// The variables that must stand before one with this value: they hold the secrets in its text.
    pub(super) fn hidden_variables(&self, value: &EnvValue) -> Vec<EnvVar> {
        match value {
            EnvValue::Secret(_) => Vec::new(),
            EnvValue::Text(text) => text.secrets().map(|(name, key)| self.secret_variable(name, key)).collect(),
        }
    }

    fn secret_variable(&self, name: &str, key: &SecretKey) -> EnvVar {
        let object = &self.plan.resolved.secrets[&key.secret].environments[self.environment].object;
        secret_variable(name, object, &key.key)
    }

    pub(super) fn variable(&self, name: &str, value: &EnvValue, placeholder: impl FnOnce(&Text)) -> EnvVar {
        match value {
            EnvValue::Secret(key) => self.secret_variable(name, key),
            EnvValue::Text(text) if text.0 == [Segment::Namespace] => namespace_variable(name),
            EnvValue::Text(text) => match pods::in_pod(text) {
                Some(value) => variable(name, value),
                None => {
                    placeholder(text);
                    variable(name, FILLED_IN)
                }
            },
        }
    }
}

/// The value of a variable, unless it is only the namespace, which has its own form.
pub(super) fn text_of(value: &EnvValue) -> Option<&Text> {
    match value {
        EnvValue::Text(text) if text.0 != [Segment::Namespace] => Some(text),
        EnvValue::Text(_) | EnvValue::Secret(_) => None,
    }
}

pub(super) fn mentions_namespace(text: &Text) -> bool {
    text.0.contains(&Segment::Namespace)
}
