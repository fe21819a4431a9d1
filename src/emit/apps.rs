//! `apps/<app>/<env>/`: the services of an app, each a Deployment or a Rollout with the objects that belong to it, and
//! the sources of its Application.

use super::sources::{self, Placeholder};
use super::{Tree, analyses, waves};
use crate::files::{self, Folder};
use crate::kube::Object;
use crate::kube::argo::rollouts::{
    CanaryStep, CanaryStrategy, Pause, RollbackWindow, Rollout, RolloutSpec, RolloutStrategy,
};
use crate::kube::core::{
    Container, ContainerPort, CrossVersionObjectReference, Deployment, DeploymentSpec, EnvVar, HTTPGetAction,
    HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, IntOrString, LabelSelector, MetricSpec, MetricTarget,
    ObjectMeta, PodDisruptionBudget, PodDisruptionBudgetSpec, PodSpec, PodTemplateSpec, Probe, ResourceMetricSource,
    Service as KubeService, ServicePort, ServiceSpec,
};
use crate::model;
use crate::model::{App, Canary, CanaryStep as Step, EnvValue, ImageId, Segment, Service, Text};
use crate::names;
use crate::plan::Plan;
use crate::providers::metrics::{self, Shown};
use crate::providers::router::{self, FILLED_IN, Way};
use crate::providers::{Requirement, Topic, host};
use crate::steps::pods::{self, container_security, namespace_variable, pod_security, secret_variable, variable};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Emits the folders of every app that an environment can contain.
pub fn emit(plan: &Plan, tree: &mut Tree) {
    let pipelines: BTreeMap<&str, &model::Pipeline> =
        plan.resolved.pipelines.iter().rev().map(|pipeline| (pipeline.app.value.as_str(), pipeline)).collect();
    for (name, app) in &plan.resolved.apps {
        let about = describe(app, pipelines.get(name.as_str()).copied());
        tree.file(&Folder::App(name).file(files::APP_RECORD), crate::render::to_json(&about));
    }
    for (environment, apps) in &plan.contents {
        for name in apps {
            emit_app(plan, &plan.resolved.apps[name], environment, tree);
        }
    }
    tree.require(router::requirements(plan));
    tree.require(metrics::of(plan).requirements(plan));
    tree.require(requirements(plan));
}

fn requirements(plan: &Plan) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut scales = false;
    for (environment, apps) in &plan.contents {
        let Some(namespace) = plan.resolved.environments[*environment].namespace() else { continue };
        for service in apps.iter().flat_map(|app| &plan.resolved.apps[app].environments[*environment].services) {
            // An ephemeral environment has no autoscaler.
            scales |= service.replicas.0 != service.replicas.1;
            let purpose = format!("service `{}`", service.name.value);
            found.extend(required_secrets(plan, environment, namespace, service.env.values(), &purpose));
        }
    }
    if scales {
        let text = "Services with a range of replicas are scaled by the load of their pods. This requires metrics-server, or another server of `metrics.k8s.io`; without one, they stay at the lower bound.";
        found.push(Requirement::Cluster(Topic::Scaling, text.to_owned()));
    }
    found
}

/// The Secrets that these values use in a namespace, except for those that are created with the environment.
pub fn required_secrets<'a>(
    plan: &Plan,
    environment: &str,
    namespace: &str,
    values: impl Iterator<Item = &'a EnvValue>,
    purpose: &str,
) -> Vec<Requirement> {
    values
        .filter_map(|value| match value {
            EnvValue::Secret { secret, key } => {
                let known = &plan.resolved.secrets[secret].environments[environment];
                (!known.throwaway).then(|| Requirement::secret(namespace, &known.object, key, purpose))
            }
            EnvValue::Text(_) => None,
        })
        .collect()
}

/// What a run must know about an app that it delivers or deploys along, beyond its sources. `pipeline` is the app's
/// first.
fn describe(app: &App, pipeline: Option<&model::Pipeline>) -> Value {
    let mut about = serde_json::Map::new();
    about.insert("format".into(), json!(names::APP_FORMAT));
    if let Some(source) = &app.source {
        about.insert("repository".into(), json!(host::clone_url(&source.value)));
        about.insert("branch".into(), json!(pipeline.map_or("main", |pipeline| pipeline.on.branch.as_str())));
    }
    if let Some(pipeline) = pipeline {
        about.insert("pipeline".into(), json!(pipeline.name.value));
    }
    about.insert("images".into(), json!(app.images.keys().collect::<Vec<_>>()));
    Value::Object(about)
}

fn emit_app(plan: &Plan, app: &App, environment: &str, tree: &mut Tree) {
    let folder = Folder::AppIn(&app.name.value, environment);
    let emitter = Emitter { plan, app, environment, canary: plan.canary(environment, &app.name.value) };
    let services = &app.environments[environment].services;
    let mut placeholders = Vec::new();
    if !services.is_empty() {
        let mut files: Vec<(String, Vec<Object>)> = Vec::new();
        for service in services {
            files.push((format!("{}.yaml", service.name.value), emitter.service(service, &mut placeholders)));
        }
        if let Some(canary) = emitter.canary {
            files.push(("analysis.yaml".into(), analyses::templates(plan, app, canary, services)));
        }
        tree.folder(folder, files);
    }
    let images: BTreeSet<ImageId> = services.iter().map(|service| service.image.clone()).collect();
    let images: Vec<_> = images.into_iter().collect();
    let sources = sources::sources(plan, app, environment, &images, &placeholders);
    tree.file(&folder.file("sources.json"), crate::render::to_json(&sources));
}

struct Emitter<'a> {
    plan: &'a Plan<'a>,
    app: &'a App,
    environment: &'a str,
    canary: Option<&'a Canary>,
}

/// The name of the serving port, and of the metrics port.
const HTTP: &str = "http";
const METRICS: &str = "metrics";

impl Emitter<'_> {
    /// All objects of a service, the workload first. Values that are only known in a run become `placeholders`.
    fn service(&self, service: &Service, placeholders: &mut Vec<Placeholder>) -> Vec<Object> {
        let template = self.pod_template(service, placeholders);
        let mut objects = vec![self.workload(service, template)];
        objects.extend(self.network(service, placeholders));
        if !self.is_ephemeral() {
            objects.extend(self.scaling(service));
        }
        objects
    }

    fn is_ephemeral(&self) -> bool {
        self.plan.resolved.environments[self.environment].is_ephemeral()
    }

    /// Metadata without a namespace, which the Application's destination sets.
    fn meta(&self, service: &Service, name: &str) -> ObjectMeta {
        ObjectMeta { name: Some(name.to_owned()), labels: Some(self.labels(service)), ..ObjectMeta::default() }
    }

    /// The same for an object that the service's Rollout refers to, if there is one: if it does not exist when the
    /// controller first reads the Rollout, the Rollout is invalid or starts no pods.
    fn named_meta(&self, service: &Service, name: &str) -> ObjectMeta {
        let mut metadata = self.meta(service, name);
        if self.canary.is_some() {
            waves::put_into(&mut metadata, waves::BEFORE_ROLLOUTS);
        }
        metadata
    }

    fn labels(&self, service: &Service) -> BTreeMap<String, String> {
        let mut labels = selector(service);
        labels.insert("app.kubernetes.io/part-of".into(), self.app.name.value.clone());
        labels.insert("app.kubernetes.io/managed-by".into(), names::MANAGED_BY.into());
        labels
    }

    fn workload_kind(&self) -> &'static str {
        if self.canary.is_some() { "Rollout" } else { "Deployment" }
    }

    fn workload(&self, service: &Service, template: PodTemplateSpec) -> Object {
        let metadata = self.meta(service, &service.name.value);
        let selector = LabelSelector { match_labels: Some(selector(service)), ..LabelSelector::default() };
        // A slow database must not make a service Degraded before the pipeline's wait times out.
        let patience = i32::try_from(self.plan.patience(self.environment)).unwrap_or(i32::MAX);
        // With an HPA, only the HPA sets the number of replicas.
        let replicas = i32::try_from(service.replicas.0).unwrap_or(i32::MAX);
        let scaled = service.replicas.0 != service.replicas.1 && !self.is_ephemeral();
        let replicas = (!scaled).then_some(replicas);
        match self.canary {
            Some(canary) => Object::new(&Rollout {
                metadata,
                spec: RolloutSpec {
                    replicas,
                    // A rollback within three revisions skips the steps, and needs their ReplicaSets.
                    revision_history_limit: Some(5),
                    rollback_window: Some(RollbackWindow { revisions: 3 }),
                    progress_deadline_seconds: Some(patience),
                    selector,
                    strategy: RolloutStrategy {
                        canary: Some(self.strategy(service, canary)),
                        ..RolloutStrategy::default()
                    },
                    template,
                },
            }),
            None => Object::new(&Deployment {
                metadata,
                spec: Some(DeploymentSpec {
                    replicas,
                    revision_history_limit: Some(5),
                    progress_deadline_seconds: Some(patience),
                    selector,
                    template,
                    ..DeploymentSpec::default()
                }),
                status: None,
            }),
        }
    }

    fn pod_template(&self, service: &Service, placeholders: &mut Vec<Placeholder>) -> PodTemplateSpec {
        let mut env = Vec::new();
        if service.env.values().filter_map(text_of).chain(&service.command).any(mentions_namespace) {
            env.push(namespace_variable(names::NAMESPACE_VARIABLE));
        }
        for (name, value) in &service.env {
            let pointer = format!("/spec/template/spec/containers/0/env/{}/value", env.len());
            env.push(self.variable(name, value, |text| placeholders.push(self.placeholder(service, pointer, text))));
        }
        let command = self.command(service, placeholders);
        let image = &self.plan.resolved.apps[&service.image.app].images[&service.image.image];
        let ports = [(HTTP, service.port), (METRICS, service.metrics.as_ref().map(|metrics| metrics.port))];
        let mut ports: Vec<_> = ports.into_iter().filter_map(|(name, port)| Some((name, port?))).collect();
        ports.dedup_by_key(|(_, port)| *port);
        let mut security = pod_security(image.user);
        if image.user != 0 && ports.iter().any(|(_, port)| *port < 1024) {
            // Otherwise only root could listen on such a port. The sysctl is one of the safe ones, which every cluster
            // allows.
            security.sysctls = Some(vec![k8s_openapi::api::core::v1::Sysctl {
                name: "net.ipv4.ip_unprivileged_port_start".into(),
                value: "0".into(),
            }]);
        }
        let container = Container {
            name: service.name.value.clone(),
            image: Some(service.image.placeholder()),
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
            readiness_probe: service.health.as_ref().map(|path| Probe {
                http_get: Some(HTTPGetAction {
                    path: Some(path.clone()),
                    port: IntOrString::String(HTTP.into()),
                    ..HTTPGetAction::default()
                }),
                period_seconds: Some(5),
                timeout_seconds: Some(3),
                ..Probe::default()
            }),
            resources: Some(pods::resources(&service.cpu, &service.memory)),
            security_context: Some(container_security(false)),
            ..Container::default()
        };
        PodTemplateSpec {
            metadata: Some(ObjectMeta { labels: Some(selector(service)), ..ObjectMeta::default() }),
            spec: Some(PodSpec {
                automount_service_account_token: Some(false),
                security_context: Some(security),
                containers: vec![container],
                ..PodSpec::default()
            }),
        }
    }

    fn placeholder(&self, service: &Service, pointer: String, text: &Text) -> Placeholder {
        Placeholder {
            kind: self.workload_kind(),
            name: service.name.value.clone(),
            pointer,
            text: text.clone(),
            in_pod: true,
        }
    }

    fn command(&self, service: &Service, placeholders: &mut Vec<Placeholder>) -> Vec<String> {
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

    fn variable(&self, name: &str, value: &EnvValue, placeholder: impl FnOnce(&Text)) -> EnvVar {
        match value {
            EnvValue::Secret { secret, key } => {
                let object = &self.plan.resolved.secrets[secret].environments[self.environment].object;
                secret_variable(name, object, key)
            }
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

    fn strategy(&self, service: &Service, canary: &Canary) -> CanaryStrategy {
        let has_service = service.port.is_some() || service.metrics.is_some();
        let name = &service.name.value;
        let router = service.route.as_ref().map(|route| router::get(route.via));
        let steps = canary
            .steps
            .iter()
            .map(|step| match step.value {
                Step::Weight(weight) => CanaryStep::SetWeight(i32::from(weight)),
                Step::Pause(seconds) => {
                    CanaryStep::Pause(Pause { duration: Some(IntOrString::String(format!("{seconds}s"))) })
                }
            })
            .chain(analyses::after_the_steps(self.plan, self.app, service, canary).map(CanaryStep::Analysis))
            .collect();
        CanaryStrategy {
            // Without a router, callers use a single Service, which must select the pods of both versions: a weight is
            // then a share of the pods.
            stable_service: router.and_then(|router| router.stable_service(name)),
            canary_service: has_service.then(|| names::canary_service(name)),
            traffic_routing: router.map(|router| router.traffic(name)),
            steps,
            analysis: analyses::beside_the_steps(self.plan, self.app, service, canary),
        }
    }

    /// The Services, the route to them and the monitor of their metrics.
    fn network(&self, service: &Service, placeholders: &mut Vec<Placeholder>) -> Vec<Object> {
        let mut objects = Vec::new();
        if service.port.is_none() && service.metrics.is_none() {
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
    fn metrics_port(&self, service: &Service) -> &'static str {
        let metrics = service.metrics.as_ref().map(|metrics| metrics.port);
        if metrics == service.port { HTTP } else { METRICS }
    }

    fn kube_service(&self, service: &Service, name: &str) -> Object {
        let port = |name: &str, port: u16| ServicePort {
            name: Some(name.to_owned()),
            port: i32::from(port),
            target_port: Some(IntOrString::String(name.to_owned())),
            ..ServicePort::default()
        };
        let mut ports: Vec<_> = service.port.map(|number| port(HTTP, number)).into_iter().collect();
        if let Some(metrics) = service.metrics.as_ref().filter(|_| self.metrics_port(service) == METRICS) {
            ports.push(port(METRICS, metrics.port));
        }
        Object::new(&KubeService {
            metadata: self.named_meta(service, name),
            spec: Some(ServiceSpec { ports: Some(ports), selector: Some(selector(service)), ..ServiceSpec::default() }),
            status: None,
        })
    }

    fn scaling(&self, service: &Service) -> Vec<Object> {
        let (least, most) = service.replicas;
        let number = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        let mut objects = Vec::new();
        if least != most {
            let metric = |name: &str, percent: i32| MetricSpec {
                type_: "Resource".into(),
                resource: Some(ResourceMetricSource {
                    name: name.to_owned(),
                    target: MetricTarget {
                        type_: "Utilization".into(),
                        average_utilization: Some(percent),
                        ..MetricTarget::default()
                    },
                }),
                ..MetricSpec::default()
            };
            let mut metrics = vec![metric("cpu", service.scale.cpu)];
            metrics.extend(service.scale.memory.map(|percent| metric("memory", percent)));
            let kind = self.workload_kind();
            let version = if kind == "Rollout" { "argoproj.io/v1alpha1" } else { "apps/v1" };
            let mut metadata = self.meta(service, &service.name.value);
            // An autoscaler has no metrics of pods that have just started, for which Argo CD would call the whole app
            // Degraded (argo-cd#6287). The workload of the pods reports their health.
            metadata.annotations =
                Some(BTreeMap::from([("argocd.argoproj.io/ignore-healthcheck".to_owned(), "true".to_owned())]));
            objects.push(Object::new(&HorizontalPodAutoscaler {
                metadata,
                spec: Some(HorizontalPodAutoscalerSpec {
                    scale_target_ref: CrossVersionObjectReference {
                        api_version: Some(version.into()),
                        kind: kind.into(),
                        name: service.name.value.clone(),
                    },
                    min_replicas: Some(number(least)),
                    max_replicas: number(most),
                    metrics: Some(metrics),
                    ..HorizontalPodAutoscalerSpec::default()
                }),
                status: None,
            }));
        }
        // With a single pod, a budget would only prevent nodes from being drained.
        if least > 1 {
            objects.push(Object::new(&PodDisruptionBudget {
                metadata: self.meta(service, &service.name.value),
                spec: Some(PodDisruptionBudgetSpec {
                    max_unavailable: Some(IntOrString::Int(1)),
                    selector: Some(LabelSelector { match_labels: Some(selector(service)), ..LabelSelector::default() }),
                    ..PodDisruptionBudgetSpec::default()
                }),
                status: None,
            }));
        }
        objects
    }
}

fn selector(service: &Service) -> BTreeMap<String, String> {
    BTreeMap::from([("app.kubernetes.io/name".to_owned(), service.name.value.clone())])
}

/// The value of a variable, unless it is only the namespace, which has its own form.
fn text_of(value: &EnvValue) -> Option<&Text> {
    match value {
        EnvValue::Text(text) if text.0 != [Segment::Namespace] => Some(text),
        EnvValue::Text(_) | EnvValue::Secret { .. } => None,
    }
}

fn mentions_namespace(text: &Text) -> bool {
    text.0.contains(&Segment::Namespace)
}
