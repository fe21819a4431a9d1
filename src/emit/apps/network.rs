//! How a service is reached, and its metrics.

use super::{Emitter, HTTP, METRICS, selector};
use crate::emit::sources::Placeholder;
use crate::kube::Object;
use crate::kube::core::{IntOrString, LabelSelector, Service as KubeService, ServicePort, ServiceSpec};
use crate::model::Service;
use crate::names;
use crate::providers::metrics::{self, Shown};
use crate::providers::router::{self, Way};

impl Emitter<'_> {
    /// The Services, the route to them and the monitor of their metrics.
    pub(super) fn network(&self, service: &Service, placeholders: &mut Vec<Placeholder>) -> Vec<Object> {
        let mut objects = Vec::new();
        if !service.is_reachable() {
            return objects;
        }
        let name = &service.name.value;
        let canary = names::canary_service(name);
        objects.push(self.kube_service(service, name));
        if self.canary.is_some() {
            objects.push(self.kube_service(service, &canary));
        }
        if let Some(route) = &service.route {
            let way = Way {
                route,
                service: name,
                port: service.port.expect("a service with a route has a port"),
                canary: self.canary.is_some().then_some(canary.as_str()),
                metadata: &self.meta(service, name),
                named: &self.named_meta(service, name),
            };
            let found = router::get(route.via).objects(&way);
            objects.extend(found.objects);
            placeholders.extend(found.blanks.into_iter().map(|blank| Placeholder {
                kind: blank.kind,
                name: name.clone(),
                pointer: blank.pointer,
                text: blank.text,
                in_pod: false,
            }));
        }
        if let Some(metrics) = &service.metrics {
            let selector = LabelSelector { match_labels: Some(selector(service)), ..LabelSelector::default() };
            let shown = Shown {
                metrics,
                port: self.metrics_port(service),
                selector: &selector,
                metadata: &self.meta(service, name),
            };
            objects.extend(metrics::of(self.plan).monitor(self.plan, &shown));
        }
        objects
    }

    /// Metrics on the serving port have no port of their own.
    pub(super) fn metrics_port(&self, service: &Service) -> &'static str {
        let metrics = service.metrics.as_ref().map(|metrics| metrics.port);
        if metrics == service.port { HTTP } else { METRICS }
    }

    /// The ports of a service with their names; metrics on the serving port have no port of their own.
    pub(super) fn ports<'a>(&self, service: &'a Service) -> Vec<(&'a str, u16)> {
        let metrics = service.metrics.as_ref().filter(|_| self.metrics_port(service) == METRICS);
        let generated = [(HTTP, service.port), (METRICS, metrics.map(|metrics| metrics.port))];
        let generated = generated.into_iter().filter_map(|(name, port)| Some((name, port?)));
        generated.chain(service.ports.iter().map(|(name, port)| (name.as_str(), *port))).collect()
    }

    pub(super) fn kube_service(&self, service: &Service, name: &str) -> Object {
        let port = |name: &str, port: u16| ServicePort {
            name: Some(name.to_owned()),
            port: i32::from(port),
            target_port: Some(IntOrString::String(name.to_owned())),
            ..ServicePort::default()
        };
        let ports = self.ports(service).into_iter().map(|(name, number)| port(name, number)).collect();
        Object::new(&KubeService {
            metadata: self.named_meta(service, name),
            spec: Some(ServiceSpec { ports: Some(ports), selector: Some(selector(service)), ..ServiceSpec::default() }),
            status: None,
        })
    }
}
