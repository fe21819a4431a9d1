//! A [`Contract`] → the template that runs its script.

use super::call::{declared, input, with_inputs};
use super::pods::{self, STEP_USER, container_security, pod_security, variable};
use super::{Account, Contract, Deadline, Given, Input};
use crate::kube::argo::workflows::{
    Backoff, Mutex, Outputs, Parameter, RetryStrategy, ScriptTemplate, Synchronization, Template, ValueFrom,
};
use crate::kube::core::{Container, EmptyDirVolumeSource, EnvVar, IntOrString, Volume, VolumeMount};

/// Where scripts leave their outputs.
const OUT: &str = "/out";

/// The template of a step in a container of that image. `value` returns the variables that are the same in every run.
pub fn template(contract: &Contract, image: &str, value: &dyn Fn(&Input) -> EnvVar) -> Template {
    let outputs: Vec<_> = contract
        .outputs
        .iter()
        .map(|output| Parameter {
            name: output.name.to_owned(),
            value_from: Some(ValueFrom {
                path: Some(format!("{OUT}/{}", output.name)),
                // A skipped step needs outputs, too: without a default, the next step could not refer to them.
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
    let (service_account_name, automount_service_account_token) = match contract.account {
        Account::None => (None, Some(false)),
        Account::Own(account) => (Some(account.to_owned()), Some(true)),
        Account::Workflow(_) => (None, None),
    };
    let template = Template {
        name: contract.template.to_owned(),
        outputs: (!outputs.is_empty()).then(|| Outputs { parameters: outputs, ..Outputs::default() }),
        synchronization: contract.lock.map(lock),
        active_deadline_seconds: Some(match contract.deadline {
            Deadline::Seconds(seconds) => IntOrString::Int(i32::try_from(seconds).unwrap_or(i32::MAX)),
            Deadline::Argument(parameter) => IntOrString::String(input(parameter)),
        }),
        // The deadline only applies to the pod. This also limits the wait for a lock, in the exit handler too.
        pending_timeout: contract.pending.map(|seconds| format!("{seconds}s")),
        retry_strategy: contract.retries.map(retry_on_error),
        service_account_name,
        automount_service_account_token,
        security_context: Some(pod_security(STEP_USER)),
        volumes,
        script: Some(ScriptTemplate {
            container: Container {
                image: Some(image.to_owned()),
                command: Some(vec!["sh".into()]),
                env: Some(contract.variables.iter().filter_map(|input| environment(input, value)).collect()),
                volume_mounts: Some(volume_mounts),
                resources: Some(pods::step_resources(("20m", "500m"), ("64Mi", "256Mi"))),
                security_context: Some(container_security(true)),
                ..Container::default()
            },
            source: contract.source(),
        }),
        ..Template::default()
    };
    let parameters = parameters(contract);
    if parameters.is_empty() { template } else { with_inputs(template, parameters) }
}

/// The variable of a pod for an input. The template's own digest is added once it is known.
fn environment(given: &Input, value: &dyn Fn(&Input) -> EnvVar) -> Option<EnvVar> {
    match given.given {
        Given::Argument(parameter) | Given::Optional(parameter) => Some(variable(given.name, input(parameter))),
        Given::Literal(text) => Some(variable(given.name, text)),
        Given::Seconds(seconds) => Some(variable(given.name, seconds.to_string())),
        Given::Fact(_) => Some(value(given)),
        Given::Default | Given::OwnDigest => None,
    }
}

/// The parameters of the template, required and optional.
fn parameters(contract: &Contract) -> Vec<Parameter> {
    let arguments = contract.variables.iter().filter_map(|input| match input.given {
        Given::Argument(name) => Some(declared(name)),
        Given::Optional(name) => Some(Parameter { value: Some(String::new()), ..declared(name) }),
        Given::Default | Given::Literal(_) | Given::Seconds(_) | Given::Fact(_) | Given::OwnDigest => None,
    });
    let deadline = match contract.deadline {
        Deadline::Argument(name) => Some(declared(name)),
        Deadline::Seconds(_) => None,
    };
    arguments.chain(deadline).collect()
}

/// A lock of that name, unique in the namespace.
pub fn lock(name: &str) -> Synchronization {
    Synchronization { mutexes: vec![Mutex { name: name.to_owned() }] }
}

/// A volume that starts empty and is deleted with its pod.
pub fn empty_dir(name: &str) -> Volume {
    Volume { name: name.to_owned(), empty_dir: Some(EmptyDirVolumeSource::default()), ..Volume::default() }
}

/// A mount of a volume.
pub fn mount(name: &str, path: &str) -> VolumeMount {
    VolumeMount { name: name.to_owned(), mount_path: path.to_owned(), ..VolumeMount::default() }
}

/// Retries after failures that the step did not cause, such as an evicted pod or a lost node.
pub(super) fn retry_on_error(limit: u32) -> RetryStrategy {
    RetryStrategy {
        limit: Some(IntOrString::String(limit.to_string())),
        retry_policy: Some("OnError".into()),
        backoff: Some(Backoff { duration: Some("10s".into()), factor: Some(IntOrString::String("2".into())) }),
    }
}
