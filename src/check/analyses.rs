//! What analyses measure: the canary and not all pods, over a window in which there is something to see.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::text::{CanaryField, Piece};
use crate::model::value::duration;
use crate::model::{Analysis, StageKind, System};

/// Functions of Prometheus that compare readings: of a window with fewer than two they give nothing.
const COMPARING: &[&str] = &["rate(", "increase(", "delta(", "deriv(", "resets(", "changes("];

/// Checks the analyses that a canary names.
pub(super) fn check(system: &System, sink: &mut Diagnostics) {
    for pipeline in &system.pipelines {
        let app = &system.apps[&pipeline.app.value];
        for stage in &pipeline.stages {
            let StageKind::Canary(canary) = &stage.value else { continue };
            for name in &canary.analyses {
                let Some(analysis) = system.analyses.get(&name.value) else { continue };
                if !asks_for_the_canary(analysis) {
                    sink.push(errors::asks_for_all(&analysis.name, name.span));
                }
                let Some((window, seconds)) = shortest_window(analysis) else { continue };
                for service in &app.environments[&canary.environment].services {
                    let Some(metrics) = &service.metrics else { continue };
                    if super::update::uses(analysis, CanaryField::Metrics) && seconds < 2 * metrics.every {
                        sink.push(errors::window_too_short(&analysis.name, window, service, metrics.every));
                    }
                }
            }
        }
    }
}

fn asks_for_the_canary(analysis: &Analysis) -> bool {
    analysis.query.0.iter().any(|piece| matches!(piece, Piece::Canary(_)))
}

/// The shortest range of the query, `[1m]`, as it is written and in seconds, when the query compares readings.
fn shortest_window(analysis: &Analysis) -> Option<(&str, u64)> {
    let literals = || {
        analysis.query.0.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            _ => None,
        })
    };
    if !literals().any(|text| COMPARING.iter().any(|function| text.contains(function))) {
        return None;
    }
    // `[10m:1m]` asks the whole query again and again, and is no window of readings: it has no duration.
    let ranges = literals().flat_map(|text| text.split('[').skip(1)).filter_map(|rest| rest.split(']').next());
    ranges.filter_map(|range| Some((range, duration(range.trim()).ok()?))).min_by_key(|(_, seconds)| *seconds)
}
