//! What environments hold: every app, image and secret that is used there is there.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::{
    App, AppIn, EnvValue, EnvironmentKind, Piece, Pipeline, Setting, StageKind, System, Text, contents,
};
use crate::source::Span;
use std::collections::BTreeSet;

/// Checks what the stages of a pipeline use.
pub(super) fn check_pipeline(system: &System, pipeline: &Pipeline, sink: &mut Diagnostics) {
    let app = &system.apps[&pipeline.app.value];
    let Some(source) = &app.source else {
        return sink.push(errors::delivered_without_source(&pipeline.app));
    };
    check_paths(pipeline, app, sink);
    let _ = source;
    let builds = pipeline.stages.iter().any(|stage| matches!(stage.value, StageKind::Build));
    let mut members: BTreeSet<String> = BTreeSet::new();
    let mut entered: BTreeSet<&str> = BTreeSet::new();
    for stage in &pipeline.stages {
        let standing = stage.value.environment().filter(|name| !system.environments[*name].is_ephemeral());
        if let Some(environment) = standing.filter(|name| entered.insert(name)) {
            let needed = contents::with_needs(system, environment, [pipeline.app.value.as_str()]);
            // What was tested before comes with the versions that it was tested with.
            for name in needed.iter().filter(|name| *name == &pipeline.app.value || !members.contains(*name)) {
                let built_here = name == &pipeline.app.value && builds;
                check_first_version(system, name, environment, built_here, stage.span, sink);
            }
        }
        match &stage.value {
            StageKind::StageEnv { environment, with } => {
                let apps = with.iter().map(String::as_str).chain([pipeline.app.value.as_str()]);
                members = contents::with_needs(system, environment, apps);
                let EnvironmentKind::Ephemeral { copy_of, .. } = &system.environments[environment].kind else {
                    continue;
                };
                for member in &members {
                    let built_here = member == &pipeline.app.value && builds;
                    check_first_version(system, member, copy_of, built_here, stage.span, sink);
                }
            }
            StageKind::Task { app: task_app, task, environment, .. } => {
                let held = if system.environments[environment].is_ephemeral() {
                    members.clone()
                } else {
                    let mut held = contents::standing(system, environment);
                    held.insert(pipeline.app.value.clone());
                    held
                };
                if !held.contains(task_app) {
                    sink.push(errors::task_outside(stage, task_app, environment));
                    continue;
                }
                let image = &system.apps[task_app].tasks[task].image;
                if !held.contains(&image.app) {
                    sink.push(errors::image_outside(stage.span, image, environment));
                }
                let in_environment = &system.apps[task_app].environments[environment].tasks[task];
                for value in in_environment.env.values() {
                    check_value(system, value, environment, &held, stage.span, sink);
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
            let app = &system.apps[&name];
            let held = contents::with_needs(system, environment, [name.as_str()]);
            check_app(system, app, &app.environments[environment], environment, &held, sink);
        }
    }
    for app in system.apps.values() {
        for (environment, app_in) in &app.environments {
            if app_in.needs.contains(&app.name.value) {
                sink.push(errors::needs_itself(&app.name, environment));
            }
        }
    }
}

fn check_app(
    system: &System,
    app: &App,
    app_in: &AppIn,
    environment: &str,
    held: &BTreeSet<String>,
    sink: &mut Diagnostics,
) {
    for service in &app_in.services {
        if !held.contains(&service.image.app) {
            sink.push(errors::image_outside(service.name.span, &service.image, environment));
        }
        for value in service.env.values() {
            check_value(system, value, environment, held, service.name.span, sink);
        }
        for text in &service.command {
            check_text(text, environment, held, service.name.span, sink);
        }
    }
    if let Some(helm) = &app_in.helm {
        for setting in helm.set.values() {
            check_setting(setting, environment, held, app.name.span, sink);
        }
    }
}

fn check_setting(setting: &Setting, environment: &str, held: &BTreeSet<String>, span: Span, sink: &mut Diagnostics) {
    match setting {
        Setting::Text(text) => check_text(text, environment, held, span, sink),
        Setting::List(list) => list.iter().for_each(|setting| check_setting(setting, environment, held, span, sink)),
        Setting::Map(map) => map.values().for_each(|setting| check_setting(setting, environment, held, span, sink)),
        Setting::Number(_) | Setting::Bool(_) => {}
    }
}

fn check_value(
    system: &System,
    value: &EnvValue,
    environment: &str,
    held: &BTreeSet<String>,
    span: Span,
    sink: &mut Diagnostics,
) {
    match value {
        EnvValue::Text(text) => check_text(text, environment, held, span, sink),
        EnvValue::Secret { secret, .. } => {
            let Some(declared) = system.secrets.get(secret) else { return };
            let there = declared.environments.get(environment).is_some_and(|secret| secret.throwaway);
            if system.environments[environment].is_ephemeral() && !there {
                sink.push(errors::secret_outside(&declared.name, environment, span));
            }
        }
    }
}

fn check_text(text: &Text, environment: &str, held: &BTreeSet<String>, span: Span, sink: &mut Diagnostics) {
    for piece in &text.0 {
        if let Piece::Image(image, _) = piece
            && !held.contains(&image.app)
        {
            sink.push(errors::image_outside(span, image, environment));
        }
    }
}

/// The images of an app must have come to the standing environment before a run can take them from there, unless the run
/// builds them: by a pipeline that builds them and brings them there.
fn check_first_version(
    system: &System,
    name: &str,
    standing: &str,
    built_here: bool,
    span: Span,
    sink: &mut Diagnostics,
) {
    let app = &system.apps[name];
    if built_here || app.images.is_empty() {
        return;
    }
    let has = |pipeline: &&Pipeline, what: &dyn Fn(&StageKind) -> bool| {
        pipeline.stages.iter().any(|stage| what(&stage.value))
    };
    let builds =
        |pipeline: &&Pipeline| pipeline.app.value == name && has(pipeline, &|stage| matches!(stage, StageKind::Build));
    let brings = |pipeline: &&Pipeline| {
        has(pipeline, &|stage| {
            matches!(stage, StageKind::Deploy { .. } | StageKind::Canary(_)) && stage.environment() == Some(standing)
        })
    };
    let mut building = system.pipelines.iter().filter(builds);
    match building.clone().next() {
        None => sink.push(errors::never_built(&app.name, span)),
        Some(first) if !building.any(|pipeline| brings(&pipeline)) => {
            sink.push(errors::never_brought(&app.name, &first.name, standing, span));
        }
        Some(_) => {}
    }
}

/// A build whose context no pattern can match would never run for a change of its own.
fn check_paths(pipeline: &Pipeline, app: &App, sink: &mut Diagnostics) {
    if !pipeline.stages.iter().any(|stage| matches!(stage.value, StageKind::Build)) {
        return;
    }
    for image in app.images.values() {
        if !pipeline.on.paths.iter().any(|pattern| pattern.value.may_match_below(&image.path)) {
            let place = pipeline.on.paths.first().map_or(pipeline.on.span, |pattern| pattern.span);
            sink.push(errors::paths_miss_context(place, &image.name, &image.path));
        }
    }
}
