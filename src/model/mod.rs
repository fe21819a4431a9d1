//! What a program means on one target: names are resolved, values are typed, nothing is text that still has to be read.
//!
//! [`resolve()`] makes it from a program of [`crate::program`]. It holds a [`Span`] only where a later check has to point
//! at the source.

mod config;
mod container;
pub mod contents;
mod cron;
mod doubt;
mod errors;
pub mod external;
mod identity;
mod image;
mod notice;
mod partial;
mod pipeline;
mod probe;
mod query;
mod read;
mod reference;
pub mod resolve;
mod service;
mod sources;
mod task;
pub mod text;
mod trigger;
pub mod value;
mod volume;
pub mod written;

pub use config::Config;
pub use container::{Beside, Bounds, Container};
pub use cron::Cron;
pub use external::{ExternalSource, Store};
pub use identity::Identity;
pub use image::{
    BUILD_TIMEOUT, Build, BuildPod, Cache, FromCi, Image, ImageId, Origin, PLACEHOLDER_HOST, Reference, Tag,
};
pub use notice::{Notice, Recipient};
pub use partial::Partial;
pub use pipeline::{Approval, Canary, CanaryStep, Pipeline, Stage, StageKind, TaskKind};
pub use probe::{Answer, Probe, Probes};
pub use query::Lookback;
pub use resolve::{Meaning, check_target, meaning, resolve};
pub use service::{Metrics, Route, Scale, Service};
pub use sources::{Chart, Helm, Kustomize};
pub use task::{Task, TaskIn};
pub use text::{EnvValue, ImageField, RunField, SecretKey, Segment, Setting, Settings, Text};
pub use trigger::{OnPullRequest, OnPush, OnSchedule, OnTag, RefPattern, Trigger, Triggers};
pub use value::{Pattern, Repository};
pub use volume::{Contents, Volume};
pub use written::Written;

pub use crate::schema::choices::{Concurrency, Hook, PodSecurity, Spread};
pub use crate::schema::notices::Moment;
use crate::schema::providers;
use crate::schema::stages::StageId;
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is delivered to one cluster.
#[derive(Debug, Clone)]
pub struct ResolvedProject {
    /// The name of the target.
    pub target: String,
    /// What everything shares.
    pub project: Project,
    /// By name.
    pub environments: BTreeMap<String, Environment>,
    /// By name.
    pub secrets: BTreeMap<String, Secret>,
    /// By name.
    pub apps: BTreeMap<String, App>,
    /// By name.
    pub analyses: BTreeMap<String, Analysis>,
    /// One for each pipeline and app that it delivers, in the order of their names.
    pub pipelines: Partial<Vec<Pipeline>>,
    /// What is written, whatever comes of it.
    pub written: Written,
}

impl ResolvedProject {
    /// Whether a pipeline of the app may have a stage that could not be read and is this one.
    #[must_use]
    pub fn may_have(&self, app: &str, stage: StageId, environment: &str) -> bool {
        let mut pipelines = self.pipelines.iter().filter(|pipeline| pipeline.app.value == app);
        !self.pipelines.is_complete() || pipelines.any(|pipeline| pipeline.may_have(stage, environment))
    }

    /// Whether a pipeline of the app may update the environment by a stage that could not be read.
    #[must_use]
    pub fn may_update(&self, app: &str, environment: &str) -> bool {
        let mut pipelines = self.pipelines.iter().filter(|pipeline| pipeline.app.value == app);
        !self.pipelines.is_complete() || pipelines.any(|pipeline| pipeline.may_update(environment))
    }

    /// Whether a pipeline of any app may do so.
    #[must_use]
    pub fn any_may_update(&self, environment: &str) -> bool {
        !self.pipelines.is_complete() || self.pipelines.iter().any(|pipeline| pipeline.may_update(environment))
    }

    /// An image that a checked project names.
    ///
    /// # Panics
    /// If the project does not declare it.
    #[must_use]
    pub fn image(&self, id: &ImageId) -> &Image {
        &self.apps[&id.app].images[&id.image]
    }

    /// Whether an image certainly is one that was built elsewhere, and so needs nothing of its app.
    #[must_use]
    pub fn is_built_elsewhere(&self, id: &ImageId) -> bool {
        let image = self.apps.get(&id.app).and_then(|app| app.images.get(&id.image));
        image.is_some_and(|image| !image.is_of_runs())
    }

    /// The canaries of an app in an environment, over all pipelines, each with its stage. The app is a Rollout there if
    /// there is one; a checked project has no two that differ.
    pub fn canaries<'a>(&'a self, app: &'a str, environment: &'a str) -> impl Iterator<Item = (Span, &'a Canary)> {
        let pipelines = self.pipelines.iter().filter(move |pipeline| pipeline.app.value == app);
        pipelines.flat_map(|pipeline| &pipeline.stages).filter_map(move |stage| match &stage.value {
            StageKind::Canary(canary) if canary.environment == environment => Some((stage.span, canary)),
            _ => None,
        })
    }
}

/// What all apps and pipelines share.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its name.
    pub name: Spanned<String>,
    /// Where events are received and workflows run.
    pub namespace: String,
    /// The GitOps repository.
    pub gitops: GitOps,
    /// Where pushes come from, and where repositories are; in the order of the kinds, then as they are written.
    pub hosts: Vec<GitHost>,
    /// Where images go; required once something is built.
    pub registry: Option<Registry>,
    /// The metrics server; required by an analysis.
    pub metrics: Option<MetricsServer>,
    /// The namespace of Argo CD.
    pub argocd_namespace: String,
    /// Whether the steps may ask Argo CD's ApplicationSets to refresh at once.
    pub refresh_by_annotation: bool,
    /// The address of the web page of Argo Workflows, without `/` at its end.
    pub workflows_ui: Option<String>,
    /// What builds images.
    pub builder: providers::Builder,
    /// The image in which it does.
    pub builder_image: String,
    /// Where it does, if not in the pods of the run.
    pub remote_builder: Option<RemoteBuilder>,
    /// The image of the generated steps.
    pub tools_image: String,
    /// Who is told about the runs of all pipelines.
    pub notices: Vec<Notice>,
    /// The image of the steps that ask a registry.
    pub crane_image: String,
    /// The image of the steps that sign images.
    pub cosign_image: String,
    /// The changes of the objects that all apps share, in order.
    pub patches: Vec<Patch>,
    /// Whether all of it could be read.
    pub is_complete: bool,
}

impl Project {
    /// The secret with the token that writes the GitOps repository.
    #[must_use]
    pub fn writing_credentials(&self) -> &str {
        match &self.gitops.credentials {
            Some(name) => &name.value,
            None => self.host_of(&self.gitops.repository).map_or("", |host| &host.credentials.value),
        }
    }

    /// The host of a repository; every `source` of a checked project has one.
    #[must_use]
    pub fn host_of(&self, repository: &Repository) -> Option<&GitHost> {
        self.hosts.iter().find(|host| host.server.value.eq_ignore_ascii_case(&repository.host))
    }
}

/// The GitOps repository.
#[derive(Debug, Clone)]
pub struct GitOps {
    /// Where it is.
    pub repository: Repository,
    /// Its branch.
    pub branch: String,
    /// The folder of all environment manifests, without `/` at its ends; may be empty.
    pub path: String,
    /// The folder of all generated trees, without `/` at its ends; may be empty.
    pub tree: String,
    /// The name of the committer.
    pub author_name: String,
    /// The address of the committer, by which its pushes are recognized.
    pub author_email: String,
    /// The secret with the token that writes it; that of its [`GitHost`] where none is named.
    pub credentials: Option<Spanned<String>>,
    /// Where it is written.
    pub span: Span,
}

impl GitOps {
    /// The folder of a target's environment manifests.
    #[must_use]
    pub fn manifests(&self, target: &str) -> String {
        join(&self.path, target)
    }

    /// The folder of a target's generated tree.
    #[must_use]
    pub fn tree_of(&self, target: &str) -> String {
        join(&self.tree, target)
    }
}

/// Two paths, either of which may be empty.
#[must_use]
pub fn join(folder: &str, rest: &str) -> String {
    match (folder, rest) {
        ("", rest) => rest.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, rest) => format!("{folder}/{rest}"),
    }
}

/// Where pushes come from.
#[derive(Debug, Clone)]
pub struct GitHost {
    /// Which host.
    pub choice: providers::Host,
    /// The label that tells it from others of its kind.
    pub label: Option<String>,
    /// The host name of its repositories, perhaps with a port.
    pub server: Spanned<String>,
    /// The public URL of the EventSource, without `/` at its end.
    pub webhook: Spanned<String>,
    /// What a webhook is registered for.
    pub hook: Hook,
    /// The secret with `token` and `webhookSecret`.
    pub credentials: Spanned<String>,
}

impl GitHost {
    /// What tells it from the others of the project: `github`, `gitlab-internal`.
    #[must_use]
    pub fn id(&self) -> String {
        let word = self.choice.word();
        self.label.as_ref().map_or_else(|| word.to_owned(), |label| format!("{word}-{label}"))
    }

    /// What the webhook through which pushes to a repository come is registered for, and its slug.
    #[must_use]
    pub fn hook_of(&self, repository: &Repository) -> (String, String) {
        match self.hook {
            Hook::Repository => (repository.to_string(), repository.slug()),
            Hook::Organization => {
                let name = repository.organization();
                (format!("{}/{name}", repository.host), value::slug(name))
            }
        }
    }
}

/// Where images go.
#[derive(Debug, Clone)]
pub struct Registry {
    /// `host[:port]` for pulling.
    pub host: String,
    /// `host[:port]` for pushing.
    pub push: String,
    /// Whether pushing is spoken without TLS.
    pub insecure: bool,
    /// What comes before every repository, without `/` at its ends; may be empty.
    pub path: String,
    /// The secret with `.dockerconfigjson`, for pushing.
    pub credentials: Option<String>,
    /// The secret with `.dockerconfigjson`, for pulling.
    pub pull: Option<Spanned<String>>,
    /// The certificate of the authority that issued that of the registry.
    pub ca: Option<SecretKey>,
}

impl Registry {
    /// A repository of an image, as it is written, without the host.
    #[must_use]
    pub fn repository(&self, written: &str) -> String {
        join(&self.path, written)
    }

    /// The secret that reads images at the address for pushing. That for pulling may read less, but is only for `host`.
    #[must_use]
    pub fn reading_credentials(&self) -> Option<&str> {
        let pull = self.pull.as_ref().map(|pull| pull.value.as_str());
        let credentials = self.credentials.as_deref();
        if self.push == self.host { pull.or(credentials) } else { credentials.or(pull) }
    }
}

/// A builder outside the pods of a run.
#[derive(Debug, Clone)]
pub struct RemoteBuilder {
    /// `tcp://host:port`
    pub address: String,
    /// The secret with the certificates of both sides.
    pub tls: Option<String>,
}

/// The metrics server.
#[derive(Debug, Clone)]
pub struct MetricsServer {
    /// Which kind.
    pub choice: providers::Metrics,
    /// Its address.
    pub url: String,
    /// The labels of every object that makes it read metrics.
    pub labels: BTreeMap<String, String>,
}

/// A place where apps run.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Its name.
    pub name: Spanned<String>,
    /// What kind it is.
    pub kind: EnvironmentKind,
    /// Where the time to live is written, else the name.
    pub ttl_span: Span,
    /// An upper bound.
    pub quota: Option<Quota>,
    /// Labels of its namespace.
    pub labels: BTreeMap<String, String>,
    /// Annotations of its namespace.
    pub annotations: BTreeMap<String, String>,
    /// The level that pods in its namespace must meet.
    pub pod_security: Option<Spanned<PodSecurity>>,
    /// The changes of its own objects, in order.
    pub patches: Vec<Patch>,
}

/// Permanent, or one for each change.
#[derive(Debug, Clone)]
pub enum EnvironmentKind {
    /// It is permanent.
    Permanent {
        /// Its namespace.
        namespace: String,
    },
    /// One for each change; its namespace is the version.
    Ephemeral {
        /// The permanent environment whose apps it copies.
        copy_of: String,
        /// Seconds after which it is removed in any case.
        ttl: u64,
    },
}

impl Environment {
    /// Whether there is one for each change.
    #[must_use]
    pub fn is_ephemeral(&self) -> bool {
        matches!(self.kind, EnvironmentKind::Ephemeral { .. })
    }

    /// The namespace of a permanent environment.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        match &self.kind {
            EnvironmentKind::Permanent { namespace } => Some(namespace),
            EnvironmentKind::Ephemeral { .. } => None,
        }
    }
}

/// An upper bound for one environment.
#[derive(Debug, Clone)]
pub struct Quota {
    /// As Kubernetes writes it.
    pub cpu: Option<String>,
    /// As Kubernetes writes it.
    pub memory: Option<String>,
    /// A number of pods.
    pub pods: Option<u64>,
    /// Where it is written.
    pub span: Span,
}

/// A Secret that apps and tasks use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its name in the program.
    pub name: Spanned<String>,
    /// Its keys.
    pub keys: BTreeSet<String>,
    /// The name of the Secret where no environment is meant.
    pub object: String,
    /// Where it comes from where no environment is meant.
    pub origin: SecretOrigin,
    /// By environment.
    pub environments: BTreeMap<String, SecretIn>,
}

/// A secret in one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretIn {
    /// The name of the Secret.
    pub object: String,
    /// Where it comes from.
    pub origin: SecretOrigin,
}

/// Where a Secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretOrigin {
    /// It must already exist.
    Existing,
    /// It is made with an ephemeral environment.
    Throwaway,
    /// It is made from a store.
    External(ExternalSource),
}

impl SecretOrigin {
    /// Whether it is made with an ephemeral environment.
    #[must_use]
    pub fn is_throwaway(&self) -> bool {
        *self == Self::Throwaway
    }

    /// Whether it must already exist.
    #[must_use]
    pub fn is_existing(&self) -> bool {
        *self == Self::Existing
    }
}

/// What is deployed, and how it is built.
#[derive(Debug, Clone)]
pub struct App {
    /// Its name.
    pub name: Spanned<String>,
    /// Its repository; a third-party chart has none.
    pub source: Option<Spanned<Repository>>,
    /// Its folder in the repository; may be empty.
    pub path: String,
    /// By name.
    pub images: BTreeMap<String, Image>,
    /// By name.
    pub tasks: BTreeMap<String, Task>,
    /// By environment.
    pub environments: BTreeMap<String, AppIn>,
    /// Whether all of it could be read.
    pub is_complete: bool,
}

impl App {
    /// The images that its runs build, each with how.
    pub fn built(&self) -> impl Iterator<Item = (&Image, &Build)> {
        self.images.values().filter_map(|image| Some((image, image.build()?)))
    }

    /// The images whose digests its runs fill in: those that they build, and those that they wait for.
    pub fn of_runs(&self) -> impl Iterator<Item = &Image> {
        self.images.values().filter(|image| image.is_of_runs())
    }

    /// The secrets with which its images are signed.
    pub fn signers(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.built().filter_map(|(_, build)| build.signer.as_ref())
    }

    /// The images that its runs wait for, each with where a CI puts it.
    pub fn from_ci(&self) -> impl Iterator<Item = (&Image, &FromCi)> {
        self.images.values().filter_map(|image| match &image.origin {
            Origin::FromCi(ci) => Some((image, ci)),
            Origin::Built(_) | Origin::Reference(_) => None,
        })
    }

    /// Whether its stage `build` builds or waits for any image.
    #[must_use]
    pub fn builds(&self) -> bool {
        self.of_runs().next().is_some()
    }
}

/// What a program changes in a generated object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The kind of the object.
    pub kind: String,
    /// Its name; without one, the only object of the kind is meant.
    pub name: Option<String>,
    /// Where kind and name are written.
    pub span: Span,
    /// The fields that it sets.
    pub fields: Settings,
}

/// A place that uses what must be there for it.
#[derive(Debug, Clone)]
pub struct Use {
    /// What is used.
    pub what: Used,
    /// Where.
    pub span: Span,
    /// The environment variable whose value it is.
    pub variable: Option<String>,
}

/// What a value can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Used {
    /// An image.
    Image(ImageId),
    /// A secret.
    Secret(String),
    /// The address of an app.
    App(String),
}

/// An app in one environment.
#[derive(Debug, Clone, Default)]
pub struct AppIn {
    /// The apps that it cannot run without.
    pub needs: Partial<BTreeSet<String>>,
    /// In the order of their names.
    pub services: Vec<Service>,
    /// In the order of their names.
    pub crons: Vec<Cron>,
    /// Charts, in the order of their labels.
    pub helm: Vec<Helm>,
    /// A kustomization.
    pub kustomize: Option<Kustomize>,
    /// The folder of plain manifests.
    pub manifests: Option<String>,
    /// What its tasks run there, by task.
    pub tasks: BTreeMap<String, TaskIn>,
    /// The changes of its objects, in order.
    pub patches: Vec<Patch>,
}

impl AppIn {
    /// Whether objects are generated for it.
    #[must_use]
    pub fn is_generated(&self) -> bool {
        !self.services.is_empty() || !self.crons.is_empty()
    }

    /// The accounts of its pods, where it says something about them.
    pub fn identities(&self) -> impl Iterator<Item = &Identity> {
        let services = self.services.iter().filter_map(|service| service.identity.as_ref());
        services.chain(self.crons.iter().filter_map(|cron| cron.identity.as_ref()))
    }

    /// Whether anything is deployed; an app of images or tasks alone has nothing.
    #[must_use]
    pub fn is_deployed(&self) -> bool {
        self.is_generated() || !self.helm.is_empty() || self.kustomize.is_some() || self.manifests.is_some()
    }
}

/// A question to a provider of metrics.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// Its name.
    pub name: Spanned<String>,
    /// The query.
    pub query: Text,
    /// What it says.
    pub parsed: crate::promql::Expr,
    /// What the value must keep.
    pub bound: Bound,
    /// Seconds between two questions.
    pub every: u64,
    /// How many bad answers are tolerated.
    pub tolerate: u32,
    /// Whether no value, or none that is a number, passes.
    pub pass_without_data: bool,
    /// Who is asked.
    pub provider: providers::Metrics,
    /// The address to ask.
    pub address: String,
}

/// What a value must keep; the number as it is written in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// It may not be above.
    AtMost(String),
    /// It may not be below.
    AtLeast(String),
}
