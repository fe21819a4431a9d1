//! `argoproj.io/v1alpha1` `Application`, `ApplicationSet` and `AppProject`, after the CRDs of Argo CD 3.5.1.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kube::core::LabelSelector;
use crate::kube::kustomize::Patch;

custom_kind! {
    /// Content of repositories that is kept in a cluster.
    Application(ApplicationSpec) = "argoproj.io" / "v1alpha1", "applications"
}

custom_kind! {
    /// A rule that makes Applications.
    ApplicationSet(ApplicationSetSpec) = "argoproj.io" / "v1alpha1", "applicationsets"
}

custom_kind! {
    /// What Applications may do.
    AppProject(AppProjectSpec) = "argoproj.io" / "v1alpha1", "appprojects"
}

structs! {
    /// What an Application keeps where.
    pub struct ApplicationSpec {
        /// Its `AppProject`; never templated, as it decides what is allowed.
        pub project: String,
        /// Where.
        pub destination: Destination,
        /// Any number of sources, instead of `source`.
        pub sources: Vec<Source>,
        /// When and how it is synced.
        pub sync_policy: Option<SyncPolicy>,
        /// Fields that others change.
        pub ignore_differences: Vec<IgnoreDifferences>,
    }

    /// A cluster, by name or address, and a namespace.
    pub struct Destination {
        /// Name of the cluster.
        pub name: Option<String>,
        /// Address of the cluster.
        pub server: Option<String>,
        /// The namespace.
        pub namespace: Option<String>,
    }

    /// A folder of a repository, or a chart.
    pub struct Source {
        /// The repository.
        #[serde(rename = "repoURL")]
        pub repo_url: String,
        /// Commit, branch or tag; of a chart its version.
        pub target_revision: Option<String>,
        /// The folder.
        pub path: Option<String>,
        /// For a kustomization.
        pub kustomize: Option<Kustomize>,
    }

    /// What overrides a kustomization.
    pub struct Kustomize {
        /// The namespace of everything.
        pub namespace: Option<String>,
        /// Patches.
        pub patches: Vec<Patch>,
    }

    /// When and how an Application is synced.
    pub struct SyncPolicy {
        /// By itself; written as `{}` it is on.
        pub automated: Option<Automated>,
        /// After a failure.
        pub retry: Option<Retry>,
        /// `Key=value` each.
        pub sync_options: Vec<String>,
    }

    /// Syncs by itself.
    pub struct Automated {
        /// Whether what is deleted from git is deleted in the cluster.
        pub prune: Option<bool>,
        /// Whether changes in the cluster are undone.
        pub self_heal: Option<bool>,
    }

    /// Tries after a failed sync.
    pub struct Retry {
        /// How many.
        pub limit: Option<i64>,
        /// The wait between.
        pub backoff: Option<Backoff>,
    }

    /// The wait between tries.
    pub struct Backoff {
        /// The first wait.
        pub duration: Option<String>,
        /// How much longer each next one is.
        pub factor: Option<i64>,
        /// The longest wait.
        pub max_duration: Option<String>,
    }

    /// Fields that others change.
    pub struct IgnoreDifferences {
        /// Group of the kind.
        pub group: Option<String>,
        /// The kind.
        pub kind: String,
        /// Fields as jq paths.
        pub jq_path_expressions: Vec<String>,
    }

    /// A rule that makes Applications.
    pub struct ApplicationSetSpec {
        /// Whether templates are Go templates.
        pub go_template: Option<bool>,
        /// `missingkey=error`.
        pub go_template_options: Vec<String>,
        /// Where parameters come from.
        pub generators: Vec<Generator>,
        /// What it may do to its Applications.
        pub sync_policy: Option<ApplicationSetSyncPolicy>,
        /// The Application.
        pub template: ApplicationTemplate,
        /// A patch of the rendered Application: a Go template of YAML, for values that are not strings.
        pub template_patch: Option<String>,
    }

    /// A source of parameters: `git`, `list` or `matrix`.
    pub struct Generator {
        /// Files of a repository.
        pub git: Option<GitGenerator>,
        /// A list.
        pub list: Option<ListGenerator>,
        /// Each of one with each of another.
        pub matrix: Option<MatrixGenerator>,
        /// Which of its parameters count. They are flattened, and filtered before anything is rendered
        /// (`applicationset/generators/generator_spec_processor.go`).
        pub selector: Option<LabelSelector>,
    }

    /// Files of a repository.
    pub struct GitGenerator {
        /// The repository.
        #[serde(rename = "repoURL")]
        pub repo_url: String,
        /// The branch.
        pub revision: String,
        /// The files.
        pub files: Vec<GitFile>,
        /// The polling interval.
        pub requeue_after_seconds: Option<i64>,
    }

    /// Files by name.
    pub struct GitFile {
        /// A glob, whose `*` matches `/` as well unless the controller is configured differently.
        pub path: String,
    }

    /// A list of parameters.
    pub struct ListGenerator {
        /// The items; the field is needed, so an empty list is written.
        pub elements: Option<Vec<Value>>,
        /// More items: a Go template of a YAML list.
        pub elements_yaml: Option<String>,
    }

    /// Each of one with each of another; the second sees the first's parameters.
    pub struct MatrixGenerator {
        /// The two.
        pub generators: Vec<Generator>,
    }

    /// What an ApplicationSet may do to its Applications.
    pub struct ApplicationSetSyncPolicy {
        /// `sync`, `create-only`, `create-update` or `create-delete`.
        pub applications_sync: Option<String>,
        /// Whether the workloads outlive the Applications.
        pub preserve_resources_on_deletion: Option<bool>,
    }

    /// The Application that a set makes.
    pub struct ApplicationTemplate {
        /// Its name, labels and annotations.
        pub metadata: ApplicationTemplateMeta,
        /// The rest.
        pub spec: ApplicationSpec,
    }

    /// Metadata of the Application that a set makes.
    pub struct ApplicationTemplateMeta {
        /// Its name.
        pub name: String,
        /// Labels.
        pub labels: BTreeMap<String, String>,
        /// Annotations.
        pub annotations: BTreeMap<String, String>,
    }

    /// What Applications may do.
    pub struct AppProjectSpec {
        /// What it is for.
        pub description: Option<String>,
        /// Repositories.
        pub source_repos: Vec<String>,
        /// Clusters and namespaces, as globs.
        pub destinations: Vec<Destination>,
        /// Kinds without a namespace that are allowed; none if absent.
        pub cluster_resource_whitelist: Vec<ClusterResource>,
        /// Kinds in a namespace that are forbidden.
        pub namespace_resource_blacklist: Vec<GroupKind>,
    }

    /// A kind.
    pub struct GroupKind {
        /// Its group, empty for the core group.
        pub group: String,
        /// Its name.
        pub kind: String,
    }

    /// Objects of a kind without a namespace.
    pub struct ClusterResource {
        /// The group, empty for the core group.
        pub group: String,
        /// The kind.
        pub kind: String,
        /// A glob of names; older than 3.3 it is dropped, which allows every name.
        pub name: Option<String>,
    }
}
