//! `workflows/janitor.yaml`: deletes or rolls back, every five minutes, what ended runs have left behind.

use super::{Tree, shared};
use crate::files::Folder;
use crate::kube::argo::workflows::{CronWorkflow, CronWorkflowSpec, WorkflowSpec};
use crate::kube::{Object, meta};
use crate::names;
use crate::plan::Plan;
use crate::steps::janitor::{DEADLINE, JANITOR};

/// Emits the CronWorkflow.
pub fn emit(plan: &Plan, tree: &mut Tree) {
    let resolved = plan.resolved;
    let janitor = CronWorkflow {
        metadata: meta(&resolved.project.namespace, names::JANITOR),
        spec: CronWorkflowSpec {
            schedules: vec!["*/5 * * * *".into()],
            concurrency_policy: Some("Forbid".into()),
            starting_deadline_seconds: Some(60),
            successful_jobs_history_limit: Some(1),
            failed_jobs_history_limit: Some(3),
            workflow_spec: WorkflowSpec {
                entrypoint: Some(JANITOR.template.into()),
                service_account_name: Some(names::JANITOR.into()),
                active_deadline_seconds: Some(DEADLINE.into()),
                templates: vec![shared::step(plan, &JANITOR)],
                ..WorkflowSpec::default()
            },
            ..CronWorkflowSpec::default()
        },
    };
    tree.objects(&Folder::Workflows.file("janitor.yaml"), &[Object::new(&janitor)]);
}
