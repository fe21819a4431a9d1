//! A container in the pods of a service, which mounts the service's volumes.

use super::Emitter;
use super::probe::probe;
use crate::emit::sources::Placeholder;
use crate::kube::core::{Container as KubeContainer, ContainerPort, EnvVar};
use crate::model::{Container, EnvValue, ImageId, Origin, SecretKey, Segment, Service, Text};
use crate::names;
use crate::providers::router::FILLED_IN;
use crate::schema::probes::ProbeKind;
use crate::steps::pods::{self, container_security, namespace_variable, secret_variable, variable};

/// A container, and where it is.
pub(super) struct ContainerAt<'a> {
    /// The service whose pods it is in.
    pub service: &'a Service,
    /// What it runs.
    pub container: &'a Container,
    /// Its name.
    pub name: &'a str,
    /// Its list in the specification of the pod, and its index there.
    pub path: &'a str,
}

impl ContainerAt<'_> {
    fn pointer(&self, field: &str) -> String {
        format!("/spec/template/spec/{}/{field}", self.path)
    }
}

impl Emitter<'_> {
    /// The container. Values that are only known in a run become `placeholders`.
    pub(super) fn container(
        &self,
        at: &ContainerAt,
        ports: &[(&str, u16)],
        placeholders: &mut Vec<Placeholder>,
    ) -> KubeContainer {
        let Container { image, cpu, memory, command, args, env: variables, probes, .. } = at.container;
        let mut env = Vec::new();
        if variables.values().filter_map(text_of).chain(command).chain(args).any(mentions_namespace) {
            env.push(namespace_variable(names::NAMESPACE_VARIABLE));
        }
        for (name, value) in variables {
            env.extend(self.hidden_variables(value));
            let pointer = at.pointer(&format!("env/{}/value", env.len()));
            env.push(self.variable(name, value, |text| placeholders.push(self.placeholder(at, pointer, text))));
        }
        let command = self.words("command", command, at, placeholders);
        let args = self.words("args", args, at, placeholders);
        let port = |(name, port): &(&str, u16)| ContainerPort {
            name: Some((*name).to_owned()),
            container_port: i32::from(*port),
            ..ContainerPort::default()
        };
        KubeContainer {
            name: at.name.to_owned(),
            image: Some(self.image(image)),
            command: (!command.is_empty()).then_some(command),
            args: (!args.is_empty()).then_some(args),
            env: Some(env),
            ports: Some(ports.iter().map(port).collect()),
            readiness_probe: probe(probes, ProbeKind::Ready),
            liveness_probe: probe(probes, ProbeKind::Live),
            startup_probe: probe(probes, ProbeKind::Start),
            resources: Some(pods::resources(cpu, memory)),
            volume_mounts: Some(self.mounts(at.service)),
            security_context: Some(container_security(false)),
            ..KubeContainer::default()
        }
    }

    /// The image of a container: a placeholder that the run replaces, or one that was built elsewhere.
    pub(super) fn image(&self, image: &ImageId) -> String {
        match &self.plan.resolved.image(image).origin {
            Origin::Built(_) | Origin::FromCi(_) => image.placeholder(),
            Origin::Reference(reference) => reference.written(),
        }
    }

    fn placeholder(&self, at: &ContainerAt, pointer: String, text: &Text) -> Placeholder {
        Placeholder {
            kind: self.workload_kind(at.service),
            name: at.service.name.value.clone(),
            pointer,
            text: text.clone(),
            in_pod: true,
        }
    }

    /// The words of a command, or of its arguments.
    fn words(&self, field: &str, texts: &[Text], at: &ContainerAt, placeholders: &mut Vec<Placeholder>) -> Vec<String> {
        let mut words = Vec::new();
        for text in texts {
            words.push(pods::in_pod(text).unwrap_or_else(|| {
                let pointer = at.pointer(&format!("{field}/{}", words.len()));
                placeholders.push(self.placeholder(at, pointer, text));
                FILLED_IN.to_owned()
            }));
        }
        words
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
