//! The tasks of a pipeline: a template for each, and the inputs that the run must pass to it.

use super::apps::required_secrets;
use super::delivery::{Emitter, Known};
use crate::kube::argo::workflows::{ArchiveStrategy, Artifact, NoneStrategy, Outputs, RetryStrategy, Template};
use crate::kube::core::{Container, EnvVar, IntOrString};
use crate::model::text::{ImageField, RunField};
use crate::model::{EnvValue, ImageId, Origin, SecretKey, Segment, Text};
use crate::names;
use crate::plan::{CriticalStep, Plan, Step, Task};
use crate::providers::{Requirement, Topic};
use crate::steps::call::{Call, declared, input, with_inputs};
use crate::steps::pods::{self, container_security, pod_security, secret_variable, variable};
use std::collections::BTreeSet;

/// The requirements of tasks: Secrets for those that run in a permanent environment, and a place for results.
pub fn requirements(plan: &Plan) -> Vec<Requirement> {
    let mut found = Vec::new();
    for delivery in &plan.deliveries {
        for task in delivery.steps.iter().flat_map(tasks_of) {
            let values = plan.resolved.apps[task.app].environments[task.environment].tasks[task.task].env.values();
            let namespace = &plan.resolved.project.namespace;
            let purpose = format!("task `{}` of `{}`", task.task, task.app);
            found.extend(required_secrets(plan, task.environment, namespace, values, &purpose));
        }
    }
    if plan.resolved.apps.values().flat_map(|app| app.tasks.values()).any(|task| task.junit.is_some()) {
        let text =
            "Argo Workflows must have a default artifact repository, where tasks store their JUnit results.".to_owned();
        found.push(Requirement::Cluster(Topic::Results, text));
    }
    found
}

/// The tasks that a step runs in a permanent environment.
fn tasks_of<'s, 'a>(step: &'s Step<'a>) -> impl Iterator<Item = &'s Task<'a>> {
    let inside: &[CriticalStep] = match step {
        Step::CriticalSection(section) => &section.steps,
        Step::Build | Step::Open(_) | Step::Wait(_) | Step::Task(_) | Step::Approve(_) | Step::Close { .. } => &[],
    };
    inside.iter().filter_map(|step| match step {
        CriticalStep::Task(task) => Some(task),
        CriticalStep::Promote | CriticalStep::Wait(_) => None,
    })
}

impl<'a> Emitter<'a> {
    /// The template of a task, and the call of it.
    pub fn task(&mut self, task: &Task<'a>, known: &Known) -> Call {
        let own = task.app == self.delivery.app;
        let what = if own { task.task.to_owned() } else { format!("{}-{}", task.app, task.task) };
        let step = format!("{}-{what}", task.kind.stage().row().step);
        let wanted = format!("{step}-in-{}", task.environment);
        // `b-smoke` of this app and `smoke` of an app `b` would otherwise have the same name.
        let mut name = wanted.clone();
        let mut number = 2;
        while self.tasks.get(&name).is_some_and(|known| known != task) {
            name = format!("{wanted}-{number}");
            number += 1;
        }
        let mut needed = Needed::default();
        let template = self.task_template(task, &name, &mut needed);
        if self.tasks.insert(name.clone(), task.clone()).is_none() {
            self.templates.push(template);
        }
        let mut call = Call::local(&format!("{step}-{}", task.environment), &name);
        for (parameter, value) in needed.arguments(known) {
            call = call.with_parameter(&parameter, value);
        }
        call
    }

    fn task_template(&self, task: &Task, name: &str, needed: &mut Needed) -> Template {
        let resolved = self.plan.resolved;
        let declared_task = &resolved.apps[task.app].tasks[task.task];
        let in_environment = &resolved.apps[task.app].environments[task.environment].tasks[task.task];
        let image = resolved.image(&declared_task.image);
        let reference = match &image.origin {
            Origin::Built(_) | Origin::FromCi(_) => input(&needed.image(&declared_task.image, ImageField::Reference)),
            Origin::Reference(reference) => reference.written(),
        };
        // HOME is writable in any image; NOTHING separates braces that Argo would take for a template.
        let mut env = vec![variable("HOME", "/tmp"), variable(names::NOTHING_VARIABLE, "")];
        for (variable, value) in &in_environment.env {
            env.retain(|known: &EnvVar| known.name != *variable);
            match value {
                EnvValue::Secret(key) => env.push(self.task_secret(task, variable, key, needed)),
                EnvValue::Text(text) => {
                    env.extend(text.secrets().map(|(hidden, key)| self.task_secret(task, hidden, key, needed)));
                    env.push(pods::variable(variable, self.run_text(text, needed)));
                }
            }
        }
        let command: Vec<_> = in_environment.command.iter().map(|text| self.run_text(text, needed)).collect();
        let uses_nothing = |text: &String| text.contains(names::NOTHING_VARIABLE);
        let used = command.iter().any(uses_nothing)
            || env.iter().any(|variable| variable.value.as_ref().is_some_and(uses_nothing));
        if !used {
            env.retain(|variable| variable.name != names::NOTHING_VARIABLE);
        }
        let retries = declared_task.retries_as(task.kind);
        let template = Template {
            name: name.to_owned(),
            active_deadline_seconds: Some(IntOrString::Int(i32::try_from(declared_task.timeout).unwrap_or(i32::MAX))),
            retry_strategy: (retries > 0).then(|| RetryStrategy {
                limit: Some(IntOrString::String(retries.to_string())),
                retry_policy: Some("Always".into()),
                ..RetryStrategy::default()
            }),
            security_context: Some(pod_security(image.user)),
            outputs: declared_task.junit.as_ref().map(|path| Outputs {
                artifacts: vec![Artifact {
                    name: "junit".into(),
                    path: Some(path.clone()),
                    optional: Some(true),
                    archive: Some(ArchiveStrategy { none: Some(NoneStrategy {}) }),
                }],
                ..Outputs::default()
            }),
            container: Some(Container {
                image: Some(reference),
                command: Some(command),
                env: Some(env),
                resources: Some(pods::resources(&declared_task.cpu, &declared_task.memory)),
                security_context: Some(container_security(false)),
                ..Container::default()
            }),
            ..Template::default()
        };
        with_inputs(template, needed.parameters())
    }

    /// A variable with a key of a secret. A throwaway secret is in the namespace of its environment, and tasks are not, so
    /// its value is computed as it was there.
    fn task_secret(&self, task: &Task, name: &str, key: &SecretKey, needed: &mut Needed) -> EnvVar {
        let SecretKey { secret, key } = key;
        let in_environment = &self.plan.resolved.secrets[secret].environments[task.environment];
        if !in_environment.origin.is_throwaway() {
            return secret_variable(name, &in_environment.object, key);
        }
        needed.salt = true;
        let sum = format!("sprig.sha256sum(inputs.parameters.salt + '/{secret}/{key}')");
        variable(name, format!("{{{{=sprig.trunc(32, {sum})}}}}"))
    }

    /// A string of a task's pod: literals as they are, the rest from the template's inputs.
    fn run_text(&self, text: &Text, needed: &mut Needed) -> String {
        self.in_run(text, |segment| match segment {
            Segment::Secret { variable, .. } => pods::reference(variable),
            Segment::Namespace => {
                needed.namespace = true;
                input("namespace")
            }
            Segment::Image(image, field) => input(&needed.image(image, *field)),
            Segment::Run(RunField::Version) => {
                needed.version = true;
                input("version")
            }
            Segment::Literal(_) | Segment::Run(_) | Segment::Canary(_) => {
                unreachable!("every run knows the others, and a canary is known only to the query of an analysis")
            }
        })
    }
}

/// The inputs of a task's template.
#[derive(Default)]
struct Needed {
    images: BTreeSet<(ImageId, ImageField)>,
    namespace: bool,
    version: bool,
    salt: bool,
}

impl Needed {
    fn parameter(image: &ImageId, field: ImageField) -> String {
        // Names contain no `_`, so no two images share an input.
        format!("{}_{}_{}", image.app, image.image, field.name())
    }

    /// Requests a property of an image, and returns the name of the input.
    fn image(&mut self, image: &ImageId, field: ImageField) -> String {
        self.images.insert((image.clone(), field));
        Self::parameter(image, field)
    }

    fn arguments(&self, known: &Known) -> Vec<(String, String)> {
        let mut list: Vec<_> = self
            .images
            .iter()
            .map(|(image, field)| (Self::parameter(image, *field), from_images(known, image, *field)))
            .collect();
        for (wanted, name, value) in [
            (self.namespace, "namespace", known.namespace.clone()),
            (self.version, "version", known.version.clone()),
            (self.salt, "salt", known.salt.clone()),
        ] {
            if wanted {
                list.push((name.to_owned(), value));
            }
        }
        list
    }

    fn parameters(&self) -> Vec<crate::kube::argo::workflows::Parameter> {
        let known =
            Known { version: String::new(), namespace: String::new(), salt: String::new(), images: String::new() };
        self.arguments(&known).iter().map(|(name, _)| declared(name)).collect()
    }
}

/// A property of an image, from the images of the environment.
pub fn from_images(known: &Known, image: &ImageId, field: ImageField) -> String {
    format!("{{{{=jsonpath({}, '$[\"{}\"][\"{}\"][\"{}\"]')}}}}", known.images, image.app, image.image, field.name())
}
