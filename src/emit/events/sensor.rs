//! The Sensor of a pipeline: a dependency with its filter, and a trigger, for each kind of event that starts it.

use super::{bus_name, pod};
use crate::kube::argo::events::{
    ArtifactLocation, Backoff, EventDependency, EventDependencyFilter, RateLimit, Sensor, SensorSpec,
    StandardK8STrigger, Trigger, TriggerParameter, TriggerParameterSource, TriggerTemplate,
};
use crate::kube::argo::workflows::{Arguments, Workflow, WorkflowSpec, WorkflowTemplateRef};
use crate::kube::{Object, meta};
use crate::model::{self, Hook, OnTag};
use crate::names;
use crate::plan::{Delivery, Plan};
use crate::providers::host;
use crate::providers::host::filter::{Filter, lua};
use crate::providers::host::push::Payload;
use crate::steps::call::{BRANCH, RunParameter, SHA, TAG};
use std::collections::BTreeMap;

/// The Sensor of a delivery that the git host can start.
pub fn sensor(plan: &Plan, delivery: &Delivery) -> Object {
    let project = &plan.resolved.project;
    let triggers: Vec<_> = delivery.on.told().collect();
    let is_only = triggers.len() == 1;
    Object::new(&Sensor {
        metadata: meta(&project.namespace, delivery.name),
        spec: SensorSpec {
            event_bus_name: Some(bus_name(plan)),
            template: Some(pod(names::SENSOR)),
            dependencies: triggers.iter().map(|on| dependency(plan, delivery, on)).collect(),
            triggers: triggers.iter().map(|on| trigger(plan, delivery, on, is_only)).collect(),
        },
    })
}

fn dependency(plan: &Plan, delivery: &Delivery, on: &model::Trigger) -> EventDependency {
    let project = &plan.resolved.project;
    let source = plan.resolved.apps[delivery.app].source.as_ref().expect("a delivered app has a source");
    let written = plan.written(&source.value);
    let described = host::described(plan, &source.value);
    let repository = match described.hook {
        Hook::Repository => None,
        Hook::Organization => Some(format!("{}/{}", source.value.owner, source.value.name)),
    };
    let filter = Filter { on, written: &written, author: &project.gitops.author_email, repository };
    EventDependency {
        name: on.word().to_owned(),
        event_source_name: names::event_source(project, described),
        event_name: described.hook_of(&source.value).1,
        filters: Some(EventDependencyFilter { script: Some(lua(host::get(described.choice), &filter)) }),
    }
}

/// The layout of the payloads that start a delivery.
fn payload(plan: &Plan, delivery: &Delivery) -> &'static Payload {
    let source = plan.resolved.apps[delivery.app].source.as_ref().expect("a delivered app has a source");
    host::of_repository(plan, &source.value).payload()
}

/// Where the value of an argument comes from.
enum From {
    /// A field of the payload: a pointer.
    Field(&'static str),
    /// A template over the payload.
    Template(String),
    /// It is always the same.
    Fixed(String),
}

/// The arguments of a run that such an event starts.
fn arguments(plan: &Plan, delivery: &Delivery, on: &model::Trigger) -> Vec<(RunParameter, From)> {
    let payload = payload(plan, delivery);
    let reference = Payload::path(payload.reference);
    let name = |folder: &str| From::Template(format!("{{{{ .Input.{reference} | trimPrefix \"{folder}\" }}}}"));
    let (commit, branch, tag) = match on {
        model::Trigger::Push(push) => {
            let branch =
                push.branch.exact().map_or_else(|| name("refs/heads/"), |branch| From::Fixed(branch.to_owned()));
            (payload.after, branch, None)
        }
        model::Trigger::Tag(OnTag { branch, .. }) => {
            (payload.tagged, From::Fixed(branch.clone()), Some(name("refs/tags/")))
        }
        model::Trigger::PullRequest(_) => (payload.pull.commit, From::Field(payload.pull.branch), None),
        model::Trigger::Schedule(_) => unreachable!("the git host does not tell of a point in time"),
    };
    let branch = delivery.on.branch().is_none().then_some((BRANCH, branch));
    let tag = tag.map(|tag| (TAG, tag));
    [(SHA, From::Field(commit))].into_iter().chain(branch).chain(tag).collect()
}

/// A template for the end of a Workflow's name, so that a webhook that the host sends twice creates no second one: the
/// commit, and where one commit may be delivered more than once, where it was pushed to as well.
fn suffix(payload: &Payload, on: &model::Trigger) -> String {
    let (reference, after) = match on {
        model::Trigger::PullRequest(_) => (payload.pull.branch, payload.pull.commit),
        model::Trigger::Push(_) | model::Trigger::Tag(_) | model::Trigger::Schedule(_) => {
            (payload.reference, payload.after)
        }
    };
    let (reference, after) = (Payload::path(reference), Payload::path(after));
    match on {
        model::Trigger::Push(push) if push.branch.exact().is_some() => format!("{{{{ .Input.{after} | trunc 12 }}}}"),
        model::Trigger::Push(_)
        | model::Trigger::Tag(_)
        | model::Trigger::Schedule(_)
        | model::Trigger::PullRequest(_) => {
            format!("{{{{ printf \"%s %s\" .Input.{reference} .Input.{after} | sha256sum | trunc 12 }}}}")
        }
    }
}

fn trigger(plan: &Plan, delivery: &Delivery, on: &model::Trigger, is_only: bool) -> Trigger {
    let project = &plan.resolved.project;
    let word = on.word();
    let parameter =
        |key: Option<String>, template: Option<String>, dest: &str, operation: Option<&str>| TriggerParameter {
            src: TriggerParameterSource {
                dependency_name: word.into(),
                data_key: key,
                data_template: template,
                ..TriggerParameterSource::default()
            },
            dest: dest.to_owned(),
            operation: operation.map(str::to_owned),
        };
    let mut declared = Vec::new();
    let mut parameters =
        vec![parameter(None, Some(suffix(payload(plan, delivery), on)), "metadata.name", Some("append"))];
    for (at, (argument, from)) in arguments(plan, delivery, on).into_iter().enumerate() {
        let dest = format!("spec.arguments.parameters.{at}.value");
        match from {
            From::Fixed(value) => {
                declared.push(argument.declared_as(&value));
                continue;
            }
            From::Field(pointer) => parameters.push(parameter(Some(Payload::path(pointer)), None, &dest, None)),
            From::Template(template) => parameters.push(parameter(None, Some(template), &dest, None)),
        }
        declared.push(argument.declared());
    }
    let workflow = Object::new(&Workflow {
        metadata: crate::kube::core::ObjectMeta {
            labels: Some(BTreeMap::from([(names::key("pipeline"), delivery.name.to_owned())])),
            ..meta(&project.namespace, &format!("{}-", delivery.name))
        },
        spec: WorkflowSpec {
            workflow_template_ref: Some(WorkflowTemplateRef { name: delivery.name.to_owned() }),
            arguments: Some(Arguments { parameters: declared }),
            ..WorkflowSpec::default()
        },
    });
    Trigger {
        template: TriggerTemplate {
            name: if is_only { delivery.name.to_owned() } else { format!("{}-{word}", delivery.name) },
            // Without conditions, a trigger waits for an event of every dependency.
            conditions: (!is_only).then(|| word.to_owned()),
            k8s: Some(StandardK8STrigger {
                operation: Some("create".into()),
                source: Some(ArtifactLocation { resource: Some(workflow) }),
                parameters,
            }),
        },
        retry_strategy: Some(Backoff {
            steps: Some(3),
            duration: Some("5s".into()),
            factor: Some(2),
            jitter: Some(0.2),
        }),
        rate_limit: Some(RateLimit { unit: Some("Minute".into()), requests_per_unit: Some(30) }),
        at_least_once: Some(true),
    }
}
