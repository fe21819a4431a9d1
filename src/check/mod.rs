//! What no block shows by itself: the order of stages, the contents of environments, names that meet in the cluster.
//! [`check`] takes a resolved [`System`] and reports E04xx to E06xx; a system without reports can be compiled.

mod contents;
mod errors;
mod first;
mod names;
mod stages;
mod update;

use crate::diag::Diagnostics;
use crate::model::System;

/// Checks a system.
pub fn check(system: &System, sink: &mut Diagnostics) {
    for pipeline in &system.pipelines {
        stages::check(system, pipeline, sink);
        update::check(system, pipeline, sink);
        contents::check_pipeline(system, pipeline, sink);
    }
    update::check_deliveries(system, sink);
    contents::check(system, sink);
    first::check(system, sink);
    names::check(system, sink);
}
