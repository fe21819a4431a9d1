//! The names of everything in the cluster, each in one place.

use crate::model::{GitHost, Project, ResolvedProject};

/// The label by which all that the compiler made is known.
pub const MANAGED_BY: &str = crate::model::value::OUR_NAME;
/// The group of our labels and annotations.
pub const GROUP: &str = "pipelinec.dev";
/// The placeholder for the namespace in an ephemeral environment's manifests until a run fills in the version.
pub const PLACEHOLDER: &str = "ephemeral";
/// The format of an environment's manifest.
pub const FORMAT: &str = "pipelinec/1";
/// The format of the file that describes an app to the runs that deliver it, or bring it along.
pub const APP_FORMAT: &str = "pipelinec-app/1";
/// The format of the file by which a run finds the commit of its tree.
pub const PIPELINE_FORMAT: &str = "pipelinec-pipeline/1";
/// The WorkflowTemplate of the steps that all pipelines share.
pub const SHARED: &str = "pipelinec";
/// The account of the steps that wait for Argo CD.
pub const DELIVER: &str = "pipelinec-deliver";
/// The account of the step that starts a run again from templates that have changed.
pub const RESTART: &str = "pipelinec-restart";
/// The account of the step that sees an environment go.
pub const TEARDOWN: &str = "pipelinec-teardown";
/// The account and the name of the janitor.
pub const JANITOR: &str = "pipelinec-janitor";
/// The account of the Sensors.
pub const SENSOR: &str = "pipelinec-sensor";
/// The account of the EventSource.
pub const EVENT_SOURCE: &str = "pipelinec-eventsource";
/// The lock around a change of the GitOps repository.
pub const GITOPS_LOCK: &str = "gitops";
/// The port of the EventSource.
pub const EVENT_PORT: u16 = 12_000;
/// The variable of a pod that holds its namespace.
pub const NAMESPACE_VARIABLE: &str = "PIPELINEC_NAMESPACE";
/// A variable of a task's pod that is empty; it parts braces that Argo would take for a template.
pub const NOTHING_VARIABLE: &str = "PIPELINEC_NOTHING";

/// The kinds of workloads, one of which a service is.
pub const WORKLOADS: [&str; 3] = ["Deployment", "Rollout", "StatefulSet"];

/// The annotation with the path of a file.
pub const CONFIG_PATH: &str = "path";
/// The annotation with the paths of the fields that a patch has set.
pub const PATCHED: &str = "patched";
/// The annotation, and the input of steps, with the digest of a pipeline.
pub const PIPELINE_DIGEST: &str = "pipeline-digest";
/// The annotation, and the input of steps, with the digest of the shared template.
pub const SHARED_DIGEST: &str = "shared-digest";
/// The variable of the first step with the digest of the shared template that it is of.
pub const STEPS_DIGEST: &str = "STEPS_DIGEST";

/// A label or annotation of the compiler.
#[must_use]
pub fn key(name: &str) -> String {
    format!("{GROUP}/{name}")
}

/// The EventSource of a git host.
#[must_use]
pub fn event_source(project: &Project, host: &GitHost) -> String {
    format!("{}-{}", project.name.value, host.id())
}

/// The Service that the controller makes of an EventSource (argo-events, `pkg/reconciler/eventsource/resource.go`).
#[must_use]
pub fn event_service(project: &Project, host: &GitHost) -> String {
    format!("{}-eventsource-svc", event_source(project, host))
}

/// The Argo CD project of an environment.
#[must_use]
pub fn app_project(resolved: &ResolvedProject, environment: &str) -> String {
    format!("{}-{environment}", resolved.project.name.value)
}

/// The ApplicationSet of the environments themselves.
#[must_use]
pub fn environment_set(resolved: &ResolvedProject, environment: &str) -> String {
    format!("{}-{environment}", resolved.project.name.value)
}

/// The ApplicationSet of an environment's apps.
#[must_use]
pub fn apps_set(resolved: &ResolvedProject, environment: &str) -> String {
    format!("{}-{environment}-apps", resolved.project.name.value)
}

/// Both ApplicationSets of an environment; a permanent one has only that of its apps.
#[must_use]
pub fn application_sets(resolved: &ResolvedProject, environment: &str) -> Vec<String> {
    let apps = apps_set(resolved, environment);
    if resolved.environments[environment].is_ephemeral() {
        vec![environment_set(resolved, environment), apps]
    } else {
        vec![apps]
    }
}

/// The Argo CD project and Application of the tree itself.
#[must_use]
pub fn bootstrap(resolved: &ResolvedProject) -> String {
    format!("{}-bootstrap", resolved.project.name.value)
}

/// The Role of a step's account in a namespace that other projects share.
#[must_use]
pub fn role(resolved: &ResolvedProject, account: &str) -> String {
    let step = account.strip_prefix(MANAGED_BY).and_then(|rest| rest.strip_prefix('-')).unwrap_or(account);
    format!("{}-{step}", resolved.project.name.value)
}

/// The lock of an app in a permanent environment.
#[must_use]
pub fn environment_lock(environment: &str, app: &str) -> String {
    format!("{environment}-{app}")
}

/// The Service of a canary.
#[must_use]
pub fn canary_service(service: &str) -> String {
    format!("{service}-canary")
}

/// The Service that gives each pod of a StatefulSet an address.
#[must_use]
pub fn governing_service(service: &str) -> String {
    format!("{service}-pods")
}

/// The AnalysisTemplate of an app: two apps in one namespace may use the same analysis.
#[must_use]
pub fn analysis_template(app: &str, analysis: &str) -> String {
    format!("{app}-{analysis}")
}

/// How the names of AnalysisTemplates end that ask once more after the last pause. No name of the language has a dot.
const LAST: &str = ".last";

/// The AnalysisTemplate by which an analysis asks once more after the last pause.
#[must_use]
pub fn last_question(template: &str) -> String {
    format!("{template}{LAST}")
}

/// Whether an AnalysisTemplate of that name asks once more, and is told of by the one that asks first.
#[must_use]
pub fn is_last_question(template: &str) -> bool {
    template.ends_with(LAST)
}

/// The Secret with which the workflow's containers report results. Argo Workflows looks for this name
/// (`util/secrets/secret_name.go`).
#[must_use]
pub fn executor_token(account: &str) -> String {
    format!("{account}.service-account-token")
}
