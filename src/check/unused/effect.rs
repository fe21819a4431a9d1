//! Settings without effect: overrides for an environment that nothing is deployed to, and stages that change nothing.

use super::{Used, errors};
use crate::check::patterns::lies_within;
use crate::diag::verdict::Verdicts;
use crate::model::{CanaryStep, Pipeline, StageKind, TaskKind};

/// Checks a project.
pub(super) fn check(used: &Used, found: &mut Verdicts) {
    layers(used, found);
    retries(used, found);
    for pipeline in &used.resolved.pipelines {
        paths(pipeline, found);
        stages(pipeline, found);
    }
}

fn layers(used: &Used, found: &mut Verdicts) {
    for ((app, environment), places) in &used.resolved.written.layers {
        if used.held.get(environment.as_str()).is_some_and(|apps| apps.contains(app)) {
            places.iter().for_each(|place| found.add(*place, None));
            continue;
        }
        // An unused app or environment is reported as such.
        let used = used.holds(app) && used.environments.contains(environment.as_str());
        if let (true, Some(first)) = (used, places.first()) {
            found.add(*first, Some(errors::layer_of_nothing(app, environment, *first, places)));
        }
    }
}

fn retries(used: &Used, found: &mut Verdicts) {
    for ((app, task), span) in &used.resolved.written.retries {
        let kinds = used.tasks.get(&(app.as_str(), task.as_str()));
        let migrated = kinds.is_some_and(|kinds| kinds.iter().all(|kind| *kind == TaskKind::Migrate));
        let idle = migrated && used.resolved.apps[app].tasks[task].retries > 0;
        found.add(*span, idle.then(|| errors::retries_of_migrations(*span, task)));
    }
}

fn paths(pipeline: &Pipeline, found: &mut Verdicts) {
    let Some(on) = pipeline.on.push() else { return };
    for path in &on.paths {
        let except = on.except.iter().find(|except| lies_within(&path.value, &except.value));
        found.add(path.span, except.map(|except| errors::path_excepted(path.span, except.span)));
    }
}

fn stages(pipeline: &Pipeline, found: &mut Verdicts) {
    for pair in pipeline.stages.windows(2) {
        if let (StageKind::StageEnv { environment, .. }, StageKind::Teardown { environment: closed }) =
            (&pair[0].value, &pair[1].value)
            && environment == closed
        {
            found.add(pair[0].span, Some(errors::nothing_between(&pair[0], pair[1].span, environment)));
        }
    }
    for stage in &pipeline.stages {
        if let StageKind::Canary(canary) = &stage.value
            && let [only] = canary.steps.as_slice()
            && only.value == CanaryStep::Weight(100)
        {
            found.add(only.span, Some(errors::all_at_once(only.span, &canary.environment)));
        }
    }
}
