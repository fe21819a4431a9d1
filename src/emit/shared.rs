//! `workflows/shared.yaml`: the steps that all pipelines of a target share, and their scripts.

use super::{Tree, environments, externals, notices, waves};
use crate::files::Folder;
use crate::kube::argo::workflows::{Template, WorkflowSpec, WorkflowTemplate};
use crate::kube::core::{
    EnvVar, KeyToPath, LocalObjectReference, ProjectedVolumeSource, SecretProjection, Volume, VolumeMount,
    VolumeProjection,
};
use crate::kube::{Object, meta};
use crate::model::{BuildPod, GitHost, Registry};
use crate::names::{self, SHARED_DIGEST};
use crate::plan::Plan;
use crate::providers::host::{self, Rights};
use crate::providers::registry::access;
use crate::providers::{Requirement, Topic, builder};
use crate::schema::providers::{REGISTRY_CLIENT, SIGNER};
use crate::steps::check::{CHECK, STEPS_DIGEST};
use crate::steps::find::FIND;
use crate::steps::image::IMAGE;
use crate::steps::pods::{secret_variable, variable};
use crate::steps::restart::{RESTART, RESTART_WITH};
use crate::steps::shared::{GIT_TOKEN, GIT_TOKENS};
use crate::steps::template::{mount, template};
use crate::steps::{self, Contract, Fact, Given, Input};
use std::collections::{BTreeMap, BTreeSet};

/// Emits the shared WorkflowTemplate, and returns its digest.
pub fn emit(plan: &Plan, tree: &mut Tree) -> String {
    let project = &plan.resolved.project;
    let builder = builder::of(plan);
    tree.require(requirements(plan));
    tree.require(builder.requirements(plan));
    let mut steps: Vec<_> = steps::ALL.into_iter().filter(|contract| contract.is_called()).collect();
    // After the steps that determine whether anything is built.
    let at =
        steps.iter().rposition(|contract| *contract == &RESTART || *contract == &RESTART_WITH).map_or(0, |at| at + 1);
    steps.insert(at, builder.contract());
    let steps = steps.into_iter().filter(|contract| (contract.needed)(plan));
    let mut templates: Vec<_> = steps
        .map(|contract| match contract == builder.contract() {
            true => build(plan, first(plan), &BuildPod::default()),
            false if contract == &IMAGE => image(plan),
            false => step(plan, contract),
        })
        .collect();
    templates.extend(notices::shared_templates(plan));
    let bytes = serde_json::to_vec(&templates).expect("templates are always JSON");
    let path = Folder::Workflows.file("shared.yaml");
    let patches = tree.patches.bytes_of(&path);
    let digest = super::digest([bytes.as_slice()].into_iter().chain(patches.as_deref()));
    let first =
        templates.iter_mut().filter(|template| [CHECK.template, FIND.template].contains(&template.name.as_str()));
    for script in first.filter_map(|template| template.script.as_mut()) {
        script.container.env.get_or_insert_default().push(variable(STEPS_DIGEST.name, &digest));
    }
    let mut metadata = meta(&project.namespace, names::SHARED);
    metadata.annotations = Some(BTreeMap::from([(names::key(SHARED_DIGEST), digest.clone())]));
    // Before the pipelines, which refer to its templates.
    waves::put_into(&mut metadata, waves::SHARED_STEPS);
    let template = WorkflowTemplate { metadata, spec: WorkflowSpec { templates, ..WorkflowSpec::default() } };
    tree.objects(&path, &[Object::new(&template)]);
    digest
}

fn requirements(plan: &Plan) -> Vec<Requirement> {
    let project = &plan.resolved.project;
    let namespace = &project.namespace;
    let mut found = vec![
        Requirement::Cluster(Topic::Workflows, format!("Argo Workflows must watch the namespace `{namespace}`.")),
        Requirement::Access(tokens(plan)),
    ];
    for host in &project.hosts {
        let purpose = match project.hosts.len() {
            1 => "reading the sources".to_owned(),
            _ => format!("reading the sources on `{}`", host.server.value),
        };
        found.extend(externals::credential(plan, &host.credentials.value, host::TOKEN, purpose));
    }
    if plan.has_environments() {
        let purpose = format!("writing `{}`", project.gitops.repository);
        found.extend(externals::credential(plan, project.writing_credentials(), host::TOKEN, purpose));
    }
    if let Some(registry) = &project.registry {
        found.extend(registry_requirements(plan, registry));
    }
    found
}

fn registry_requirements(plan: &Plan, registry: &Registry) -> Vec<Requirement> {
    let mut found = Vec::new();
    let host = &registry.host;
    if let Some(secret) = &registry.credentials {
        found.extend(externals::credential(plan, secret, REGISTRY_CLIENT, "pushing images"));
    }
    let signers = plan.resolved.apps.values().flat_map(|app| app.signers());
    let signers: BTreeSet<_> = signers.map(|signer| &signer.value).collect();
    for signer in signers {
        found.extend(SIGNER.iter().filter_map(|key| externals::credential(plan, signer, key, "signing images")));
    }
    if let Some(ca) = &registry.ca {
        found.extend(externals::credential(plan, &ca.secret, &ca.key, "trusting the registry"));
        found.push(Requirement::Cluster(
            Topic::Registry,
            format!(
                "The nodes must trust the authority that issued the certificate of `{host}`: they pull the images."
            ),
        ));
    }
    match &registry.pull {
        Some(_) => found.extend(pull_requirements(plan, host)),
        None if registry.credentials.is_some() => found.push(Requirement::Cluster(
            Topic::Registry,
            format!(
                "The nodes must be able to pull from `{host}` without an image pull Secret: generated pods do not refer to one."
            ),
        )),
        None => {}
    }
    found
}

/// The Secret with which images are pulled, in every namespace with generated pods.
fn pull_requirements(plan: &Plan, host: &str) -> Vec<Requirement> {
    let name = |environment| pull_secret(plan, environment).map(|secret| secret.name).unwrap_or_default();
    let purpose = format!("pulling images from `{host}`; of the type `kubernetes.io/dockerconfigjson`");
    let secret = |namespace: &str, name: &str| Requirement::secret(namespace, name, REGISTRY_CLIENT, purpose.as_str());
    let pull = plan.resolved.project.registry.as_ref().and_then(|registry| registry.pull.as_ref());
    let Some(known) = pull.map(|name| &plan.resolved.secrets[&name.value]) else { return Vec::new() };
    let mut found = Vec::new();
    if known.origin.is_existing() {
        found.push(secret(&plan.resolved.project.namespace, &name(None)));
    }
    for (environment, apps) in &plan.contents {
        let has_pods = |app: &String| {
            let there = &plan.resolved.apps[app].environments[*environment];
            !there.services.is_empty() || !there.crons.is_empty()
        };
        let name = name(Some(environment));
        match plan.resolved.environments[*environment].namespace() {
            _ if !apps.iter().any(has_pods) || !known.environments[*environment].origin.is_existing() => {}
            Some(namespace) => found.push(secret(namespace, &name)),
            None => found.push(Requirement::Cluster(
                Topic::Registry,
                format!(
                    "Every namespace of `{environment}` needs the Secret `{name}` as soon as it is created, or its pods cannot pull from `{host}`: for example, by a ClusterExternalSecret or a replicator that selects namespaces with the label `{}: {environment}`.",
                    names::key("environment")
                ),
            )),
        }
    }
    found.push(Requirement::Cluster(
        Topic::Registry,
        "Charts, kustomizations and manifests must refer to the Secret for pulling images themselves.".to_owned(),
    ));
    found
}

/// The Secret with which generated pods of an environment pull their images, or those of the pipelines.
pub fn pull_secret(plan: &Plan, environment: Option<&str>) -> Option<LocalObjectReference> {
    let pull = plan.resolved.project.registry.as_ref()?.pull.as_ref()?;
    let secret = &plan.resolved.secrets[&pull.value];
    let object = environment.map_or(&secret.object, |environment| &secret.environments[environment].object);
    Some(LocalObjectReference { name: object.clone() })
}

/// The permissions of each token of a git host, and who can read it.
fn tokens(plan: &Plan) -> String {
    let gitops = &plan.resolved.project.gitops.repository;
    let project = &plan.resolved.project;
    let writing = host::writing_credentials(plan);
    let kind = |host: &GitHost| host::get(host.choice).rights();
    // Without a host of its own, the GitOps repository is written with a token of a kind that the project does not know.
    let writes = project.host_of(&project.gitops.repository).unwrap_or(first(plan));
    let used = || project.hosts.iter().chain(plan.has_environments().then_some(writes));
    let several = used().any(|host| kind(host).token != kind(first(plan)).token);
    let right = |host: &GitHost, right: fn(&Rights) -> &'static str| match several {
        true => format!("{}: {}", kind(host).token, right(kind(host))),
        false => right(kind(host)).to_owned(),
    };
    let mut rows = String::new();
    let mut readers = BTreeSet::new();
    for host in &project.hosts {
        let sources = plan.resolved.apps.values().filter_map(|app| app.source.as_ref());
        let its = sources.filter(|source| std::ptr::eq(host::described(plan, &source.value), host));
        let its: BTreeSet<_> = its.map(|source| format!("`{}`", source.value)).collect();
        let its = its.into_iter().collect::<Vec<_>>().join(", ");
        let reading = host::credentials(plan, host);
        rows += &format!("| `{reading}` | {} | {its} |\n", right(host, |rights| rights.read));
        readers.insert(reading);
    }
    if plan.has_environments() {
        rows += &format!("| `{writing}` | {} | `{gitops}` |\n", right(writes, |rights| rights.write));
    }
    let who = match (plan.has_environments(), readers.contains(&writing)) {
        (false, _) => String::new(),
        (true, false) => format!(
            "\nThat of `{writing}` is only available to pods that run nothing but generated scripts: whoever has it controls what Argo CD deploys."
        ),
        (true, true) => {
            "\nNothing is built here, so one token does both. Whoever has it controls what Argo CD deploys.".to_owned()
        }
    };
    let of = if several { String::new() } else { format!(" of {}", kind(first(plan)).token) };
    let build = match project.hosts.as_slice() {
        [host] => {
            format!("Every Dockerfile can read the `token` of `{}` while its image is built.", host::credentials(plan, host))
        }
        _ => "Every Dockerfile can read the `token` for the host of its own repository while its image is built, and that of no other host.".to_owned(),
    };
    format!(
        "The minimum permissions of the tokens:\n\n| Secret | permissions{of} | repositories |\n|---|---|---|\n{rows}\n{build}{who}"
    )
}

/// The template of a step that runs in the image of the generated steps.
pub fn step(plan: &Plan, contract: &Contract) -> Template {
    let mut template = template(contract, &plan.resolved.project.tools_image, &facts(plan, first(plan)));
    if contract.variables.iter().any(|input| input.name == GIT_TOKEN.name) && plan.resolved.project.hosts.len() > 1 {
        give_tokens(plan, &mut template);
    }
    template
}

/// The template of the step that waits for an image from a CI.
fn image(plan: &Plan) -> Template {
    let mut template = template(&IMAGE, &plan.resolved.project.crane_image, &facts(plan, first(plan)));
    let registry = plan.resolved.project.registry.as_ref();
    let container = &mut template.script.as_mut().expect("a step is a script").container;
    let volumes = access(plan, registry.and_then(Registry::reading_credentials), container);
    template.volumes.extend(volumes);
    template
}

/// Where a step finds the tokens of several hosts.
const TOKENS: &str = "/tokens";

/// Gives a step the token of each host as a file that is named by the host: the script sends none of them to another.
fn give_tokens(plan: &Plan, template: &mut Template) {
    let sources = plan.resolved.project.hosts.iter().map(|host| VolumeProjection {
        secret: Some(SecretProjection {
            name: host::credentials(plan, host),
            items: Some(vec![KeyToPath {
                key: host::TOKEN.to_owned(),
                path: host.server.value.to_ascii_lowercase(),
                mode: None,
            }]),
            optional: None,
        }),
        ..VolumeProjection::default()
    });
    template.volumes.push(Volume {
        name: "tokens".to_owned(),
        projected: Some(ProjectedVolumeSource { sources: Some(sources.collect()), default_mode: None }),
        ..Volume::default()
    });
    let container = &mut template.script.as_mut().expect("a step is a script").container;
    let mount = VolumeMount { read_only: Some(true), ..mount("tokens", TOKENS) };
    container.volume_mounts.get_or_insert_default().push(mount);
    for known in container.env.get_or_insert_default() {
        if known.name == GIT_TOKEN.name {
            *known = variable(GIT_TOKENS.name, TOKENS);
        }
    }
}

/// The host whose token the shared build has.
pub fn first<'a>(plan: &Plan<'a>) -> &'a GitHost {
    plan.resolved.project.hosts.first().expect("a checked project has a host")
}

/// Whether it is that host.
pub fn is_first(plan: &Plan, host: &GitHost) -> bool {
    host.id() == first(plan).id()
}

/// The template of a build with such a pod, from a repository on that host.
pub fn build(plan: &Plan, host: &GitHost, pod: &BuildPod) -> Template {
    builder::of(plan).step(plan, pod, &facts(plan, host))
}

/// What the steps need to know of the plan.
fn facts<'a>(plan: &'a Plan, host: &'a GitHost) -> impl Fn(&Input) -> EnvVar + 'a {
    |input: &Input| fact(plan, host, input)
}

/// The variable for an input that is a fact of the plan, with the token of that host.
pub fn fact(plan: &Plan, host: &GitHost, input: &Input) -> EnvVar {
    let Given::Fact(fact) = input.given else { unreachable!("nothing else is asked of the plan") };
    fact_of(plan, host, fact, input.name)
}

fn fact_of(plan: &Plan, host: &GitHost, fact: Fact, name: &str) -> EnvVar {
    let resolved = plan.resolved;
    let (project, gitops) = (&resolved.project, &resolved.project.gitops);
    let value = match fact {
        Fact::ReadingToken => return secret_variable(name, &host::credentials(plan, host), host::TOKEN),
        Fact::WritingToken => return secret_variable(name, &host::writing_credentials(plan), host::TOKEN),
        Fact::GitOpsUrl => host::clone_url(&gitops.repository),
        Fact::GitOpsBranch => gitops.branch.clone(),
        Fact::GitOpsPath => gitops.manifests(&resolved.target),
        Fact::TreePath => gitops.tree_of(&resolved.target),
        Fact::AuthorName => gitops.author_name.clone(),
        Fact::AuthorEmail => gitops.author_email.clone(),
        Fact::Project => project.name.value.clone(),
        Fact::PipelineNamespace => project.namespace.clone(),
        Fact::ArgoCdNamespace => project.argocd_namespace.clone(),
        Fact::Refresh => if project.refresh_by_annotation { "annotate" } else { "none" }.to_owned(),
        Fact::Ephemeral => {
            let ephemeral = resolved.environments.values().filter(|environment| environment.is_ephemeral());
            ephemeral.map(|environment| environment.name.value.as_str()).collect::<Vec<_>>().join(" ")
        }
        Fact::Permanent => environments::permanent(plan).collect::<Vec<_>>().join(" "),
        Fact::ApplicationSets => {
            let sets = resolved.environments.keys().flat_map(|name| names::application_sets(resolved, name));
            sets.collect::<Vec<_>>().join(" ")
        }
        Fact::StatusToken | Fact::NoticeUrl | Fact::NoticeKey => unreachable!("each notice has its own"),
        Fact::Insecure => project.registry.as_ref().is_some_and(|registry| registry.insecure).to_string(),
    };
    variable(name, value)
}
