//! First deliveries: an order exists in which every app can be delivered for the first time.

use super::contents::builds;
use super::errors;
use crate::diag::Diagnostics;
use crate::model::{Pipeline, StageKind, System, contents};
use std::collections::BTreeSet;

/// Apps whose images wait for one another can never be delivered for the first time: each run would look for an image that
/// only the other one's brings. Those that are left when all that can go first have gone are reported.
pub(super) fn check(system: &System, sink: &mut Diagnostics) {
    let building: Vec<(&Pipeline, BTreeSet<String>)> = system
        .pipelines
        .iter()
        .filter(|pipeline| builds(pipeline))
        .map(|pipeline| (pipeline, images_wanted(system, pipeline)))
        .collect();
    let mut left: BTreeSet<&str> = building.iter().map(|(pipeline, _)| pipeline.app.value.as_str()).collect();
    loop {
        let can_go = |(pipeline, wanted): &&(&Pipeline, BTreeSet<String>)| {
            left.contains(pipeline.app.value.as_str()) && wanted.iter().all(|name| !left.contains(name.as_str()))
        };
        let Some((pipeline, _)) = building.iter().find(can_go) else { break };
        left.remove(pipeline.app.value.as_str());
    }
    for name in &left {
        let of = |(pipeline, _): &&(&Pipeline, BTreeSet<String>)| pipeline.app.value == *name;
        let wanted =
            building.iter().find(of).and_then(|(_, wanted)| wanted.iter().find(|other| left.contains(other.as_str())));
        if let Some(other) = wanted {
            sink.push(errors::never_first(&system.apps[*name].name, &system.apps[other].name));
        }
    }
}

/// The other apps whose images must be there before the pipeline can run to its end.
fn images_wanted(system: &System, pipeline: &Pipeline) -> BTreeSet<String> {
    let own = pipeline.app.value.as_str();
    let mut found = BTreeSet::new();
    for stage in &pipeline.stages {
        let Some(environment) = stage.value.environment() else { continue };
        let with = match &stage.value {
            StageKind::StageEnv { with, .. } => with.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        found.extend(contents::with_needs(system, environment, with.into_iter().chain([own])));
    }
    found.retain(|name| name != own && !system.apps[name].images.is_empty());
    found
}
