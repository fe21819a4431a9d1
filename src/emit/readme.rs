//! `README.md` of a target: the requirements of its cluster, and how to start. Each emitter declares the requirements
//! of its output.

use super::{Tree, approval, versions};
use crate::model::Trigger;
use crate::model::value::show_duration;
use crate::plan::{Delivery, Plan, Step};
use crate::providers::Requirement;
use crate::replace;
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = include_str!("readme.md");

/// Emits the file.
pub fn emit(plan: &Plan, tree: &mut Tree) {
    let resolved = plan.resolved;
    let project = &resolved.project;
    let gitops = &project.gitops;
    let before = plan.deliveries.iter().filter_map(|delivery| before(plan, delivery));
    let values = [
        ("@HEADER@", tree.header()),
        ("@PROJECT@", project.name.value.clone()),
        ("@TARGET@", resolved.target.clone()),
        ("@GITOPS@", gitops.repository.to_string()),
        ("@TREE@", gitops.tree_of(&resolved.target)),
        ("@NAMESPACE@", project.namespace.clone()),
        ("@ARGOCD@", project.argocd_namespace.clone()),
        ("@PRODUCTS@", products(plan, tree)),
        ("@CLUSTER@", cluster(tree)),
        ("@SECRETS@", secrets(tree)),
        ("@CREATE@", namespaces(plan, tree)),
        ("@ACCESS@", access(tree)),
        ("@WEBHOOKS@", webhooks(tree)),
        ("@PIPELINES@", plan.deliveries.iter().map(|delivery| pipeline(plan, delivery)).collect()),
        ("@BEFORE@", before.collect()),
        ("@BY-HAND@", by_hand(&project.namespace, &plan.deliveries)),
        ("@APPROVALS@", approval::by_hand(&project.namespace, &plan.deliveries) + &approval::canaries(plan)),
    ];
    let text = replace::at_once(PAGE, &values.each_ref().map(|(place, value)| (*place, value.as_str())));
    tree.file("README.md", text);
}

fn products(plan: &Plan, tree: &Tree) -> String {
    let rows = tree.needs.minimums().into_iter().map(|minimum| {
        let place = match *minimum.product == versions::ARGO_CD {
            true => format!(", in `{}`", plan.resolved.project.argocd_namespace),
            false => String::new(),
        };
        let why = minimum.why.map_or(String::new(), |why| format!(" {why}"));
        format!("| {}{place} | {} |{why} |", minimum.product.name, minimum.version)
    });
    rows.collect::<Vec<_>>().join("\n")
}

fn cluster(tree: &Tree) -> String {
    let mut found: Vec<_> = tree
        .requirements
        .iter()
        .filter_map(|requirement| match requirement {
            Requirement::Cluster(topic, text) => Some((*topic, text)),
            Requirement::Secret { .. } | Requirement::Access(_) | Requirement::Webhooks(_) => None,
        })
        .collect();
    found.sort_by_key(|(topic, _)| *topic);
    found.into_iter().map(|(_, text)| format!("- {text}")).collect::<Vec<_>>().join("\n")
}

/// A row for each Secret: its keys, and what they are for.
fn secrets(tree: &Tree) -> String {
    let mut found: BTreeMap<_, (BTreeSet<_>, BTreeSet<_>)> = BTreeMap::new();
    for requirement in &tree.requirements {
        if let Requirement::Secret { namespace, object, key, purpose } = requirement {
            let (keys, purposes) = found.entry((namespace, object)).or_default();
            keys.insert(format!("`{key}`"));
            purposes.insert(purpose.as_str());
        }
    }
    let rows = found.into_iter().map(|((namespace, object), (keys, purposes))| {
        let keys: Vec<_> = keys.into_iter().collect();
        let purposes: Vec<_> = purposes.into_iter().collect();
        format!("| `{namespace}` | `{object}` | {} | {} |", keys.join(", "), purposes.join(", "))
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// The commands that create the namespaces of these Secrets. Argo CD takes over those that it would create itself.
fn namespaces(plan: &Plan, tree: &Tree) -> String {
    let project = &plan.resolved.project;
    let of_secrets = tree.requirements.iter().filter_map(|requirement| match requirement {
        Requirement::Secret { namespace, .. } => Some(namespace.as_str()),
        Requirement::Cluster(..) | Requirement::Access(_) | Requirement::Webhooks(_) => None,
    });
    let all: BTreeSet<_> = of_secrets.filter(|name| *name != project.argocd_namespace).collect();
    let others = all.into_iter().filter(|name| *name != project.namespace);
    let lines = [project.namespace.as_str()].into_iter().chain(others);
    lines.map(|name| format!("kubectl create namespace {name}")).collect::<Vec<_>>().join("\n")
}

fn access(tree: &Tree) -> String {
    let found = tree.requirements.iter().filter_map(|requirement| match requirement {
        Requirement::Access(text) => Some(text.as_str()),
        Requirement::Cluster(..) | Requirement::Secret { .. } | Requirement::Webhooks(_) => None,
    });
    found.collect::<Vec<_>>().join("\n\n")
}

/// The section on webhooks, if there are any.
fn webhooks(tree: &Tree) -> String {
    let found = tree.requirements.iter().filter_map(|requirement| match requirement {
        Requirement::Webhooks(text) => Some(text.as_str()),
        Requirement::Cluster(..) | Requirement::Secret { .. } | Requirement::Access(_) => None,
    });
    let found: Vec<_> = found.collect();
    if found.is_empty() { String::new() } else { format!("\n\n## Webhooks to register\n\n{}", found.join("\n\n")) }
}

fn pipeline(plan: &Plan, delivery: &Delivery) -> String {
    let source = plan.resolved.apps[delivery.app].source.as_ref();
    let source = source.map(|source| source.value.to_string()).unwrap_or_default();
    let starts: Vec<_> = delivery.on.0.iter().map(|trigger| starts(&source, trigger)).collect();
    format!(
        "\n| `{}` | `{}` | {} | {} |",
        delivery.name,
        delivery.app,
        starts.join("; "),
        show_duration(delivery.deadline)
    )
}

/// What starts a pipeline, in a cell of a table.
fn starts(source: &str, trigger: &Trigger) -> String {
    match trigger {
        Trigger::Push(push) => {
            let paths: Vec<_> = push.paths.iter().map(|path| format!("`{}`", path.value.as_str())).collect();
            format!("pushes to `{source}`, branch `{}`, {}", push.branch.as_str(), paths.join(", "))
        }
        Trigger::Tag(tag) => format!("`{source}`, tags `{}` on branch `{}`", tag.pattern.as_str(), tag.branch),
        Trigger::PullRequest(pull) => {
            let label = pull.label.as_ref().map(|label| format!(" with the label `{label}`")).unwrap_or_default();
            format!("`{source}`, pull requests into `{}`{label}", pull.base.as_str())
        }
        Trigger::Schedule(at) => {
            format!("`{source}`, head of branch `{}` at `{}`, {}", at.branch, at.cron, at.timezone)
        }
    }
}

fn before(plan: &Plan, delivery: &Delivery) -> Option<String> {
    let before = delivered_before(plan, delivery);
    let names: Vec<_> = before.into_iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| {
        format!(
            "\n\nBefore the first run of `{}`, {} must have completed a delivery, because it uses their images.",
            delivery.name,
            names.join(", ")
        )
    })
}

/// The commands that start runs by hand, of one pipeline for all that need nothing but a commit.
fn by_hand(namespace: &str, deliveries: &[Delivery]) -> String {
    let differs = |delivery: &Delivery| delivery.on.has_arguments() || delivery.on.finds_commit();
    let shown = deliveries.iter().enumerate().filter(|(at, delivery)| *at == 0 || differs(delivery));
    let (mut commits, mut tags, mut heads) = (Vec::new(), Vec::new(), Vec::new());
    for (_, delivery) in shown {
        let on = delivery.on;
        let branch = if on.branch().is_none() { " -p branch=BRANCH" } else { "" };
        let submit = format!("argo submit -n {namespace} --from workflowtemplate/{}", delivery.name);
        if !on.0.iter().all(|trigger| matches!(trigger, Trigger::Tag(_))) {
            commits.push(format!("{submit} -p sha=COMMIT{branch} -p force=true"));
        }
        if on.has_tag() {
            tags.push(format!("{submit} -p tag=TAG -p force=true"));
        }
        if on.schedule().is_some() {
            heads.push(format!("{submit}{branch}"));
        }
    }
    let groups = [
        ("To start one by hand, even for a commit that was already delivered:", commits),
        ("To deliver a tag by hand, even again:", tags),
        ("To deliver the head of the branch:", heads),
    ];
    let groups = groups.into_iter().filter(|(_, commands)| !commands.is_empty());
    groups.map(|(title, commands)| format!("\n\n{title}\n\n```sh\n{}\n```", commands.join("\n"))).collect()
}

/// The pipelines whose images a delivery takes from a permanent environment.
fn delivered_before<'a>(plan: &Plan<'a>, delivery: &Delivery) -> BTreeSet<&'a str> {
    let mut apps: BTreeSet<&String> = BTreeSet::new();
    for step in &delivery.steps {
        match step {
            Step::Open(open) => apps.extend(&open.members),
            Step::CriticalSection(section) => apps.extend(&section.needs),
            Step::Build | Step::Wait(_) | Step::Task(_) | Step::Approve(_) | Step::Close { .. } => {}
        }
    }
    let taken = |name: &&String| name.as_str() != delivery.app && plan.resolved.apps[*name].builds();
    let pipelines =
        |name: &String| plan.deliveries.iter().find(|other| other.app == name.as_str()).map(|other| other.name);
    apps.into_iter().filter(taken).filter_map(pipelines).collect()
}
