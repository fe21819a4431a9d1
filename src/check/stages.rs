//! The order of a pipeline's stages: a stage's environment must be open, and each opened environment must be removed.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::{EnvironmentKind, Pipeline, ResolvedProject, Stage, StageKind};
use crate::schema::stages::StageId;
use crate::source::Span;
use std::collections::BTreeMap;

/// Where an ephemeral environment was opened, and where it was removed.
#[derive(Default)]
struct Life {
    opened: Option<Span>,
    /// It was used before it was opened, which has been reported.
    too_early: bool,
    closed: Option<Span>,
}

/// Checks the order of the stages.
pub(super) fn check(resolved: &ResolvedProject, pipeline: &Pipeline, sink: &mut Diagnostics) {
    if pipeline.stages.is_empty() && pipeline.is_complete {
        sink.push(errors::no_stages(&pipeline.name));
    }
    check_build(resolved, pipeline, sink);
    check_ephemeral(resolved, pipeline, sink);
    check_sections(resolved, pipeline, sink);
}

/// A pipeline has at most one `build`, before every other stage, and with something to build.
fn check_build(resolved: &ResolvedProject, pipeline: &Pipeline, sink: &mut Diagnostics) {
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
        let app = &resolved.apps[&pipeline.app.value];
        if !app.builds() {
            if app.is_complete {
                sink.push(errors::nothing_to_build(stage.span, &app.name));
            }
        } else if resolved.project.registry.is_none() && resolved.project.is_complete {
            sink.push(errors::no_registry(stage.span, &resolved.project.name));
        }
    }
}

fn check_ephemeral(resolved: &ResolvedProject, pipeline: &Pipeline, sink: &mut Diagnostics) {
    let mut lives: BTreeMap<&str, Life> = BTreeMap::new();
    for stage in &pipeline.stages {
        let Some(name) = stage.value.environment() else { continue };
        if !resolved.environments[name].is_ephemeral() {
            continue;
        }
        let life = lives.entry(name).or_default();
        match (&stage.value, life.opened, life.closed) {
            (_, None, _) if stage.value.id() == StageId::StageEnv => life.opened = Some(stage.span),
            (StageKind::StageEnv { .. }, Some(_), _) if life.too_early => {
                *life = Life { opened: Some(stage.span), ..Life::default() };
            }
            (StageKind::StageEnv { .. }, Some(opened), _) => sink.push(errors::twice(stage, opened)),
            (_, None, _) if pipeline.may_have(StageId::StageEnv, name) => {
                *life = Life { opened: Some(stage.span), too_early: true, closed: None };
            }
            (_, None, _) => {
                let later = pipeline.stages.iter().find(|later| later.value.opens(name).is_some());
                sink.push(errors::not_open(stage, name, later.map(|later| later.span)));
                // One report for an environment is enough, even if it is never removed.
                *life = Life { opened: Some(stage.span), too_early: true, closed: None };
            }
            (_, Some(_), Some(closed)) => sink.push(errors::already_removed(stage, name, closed)),
            (StageKind::Teardown { .. }, Some(_), None) => life.closed = Some(stage.span),
            (
                StageKind::Build
                | StageKind::Wait { .. }
                | StageKind::Task { .. }
                | StageKind::Approve(_)
                | StageKind::Deploy { .. }
                | StageKind::Canary(_)
                | StageKind::Unresolved { .. },
                Some(_),
                None,
            ) => {}
        }
    }
    for (name, life) in lives {
        let unseen = life.too_early || pipeline.may_have(StageId::Teardown, name);
        if let (Some(opened), None, false) = (life.opened, life.closed, unseen) {
            sink.push(errors::never_removed(name, opened));
        }
    }
}

/// The stages in a permanent environment must be contiguous: its lock is held from the first to the last, and an
/// unrelated stage between them would hold it up.
fn check_sections(resolved: &ResolvedProject, pipeline: &Pipeline, sink: &mut Diagnostics) {
    // Each environment whose section has ended, with the stage that ended it.
    let mut done: BTreeMap<&str, &Stage> = BTreeMap::new();
    let mut current: Option<&str> = None;
    for stage in &pipeline.stages {
        let name = stage.value.environment().filter(|name| !resolved.environments[*name].is_ephemeral());
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

/// An ephemeral environment must live until its `teardown`, even if every stage uses its full timeout and another run
/// holds the lock of the permanent environment for as long as possible. The pipeline that needs it longest is reported.
pub(super) fn check_times_to_live(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    for (name, environment) in &resolved.environments {
        let EnvironmentKind::Ephemeral { ttl, .. } = &environment.kind else { continue };
        let needs = resolved.pipelines.iter().filter_map(|pipeline| needed(resolved, pipeline, name));
        let longest = needs.max_by_key(|(seconds, opened, _)| (*seconds, std::cmp::Reverse(*opened)));
        if let Some((seconds, opened, pipeline)) = longest.filter(|(seconds, ..)| seconds > ttl) {
            sink.push(errors::outlived(environment, *ttl, seconds, opened, &pipeline.name.value));
        }
    }
}

/// Seconds for which a pipeline needs an ephemeral environment, and where it opens it.
fn needed<'a>(resolved: &ResolvedProject, pipeline: &'a Pipeline, name: &str) -> Option<(u64, Span, &'a Pipeline)> {
    let opens = |stage: &Stage| stage.value.opens(name).is_some();
    let closes = |stage: &Stage| matches!(&stage.value, StageKind::Teardown { environment } if environment == name);
    let at = pipeline.stages.iter().position(opens)?;
    let until = pipeline.stages.iter().position(closes).unwrap_or(pipeline.stages.len());
    let time = |stage: &Stage| {
        let permanent = stage.value.environment().is_some_and(|name| !resolved.environments[name].is_ephemeral());
        longest(resolved, &stage.value) * if permanent { 2 } else { 1 }
    };
    let seconds = pipeline.stages.iter().take(until).skip(at).map(time).sum();
    Some((seconds, pipeline.stages[at].span, pipeline))
}

/// The maximum number of seconds that a stage can take, according to the program.
pub(super) fn longest(resolved: &ResolvedProject, stage: &StageKind) -> u64 {
    match stage {
        StageKind::Wait { timeout, .. } => *timeout,
        StageKind::Approve(approval) => approval.timeout,
        StageKind::Task { app, task, kind, .. } => resolved.apps[app].tasks[task].longest_as(*kind),
        // Controllers run a canary, and the wait after it counts the time; a stage that could not be read has been
        // reported.
        StageKind::Build
        | StageKind::StageEnv { .. }
        | StageKind::Deploy { .. }
        | StageKind::Canary(_)
        | StageKind::Teardown { .. }
        | StageKind::Unresolved { .. } => 0,
    }
}
