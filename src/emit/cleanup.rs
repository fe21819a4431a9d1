//! `cleanup` stages: tasks that run in their place, and in the exit handler if they have not succeeded before.
//!
//! The exit handler of a workflow sees no outputs of its steps, only those with a global name. So the task in its place is
//! in a template of its own, whose output says that it has succeeded. Whether the environment is open, and with what
//! images, is read in git: that is right even if the pod that opened it was lost.

use super::delivery::{Emitter, Known};
use crate::kube::argo::workflows::{Outputs, Parameter, Template, ValueFrom};
use crate::model::TaskKind;
use crate::plan::{Step, Task};
use crate::steps::call::{Call, Sequence, VERSION, declared, input, with_inputs};
use crate::steps::gitops;
use crate::steps::look::{LOOK, OPENED, RUNNING, SALT};

/// The output of a cleanup that has succeeded.
const CLEANED: &str = "cleaned";

impl<'a> Emitter<'a> {
    /// A cleanup in its place: a template that runs the task and says so.
    pub fn cleanup(&mut self, task: &Task<'a>, known: &Known) -> Call {
        let call = self.task(task, known);
        let (name, given) = (call.name().to_owned(), call.parameters());
        let number = self.templates.iter().filter(|template| template.name.starts_with(&outer(""))).count() + 1;
        let outer = outer(&number.to_string());
        let mut sequence = Sequence::default();
        let inner = given.iter().fold(Call::local(&name, call.template()), |call, (parameter, _)| {
            call.with_parameter(parameter, input(parameter))
        });
        sequence.then(inner);
        let succeeded = Parameter {
            name: CLEANED.to_owned(),
            value_from: Some(ValueFrom {
                parameter: Some(format!("{{{{steps.{name}.status}}}}")),
                ..ValueFrom::default()
            }),
            global_name: Some(global(number)),
            ..Parameter::default()
        };
        let template = Template {
            name: outer.clone(),
            steps: sequence.into_steps(),
            outputs: Some(Outputs { parameters: vec![succeeded], ..Outputs::default() }),
            ..Template::default()
        };
        let inputs = given.iter().map(|(parameter, _)| declared(parameter)).collect();
        self.templates.push(with_inputs(template, inputs));
        given
            .into_iter()
            .fold(Call::local(&outer, &outer), |call, (parameter, value)| call.with_parameter(&parameter, value))
    }

    fn cleanups(&self) -> Vec<Task<'a>> {
        let tasks = self.delivery.steps.iter().filter_map(|step| match step {
            Step::Task(task) if task.kind == TaskKind::Cleanup => Some(task.clone()),
            Step::Build
            | Step::Open(_)
            | Step::Wait(_)
            | Step::Task(_)
            | Step::Approve(_)
            | Step::Close { .. }
            | Step::CriticalSection(_) => None,
        });
        tasks.collect()
    }

    /// What the exit handler does before the environment is closed: a look at the environment, and the tasks one after
    /// the other. Whatever happens in them, the environment is closed.
    pub fn clean_up(&mut self, environment: &str, unfinished: &str, sequence: &mut Sequence) {
        let all = self.cleanups().into_iter().zip(1..);
        let tasks: Vec<_> = all.filter(|(task, _)| task.environment == environment).collect();
        if tasks.is_empty() {
            return;
        }
        let look = sequence.then(
            Call::shared(&LOOK.step_for(environment), &LOOK)
                .with(gitops::VERSION, VERSION)
                .with(gitops::ENVIRONMENT, environment)
                .when(unfinished)
                .whatever_comes(),
        );
        let known = Known {
            version: VERSION.to_owned(),
            namespace: VERSION.to_owned(),
            salt: SALT.of(&look),
            images: RUNNING.value(&look),
        };
        for (task, number) in tasks {
            let has_not = format!("(workflow.outputs?.parameters?.{} ?? '') != 'Succeeded'", global(number));
            let call = self.task(&task, &known);
            sequence.then(call.when(&format!("{} && {has_not}", OPENED.differs_if_left(&look))).whatever_comes());
        }
    }
}

/// The template of a cleanup in its place. No other kind of template begins so.
fn outer(number: &str) -> String {
    format!("{CLEANED}-{number}")
}

/// The name by which the whole run knows that a cleanup has succeeded. Expressions take no `-` in it.
fn global(number: usize) -> String {
    format!("{CLEANED}_{number}")
}
