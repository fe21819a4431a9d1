//! `workflows/<pipeline>.yaml`: a pipeline as one WorkflowTemplate, from the push to the last stage.
//!
//! `main` fixes the version and calls `prepare`, which checks the commit and builds, and `delivery`, the other stages in
//! order. What happens in a permanent environment is a separate template, which holds the environment's lock; what
//! `finish` does on exit undoes an unfinished delivery.

use super::images::digest_of;
use super::tasks::{self, from_images};
use super::{Tree, notices, shared, signature, waves};
use crate::files::Folder;
use crate::kube::argo::workflows::{
    Arguments, ExecutorConfig, Metadata, Outputs, Parameter, PodGC, TTLStrategy, Template, ValueFrom, WorkflowSpec,
    WorkflowTemplate,
};
use crate::kube::{Object, meta};
use crate::model::text::{ImageField, RunField, Segment, Text};
use crate::model::{Image, Origin, TaskKind};
use crate::names;
use crate::plan::{self, CriticalSection, CriticalStep, Delivery, Open, Plan, Step, Task, Wait};
use crate::providers::host;
use crate::steps::build::{self};
use crate::steps::call::{
    BRANCH, Call, FORCE, SHA, Sequence, TAG, VERSION, declared, input, output, start_of, with_inputs,
};
use crate::steps::check::{self, CHECK, OUTDATED};
use crate::steps::find::{self, FIND, FOUND};
use crate::steps::gitops::{self, Action, GITOPS};
use crate::steps::gone::GONE;
use crate::steps::pods::{literal, nothing};
use crate::steps::restart::{self, RESTART, RESTART_WITH};
use crate::steps::shared::{APPLICATION_SETS, PIPELINE, PIPELINE_DIGEST, SOURCE_URL, TIMEOUT_SECONDS};
use crate::steps::template::lock;
use crate::steps::wait::{self, WAIT};
use std::collections::{BTreeMap, BTreeSet};

/// How long a finished workflow stays: a day, or a week when somebody may want to know why.
const KEPT_AFTER_SUCCESS: i32 = 86_400;
const KEPT_AFTER_FAILURE: i32 = 604_800;

/// Emits a WorkflowTemplate for each delivery, and its record. `shared` is the digest of the shared template.
pub fn emit(plan: &Plan, shared: &str, tree: &mut Tree) {
    let mut resources = vec!["shared.yaml".to_owned()];
    for delivery in &plan.deliveries {
        let mut template = workflow_template(plan, delivery, shared);
        let file = format!("{}.yaml", delivery.name);
        let path = Folder::Workflows.file(&file);
        let digest = signature::digest(delivery, &template, &path, tree);
        signature::sign(&mut template, &digest);
        tree.objects(&path, &[Object::new(&template)]);
        signature::write(delivery, &digest, tree);
        resources.push(file);
    }
    resources.extend(plan.has_environments().then(|| "janitor.yaml".to_owned()));
    tree.require(tasks::requirements(plan));
    tree.require(notices::requirements(plan));
    tree.kustomization(Folder::Workflows, &resources);
}

fn workflow_template(plan: &Plan, delivery: &Delivery, shared: &str) -> WorkflowTemplate {
    let project = &plan.resolved.project;
    let labels = BTreeMap::from([
        (names::key("pipeline"), delivery.name.to_owned()),
        (names::key("app"), delivery.app.to_owned()),
    ]);
    let sha = if delivery.on.finds_commit() { found() } else { SHA.of_run() };
    let mut emitter = Emitter { plan, delivery, shared, sha, templates: Vec::new(), tasks: BTreeMap::new() };
    let main = emitter.main();
    emitter.delivery();
    let finish = emitter.finish();
    let notices = emitter.notice_templates();
    let on_exit = finish.as_ref().map(|template| template.name.clone());
    let mut templates = vec![main];
    templates.extend(emitter.templates);
    templates.extend(finish);
    templates.extend(notices);
    let mut metadata = meta(&project.namespace, delivery.name);
    metadata.labels = Some(labels.clone());
    metadata.annotations = Some(BTreeMap::from([(names::key(names::SHARED_DIGEST), shared.to_owned())]));
    if delivery.on.schedule().is_some() {
        waves::put_into(&mut metadata, waves::SCHEDULED);
    }
    WorkflowTemplate {
        metadata,
        spec: WorkflowSpec {
            entrypoint: Some("main".into()),
            on_exit,
            arguments: Some(Arguments {
                // A Sensor gives them; by hand: argo submit --from workflowtemplate/NAME -p sha=…
                parameters: parameters(delivery),
            }),
            service_account_name: Some(delivery.name.to_owned()),
            automount_service_account_token: Some(false),
            executor: Some(ExecutorConfig { service_account_name: Some(delivery.name.to_owned()) }),
            active_deadline_seconds: Some(i64::try_from(delivery.deadline).unwrap_or(i64::MAX)),
            ttl_strategy: Some(TTLStrategy {
                seconds_after_success: Some(KEPT_AFTER_SUCCESS),
                seconds_after_failure: Some(KEPT_AFTER_FAILURE),
            }),
            image_pull_secrets: shared::pull_secret(plan, None).into_iter().collect(),
            pod_gc: Some(PodGC { strategy: Some("OnWorkflowSuccess".into()) }),
            workflow_metadata: Some(Metadata { labels, ..Metadata::default() }),
            templates,
            ..WorkflowSpec::default()
        },
    }
}

/// The parameters of a run, with their defaults.
fn parameters(delivery: &Delivery) -> Vec<Parameter> {
    let on = delivery.on;
    let sha = if on.finds_commit() { SHA.declared_as("") } else { SHA.declared() };
    let branch = on.branch().is_none().then(|| BRANCH.declared_as(on.usual_branch().unwrap_or_default()));
    let tag = on.has_tag().then(|| TAG.declared());
    [sha, FORCE.declared()].into_iter().chain(branch).chain(tag).collect()
}

/// A reference to the commit that the first step of a run has found.
fn found() -> String {
    format!("{{{{workflow.outputs.parameters.{}}}}}", FOUND.name)
}

/// The template of what is done before anything outside the run is changed.
const PREPARE: &str = "prepare";
/// What a run is known by to all that it calls: its version, and what it has built.
pub const RUN_VERSION: &str = "version";
const RUN_IMAGES: &str = "images";
/// What a section hands on to its steps: what the environment runs, and what was added to it.
const ENVIRONMENT_IMAGES: &str = "environment-images";
const ADDED: &str = "added";

/// The templates of a delivery in the making.
pub struct Emitter<'a> {
    /// What all deliveries of the target do.
    pub plan: &'a Plan<'a>,
    /// What this one does.
    pub delivery: &'a Delivery<'a>,
    /// The digest of the shared template.
    shared: &'a str,
    /// A reference to the commit, for what is emitted next.
    pub sha: String,
    /// The templates so far.
    pub templates: Vec<Template>,
    /// The tasks among the templates.
    pub tasks: BTreeMap<String, Task<'a>>,
}

/// Where a step finds what the run knows of its environment.
pub struct Known {
    /// A reference to the version of the run.
    pub version: String,
    /// The namespace, or a reference to it.
    pub namespace: String,
    /// A reference to the salt of throwaway secrets; empty in a permanent environment.
    pub salt: String,
    /// An expression for the images of the environment.
    pub images: String,
}

impl<'a> Emitter<'a> {
    fn main(&mut self) -> Template {
        let mut sequence = Sequence::default();
        let finds = self.delivery.on.finds_commit();
        let first = if self.undoes() || self.notifies() || finds { self.prepare() } else { self.check() };
        let first = sequence.then(first);
        let sha = if finds { FOUND.of(&first) } else { SHA.of_run() };
        let mut delivery = Call::local("delivery", "delivery").with_parameter(RUN_VERSION, VERSION);
        for image in self.prepared() {
            let digest = digest_of(image);
            delivery = delivery.with_parameter(&digest, output(&first, &digest));
        }
        // One of the two: a run from templates that are being replaced starts again from the new ones.
        sequence.together(vec![
            self.restart()
                .with(check::REVISION, sha)
                .with(restart::FORCE, FORCE.of_run())
                .with(restart::REASON, OUTDATED.of(&first))
                .when(&OUTDATED.differs(&first)),
            delivery.when(&OUTDATED.is_default(&first)),
        ]);
        Template { name: "main".into(), steps: sequence.into_steps(), ..Template::default() }
    }

    /// The branch of the run.
    fn branch(&self) -> String {
        self.delivery.on.branch().map_or_else(|| BRANCH.of_run(), str::to_owned)
    }

    fn restart(&self) -> Call {
        let on = self.delivery.on;
        if !on.has_arguments() {
            return self.at_its_tree(Call::shared(RESTART.template, &RESTART));
        }
        let branch = on.branch().is_none().then_some(BRANCH);
        let given = branch.into_iter().chain(on.has_tag().then_some(TAG));
        let given: Vec<_> = given.map(|given| format!("{}={}", given.name(), given.of_run())).collect();
        let call = self.at_its_tree(Call::shared(RESTART.template, &RESTART_WITH));
        call.with(restart::ARGUMENTS, given.join(" "))
    }

    fn check(&self) -> Call {
        let finds = self.delivery.on.finds_commit();
        let mut call = self.at_its_tree(Call::shared(CHECK.template, if finds { &FIND } else { &CHECK }));
        if finds {
            let tag = if self.delivery.on.has_tag() { TAG.of_run() } else { String::new() };
            call = call.with(find::TAG, tag);
        }
        call.with(check::REVISION, SHA.of_run())
            .with(check::BRANCH, self.branch())
            .with(SOURCE_URL, self.source())
            .with(check::EXPECTED_DIGEST, self.shared)
    }

    /// The check and the builds as a template of their own: its outputs are there only if all of it went well.
    fn prepare(&mut self) -> Call {
        let mut sequence = Sequence::default();
        let check = sequence.then(self.check());
        let current = OUTDATED.is_default(&check);
        let prepared: Vec<_> = self.prepared().collect();
        let finds = self.delivery.on.finds_commit();
        let everywhere = self.sha.clone();
        if finds {
            self.sha = FOUND.of(&check);
        }
        let mut calls: Vec<_> = prepared.into_iter().map(|image| self.image(image).when(&current)).collect();
        // Behind the builds, whose steps are those of the images in their order.
        calls.extend(self.told_at_start(&current));
        self.sha = everywhere;
        let images: Vec<_> = self.prepared().map(digest_of).collect();
        let builds = if calls.is_empty() { Vec::new() } else { sequence.together(calls) };
        let prepared: Vec<_> = self.prepared().collect();
        let signs = self.signs(&prepared, &builds);
        if !signs.is_empty() {
            sequence.together(signs.into_iter().map(|call| call.when(&current)).collect());
        }
        let given = |name: String, from: String| Parameter {
            name,
            value_from: Some(ValueFrom { parameter: Some(from), ..ValueFrom::default() }),
            ..Parameter::default()
        };
        // The whole run has it once all of this is done. By it the exit handler knows that there may be something to undo.
        // A run that ends before has nothing; whether a step has begun after it cannot be told once its pod is lost.
        let outdated = given(OUTDATED.name.into(), OUTDATED.of(&check));
        let mut outputs = vec![Parameter { global_name: Some(OUTDATED.name.into()), ..outdated }];
        if finds {
            let found = given(FOUND.name.into(), FOUND.of(&check));
            outputs.push(Parameter { global_name: Some(FOUND.name.into()), ..found });
        }
        outputs.extend(images.into_iter().zip(builds).map(|(name, build)| given(name, build::DIGEST.of(&build))));
        let template = Template {
            name: PREPARE.into(),
            steps: sequence.into_steps(),
            outputs: Some(Outputs { parameters: outputs, ..Outputs::default() }),
            ..Template::default()
        };
        self.templates.push(with_inputs(template, vec![declared(RUN_VERSION)]));
        Call::local(PREPARE, PREPARE).with_parameter(RUN_VERSION, VERSION)
    }

    /// The images that are built or awaited before anything outside the run is changed.
    fn prepared(&self) -> impl Iterator<Item = &'a Image> + use<'a> {
        let builds = self.undoes() && matches!(self.delivery.steps.first(), Some(Step::Build));
        self.plan.resolved.apps[self.delivery.app].of_runs().filter(move |_| builds)
    }

    /// A step that has to know which pipeline it belongs to, and from which build.
    fn at_its_tree(&self, call: Call) -> Call {
        call.with(PIPELINE, self.delivery.name).with(PIPELINE_DIGEST, "")
    }

    /// The address of the delivered app's repository.
    fn source(&self) -> String {
        let app = &self.plan.resolved.apps[self.delivery.app];
        host::clone_url(&app.source.as_ref().expect("a delivered app has a source").value)
    }

    /// Whether a run leaves anything that its exit handler has to undo if it fails.
    fn undoes(&self) -> bool {
        self.delivery.steps.iter().any(|step| match step {
            Step::Open(_) => true,
            Step::CriticalSection(section) => section.updates(),
            Step::Build | Step::Wait(_) | Step::Task(_) | Step::Approve(_) | Step::Close { .. } => false,
        })
    }

    /// The stages, in order.
    fn delivery(&mut self) {
        let app = &self.plan.resolved.apps[self.delivery.app];
        let mut sequence = Sequence::default();
        let mut images = String::new();
        let mut opened: Option<(String, &Open)> = None;
        let at = self.templates.len();
        for step in &self.delivery.steps {
            match step {
                Step::Build if self.prepared().next().is_some() => {
                    let line = |image: &Image| self.image_line(image, &input(&digest_of(image)));
                    images = self.prepared().map(line).collect();
                }
                Step::Build => {
                    let calls = app.of_runs().map(|image| self.image(image)).collect();
                    let steps = sequence.together(calls);
                    let built: Vec<_> = app.of_runs().collect();
                    let signs = self.signs(&built, &steps);
                    if !signs.is_empty() {
                        sequence.together(signs);
                    }
                    let line = |(image, step): (_, &String)| self.image_line(image, &build::DIGEST.of(step));
                    images = app.of_runs().zip(&steps).map(line).collect();
                }
                Step::Open(open) => {
                    let name = Action::Open.step_for(open.environment);
                    let call = self
                        .at_its_tree(self.gitops(&name, Action::Open, open.environment, &input(RUN_VERSION)))
                        .with(gitops::REVISION, self.sha.clone())
                        .with(gitops::BRANCH, self.branch())
                        .with(gitops::SOURCE_URL, self.source())
                        .with(gitops::COPY_OF, open.copy_of)
                        .with(gitops::TTL_SECONDS, open.ttl.to_string())
                        .with(gitops::MEMBERS, spaced(&open.members))
                        .with(gitops::IMAGES, images.clone());
                    opened = Some((sequence.then(call), open));
                }
                Step::Wait(wait) => {
                    let (step, _) = opened.as_ref().expect("only an open environment is waited for");
                    let name = WAIT.step_for(wait.environment);
                    let call = self
                        .wait(&name, wait, &input(RUN_VERSION), &gitops::CHANGES.of(step))
                        .with(wait::ENVIRONMENT_APPLICATION, input(RUN_VERSION))
                        .with(wait::TREE, gitops::TREE.of(step));
                    sequence.then(call);
                }
                Step::Task(task) => {
                    let (step, _) = opened.as_ref().expect("only an open environment is used");
                    let known = Known {
                        version: input(RUN_VERSION),
                        namespace: input(RUN_VERSION),
                        salt: gitops::SALT.of(step),
                        images: gitops::RUNNING.value(step),
                    };
                    let call = match task.kind {
                        TaskKind::Cleanup => self.cleanup(task, &known),
                        TaskKind::Migrate | TaskKind::Test | TaskKind::Run => self.task(task, &known),
                    };
                    sequence.then(call);
                }
                Step::Approve(approval) => self.approve(approval, &mut sequence),
                Step::Close { environment } => {
                    let name = Action::Close.step_for(environment);
                    let close = self.gitops(&name, Action::Close, environment, &input(RUN_VERSION));
                    sequence.then(close);
                    let gone = self.gone(environment, &input(RUN_VERSION));
                    sequence.then(gone);
                }
                Step::CriticalSection(section) => {
                    let call = self.section(section);
                    let call = call.with_parameter(RUN_VERSION, input(RUN_VERSION));
                    sequence.then(call.with_parameter(RUN_IMAGES, images.clone()));
                }
            }
        }
        let inputs = std::iter::once(RUN_VERSION.to_owned()).chain(self.prepared().map(digest_of));
        let inputs = inputs.map(|name| declared(&name)).collect();
        let template = Template { name: "delivery".into(), steps: sequence.into_steps(), ..Template::default() };
        // Before the templates that it calls: the file reads from the whole to its parts.
        self.templates.insert(at, with_inputs(template, inputs));
    }

    /// A string of a pod of this run: literals as they are, what every run knows, and `other` for the rest.
    pub fn in_run(&self, text: &Text, mut other: impl FnMut(&Segment) -> String) -> String {
        let mut result = String::new();
        for (at, segment) in text.0.iter().enumerate() {
            let next = text.0.get(at + 1);
            let part = match segment {
                Segment::Literal(text) => literal(text, next),
                Segment::Run(RunField::Sha) => self.sha.clone(),
                Segment::Run(RunField::Sha7) => start_of(&self.sha, 7),
                Segment::Run(RunField::Sha8) => start_of(&self.sha, 8),
                Segment::Run(RunField::Tag) => TAG.of_run(),
                Segment::Run(RunField::Branch) => match self.delivery.on.branch() {
                    Some(branch) => literal(branch, next),
                    None => BRANCH.of_run(),
                },
                Segment::Run(RunField::Url) => {
                    let app = &self.plan.resolved.apps[self.delivery.app];
                    let source = app.source.as_ref().expect("a delivered app has a source");
                    host::of_repository(self.plan, &source.value).commit_url(&source.value, &self.sha)
                }
                Segment::Run(RunField::WorkflowUrl) => workflow_url(self.plan).expect("a project that uses it has it"),
                Segment::Run(RunField::Version)
                | Segment::Secret { .. }
                | Segment::Namespace
                | Segment::Image(..)
                | Segment::Canary(_) => other(segment),
            };
            // A `{` before a reference would start another one.
            if result.ends_with('{') && part.starts_with('{') {
                result.push_str(&nothing());
            }
            result.push_str(&part);
        }
        result
    }

    /// A change of the GitOps repository.
    fn gitops(&self, name: &str, action: Action, environment: &str, version: &str) -> Call {
        Call::shared(name, &GITOPS)
            .with(gitops::ACTION, action.word())
            .with(gitops::VERSION, version)
            .with(gitops::APP, self.delivery.app)
            .with(gitops::ENVIRONMENT, environment)
    }

    fn sets(&self, environment: &str) -> String {
        names::application_sets(self.plan.resolved, environment).join(" ")
    }

    fn wait(&self, name: &str, wait: &Wait, namespace: &str, expect: &str) -> Call {
        let mut call = Call::shared(name, &WAIT)
            .with(wait::NAMESPACE, namespace)
            .with(APPLICATION_SETS, self.sets(wait.environment))
            .with(TIMEOUT_SECONDS, wait.timeout.to_string())
            .with_parameter(wait::DEADLINE, (wait.timeout + plan::WAIT_GRACE).to_string())
            .with(wait::EXPECT, expect);
        if let Some(app) = wait.except {
            call = call.with(wait::EXCEPT, app);
        }
        call
    }

    fn gone(&self, environment: &str, version: &str) -> Call {
        Call::shared(&GONE.step_for(environment), &GONE)
            .with(wait::NAMESPACE, version)
            .with(APPLICATION_SETS, self.sets(environment))
            .with(TIMEOUT_SECONDS, plan::GONE_TIMEOUT.to_string())
    }

    /// What happens under the lock of a permanent environment: a template that holds it and enters the environment, and
    /// one for all that follows unless a newer change is there already.
    fn section(&mut self, section: &CriticalSection<'a>) -> Call {
        let resolved = self.plan.resolved;
        let environment = section.environment;
        let namespace =
            resolved.environments[environment].namespace().expect("a critical section's environment is permanent");
        // No environment can be called like another template: each kind of template has a beginning of its own.
        let (outside, inside) = (format!("in-{environment}"), format!("steps-in-{environment}"));
        let at = self.templates.len();
        let mut sequence = Sequence::default();
        let enter = sequence.then(
            self.at_its_tree(self.gitops(Action::Enter.word(), Action::Enter, environment, &input(RUN_VERSION)))
                .with(gitops::REVISION, self.sha.clone())
                .with(gitops::BRANCH, self.branch())
                .with(gitops::SOURCE_URL, self.source())
                .with(gitops::NAMESPACE, namespace)
                .with(gitops::NEEDS, spaced(&section.needs))
                .with(gitops::UPDATES, section.updates().to_string())
                .with(gitops::STAGED, section.staged.unwrap_or_default())
                .with(gitops::IMAGES, input(RUN_IMAGES))
                .with(gitops::FORCE, FORCE.of_run()),
        );
        sequence.then(
            Call::local("steps", &inside)
                .with_parameter(RUN_VERSION, input(RUN_VERSION))
                .with_parameter(RUN_IMAGES, input(RUN_IMAGES))
                .with_parameter(ENVIRONMENT_IMAGES, gitops::RUNNING.of(&enter))
                .with_parameter(ADDED, gitops::CHANGES.of(&enter))
                .when(&gitops::SUPERSEDED.is_default(&enter)),
        );
        let outer = Template {
            name: outside.clone(),
            synchronization: Some(lock(&names::environment_lock(environment, self.delivery.app))),
            steps: sequence.into_steps(),
            outputs: self.superseded(&enter),
            ..Template::default()
        };
        self.templates.insert(at, with_inputs(outer, vec![declared(RUN_VERSION), declared(RUN_IMAGES)]));
        self.section_steps(section, namespace, &inside);
        Call::local(environment, &outside)
    }

    fn section_steps(&mut self, section: &CriticalSection<'a>, namespace: &str, name: &str) {
        let environment = section.environment;
        let at = self.templates.len();
        let mut sequence = Sequence::default();
        if !section.needs.is_empty() {
            let wait =
                Wait { environment, timeout: self.plan.implied_wait(environment), except: None, rollouts: Vec::new() };
            let call = self.wait(&WAIT.step_for("needs"), &wait, namespace, &input(ADDED));
            // Their own pipelines do not wait for this one.
            sequence.then(call.with(wait::YIELDS, "true"));
        }
        let known = Known {
            version: input(RUN_VERSION),
            namespace: literal(namespace, None),
            salt: String::new(),
            images: format!("inputs.parameters['{ENVIRONMENT_IMAGES}']"),
        };
        let mut changes = input(ADDED);
        for step in &section.steps {
            match step {
                CriticalStep::Promote => {
                    let call = self
                        .at_its_tree(self.gitops(
                            Action::Promote.word(),
                            Action::Promote,
                            environment,
                            &input(RUN_VERSION),
                        ))
                        .with(gitops::REVISION, self.sha.clone())
                        .with(gitops::BRANCH, self.branch())
                        .with(gitops::NAMESPACE, namespace)
                        .with(gitops::IMAGES, input(RUN_IMAGES));
                    changes = gitops::CHANGES.of(&sequence.then(call));
                }
                CriticalStep::Wait(wait) => {
                    let mut call = self.wait(WAIT.template, wait, namespace, &changes);
                    if !wait.rollouts.is_empty() {
                        call = call
                            .with(wait::ROLLOUTS, wait.rollouts.join(" "))
                            .with(wait::DIGESTS, self.digests(environment, &known));
                    }
                    sequence.then(call);
                }
                CriticalStep::Task(task) => {
                    let call = self.task(task, &known);
                    sequence.then(call);
                }
            }
        }
        if section.updates() {
            let call = self.gitops(Action::Settle.word(), Action::Settle, environment, &input(RUN_VERSION));
            sequence.then(call.with(gitops::NAMESPACE, namespace));
        }
        let inputs = [RUN_VERSION, RUN_IMAGES, ENVIRONMENT_IMAGES, ADDED].map(declared).to_vec();
        let template = Template { name: name.to_owned(), steps: sequence.into_steps(), ..Template::default() };
        self.templates.insert(at, with_inputs(template, inputs));
    }

    /// The digests that the app's Rollouts must run: those of its services alone, because a sidecar may have the same one in
    /// two versions, by which they could not be told apart.
    fn digests(&self, environment: &str, known: &Known) -> String {
        let services = &self.plan.resolved.apps[self.delivery.app].environments[environment].services;
        let images: BTreeSet<_> = services.iter().map(|service| &service.container.image).collect();
        let digest = |image| match &self.plan.resolved.image(image).origin {
            Origin::Built(_) | Origin::FromCi(_) => from_images(known, image, ImageField::Digest),
            Origin::Reference(reference) => reference.digest.clone(),
        };
        let digests: Vec<_> = images.into_iter().map(digest).collect();
        digests.join(" ")
    }

    /// What happens on exit, whatever came before. After a success there is nothing to do, nor where nothing was begun.
    fn finish(&mut self) -> Option<Template> {
        let unfinished = format!(
            "workflow.status != 'Succeeded' && (workflow.outputs?.parameters?.{} ?? '') == '{}'",
            OUTDATED.name, OUTDATED.default
        );
        let mut roll_backs = Vec::new();
        let mut closes = Vec::new();
        let mut waits = Vec::new();
        for step in &self.delivery.steps {
            match step {
                Step::Open(open) => {
                    let environment = open.environment;
                    let close = self.gitops(&Action::Close.step_for(environment), Action::Close, environment, VERSION);
                    closes.push(close.when(&unfinished).whatever_comes());
                    waits.push(self.gone(environment, VERSION).when(&unfinished));
                }
                Step::CriticalSection(section) if section.updates() => {
                    let environment = section.environment;
                    let namespace = self.plan.resolved.environments[environment]
                        .namespace()
                        .expect("a critical section's environment is permanent");
                    let name = Action::RollBack.step_for(environment);
                    let wait = Wait {
                        environment,
                        timeout: self.plan.implied_wait(environment),
                        except: None,
                        rollouts: Vec::new(),
                    };
                    let restored = gitops::RESTORED.differs_if_left(&name);
                    let expect = gitops::RESTORED.of(&name);
                    waits.push(
                        self.wait(&wait::step_for_restored(environment), &wait, namespace, &expect)
                            .with(wait::YIELDS, "true")
                            .with(wait::INSTEAD_OF, VERSION)
                            .when(&format!("workflow.status != 'Succeeded' && {restored}")),
                    );
                    roll_backs.push(
                        self.gitops(&name, Action::RollBack, environment, VERSION)
                            .with(gitops::NAMESPACE, namespace)
                            .when(&unfinished)
                            .whatever_comes(),
                    );
                }
                Step::Build
                | Step::Wait(_)
                | Step::Task(_)
                | Step::Approve(_)
                | Step::Close { .. }
                | Step::CriticalSection(_) => {}
            }
        }
        let notices = self.told_at_end();
        if !notices.is_empty() {
            // Whatever comes of the waits, the end is told.
            waits = waits.into_iter().map(Call::whatever_comes).collect();
        }
        let mut sequence = Sequence::default();
        if !roll_backs.is_empty() {
            sequence.together(roll_backs);
        }
        let opened: Vec<_> = self.delivery.steps.iter().filter_map(Step::opens).collect();
        for environment in opened {
            self.clean_up(environment, &unfinished, &mut sequence);
        }
        for calls in [closes, waits, notices] {
            if !calls.is_empty() {
                sequence.together(calls);
            }
        }
        let steps = sequence.into_steps();
        (!steps.is_empty()).then(|| Template { name: "finish".into(), steps, ..Template::default() })
    }
}

/// The page of the run in the web page of Argo Workflows, as a text of a pod (argo-workflows,
/// `ui/src/workflows/components/workflows-container.tsx`; `ui/src/shared/base.ts` puts the base path before it).
pub fn workflow_url(plan: &Plan) -> Option<String> {
    let project = &plan.resolved.project;
    let ui = project.workflows_ui.as_ref()?;
    let page = format!("{ui}/workflows/{}/", project.namespace);
    Some(format!("{}{{{{workflow.name}}}}", literal(&page, None)))
}

fn spaced(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}
