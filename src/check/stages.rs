//! The order of a pipeline's stages: each finds its environment open, and leaves nothing behind.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::{EnvironmentKind, Pipeline, Stage, StageKind, System};
use crate::source::Span;
use std::collections::BTreeMap;

/// Where an ephemeral environment was opened, and where it was removed.
#[derive(Default)]
struct Life {
    opened: Option<Span>,
    /// It was used before, and that was reported.
    too_early: bool,
    closed: Option<Span>,
}

/// Checks the order of the stages.
pub(super) fn check(system: &System, pipeline: &Pipeline, sink: &mut Diagnostics) {
    if pipeline.stages.is_empty() {
        sink.push(errors::no_stages(&pipeline.name));
    }
    check_build(system, pipeline, sink);
    check_ephemeral(system, pipeline, sink);
    check_sections(system, pipeline, sink);
    check_time_to_live(system, pipeline, sink);
}

/// One `build`, before all that uses its images, and with something to build.
fn check_build(system: &System, pipeline: &Pipeline, sink: &mut Diagnostics) {
    let mut first: Option<Span> = None;
    let mut before: Option<&Stage> = None;
    for stage in &pipeline.stages {
        if !matches!(stage.value, StageKind::Build) {
            before.get_or_insert(stage);
            continue;
        }
        if let Some(first) = first {
            sink.push(errors::twice(stage, first));
            continue;
        }
        first = Some(stage.span);
        if let Some(before) = before {
            sink.push(errors::build_late(stage.span, before));
        }
        let app = &system.apps[&pipeline.app.value];
        if app.images.is_empty() {
            sink.push(errors::nothing_to_build(stage.span, &app.name));
        } else if system.project.registry.is_none() {
            sink.push(errors::no_registry(stage.span, &system.project.name));
        }
    }
}

fn check_ephemeral(system: &System, pipeline: &Pipeline, sink: &mut Diagnostics) {
    let mut lives: BTreeMap<&str, Life> = BTreeMap::new();
    for stage in &pipeline.stages {
        let Some(name) = stage.value.environment() else { continue };
        if !system.environments[name].is_ephemeral() {
            continue;
        }
        let life = lives.entry(name).or_default();
        match (&stage.value, life.opened, life.closed) {
            (StageKind::StageEnv { .. }, None, _) => life.opened = Some(stage.span),
            (StageKind::StageEnv { .. }, Some(_), _) if life.too_early => {
                *life = Life { opened: Some(stage.span), ..Life::default() };
            }
            (StageKind::StageEnv { .. }, Some(opened), _) => sink.push(errors::twice(stage, opened)),
            (_, None, _) => {
                let later = pipeline.stages.iter().find(
                    |later| matches!(&later.value, StageKind::StageEnv { environment, .. } if environment == name),
                );
                sink.push(errors::not_open(stage, name, later.map(|later| later.span)));
                // One report for an environment is enough, also when it is never removed.
                *life = Life { opened: Some(stage.span), too_early: true, closed: None };
            }
            (_, Some(_), Some(closed)) => sink.push(errors::already_removed(stage, name, closed)),
            (StageKind::Teardown { .. }, Some(_), None) => life.closed = Some(stage.span),
            _ => {}
        }
    }
    for (name, life) in lives {
        if let (Some(opened), None, false) = (life.opened, life.closed, life.too_early) {
            sink.push(errors::never_removed(name, opened));
        }
    }
}

/// The stages in a standing environment stand together: its lock is held from the first to the last, so nothing slow
/// and foreign may stand between them.
fn check_sections(system: &System, pipeline: &Pipeline, sink: &mut Diagnostics) {
    // Each environment whose section has ended, with the stage that ended it.
    let mut done: BTreeMap<&str, &Stage> = BTreeMap::new();
    let mut current: Option<&str> = None;
    for stage in &pipeline.stages {
        let name = stage.value.environment().filter(|name| !system.environments[*name].is_ephemeral());
        if current == name {
            continue;
        }
        if let Some(left) = current {
            done.entry(left).or_insert(stage);
        }
        if let Some((name, between)) = name.and_then(|name| Some((name, done.get(name)?))) {
            sink.push(errors::section_broken(stage, name, between));
        }
        current = name;
    }
}

/// An ephemeral environment must live until its `teardown` even when everything takes as long as it may, and another
/// run holds the lock of the standing environment for as long as it may.
fn check_time_to_live(system: &System, pipeline: &Pipeline, sink: &mut Diagnostics) {
    for (at, stage) in pipeline.stages.iter().enumerate() {
        let StageKind::StageEnv { environment, .. } = &stage.value else { continue };
        let EnvironmentKind::Ephemeral { ttl, .. } = &system.environments[environment].kind else { continue };
        let closes = |later: &Stage| matches!(&later.value, StageKind::Teardown { environment: closed } if closed == environment);
        let until = pipeline.stages.iter().position(closes).unwrap_or(pipeline.stages.len());
        let mut needed = 0;
        for later in pipeline.stages.iter().take(until).skip(at) {
            let time = longest(system, &later.value);
            let standing = later.value.environment().is_some_and(|name| !system.environments[name].is_ephemeral());
            needed += if standing { 2 * time } else { time };
        }
        if needed > *ttl {
            sink.push(errors::outlived(
                &system.environments[environment],
                *ttl,
                needed,
                stage.span,
                &pipeline.name.value,
            ));
        }
    }
}

/// Seconds that a stage may take by what is written.
pub(super) fn longest(system: &System, stage: &StageKind) -> u64 {
    match stage {
        StageKind::Wait { timeout, .. } => *timeout,
        StageKind::Task { app, task, verb, .. } => system.apps[app].tasks[task].longest_as(*verb),
        _ => 0,
    }
}
