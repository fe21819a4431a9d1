//! The cron jobs of an app.

use super::Emitter;
use super::container::{mentions_namespace, text_of};
use super::identity::account_of;
use crate::emit::shared;
use crate::emit::sources::Placeholder;
use crate::kube::Object;
use crate::kube::core::{
    Container, CronJob, CronJobSpec, JobSpec, JobTemplateSpec, ObjectMeta, PodSpec, PodTemplateSpec,
};
use crate::model::{Concurrency, Cron, Text};
use crate::names;
use crate::providers::router::FILLED_IN;
use crate::steps::pods::{self, container_security, namespace_variable, pod_security};
use std::collections::BTreeMap;

/// Where its pod is.
const POD: &str = "/spec/jobTemplate/spec/template/spec";

impl Emitter<'_> {
    /// The CronJob. Values that are only known in a run become `placeholders`.
    pub(super) fn cron(&self, cron: &Cron, placeholders: &mut Vec<Placeholder>) -> Object {
        let mut later = |pointer: String, text: &Text| {
            placeholders.push(Placeholder {
                kind: "CronJob",
                name: cron.name.value.clone(),
                pointer: format!("{POD}/containers/0/{pointer}"),
                text: text.clone(),
                in_pod: true,
            });
        };
        let mut env = Vec::new();
        if cron.env.values().filter_map(text_of).chain(&cron.command).chain(&cron.args).any(mentions_namespace) {
            env.push(namespace_variable(names::NAMESPACE_VARIABLE));
        }
        for (name, value) in &cron.env {
            env.extend(self.hidden_variables(value));
            let pointer = format!("env/{}/value", env.len());
            env.push(self.variable(name, value, |text| later(pointer, text)));
        }
        let mut words = |field: &str, texts: &[Text]| {
            let mut words = Vec::new();
            for text in texts {
                words.push(pods::in_pod(text).unwrap_or_else(|| {
                    later(format!("{field}/{}", words.len()), text);
                    FILLED_IN.to_owned()
                }));
            }
            (!words.is_empty()).then_some(words)
        };
        let (command, args) = (words("command", &cron.command), words("args", &cron.args));
        let image = self.plan.resolved.image(&cron.image);
        let container = Container {
            name: cron.name.value.clone(),
            image: Some(self.image(&cron.image)),
            command,
            args,
            env: Some(env),
            resources: Some(pods::resources(&cron.cpu, &cron.memory)),
            security_context: Some(container_security(false)),
            ..Container::default()
        };
        let labels = self.labels_of(&cron.name.value);
        let mut pod_labels = labels.clone();
        pod_labels.extend(cron.identity.iter().flat_map(|identity| identity.labels.clone()));
        let template = PodTemplateSpec {
            metadata: Some(ObjectMeta { labels: Some(pod_labels), ..ObjectMeta::default() }),
            spec: Some(PodSpec {
                service_account_name: account_of(cron.identity.as_ref(), &cron.name.value),
                automount_service_account_token: Some(cron.identity.as_ref().is_some_and(|identity| identity.token)),
                security_context: Some(pod_security(image.user)),
                restart_policy: Some("Never".into()),
                image_pull_secrets: shared::pull_secret(self.plan, Some(self.environment)).map(|secret| vec![secret]),
                containers: vec![container],
                ..PodSpec::default()
            }),
        };
        Object::new(&CronJob {
            metadata: ObjectMeta {
                name: Some(cron.name.value.clone()),
                labels: Some(labels),
                // Argo CD calls a suspended CronJob Suspended, and one whose last run failed Degraded
                // (argo-cd, `resource_customizations/batch/CronJob/health.lua`): no delivery of the app would succeed until
                // the next run does.
                annotations: Some(BTreeMap::from([(
                    "argocd.argoproj.io/ignore-healthcheck".to_owned(),
                    "true".to_owned(),
                )])),
                ..ObjectMeta::default()
            },
            spec: Some(CronJobSpec {
                schedule: cron.schedule.clone(),
                time_zone: cron.timezone.clone(),
                concurrency_policy: Some(policy(cron.concurrency).to_owned()),
                suspend: Some(cron.suspended),
                job_template: JobTemplateSpec {
                    metadata: None,
                    spec: Some(JobSpec {
                        active_deadline_seconds: Some(i64::try_from(cron.timeout).unwrap_or(i64::MAX)),
                        backoff_limit: Some(i32::try_from(cron.retries).unwrap_or(i32::MAX)),
                        template,
                        ..JobSpec::default()
                    }),
                },
                ..CronJobSpec::default()
            }),
            status: None,
        })
    }
}

fn policy(concurrency: Concurrency) -> &'static str {
    match concurrency {
        Concurrency::Forbid => "Forbid",
        Concurrency::Allow => "Allow",
        Concurrency::Replace => "Replace",
    }
}
