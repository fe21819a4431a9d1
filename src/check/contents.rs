//! What environments hold: every app, image and secret that is used there is there.

use super::errors;
use super::first::FirstVersions;
use crate::diag::Diagnostics;
use crate::model::{App, EnvironmentKind, Pipeline, StageKind, System, Use, Used, contents};
use crate::source::Span;
use std::collections::BTreeSet;

/// Checks what the stages of a pipeline use.
pub(super) fn check_pipeline(system: &System, pipeline: &Pipeline, sink: &mut Diagnostics) {
    let delivered = &pipeline.app.value;
    let app = &system.apps[delivered];
    if app.source.is_none() {
        return sink.push(errors::delivered_without_source(&pipeline.app));
    }
    check_paths(pipeline, app, sink);
    let mut members: BTreeSet<String> = BTreeSet::new();
    let mut first_versions = FirstVersions::new(system, pipeline);
    let mut entered: BTreeSet<&str> = BTreeSet::new();
    for stage in &pipeline.stages {
        let standing = stage.value.environment().filter(|name| !system.environments[*name].is_ephemeral());
        if let Some(environment) = standing.filter(|name| entered.insert(name)) {
            let needed = contents::with_needs(system, environment, [delivered.as_str()]);
            // What was tested before comes with the versions that it was tested with.
            for name in needed.iter().filter(|name| *name == delivered || !members.contains(*name)) {
                first_versions.check(name, environment, stage.span, sink);
            }
        }
        match &stage.value {
            StageKind::StageEnv { environment, with } => {
                let apps = with.iter().map(String::as_str).chain([delivered.as_str()]);
                members = contents::with_needs(system, environment, apps);
                let EnvironmentKind::Ephemeral { copy_of, .. } = &system.environments[environment].kind else {
                    continue;
                };
                for member in &members {
                    first_versions.check(member, copy_of, stage.span, sink);
                }
            }
            StageKind::Task { app: task_app, task, environment, .. } => {
                let held = if system.environments[environment].is_ephemeral() {
                    members.clone()
                } else {
                    let mut held = contents::standing(system, environment);
                    held.insert(delivered.clone());
                    held
                };
                if !held.contains(task_app) {
                    let ephemeral = system.environments[environment].is_ephemeral();
                    sink.push(errors::task_outside(stage, task_app, delivered, environment, ephemeral));
                    continue;
                }
                let declared = &system.apps[task_app].tasks[task];
                let image =
                    Use { what: Used::Image(declared.image.clone()), span: declared.image_span, variable: None };
                let uses = &system.apps[task_app].environments[environment].tasks[task].uses;
                for used in uses.iter().chain([&image]) {
                    check_use(system, used, task_app, environment, &held, Some(stage.span), sink);
                }
            }
            _ => {}
        }
    }
}

/// Checks what the services and charts of all apps use, in every environment that may hold them.
pub(super) fn check(system: &System, sink: &mut Diagnostics) {
    for environment in system.environments.keys() {
        for name in contents::possible(system, environment) {
            let app = &system.apps[&name].environments[environment];
            let held = contents::with_needs(system, environment, [name.as_str()]);
            let services = app.services.iter().flat_map(|service| &service.uses);
            for used in services.chain(app.helm.iter().flat_map(|helm| &helm.uses)) {
                check_use(system, used, &name, environment, &held, None, sink);
            }
        }
    }
}

/// What is used in an environment must be there; `stage` is the one that uses it, unless it is the app itself.
fn check_use(
    system: &System,
    used: &Use,
    app: &str,
    environment: &str,
    held: &BTreeSet<String>,
    stage: Option<Span>,
    sink: &mut Diagnostics,
) {
    match &used.what {
        Used::Image(image) if !held.contains(&image.app) => {
            sink.push(errors::image_outside(used.span, image, app, environment, stage));
        }
        Used::Image(_) => {}
        Used::Secret(secret) => {
            let Some(declared) = system.secrets.get(secret) else { return };
            let there = declared.environments.get(environment).is_some_and(|secret| secret.throwaway);
            if system.environments[environment].is_ephemeral() && !there {
                sink.push(errors::secret_outside(&declared.name, environment, used.span, stage));
            }
        }
    }
}

/// A build whose context no changed file can match would never run for a change of its own.
fn check_paths(pipeline: &Pipeline, app: &App, sink: &mut Diagnostics) {
    if !pipeline.builds() {
        return;
    }
    for image in app.images.values() {
        if !pipeline.on.paths.iter().any(|pattern| pattern.value.may_match_below(&image.path)) {
            let place = pipeline.on.paths.first().map_or(pipeline.on.span, |pattern| pattern.span);
            sink.push(errors::paths_miss_context(place, &image.name, &image.path));
        } else if let Some(pattern) = pipeline.on.except.iter().find(|pattern| pattern.value.covers(&image.path)) {
            sink.push(errors::context_excepted(pattern.span, &image.name, &image.path));
        }
    }
}
