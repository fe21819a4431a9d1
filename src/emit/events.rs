//! `events/`: the bus, the webhooks of all repositories, and a Sensor for each pipeline.

use super::{Tree, externals};
use crate::files::Folder;
use crate::kube::argo::events::{
    ArtifactLocation, Backoff, EventBus, EventBusSpec, EventDependency, EventDependencyFilter, EventSource,
    EventSourceSpec, JetStreamBus, PersistenceStrategy, RateLimit, Sensor, SensorSpec, Service, StandardK8STrigger,
    Template, Trigger, TriggerParameter, TriggerParameterSource, TriggerTemplate,
};
use crate::kube::argo::workflows::{Arguments, Workflow, WorkflowSpec, WorkflowTemplateRef};
use crate::kube::core::{Container, IntOrString, Quantity, SecretKeySelector, ServicePort};
use crate::kube::{Object, meta};
use crate::model::{GitHost, Hook, Repository};
use crate::names;
use crate::plan::{Delivery, Plan};
use crate::providers::host::filter::{Filter, lua};
use crate::providers::host::{self, Hooks, WEBHOOK_SECRET};
use crate::providers::{Requirement, Topic};
use crate::steps::call::SHA;
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
    for delivery in &plan.deliveries {
        files.push((format!("sensor-{}.yaml", delivery.name), vec![sensor(plan, delivery)]));
    }
    if plan.deliveries.is_empty() {
        files.clear();
    }
    tree.folder(Folder::Events, files);
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
            host.registration(),
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

/// The hosts from which pushes start a pipeline, each with those repositories.
fn receivers<'a>(plan: &Plan<'a>) -> Vec<(&'a GitHost, BTreeSet<Repository>)> {
    let sources = plan.deliveries.iter().filter_map(|delivery| plan.resolved.apps[delivery.app].source.as_ref());
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

fn sensor(plan: &Plan, delivery: &Delivery) -> Object {
    let project = &plan.resolved.project;
    let source = plan.resolved.apps[delivery.app].source.as_ref().expect("a delivered app has a source");
    let written = plan.written(&source.value);
    let described = host::described(plan, &source.value);
    let host = host::get(described.choice);
    let repository = match described.hook {
        Hook::Repository => None,
        Hook::Organization => Some(format!("{}/{}", source.value.owner, source.value.name)),
    };
    let filter = Filter { on: delivery.on, written: &written, author: &project.gitops.author_email, repository };
    let from_push = |key: Option<&str>, template: Option<&str>, dest: &str, operation: Option<&str>| TriggerParameter {
        src: TriggerParameterSource {
            dependency_name: "push".into(),
            data_key: key.map(str::to_owned),
            data_template: template.map(str::to_owned),
            ..TriggerParameterSource::default()
        },
        dest: dest.to_owned(),
        operation: operation.map(str::to_owned),
    };
    let commit = host.payload().commit();
    // The name ends with the commit, so that a webhook that the host sends twice creates no second workflow.
    let workflow = Object::new(&Workflow {
        metadata: crate::kube::core::ObjectMeta {
            labels: Some(BTreeMap::from([(names::key("pipeline"), delivery.name.to_owned())])),
            ..meta(&project.namespace, &format!("{}-", delivery.name))
        },
        spec: WorkflowSpec {
            workflow_template_ref: Some(WorkflowTemplateRef { name: delivery.name.to_owned() }),
            arguments: Some(Arguments { parameters: vec![SHA.declared()] }),
            ..WorkflowSpec::default()
        },
    });
    let trigger = Trigger {
        template: TriggerTemplate {
            name: delivery.name.to_owned(),
            k8s: Some(StandardK8STrigger {
                operation: Some("create".into()),
                source: Some(ArtifactLocation { resource: Some(workflow) }),
                parameters: vec![
                    from_push(
                        None,
                        Some(&format!("{{{{ .Input.{commit} | trunc 12 }}}}")),
                        "metadata.name",
                        Some("append"),
                    ),
                    from_push(Some(&commit), None, "spec.arguments.parameters.0.value", None),
                ],
            }),
            ..TriggerTemplate::default()
        },
        retry_strategy: Some(Backoff {
            steps: Some(3),
            duration: Some("5s".into()),
            factor: Some(2),
            jitter: Some(0.2),
        }),
        rate_limit: Some(RateLimit { unit: Some("Minute".into()), requests_per_unit: Some(30) }),
        at_least_once: Some(true),
    };
    Object::new(&Sensor {
        metadata: meta(&project.namespace, delivery.name),
        spec: SensorSpec {
            event_bus_name: Some(bus_name(plan)),
            template: Some(pod(names::SENSOR)),
            dependencies: vec![EventDependency {
                name: "push".into(),
                event_source_name: names::event_source(project, described),
                event_name: described.hook_of(&source.value).1,
                filters: Some(EventDependencyFilter { script: Some(lua(host, &filter)) }),
            }],
            triggers: vec![trigger],
        },
    })
}
