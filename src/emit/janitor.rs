//! `workflows/janitor.yaml`: what runs that are no more have left behind is removed and put back every five minutes.

use super::pods::variable;
use super::scripts::Script;
use super::{Tree, environments, shared, steps};
use crate::kube::argo::workflows::{CronWorkflow, CronWorkflowSpec, Template, WorkflowSpec};
use crate::kube::core::IntOrString;
use crate::kube::{Object, meta};
use crate::names;
use crate::plan::Plan;

/// Seconds that a sweep may take: less than the time between two.
const DEADLINE: i32 = 240;

/// Emits the CronWorkflow.
pub fn emit(plan: &Plan, tree: &mut Tree) {
    let system = plan.system;
    let ephemeral: Vec<_> = system
        .environments
        .values()
        .filter(|environment| environment.is_ephemeral())
        .map(|environment| environment.name.value.as_str())
        .collect();
    let standing: Vec<_> = environments::standing(plan).collect();
    let sets: Vec<_> = system.environments.keys().flat_map(|name| names::application_sets(system, name)).collect();
    let mut env = shared::gitops_variables(plan);
    env.extend([
        variable("EPHEMERAL", ephemeral.join(" ")),
        variable("STANDING", standing.join(" ")),
        variable("PIPELINE_NAMESPACE", &system.project.namespace),
        variable("PROJECT", &system.project.name.value),
        variable("ARGOCD_NAMESPACE", &system.project.argocd_namespace),
        variable("APPLICATION_SETS", sets.join(" ")),
    ]);
    let sweep = Template {
        synchronization: Some(shared::lock(names::GITOPS_LOCK)),
        active_deadline_seconds: Some(IntOrString::Int(DEADLINE)),
        ..steps::script(Script::Janitor, &system.project.tools_image, env)
    };
    let janitor = CronWorkflow {
        metadata: meta(&system.project.namespace, names::JANITOR),
        spec: CronWorkflowSpec {
            schedules: vec!["*/5 * * * *".into()],
            concurrency_policy: Some("Forbid".into()),
            starting_deadline_seconds: Some(60),
            successful_jobs_history_limit: Some(1),
            failed_jobs_history_limit: Some(3),
            workflow_spec: WorkflowSpec {
                entrypoint: Some(Script::Janitor.template().into()),
                service_account_name: Some(names::JANITOR.into()),
                active_deadline_seconds: Some(DEADLINE.into()),
                templates: vec![sweep],
                ..WorkflowSpec::default()
            },
            ..CronWorkflowSpec::default()
        },
    };
    tree.objects("workflows/janitor.yaml", &[Object::new(&janitor)]);
}
