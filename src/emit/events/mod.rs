//! `events/`: the bus, the webhooks of all repositories, and for each pipeline a Sensor, a CronWorkflow or both.

mod schedule;
mod sensor;

use super::{Tree, externals};
use crate::files::Folder;
use crate::kube::argo::events::{
    EventBus, EventBusSpec, EventSource, EventSourceSpec, JetStreamBus, PersistenceStrategy, Service, Template,
};
use crate::kube::core::{Container, IntOrString, Quantity, SecretKeySelector, ServicePort};
use crate::kube::{Object, meta};
use crate::model::{GitHost, Hook, Repository};
use crate::names;
use crate::plan::{Delivery, Plan};
use crate::providers::host::{self, Event, Hooks, WEBHOOK_SECRET};
use crate::providers::{Requirement, Topic};
use crate::steps::pods::{STEP_USER, container_security, pod_security, step_resources};
use std::collections::{BTreeMap, BTreeSet};

/// The version of NATS that the controller was released with, by the one name that the configuration of every
/// controller knows (argo-events, `manifests/base/controller-manager/controller-config.yaml`, v1.7.0 to v1.9.11). The
/// documentation advises a number instead, so that an update of the controller does not update the bus; but updates
/// remove numbers from that list, as v1.9.10 did with 2.10.10, and the controller no longer reconciles a bus whose
/// number is missing.
const JETSTREAM: &str = "latest";
/// Large pushes have large payloads: both the webhook and the bus must let them through.
const MAX_PAYLOAD: i64 = 8 << 20;

/// Emits the folder.
pub fn emit(plan: &Plan, tree: &mut Tree) {
    tree.require(requirements(plan));
    let mut files = vec![("bus.yaml".to_owned(), vec![bus(plan)])];
    for (host, repositories) in receivers(plan) {
        files.push((format!("{}.yaml", host.id()), vec![event_source(plan, host, repositories)]));
    }
    for delivery in told(plan) {
        files.push((format!("sensor-{}.yaml", delivery.name), vec![sensor::sensor(plan, delivery)]));
    }
    if told(plan).next().is_none() {
        files.clear();
    }
    for (delivery, on) in plan.deliveries.iter().filter_map(|delivery| Some((delivery, delivery.on.schedule()?))) {
        files.push((format!("schedule-{}.yaml", delivery.name), vec![schedule::schedule(plan, delivery, on)]));
    }
    tree.folder(Folder::Events, files);
}

/// The deliveries that the git host can start.
fn told<'a>(plan: &'a Plan) -> impl Iterator<Item = &'a Delivery<'a>> {
    plan.deliveries.iter().filter(|delivery| delivery.on.told().next().is_some())
}

fn requirements(plan: &Plan) -> Vec<Requirement> {
    let project = &plan.resolved.project;
    let bus = "The EventBus requests three volumes of 1 Gi from the default storage class.";
    let mut found = vec![Requirement::Cluster(Topic::Events, bus.to_owned())];
    let receivers = receivers(plan);
    let several = receivers.len() > 1;
    for (described, repositories) in receivers {
        let purpose =
            if several { format!("the webhooks of `{}`", described.server.value) } else { "the webhooks".to_owned() };
        found.extend(externals::credential(plan, &described.credentials.value, WEBHOOK_SECRET, purpose));
        let host = host::get(described.choice);
        let url = &described.webhook.value;
        let hooks: BTreeSet<_> = repositories.iter().map(|repository| described.hook_of(repository)).collect();
        let row = |(of, name): &(String, String)| format!("\n| `{of}` | `{url}{}` |", host::endpoint(name));
        let of = match described.hook {
            Hook::Repository => "repository",
            Hook::Organization => host.organization(),
        };
        found.push(Requirement::Webhooks(format!(
            "Route `{url}` to the Service `{}` in `{}`, port {}. Then register in each {of}, with {}:\n\n| {of} | URL |\n|---|---|{}",
            names::event_service(project, described),
            project.namespace,
            names::EVENT_PORT,
            host.registration(&events(plan, described)),
            hooks.iter().map(row).collect::<String>()
        )));
    }
    found
}

/// The name of the bus.
fn bus_name(plan: &Plan) -> String {
    plan.resolved.project.name.value.clone()
}

fn bus(plan: &Plan) -> Object {
    Object::new(&EventBus {
        metadata: meta(&plan.resolved.project.namespace, &bus_name(plan)),
        spec: EventBusSpec {
            jetstream: Some(JetStreamBus {
                version: JETSTREAM.into(),
                replicas: Some(3),
                max_payload: Some("8MB".into()),
                // Without a volume, a restart loses the pending pushes.
                persistence: Some(PersistenceStrategy {
                    access_mode: Some("ReadWriteOnce".into()),
                    volume_size: Some(Quantity("1Gi".into())),
                }),
            }),
        },
    })
}

fn pod(account: &str) -> Template {
    Template {
        service_account_name: Some(account.to_owned()),
        security_context: Some(pod_security(STEP_USER)),
        container: Some(Container {
            resources: Some(step_resources(("20m", "200m"), ("64Mi", "256Mi"))),
            security_context: Some(container_security(true)),
            ..Container::default()
        }),
    }
}

/// The events of which a host has to tell.
fn events(plan: &Plan, of: &GitHost) -> BTreeSet<Event> {
    let is_of = |delivery: &&Delivery| {
        let source = plan.resolved.apps[delivery.app].source.as_ref();
        source.is_some_and(|source| host::described(plan, &source.value).id() == of.id())
    };
    let triggers = plan.deliveries.iter().filter(is_of).flat_map(|delivery| delivery.on.told());
    triggers.filter_map(Event::of).collect()
}

/// The hosts that start a pipeline, each with those repositories.
fn receivers<'a>(plan: &Plan<'a>) -> Vec<(&'a GitHost, BTreeSet<Repository>)> {
    let sources = told(plan).filter_map(|delivery| plan.resolved.apps[delivery.app].source.as_ref());
    let mut of: BTreeMap<String, BTreeSet<Repository>> = BTreeMap::new();
    for source in sources {
        of.entry(host::described(plan, &source.value).id()).or_default().insert(source.value.clone());
    }
    plan.resolved.project.hosts.iter().filter_map(|host| Some((host, of.remove(&host.id())?))).collect()
}

fn event_source(plan: &Plan, described: &GitHost, repositories: BTreeSet<Repository>) -> Object {
    let project = &plan.resolved.project;
    let secret =
        SecretKeySelector { name: host::credentials(plan, described), key: WEBHOOK_SECRET.to_owned(), optional: None };
    let mut through: BTreeMap<String, BTreeSet<Repository>> = BTreeMap::new();
    for repository in repositories {
        through.entry(described.hook_of(&repository).1).or_default().insert(repository);
    }
    let hooks = Hooks {
        repositories: through,
        url: described.webhook.value.clone(),
        port: names::EVENT_PORT,
        most: MAX_PAYLOAD,
        events: events(plan, described),
        secret,
    };
    let port = i32::from(names::EVENT_PORT);
    let mut spec = EventSourceSpec {
        event_bus_name: Some(bus_name(plan)),
        template: Some(pod(names::EVENT_SOURCE)),
        service: Some(Service {
            ports: vec![ServicePort { port, target_port: Some(IntOrString::Int(port)), ..ServicePort::default() }],
        }),
        ..EventSourceSpec::default()
    };
    host::get(described.choice).listen(&hooks, &mut spec);
    Object::new(&EventSource { metadata: meta(&project.namespace, &names::event_source(project, described)), spec })
}
