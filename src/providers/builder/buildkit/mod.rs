//! Rootless BuildKit, with one pod for each image.

use super::{Builder, Requirement};
use crate::kube::argo::workflows::Template;
use crate::kube::core::{
    Container, EnvVar, IntOrString, PodSecurityContext, SeccompProfile, SecretVolumeSource, SecurityContext, Volume,
    VolumeMount,
};
use crate::model::{Build, BuildPod, Cache, Image, Registry, RemoteBuilder, join};
use crate::names;
use crate::plan::{Plan, Step};
use crate::providers::registry::{access, secret_volume};
use crate::providers::{Feature, KUBERNETES, Topic};
use crate::schema::providers::BUILDER_TLS as KEYS_FOR_TLS;
use crate::steps::build::{
    ATTEST, BUILD, BUILD_ARGS, BUILD_SECRETS, BUILD_TARGET, BUILDER_ADDRESS, BUILDER_TLS, CACHE, CONTEXT, CONTEXT_PATH,
    DESTINATION, DOCKERFILE, INSECURE, PLATFORMS, REVISION, SECRET_FILE, SECRETS, TAG,
};
use crate::steps::pods::{self, pod_security, variable};
use crate::steps::shared::GIT_TOKEN;
use crate::steps::template::{empty_dir, mount, template};
use crate::steps::{Contract, Input, Part, beside};
use k8s_openapi::api::core::v1::AppArmorProfile;
use std::collections::BTreeSet;

/// The uid of BuildKit's rootless image.
const USER: i64 = 1000;
/// Its home.
const HOME: &str = "/home/user";
/// The folder with the certificates for a daemon elsewhere.
const TLS: &str = "/tls";

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
        PLATFORMS,
        BUILD_SECRETS,
        ATTEST,
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

    fn step(&self, plan: &Plan, pod: &BuildPod, facts: &dyn Fn(&Input) -> EnvVar) -> Template {
        let project = &plan.resolved.project;
        let mut template = template(self.contract(), &project.builder_image, facts);
        if let Some(remote) = &project.remote_builder {
            give_files(plan, pod, &mut template);
            client(remote, plan, pod, &mut template);
            return template;
        }
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
        give_files(plan, pod, &mut template);
        let script = template.script.as_mut().expect("a build is a script");
        script.container = Container {
            resources: Some(pods::resources(&pod.cpu, &pod.memory)),
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
                let cache = build.cache_beside().map(|cache| join(&registry.path, &cache));
                cache.map_or(String::new(), |cache| format!("{}/{cache}:buildcache", registry.push))
            }
        }
    }

    fn features(&self) -> &'static [Feature] {
        FEATURES
    }

    fn requirements(&self, plan: &Plan) -> Vec<Requirement> {
        let builds = |step: &Step| matches!(step, Step::Build);
        let building = plan.deliveries.iter().filter(|delivery| delivery.steps.iter().any(builds));
        let builds = |app: &&str| plan.resolved.apps[*app].built().next().is_some();
        let apps: BTreeSet<&str> = building.map(|delivery| delivery.app).filter(builds).collect();
        if apps.is_empty() {
            return Vec::new();
        }
        let namespace = &plan.resolved.project.namespace;
        let mut found = match &plan.resolved.project.remote_builder {
            Some(remote) => remote_requirements(remote, plan),
            None => vec![Requirement::Cluster(
                Topic::Builder,
                format!(
                    "Images are built by rootless BuildKit, which needs user namespaces and runs without seccomp and AppArmor: `{namespace}` cannot enforce the Pod Security level `baseline`. On Ubuntu 24.04 and later the nodes need `kernel.apparmor_restrict_unprivileged_userns=0`."
                ),
            )],
        };
        let built = || apps.iter().flat_map(|app| plan.resolved.apps[*app].built().map(move |image| (app, image)));
        for (app, (image, build)) in built() {
            let purpose = format!("building image `{}` of `{app}`", image.name.value);
            // One from a store is made by the tree.
            found.extend(build.pod.secrets.values().filter_map(|secret| {
                let known = &plan.resolved.secrets[&secret.value.secret];
                let required = || Requirement::secret(namespace, &known.object, &secret.value.key, purpose.as_str());
                known.origin.is_existing().then(required)
            }));
        }
        let platforms: BTreeSet<_> = built().flat_map(|(_, (_, build))| &build.platforms).collect();
        if !platforms.is_empty() {
            let platforms: Vec<_> = platforms.into_iter().map(|platform| format!("`{platform}`")).collect();
            found.push(Requirement::Cluster(
                Topic::Builder,
                format!(
                    "Images are built for {}. For the platforms that a node does not have itself, BuildKit runs the commands of a Dockerfile in its own emulator, which is many times slower; if a program starts others that the emulator cannot follow (`exec format error`), register QEMU with `binfmt_misc` on the nodes, or cross-compile with `FROM --platform=$BUILDPLATFORM`.",
                    platforms.join(", ")
                ),
            ));
        }
        if built().any(|(_, (_, build))| build.attested) {
            found.push(Requirement::Cluster(
                Topic::Builder,
                "The lists of software in attestations are made by `docker.io/docker/buildkit-syft-scanner`, which builds pull; the registry must accept OCI image indexes.".to_owned(),
            ));
        }
        found
    }
}

/// Gives a build the files that it reads, and its time.
fn give_files(plan: &Plan, pod: &BuildPod, template: &mut Template) {
    let object = |secret: &str| plan.resolved.secrets[secret].object.as_str();
    let container = &mut template.script.as_mut().expect("a build is a script").container;
    let registry = plan.resolved.project.registry.as_ref();
    let credentials = registry.and_then(|registry| registry.credentials.as_deref());
    template.volumes.extend(access(plan, credentials, container));
    let mounts = container.volume_mounts.get_or_insert_default();
    let mut give = |volume: Volume, folder: &str| {
        mounts.push(VolumeMount { read_only: Some(true), ..mount(&volume.name, folder) });
        template.volumes.push(volume);
    };
    for (at, (name, secret)) in pod.secrets.iter().enumerate() {
        let volume =
            secret_volume(&format!("secret-{at}"), object(&secret.value.secret), &secret.value.key, SECRET_FILE);
        give(volume, &format!("{SECRETS}/{name}"));
    }
    template.active_deadline_seconds = Some(IntOrString::Int(i32::try_from(pod.timeout).unwrap_or(i32::MAX)));
}
/// Makes the pod of a build that of a client: it needs no privileges, and little else.
fn client(remote: &RemoteBuilder, plan: &Plan, pod: &BuildPod, template: &mut Template) {
    let usual = BuildPod::default();
    template.security_context = Some(pod_security(USER));
    let container = &mut template.script.as_mut().expect("a build is a script").container;
    let env = container.env.get_or_insert_default();
    env.push(variable(BUILDER_ADDRESS.name, &remote.address));
    if let Some(tls) = &remote.tls {
        env.push(variable(BUILDER_TLS.name, "true"));
        let volume = Volume {
            name: "tls".to_owned(),
            secret: Some(SecretVolumeSource {
                secret_name: Some(plan.resolved.secrets[tls].object.clone()),
                ..SecretVolumeSource::default()
            }),
            ..Volume::default()
        };
        template.volumes.push(volume);
        let mounts = container.volume_mounts.get_or_insert_default();
        mounts.push(VolumeMount { read_only: Some(true), ..mount("tls", TLS) });
    }
    if (&pod.cpu, &pod.memory) != (&usual.cpu, &usual.memory) {
        container.resources = Some(pods::resources(&pod.cpu, &pod.memory));
    }
}

/// What the daemon must be.
fn remote_requirements(remote: &RemoteBuilder, plan: &Plan) -> Vec<Requirement> {
    let namespace = &plan.resolved.project.namespace;
    let address = &remote.address;
    let mut text = format!(
        "Images are built by the BuildKit daemon at `{address}`, which the pods of `{namespace}` must reach. It clones the sources, and pulls and pushes images: it must trust the registry and reach both."
    );
    match &remote.tls {
        Some(tls) => {
            let known = &plan.resolved.secrets[tls];
            let keys = KEYS_FOR_TLS.iter().filter(|_| known.origin.is_existing());
            let purpose = "building with the daemon";
            let keys = keys.map(|key| Requirement::secret(namespace, &known.object, key, purpose));
            let text = Requirement::Cluster(Topic::Builder, text);
            keys.chain([text]).collect()
        }
        None => {
            text += " Without `tls`, whoever can reach it can read what is built there, and change it: allow only these pods, with a NetworkPolicy.";
            vec![Requirement::Cluster(Topic::Builder, text)]
        }
    }
}
