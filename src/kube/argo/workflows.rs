//! `argoproj.io/v1alpha1` `Workflow`, `WorkflowTemplate` and `CronWorkflow`, after the CRDs of Argo Workflows 4.1.2.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::kube::core::{Container, IntOrString, LocalObjectReference, PodSecurityContext, Volume};

custom_kind! {
    /// One run.
    Workflow(WorkflowSpec) = "argoproj.io" / "v1alpha1", "workflows"
}

custom_kind! {
    /// A workflow to be run by name, and templates to be referred to.
    WorkflowTemplate(WorkflowSpec) = "argoproj.io" / "v1alpha1", "workflowtemplates"
}

custom_kind! {
    /// A workflow that runs by the clock.
    CronWorkflow(CronWorkflowSpec) = "argoproj.io" / "v1alpha1", "cronworkflows"
}

structs! {
    /// When a `CronWorkflow` runs, and what.
    pub struct CronWorkflowSpec {
        /// Cron expressions. The singular `schedule` was removed in 4.0.
        pub schedules: Vec<String>,
        /// Name of a time zone; that of the controller if absent.
        pub timezone: Option<String>,
        /// `Allow`, `Forbid` or `Replace`.
        pub concurrency_policy: Option<String>,
        /// How late a missed run may start.
        pub starting_deadline_seconds: Option<i64>,
        /// How many successful runs are kept.
        pub successful_jobs_history_limit: Option<i32>,
        /// How many failed runs are kept.
        pub failed_jobs_history_limit: Option<i32>,
        /// The run.
        pub workflow_spec: WorkflowSpec,
    }

    /// A workflow.
    pub struct WorkflowSpec {
        /// The template to take everything else from.
        pub workflow_template_ref: Option<WorkflowTemplateRef>,
        /// Name of the template that runs first.
        pub entrypoint: Option<String>,
        /// Name of the template that runs at the end, however the run ends. Not run by `argo terminate`.
        pub on_exit: Option<String>,
        /// Parameters of the run.
        pub arguments: Option<Arguments>,
        /// The account of the pods.
        pub service_account_name: Option<String>,
        /// Whether the pods' main containers get a token. `false` needs `executor`, or the controller rejects the pod.
        pub automount_service_account_token: Option<bool>,
        /// The account of the executor containers. Argo mounts its token from the Secret `<name>.service-account-token`.
        pub executor: Option<ExecutorConfig>,
        /// How long the run may take.
        pub active_deadline_seconds: Option<i64>,
        /// When the finished run is deleted.
        pub ttl_strategy: Option<TTLStrategy>,
        /// When its pods are deleted.
        #[serde(rename = "podGC")]
        pub pod_gc: Option<PodGC>,
        /// Labels and annotations of the runs of a template.
        pub workflow_metadata: Option<Metadata>,
        /// Secrets for pulling images.
        pub image_pull_secrets: Vec<LocalObjectReference>,
        /// The templates.
        pub templates: Vec<Template>,
    }

    /// The `WorkflowTemplate` that a workflow runs.
    pub struct WorkflowTemplateRef {
        /// Its name.
        pub name: String,
    }

    /// The settings of the executor.
    pub struct ExecutorConfig {
        /// The account of the executor containers.
        pub service_account_name: Option<String>,
    }

    /// Labels and annotations.
    pub struct Metadata {
        /// Labels.
        pub labels: BTreeMap<String, String>,
        /// Annotations.
        pub annotations: BTreeMap<String, String>,
    }

    /// When a finished run is deleted.
    pub struct TTLStrategy {
        /// After success.
        pub seconds_after_success: Option<i32>,
        /// After failure.
        pub seconds_after_failure: Option<i32>,
    }

    /// When pods are deleted.
    pub struct PodGC {
        /// `OnPodCompletion`, `OnPodSuccess`, `OnWorkflowCompletion` or `OnWorkflowSuccess`.
        pub strategy: Option<String>,
    }

    /// Locks.
    pub struct Synchronization {
        /// Mutexes, each held by one at a time in a namespace. The singular `mutex` was removed in 4.0.
        pub mutexes: Vec<Mutex>,
    }

    /// A lock with one holder.
    pub struct Mutex {
        /// Its name.
        pub name: String,
    }

    /// Something to be run: `container`, `script`, `suspend` or `steps`.
    pub struct Template {
        /// Its name; empty, and not written, in `template_defaults`.
        pub name: String,
        /// What it takes.
        pub inputs: Option<Inputs>,
        /// What it gives.
        pub outputs: Option<Outputs>,
        /// Locks held while it runs.
        pub synchronization: Option<Synchronization>,
        /// How often it is tried again.
        pub retry_strategy: Option<RetryStrategy>,
        /// How long the pod may run; of `container` and `script` only. The wait for a lock does not count.
        pub active_deadline_seconds: Option<IntOrString>,
        /// How long it may be pending, the wait for a lock included; of a pod only, since 4.1.
        pub pending_timeout: Option<String>,
        /// The account of the pod.
        pub service_account_name: Option<String>,
        /// Whether the main container gets the account's token.
        pub automount_service_account_token: Option<bool>,
        /// Of the pod; it replaces the workflow's entirely, even if it is empty.
        pub security_context: Option<PodSecurityContext>,
        /// Volumes of the pod.
        pub volumes: Vec<Volume>,
        /// A container. Always with a `command`, or the controller asks the registry for the image's entrypoint.
        pub container: Option<Container>,
        /// A container that runs a script.
        pub script: Option<ScriptTemplate>,
        /// Waits for a person.
        pub suspend: Option<SuspendTemplate>,
        /// Lists of steps: one list after the other, the steps of a list at a time.
        pub steps: Vec<ParallelSteps>,
    }

    /// A container that runs a script. `container.name` may be empty.
    pub struct ScriptTemplate {
        /// The container; `command` is the interpreter.
        #[serde(flatten)]
        pub container: Container,
        /// The script. Never with `{{…}}` in it.
        pub source: String,
    }

    /// A pause until somebody resumes the run.
    pub struct SuspendTemplate {
        /// After this time the node *succeeds*; so what follows must check an output, not success.
        pub duration: Option<String>,
    }

    /// What a template takes.
    pub struct Inputs {
        /// Parameters.
        pub parameters: Vec<Parameter>,
    }

    /// What a template gives.
    pub struct Outputs {
        /// Parameters.
        pub parameters: Vec<Parameter>,
        /// Files.
        pub artifacts: Vec<Artifact>,
    }

    /// What is passed.
    pub struct Arguments {
        /// Parameters.
        pub parameters: Vec<Parameter>,
    }

    /// A parameter, declared or passed.
    pub struct Parameter {
        /// Its name: letters, digits, `-` and `_`.
        pub name: String,
        /// What it is for.
        pub description: Option<String>,
        /// What it may be.
        #[serde(rename = "enum")]
        pub enumeration: Vec<String>,
        /// What it is unless something else is passed. The UI offers it for an output that a person supplies.
        pub default: Option<String>,
        /// What it is.
        pub value: Option<String>,
        /// Where it comes from.
        pub value_from: Option<ValueFrom>,
        /// Its name in the workflow's outputs.
        pub global_name: Option<String>,
    }

    /// Where a parameter comes from.
    pub struct ValueFrom {
        /// A file of the main container.
        pub path: Option<String>,
        /// A parameter of a step.
        pub parameter: Option<String>,
        /// An expression.
        pub expression: Option<String>,
        /// Whoever resumes a suspended node.
        pub supplied: Option<SuppliedValueFrom>,
        /// What it is if the source is missing. Output parameters of a step that may be skipped need it.
        pub default: Option<String>,
    }

    /// Written as `{}`.
    pub struct SuppliedValueFrom {}

    /// A file, declared or passed.
    pub struct Artifact {
        /// Its name.
        pub name: String,
        /// Where it is in the container.
        pub path: Option<String>,
        /// Whether it may be missing.
        pub optional: Option<bool>,
        /// How it is packed.
        pub archive: Option<ArchiveStrategy>,
    }

    /// How an artifact is packed: one of these.
    pub struct ArchiveStrategy {
        /// Not at all.
        pub none: Option<NoneStrategy>,
    }

    /// Written as `{}`.
    pub struct NoneStrategy {}

    /// A step.
    pub struct WorkflowStep {
        /// Its name.
        pub name: String,
        /// The template that it runs, of the same workflow.
        pub template: Option<String>,
        /// The template that it runs, of a `WorkflowTemplate`.
        pub template_ref: Option<TemplateRef>,
        /// What it passes.
        pub arguments: Option<Arguments>,
        /// Whether it runs.
        pub when: Option<String>,
        /// Whether the workflow continues after its failure.
        pub continue_on: Option<ContinueOn>,
    }

    /// A template of a `WorkflowTemplate`.
    pub struct TemplateRef {
        /// Name of the `WorkflowTemplate`.
        pub name: String,
        /// Name of the template in it.
        pub template: String,
    }

    /// The results after which a workflow continues.
    pub struct ContinueOn {
        /// The step failed.
        pub failed: Option<bool>,
        /// The step could not be run.
        pub error: Option<bool>,
    }

    /// How often a template is tried again.
    pub struct RetryStrategy {
        /// How many times at most.
        pub limit: Option<IntOrString>,
        /// `Always`, `OnFailure`, `OnError` or `OnTransientError`.
        pub retry_policy: Option<String>,
        /// The wait between.
        pub backoff: Option<Backoff>,
    }

    /// The wait between tries.
    pub struct Backoff {
        /// The first wait.
        pub duration: Option<String>,
        /// How much longer each next one is.
        pub factor: Option<IntOrString>,
    }
}

/// Steps that run at a time; written as a list in a list.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ParallelSteps(pub Vec<WorkflowStep>);

impl From<WorkflowStep> for ParallelSteps {
    fn from(step: WorkflowStep) -> Self {
        Self(vec![step])
    }
}

/// The parameter `name` with `value`.
pub fn parameter(name: &str, value: &str) -> Parameter {
    Parameter { name: name.to_owned(), value: Some(value.to_owned()), ..Parameter::default() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn steps_are_lists_in_a_list() {
        let step = WorkflowStep { name: "a".into(), template: Some("t".into()), ..WorkflowStep::default() };
        let template = Template { name: "main".into(), steps: vec![step.into()], ..Template::default() };
        assert_eq!(
            serde_json::to_value(template).expect("serialisable"),
            json!({"name": "main", "steps": [[{"name": "a", "template": "t"}]]})
        );
    }

    #[test]
    fn a_script_is_a_container_with_a_source() {
        let container = Container { image: Some("i".into()), ..Container::default() };
        let script = ScriptTemplate { container, source: "true\n".into() };
        assert_eq!(
            serde_json::to_value(script).expect("serialisable"),
            json!({"name": "", "image": "i", "source": "true\n"})
        );
    }

    #[test]
    fn empty_structs_are_written() {
        let value_from = ValueFrom { supplied: Some(SuppliedValueFrom {}), ..ValueFrom::default() };
        assert_eq!(serde_json::to_value(value_from).expect("serialisable"), json!({"supplied": {}}));
        let template =
            Template { name: "gate".into(), suspend: Some(SuspendTemplate::default()), ..Template::default() };
        assert_eq!(serde_json::to_value(template).expect("serialisable"), json!({"name": "gate", "suspend": {}}));
    }
}
