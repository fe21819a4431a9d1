//! Who is told about a run: a step for each notice and moment. The templates of the project's notices are among the shared
//! ones; a notice of one pipeline has its template in the pipeline's own file. No notice keeps a delivery from anything:
//! its step may fail.

use super::delivery::{Emitter, workflow_url};
use super::{externals, shared};
use crate::kube::argo::workflows::{Outputs, Parameter, Template, ValueFrom};
use crate::kube::core::EnvVar;
use crate::model::{Notice, Recipient, SecretKey};
use crate::plan::{CriticalSection, Plan, Step};
use crate::providers::{Requirement, Topic, host, notice};
use crate::schema::notices::{Moment, NoticeKind};
use crate::schema::providers::TOKEN;
use crate::steps::call::{BRANCH, Call, VERSION};
use crate::steps::check::OUTDATED;
use crate::steps::find::FOUND;
use crate::steps::gitops::{self, Action};
use crate::steps::notify;
use crate::steps::pods::{literal, secret_variable};
use crate::steps::shared::PIPELINE;
use crate::steps::template::template;
use crate::steps::{Fact, Given, Input};
use std::collections::{BTreeMap, BTreeSet};

/// What the notices need of the cluster.
pub fn requirements(plan: &Plan) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut statuses: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
    for delivery in &plan.deliveries {
        for notice in delivery.notices {
            for (secret, key, _) in notice.secrets() {
                found.extend(externals::credential(plan, secret, key, format!("`notify {}`", notice.kind().word())));
            }
            let source = plan.resolved.apps[delivery.app].source.as_ref();
            if let (Recipient::Status(secret), Some(source)) = (&notice.to, source) {
                let object = &plan.resolved.secrets[&secret.value].object;
                let right = host::of_repository(plan, &source.value).rights().status;
                statuses.entry((object.as_str(), right)).or_default().insert(format!("`{}`", source.value));
            }
        }
    }
    for ((object, right), repositories) in statuses {
        let repositories: Vec<_> = repositories.into_iter().collect();
        found.push(Requirement::Access(format!(
            "The `token` of `{object}` sets statuses of commits. It needs {right} for {}, and nothing else. No build and no task can read it.",
            repositories.join(", ")
        )));
    }
    if plan.deliveries.iter().any(|delivery| !delivery.notices.is_empty()) {
        let text = "The image of the generated steps must have curl, and pods in the namespace of the workflows must reach whoever is notified. A notice that fails is a failed step of its run, and nothing else.";
        found.push(Requirement::Cluster(Topic::Notices, text.to_owned()));
    }
    found
}

/// The templates of the project's notices, as far as some pipeline sends them.
pub fn shared_templates(plan: &Plan) -> Vec<Template> {
    let sent = |notice: &&Notice| {
        plan.deliveries.iter().flat_map(|delivery| delivery.notices).any(|one| one.span == notice.span)
    };
    plan.resolved.project.notices.iter().filter(sent).map(|notice| template_of(plan, notice)).collect()
}

fn template_of(plan: &Plan, notice: &Notice) -> Template {
    template(notice::get(notice.kind()), &plan.resolved.project.tools_image, &|input| variable(plan, notice, input))
}

/// Whether the template of a notice is among the shared ones.
fn is_shared(plan: &Plan, notice: &Notice) -> bool {
    plan.resolved.project.notices.iter().any(|shared| shared.span == notice.span)
}

impl Emitter<'_> {
    /// Whether anybody is told about the runs.
    pub fn notifies(&self) -> bool {
        !self.delivery.notices.is_empty()
    }

    /// The templates of the pipeline's own notices.
    pub fn notice_templates(&self) -> Vec<Template> {
        let own = self.delivery.notices.iter().filter(|notice| !is_shared(self.plan, notice));
        own.map(|notice| template_of(self.plan, notice)).collect()
    }

    /// The calls that tell of the start.
    pub fn told_at_start(&self, when: &str) -> Vec<Call> {
        self.told(Moment::Started, None, &self.sha).into_iter().map(|call| call.when(when)).collect()
    }

    /// The calls that tell of a question, for beside the step that waits for the answer.
    pub fn told_of(&self, question: &str) -> Vec<Call> {
        let told = self.told(Moment::Waiting, None, &self.sha);
        told.into_iter().map(|call| call.with(notify::QUESTION, question)).collect()
    }

    /// The calls that tell of the end. A run that starts again from new templates has not ended.
    pub fn told_at_end(&self) -> Vec<Call> {
        let ended = format!(
            "workflow.status == 'Succeeded' && (workflow.outputs?.parameters?.{} ?? '') == '{}'",
            OUTDATED.name, OUTDATED.default
        );
        // The run may have ended before it found its commit.
        let commit = match self.delivery.on.finds_commit() {
            true => format!("{{{{=workflow.outputs?.parameters?.{} ?? ''}}}}", FOUND.name),
            false => self.sha.clone(),
        };
        let commit = commit.as_str();
        let succeeded = self.told(Moment::Succeeded, None, commit).into_iter().map(|call| {
            let superseded = format!(
                "{{{{=workflow.outputs?.parameters?.{} ?? '{}'}}}}",
                gitops::SUPERSEDED.name,
                gitops::SUPERSEDED.default
            );
            call.with(notify::SUPERSEDED, superseded).when(&ended)
        });
        let failed =
            self.told(Moment::Failed, None, commit).into_iter().map(|call| call.when("workflow.status != 'Succeeded'"));
        let rolled_back = self.delivery.steps.iter().filter_map(updated).flat_map(|section| {
            let environment = section.environment;
            let restored = gitops::RESTORED.differs_if_left(&Action::RollBack.step_for(environment));
            let when = format!("workflow.status != 'Succeeded' && {restored}");
            self.told(Moment::RolledBack, Some(environment), commit).into_iter().map(move |call| call.when(&when))
        });
        succeeded.chain(failed).chain(rolled_back).collect()
    }

    /// The calls for those who are told at that moment. `commit` refers to the commit of the run.
    fn told(&self, moment: Moment, environment: Option<&str>, commit: &str) -> Vec<Call> {
        let told = self.delivery.notices.iter().filter(|notice| notice.on.contains(&moment));
        told.map(|notice| self.call(notice, moment, environment, commit)).collect()
    }

    fn call(&self, notice: &Notice, moment: Moment, environment: Option<&str>, commit: &str) -> Call {
        let resolved = self.plan.resolved;
        let kind = notice.kind();
        let contract = notice::get(kind);
        let source = resolved.apps[self.delivery.app].source.as_ref().expect("a delivered app has a source");
        let host = host::of_repository(self.plan, &source.value);
        let mut name = contract.step_for(moment.word());
        if let Some(environment) = environment {
            name = format!("{name}-{environment}");
        }
        let call = match is_shared(self.plan, notice) {
            true => Call::shared(&name, contract),
            false => Call::local(&name, contract.template),
        };
        let mut call = call
            .with(notify::MOMENT, moment.word())
            .with(notify::TARGET, &resolved.target)
            .with(PIPELINE, self.delivery.name)
            .with(notify::APP, self.delivery.app)
            .with(notify::VERSION, VERSION)
            .with(notify::REVISION, commit)
            .with(
                notify::BRANCH,
                self.delivery.on.branch().map_or_else(|| BRANCH.of_run(), |branch| literal(branch, None)),
            )
            .with(notify::COMMIT_URL, host.commit_url(&source.value, commit));
        if let Some(url) = workflow_url(self.plan) {
            call = call.with(notify::RUN_URL, url);
        }
        if let Some(environment) = environment {
            call = call.with(notify::ENVIRONMENT, environment);
        }
        if kind == NoticeKind::Status {
            let statuses = host.statuses(&source.value);
            call = call
                .with(notify::STATUS_URL, statuses.url)
                .with(notify::STATUS_HEADER, statuses.header)
                .with(notify::STATUS_FAILED, statuses.failed);
        }
        call.whatever_comes()
    }

    /// What a critical section hands on to the whole run: whether something newer is deployed.
    pub fn superseded(&self, enter: &str) -> Option<Outputs> {
        self.notifies().then(|| Outputs {
            parameters: vec![Parameter {
                name: gitops::SUPERSEDED.name.into(),
                global_name: Some(gitops::SUPERSEDED.name.into()),
                value_from: Some(ValueFrom { parameter: Some(gitops::SUPERSEDED.of(enter)), ..ValueFrom::default() }),
                ..Parameter::default()
            }],
            ..Outputs::default()
        })
    }
}

/// The section of a step that updates an environment.
fn updated<'s, 'a>(step: &'s Step<'a>) -> Option<&'s CriticalSection<'a>> {
    match step {
        Step::CriticalSection(section) => Some(section).filter(|section| section.updates()),
        Step::Build | Step::Open(_) | Step::Wait(_) | Step::Task(_) | Step::Approve(_) | Step::Close { .. } => None,
    }
}

/// A variable of a step that sends a notice.
fn variable(plan: &Plan, notice: &Notice, input: &Input) -> EnvVar {
    let object = |secret: &str| plan.resolved.secrets[secret].object.as_str();
    let of = |key: &SecretKey| secret_variable(input.name, object(&key.secret), &key.key);
    match (input.given, &notice.to) {
        (Given::Fact(Fact::StatusToken), Recipient::Status(secret)) => {
            secret_variable(input.name, object(&secret.value), TOKEN)
        }
        (Given::Fact(Fact::NoticeUrl), Recipient::Slack(url) | Recipient::Webhook { url, .. }) => of(url),
        (Given::Fact(Fact::NoticeKey), Recipient::Webhook { key, .. }) => of(key),
        _ => shared::fact(plan, shared::first(plan), input),
    }
}
