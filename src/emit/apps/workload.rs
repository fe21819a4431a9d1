//! The workload of a service: a Deployment, a Rollout or a StatefulSet.

use super::{Emitter, selector};
use crate::emit::analyses;
use crate::kube::Object;
use crate::kube::argo::rollouts::{
    CanaryStep, CanaryStrategy, Pause, RollbackWindow, Rollout, RolloutSpec, RolloutStrategy,
};
use crate::kube::core::{Deployment, DeploymentSpec, IntOrString, LabelSelector, PodTemplateSpec};
use crate::model::{Canary, CanaryStep as Step, Service};
use crate::names;
use crate::plan::START_GRACE;
use crate::providers::router;

impl Emitter<'_> {
    pub(super) fn workload_kind(&self, service: &Service) -> &'static str {
        match self.canary {
            Some(_) => "Rollout",
            None if service.is_stateful() => "StatefulSet",
            None => "Deployment",
        }
    }

    pub(super) fn workload(&self, service: &Service, template: PodTemplateSpec) -> Object {
        let metadata = self.meta(service, &service.name.value);
        let selector = LabelSelector { match_labels: Some(selector(service)), ..LabelSelector::default() };
        // Neither a slow database nor a slow start must make a service Degraded before the pipeline's wait times out.
        // A wait that is long because people decide says nothing of how long pods take.
        let asks = self.plan.canary(self.environment, &self.app.name.value).is_some_and(Canary::asks);
        let patience =
            if asks { self.plan.implied_wait(self.environment) } else { self.plan.patience(self.environment) };
        let patience = patience.max(service.start() + START_GRACE);
        let patience = i32::try_from(patience).unwrap_or(i32::MAX);
        // With an HPA, only the HPA sets the number of replicas.
        let replicas = i32::try_from(service.replicas.0).unwrap_or(i32::MAX);
        let scaled = service.replicas.0 != service.replicas.1 && !self.is_ephemeral();
        let replicas = (!scaled).then_some(replicas);
        match self.canary {
            Some(canary) => Object::new(&Rollout {
                metadata,
                spec: RolloutSpec {
                    replicas,
                    // A rollback within three revisions skips the steps, and needs their ReplicaSets.
                    revision_history_limit: Some(5),
                    rollback_window: Some(RollbackWindow { revisions: 3 }),
                    progress_deadline_seconds: Some(patience),
                    selector,
                    strategy: RolloutStrategy {
                        canary: Some(self.strategy(service, canary)),
                        ..RolloutStrategy::default()
                    },
                    template,
                },
            }),
            None if service.is_stateful() => self.stateful_set(service, metadata, replicas, template),
            None => Object::new(&Deployment {
                metadata,
                spec: Some(DeploymentSpec {
                    replicas,
                    revision_history_limit: Some(5),
                    progress_deadline_seconds: Some(patience),
                    selector,
                    template,
                    ..DeploymentSpec::default()
                }),
                status: None,
            }),
        }
    }

    pub(super) fn strategy(&self, service: &Service, canary: &Canary) -> CanaryStrategy {
        let name = &service.name.value;
        let router = service.route.as_ref().map(|route| router::get(route.via));
        let steps = canary
            .steps
            .iter()
            .map(|step| match step.value {
                Step::Weight(weight) => CanaryStep::SetWeight(i32::from(weight)),
                // Without a duration, it lasts until somebody promotes the Rollout.
                Step::Approve => CanaryStep::Pause(Pause::default()),
                Step::Pause(seconds) => {
                    CanaryStep::Pause(Pause { duration: Some(IntOrString::String(format!("{seconds}s"))) })
                }
            })
            .chain(analyses::after_the_steps(self.plan, self.app, service, canary).map(CanaryStep::Analysis))
            .collect();
        CanaryStrategy {
            // Without a router, callers use a single Service, which must select the pods of both versions: a weight is
            // then a share of the pods.
            stable_service: router.and_then(|router| router.stable_service(name)),
            canary_service: service.is_reachable().then(|| names::canary_service(name)),
            traffic_routing: router.map(|router| router.traffic(name)),
            steps,
            analysis: analyses::beside_the_steps(self.plan, self.app, service, canary),
        }
    }
}
