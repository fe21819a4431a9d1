//! `bootstrap.yaml`: the one Application to apply by hand, and the project that it needs. Neither is part of the tree
//! that it syncs, so that it cannot remove itself.

use super::{Tree, argocd, externals};
use crate::kube::argo::cd::{
    AppProject, AppProjectSpec, Application, ApplicationSpec, Automated, Backoff, ClusterResource, Destination, Retry,
    Source, SyncPolicy,
};
use crate::kube::{Object, meta};
use crate::names;
use crate::plan::Plan;
use crate::providers::{Requirement, Topic, host};
use std::collections::{BTreeMap, BTreeSet};

/// Emits the file.
pub fn emit(plan: &Plan, tree: &mut Tree) {
    let resolved = plan.resolved;
    let project = &resolved.project;
    let gitops = &project.gitops;
    let argocd = &project.argocd_namespace;
    let name = names::bootstrap(resolved);
    tree.require([Requirement::Cluster(
        Topic::History,
        format!(
            "`{}` of `{}` must never be force-pushed: what runs is pinned to its commits.",
            gitops.branch, gitops.repository
        ),
    )]);
    let namespaces: BTreeSet<&str> =
        [project.namespace.as_str(), argocd].into_iter().chain(argocd::standing_namespaces(plan)).collect();
    let whitelist = argocd::standing_namespaces(plan).map(|namespace| ClusterResource {
        group: String::new(),
        kind: "Namespace".into(),
        name: Some(namespace.to_owned()),
    });
    let app_project = Object::new(&AppProject {
        metadata: meta(argocd, &name),
        spec: AppProjectSpec {
            description: Some(format!(
                "The generated tree of project {}: equivalent to an administrator of Argo CD",
                project.name.value
            )),
            source_repos: vec![host::clone_url(&gitops.repository)],
            destinations: namespaces.into_iter().map(argocd::allowed).collect(),
            cluster_resource_whitelist: whitelist.collect(),
            ..AppProjectSpec::default()
        },
    });
    let mut metadata = meta(argocd, &name);
    // Commits that only change environment manifests do not render the tree again.
    metadata.annotations =
        Some(BTreeMap::from([("argocd.argoproj.io/manifest-generate-paths".to_owned(), ".".to_owned())]));
    let application = Object::new(&Application {
        metadata,
        spec: ApplicationSpec {
            project: name.clone(),
            destination: Destination {
                name: Some("in-cluster".into()),
                namespace: Some(project.namespace.clone()),
                ..Destination::default()
            },
            sources: vec![Source {
                repo_url: host::clone_url(&gitops.repository),
                target_revision: Some(gitops.branch.clone()),
                path: Some(gitops.tree_of(&resolved.target)),
                ..Source::default()
            }],
            ignore_differences: externals::defaulted(externals::in_the_tree(plan)),
            sync_policy: Some(SyncPolicy {
                automated: Some(Automated { prune: Some(true), self_heal: Some(true) }),
                retry: Some(Retry {
                    limit: Some(5),
                    backoff: Some(Backoff {
                        duration: Some("5s".into()),
                        factor: Some(2),
                        max_duration: Some("1m".into()),
                    }),
                }),
                ..SyncPolicy::default()
            }),
        },
    });
    tree.objects("bootstrap.yaml", &[app_project, application]);
}
