//! The secrets of the deliveries themselves. Whoever can read the token that writes to the GitOps repository decides what
//! every cluster runs, so no pod that runs code of others has it: no build, no task and no service. Nor does a build or a
//! task get what signs webhooks, pushes images or identifies builds to a daemon. Reports E0505.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::{
    Contents, EnvValue, Notice, Recipient, ResolvedProject, Secret, SecretKey, SecretOrigin, Service, StageKind, Used,
};
use crate::schema::providers::TOKEN;
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;

pub(super) fn check(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    if resolved.project.is_complete {
        builds(resolved, sink);
        build_secrets(resolved, sink);
        tasks(resolved, sink);
        pull(resolved, sink);
        statuses(resolved, sink);
        apps(resolved, sink);
    }
}

/// Every build gets the token of its git host, and its Dockerfile can mount it.
fn builds(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    // Without an environment, nothing is written to the GitOps repository.
    if resolved.environments.is_empty() {
        return;
    }
    let project = &resolved.project;
    let object = |name: &str| resolved.secrets.get(name).map(|secret| &secret.object);
    let writing = object(project.writing_credentials());
    // The token of its own host, and no other.
    let found = resolved.pipelines.iter().find_map(|pipeline| {
        let build = pipeline.stages.iter().find(|stage| matches!(stage.value, StageKind::Build))?;
        let source = resolved.apps.get(&pipeline.app.value)?.source.as_ref()?;
        let host = project.host_of(&source.value)?;
        (writing == object(&host.credentials.value)).then_some((host, build.span))
    });
    if let Some((host, build)) = found {
        sink.push(errors::builds_may_write(&project.gitops, &host.credentials.value, build));
    }
}

/// Whoever writes a Dockerfile must not say by a status that the commit is good.
fn statuses(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let stages = || resolved.pipelines.iter().flat_map(|pipeline| &pipeline.stages);
    let Some(build) = stages().find(|stage| matches!(stage.value, StageKind::Build)) else { return };
    let object = |name: &str| resolved.secrets.get(name).map(|secret| &secret.object);
    let reads = |object: Option<&String>| {
        let mut hosts = resolved.project.hosts.iter().map(|host| resolved.secrets.get(&host.credentials.value));
        object.is_some() && hosts.any(|secret| secret.map(|secret| &secret.object) == object)
    };
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for notice in resolved.pipelines.iter().flat_map(|pipeline| &pipeline.notices) {
        if let Recipient::Status(secret) = &notice.to
            && reads(object(&secret.value))
            && told.insert(secret.span)
        {
            sink.push(errors::builds_may_set_statuses(secret, build.span));
        }
    }
}

/// The secrets that the deliveries themselves use, each with what it does. Whatever else a pod gets, these are not for it.
fn roles(resolved: &ResolvedProject) -> impl Iterator<Item = (&Secret, &'static str)> {
    let project = &resolved.project;
    let registry = project.registry.as_ref();
    let named = [
        (Some(project.writing_credentials()), "writes to the GitOps repository"),
        (registry.and_then(|registry| registry.credentials.as_deref()), "pushes images"),
        (project.remote_builder.as_ref().and_then(|builder| builder.tls.as_deref()), "identifies builds to the daemon"),
    ];
    let hosts = project
        .hosts
        .iter()
        .map(|host| (Some(host.credentials.value.as_str()), "signs webhooks and reads the sources"));
    let notices = resolved.pipelines.iter().flat_map(|pipeline| &pipeline.notices).flat_map(Notice::secrets);
    let notices = notices.map(|(secret, _, does)| (Some(secret), does));
    let all = named.into_iter().chain(hosts).chain(notices);
    all.filter_map(|(name, does)| Some((resolved.secrets.get(name?)?, does)))
}

/// What a secret does for the deliveries, if it is the Secret of a role in the namespace of the pipelines, or another one
/// from the same place in a store.
fn role_of(resolved: &ResolvedProject, secret: &str, object: &str, origin: &SecretOrigin) -> Option<&'static str> {
    let is_role = |role: &Secret| {
        role.name.value == secret || role.object == object || !origin.is_existing() && role.origin == *origin
    };
    roles(resolved).find(|(role, _)| is_role(role)).map(|(_, does)| does)
}

/// A secret of a build. Whoever writes the Dockerfile, or a package that it installs, can read it.
fn build_secrets(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    for (image, build) in resolved.apps.values().flat_map(|app| app.built()) {
        for secret in build.pod.secrets.values() {
            let Some(declared) = resolved.secrets.get(&secret.value.secret) else { continue };
            if let Some(does) = role_of(resolved, &secret.value.secret, &declared.object, &declared.origin) {
                sink.push(errors::build_gets_credentials(&image.name, secret, does));
            }
        }
    }
}

/// What a task uses. It runs code of the app in the namespace of the pipelines, where the Secrets of the deliveries are. It
/// may read the sources, as every build does; the token that writes is the business of [`apps`].
fn tasks(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let object = |name: &str| resolved.secrets.get(name).map(|secret| &secret.object);
    let writing = object(resolved.project.writing_credentials());
    let reading: BTreeSet<_> =
        resolved.project.hosts.iter().filter_map(|host| object(&host.credentials.value)).collect();
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for app in resolved.apps.values() {
        let tasks = app
            .environments
            .iter()
            .flat_map(|(environment, there)| there.tasks.iter().map(move |(name, task)| (environment, name, task)));
        for (environment, name, task) in tasks {
            for used in &task.uses {
                let Used::Secret(secret) = &used.what else { continue };
                let declared = resolved.secrets.get(secret);
                let Some(known) = declared.and_then(|secret| secret.environments.get(environment)) else { continue };
                let only_reads = || {
                    let mut keys = task.env.values().flat_map(EnvValue::secrets).filter(|key| key.secret == *secret);
                    reading.contains(&known.object) && keys.all(|key| key.key == TOKEN)
                };
                if known.origin == SecretOrigin::Throwaway || Some(&known.object) == writing || only_reads() {
                    continue;
                }
                if let Some(does) = role_of(resolved, secret, &known.object, &known.origin)
                    && told.insert(used.span)
                {
                    sink.push(errors::task_gets_credentials(name, used.span, secret, does));
                }
            }
        }
    }
}

/// Nothing can be pulled with a random value.
fn pull(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let Some(pull) = resolved.project.registry.as_ref().and_then(|registry| registry.pull.as_ref()) else { return };
    let Some(secret) = resolved.secrets.get(&pull.value) else { return };
    for (environment, _) in secret.environments.iter().filter(|(_, known)| known.origin == SecretOrigin::Throwaway) {
        sink.push(errors::pull_with_throwaway(pull, &secret.name, environment));
    }
}

/// A variable of a task or of a service, or a volume of a service.
fn apps(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let project = &resolved.project;
    let writing = project.writing_credentials();
    let object = resolved.secrets.get(writing).map(|secret| secret.object.as_str());
    let origin = resolved.secrets.get(writing).map(|secret| &secret.origin);
    // Secrets belong to a namespace, and tasks run in that of the pipelines.
    let is_it = |secret: &String, environment: &str, namespace: Option<&str>| {
        let known = resolved.secrets.get(secret).and_then(|secret| secret.environments.get(environment));
        let same = known.is_some_and(|known| Some(known.object.as_str()) == object);
        // Another Secret may be made from the same place in a store.
        let copy = known.is_some_and(|known| !known.origin.is_existing() && Some(&known.origin) == origin);
        secret == writing || copy || same && namespace == Some(project.namespace.as_str())
    };
    let mounts = |service: &Service, environment: &str, namespace: Option<&str>| {
        service.volumes.iter().any(|volume| match &volume.contents {
            Contents::Secret(secret) => {
                let declared = resolved.secrets.get(secret);
                declared.is_some_and(|secret| secret.keys.contains(TOKEN)) && is_it(secret, environment, namespace)
            }
            Contents::Own { .. } | Contents::Claim(_) | Contents::Scratch { .. } => false,
        })
    };
    let has = |value: &EnvValue, environment: &str, namespace: Option<&str>| {
        let is = |SecretKey { secret, key }: &SecretKey| key == TOKEN && is_it(secret, environment, namespace);
        value.secrets().any(is)
    };
    for app in resolved.apps.values() {
        let mut found: Vec<(&str, &Spanned<String>)> = Vec::new();
        for (environment, app_in) in &app.environments {
            let here = Some(project.namespace.as_str());
            let tasks =
                app_in.tasks.iter().filter(|(_, task)| task.env.values().any(|value| has(value, environment, here)));
            found.extend(tasks.filter_map(|(name, _)| Some(("task", &app.tasks.get(name)?.name))));
            let there = resolved.environments.get(environment).and_then(|environment| environment.namespace());
            let services = app_in.services.iter();
            let services = services.filter(|service| {
                let mut values = service.containers().flat_map(|container| container.env.values());
                values.any(|value| has(value, environment, there)) || mounts(service, environment, there)
            });
            found.extend(services.map(|service| ("service", &service.name)));
            let crons =
                app_in.crons.iter().filter(|cron| cron.env.values().any(|value| has(value, environment, there)));
            found.extend(crons.map(|cron| ("cron job", &cron.name)));
        }
        let mut told: Vec<Span> = Vec::new();
        for (kind, name) in found {
            if !told.contains(&name.span) {
                told.push(name.span);
                sink.push(errors::app_may_write(kind, name, &project.gitops, writing));
            }
        }
    }
}
