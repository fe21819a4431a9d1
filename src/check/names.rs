//! Names in the cluster: no two collide, and none is too long once everything is filled in.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::{Chart, ResolvedProject, Secret, SecretOrigin, contents, external};
use crate::names::{analysis_template, app_project, application_sets, canary_service, governing_service};
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// The longest label value, and the longest name of most objects.
pub(super) const LONGEST: usize = 63;

/// What the name of an Application consists of.
const NAMESPACE_AND_APP: &str = "shorten the name of the app or the namespace of the environment";

/// Checks the names of a project.
pub(super) fn check(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    check_namespaces(resolved, sink);
    check_argocd(resolved, sink);
    check_repositories(resolved, sink);
    check_images(resolved, sink);
    check_pipelines(resolved, sink);
    check_routes(resolved, sink);
    check_pipeline_secrets(resolved, sink);
    for (name, environment) in &resolved.environments {
        check_objects(resolved, name, sink);
        check_claims(resolved, name, sink);
        check_crons(resolved, name, sink);
        check_analyses(resolved, name, sink);
        check_secrets(resolved, name, sink);
        check_releases(resolved, name, sink);
        if let Some(namespace) = environment.namespace() {
            check_applications(resolved, name, namespace, sink);
        }
    }
}

/// Reports the second of two items with the same key.
fn unique<'a, K: Ord>(
    items: impl IntoIterator<Item = (K, &'a str, Span)>,
    what: impl Fn(&K, &str, &str) -> String,
    help: &str,
    sink: &mut Diagnostics,
) {
    let mut seen: BTreeMap<K, (&str, Span)> = BTreeMap::new();
    for (key, name, span) in items {
        match seen.get(&key) {
            Some((first, place)) => sink.push(errors::same_name(span, *place, what(&key, first, name), help)),
            None => {
                seen.insert(key, (name, span));
            }
        }
    }
}

fn check_namespaces(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let taken = [
        (resolved.project.namespace.clone(), "the pipelines", resolved.project.name.span),
        (resolved.project.argocd_namespace.clone(), "Argo CD", resolved.project.name.span),
    ];
    // Names that could not be read are empty, and do not collide.
    let taken = taken.into_iter().filter(|(namespace, ..)| !namespace.is_empty());
    let permanent = resolved.environments.values().filter_map(|environment| {
        Some((environment.namespace()?.to_owned(), environment.name.value.as_str(), environment.name.span))
    });
    unique(
        taken.chain(permanent),
        |namespace, first, second| {
            format!("environment `{second}` has the same namespace `{namespace}` as {}", quoted(first))
        },
        "write another `namespace` in the environment",
        sink,
    );
}

/// The projects and sets of all environments are in one namespace. The project of the tree itself is there too; no
/// environment can have its name.
fn check_argocd(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let mut objects = Vec::new();
    for (name, environment) in &resolved.environments {
        let mut made: BTreeSet<String> = application_sets(resolved, name).into_iter().collect();
        made.insert(app_project(resolved, name));
        // If progressive syncs are enabled, Argo CD labels the Applications of a set with the name of the set.
        if let Some(long) = made.iter().find(|name| name.len() > LONGEST) {
            let help = "shorten the name of the environment or of the project";
            sink.push(errors::too_long("the ApplicationSet", long, LONGEST, environment.name.span, help));
        }
        objects.extend(made.into_iter().map(|object| (object, name.as_str(), environment.name.span)));
    }
    unique(
        objects,
        |object, first, second| {
            format!("environments `{first}` and `{second}` both create an Argo CD object `{object}`")
        },
        "choose another name for the environment",
        sink,
    );
}

fn quoted(name: &str) -> String {
    if name.contains(' ') { name.to_owned() } else { format!("`{name}`") }
}

/// Each repository of a host, or each organization, has a separate webhook path.
fn check_repositories(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let mut hosts: BTreeMap<String, BTreeMap<(String, String), Span>> = BTreeMap::new();
    for app in resolved.apps.values() {
        if let Some(source) = &app.source
            && let Some(host) = resolved.project.host_of(&source.value)
        {
            hosts.entry(host.id()).or_default().entry(host.hook_of(&source.value)).or_insert(source.span);
        }
    }
    for sources in hosts.values() {
        let named: Vec<_> = sources.iter().map(|((name, slug), span)| (slug.clone(), name.clone(), *span)).collect();
        unique(
            named.iter().map(|(slug, name, span)| (slug.clone(), name.as_str(), *span)),
            |slug, first, second| format!("the webhooks of `{first}` and `{second}` share the path `/{slug}`"),
            "move one of them to another project, or rename one of the repositories",
            sink,
        );
    }
}

/// Two images in one repository would overwrite each other's tags; an image in the repository of another image's cache
/// would overwrite the cache.
fn check_images(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let images: Vec<_> = resolved.apps.values().flat_map(|app| app.built()).collect();
    unique(
        images.iter().map(|(image, build)| (build.repository.clone(), image.name.value.as_str(), image.name.span)),
        |repository, first, second| {
            format!("images `{first}` and `{second}` are pushed to the same repository, `{repository}`")
        },
        REPOSITORY,
        sink,
    );
    for (image, build) in &images {
        let cache = build.cache_beside();
        if let Some((other, there)) = images.iter().find(|(_, there)| Some(&there.repository) == cache.as_ref()) {
            let (name, first) = (&other.name.value, &image.name.value);
            let message =
                format!("image `{name}` is pushed to the cache repository of `{first}`, `{}`", there.repository);
            sink.push(errors::same_name(other.name.span, image.name.span, message, REPOSITORY));
        }
    }
}

/// How to fix two images in one repository.
const REPOSITORY: &str = "write another `repository` in one of the two";

fn check_pipelines(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    unique(
        resolved
            .pipelines
            .iter()
            .map(|pipeline| (pipeline.name.value.clone(), pipeline.name.value.as_str(), pipeline.app.span)),
        |name, _, _| format!("two pipelines are named `{name}`"),
        "choose another name for one of the pipelines",
        sink,
    );
}

/// Two services at one address would each receive some of the requests.
fn check_routes(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let mut routes: Vec<(String, &str, Span)> = Vec::new();
    for (name, environment) in &resolved.environments {
        for app in contents::possible(resolved, name) {
            // The route of an app that could not be read may be in `in ENVIRONMENT { … }`.
            for service in resolved
                .apps
                .get(&app)
                .filter(|app| app.is_complete)
                .iter()
                .flat_map(|app| &app.environments[name].services)
            {
                let Some(route) = &service.route else { continue };
                // A host that contains the namespace belongs to one environment.
                let Some(host) = route.host.known() else { continue };
                if environment.is_ephemeral() {
                    sink.push(errors::route_in_ephemeral(route.span, &host, name));
                } else {
                    let address = format!("{}{}", host.to_lowercase(), route.path);
                    routes.push((address, &service.name.value, route.span));
                }
            }
        }
    }
    unique(
        routes,
        |address, first, second| {
            if first == second {
                format!("service `{first}` has the address `{address}` in two environments")
            } else {
                format!("services `{first}` and `{second}` have the same address `{address}`")
            }
        },
        "write another `host` or `path` in one of the routes",
        sink,
    );
}

/// The objects of all apps of an environment are in one namespace.
fn check_objects(resolved: &ResolvedProject, environment: &str, sink: &mut Diagnostics) {
    let mut names: Vec<(String, String, Span)> = Vec::new();
    for app in contents::possible(resolved, environment) {
        let canary = resolved.canaries(&app, environment).next().is_some();
        for service in &resolved.apps[&app].environments[environment].services {
            let Spanned { value: name, span } = &service.name;
            let longest = if canary { LONGEST - "-canary".len() } else { LONGEST };
            if name.len() > longest {
                sink.push(errors::too_long(
                    "the Service",
                    name,
                    longest,
                    *span,
                    "shorten the name of the service or of the app",
                ));
            }
            names.push((name.clone(), name.clone(), *span));
            if canary {
                names.push((canary_service(name), name.clone(), *span));
            } else if service.is_stateful() {
                names.push((governing_service(name), name.clone(), *span));
            }
        }
    }
    unique(
        names.iter().map(|(key, name, span)| (key.clone(), name.as_str(), *span)),
        |key, first, second| {
            if first == second {
                format!("two services are named `{key}` in `{environment}`")
            } else {
                format!("services `{first}` and `{second}` both create a Service `{key}` in `{environment}`")
            }
        },
        "choose another name for one of the services",
        sink,
    );
}

/// The longest name of a CronJob: its controller adds 11 characters to those of its Jobs
/// (kubernetes, `pkg/apis/batch/validation/validation.go`, `ValidateCronJobCreate`).
const LONGEST_CRON: usize = LONGEST - 11;

/// The pods of a service are known by its name, so no cron job may have it: Services would send requests to its pods.
fn check_crons(resolved: &ResolvedProject, environment: &str, sink: &mut Diagnostics) {
    let mut named: Vec<(String, Span, &str)> = Vec::new();
    for app in contents::possible(resolved, environment) {
        let there = &resolved.apps[&app].environments[environment];
        named.extend(there.services.iter().map(|service| (service.name.value.clone(), service.name.span, "service")));
        for cron in &there.crons {
            let Spanned { value: name, span } = &cron.name;
            if name.len() > LONGEST_CRON {
                let help = "shorten the name of the cron job or of the app";
                sink.push(errors::too_long("the CronJob", name, LONGEST_CRON, *span, help));
            }
            if let Some((_, first, what)) = named.iter().find(|(known, ..)| known == name) {
                let message = format!("a {what} and a cron job are both named `{name}` in `{environment}`");
                let message = if *what == "service" {
                    message
                } else {
                    format!("two cron jobs are named `{name}` in `{environment}`")
                };
                sink.push(errors::same_name(*span, *first, message, "choose another name for one of the two"));
            }
            named.push((name.clone(), *span, "cron job"));
        }
    }
}

/// A StatefulSet labels its pods with its name and the hash of a revision, of 10 characters
/// (kubernetes, `pkg/controller/history/controller_history.go`, `ControllerRevisionName`).
const LONGEST_STATEFUL: usize = LONGEST - "-".len() - 10;

/// The claims of pods are named after the volume and the StatefulSet. Two of one name would be the same storage.
fn check_claims(resolved: &ResolvedProject, environment: &str, sink: &mut Diagnostics) {
    let mut claims: Vec<(String, String, Span)> = Vec::new();
    for app in contents::possible(resolved, environment) {
        let services = &resolved.apps[&app].environments[environment].services;
        for service in services.iter().filter(|service| service.is_stateful()) {
            let Spanned { value: name, span } = &service.name;
            if name.len() > LONGEST_STATEFUL {
                let help = "shorten the name of the service or of the app";
                sink.push(errors::too_long("the StatefulSet", name, LONGEST_STATEFUL, *span, help));
            }
            for volume in service.volumes.iter().filter(|volume| volume.is_own()) {
                claims.push((format!("{}-{name}", volume.name.value), name.clone(), volume.name.span));
            }
        }
    }
    unique(
        claims.iter().map(|(key, name, span)| (key.clone(), name.as_str(), *span)),
        |claim, first, second| {
            format!("services `{first}` and `{second}` both have claims `{claim}-0`, … in `{environment}`")
        },
        "choose another name for one of the volumes",
        sink,
    );
}

/// Each app has the AnalysisTemplates of its canary, under names that start with the app's name.
fn check_analyses(resolved: &ResolvedProject, environment: &str, sink: &mut Diagnostics) {
    let mut made: BTreeMap<(String, &str), Span> = BTreeMap::new();
    for app in resolved.apps.keys() {
        for (_, canary) in resolved.canaries(app, environment) {
            for analysis in &canary.analyses {
                made.insert((analysis_template(app, &analysis.value), app), analysis.span);
            }
        }
    }
    unique(
        made.iter().map(|((template, app), span)| (template.clone(), *app, *span)),
        |template, first, second| {
            format!("apps `{first}` and `{second}` both create an AnalysisTemplate `{template}` in `{environment}`")
        },
        "choose another name for one of the analyses",
        sink,
    );
}

/// The secrets that are created in an environment share one namespace. Existing ones may have several names here.
fn check_secrets(resolved: &ResolvedProject, environment: &str, sink: &mut Diagnostics) {
    let made = resolved.secrets.values().filter_map(|secret| {
        let there = secret.environments.get(environment).filter(|there| !there.origin.is_existing())?;
        Some((there.object.clone(), secret.name.value.as_str(), secret.name.span))
    });
    unique(
        made,
        |object, first, second| {
            format!("secrets `{first}` and `{second}` both create a Secret `{object}` in `{environment}`")
        },
        "write all of its keys in one of the two, or give one another `name`",
        sink,
    );
}

/// Tasks of all environments run in the namespace of the pipelines, beside the project's own credentials: one name of a
/// Secret is one Secret there.
fn check_pipeline_secrets(resolved: &ResolvedProject, sink: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, (&Secret, &SecretOrigin)> = BTreeMap::new();
    for (object, secret, origin) in external::used_by_pipelines(resolved) {
        if origin.is_throwaway() {
            continue;
        }
        let (first, known) = *seen.entry(object).or_insert((secret, origin));
        if known != origin {
            sink.push(errors::secret_of_two_sources(object, &secret.name, &first.name, &resolved.project.namespace));
        }
    }
}

fn check_applications(resolved: &ResolvedProject, environment: &str, namespace: &str, sink: &mut Diagnostics) {
    for name in contents::possible(resolved, environment) {
        let app = &resolved.apps[&name];
        let application = format!("{namespace}-{name}");
        if application.len() > LONGEST {
            sink.push(errors::too_long("the Application", &application, LONGEST, app.name.span, NAMESPACE_AND_APP));
        }
    }
}

/// The objects of a chart are named after its release, and usually after the chart, so a namespace can have only one
/// release of a chart with a name.
fn check_releases(resolved: &ResolvedProject, environment: &str, sink: &mut Diagnostics) {
    let apps = contents::possible(resolved, environment);
    let charts = apps
        .iter()
        .flat_map(|name| resolved.apps[name].environments[environment].helm.iter().map(move |helm| (name, helm)));
    let releases = charts.filter_map(|(name, helm)| {
        let app = &resolved.apps[name];
        let chart = match &helm.chart {
            Chart::Own { path } => (app.source.as_ref()?.value.url(), path.as_str()),
            Chart::ThirdParty { repository, name, .. } => (repository.clone(), name.as_str()),
        };
        let span = if helm.label.is_some() { helm.span } else { app.name.span };
        Some(((helm.release(name), chart), name.as_str(), span))
    });
    unique(
        releases,
        |(release, _), first, second| {
            let whose = if first == second {
                format!("two charts of app `{first}`")
            } else {
                format!("apps `{first}` and `{second}`")
            };
            format!("{whose} are the same release `{release}` of one chart in `{environment}`")
        },
        "write another `release` in one of the two",
        sink,
    );
}
