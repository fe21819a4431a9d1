//! The contents of environments: every app, image and secret that is used in one must exist there.

use super::errors;
use super::first::FirstVersions;
use super::patterns::lies_within;
use crate::diag::Diagnostics;
use crate::model::{
    App, AppIn, Contents, EnvironmentKind, Partial, Pattern, Pipeline, ResolvedProject, SecretOrigin, Service,
    StageKind, Use, Used, contents,
};
use crate::schema::stages::StageId;
use crate::source::{Span, Spanned};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The apps that an environment contains, if every stage and every `needs` could be read.
type Held = Partial<BTreeSet<String>>;

/// Apps with their dependencies.
fn held(resolved: &ResolvedProject, environment: &str, apps: BTreeSet<String>) -> Held {
    let are_all = apps.iter().all(|name| resolved.apps[name].environments[environment].needs.is_complete());
    Partial::new(apps, are_all)
}

/// What the pipelines deploy to each permanent environment, by its name: found once, however many stages ask.
struct Permanent<'a> {
    resolved: &'a ResolvedProject,
    held: BTreeMap<&'a str, Held>,
}

impl<'a> Permanent<'a> {
    fn of(resolved: &'a ResolvedProject) -> Self {
        let permanent = resolved.environments.values().filter(|environment| !environment.is_ephemeral());
        let one = |name: &'a str| {
            let apps = contents::permanent(resolved, name);
            (name, held(resolved, name, apps).complete_if(!resolved.any_may_update(name)))
        };
        Self { resolved, held: permanent.map(|environment| one(environment.name.value.as_str())).collect() }
    }

    /// The contents of an environment with what `delivered` brings.
    fn with(&self, environment: &str, delivered: &str) -> Cow<'_, Held> {
        let known = &self.held[environment];
        if known.contains(delivered) {
            return Cow::Borrowed(known);
        }
        let apps = known.iter().cloned().chain([delivered.to_owned()]).collect();
        Cow::Owned(held(self.resolved, environment, apps).complete_if(known.is_complete()))
    }
}

/// The secrets that cannot exist where they are used: by environment, with each use and the stage that uses it.
type Missing<'a> = BTreeMap<(&'a str, &'a str), BTreeMap<Span, Option<Span>>>;

/// Checks what stages, services and charts use.
pub(super) fn check(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let mut missing = Missing::new();
    let permanent = Permanent::of(resolved);
    resolved.pipelines.iter().for_each(|pipeline| check_pipeline(&permanent, pipeline, &mut missing, sink));
    permanent.held.iter().for_each(|(name, held)| check_addresses(resolved, name, held, None, sink));
    resolved.environments.keys().for_each(|environment| check_environment(resolved, environment, &mut missing, sink));
    for ((secret, environment), uses) in missing {
        let mut uses = uses.into_iter();
        let Some(first) = uses.next() else { continue };
        let secret = &resolved.secrets[secret].name;
        sink.push(errors::secret_outside(secret, environment, first, uses.map(|(span, _)| span)));
    }
}

/// Checks what the stages of a pipeline use.
fn check_pipeline<'a>(
    permanent: &Permanent<'a>,
    pipeline: &'a Pipeline,
    missing: &mut Missing<'a>,
    sink: &mut Diagnostics,
) {
    let resolved = permanent.resolved;
    let delivered = &pipeline.app.value;
    let app = &resolved.apps[delivered];
    if app.source.is_none() && app.is_complete {
        return sink.push(errors::delivered_without_source(&pipeline.app));
    }
    if pipeline.is_complete && app.is_complete {
        check_paths(pipeline, app, sink);
    }
    // Unknown until a stage that could be read opens an environment.
    let mut staged = Held::default();
    let mut first_versions = FirstVersions::new(resolved, pipeline);
    let mut entered: BTreeSet<&str> = BTreeSet::new();
    let mut outside: BTreeSet<(&String, &String)> = BTreeSet::new();
    for stage in &pipeline.stages {
        let lasting = stage.value.environment().filter(|name| !resolved.environments[*name].is_ephemeral());
        if let Some(environment) = lasting.filter(|name| entered.insert(name)) {
            let needed = contents::with_needs(resolved, environment, [delivered.as_str()]);
            let unseen =
                !staged.is_complete() && pipeline.stages.iter().any(|stage| stage.value.id() == StageId::StageEnv);
            // What was tested before is deployed with the versions that were tested.
            for name in needed.iter().filter(|name| *name == delivered || !unseen && !staged.contains(*name)) {
                first_versions.check(name, environment, stage.span, sink);
            }
        }
        match &stage.value {
            StageKind::StageEnv { environment, with } => {
                let apps = with.iter().map(String::as_str).chain([delivered.as_str()]);
                staged = held(resolved, environment, contents::with_needs(resolved, environment, apps));
                check_addresses(resolved, environment, &staged, Some(stage.span), sink);
                let EnvironmentKind::Ephemeral { copy_of, .. } = &resolved.environments[environment].kind else {
                    continue;
                };
                for member in staged.iter() {
                    first_versions.check(member, copy_of, stage.span, sink);
                }
            }
            StageKind::Task { app: task_app, task, environment, .. } => {
                let ephemeral = resolved.environments[environment].is_ephemeral();
                let held = if ephemeral { Cow::Borrowed(&staged) } else { permanent.with(environment, delivered) };
                if held.lacks(task_app) {
                    // A fix of the first stage also fixes those after it.
                    if !outside.insert((environment, task_app)) {
                        continue;
                    }
                    sink.push(errors::task_outside(stage, task_app, delivered, environment, ephemeral));
                    continue;
                }
                let declared = &resolved.apps[task_app].tasks[task];
                if held.lacks(&declared.image.app) && !resolved.is_built_elsewhere(&declared.image) {
                    let stage = Some(stage.span);
                    sink.push(errors::image_outside(
                        declared.image_span,
                        &declared.image,
                        task_app,
                        environment,
                        stage,
                    ));
                }
                for used in &resolved.apps[task_app].environments[environment].tasks[task].uses {
                    let place = Usage { app: task_app, environment, stage: Some(stage.span) };
                    check_use(resolved, used, place, &held, missing, sink);
                }
            }
            StageKind::Build
            | StageKind::Wait { .. }
            | StageKind::Approve(_)
            | StageKind::Deploy { .. }
            | StageKind::Canary(_)
            | StageKind::Teardown { .. }
            | StageKind::Unresolved { .. } => {}
        }
    }
}

/// Checks what the services and charts use, for all apps that the environment might contain.
fn check_environment<'a>(
    resolved: &'a ResolvedProject,
    environment: &'a str,
    missing: &mut Missing<'a>,
    sink: &mut Diagnostics,
) {
    for name in contents::possible(resolved, environment) {
        let app = &resolved.apps[&name].environments[environment];
        let held = held(resolved, environment, contents::with_needs(resolved, environment, [name.as_str()]));
        check_existing(resolved, environment, app, sink);
        for used in uses(app) {
            let place = Usage { app: &name, environment, stage: None };
            check_use(resolved, used, place, &held, missing, sink);
        }
    }
}

/// What the parts of an app use that run in the environment.
fn uses(app: &AppIn) -> impl Iterator<Item = &Use> {
    let services = app.services.iter().flat_map(Service::containers).flat_map(|container| &container.uses);
    let crons = app.crons.iter().flat_map(|cron| &cron.uses);
    let helm = app.helm.iter().flat_map(|helm| &helm.uses);
    let kustomize = app.kustomize.iter().flat_map(|kustomize| &kustomize.uses);
    services.chain(crons).chain(helm).chain(kustomize)
}

/// Rejects addresses of apps that an environment with these contents does not have. `stage` opens it.
fn check_addresses(
    resolved: &ResolvedProject,
    environment: &str,
    held: &Held,
    stage: Option<Span>,
    sink: &mut Diagnostics,
) {
    for app in held.iter() {
        for used in uses(&resolved.apps[app].environments[environment]) {
            if let Used::App(other) = &used.what
                && held.lacks(other)
            {
                sink.push(errors::address_outside(used.span, other, app, environment, stage));
            }
        }
    }
}

/// Rejects claims and accounts that must exist already in an environment that does not, unless a chart or manifests may
/// create them.
fn check_existing(resolved: &ResolvedProject, environment: &str, app: &AppIn, sink: &mut Diagnostics) {
    let creates = !app.helm.is_empty() || app.kustomize.is_some() || app.manifests.is_some();
    if creates || !resolved.environments[environment].is_ephemeral() {
        return;
    }
    for volume in app.services.iter().flat_map(|service| &service.volumes) {
        if let Contents::Claim(claim) = &volume.contents {
            sink.push(errors::claim_cannot_exist(volume, claim, environment));
        }
    }
    for identity in app.identities() {
        // Every namespace has this one.
        if let Some(account) = identity.existing.as_ref().filter(|account| account.value != "default") {
            sink.push(errors::account_cannot_exist(account, environment));
        }
    }
}

/// Where something is used.
struct Usage<'a, 'n> {
    app: &'n str,
    environment: &'a str,
    /// The stage that uses it, unless it is the app itself.
    stage: Option<Span>,
}

/// Checks that what is used in an environment exists there.
fn check_use<'a>(
    resolved: &'a ResolvedProject,
    used: &'a Use,
    place: Usage<'a, '_>,
    held: &Held,
    missing: &mut Missing<'a>,
    sink: &mut Diagnostics,
) {
    let Usage { app, environment, stage } = place;
    match &used.what {
        Used::Image(image) if held.lacks(&image.app) && !resolved.is_built_elsewhere(image) => {
            sink.push(errors::image_outside(used.span, image, app, environment, stage));
        }
        Used::Image(_) => {}
        // Which apps there are beside a service depends on what opens the environment.
        Used::App(other) => {
            if stage.is_some() && held.lacks(other) {
                sink.push(errors::address_outside(used.span, other, app, environment, stage));
            }
        }
        Used::Secret(secret) => {
            let Some(declared) = resolved.secrets.get(secret) else { return };
            let Some(there) = declared.environments.get(environment) else { return };
            match &there.origin {
                _ if !resolved.environments[environment].is_ephemeral() => {}
                SecretOrigin::Existing => {
                    missing.entry((secret, environment)).or_default().entry(used.span).or_insert(stage);
                }
                // Tasks run in the namespace of the pipelines, where there can be a store.
                SecretOrigin::External(source) if stage.is_none() && !source.store.is_of_cluster => {
                    sink.push(errors::store_of_a_namespace(&declared.name, environment, &source.store.name, used.span));
                }
                SecretOrigin::External(_) | SecretOrigin::Throwaway => {}
            }
        }
    }
}

/// Rejects a build whose context no changed file can match, because its own changes would never start it, and a
/// pipeline whose `except` covers all of its paths, because it would never run.
fn check_paths(pipeline: &Pipeline, app: &App, sink: &mut Diagnostics) {
    // Only a push is held back by the files that it changes.
    let Some(on) = pipeline.on.push().filter(|_| pipeline.on.0.len() == 1) else { return };
    let mut missed = false;
    for (image, build) in app.built().filter(|_| pipeline.builds()) {
        if !on.paths.iter().any(|pattern| pattern.value.may_match_below(&build.path)) {
            let place = on.paths.first().map_or(on.span, |pattern| pattern.span);
            sink.push(errors::paths_miss_context(place, &image.name, &build.path));
            missed = true;
        } else if let Some(pattern) = on.except.iter().find(|pattern| pattern.value.covers(&build.path)) {
            sink.push(errors::context_excepted(pattern.span, &image.name, &build.path));
            missed = true;
        }
    }
    let excepting = |path: &Spanned<Pattern>| on.except.iter().find(|except| lies_within(&path.value, &except.value));
    if let (false, Some(first)) = (missed, on.paths.first().and_then(excepting))
        && on.paths.iter().all(|path| excepting(path).is_some())
    {
        sink.push(errors::never_starts(first, &on.paths, &pipeline.name));
    }
}
