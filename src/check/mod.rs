//! What no block shows by itself: the order of stages, the contents of environments, names that meet in the cluster.
//! [`check`] takes a resolved [`System`] and reports E04xx to E06xx; a system without reports can be compiled.
//! [`check_unused`] takes the systems of all targets and reports what none of them uses.
//!
//! The system may have gaps that were reported before. What is there is checked all the same; nothing is concluded from what
//! is missing where it may only be unreadable.

mod analyses;
mod contents;
mod credentials;
mod errors;
mod first;
mod images;
mod names;
mod patterns;
mod quota;
mod stages;
mod targets;
mod unused;
mod update;

pub use targets::check_targets;
pub use unused::check_unused;

use crate::diag::Diagnostics;
use crate::model::System;

/// Checks a system.
pub fn check(system: &System, sink: &mut Diagnostics) {
    for pipeline in &system.pipelines {
        stages::check(system, pipeline, sink);
        update::check(system, pipeline, sink);
    }
    stages::check_times_to_live(system, sink);
    update::check_deliveries(system, sink);
    contents::check(system, sink);
    first::check(system, sink);
    images::check(system, sink);
    analyses::check(system, sink);
    quota::check(system, sink);
    names::check(system, sink);
    credentials::check(system, sink);
}
