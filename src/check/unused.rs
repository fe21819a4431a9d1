//! Unused declarations and settings without effect. Both are reported only if they are unused on every target, and only
//! for programs without errors, because a misspelt reference makes its declaration look unused. Reports W0203 and
//! W0303.

mod effect;
mod errors;

use crate::diag::Diagnostics;
use crate::diag::verdict::Verdicts;
use crate::model::{App, AppIn, EnvironmentKind, ImageId, ResolvedProject, Secret, StageKind, Tag, TaskKind, contents};
use crate::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// Checks the projects of all targets.
pub fn check_unused(projects: &[ResolvedProject], sink: &mut Diagnostics) {
    // Until the first pipeline is written, everything would be unused.
    if projects.iter().all(|resolved| resolved.pipelines.is_empty()) {
        return;
    }
    let mut found = Verdicts::default();
    for resolved in projects {
        let used = Used::by(resolved);
        secrets(&used, &mut found);
        environments(&used, &mut found);
        analyses(&used, &mut found);
        apps(&used, &mut found);
        effect::check(&used, &mut found);
    }
    found.report(sink);
}

/// What the pipelines of a project use.
struct Used<'a> {
    resolved: &'a ResolvedProject,
    /// Environments that a stage acts on or that another one copies, even if nothing is ever deployed there.
    environments: BTreeSet<&'a str>,
    /// The apps that each environment can come to contain.
    held: BTreeMap<&'a str, BTreeSet<String>>,
    /// The pipeline that delivers each app.
    delivered: BTreeMap<&'a str, &'a Spanned<String>>,
    /// How each task, by app and name, is run.
    tasks: BTreeMap<(&'a str, &'a str), Vec<TaskKind>>,
    /// The analyses that a canary runs.
    analyses: BTreeSet<&'a str>,
    /// Whether an app has manifests outside the program, which may refer to anything.
    by_manifests: bool,
}

impl<'a> Used<'a> {
    fn by(resolved: &'a ResolvedProject) -> Self {
        let stages = || resolved.pipelines.iter().flat_map(|pipeline| &pipeline.stages).map(|stage| &stage.value);
        let copied = resolved.environments.values().filter_map(|environment| match &environment.kind {
            EnvironmentKind::Ephemeral { copy_of, .. } => Some(copy_of.as_str()),
            EnvironmentKind::Permanent { .. } => None,
        });
        let mut used = Self {
            resolved,
            environments: stages().filter_map(StageKind::environment).chain(copied).collect(),
            held: resolved
                .environments
                .keys()
                .map(|name| (name.as_str(), contents::possible(resolved, name)))
                .collect(),
            delivered: BTreeMap::new(),
            tasks: BTreeMap::new(),
            analyses: BTreeSet::new(),
            by_manifests: resolved.apps.values().any(has_manifests),
        };
        for pipeline in &resolved.pipelines {
            used.delivered.entry(&pipeline.app.value).or_insert(&pipeline.name);
        }
        for stage in stages() {
            match stage {
                StageKind::Task { kind, app, task, .. } => used.tasks.entry((app, task)).or_default().push(*kind),
                StageKind::Canary(canary) => {
                    used.analyses.extend(canary.analyses.iter().map(|name| name.value.as_str()));
                }
                StageKind::Build
                | StageKind::StageEnv { .. }
                | StageKind::Wait { .. }
                | StageKind::Approve(_)
                | StageKind::Deploy { .. }
                | StageKind::Teardown { .. }
                | StageKind::Unresolved { .. } => {}
            }
        }
        used
    }

    /// Whether some environment can come to contain the app.
    fn holds(&self, app: &str) -> bool {
        self.held.values().any(|apps| apps.contains(app))
    }

    /// Whether a value names an image of the app that was built elsewhere, which needs no delivery of the app.
    fn lends(&self, app: &App) -> bool {
        app.images.iter().any(|(name, image)| {
            let id = ImageId { app: app.name.value.clone(), image: name.clone() };
            image.build().is_none() && self.resolved.written.images.contains(&id)
        })
    }
}

/// Whether the app has a part whose references the compiler cannot see.
fn has_manifests(app: &App) -> bool {
    let own = |app: &AppIn| !app.helm.is_empty() || app.kustomize.is_some() || app.manifests.is_some();
    app.environments.values().any(own)
}

fn secrets(used: &Used, found: &mut Verdicts) {
    let project = &used.resolved.project;
    let registry = project.registry.as_ref().and_then(|registry| registry.credentials.as_ref());
    // What the environment creates, manifests outside the program may refer to.
    let made =
        |secret: &Secret| used.by_manifests && secret.environments.values().any(|secret| !secret.origin.is_existing());
    for (name, secret) in &used.resolved.secrets {
        let writes = project.writing_credentials() == name;
        let role = project.hosts.iter().any(|host| host.credentials.value == *name) || writes || registry == Some(name);
        let named = used.resolved.written.secrets.contains(name);
        let unused = !(role || named || made(secret));
        found.add(secret.name.span, unused.then(|| errors::unused_secret(secret, used.by_manifests)));
    }
}

fn environments(used: &Used, found: &mut Verdicts) {
    for (name, environment) in &used.resolved.environments {
        let unused = !used.environments.contains(name.as_str());
        found.add(environment.name.span, unused.then(|| errors::unused_environment(environment)));
    }
}

fn analyses(used: &Used, found: &mut Verdicts) {
    for (name, analysis) in &used.resolved.analyses {
        let unused = !used.analyses.contains(name.as_str());
        found.add(analysis.name.span, unused.then(|| errors::unused_analysis(&analysis.name)));
    }
}

/// Reports an app that is never deployed, or else its unused parts.
fn apps(used: &Used, found: &mut Verdicts) {
    for (name, app) in &used.resolved.apps {
        let pipeline = used.delivered.get(name.as_str());
        let deployed = app.environments.values().any(AppIn::is_deployed);
        let unused = match pipeline {
            _ if used.holds(name) => None,
            Some(pipeline) => deployed.then(|| errors::undeployed_app(&app.name, pipeline)),
            None if used.lends(app) => None,
            // An app that only an unused app needs is not reported until the other one is gone.
            None if used.resolved.written.brought.contains(name) => None,
            None => Some(errors::unused_app(&app.name)),
        };
        found.add(app.name.span, unused);
        if pipeline.is_some() || used.holds(name) || used.lends(app) {
            tasks(used, app, pipeline.is_some(), found);
            images(used, app, found);
        }
    }
}

fn tasks(used: &Used, app: &App, delivered: bool, found: &mut Verdicts) {
    let of = app.name.value.as_str();
    for (name, task) in &app.tasks {
        let unused = !used.tasks.contains_key(&(of, name.as_str()));
        found.add(task.name.span, unused.then(|| errors::unused_task(&task.name, of, delivered)));
    }
}

/// Images may be the purpose of an app: if it deploys nothing, or if a fixed tag lets others refer to one. Manifests
/// outside the program cannot refer to any other image, because only a run knows its version and its digest.
fn images(used: &Used, app: &App, found: &mut Verdicts) {
    let deploys = app.environments.values().any(AppIn::is_deployed);
    for (name, image) in &app.images {
        let id = ImageId { app: app.name.value.clone(), image: name.clone() };
        let named = used.resolved.written.images.contains(&id);
        let may_be_for_others = image.build().is_some_and(|build| !deploys || build.tag != Tag::Version);
        let unused = !may_be_for_others && !named;
        found.add(image.name.span, unused.then(|| errors::unused_image(image, &app.name.value)));
    }
}
