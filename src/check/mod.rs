//! Checks that span several blocks: the order of stages, the contents of environments, names that collide in the
//! cluster. [`check`] takes a [`ResolvedProject`] and reports E04xx to E06xx; a project without reports can be
//! compiled. [`check_unused`] takes the resolved projects of all targets and reports what none of them uses.
//!
//! The project may have gaps, which have been reported. The rest is still checked, and nothing is concluded from a gap.

mod analyses;
mod contents;
mod credentials;
mod errors;
mod first;
mod hosts;
mod images;
mod names;
mod patterns;
mod quota;
mod security;
mod stages;
mod starts;
mod targets;
mod triggers;
mod unused;
mod update;

pub use targets::check_targets;
pub use unused::check_unused;

use crate::diag::Diagnostics;
use crate::model::ResolvedProject;

/// Checks a project.
pub fn check(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    for pipeline in &resolved.pipelines {
        stages::check(resolved, pipeline, sink);
        update::check(resolved, pipeline, sink);
        starts::check(resolved, pipeline, sink);
        triggers::check(resolved, pipeline, sink);
    }
    stages::check_times_to_live(resolved, sink);
    update::check_deliveries(resolved, sink);
    contents::check(resolved, sink);
    first::check(resolved, sink);
    images::check(resolved, sink);
    analyses::check(resolved, sink);
    quota::check(resolved, sink);
    security::check(resolved, sink);
    names::check(resolved, sink);
    hosts::check(resolved, sink);
    credentials::check(resolved, sink);
}
