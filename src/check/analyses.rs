//! Analyses must query the canary and not all pods, over a range with enough data.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::text::CanaryField;
use crate::model::{Analysis, Lookback, ResolvedProject, StageKind};

/// Checks the analyses that a canary names.
pub(super) fn check(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    for pipeline in &resolved.pipelines {
        let app = &resolved.apps[&pipeline.app.value];
        for stage in &pipeline.stages {
            let StageKind::Canary(canary) = &stage.value else { continue };
            for name in &canary.analyses {
                let Some(analysis) = resolved.analyses.get(&name.value) else { continue };
                if !analysis.asks_for_the_canary() {
                    sink.push(errors::asks_for_all(&analysis.name, name.span));
                }
                let Some(window) = shortest_window(analysis) else { continue };
                for service in &app.environments[&canary.environment].services {
                    let Some(metrics) = &service.metrics else { continue };
                    if analysis.uses(CanaryField::Metrics) && window.seconds < 2 * metrics.every {
                        sink.push(errors::window_too_short(&analysis.name, &window.text, service, metrics.every));
                    }
                }
            }
        }
    }
}

/// The shortest range of a query that compares samples.
fn shortest_window(analysis: &Analysis) -> Option<Lookback> {
    let windows = analysis.lookbacks().into_iter().filter(|one| !one.subquery);
    windows.min_by_key(|one| one.seconds).filter(|_| analysis.compares_samples())
}
