//! The generated steps: templates that run a script of ours, and calls of templates.

use super::pods::{self, STEP_USER, container_security, pod_security, variable};
use super::scripts::Script;
use crate::kube::argo::workflows::{
    Arguments, Backoff, Inputs, Outputs, ParallelSteps, Parameter, RetryStrategy, ScriptTemplate, Template,
    TemplateRef, ValueFrom, WorkflowStep, parameter,
};
use crate::kube::core::{Container, EmptyDirVolumeSource, EnvVar, IntOrString, Volume, VolumeMount};

/// Where scripts leave their outputs.
pub const OUT: &str = "/out";

/// The version of a run, from the workflow's creation and uid: the exit handler finds the same without any output.
pub const VERSION: &str = "v{{workflow.creationTimestamp.Y}}{{workflow.creationTimestamp.m}}{{workflow.creationTimestamp.d}}{{workflow.creationTimestamp.H}}{{workflow.creationTimestamp.M}}{{workflow.creationTimestamp.S}}-{{=workflow.uid[0:6]}}";

/// A reference to an input of the template that it stands in.
pub fn input(name: &str) -> String {
    format!("{{{{inputs.parameters.{name}}}}}")
}

/// A reference to an output of an earlier step of the template that it stands in.
pub fn output(step: &str, name: &str) -> String {
    format!("{{{{steps.{step}.outputs.parameters.{name}}}}}")
}

/// A declared input.
pub fn declared(name: &str) -> Parameter {
    Parameter { name: name.to_owned(), ..Parameter::default() }
}

/// A template that runs a script. `env` names the script's variables.
pub fn script(script: Script, image: &str, env: Vec<EnvVar>) -> Template {
    let outputs: Vec<_> = script
        .outputs()
        .iter()
        .map(|output| Parameter {
            name: output.name.to_owned(),
            value_from: Some(ValueFrom {
                path: Some(format!("{OUT}/{}", output.name)),
                // A step that is skipped has outputs as well: without a default the next one could not be read.
                default: Some(output.default.to_owned()),
                ..ValueFrom::default()
            }),
            ..Parameter::default()
        })
        .collect();
    let mut volumes = vec![empty_dir("tmp")];
    let mut volume_mounts = vec![mount("tmp", "/tmp")];
    if !outputs.is_empty() {
        volumes.push(empty_dir("out"));
        volume_mounts.push(mount("out", OUT));
    }
    Template {
        name: script.template().to_owned(),
        outputs: (!outputs.is_empty()).then(|| Outputs { parameters: outputs, ..Outputs::default() }),
        security_context: Some(pod_security(STEP_USER)),
        volumes,
        script: Some(ScriptTemplate {
            container: Container {
                image: Some(image.to_owned()),
                command: Some(vec!["sh".into()]),
                env: Some(env),
                volume_mounts: Some(volume_mounts),
                resources: Some(pods::step_resources(("20m", "500m"), ("64Mi", "256Mi"))),
                security_context: Some(container_security(true)),
                ..Container::default()
            },
            source: script.source(),
        }),
        ..Template::default()
    }
}

/// Adds inputs to a template: each is given to the script under a name of its own.
pub fn with_inputs(mut template: Template, inputs: Vec<Parameter>) -> Template {
    template.inputs = Some(Inputs { parameters: inputs, ..Inputs::default() });
    template
}

/// A variable that an input fills.
pub fn from_input(name: &str, parameter: &str) -> EnvVar {
    variable(name, input(parameter))
}

/// A volume that is empty, and gone with its pod.
pub fn empty_dir(name: &str) -> Volume {
    Volume { name: name.to_owned(), empty_dir: Some(EmptyDirVolumeSource::default()), ..Volume::default() }
}

/// Where a volume is seen.
pub fn mount(name: &str, path: &str) -> VolumeMount {
    VolumeMount { name: name.to_owned(), mount_path: path.to_owned(), ..VolumeMount::default() }
}

/// Tries again what failed through no fault of the step: an evicted pod, a node that went away.
pub fn retry_on_error(limit: u32) -> RetryStrategy {
    RetryStrategy {
        limit: Some(IntOrString::String(limit.to_string())),
        retry_policy: Some("OnError".into()),
        backoff: Some(Backoff {
            duration: Some("10s".into()),
            factor: Some(IntOrString::String("2".into())),
            ..Backoff::default()
        }),
        ..RetryStrategy::default()
    }
}

/// A call of a template.
pub struct Call(WorkflowStep);

impl Call {
    /// A template of the same WorkflowTemplate.
    pub fn local(name: &str, template: &str) -> Self {
        Self(WorkflowStep { name: name.to_owned(), template: Some(template.to_owned()), ..WorkflowStep::default() })
    }

    /// A template that all pipelines share.
    pub fn shared(name: &str, script: Script) -> Self {
        let template = script.template().to_owned();
        let template_ref = Some(TemplateRef { name: crate::names::SHARED.to_owned(), template });
        Self(WorkflowStep { name: name.to_owned(), template_ref, ..WorkflowStep::default() })
    }

    /// With an argument.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let arguments = self.0.arguments.get_or_insert_with(Arguments::default);
        arguments.parameters.push(parameter(name, &value.into()));
        self
    }

    /// Only when the expression holds.
    pub fn when(mut self, expression: Option<&str>) -> Self {
        self.0.when = expression.map(str::to_owned);
        self
    }

    /// Whatever comes of it, the next step runs.
    pub fn whatever_comes(mut self) -> Self {
        self.0.continue_on = Some(crate::kube::argo::workflows::ContinueOn { failed: Some(true), error: Some(true) });
        self
    }

    /// The name of the step.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The name of the step, which must be another one.
    pub fn rename(&mut self, name: String) {
        self.0.name = name;
    }

    fn step(self) -> WorkflowStep {
        self.0
    }
}

/// Calls that run one after the other, or side by side where several share a place. A name that a second call has gets a
/// number.
#[derive(Default)]
pub struct Sequence {
    steps: Vec<ParallelSteps>,
    names: std::collections::BTreeSet<String>,
}

impl Sequence {
    /// Adds a call; gives back the name of its step.
    pub fn then(&mut self, call: Call) -> String {
        self.together(vec![call]).remove(0)
    }

    /// Adds calls that run side by side; gives back the names of their steps.
    pub fn together(&mut self, mut calls: Vec<Call>) -> Vec<String> {
        for call in &mut calls {
            let wanted = call.name().to_owned();
            let mut name = wanted.clone();
            let mut number = 2;
            while !self.names.insert(name.clone()) {
                name = format!("{wanted}-{number}");
                number += 1;
            }
            call.rename(name);
        }
        let names = calls.iter().map(|call| call.name().to_owned()).collect();
        self.steps.push(ParallelSteps(calls.into_iter().map(Call::step).collect()));
        names
    }

    /// The steps of a template.
    pub fn into_steps(self) -> Vec<ParallelSteps> {
        self.steps
    }
}
