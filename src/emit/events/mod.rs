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
use crate::model::Repository;
use crate::names;
use crate::plan::{Delivery, Plan};
use crate::providers::host::{self, Event, Hooks, WEBHOOK_SECRET};
use crate::providers::{Requirement, Topic};
use crate::steps::pods::{STEP_USER, container_security, pod_security, step_resources};
use std::collections::BTreeSet;

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
    let source = format!("{}.yaml", plan.resolved.project.host.choice.word());
    let mut files = vec![("bus.yaml".to_owned(), vec![bus(plan)]), (source, vec![event_source(plan)])];
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
    let host = host::of(plan);
    let bus = "The EventBus requests three volumes of 1 Gi from the default storage class.";
    let mut found = vec![Requirement::Cluster(Topic::Events, bus.to_owned())];
    found.extend(externals::credential(plan, &project.host.credentials, WEBHOOK_SECRET, "the webhooks"));
    let repositories = repositories(plan);
    if !repositories.is_empty() {
        let url = &project.host.webhook.value;
        let row = |repository: &Repository| format!("\n| `{repository}` | `{url}{}` |", host.endpoint(repository));
        found.push(Requirement::Webhooks(format!(
            "Route `{url}` to the Service `{}-eventsource-svc` in `{}`, port {}. Then register in each repository, with {}:\n\n| repository | URL |\n|---|---|{}",
            event_source_name(plan),
            project.namespace,
            names::EVENT_PORT,
            host.registration(&events(plan)),
            repositories.iter().map(row).collect::<String>()
        )));
    }
    found
}

/// The name of the bus.
fn bus_name(plan: &Plan) -> String {
    plan.resolved.project.name.value.clone()
}

/// The name of the EventSource.
fn event_source_name(plan: &Plan) -> String {
    format!("{}-{}", plan.resolved.project.name.value, plan.resolved.project.host.choice.word())
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

/// The repositories of which the git host tells.
fn repositories(plan: &Plan) -> BTreeSet<Repository> {
    let sources = told(plan).filter_map(|delivery| plan.resolved.apps[delivery.app].source.as_ref());
    sources.map(|source| source.value.clone()).collect()
}

/// The events of which the git host has to tell.
fn events(plan: &Plan) -> BTreeSet<Event> {
    let triggers = plan.deliveries.iter().flat_map(|delivery| delivery.on.told());
    triggers.filter_map(Event::of).collect()
}

fn event_source(plan: &Plan) -> Object {
    let project = &plan.resolved.project;
    let secret = SecretKeySelector { name: host::credentials(plan), key: WEBHOOK_SECRET.to_owned(), optional: None };
    let hooks = Hooks {
        repositories: repositories(plan),
        url: project.host.webhook.value.clone(),
        port: names::EVENT_PORT,
        most: MAX_PAYLOAD,
        events: events(plan),
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
    host::of(plan).listen(&hooks, &mut spec);
    Object::new(&EventSource { metadata: meta(&project.namespace, &event_source_name(plan)), spec })
}
