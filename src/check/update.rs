//! Updates of a permanent environment: a canary must be feasible, and the wait must last until it ends.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::text::CanaryField;
use crate::model::{Canary, CanaryStep, Pipeline, ResolvedProject, Service, StageKind, TaskKind, contents};
use crate::schema::stages::StageId;
use crate::source::{Span, Spanned};

/// Seconds that a Rollout needs in addition to its pauses: pods must start, and the wait must see the last step.
pub(super) const MARGIN: u64 = 60;

/// How long a canary takes after its pods have started, in seconds.
#[derive(Clone, Copy, Default)]
pub(super) struct Times {
    /// Its pauses.
    pub pauses: u64,
    /// Whether a person has to promote it.
    pub asks: bool,
    /// The time that its analyses may take after the last pause, until a measurement succeeds.
    pub last: u64,
}

impl Times {
    pub fn of(resolved: &ResolvedProject, canary: &Canary) -> Self {
        let analyses = canary.analyses.iter().filter_map(|name| resolved.analyses.get(&name.value));
        let last = analyses.map(|analysis| analysis.every * u64::from(analysis.tolerate)).max().unwrap_or(0);
        Self { pauses: canary.pauses(), asks: canary.asks(), last }
    }
}

/// Checks the updates of a pipeline.
pub(super) fn check(resolved: &ResolvedProject, pipeline: &Pipeline, sink: &mut Diagnostics) {
    let app = &resolved.apps[&pipeline.app.value];
    let mut waiting: Option<(Span, &str, Times, &'static str)> = None;
    let mut updated: Vec<(&str, Span)> = Vec::new();
    for stage in &pipeline.stages {
        let environment = stage.value.environment();
        match &stage.value {
            StageKind::Deploy { environment } | StageKind::Canary(Canary { environment, .. }) => {
                if let Some((_, first)) = updated.iter().find(|(name, _)| name == environment) {
                    sink.push(errors::updated_twice(stage, *first));
                }
                updated.push((environment, stage.span));
                if let Some((span, name, _, word)) = waiting.take().filter(|waiting| waiting.1 != environment) {
                    sink.push(errors::never_waited_for(word, name, span));
                }
                // A Rollout goes through the steps of its canary whichever pipeline updates it.
                let canary = resolved.canaries(&pipeline.app.value, environment).next();
                let times = canary.map_or(Times::default(), |(_, canary)| Times::of(resolved, canary));
                if app.environments[environment].is_deployed() {
                    waiting = Some((stage.span, environment, times, stage.value.word()));
                } else if app.is_complete && (!app.builds() || matches!(stage.value, StageKind::Canary(_))) {
                    sink.push(errors::nothing_to_deploy(stage, &app.name, environment));
                }
            }
            StageKind::Wait { timeout, timeout_span, .. } => {
                if let Some((span, _, Times { pauses, asks, last }, _)) =
                    waiting.filter(|waiting| Some(waiting.1) == environment)
                {
                    let needed = pauses + last + MARGIN;
                    if asks && *timeout_span == stage.span {
                        sink.push(errors::no_time_for_people(stage.span, span));
                    } else if pauses > 0 && *timeout < needed {
                        let decides = if last > 0 {
                            "pods also have to start, and analyses to finish"
                        } else {
                            "pods also have to start"
                        };
                        sink.push(errors::waits_too_short(*timeout_span, *timeout, pauses, needed, decides, span));
                    }
                    waiting = None;
                }
            }
            StageKind::Task { kind, .. } => {
                if let Some((span, name, _, word)) = waiting.filter(|waiting| Some(waiting.1) == environment) {
                    sink.push(errors::used_before_ready(stage, word, name, span));
                    waiting = None;
                } else if let (TaskKind::Migrate, Some((_, update))) =
                    (kind, updated.iter().find(|(name, _)| Some(*name) == environment))
                {
                    sink.push(errors::migrates_late(stage, *update));
                }
            }
            // It may be the update that was waited for, or the wait.
            StageKind::Unresolved { .. } => waiting = None,
            StageKind::Build | StageKind::StageEnv { .. } | StageKind::Approve(_) | StageKind::Teardown { .. } => {}
        }
        if let StageKind::Canary(canary) = &stage.value {
            check_canary(resolved, pipeline, canary, stage.span, sink);
        }
    }
    if let Some((span, name, _, word)) = waiting.filter(|waiting| !pipeline.may_have(StageId::WaitForSync, waiting.1)) {
        sink.push(errors::never_waited_for(word, name, span));
    }
}

/// The app has one Rollout, so the canaries of all its pipelines must be the same.
fn check_others(resolved: &ResolvedProject, app: &str, canary: &Canary, span: Span, sink: &mut Diagnostics) {
    let values = |canary: &Canary| {
        let steps: Vec<_> = canary.steps.iter().map(|step| step.value).collect();
        (steps, canary.analyses.iter().map(|name| name.value.clone()).collect::<Vec<_>>())
    };
    let (first_span, first) = resolved.canaries(app, &canary.environment).next().unwrap_or((span, canary));
    let whole =
        resolved.pipelines.iter().filter(|pipeline| pipeline.app.value == app).all(|pipeline| pipeline.is_complete);
    if whole && values(first) != values(canary) {
        sink.push(errors::canaries_differ(span, app, &canary.environment, first_span));
    }
}

/// Without a route, a weight is a share of the pods, so a weight below one pod cannot be met.
fn check_shares(service: &Service, canary: &Canary, sink: &mut Diagnostics) {
    let pods = u64::from(service.replicas.0);
    let too_small = canary.steps.iter().find_map(|step| match step.value {
        CanaryStep::Weight(weight) if weight > 0 && u64::from(weight) * pods < 100 => Some((step.span, weight)),
        _ => None,
    });
    if let (None, Some((span, weight))) = (&service.route, too_small) {
        sink.push(errors::share_too_small(span, weight, service));
    }
}

/// An app that is only deployed because another one needs it stays at the commit that was deployed first.
pub(super) fn check_deliveries(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    for (name, environment) in resolved.environments.iter().filter(|(_, environment)| !environment.is_ephemeral()) {
        for app in contents::permanent(resolved, name).iter().map(|app| &resolved.apps[app]) {
            let delivers = |pipeline: &Pipeline| pipeline.app.value == app.name.value && pipeline.updates(name);
            let delivered = resolved.pipelines.iter().any(delivers);
            let unseen = resolved.may_update(&app.name.value, name);
            if !delivered && !unseen && app.source.is_some() && app.environments[name].is_deployed() {
                sink.push(errors::delivered_by_nobody(&app.name, &environment.name.value));
            }
        }
    }
}

fn check_canary(resolved: &ResolvedProject, pipeline: &Pipeline, canary: &Canary, span: Span, sink: &mut Diagnostics) {
    let app = &resolved.apps[&pipeline.app.value];
    let services = &app.environments[&canary.environment].services;
    if app.is_complete && services.is_empty() && app.environments[&canary.environment].is_deployed() {
        sink.push(errors::canary_without_service(span, &app.name, &canary.environment));
    }
    for service in services.iter().filter(|service| service.is_stateful()) {
        sink.push(errors::canary_of_storage(span, service, &canary.environment));
    }
    check_steps(&canary.steps, span, sink);
    check_others(resolved, &pipeline.app.value, canary, span, sink);
    if app.is_complete {
        services.iter().for_each(|service| check_shares(service, canary, sink));
    }
    for name in &canary.analyses {
        let Some(analysis) = resolved.analyses.get(&name.value) else { continue };
        let available = canary.pauses();
        if available < analysis.can_fail_after(services) {
            sink.push(errors::cannot_finish(name, analysis, services, available));
        }
        for (field, missing) in [(CanaryField::Metrics, "metrics"), (CanaryField::Service, "port")] {
            let serves = |service: &crate::model::Service| {
                if field == CanaryField::Metrics { service.metrics.is_some() } else { service.port.is_some() }
            };
            if let (true, Some(service)) =
                (app.is_complete && analysis.uses(field), services.iter().find(|service| !serves(service)))
            {
                sink.push(errors::analysis_without(name, field, service, missing));
            }
        }
    }
}

/// Weights increase, and the first step is one.
fn check_steps(steps: &[Spanned<CanaryStep>], span: Span, sink: &mut Diagnostics) {
    let mut last: Option<(u8, Span)> = None;
    for (at, step) in steps.iter().enumerate() {
        match step.value {
            CanaryStep::Weight(weight) => {
                match last {
                    Some((before, place)) if weight <= before => {
                        sink.push(errors::weight_falls(step.span, weight, before, place))
                    }
                    _ if weight == 0 => sink.push(errors::weight_of_nothing(step.span)),
                    _ => {}
                }
                last = Some((weight, step.span));
            }
            CanaryStep::Pause(_) | CanaryStep::Approve if at == 0 => sink.push(errors::begins_with_pause(step.span)),
            CanaryStep::Pause(_) | CanaryStep::Approve => {}
        }
    }
    if last.is_none() {
        sink.push(errors::no_steps(span));
    }
}
