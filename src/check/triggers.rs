//! What a pull request may do: its code is not reviewed, so it stays out of permanent environments and fixed tags. Reports
//! E0430.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::{Pipeline, ResolvedProject, Tag};

/// Checks a pipeline.
pub(super) fn check(resolved: &ResolvedProject, pipeline: &Pipeline, sink: &mut Diagnostics) {
    let Some(on) = pipeline.on.pull_request() else { return };
    let permanent = |environment: &&str| !resolved.environments[*environment].is_ephemeral();
    let first = pipeline.stages.iter().find_map(|stage| Some((stage, stage.value.environment().filter(permanent)?)));
    if let Some((stage, environment)) = first {
        sink.push(errors::unreviewed_in(stage.span, environment, on.span));
    }
    for (image, build) in resolved.apps[&pipeline.app.value].built().filter(|_| pipeline.builds()) {
        if matches!(build.tag, Tag::Fixed(_)) {
            sink.push(errors::unreviewed_tag(&image.name, on.span));
        }
    }
}
