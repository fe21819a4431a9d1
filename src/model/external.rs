//! Secrets that come from a store outside the cluster, and where each is made.

use super::{
    Environment, Notice, ResolvedProject, Secret, SecretIn, SecretOrigin, Service, StageKind, Use, Used, contents,
};
use std::collections::{BTreeMap, BTreeSet};

/// A place in a store outside the cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExternalSource {
    /// The store.
    pub store: Store,
    /// What the store calls the secret.
    pub at: String,
}

/// A store, as the External Secrets Operator knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Store {
    /// Whether all namespaces share it.
    pub is_of_cluster: bool,
    /// Its name.
    pub name: String,
}

impl Store {
    /// The kind of all namespaces.
    pub const OF_CLUSTER: &'static str = "ClusterSecretStore";
    /// The kind of one namespace.
    pub const OF_NAMESPACE: &'static str = "SecretStore";

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.is_of_cluster { Self::OF_CLUSTER } else { Self::OF_NAMESPACE }
    }
}

/// A Secret that is made from a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made<'a> {
    /// Where it comes from.
    pub source: &'a ExternalSource,
    /// Its keys.
    pub keys: BTreeSet<&'a str>,
}

/// What is made in the namespace of an environment, by the name of the Secret: whatever a service or a cron job there uses. A chart, a
/// kustomization and manifests may refer to any Secret by its name, except for the credentials of the project, which
/// no app needs.
#[must_use]
pub fn in_environment<'a>(resolved: &'a ResolvedProject, environment: &str) -> BTreeMap<&'a str, Made<'a>> {
    let apps = contents::possible(resolved, environment);
    let apps = || apps.iter().filter_map(|app| resolved.apps.get(app)?.environments.get(environment));
    let by_manifests = apps().any(|app| !app.helm.is_empty() || app.kustomize.is_some() || app.manifests.is_some());
    let services = apps().flat_map(|app| &app.services).flat_map(Service::containers).map(|container| &container.uses);
    let crons = apps().flat_map(|app| &app.crons).map(|cron| &cron.uses);
    let mut used: BTreeSet<_> = services.chain(crons).flat_map(|uses| secrets(uses)).collect();
    if apps().any(|app| !app.services.is_empty() || !app.crons.is_empty()) {
        let registry = resolved.project.registry.as_ref();
        used.extend(registry.and_then(|registry| registry.pull.as_ref()).map(|name| name.value.as_str()));
    }
    let credentials = credentials(resolved);
    let ephemeral = resolved.environments.get(environment).is_some_and(Environment::is_ephemeral);
    let mut made = BTreeMap::new();
    for (name, secret) in &resolved.secrets {
        let Some(SecretIn { object, origin: SecretOrigin::External(source) }) = secret.environments.get(environment)
        else {
            continue;
        };
        // The namespace of an ephemeral environment has no store.
        let can_be = source.store.is_of_cluster || !ephemeral;
        let by_name = by_manifests && can_be && !credentials.contains(name.as_str());
        if used.contains(name.as_str()) || by_name {
            add(&mut made, object, secret, source);
        }
    }
    made
}

/// What is made in the namespace of the pipelines, by the name of the Secret: the credentials of the project, and what
/// the tasks of all environments use.
#[must_use]
pub fn in_project(resolved: &ResolvedProject) -> BTreeMap<&str, Made<'_>> {
    let mut made = BTreeMap::new();
    for (object, secret, origin) in used_by_pipelines(resolved) {
        if let SecretOrigin::External(source) = origin {
            add(&mut made, object, secret, source);
        }
    }
    made
}

fn add<'a>(made: &mut BTreeMap<&'a str, Made<'a>>, object: &'a str, secret: &'a Secret, source: &'a ExternalSource) {
    let made = made.entry(object).or_insert_with(|| Made { source, keys: BTreeSet::new() });
    made.keys.extend(secret.keys.iter().map(String::as_str));
}

/// The Secrets that pods in the namespace of the pipelines use, with where each comes from: the credentials, then those
/// of tasks, each once.
#[must_use]
pub fn used_by_pipelines(resolved: &ResolvedProject) -> Vec<(&str, &Secret, &SecretOrigin)> {
    let known = |name: &str| resolved.secrets.get(name);
    let mut found: Vec<_> = credentials(resolved)
        .into_iter()
        .filter_map(|name| known(name).map(|secret| (secret.object.as_str(), secret, &secret.origin)))
        .collect();
    let stages = resolved.pipelines.iter().flat_map(|pipeline| &pipeline.stages);
    for stage in stages {
        let StageKind::Task { app, task, environment, .. } = &stage.value else { continue };
        let there = resolved.apps.get(app).and_then(|app| app.environments.get(environment));
        let Some(task) = there.and_then(|app| app.tasks.get(task)) else { continue };
        for secret in secrets(&task.uses).filter_map(known) {
            if let Some(there) = secret.environments.get(environment) {
                let used = (there.object.as_str(), secret, &there.origin);
                if !found.contains(&used) {
                    found.push(used);
                }
            }
        }
    }
    found
}

/// The secrets of the project itself: those of the git host, of the GitOps repository, of the registry, of the builder, of
/// notices and of builds.
fn credentials(resolved: &ResolvedProject) -> BTreeSet<&str> {
    let project = &resolved.project;
    let registry = project.registry.iter().flat_map(|registry| {
        let ca = registry.ca.as_ref().map(|ca| ca.secret.as_str());
        registry
            .credentials
            .as_deref()
            .into_iter()
            .chain(registry.pull.as_ref().map(|name| name.value.as_str()))
            .chain(ca)
    });
    let builder = project.remote_builder.as_ref().and_then(|remote| remote.tls.as_deref());
    let builds = resolved.apps.values().flat_map(|app| app.built()).flat_map(|(_, build)| build.pod.secrets.values());
    let hosts = project.hosts.iter().map(|host| host.credentials.value.as_str());
    let notices = resolved.pipelines.iter().flat_map(|pipeline| &pipeline.notices).flat_map(Notice::secrets);
    hosts
        .chain([project.writing_credentials()])
        .chain(registry)
        .chain(builder)
        .chain(notices.map(|(secret, ..)| secret))
        .chain(builds.map(|secret| secret.value.secret.as_str()))
        .collect()
}

fn secrets(uses: &[Use]) -> impl Iterator<Item = &str> {
    uses.iter().filter_map(|used| match &used.what {
        Used::Secret(secret) => Some(secret.as_str()),
        Used::Image(_) | Used::App(_) => None,
    })
}
