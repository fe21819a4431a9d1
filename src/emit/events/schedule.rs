//! The CronWorkflow of a pipeline that runs by the clock. It has no event and no payload: the run itself finds the head of
//! the branch. The calendar EventSource would need a Sensor as well, and an event that the bus holds while it restarts
//! would come late.

use crate::kube::argo::workflows::{Arguments, CronWorkflow, CronWorkflowSpec, WorkflowSpec, WorkflowTemplateRef};
use crate::kube::{Object, meta};
use crate::model::OnSchedule;
use crate::names;
use crate::plan::{Delivery, Plan};
use crate::steps::call::{BRANCH, SHA};
use std::collections::BTreeMap;

/// How late a run may start, in seconds: as long as a controller may take to come back.
const LATEST: i64 = 600;

/// The CronWorkflow of a delivery.
pub fn schedule(plan: &Plan, delivery: &Delivery, on: &OnSchedule) -> Object {
    let mut metadata = meta(&plan.resolved.project.namespace, delivery.name);
    metadata.labels = Some(BTreeMap::from([(names::key("pipeline"), delivery.name.to_owned())]));
    let branch = delivery.on.branch().is_none().then(|| BRANCH.declared_as(&on.branch));
    Object::new(&CronWorkflow {
        metadata,
        spec: CronWorkflowSpec {
            schedules: vec![on.cron.clone()],
            timezone: Some(on.timezone.clone()),
            // A run that still lasts, or waits for a lock, delivers the same branch.
            concurrency_policy: Some("Forbid".into()),
            starting_deadline_seconds: Some(LATEST),
            successful_jobs_history_limit: Some(1),
            failed_jobs_history_limit: Some(3),
            workflow_spec: WorkflowSpec {
                workflow_template_ref: Some(WorkflowTemplateRef { name: delivery.name.to_owned() }),
                arguments: Some(Arguments { parameters: [SHA.declared_as("")].into_iter().chain(branch).collect() }),
                ..WorkflowSpec::default()
            },
        },
    })
}
