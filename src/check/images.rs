//! Built images must be deployed: the compiler cannot see which images a chart, a kustomization or manifests name, so a
//! run that builds others would succeed with the old ones.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::{App, AppIn, Image, ImageId, Pipeline, ResolvedProject, Service, Tag, Use, Used};

/// Checks the images of all apps.
pub(super) fn check(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    // Parts that could not be read may use any image.
    if !resolved.apps.values().all(|app| app.is_complete) {
        return;
    }
    for app in resolved.apps.values() {
        // Something outside the project may refer to an image by its fixed tag.
        let is_fixed = |image: &&Image| image.build().is_some_and(|build| build.tag != Tag::Version);
        let images: Vec<_> = app.of_runs().filter(|image| !is_fixed(image)).collect();
        let unused = |environment: &&String| {
            let there = &app.environments[*environment];
            let built = resolved.pipelines.iter().any(|pipeline| brings(pipeline, app, environment));
            built && there.is_deployed() && !images.iter().any(|image| is_used(resolved, app, there, image))
        };
        let environments: Vec<_> = app.environments.keys().filter(unused).map(String::as_str).collect();
        if let (Some(first), false) = (environments.first(), images.is_empty()) {
            sink.push(errors::built_and_not_deployed(app, &images, &environments, &app.environments[*first]));
        }
    }
}

/// Whether a pipeline builds the images of an app and deploys it to an environment.
fn brings(pipeline: &Pipeline, app: &App, environment: &str) -> bool {
    let opened = || pipeline.stages.iter().any(|stage| stage.value.opens(environment).is_some());
    let comes = pipeline.updates(environment) || opened();
    pipeline.app.value == app.name.value && pipeline.builds() && comes
}

/// Whether an image is used by its app in an environment, by one of its tasks, or by another app.
fn is_used(resolved: &ResolvedProject, app: &App, there: &AppIn, image: &Image) -> bool {
    let id = ImageId { app: app.name.value.clone(), image: image.name.value.clone() };
    let in_a_task = |app: &App| app.tasks.values().any(|task| task.image == id);
    let others = resolved.apps.values().filter(|other| other.name.value != app.name.value);
    in_a_task(app)
        || names(there, &id)
        || others
            .into_iter()
            .any(|other| in_a_task(other) || other.environments.values().any(|other| names(other, &id)))
}

/// Whether a part of an app in an environment names an image.
fn names(app: &AppIn, id: &ImageId) -> bool {
    let uses = |uses: &[Use]| uses.iter().any(|used| used.what == Used::Image(id.clone()));
    app.services.iter().flat_map(Service::containers).any(|container| container.image == *id || uses(&container.uses))
        || app.crons.iter().any(|cron| cron.image == *id || uses(&cron.uses))
        || app.helm.iter().any(|helm| uses(&helm.uses))
        || app.kustomize.iter().any(|kustomize| uses(&kustomize.uses))
        || app.tasks.values().any(|task| uses(&task.uses))
}
