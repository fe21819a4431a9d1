//! `service` and its parts.

use super::Env;
use super::beside::beside;
use super::config::configs;
use super::container::container;
use super::identity::identity;
use super::probe::health;
use super::volume::volumes;
use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::resolve::patch::patches;
use crate::model::text::{Segment, Text};
use crate::model::{Answer, Container, Metrics, Route, Scale, Service, Spread, errors, value};
use crate::program::Node;
use crate::schema::probes::ProbeKind;
use crate::schema::providers::Router;
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

pub(super) fn service(node: &Node, scope: Scope, app_env: &Env, sink: &mut Diagnostics) -> Option<Service> {
    let app = scope.app.map(Node::name).unwrap_or_default();
    let name = if node.label.is_some() { format!("{app}-{}", node.name()) } else { app };
    let container = container(node, scope, app_env, sink);
    let mut reader = Reader::again(node, scope, sink);
    let port = reader.port("port");
    let ports = reader.port_map("ports");
    let health = health(&mut reader, node);
    let stop = reader.duration("stop").map(|stop| stop.value);
    let priority = reader.parsed("priority", value::dns_subdomain).map(|priority| priority.value);
    let spread = reader.word("spread").and_then(Spread::of);
    let replicas = reader.count_range("replicas", 1000);
    let scale_node = node.block_or_empty("scale");
    let mut scale_reader = Reader::new(&scale_node, scope, sink);
    let scale = Scale {
        cpu: scale_reader.percent("cpu").map_or(70, |percent| i32::from(percent.value)),
        memory: scale_reader.percent("memory").map(|percent| i32::from(percent.value)),
    };
    let mut reader = Reader::again(node, scope, sink);
    let metrics = reader.inside("metrics").and_then(|mut metrics| {
        let number = metrics.port("port");
        let path = metrics.parsed("path", value::url_path);
        let every = metrics.duration("every");
        Some(Metrics { port: number?.value, path: path?.value, every: every?.value })
    });
    let route = reader.inside("route").and_then(|mut route| {
        let via = route.word("via");
        let host = host(&mut route);
        let path = route.parsed("path", value::url_path);
        let via = Router::of(via?)?;
        Some(Route { via, span: route.span("host"), host: host?, path: path?.value })
    });
    let (volumes, mounted) = volumes(node, scope, sink);
    let container = container.map(|mut container| {
        container.probes.0.extend(health.map(|probe| (ProbeKind::Ready, probe)));
        container.uses.extend(mounted);
        container
    });
    if port.is_none() && node.lacks("port") {
        let route = node.block("route").map(|block| ("route".to_owned(), block.head));
        let using: Vec<_> = asking(node, container.as_ref()).chain(route).collect();
        if let Some((first, others)) = using.split_first() {
            sink.push(errors::needs_port(first, others));
        }
    }
    let spans = [("port", node), ("metrics", node.block("metrics").unwrap_or(node))];
    let numbers = [port.as_ref().map(|port| port.value), metrics.as_ref().map(|metrics| metrics.port)];
    check_ports(&ports, spans.into_iter().zip(numbers), sink);
    let port = port.map(|port| port.value);
    if let (Some(metrics), Some(block)) = (&metrics, node.block("metrics"))
        && Some(metrics.port) == port
    {
        sink.push(errors::same_port(block, node));
    }
    let configs = configs(node, scope, &volumes, sink);
    let name = Spanned::new(name, node.head);
    let beside = beside(node, &name, scope, app_env, sink);
    let identity = identity(node, &name.value, scope, sink);
    Some(Service {
        name,
        container: container?,
        beside,
        port,
        ports: ports.into_iter().map(|(name, port)| (name, port.value)).collect(),
        identity,
        stop,
        priority,
        spread,
        replicas: replicas?.value,
        scale,
        metrics,
        route,
        volumes,
        configs,
        patches: patches(node, scope, sink),
    })
}

/// Reports further ports with the number of another port. `others`: the names of those and where they are written.
fn check_ports<'a>(
    ports: &BTreeMap<String, Spanned<u16>>,
    others: impl Iterator<Item = ((&'a str, &'a Node), Option<u16>)>,
    sink: &mut Diagnostics,
) {
    let mut known: BTreeMap<u16, (&str, Span)> = BTreeMap::new();
    for ((name, node), number) in others {
        let Some(number) = number else { continue };
        known.entry(number).or_insert((name, node.attribute("port").map_or(node.head, |port| port.value.span())));
    }
    let mut ports: Vec<_> = ports.iter().collect();
    ports.sort_by_key(|(_, port)| port.span);
    for (name, port) in ports {
        match known.get(&port.value) {
            Some(first) => sink.push(errors::port_twice(name, port, *first)),
            None => drop(known.insert(port.value, (name, port.span))),
        }
    }
}

/// The probes of a service that ask its port, each as it is written.
fn asking<'a>(node: &'a Node, container: Option<&'a Container>) -> impl Iterator<Item = (String, Span)> {
    let probes = container.into_iter().flat_map(|container| &container.probes.0);
    let of_port = probes.filter(|(_, probe)| matches!(probe.answer, Answer::Path { port: None, .. }));
    of_port.map(|(kind, probe)| match node.attribute("health").filter(|health| health.value.span() == probe.span) {
        Some(health) => ("health".to_owned(), health.key.span),
        None => (format!("probe {}", kind.word()), probe.span),
    })
}

/// The host of a route, perhaps with the namespace of an ephemeral environment in it.
pub(super) fn host(route: &mut Reader) -> Option<Text> {
    let Spanned { value: host, span } = route.text("host")?;
    if host.0.iter().any(|segment| !matches!(segment, Segment::Literal(_) | Segment::Namespace)) {
        route.report(errors::host_of_run(span));
        return None;
    }
    let with = |namespace: &'static str| -> String {
        let segment =
            |segment: &Segment| if let Segment::Literal(text) = segment { text.clone() } else { namespace.to_owned() };
        host.0.iter().map(segment).collect()
    };
    if let Err(bad) = value::host_name(&with("v20000101000000-000000")) {
        let shown = with("${environment.namespace}");
        route.report(errors::bad_value("host", &shown, span, &bad));
        return None;
    }
    Some(host)
}
