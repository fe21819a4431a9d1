//! `README.md` of a target: what its cluster must have before, and how to begin.

use super::versions::{Needs, Product};
use super::{Tree, argocd, environments, events, shared};
use crate::model::{EnvValue, value::show_duration};
use crate::names;
use crate::plan::{Delivery, Plan, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Emits the file.
pub fn emit(plan: &Plan, tree: &mut Tree) {
    let mut text = String::new();
    write(plan, &tree.header(), &tree.needs, &mut text).expect("writing to a String cannot fail");
    tree.file("README.md", text);
}

fn write(plan: &Plan, header: &str, needs: &Needs, text: &mut String) -> std::fmt::Result {
    let system = plan.system;
    let project = &system.project;
    let gitops = &project.gitops;
    let (namespace, argocd) = (&project.namespace, &project.argocd_namespace);
    let tree_path = gitops.tree_of(&system.target);
    writeln!(text, "<!-- {} -->\n", header)?;
    writeln!(text, "# {} on {}\n", project.name.value, system.target)?;
    writeln!(
        text,
        "Everything that delivers this project to one cluster. It is committed to `{}` as `{tree_path}/` and synced by Argo CD.\n",
        gitops.repository
    )?;

    writeln!(text, "## The cluster must have\n")?;
    writeln!(text, "| what | minimum version | why this version |\n|---|---|---|")?;
    for (product, minimum) in needs.minimums() {
        let place = if product == Product::ArgoCd { format!(", in `{argocd}`") } else { String::new() };
        let why = minimum.why.map_or(String::new(), |why| format!(" {why}"));
        writeln!(text, "| {}{place} | {} |{why} |", product.name(), minimum.version)?;
    }
    writeln!(text, "\n- Argo Workflows must watch the namespace `{namespace}`.")?;
    if environments::standing(plan).next().is_some() {
        writeln!(
            text,
            "- The Argo CD setting `applicationsetcontroller.policy` must be unset, or `applicationsetcontroller.enable.policy.override` be `true`: otherwise a standing environment's Applications could be deleted with their manifest."
        )?;
    }
    if plan.canary_environments().next().is_some() && uses_traefik(plan) {
        writeln!(
            text,
            "- Argo Rollouts up to 1.9 finds the routes only with the flags `--traefik-api-group=traefik.io --traefik-api-version=traefik.io/v1alpha1`."
        )?;
    }
    if plan.has_environments() {
        writeln!(
            text,
            "- Worth setting: `controller.resource.health.persist: \"true\"` in the ConfigMap `argocd-cmd-params-cm` of `{argocd}`. Without it an Application that is Degraded does not say which of its objects is, and neither can the log of a delivery."
        )?;
    }
    writeln!(
        text,
        "- Nobody may force-push `{}` of `{}`: what runs is pinned to its commits.",
        gitops.branch, gitops.repository
    )?;
    writeln!(text, "- The EventBus asks for three volumes of 1 Gi from the default storage class.")?;
    if uses_autoscalers(plan) {
        writeln!(
            text,
            "- Services with a range of replicas are scaled by the load of their pods. Something must measure it: metrics-server, or whatever else serves `metrics.k8s.io`. Without it they stay at the lower bound."
        )?;
    }
    if plan.deliveries.iter().any(|delivery| delivery.steps.iter().any(|step| matches!(step, Step::Build))) {
        writeln!(
            text,
            "- Images are built by rootless BuildKit, which needs user namespaces and runs without seccomp and AppArmor: `{namespace}` cannot enforce the Pod Security level `baseline`. On Ubuntu 24.04 and later the nodes need `kernel.apparmor_restrict_unprivileged_userns=0`."
        )?;
    }
    if project.registry.as_ref().is_some_and(|registry| registry.credentials.is_some()) {
        writeln!(
            text,
            "- The nodes must be able to pull from `{}` by themselves: no pod that is generated names a Secret for pulling.",
            project.registry.as_ref().map_or("", |registry| &registry.host)
        )?;
    }
    writeln!(
        text,
        "- What apps deploy must be namespaced: the AppProjects allow no cluster-scoped objects, and no Applications."
    )?;
    if uses_junit(plan) {
        writeln!(
            text,
            "- Argo Workflows must have a default artifact repository: tasks keep their JUnit results there."
        )?;
    }

    writeln!(text, "\n## Secrets that must exist\n\nThe compiler never sees a value.\n")?;
    writeln!(text, "| namespace | Secret | keys | for |\n|---|---|---|---|")?;
    for ((namespace, object), (keys, uses)) in secrets(plan) {
        let list =
            |items: &BTreeSet<String>| items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ");
        writeln!(
            text,
            "| `{namespace}` | `{object}` | {} | {} |",
            list(&keys),
            uses.into_iter().collect::<Vec<_>>().join(", ")
        )?;
    }
    tokens(plan, text)?;
    let read: BTreeSet<_> =
        system.environments.keys().flat_map(|environment| argocd::repositories(plan, environment)).collect();
    if !read.is_empty() {
        let read: Vec<_> = read.iter().map(|address| format!("`{address}`")).collect();
        writeln!(
            text,
            "\nArgo CD reads {}. Where one is private, Argo CD needs a credential of its own: a Secret in `{}` with the label `argocd.argoproj.io/secret-type: repo-creds`, best with a token that may only read.",
            read.join(", "),
            project.argocd_namespace
        )?;
    }

    let repositories = events::repositories(plan);
    if !repositories.is_empty() {
        writeln!(text, "\n## Webhooks to register\n")?;
        writeln!(
            text,
            "Route `{}` to the Service `{}-eventsource-svc` in `{namespace}`, port {}. Then register in each repository, with content type `application/json`, the event *push* and the value of `webhookSecret`:\n",
            project.github.webhook.value,
            events::event_source_name(plan),
            names::EVENT_PORT
        )?;
        writeln!(text, "| repository | URL |\n|---|---|")?;
        for repository in repositories {
            writeln!(text, "| `{repository}` | `{}{}` |", project.github.webhook.value, events::endpoint(&repository))?;
        }
        if project.refresh_by_annotation {
            writeln!(
                text,
                "\nThe steps of a delivery may annotate ApplicationSets, so that Argo CD looks at once. The right to do so is as good as an administrator's of Argo CD."
            )?;
        } else if !system.environments.is_empty() {
            writeln!(
                text,
                "\nFor `{}` register a further webhook at the ApplicationSet controller (Service `argocd-applicationset-controller` in `{argocd}`, port 7000, path `/api/webhook`). Without it Argo CD finds a change by polling, up to three minutes later.",
                gitops.repository
            )?;
        }
    }

    writeln!(text, "\n## To begin\n\n```sh\nkubectl create namespace {namespace}")?;
    writeln!(text, "# create the Secrets of the table above, then\nkubectl apply -f bootstrap.yaml\n```\n")?;
    writeln!(
        text,
        "`bootstrap.yaml` is the only thing that is applied by hand. Its project may write to `{namespace}`, `{argocd}` and the standing namespaces, so who can push to `{}` administers Argo CD.",
        gitops.repository
    )?;

    writeln!(
        text,
        "\n## The pipelines\n\n| pipeline | delivers | on a push to | may take at most |\n|---|---|---|---|"
    )?;
    for delivery in &plan.deliveries {
        let source =
            system.apps[delivery.app].source.as_ref().map(|source| source.value.to_string()).unwrap_or_default();
        let paths: Vec<_> = delivery.on.paths.iter().map(|path| format!("`{}`", path.value.as_str())).collect();
        writeln!(
            text,
            "| `{}` | `{}` | `{source}`, branch `{}`, {} | {} |",
            delivery.name,
            delivery.app,
            delivery.on.branch,
            paths.join(", "),
            show_duration(delivery.deadline)
        )?;
    }
    for delivery in &plan.deliveries {
        let before = delivered_before(plan, delivery);
        if !before.is_empty() {
            writeln!(
                text,
                "\nBefore `{}` can run for the first time, {} must have delivered: it takes their images as they are then.",
                delivery.name,
                before.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            )?;
        }
    }
    if let Some(delivery) = plan.deliveries.first() {
        writeln!(
            text,
            "\nBy hand, also for a commit that was delivered before:\n\n```sh\nargo submit -n {namespace} --from workflowtemplate/{} -p sha=COMMIT -p force=true\n```",
            delivery.name
        )?;
    }
    Ok(())
}

/// What each token of a git host may do, and who sees it.
fn tokens(plan: &Plan, text: &mut String) -> std::fmt::Result {
    let gitops = &plan.system.project.gitops.repository;
    let (reading, writing) = (shared::credentials(plan), shared::writing_credentials(plan));
    let sources = plan.system.apps.values().filter_map(|app| app.source.as_ref());
    let sources: BTreeSet<_> = sources.map(|source| format!("`{}`", source.value)).collect();
    let sources = sources.into_iter().collect::<Vec<_>>().join(", ");
    writeln!(text, "\nA token of a git host may do no more than this:\n")?;
    writeln!(text, "| Secret | a fine-grained token of GitHub may | in |\n|---|---|---|")?;
    writeln!(text, "| `{reading}` | *Contents: read* | {sources} |")?;
    if plan.has_environments() {
        writeln!(text, "| `{writing}` | *Contents: read and write* | `{gitops}` |")?;
    }
    writeln!(text, "\nEvery Dockerfile can read the `token` of `{reading}` while its image is built.")?;
    match (plan.has_environments(), reading == writing) {
        (false, _) => Ok(()),
        (true, false) => writeln!(
            text,
            "That of `{writing}` is only in pods that run nothing but generated scripts: who has it decides what Argo CD deploys."
        ),
        (true, true) => {
            writeln!(text, "Nothing is built here, so one token does both. Who has it decides what Argo CD deploys.")
        }
    }
}

/// The pipelines whose images a delivery takes from a standing environment.
fn delivered_before<'a>(plan: &Plan<'a>, delivery: &Delivery) -> BTreeSet<&'a str> {
    let mut apps: BTreeSet<&String> = BTreeSet::new();
    for step in &delivery.steps {
        match step {
            Step::Open(open) => apps.extend(&open.members),
            Step::Section(section) => apps.extend(&section.needs),
            Step::Build | Step::Wait(_) | Step::Task(_) | Step::Close { .. } => {}
        }
    }
    let taken = |name: &&String| name.as_str() != delivery.app && !plan.system.apps[*name].images.is_empty();
    let pipelines =
        |name: &String| plan.deliveries.iter().find(|other| other.app == name.as_str()).map(|other| other.name);
    apps.into_iter().filter(taken).filter_map(pipelines).collect()
}

type Secrets = BTreeMap<(String, String), (BTreeSet<String>, BTreeSet<String>)>;

/// The Secrets that must exist: namespace and name, then keys and uses.
fn secrets(plan: &Plan) -> Secrets {
    let system = plan.system;
    let project = &system.project;
    let mut found = Secrets::new();
    let mut add = |namespace: &str, object: &str, key: &str, used: String| {
        let (keys, uses) = found.entry((namespace.to_owned(), object.to_owned())).or_default();
        keys.insert(key.to_owned());
        uses.insert(used);
    };
    for (key, used) in [("token", "reading the sources"), ("webhookSecret", "the webhooks")] {
        add(&project.namespace, &shared::credentials(plan), key, used.to_owned());
    }
    if plan.has_environments() {
        let used = format!("writing `{}`", project.gitops.repository);
        add(&project.namespace, &shared::writing_credentials(plan), "token", used);
    }
    if let Some(secret) = project.registry.as_ref().and_then(|registry| registry.credentials.as_ref()) {
        add(&project.namespace, &system.secrets[secret].object, ".dockerconfigjson", "pushing images".to_owned());
    }
    for delivery in &plan.deliveries {
        let inside = delivery.steps.iter().filter_map(|step| match step {
            Step::Section(section) => Some(section),
            Step::Build | Step::Open(_) | Step::Wait(_) | Step::Task(_) | Step::Close { .. } => None,
        });
        let sections = inside.flat_map(|section| &section.steps).filter_map(|step| match step {
            crate::plan::SectionStep::Task(task) => Some(task),
            crate::plan::SectionStep::Promote | crate::plan::SectionStep::Wait(_) => None,
        });
        for task in sections {
            let values = &system.apps[task.app].environments[task.environment].tasks[task.task].env;
            for (object, key) in existing(plan, values.values(), task.environment) {
                add(&project.namespace, &object, &key, format!("task `{}` of `{}`", task.task, task.app));
            }
        }
    }
    for (environment, apps) in &plan.contents {
        let Some(namespace) = system.environments[*environment].namespace() else { continue };
        for app in apps {
            for service in &system.apps[app].environments[*environment].services {
                for (object, key) in existing(plan, service.env.values(), environment) {
                    add(namespace, &object, &key, format!("service `{}`", service.name.value));
                }
            }
        }
    }
    found
}

/// The Secrets of an environment that are not made with it.
fn existing<'a>(plan: &Plan, values: impl Iterator<Item = &'a EnvValue>, environment: &str) -> Vec<(String, String)> {
    values
        .filter_map(|value| match value {
            EnvValue::Secret { secret, key } => {
                let known = &plan.system.secrets[secret].environments[environment];
                (!known.throwaway).then(|| (known.object.clone(), key.clone()))
            }
            EnvValue::Text(_) => None,
        })
        .collect()
}

fn services<'a>(plan: &'a Plan) -> impl Iterator<Item = &'a crate::model::Service> {
    plan.contents.iter().flat_map(move |(environment, apps)| {
        apps.iter().flat_map(move |app| &plan.system.apps[app].environments[*environment].services)
    })
}

fn uses_traefik(plan: &Plan) -> bool {
    services(plan).any(|service| service.route.is_some())
}

/// An ephemeral environment has no autoscaler.
fn uses_autoscalers(plan: &Plan) -> bool {
    environments::standing(plan).any(|environment| {
        let apps = plan.contents[environment].iter().map(|app| &plan.system.apps[app].environments[environment]);
        apps.flat_map(|app| &app.services).any(|service| service.replicas.0 != service.replicas.1)
    })
}

fn uses_junit(plan: &Plan) -> bool {
    plan.system.apps.values().flat_map(|app| app.tasks.values()).any(|task| task.junit.is_some())
}
