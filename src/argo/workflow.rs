//! The controller of Argo Workflows: it resolves, skips and ends the steps of a WorkflowTemplate.

use super::expression::{Variables, replace, replace_all, says_yes};
use super::{Error, list, text};
use serde_json::Value;

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
    /// Its condition was not met.
    Skipped,
}

impl Phase {
    /// As the controller writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
        }
    }
}

/// How a pod ended, and the output parameters that it left.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Succeeded or failed.
    pub phase: Phase,
    /// The parameters by name; a missing one has its default. A lost pod has none.
    pub outputs: Option<Variables>,
}

/// How a suspended step continues (argo-workflows, `workflow/util/util.go`, `updateSuspendedNode` and `ResumeWorkflow`;
/// `workflow/controller/operator.go`, `executeSuspend`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// Somebody supplies outputs, and resumes it.
    Supplied(Variables),
    /// Its time is up, or somebody resumes the whole run: the outputs have their defaults.
    Unanswered,
    /// Somebody resumes only this step, without outputs: it has none.
    Resumed,
    /// Somebody stops it.
    Stopped,
}

/// What runs the pods of a workflow, and answers its questions.
pub trait Pods {
    /// Called for each template that a step calls, with its inputs.
    fn called(&mut self, _step: &str, _inputs: &Variables) {}

    /// Runs the pod of a step, whose template has all its inputs filled in.
    ///
    /// # Errors
    /// If it is impossible to determine how the pod would end.
    fn run(&mut self, step: &str, template: &Value) -> Result<Ended, Error>;

    /// How a suspended step continues.
    ///
    /// # Errors
    /// If it never does.
    fn answered(&mut self, step: &str, template: &Value) -> Result<Answered, Error>;
}

/// A submitted workflow.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// The name of its WorkflowTemplate.
    pub template: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// When it was created, in the controller's time: year, month, day, hour, minute and second as they are written.
    pub created: [String; 6],
    /// The arguments that differ from the template's.
    pub arguments: Variables,
}

/// A workflow that has ended.
#[derive(Debug, Clone)]
pub struct Run {
    /// How it ended.
    pub phase: Phase,
    /// The steps that were reached, in the order in which they ended.
    pub steps: Vec<(String, Phase)>,
    /// The steps of the exit handler.
    pub finish: Vec<(String, Phase)>,
    /// All arguments, in the order of the template.
    pub arguments: Vec<(String, String)>,
}

/// Runs a workflow to its end. `templates` finds a WorkflowTemplate by its name.
///
/// # Errors
/// If the controller would wait forever, or would reject the workflow.
pub fn run<'a>(
    templates: &dyn Fn(&str) -> Option<&'a Value>,
    submitted: &Submitted,
    pods: &mut dyn Pods,
) -> Result<Run, Error> {
    let owner = &submitted.template;
    let spec = &templates(owner).ok_or_else(|| Error(format!("there is no WorkflowTemplate {owner}")))?["spec"];
    let mut globals = Variables::new();
    let mut set = |name: &str, value: &str| globals.insert(format!("workflow.{name}"), value.to_owned());
    set("name", &submitted.name);
    set("uid", &submitted.uid);
    for (field, value) in ["Y", "m", "d", "H", "M", "S"].iter().zip(&submitted.created) {
        set(&format!("creationTimestamp.{field}"), value);
    }
    let mut arguments = Vec::new();
    for parameter in list(&spec["arguments"]["parameters"]) {
        let name = text(&parameter["name"]);
        let value = submitted.arguments.get(name).map_or_else(|| text(&parameter["value"]), String::as_str);
        set(&format!("parameters.{name}"), value);
        arguments.push((name.to_owned(), value.to_owned()));
    }
    let mut controller = Controller { templates, globals, pods, steps: Vec::new() };
    let mut phase = controller.template(owner, text(&spec["entrypoint"]), Variables::new(), "main")?.phase;
    let steps = std::mem::take(&mut controller.steps);
    if let Some(handler) = spec["onExit"].as_str() {
        controller.globals.insert("workflow.status".into(), phase.word().into());
        if controller.template(owner, handler, Variables::new(), "finish")?.phase == Phase::Failed {
            phase = Phase::Failed;
        }
    }
    Ok(Run { phase, steps, finish: controller.steps, arguments })
}

struct Controller<'r, 'a> {
    templates: &'r dyn Fn(&str) -> Option<&'a Value>,
    globals: Variables,
    pods: &'r mut dyn Pods,
    steps: Vec<(String, Phase)>,
}

impl<'a> Controller<'_, 'a> {
    fn definition(&self, workflow: &str, name: &str) -> Result<&'a Value, Error> {
        let templates = (self.templates)(workflow).map(|owner| &owner["spec"]["templates"]);
        let found = templates.and_then(|templates| list(templates).find(|template| template["name"] == name));
        found.ok_or_else(|| Error(format!("there is no template {name} in {workflow}")))
    }

    fn template(&mut self, workflow: &str, name: &str, mut arguments: Variables, step: &str) -> Result<Ended, Error> {
        let definition = self.definition(workflow, name)?;
        self.pods.called(step, &arguments);
        let mut scope = self.globals.clone();
        for input in list(&definition["inputs"]["parameters"]) {
            let input_name = text(&input["name"]);
            let given = arguments.remove(input_name).or_else(|| given_by(input));
            let value = given.ok_or_else(|| Error(format!("{step}: {name} is not given its input {input_name}")))?;
            scope.insert(format!("inputs.parameters.{input_name}"), value);
        }
        if let Some(more) = arguments.keys().next() {
            return Err(Error(format!("{step}: {name} has no input {more}")));
        }
        scope.insert("steps.name".into(), step.to_owned());
        let processed = replace_all(definition, &scope, &[])?;
        if processed.get("steps").is_some() {
            return self.steps(workflow, &processed);
        }
        if let Some(left) = ["{{inputs", "{{steps"].iter().find(|tag| processed.to_string().contains(**tag)) {
            return Err(Error(format!("{step}: a pod with `{left}` in it would never start")));
        }
        if processed.get("suspend").is_some() {
            let answer = self.pods.answered(step, &processed)?;
            return suspended(definition, answer);
        }
        let mut ended = self.pods.run(step, &processed)?;
        if let Some(outputs) = &mut ended.outputs {
            for (output, default) in defaults(definition)? {
                outputs.entry(output).or_insert(default);
            }
        }
        Ok(ended)
    }

    /// The steps of a template; their combined outputs are known only if all succeeded.
    fn steps(&mut self, workflow: &str, template: &Value) -> Result<Ended, Error> {
        let mut scope = self.globals.clone();
        for group in list(&template["steps"]) {
            let mut failed = false;
            for step in resolve(group, &scope)? {
                let name = text(&step["name"]).to_owned();
                let reference = &step["templateRef"];
                let (owner, called) = match reference["name"].as_str() {
                    Some(owner) => (owner, text(&reference["template"])),
                    None => (workflow, text(&step["template"])),
                };
                let (phase, outputs) = if skips(&step)? {
                    (Phase::Skipped, Some(defaults(self.definition(owner, called)?)?))
                } else {
                    let arguments = list(&step["arguments"]["parameters"])
                        .map(|argument| (text(&argument["name"]).to_owned(), text(&argument["value"]).to_owned()));
                    let ended = self.template(owner, called, arguments.collect(), &name)?;
                    (ended.phase, ended.outputs)
                };
                scope.insert(format!("steps.{name}.status"), phase.word().into());
                self.steps.push((name.clone(), phase));
                for (output, value) in outputs.into_iter().flatten() {
                    scope.insert(format!("steps.{name}.outputs.parameters.{output}"), value);
                }
                failed |= phase == Phase::Failed && step["continueOn"]["failed"] != true;
            }
            if failed {
                return Ok(Ended { phase: Phase::Failed, outputs: None });
            }
        }
        let mut outputs = Variables::new();
        for output in list(&template["outputs"]["parameters"]) {
            let (name, from) = (text(&output["name"]), &output["valueFrom"]);
            let value = match (from["expression"].as_str(), from["parameter"].as_str()) {
                (Some(expression), _) => replace(&format!("{{{{={expression}}}}}"), &scope, &["steps"])?,
                (None, Some(reference)) => replace(reference, &scope, &["steps"])?,
                (None, None) => return Err(Error(format!("the output {name} comes from nowhere"))),
            };
            if let Some(global) = output["globalName"].as_str() {
                self.globals.insert(format!("workflow.outputs.parameters.{global}"), value.clone());
            }
            outputs.insert(name.to_owned(), value);
        }
        Ok(Ended { phase: Phase::Succeeded, outputs: Some(outputs) })
    }
}

/// What an input is if nothing is passed.
fn given_by(input: &Value) -> Option<String> {
    input["value"].as_str().or(input["default"].as_str()).map(str::to_owned)
}

/// A group of steps with the outputs of earlier steps. A missing name makes the controller retry forever.
fn resolve(group: &Value, scope: &Variables) -> Result<Vec<Value>, Error> {
    let hangs = |Error(missing)| Error(format!("the workflow hangs: {missing}"));
    let mut resolved = Vec::new();
    for step in list(group) {
        let mut step = step.clone();
        if let Some(when) = step["when"].as_str() {
            step["when"] = Value::String(replace(when, scope, &["steps"]).map_err(hangs)?);
        }
        // A skipped step may refer to a value that its condition has found missing.
        resolved.push(if skips(&step)? { step } else { replace_all(&step, scope, &["steps"]).map_err(hangs)? });
    }
    Ok(resolved)
}

fn skips(step: &Value) -> Result<bool, Error> {
    step["when"].as_str().map_or(Ok(false), |when| says_yes(when).map(|yes| !yes))
}

/// The end of a suspended step. Without an answer, it succeeds, too.
fn suspended(template: &Value, answer: Answered) -> Result<Ended, Error> {
    let outputs = match answer {
        Answered::Stopped => return Ok(Ended { phase: Phase::Failed, outputs: None }),
        Answered::Resumed => Variables::new(),
        Answered::Unanswered => defaults(template)?,
        Answered::Supplied(given) => {
            let mut outputs = defaults(template)?;
            for (name, value) in given {
                if outputs.insert(name.clone(), value).is_none() {
                    return Err(Error(format!("the step does not expect the output {name}")));
                }
            }
            outputs
        }
    };
    Ok(Ended { phase: Phase::Succeeded, outputs: Some(outputs) })
}

/// The outputs of a template whose pod has left nothing.
fn defaults(template: &Value) -> Result<Variables, Error> {
    let outputs = list(&template["outputs"]["parameters"]).map(|output| {
        let name = text(&output["name"]);
        match output["valueFrom"]["default"].as_str() {
            Some(default) => Ok((name.to_owned(), default.to_owned())),
            None => Err(Error(format!("the output {name} has no default"))),
        }
    });
    outputs.collect()
}
