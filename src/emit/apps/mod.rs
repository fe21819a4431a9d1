//! `apps/<app>/<env>/`: the services of an app, each a workload with the objects that belong to it, and
//! the sources of its Application.

mod config;
mod container;
mod cron;
mod identity;
mod network;
mod pod;
mod probe;
mod scaling;
mod stateful;
mod volumes;
mod workload;

use super::sources::{self, Placeholder};
use super::{Tree, analyses, waves};
use crate::files::{self, Folder};
use crate::kube::Object;
use crate::kube::core::ObjectMeta;
use crate::model;
use crate::model::{App, Canary, EnvValue, ImageId, SecretKey, Service};
use crate::names;
use crate::plan::Plan;
use crate::providers::{Requirement, Topic, host, metrics, router};
use crate::words;
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
    let mut priorities: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (environment, apps) in &plan.contents {
        for service in apps.iter().flat_map(|app| &plan.resolved.apps[app].environments[*environment].services) {
            if let Some(class) = &service.priority {
                priorities.entry(class).or_default().insert(&service.name.value);
            }
            let namespace = plan.resolved.environments[*environment].namespace();
            found.extend(volumes::requirements(plan, environment, namespace, service));
            let Some(namespace) = namespace else { continue };
            // An ephemeral environment has no autoscaler.
            scales |= service.replicas.0 != service.replicas.1;
            let purpose = format!("service `{}`", service.name.value);
            let values = service.containers().flat_map(|container| container.env.values());
            found.extend(required_secrets(plan, environment, namespace, values, &purpose));
        }
    }
    for (environment, apps) in &plan.contents {
        let Some(namespace) = plan.resolved.environments[*environment].namespace() else { continue };
        for cron in apps.iter().flat_map(|app| &plan.resolved.apps[app].environments[*environment].crons) {
            let purpose = format!("cron job `{}`", cron.name.value);
            found.extend(required_secrets(plan, environment, namespace, cron.env.values(), &purpose));
        }
    }
    found.extend(identity::requirements(plan));
    for (class, services) in priorities {
        let text = format!(
            "The PriorityClass `{class}` must exist: without it, the pods of {} are not created.",
            words::in_backticks(services)
        );
        found.push(Requirement::Cluster(Topic::Priorities, text));
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
        .flat_map(EnvValue::secrets)
        .filter_map(|SecretKey { secret, key }| {
            let known = &plan.resolved.secrets[secret].environments[environment];
            known.origin.is_existing().then(|| Requirement::secret(namespace, &known.object, key, purpose))
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
        about
            .insert("branch".into(), json!(pipeline.and_then(|pipeline| pipeline.on.usual_branch()).unwrap_or("main")));
    }
    if let Some(pipeline) = pipeline {
        about.insert("pipeline".into(), json!(pipeline.name.value));
    }
    about.insert("images".into(), json!(app.of_runs().map(|image| &image.name.value).collect::<Vec<_>>()));
    Value::Object(about)
}

fn emit_app(plan: &Plan, app: &App, environment: &str, tree: &mut Tree) {
    let folder = Folder::AppIn(&app.name.value, environment);
    let emitter = Emitter { plan, app, environment, canary: plan.canary(environment, &app.name.value) };
    let there = &app.environments[environment];
    let services = &there.services;
    let mut placeholders = Vec::new();
    if there.is_generated() {
        let mut files: Vec<(String, Vec<Object>)> = Vec::new();
        for service in services {
            files.push((format!("{}.yaml", service.name.value), emitter.service(service, &mut placeholders)));
        }
        for cron in &there.crons {
            let objects = emitter.cron_account(cron).into_iter().chain([emitter.cron(cron, &mut placeholders)]);
            files.push((format!("{}.yaml", cron.name.value), objects.collect()));
        }
        if let Some(canary) = emitter.canary {
            files.push(("analysis.yaml".into(), analyses::templates(plan, app, canary, services)));
        }
        tree.folder(folder, files);
    }
    let run = services.iter().flat_map(Service::containers).map(|container| &container.image);
    let images = run.chain(there.crons.iter().map(|cron| &cron.image)).cloned();
    let images: BTreeSet<ImageId> = images.filter(|image| plan.resolved.image(image).is_of_runs()).collect();
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
        if service.is_stateful() {
            objects.push(self.governing_service(service));
        }
        objects.extend(self.config_maps(service));
        objects.extend(self.account(service));
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
        self.labels_of(&service.name.value)
    }

    /// The labels of what belongs to a service or a cron job.
    fn labels_of(&self, name: &str) -> BTreeMap<String, String> {
        let mut labels = named(name);
        labels.insert("app.kubernetes.io/part-of".into(), self.app.name.value.clone());
        labels.insert("app.kubernetes.io/managed-by".into(), names::MANAGED_BY.into());
        labels
    }
}

fn selector(service: &Service) -> BTreeMap<String, String> {
    named(&service.name.value)
}

fn named(name: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("app.kubernetes.io/name".to_owned(), name.to_owned())])
}
