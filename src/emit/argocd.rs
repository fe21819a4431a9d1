//! `argocd/`: an AppProject for each environment, and the ApplicationSets that turn its manifests into Applications.
//!
//! The sets are independent of the apps: each entry of a manifest contains its own sources, filled in by the run. The
//! selectors skip a malformed manifest, so that it does not break the others.

use super::{Tree, environments, externals, waves};
use crate::files::Folder;
use crate::kube::argo::cd::{
    AppProject, AppProjectSpec, ApplicationSet, ApplicationSetSpec, ApplicationSetSyncPolicy, ApplicationSpec,
    ApplicationTemplate, ApplicationTemplateMeta, Automated, Backoff, ClusterResource, Destination, Generator, GitFile,
    GitGenerator, GroupKind, Kustomize, ListGenerator, MatrixGenerator, Retry, Source, SyncPolicy,
};
use crate::kube::core::{LabelSelector, LabelSelectorRequirement, ObjectMeta};
use crate::kube::kustomize::{Patch, PatchTarget};
use crate::kube::{Object, meta};
use crate::model::{Chart, Environment, external, join};
use crate::names;
use crate::plan::Plan;
use crate::providers::{Requirement, Topic, host, router};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// How often the sets poll git.
const REQUEUE_SECONDS: i64 = 30;
/// A pattern for the namespaces of ephemeral environments. They start with a version, and that with the year.
const EPHEMERAL_NAMESPACES: &str = "v2*-*";

/// Emits one file for each environment.
pub fn emit(plan: &Plan, tree: &mut Tree) {
    tree.require(requirements(plan));
    let mut files = Vec::new();
    for environment in plan.resolved.environments.values() {
        let mut objects = vec![app_project(plan, environment)];
        if environment.is_ephemeral() {
            objects.push(environment_set(plan, environment));
        }
        objects.push(apps_set(plan, environment));
        files.push((format!("{}.yaml", environment.name.value), objects));
    }
    tree.folder(Folder::ArgoCd, files);
}

fn requirements(plan: &Plan) -> Vec<Requirement> {
    let resolved = plan.resolved;
    let project = &resolved.project;
    let argocd = &project.argocd_namespace;
    let cluster = |topic, text: &str| Requirement::Cluster(topic, text.to_owned());
    let mut found = vec![cluster(
        Topic::Contents,
        "Apps can only deploy namespaced objects: the AppProjects allow neither cluster-scoped objects nor Applications.",
    )];
    if environments::permanent(plan).next().is_some() {
        found.push(cluster(
            Topic::Applications,
            "The Argo CD setting `applicationsetcontroller.policy` must be unset, or `applicationsetcontroller.enable.policy.override` be `true`: otherwise, the Applications of a permanent environment could be deleted together with their manifest.",
        ));
    }
    if plan.has_environments() {
        found.push(Requirement::Cluster(
            Topic::Health,
            format!(
                "Recommended: `controller.resource.health.persist: \"true\"` in the ConfigMap `argocd-cmd-params-cm` of `{argocd}`. Without it, a Degraded Application does not show which of its objects is degraded, and neither does the log of a delivery."
            ),
        ));
    }
    let read: BTreeSet<_> =
        resolved.environments.keys().flat_map(|environment| repositories(plan, environment)).collect();
    if !read.is_empty() {
        let read: Vec<_> = read.iter().map(|address| format!("`{address}`")).collect();
        found.push(Requirement::Access(format!(
            "Argo CD reads {}. For a private one, Argo CD needs a separate credential: a Secret in `{argocd}` with the label `argocd.argoproj.io/secret-type: repo-creds`, preferably with a read-only token.",
            read.join(", ")
        )));
    }
    if !plan.deliveries.is_empty() {
        if project.refresh_by_annotation {
            found.push(Requirement::Webhooks("The steps of a delivery may annotate ApplicationSets, so that Argo CD refreshes them immediately. This permission is equivalent to that of an administrator of Argo CD.".to_owned()));
        } else if plan.has_environments() {
            found.push(Requirement::Webhooks(format!(
                "For `{}`, register an additional webhook at the ApplicationSet controller (Service `argocd-applicationset-controller` in `{argocd}`, port 7000, path `/api/webhook`). Without it, Argo CD detects a change by polling, up to three minutes later.",
                project.gitops.repository
            )));
        }
    }
    found
}

/// The destination of an environment's Applications: always this cluster.
fn destination(namespace: &str) -> Destination {
    Destination { name: Some("in-cluster".into()), namespace: Some(namespace.to_owned()), ..Destination::default() }
}

/// What a project allows: both ways to name this cluster.
pub fn allowed(namespace: &str) -> Destination {
    Destination { server: Some("https://kubernetes.default.svc".into()), ..destination(namespace) }
}

/// No environment may create Applications: they could deploy anything anywhere.
fn no_applications() -> Vec<GroupKind> {
    let kind = |kind: &str| GroupKind { group: "argoproj.io".into(), kind: kind.to_owned() };
    vec![kind("Application"), kind("ApplicationSet"), kind("AppProject")]
}

fn kept() -> (String, String) {
    ("argocd.argoproj.io/sync-options".to_owned(), "Prune=false,Delete=false".to_owned())
}

/// The addresses of the repositories from which Argo CD deploys an environment.
fn repositories(plan: &Plan, environment: &str) -> BTreeSet<String> {
    let resolved = plan.resolved;
    let mut found = BTreeSet::from([host::clone_url(&resolved.project.gitops.repository)]);
    for app in plan.contents[environment].iter().map(|app| &resolved.apps[app]) {
        found.extend(app.source.as_ref().map(|source| host::clone_url(&source.value)));
        for helm in &app.environments[environment].helm {
            if let Chart::ThirdParty { repository, .. } = &helm.chart {
                found.insert(repository.clone());
            }
        }
    }
    found
}

fn app_project(plan: &Plan, environment: &Environment) -> Object {
    let resolved = plan.resolved;
    let name = &environment.name.value;
    let mut metadata = meta(&resolved.project.argocd_namespace, &names::app_project(resolved, name));
    // The generators fail without their project, and are retried only minutes later.
    waves::put_into(&mut metadata, waves::PROJECTS_AND_ACCOUNTS);
    let namespace = environment.namespace().unwrap_or(EPHEMERAL_NAMESPACES);
    if environment.is_ephemeral() {
        // An Application whose project no longer exists can never be deleted: the project must outlive its
        // Applications.
        metadata.finalizers = Some(vec!["resources-finalizer.argocd.argoproj.io".into()]);
    } else {
        metadata.annotations.get_or_insert_default().extend([kept()]);
    }
    let description = match environment.is_ephemeral() {
        true => format!("Ephemeral environments of project {}", resolved.project.name.value),
        false => format!("{name} of project {}", resolved.project.name.value),
    };
    // The namespace of an ephemeral environment is deleted with it, so its project must own it; that of a permanent one
    // belongs to the tree.
    let cluster = environment.is_ephemeral().then(|| ClusterResource {
        group: String::new(),
        kind: "Namespace".into(),
        name: Some(EPHEMERAL_NAMESPACES.into()),
    });
    Object::new(&AppProject {
        metadata,
        spec: AppProjectSpec {
            description: Some(description),
            source_repos: repositories(plan, name).into_iter().collect(),
            destinations: vec![allowed(namespace)],
            cluster_resource_whitelist: cluster.into_iter().collect(),
            namespace_resource_blacklist: no_applications(),
        },
    })
}

fn git_files(plan: &Plan, environment: &Environment, fields: &[&str]) -> Generator {
    let gitops = &plan.resolved.project.gitops;
    let name = &environment.name.value;
    let folder = format!("{}/{name}", gitops.manifests(&plan.resolved.target));
    // Each target and environment has a separate folder, because the pattern's `*` also matches in subfolders.
    let file = if environment.is_ephemeral() { "*".to_owned() } else { name.clone() };
    let mut labels =
        BTreeMap::from([("format".to_owned(), names::FORMAT.to_owned()), ("environment".to_owned(), name.clone())]);
    labels.extend(environment.namespace().map(|namespace| ("namespace".to_owned(), namespace.to_owned())));
    Generator {
        git: Some(GitGenerator {
            repo_url: host::clone_url(&gitops.repository),
            revision: gitops.branch.clone(),
            requeue_after_seconds: Some(REQUEUE_SECONDS),
            files: vec![GitFile { path: format!("{folder}/{file}.json") }],
        }),
        selector: Some(LabelSelector { match_labels: Some(labels), match_expressions: Some(exists(fields)) }),
        ..Generator::default()
    }
}

fn exists(fields: &[&str]) -> Vec<LabelSelectorRequirement> {
    fields
        .iter()
        .map(|field| LabelSelectorRequirement { key: (*field).to_owned(), operator: "Exists".into(), values: None })
        .collect()
}

/// Each entry of a manifest's `apps`, if that is a map.
const ENTRIES: &str = r#"{{ $apps := get . "apps" }}{{ if kindIs "map" $apps }}{{ range $name, $entry := $apps }}
- {app: {{ toJson $name }}, entry: {{ toJson $entry }}}
{{ end }}{{ end }}
"#;

fn sync_policy(limit: i64, options: &[&str]) -> SyncPolicy {
    SyncPolicy {
        automated: Some(Automated { prune: Some(true), self_heal: Some(true) }),
        // An app may be synced before its namespace or its dependencies exist.
        retry: Some(Retry {
            limit: Some(limit),
            backoff: Some(Backoff { duration: Some("5s".into()), factor: Some(2), max_duration: Some("30s".into()) }),
        }),
        sync_options: options.iter().map(|option| (*option).to_owned()).collect(),
    }
}

fn set(plan: &Plan, environment: &Environment, name: &str, spec: ApplicationSetSpec) -> Object {
    let mut metadata: ObjectMeta = meta(&plan.resolved.project.argocd_namespace, name);
    let sync = if environment.is_ephemeral() {
        ApplicationSetSyncPolicy { applications_sync: Some("sync".into()), ..ApplicationSetSyncPolicy::default() }
    } else {
        metadata.annotations = Some(BTreeMap::from([kept()]));
        // No error in a manifest or a set may delete existing Applications.
        ApplicationSetSyncPolicy {
            applications_sync: Some("create-update".into()),
            preserve_resources_on_deletion: Some(true),
        }
    };
    Object::new(&ApplicationSet {
        metadata,
        spec: ApplicationSetSpec {
            go_template: Some(true),
            go_template_options: vec!["missingkey=error".into()],
            sync_policy: Some(sync),
            ..spec
        },
    })
}

/// The labels by which the scripts find the Applications of their project and environment.
fn labels(plan: &Plan, environment: &Environment) -> BTreeMap<String, String> {
    BTreeMap::from([
        (names::key("project"), plan.resolved.project.name.value.clone()),
        (names::key("environment"), environment.name.value.clone()),
        (names::key("namespace"), "{{ .namespace }}".to_owned()),
    ])
}

/// The Applications of the environments themselves: namespace, quota and secrets of each.
fn environment_set(plan: &Plan, environment: &Environment) -> Object {
    let resolved = plan.resolved;
    let gitops = &resolved.project.gitops;
    let name = &environment.name.value;
    let rename = Patch {
        target: Some(PatchTarget { kind: Some("Namespace".into()), ..PatchTarget::default() }),
        patch: Some(r#"[{"op": "replace", "path": "/metadata/name", "value": {{ toJson .namespace }}}]"#.into()),
    };
    let secrets = resolved.secrets.values().filter_map(|secret| {
        let known = secret.environments.get(name).filter(|known| known.origin.is_throwaway())?;
        let value = |key: &String| {
            let id = format!("{}/{key}", secret.name.value);
            (key.clone(), json!(format!("{{{{ printf \"%s/{id}\" .salt | sha256sum | trunc 32 }}}}")))
        };
        let values: serde_json::Map<_, _> = secret.keys.iter().map(value).collect();
        let object = &known.object;
        let patch = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": object}, "stringData": values});
        Some(Patch {
            target: Some(PatchTarget { kind: Some("Secret".into()), name: Some(object.clone()) }),
            // A key may be named `on` or `0777`.
            patch: Some(crate::render::to_yaml(&patch)),
        })
    });
    let source = Source {
        repo_url: host::clone_url(&gitops.repository),
        target_revision: Some("{{ .tree }}".into()),
        path: Some(join(&gitops.tree_of(&resolved.target), &Folder::Environment(name).to_string())),
        kustomize: Some(Kustomize {
            namespace: Some("{{ .namespace }}".into()),
            patches: std::iter::once(rename).chain(secrets).collect(),
        }),
    };
    let spec = ApplicationSetSpec {
        generators: vec![git_files(plan, environment, &["namespace", "tree", "salt"])],
        template: ApplicationTemplate {
            metadata: ApplicationTemplateMeta {
                name: "{{ .namespace }}".into(),
                labels: labels(plan, environment),
                annotations: BTreeMap::from([(names::key("change"), "{{ .tree }}".to_owned())]),
            },
            spec: ApplicationSpec {
                project: names::app_project(resolved, name),
                destination: destination("{{ .namespace }}"),
                sources: vec![source],
                sync_policy: Some(sync_policy(8, &[])),
                ignore_differences: externals::defaulted(!external::in_environment(resolved, name).is_empty()),
            },
        },
        ..ApplicationSetSpec::default()
    };
    set(plan, environment, &names::environment_set(resolved, name), spec)
}

/// The Applications of an environment's apps.
fn apps_set(plan: &Plan, environment: &Environment) -> Object {
    let resolved = plan.resolved;
    let name = &environment.name.value;
    let entries = Generator {
        list: Some(ListGenerator { elements: Some(Vec::new()), elements_yaml: Some(ENTRIES.into()) }),
        selector: Some(LabelSelector {
            match_labels: None,
            match_expressions: Some(exists(&["entry.change", "entry.sources.0.repoURL"])),
        }),
        ..Generator::default()
    };
    let matrix = MatrixGenerator { generators: vec![git_files(plan, environment, &["namespace"]), entries] };
    let mut labels = labels(plan, environment);
    labels.insert(names::key("app"), "{{ .app }}".to_owned());
    let (limit, mut options) = if environment.is_ephemeral() { (8, vec![]) } else { (5, vec![]) };
    options.push("ApplyOutOfSyncOnly=true");
    // The Rollout controller sets the weights while a canary runs.
    let ignore_differences: Vec<_> =
        router::shifting(plan, name).into_iter().flat_map(|router| router.shifted()).collect();
    if !ignore_differences.is_empty() {
        options.push("RespectIgnoreDifferences=true");
    }
    let spec = ApplicationSetSpec {
        generators: vec![Generator { matrix: Some(matrix), ..Generator::default() }],
        template: ApplicationTemplate {
            metadata: ApplicationTemplateMeta {
                name: "{{ .namespace }}-{{ .app }}".into(),
                labels,
                annotations: BTreeMap::from([(names::key("change"), "{{ .entry.change }}".to_owned())]),
            },
            spec: ApplicationSpec {
                // Never templated: the project decides what an Application may do.
                project: names::app_project(resolved, name),
                destination: destination(environment.namespace().unwrap_or("{{ .namespace }}")),
                sync_policy: Some(sync_policy(limit, &options)),
                ignore_differences,
                ..ApplicationSpec::default()
            },
        },
        template_patch: Some("spec:\n  sources: {{ toJson .entry.sources }}\n".into()),
        ..ApplicationSetSpec::default()
    };
    set(plan, environment, &names::apps_set(resolved, name), spec)
}

/// The namespaces of all permanent environments.
pub fn standing_namespaces<'a>(plan: &'a Plan) -> impl Iterator<Item = &'a str> {
    environments::permanent(plan).filter_map(|name| plan.resolved.environments[name].namespace())
}
