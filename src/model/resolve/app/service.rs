//! `service` and its parts.

use super::config::configs;
use super::probe::{health, probes};
use super::volume::volumes;
use super::{Env, command, expansion, resources};
use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::resolve::patch::patches;
use crate::model::text::{Segment, Text};
use crate::model::{Answer, Metrics, Probes, Route, Scale, Service, errors, value};
use crate::program::Node;
use crate::schema::providers::Router;
use crate::source::{Span, Spanned};

pub(super) fn service(node: &Node, scope: Scope, app_env: &Env, sink: &mut Diagnostics) -> Option<Service> {
    let app = scope.app.map(Node::name).unwrap_or_default();
    let name = if node.label.is_some() { format!("{app}-{}", node.name()) } else { app };
    let mut probes = probes(node, scope, sink);
    let mut reader = Reader::new(node, scope, sink);
    let image = reader.image("image");
    let (cpu, memory) = resources(&mut reader);
    let port = reader.port("port").map(|port| port.value);
    health(&mut reader, node, &mut probes);
    let command = command(&mut reader);
    let env = Env { values: reader.env("env"), uses: reader.uses() }.over(app_env);
    let replicas = reader.count_range("replicas", 1000);
    expansion::warn(node, &env, sink);
    let scale_node = node.block_or_empty("scale");
    let mut scale_reader = Reader::new(&scale_node, scope, sink);
    let scale = Scale {
        cpu: scale_reader.percent("cpu").map_or(70, |percent| i32::from(percent.value)),
        memory: scale_reader.percent("memory").map(|percent| i32::from(percent.value)),
    };
    let mut reader = Reader::new(node, scope, sink);
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
    if port.is_none() && node.lacks("port") {
        let route = node.block("route").map(|block| ("route".to_owned(), block.head));
        let using: Vec<_> = asking(node, &probes).chain(route).collect();
        if let Some((first, others)) = using.split_first() {
            sink.push(errors::needs_port(first, others));
        }
    }
    if let (Some(metrics), Some(block)) = (&metrics, node.block("metrics"))
        && Some(metrics.port) == port
    {
        sink.push(errors::same_port(block, node));
    }
    let (volumes, mounted) = volumes(node, scope, sink);
    let configs = configs(node, scope, &volumes, sink);
    Some(Service {
        name: Spanned::new(name, node.head),
        image: image?,
        cpu: cpu?,
        memory: memory?,
        port,
        probes,
        command,
        env: env.values,
        replicas: replicas?.value,
        scale,
        metrics,
        route,
        volumes,
        configs,
        uses: env.uses.into_iter().chain(mounted).collect(),
        patches: patches(node, scope, sink),
    })
}

/// The probes of a service that ask its port, each as it is written.
fn asking<'a>(node: &'a Node, probes: &'a Probes) -> impl Iterator<Item = (String, Span)> {
    let of_port = probes.0.iter().filter(|(_, probe)| matches!(probe.answer, Answer::Path { port: None, .. }));
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
