//! Rootless BuildKit, with one pod for each image.

use super::{Builder, Requirement};
use crate::kube::argo::workflows::Template;
use crate::kube::core::{
    Container, EnvVar, KeyToPath, PodSecurityContext, SeccompProfile, SecretVolumeSource, SecurityContext, Volume,
    VolumeMount,
};
use crate::model::{Build, Cache, Image, Registry};
use crate::names;
use crate::plan::{Plan, Step};
use crate::providers::{Feature, KUBERNETES, Topic};
use crate::schema::providers::REGISTRY_CLIENT;
use crate::steps::build::{
    BUILD, BUILD_ARGS, BUILD_TARGET, CACHE, CONTEXT, CONTEXT_PATH, DESTINATION, DOCKERFILE, INSECURE, REVISION, TAG,
};
use crate::steps::pods::{self, variable};
use crate::steps::shared::GIT_TOKEN;
use crate::steps::template::{empty_dir, mount, template};
use crate::steps::{Contract, Input, Part, beside};
use k8s_openapi::api::core::v1::AppArmorProfile;

/// The uid of BuildKit's rootless image.
const USER: i64 = 1000;
/// Its home.
const HOME: &str = "/home/user";
/// The folder with the registry's client configuration.
const REGISTRY: &str = "/registry";

/// The step. Its image has neither git nor jq.
pub static BUILD_WITH_BUILDKIT: Contract = Contract {
    variables: &[
        // An argument with two braces has this variable between them.
        beside(names::NOTHING_VARIABLE, "", "nothing"),
        CONTEXT,
        REVISION,
        CONTEXT_PATH,
        DOCKERFILE,
        BUILD_TARGET,
        BUILD_ARGS,
        DESTINATION,
        TAG,
        INSECURE,
        CACHE,
        GIT_TOKEN,
        beside("HOME", HOME, "where BuildKit keeps its files"),
    ],
    parts: &[Part::Text(include_str!("step.sh"))],
    ..BUILD
};

static FEATURES: &[Feature] = &[Feature {
    product: &KUBERNETES,
    since: "1.30",
    kind: "WorkflowTemplate",
    field: "spec.templates[].script.securityContext.appArmorProfile",
    why: "disables AppArmor for rootless BuildKit by a field of the pod",
    source: "kubernetes/kubernetes, staging/src/k8s.io/api/core/v1/types.go, v1.30.0",
}];

/// BuildKit.
pub struct BuildKit;

impl Builder for BuildKit {
    fn contract(&self) -> &'static Contract {
        &BUILD_WITH_BUILDKIT
    }

    fn step(&self, plan: &Plan, facts: &dyn Fn(&Input) -> EnvVar) -> Template {
        let project = &plan.resolved.project;
        let mut template = template(self.contract(), &project.builder_image, facts);
        // What rootless BuildKit needs (moby/buildkit, examples/kubernetes/job.rootless.yaml): user namespaces and mounts
        // without privileges, for which seccomp and AppArmor step aside and setuid helpers keep their bits.
        template.security_context = Some(PodSecurityContext {
            run_as_non_root: Some(true),
            run_as_user: Some(USER),
            run_as_group: Some(USER),
            fs_group: Some(USER),
            ..PodSecurityContext::default()
        });
        template.volumes.push(empty_dir("buildkit"));
        let script = template.script.as_mut().expect("a build is a script");
        let mounts = script.container.volume_mounts.get_or_insert_default();
        mounts.push(mount("buildkit", &format!("{HOME}/.local/share/buildkit")));
        if let Some(secret) = project.registry.as_ref().and_then(|registry| registry.credentials.as_ref()) {
            template.volumes.push(client_configuration(&plan.resolved.secrets[secret].object));
            mounts.push(VolumeMount { read_only: Some(true), ..mount("registry", REGISTRY) });
            script.container.env.get_or_insert_default().push(variable("DOCKER_CONFIG", REGISTRY));
        }
        script.container = Container {
            resources: Some(pods::step_resources(("500m", "4"), ("1Gi", "4Gi"))),
            security_context: Some(SecurityContext {
                seccomp_profile: Some(SeccompProfile { type_: "Unconfined".into(), localhost_profile: None }),
                app_armor_profile: Some(AppArmorProfile { type_: "Unconfined".into(), localhost_profile: None }),
                run_as_user: Some(USER),
                run_as_group: Some(USER),
                ..SecurityContext::default()
            }),
            ..script.container.clone()
        };
        template
    }

    /// A registry stores the cache like an image, under a mutable tag. No name of the language has a dot, so no two images
    /// share a tag.
    fn cache(&self, registry: &Registry, app: &str, image: &Image, build: &Build) -> String {
        match &build.cache {
            Cache::Shared { repository, insecure } => {
                let scheme = if *insecure { "http://" } else { "" };
                format!("{scheme}{repository}:{app}.{}", image.name.value)
            }
            Cache::Off | Cache::Beside => {
                build.cache_beside().map_or(String::new(), |cache| format!("{}/{cache}:buildcache", registry.push))
            }
        }
    }

    fn features(&self) -> &'static [Feature] {
        FEATURES
    }

    fn requirements(&self, plan: &Plan) -> Vec<Requirement> {
        let builds = |step: &Step| matches!(step, Step::Build);
        if !plan.deliveries.iter().any(|delivery| delivery.steps.iter().any(builds)) {
            return Vec::new();
        }
        vec![Requirement::Cluster(
            Topic::Builder,
            format!(
                "Images are built by rootless BuildKit, which needs user namespaces and runs without seccomp and AppArmor: `{}` cannot enforce the Pod Security level `baseline`. On Ubuntu 24.04 and later the nodes need `kernel.apparmor_restrict_unprivileged_userns=0`.",
                plan.resolved.project.namespace
            ),
        )]
    }
}

/// A volume with the client configuration of a Secret.
fn client_configuration(object: &str) -> Volume {
    Volume {
        name: "registry".into(),
        secret: Some(SecretVolumeSource {
            secret_name: Some(object.to_owned()),
            items: Some(vec![KeyToPath { key: REGISTRY_CLIENT.into(), path: "config.json".into(), mode: None }]),
            ..SecretVolumeSource::default()
        }),
        ..Volume::default()
    }
}
