//! Calls of templates, and references between them.

use super::{Contract, Input};
use crate::kube::argo::workflows::{
    Arguments, ContinueOn, Inputs, ParallelSteps, Parameter, Template, TemplateRef, WorkflowStep, parameter,
};
use std::collections::BTreeSet;

/// The version of a run, from the workflow's creation and uid: the exit handler computes the same one without any
/// output.
pub const VERSION: &str = "v{{workflow.creationTimestamp.Y}}{{workflow.creationTimestamp.m}}{{workflow.creationTimestamp.d}}{{workflow.creationTimestamp.H}}{{workflow.creationTimestamp.M}}{{workflow.creationTimestamp.S}}-{{=workflow.uid[0:6]}}";

/// The parameter of a run with its commit. `restart/step.sh` uses the name, too.
pub const SHA: RunParameter = RunParameter { name: "sha", default: "0000000000000000000000000000000000000000" };
/// The parameter of a run that forces the delivery of a revision that is already deployed.
pub const FORCE: RunParameter = RunParameter { name: "force", default: "false" };

/// The parameter of a run with its branch, where that differs from run to run.
pub const BRANCH: RunParameter = RunParameter { name: "branch", default: "" };
/// The parameter of a run with its tag, where it may have one.
pub const TAG: RunParameter = RunParameter { name: "tag", default: "" };

/// A parameter of a whole run.
#[derive(Debug, Clone, Copy)]
pub struct RunParameter {
    name: &'static str,
    default: &'static str,
}

impl RunParameter {
    /// Its declaration, with its default.
    pub fn declared(self) -> Parameter {
        parameter(self.name, self.default)
    }

    /// Its declaration, with another default.
    pub fn declared_as(self, default: &str) -> Parameter {
        parameter(self.name, default)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// A reference to it.
    pub fn of_run(self) -> String {
        format!("{{{{workflow.parameters.{}}}}}", self.name)
    }
}

/// The first characters of what is referred to.
pub fn start_of(reference: &str, length: usize) -> String {
    let path = reference.trim_start_matches("{{").trim_end_matches("}}");
    let path = match path.strip_prefix("steps.").and_then(|rest| rest.split_once('.')) {
        Some((step, rest)) => format!("steps['{step}'].{rest}"),
        None => path.to_owned(),
    };
    format!("{{{{={path}[0:{length}]}}}}")
}

/// A reference to an input of the same template.
pub fn input(name: &str) -> String {
    format!("{{{{inputs.parameters.{name}}}}}")
}

/// A reference to an output of an earlier step of the same template.
pub fn output(step: &str, name: &str) -> String {
    format!("{{{{steps.{step}.outputs.parameters.{name}}}}}")
}

/// A declared input.
pub fn declared(name: &str) -> Parameter {
    Parameter { name: name.to_owned(), ..Parameter::default() }
}

/// Adds inputs to a template.
pub fn with_inputs(mut template: Template, inputs: Vec<Parameter>) -> Template {
    template.inputs = Some(Inputs { parameters: inputs });
    template
}

/// A call of a template.
pub struct Call(WorkflowStep);

impl Call {
    /// A template of the same WorkflowTemplate.
    pub fn local(name: &str, template: &str) -> Self {
        Self(WorkflowStep { name: name.to_owned(), template: Some(template.to_owned()), ..WorkflowStep::default() })
    }

    /// A step that all pipelines share.
    pub fn shared(name: &str, contract: &Contract) -> Self {
        let template = contract.template.to_owned();
        let template_ref = Some(TemplateRef { name: crate::names::SHARED.to_owned(), template });
        Self(WorkflowStep { name: name.to_owned(), template_ref, ..WorkflowStep::default() })
    }

    /// With an input of a shared step.
    pub fn with(self, input: Input, value: impl Into<String>) -> Self {
        self.with_parameter(input.argument(), value)
    }

    /// With an argument of that name.
    pub fn with_parameter(mut self, name: &str, value: impl Into<String>) -> Self {
        let arguments = self.0.arguments.get_or_insert_with(Arguments::default);
        arguments.parameters.push(parameter(name, &value.into()));
        self
    }

    /// Only if an expression is true.
    pub fn when(mut self, expression: &str) -> Self {
        self.0.when = Some(format!("{{{{={expression}}}}}"));
        self
    }

    /// The next step runs even if this one fails.
    pub fn whatever_comes(mut self) -> Self {
        self.0.continue_on = Some(ContinueOn { failed: Some(true), error: Some(true) });
        self
    }

    /// The name of the step.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The template of the same WorkflowTemplate that it calls; empty if it calls another one.
    pub fn template(&self) -> &str {
        self.0.template.as_deref().unwrap_or_default()
    }

    /// Its arguments, with their values.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let parameters = self.0.arguments.iter().flat_map(|arguments| &arguments.parameters);
        parameters.map(|parameter| (parameter.name.clone(), parameter.value.clone().unwrap_or_default())).collect()
    }

    /// Renames the step.
    pub fn rename(&mut self, name: String) {
        self.0.name = name;
    }

    fn step(self) -> WorkflowStep {
        self.0
    }
}

/// Groups of calls: the groups run one after the other, the calls of a group in parallel. A name that is already taken
/// gets a number.
#[derive(Default)]
pub struct Sequence {
    steps: Vec<ParallelSteps>,
    names: BTreeSet<String>,
}

impl Sequence {
    /// Adds a call, and returns the name of its step.
    pub fn then(&mut self, call: Call) -> String {
        self.together(vec![call]).remove(0)
    }

    /// Adds calls that run in parallel, and returns the names of their steps.
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
