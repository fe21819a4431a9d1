//! Inlay hints at the end of a line: how long a canary takes, what an environment contains, which files trigger a
//! pipeline.

use super::Program;
use crate::model::contents::with_needs;
use crate::model::value::show_duration;
use crate::model::{ResolvedProject, StageKind};
use crate::source::{SourceId, Span};
use std::collections::BTreeMap;

/// A few words after a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint {
    /// Behind this.
    pub span: Span,
    /// The words.
    pub text: String,
}

impl Program {
    /// The hints of a file, in order.
    #[must_use]
    pub fn hints(&self, source: SourceId) -> Vec<Hint> {
        let mut found = Vec::new();
        // What differs by target is said for the first one.
        if let Some((_, resolved)) = self.analysis.targets.first() {
            for pipeline in &resolved.pipelines {
                self.of_pipeline(resolved, pipeline, &mut found);
            }
            names_made(resolved, &mut found);
        }
        found.retain(|hint| hint.span.source == source);
        found.sort();
        // A pipeline of several apps has its stages once.
        found.dedup_by_key(|hint| hint.span);
        found
    }

    /// How long the stages of a pipeline take, and what they contain.
    fn of_pipeline(&self, resolved: &ResolvedProject, pipeline: &crate::model::Pipeline, found: &mut Vec<Hint>) {
        let mut add = |span: Span, text: String| found.push(Hint { span, text });
        if let Some(on) = pipeline.on.push()
            && on.paths.iter().all(|path| path.span == on.span)
        {
            let paths: Vec<_> = on.paths.iter().map(|path| path.value.as_str()).collect();
            if !paths.is_empty() {
                add(on.span, format!("paths {}", paths.join(", ")));
            }
        }
        for stage in &pipeline.stages {
            match &stage.value {
                StageKind::StageEnv { environment, with } => {
                    let apps = with.iter().map(String::as_str).chain([pipeline.app.value.as_str()]);
                    let apps: Vec<_> = with_needs(resolved, environment, apps).into_iter().collect();
                    add(stage.span, format!("contains {}", apps.join(", ")));
                }
                StageKind::Canary(canary) => {
                    if canary.pauses() == 0 && !canary.asks() {
                        continue;
                    }
                    let people = if canary.asks() { " and the time until people approve" } else { "" };
                    let pauses = show_duration(canary.pauses());
                    add(stage.span, format!("takes {pauses} plus the start of pods{people}"));
                }
                StageKind::Task { app, task, kind, .. } => {
                    if let Some(task) = resolved.apps.get(app).and_then(|app| app.tasks.get(task)) {
                        add(stage.span, format!("at most {}", show_duration(task.longest_as(*kind))));
                    }
                }
                StageKind::Wait { timeout, timeout_span, .. } => {
                    // A timeout that is written need not be shown.
                    if *timeout_span == stage.span {
                        add(stage.span, format!("at most {}", show_duration(*timeout)));
                    }
                }
                StageKind::Build
                | StageKind::Approve(_)
                | StageKind::Deploy { .. }
                | StageKind::Teardown { .. }
                | StageKind::Unresolved { .. } => {}
            }
        }
    }
}

/// The names of objects, if they differ from the written ones.
fn names_made(resolved: &ResolvedProject, found: &mut Vec<Hint>) {
    let mut made: BTreeMap<Span, Vec<&str>> = BTreeMap::new();
    for pipeline in &resolved.pipelines {
        made.entry(pipeline.name.span).or_default().push(&pipeline.name.value);
    }
    for (span, names) in made.into_iter().filter(|(_, names)| names.len() > 1) {
        found.push(Hint { span, text: format!("creates {}", names.join(", ")) });
    }
    for app in resolved.apps.values() {
        for image in app.of_runs() {
            let written = image.repository_of_runs().unwrap_or_default();
            let place = resolved.project.registry.as_ref();
            let place = place.map(|known| (known.host.as_str(), known.repository(written)));
            let (host, repository) = place.unwrap_or_else(|| ("", written.to_owned()));
            found.push(Hint { span: image.name.span, text: format!("{host}/{repository}") });
        }
        let services = app.environments.values().flat_map(|there| &there.services);
        for service in services.filter(|service| service.name.value != app.name.value) {
            found.push(Hint { span: service.name.span, text: service.name.value.clone() });
        }
    }
}
