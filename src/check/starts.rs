//! A wait must last as long as the pods may take to start by their `probe start`: a slow service that is healthy in the
//! end would be rolled back otherwise. Reports E0407.

use super::errors;
use super::update::{MARGIN, Times};
use crate::diag::Diagnostics;
use crate::model::{Canary, CanaryStep, Pipeline, ResolvedProject, Service, StageKind, contents};
use crate::schema::probes::ProbeKind;
use std::collections::BTreeMap;

/// What a wait of a pipeline waits for, in an environment.
#[derive(Default)]
struct Waiting<'a> {
    services: Vec<&'a Service>,
    /// Whether the pods of a new version replace those of an old one.
    replaces: bool,
    canary: Option<&'a Canary>,
}

impl Waiting<'_> {
    /// How often pods of a service start one after the other, at most.
    fn rounds(&self, service: &Service) -> u64 {
        match self.canary {
            Some(canary) => rounds(canary).min(u64::from(service.replicas.1)),
            None if self.replaces => service.update_start() / service.start().max(1),
            None => 1,
        }
    }
}

/// The weights at which new pods start, with the end of the canary.
fn rounds(canary: &Canary) -> u64 {
    let weights = canary.steps.iter().filter_map(|step| match step.value {
        CanaryStep::Weight(weight) => Some(weight),
        CanaryStep::Pause(_) | CanaryStep::Approve => None,
    });
    weights.clone().count() as u64 + u64::from(weights.max() != Some(100))
}

/// Checks the waits of a pipeline.
pub(super) fn check(resolved: &ResolvedProject, pipeline: &Pipeline, sink: &mut Diagnostics) {
    let app = pipeline.app.value.as_str();
    let mut known: BTreeMap<&str, Waiting> = BTreeMap::new();
    for stage in &pipeline.stages {
        match &stage.value {
            StageKind::StageEnv { environment, with } => {
                let apps = with.iter().map(String::as_str).chain([app]);
                let apps = contents::with_needs(resolved, environment, apps);
                let services = apps.iter().filter_map(|app| resolved.apps.get(app));
                let services = services.flat_map(|app| &app.environments[environment].services).collect();
                known.insert(environment, Waiting { services, ..Waiting::default() });
            }
            StageKind::Deploy { environment } | StageKind::Canary(Canary { environment, .. }) => {
                let services = resolved.apps[app].environments[environment].services.iter().collect();
                let canary = resolved.canaries(app, environment).next().map(|(_, canary)| canary);
                known.insert(environment, Waiting { services, replaces: true, canary });
            }
            StageKind::Wait { environment, timeout, timeout_span } => {
                let Some(waiting) = known.get(environment.as_str()) else { continue };
                let times = waiting.canary.map_or(Times::default(), |canary| Times::of(resolved, canary));
                let before = times.pauses + times.last + MARGIN;
                // A wait that is too short for the canary alone has been reported.
                if times.pauses > 0 && *timeout < before {
                    continue;
                }
                let start = |service: &Service| service.start() * waiting.rounds(service);
                let Some(slowest) = waiting.services.iter().max_by_key(|service| start(service)) else { continue };
                let probes = slowest.containers().filter_map(|container| container.probes.0.get(&ProbeKind::Start));
                let Some(probe) = probes.max_by_key(|probe| probe.every * probe.fails) else { continue };
                let needed = before + start(slowest);
                if *timeout < needed {
                    let rounds = waiting.rounds(slowest);
                    let (span, pauses) = (*timeout_span, times.pauses);
                    sink.push(errors::starts_too_slowly(span, *timeout, slowest, probe.span, rounds, pauses, needed));
                }
            }
            StageKind::Build
            | StageKind::Task { .. }
            | StageKind::Approve(_)
            | StageKind::Teardown { .. }
            | StageKind::Unresolved { .. } => {}
        }
    }
}
