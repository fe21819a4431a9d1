//! `app` and its parts, in every environment.

mod beside;
mod config;
mod container;
mod cron;
mod expansion;
mod identity;
mod image;
mod probe;
mod service;
mod sources;
mod task;
mod volume;

use super::names::check_layers;
use super::patch::patches;
use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::text::{EnvValue, Text};
use crate::model::value::{self, Repository};
use crate::model::{App, AppIn, Bounds, Chart, Environment, Helm, Use};
use crate::model::{doubt, errors};
use crate::program::Node;
use crate::schema::EXCLUSIVE;
use crate::source::Spanned;
use cron::cron;
use image::image;
use service::service;
use sources::{helm, kustomize};
use std::collections::BTreeMap;
use task::{task, task_in};

pub(super) fn app(
    node: &Node,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    sink: &mut Diagnostics,
) -> App {
    let before = sink.errors();
    let scope = Scope { app: Some(node), ..scope };
    let mut reader = Reader::new(node, scope, sink);
    let source = reader.parsed("source", Repository::read);
    let path = reader.parsed("path", value::plain_path).map(|path| path.value).unwrap_or_default();
    let sourceless = source.is_none() && node.lacks("source");
    let images: BTreeMap<_, _> = node
        .all("image")
        .filter_map(|node| image(node, scope, &path, sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    let is_built = |image: &&Node| EXCLUSIVE.iter().all(|exclusive| image.lacks(exclusive.attribute));
    if let (true, Some(first)) = (sourceless, node.all("image").find(is_built)) {
        sink.push(errors::source_missing(node, "its images are built from it").also(first.head, "this image"));
    }
    let tasks = node
        .all("task")
        .filter_map(|node| task(node, scope, sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    let mut by_environment = BTreeMap::new();
    for (name, environment) in environments {
        let picked = node.in_environment(Some(name));
        let found = app_in(&picked, environment.is_ephemeral(), Scope { environment: Some(name), ..scope }, sink);
        if sourceless && !images.values().any(|image| image.build().is_some()) {
            let own = |helm: &Helm| matches!(helm.chart, Chart::Own { .. });
            let values = found.helm.iter().filter(|helm| !own(helm)).find_map(|helm| helm.values.first());
            if found.kustomize.is_some() || found.manifests.is_some() || found.helm.iter().any(own) {
                sink.push(errors::source_missing(node, "its manifests come from it"));
            } else if let Some(first) = values {
                let report = errors::source_missing(node, "the values files of a third-party chart come from it");
                sink.push(report.also(first.span, "this values file"));
            }
        }
        by_environment.insert(name.clone(), found);
    }
    check_layers(node, &scope.root.names("environment").collect::<Vec<_>>(), sink);
    App {
        name: Spanned::new(node.name(), node.name_span()),
        source,
        path,
        images,
        tasks,
        environments: by_environment,
        is_complete: node.is_complete() && sink.errors() == before,
    }
}

fn app_in(node: &Node, is_copy: bool, scope: Scope, sink: &mut Diagnostics) -> AppIn {
    let mut reader = Reader::new(node, scope, sink);
    let needs = reader.partial("needs", Reader::names);
    let own = scope.app.map(Node::name).unwrap_or_default();
    if let Some(itself) = needs.iter().find(|name| name.value == own) {
        reader.report(errors::needs_itself(itself));
    }
    reader.parsed("serves", value::served);
    let needs = needs.map(|names| names.into_iter().map(|name| name.value).collect());
    let env = Env { values: reader.env("env"), uses: reader.uses() };
    expansion::warn(node, &env, sink);
    let mut services: Vec<_> = node.all("service").filter_map(|node| service(node, scope, &env, sink)).collect();
    services.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    let crons = node.all("cron").filter_map(|node| cron(node, scope, is_copy, &env, sink));
    let mut crons: Vec<_> = crons.collect();
    crons.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    let manifests = node
        .block("manifests")
        .and_then(|node| Reader::new(node, scope, sink).parsed("path", value::path).map(|path| path.value));
    let mut charts: Vec<_> = node.all("helm").filter_map(|node| helm(node, scope, sink)).collect();
    charts.sort_by(|a, b| a.label.cmp(&b.label));
    AppIn {
        needs,
        services,
        crons,
        helm: charts,
        kustomize: node.block("kustomize").and_then(|node| kustomize(node, scope, sink)),
        manifests,
        tasks: node.all("task").map(|node| (node.name(), task_in(node, scope, &env, sink))).collect(),
        patches: patches(node, scope, sink),
    }
}

/// Environment variables, and what they use.
struct Env {
    values: BTreeMap<String, EnvValue>,
    uses: Vec<Use>,
}

impl Env {
    /// The app's variables lie under those of its services and tasks.
    fn over(self, app: &Self) -> Self {
        let hidden = |known: &&Use| known.variable.as_ref().is_some_and(|name| self.values.contains_key(name));
        let uses = app.uses.iter().filter(|known| !hidden(known)).cloned();
        let uses = uses.chain(self.uses.iter().cloned()).collect();
        let mut values = app.values.clone();
        values.extend(self.values);
        Self { values, uses }
    }
}

/// `cpu` and `memory`.
fn resources(reader: &mut Reader) -> (Option<Bounds>, Option<Bounds>) {
    let cpu = reader.bounds("cpu", value::cpu);
    let memory = reader.bounds("memory", value::memory);
    let doubts = [
        ("cpu", cpu.as_ref().and_then(|bounds| doubt::processors(&bounds.request))),
        ("memory", memory.as_ref().and_then(|bounds| doubt::bytes(&bounds.request))),
    ];
    for (name, bad) in doubts.iter().filter_map(|(name, bad)| Some((name, bad.as_ref()?))) {
        let span = reader.span(name);
        reader.report(errors::doubtful_quantity(name, span, bad));
    }
    (cpu, memory)
}

fn command(reader: &mut Reader) -> Vec<Text> {
    let command = reader.texts("command");
    if let [only] = command.as_slice()
        && let Some(line) = only.value.known().filter(|line| line.trim().contains(char::is_whitespace))
    {
        reader.report(errors::command_in_one_text(&line, only.span));
    }
    command.into_iter().map(|text| text.value).collect()
}
