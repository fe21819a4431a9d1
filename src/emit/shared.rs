//! `workflows/shared.yaml`: the steps that all pipelines of a target share, and their scripts.

use super::pods::{self, secret_variable, variable};
use super::scripts::Script;
use super::steps::{self, declared, from_input, retry_on_error, with_inputs};
use super::{Tree, waves};
use crate::kube::argo::workflows::{
    Inputs, Mutex, Parameter, Synchronization, Template, WorkflowSpec, WorkflowTemplate,
};
use crate::kube::core::{
    Container, EnvVar, IntOrString, KeyToPath, PodSecurityContext, SeccompProfile, SecretVolumeSource, SecurityContext,
    Volume,
};
use crate::kube::{Object, meta};
use crate::model::Registry;
use crate::names::{self, PIPELINE_DIGEST, SHARED_DIGEST};
use crate::plan::{self, Plan};
use k8s_openapi::api::core::v1::AppArmorProfile;
use std::collections::BTreeMap;

/// The uid of BuildKit's rootless image.
const BUILD_USER: i64 = 1000;

/// Emits the shared WorkflowTemplate, and gives its digest.
pub fn emit(plan: &Plan, tree: &mut Tree) -> String {
    let project = &plan.system.project;
    let mut templates = vec![check(plan), restart(plan)];
    if let Some(registry) = &project.registry {
        templates.push(build(plan, registry));
    }
    if plan.has_environments() {
        templates.extend([gitops(plan), wait(plan)]);
    }
    templates.extend(plan.has_ephemeral().then(|| gone(plan)));
    let digest = super::digest([serde_json::to_vec(&templates).expect("templates are always JSON").as_slice()]);
    let check = templates[0].script.as_mut().expect("the check is a script");
    check.container.env.get_or_insert_default().push(variable(names::STEPS_DIGEST, &digest));
    let mut metadata = meta(&project.namespace, names::SHARED);
    metadata.annotations = Some(BTreeMap::from([(names::key(SHARED_DIGEST), digest.clone())]));
    // Before the pipelines, which name its templates.
    waves::put_into(&mut metadata, waves::SHARED_STEPS);
    let template = WorkflowTemplate { metadata, spec: WorkflowSpec { templates, ..WorkflowSpec::default() } };
    tree.objects("workflows/shared.yaml", &[Object::new(&template)]);
    digest
}

/// The token that reads the sources. Whoever writes a Dockerfile can read it, too.
fn reading_token(plan: &Plan) -> EnvVar {
    secret_variable("GIT_TOKEN", &credentials(plan), "token")
}

/// The token that writes the GitOps repository, for steps that run nothing but scripts of ours.
fn writing_token(plan: &Plan) -> EnvVar {
    secret_variable("GITOPS_TOKEN", &writing_credentials(plan), "token")
}

/// The name of the Secret with the project's credentials, in the namespace of the pipelines.
pub fn credentials(plan: &Plan) -> String {
    plan.system.secrets[&plan.system.project.github.credentials].object.clone()
}

/// The name of the Secret with the token that writes the GitOps repository.
pub fn writing_credentials(plan: &Plan) -> String {
    plan.system.secrets[plan.system.project.writing_credentials()].object.clone()
}

/// Where the GitOps repository is and who commits to it.
pub fn gitops_variables(plan: &Plan) -> Vec<EnvVar> {
    let gitops = &plan.system.project.gitops;
    let target = &plan.system.target;
    vec![
        variable("GITOPS_URL", gitops.repository.url()),
        variable("GITOPS_BRANCH", &gitops.branch),
        variable("GITOPS_PATH", gitops.manifests(target)),
        writing_token(plan),
        variable("GIT_AUTHOR_NAME", &gitops.author_name),
        variable("GIT_AUTHOR_EMAIL", &gitops.author_email),
        variable("WORKFLOW_NAME", "{{workflow.name}}"),
    ]
}

fn seconds(seconds: u64) -> Option<IntOrString> {
    Some(IntOrString::Int(i32::try_from(seconds).unwrap_or(i32::MAX)))
}

/// The first step. Its digest of the templates is written in when they are complete.
fn check(plan: &Plan) -> Template {
    let gitops = &plan.system.project.gitops;
    let env = vec![
        from_input("REVISION", "revision"),
        from_input("BRANCH", "branch"),
        from_input("SOURCE_URL", "source-url"),
        from_input("PIPELINE", "pipeline"),
        from_input("PIPELINE_DIGEST", PIPELINE_DIGEST),
        from_input("SHARED_DIGEST", SHARED_DIGEST),
        variable("GITOPS_URL", gitops.repository.url()),
        variable("GITOPS_BRANCH", &gitops.branch),
        variable("TREE_PATH", gitops.tree_of(&plan.system.target)),
        reading_token(plan),
    ];
    let template = steps::script(Script::Check, &plan.system.project.tools_image, env);
    let inputs = ["revision", "branch", "source-url", "pipeline", PIPELINE_DIGEST, SHARED_DIGEST];
    let inputs = inputs.map(declared).to_vec();
    with_inputs(
        Template {
            active_deadline_seconds: seconds(plan::CHECK_DEADLINE),
            retry_strategy: Some(retry_on_error(2)),
            automount_service_account_token: Some(false),
            ..template
        },
        inputs,
    )
}

/// Starts the run again when its templates have been replaced.
fn restart(plan: &Plan) -> Template {
    let env = vec![
        from_input("REVISION", "revision"),
        from_input("FORCE", "force"),
        from_input("REASON", "reason"),
        from_input("PIPELINE", "pipeline"),
        from_input("PIPELINE_DIGEST", PIPELINE_DIGEST),
        variable("SHARED_TEMPLATE", names::SHARED),
        variable("PIPELINE_NAMESPACE", &plan.system.project.namespace),
        variable("WORKFLOW_UID", "{{workflow.uid}}"),
        variable("TIMEOUT_SECONDS", plan::RESTART_TIMEOUT.to_string()),
    ];
    let mut template = steps::script(Script::Restart, &plan.system.project.tools_image, env);
    looks_at_the_cluster(&mut template, names::RESTART);
    template.active_deadline_seconds = seconds(plan::RESTART_TIMEOUT + plan::WAIT_GRACE);
    with_inputs(template, ["revision", "force", "reason", "pipeline", PIPELINE_DIGEST].map(declared).to_vec())
}

fn build(plan: &Plan, registry: &Registry) -> Template {
    let env = vec![
        // An argument with two braces has this between them, see `delivery`.
        variable(names::NOTHING_VARIABLE, ""),
        from_input("CONTEXT", "context"),
        from_input("REVISION", "revision"),
        from_input("CONTEXT_PATH", "path"),
        from_input("DOCKERFILE", "dockerfile"),
        from_input("BUILD_TARGET", "target"),
        from_input("BUILD_ARGS", "args"),
        from_input("DESTINATION", "destination"),
        from_input("TAG", "tag"),
        variable("INSECURE", registry.insecure.to_string()),
        from_input("CACHE", "cache"),
        reading_token(plan),
        variable("HOME", "/home/user"),
    ];
    let mut template = steps::script(Script::Build, &plan.system.project.builder_image, env);
    template.active_deadline_seconds = seconds(plan::BUILD_DEADLINE);
    template.retry_strategy = Some(retry_on_error(1));
    template.automount_service_account_token = Some(false);
    // What rootless BuildKit needs (moby/buildkit, examples/kubernetes/job.rootless.yaml): user namespaces and mounts
    // without privileges, for which seccomp and AppArmor step aside and setuid helpers keep their bits.
    template.security_context = Some(PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(BUILD_USER),
        run_as_group: Some(BUILD_USER),
        fs_group: Some(BUILD_USER),
        ..PodSecurityContext::default()
    });
    template.volumes.push(steps::empty_dir("buildkit"));
    let script = template.script.as_mut().expect("a build is a script");
    let mounts = script.container.volume_mounts.get_or_insert_default();
    mounts.push(steps::mount("buildkit", "/home/user/.local/share/buildkit"));
    if let Some(secret) = &registry.credentials {
        let object = plan.system.secrets[secret].object.clone();
        template.volumes.push(Volume {
            name: "registry".into(),
            secret: Some(SecretVolumeSource {
                secret_name: Some(object),
                items: Some(vec![KeyToPath {
                    key: ".dockerconfigjson".into(),
                    path: "config.json".into(),
                    mode: None,
                }]),
                ..SecretVolumeSource::default()
            }),
            ..Volume::default()
        });
        mounts.push(crate::kube::core::VolumeMount { read_only: Some(true), ..steps::mount("registry", "/registry") });
        script.container.env.get_or_insert_default().push(variable("DOCKER_CONFIG", "/registry"));
    }
    script.container = Container {
        resources: Some(pods::step_resources(("500m", "4"), ("1Gi", "4Gi"))),
        security_context: Some(SecurityContext {
            seccomp_profile: Some(SeccompProfile { type_: "Unconfined".into(), localhost_profile: None }),
            app_armor_profile: Some(AppArmorProfile { type_: "Unconfined".into(), localhost_profile: None }),
            run_as_user: Some(BUILD_USER),
            run_as_group: Some(BUILD_USER),
            ..SecurityContext::default()
        }),
        ..script.container.clone()
    };
    let inputs = ["context", "revision", "path", "dockerfile", "target", "args", "destination", "tag", "cache"];
    with_inputs(template, inputs.map(declared).to_vec())
}

/// The inputs of `gitops` that an action may leave out.
const OPTIONAL: &[(&str, &str)] = &[
    ("REVISION", "revision"),
    ("BRANCH", "branch"),
    ("SOURCE_URL", "source-url"),
    ("NAMESPACE", "namespace"),
    ("COPY_OF", "copy-of"),
    ("TTL_SECONDS", "ttl-seconds"),
    ("MEMBERS", "members"),
    ("NEEDS", "needs"),
    ("UPDATES", "updates"),
    ("STAGED", "staged"),
    ("IMAGES", "images"),
    ("FORCE", "force"),
    ("PIPELINE", "pipeline"),
    ("PIPELINE_DIGEST", PIPELINE_DIGEST),
];

fn gitops(plan: &Plan) -> Template {
    let gitops = &plan.system.project.gitops;
    let required = [("ACTION", "action"), ("VERSION", "version"), ("APP", "app"), ("ENVIRONMENT", "environment")];
    let mut env = gitops_variables(plan);
    env.extend([
        reading_token(plan),
        variable("WORKFLOW_UID", "{{workflow.uid}}"),
        variable("TREE_PATH", gitops.tree_of(&plan.system.target)),
    ]);
    env.extend(required.iter().chain(OPTIONAL).map(|(name, parameter)| from_input(name, parameter)));
    let mut inputs: Vec<_> = required.iter().map(|(_, parameter)| declared(parameter)).collect();
    inputs.extend(OPTIONAL.iter().map(|(_, name)| Parameter { value: Some(String::new()), ..declared(name) }));
    let template = steps::script(Script::GitOps, &plan.system.project.tools_image, env);
    with_inputs(
        Template {
            synchronization: Some(lock(names::GITOPS_LOCK)),
            active_deadline_seconds: seconds(plan::GITOPS_DEADLINE),
            // The deadline is the pod's. Only this bounds the wait for the lock, in the exit handler as well.
            pending_timeout: Some(format!("{}s", plan::GITOPS_PENDING)),
            automount_service_account_token: Some(false),
            ..template
        },
        inputs,
    )
}

/// A lock of that name, one in the namespace.
pub fn lock(name: &str) -> Synchronization {
    Synchronization { mutexes: vec![Mutex { name: name.to_owned(), ..Mutex::default() }] }
}

/// What the steps that look at Argo CD have in common.
fn cluster_variables(plan: &Plan) -> Vec<EnvVar> {
    let project = &plan.system.project;
    vec![
        variable("PROJECT", &project.name.value),
        variable("ARGOCD_NAMESPACE", &project.argocd_namespace),
        variable("REFRESH", if project.refresh_by_annotation { "annotate" } else { "none" }),
        from_input("NAMESPACE", "namespace"),
        from_input("APPLICATION_SETS", "application-sets"),
        from_input("TIMEOUT_SECONDS", "timeout-seconds"),
    ]
}

fn wait(plan: &Plan) -> Template {
    let optional = [
        ("EXPECT", "expect"),
        ("EXCEPT", "except"),
        ("ENVIRONMENT_APPLICATION", "environment-application"),
        ("TREE", "tree"),
        ("YIELDS", "yields"),
        ("INSTEAD_OF", "instead-of"),
        ("ROLLOUTS", "rollouts"),
        ("DIGESTS", "digests"),
    ];
    let mut env = cluster_variables(plan);
    env.extend(optional.iter().map(|(name, parameter)| from_input(name, parameter)));
    let mut template = steps::script(Script::Wait, &plan.system.project.tools_image, env);
    looks_at_the_cluster(&mut template, names::DELIVER);
    let mut inputs: Vec<_> = ["namespace", "application-sets", "timeout-seconds"].map(declared).to_vec();
    inputs.extend(optional.iter().map(|(_, name)| Parameter { value: Some(String::new()), ..declared(name) }));
    // The script ends by itself and says what is missing; the pod's deadline is there for a node that hangs.
    inputs.push(declared("deadline-seconds"));
    template.active_deadline_seconds = Some(IntOrString::String(steps::input("deadline-seconds")));
    template.inputs = Some(Inputs { parameters: inputs, ..Inputs::default() });
    template
}

fn gone(plan: &Plan) -> Template {
    let mut template = steps::script(Script::Gone, &plan.system.project.tools_image, cluster_variables(plan));
    looks_at_the_cluster(&mut template, names::TEARDOWN);
    template.active_deadline_seconds = seconds(plan::GONE_TIMEOUT + plan::WAIT_GRACE);
    with_inputs(template, ["namespace", "application-sets", "timeout-seconds"].map(declared).to_vec())
}

/// The step's own container talks to the cluster, as an account that can do nothing else.
fn looks_at_the_cluster(template: &mut Template, account: &str) {
    template.service_account_name = Some(account.to_owned());
    template.automount_service_account_token = Some(true);
    template.retry_strategy = Some(retry_on_error(2));
}
