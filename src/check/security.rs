//! The Pod Security level of an environment: a pod that does not meet it is never created, and only an event says why.
//!
//! Generated pods meet the level `restricted`, except for those of an image that runs as root. The sysctl with which they
//! may listen on ports below 1024 is one of those that it allows. What charts, manifests and patches ask for is left to the
//! API server. Reports E0507.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::{ImageId, ResolvedProject, contents};
use crate::source::Span;
use std::collections::BTreeSet;

pub(super) fn check(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for (name, environment) in &resolved.environments {
        let Some(level) = environment.pod_security.as_ref().filter(|level| !level.value.allows_root()) else {
            continue;
        };
        for app in contents::possible(resolved, name) {
            let there = &resolved.apps[&app].environments[name];
            let services = there
                .services
                .iter()
                .flat_map(|service| service.containers().map(move |container| (&service.name, &container.image)));
            let crons = there.crons.iter().map(|cron| (&cron.name, &cron.image));
            for (pod, ImageId { app, image }) in services.chain(crons) {
                let image = resolved.apps.get(app).and_then(|app| app.images.get(image));
                let Some(image) = image.filter(|image| image.user == 0) else { continue };
                if told.insert(image.user_span) {
                    sink.push(errors::root_not_allowed(image, pod, name, level));
                }
            }
        }
    }
}
