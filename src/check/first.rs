//! First deliveries: every image that a run reuses has been deployed before, and some order exists in which every app
//! can be delivered for the first time.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::{Pipeline, ResolvedProject, contents};
use crate::schema::stages::StageId;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Apps whose images wait for each other can never be delivered for the first time: each run would look for an image
/// that only the other one deploys. What remains after all deliverable apps are removed contains cycles, which are
/// reported.
pub(super) fn check(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let building: Vec<(&Pipeline, BTreeSet<String>)> = resolved
        .pipelines
        .iter()
        .filter(|pipeline| pipeline.builds())
        .map(|pipeline| (pipeline, images_wanted(resolved, pipeline)))
        .collect();
    let mut left: BTreeSet<&str> = building.iter().map(|(pipeline, _)| pipeline.app.value.as_str()).collect();
    loop {
        let can_go = |(pipeline, wanted): &&(&Pipeline, BTreeSet<String>)| {
            left.contains(pipeline.app.value.as_str()) && wanted.iter().all(|name| !left.contains(name.as_str()))
        };
        let Some((pipeline, _)) = building.iter().find(can_go) else { break };
        left.remove(pipeline.app.value.as_str());
    }
    let cycles: BTreeSet<Vec<&str>> = left.iter().filter_map(|name| cycle(resolved, name)).collect();
    for cycle in cycles {
        let apps: Vec<_> = cycle.iter().map(|name| &resolved.apps[*name].name).collect();
        sink.push(errors::never_first(&apps));
    }
}

/// The shortest cycle through an app, where each app depends on the next. It begins with the first name in alphabetical
/// order, so that it is the same wherever the search starts.
fn cycle<'a>(resolved: &'a ResolvedProject, start: &'a str) -> Option<Vec<&'a str>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(name) = open.pop_front() {
        for next in brings_along(resolved, name) {
            if next == start {
                let mut cycle = vec![name];
                while let Some(earlier) = cycle.last().filter(|name| **name != start).and_then(|name| before.get(name))
                {
                    cycle.push(earlier);
                }
                cycle.reverse();
                let first = (0..cycle.len()).min_by_key(|place| cycle[*place])?;
                cycle.rotate_left(first);
                return Some(cycle);
            }
            if !before.contains_key(next) {
                before.insert(next, name);
                open.push_back(next);
            }
        }
    }
    None
}

/// The apps that an app needs in any environment, or that its pipelines deploy beside it.
fn brings_along<'a>(resolved: &'a ResolvedProject, name: &str) -> BTreeSet<&'a str> {
    let needs = resolved.apps[name].environments.values().flat_map(|app| &app.needs);
    let stages =
        resolved.pipelines.iter().filter(|pipeline| pipeline.app.value == name).flat_map(|pipeline| &pipeline.stages);
    let with = stages.filter_map(|stage| stage.value.opens(stage.value.environment()?));
    needs.chain(with.flatten()).map(String::as_str).collect()
}

/// The other apps whose images must exist before the pipeline can succeed.
fn images_wanted(resolved: &ResolvedProject, pipeline: &Pipeline) -> BTreeSet<String> {
    let own = pipeline.app.value.as_str();
    let mut found = BTreeSet::new();
    for stage in &pipeline.stages {
        let Some(environment) = stage.value.environment() else { continue };
        let with = stage.value.opens(environment).into_iter().flatten().map(String::as_str);
        found.extend(contents::with_needs(resolved, environment, with.chain([own])));
    }
    found.retain(|name| name != own && resolved.apps[name].builds());
    found
}

/// The images of an app must have been deployed to the permanent environment before a run can take them from there,
/// unless the run builds them: by a pipeline that builds and deploys them there. Each app is reported once.
pub(super) struct FirstVersions<'a> {
    resolved: &'a ResolvedProject,
    pipeline: &'a Pipeline,
    reported: BTreeSet<String>,
}

impl<'a> FirstVersions<'a> {
    /// Checks the apps that a pipeline deploys.
    pub(super) fn new(resolved: &'a ResolvedProject, pipeline: &'a Pipeline) -> Self {
        Self { resolved, pipeline, reported: BTreeSet::new() }
    }

    /// Checks one app that the pipeline deploys to, or copies from, a permanent environment.
    pub(super) fn check(&mut self, name: &str, permanent: &str, span: Span, sink: &mut Diagnostics) {
        let app = &self.resolved.apps[name];
        let delivered = name == self.pipeline.app.value;
        if !app.builds() || delivered && self.pipeline.builds() || self.reported.contains(name) {
            return;
        }
        let own = |pipeline: &&Pipeline| pipeline.app.value == name && pipeline.builds();
        let mut building = self.resolved.pipelines.iter().filter(own);
        match building.clone().next() {
            None if self.resolved.may_have(name, StageId::Build, "") => {}
            None if !delivered && self.is_tried(name) => {}
            None => sink.push(errors::never_built(&app.name, span, delivered)),
            Some(first) if !building.any(|pipeline| pipeline.updates(permanent)) => {
                if self.resolved.may_update(name, permanent) {
                    return;
                }
                sink.push(errors::never_brought(&app.name, &first.name, permanent, span));
            }
            Some(_) => return,
        }
        self.reported.insert(name.to_owned());
    }

    /// Whether a pipeline of the app itself also needs its images, in which case the report there is enough.
    fn is_tried(&self, name: &str) -> bool {
        let mut own = self.resolved.pipelines.iter().filter(|pipeline| pipeline.app.value == name);
        own.any(|pipeline| pipeline.stages.iter().any(|stage| stage.value.environment().is_some()))
    }
}
