//! `access/`: an account for each pipeline and each kind of step, and Roles with just the verbs that they use. There is
//! no ClusterRole.

use super::{Tree, waves};
use crate::files::Folder;
use crate::kube::core::{PolicyRule, Role, RoleBinding, RoleRef, Secret, ServiceAccount, Subject};
use crate::kube::{Object, meta};
use crate::model::Environment;
use crate::names;
use crate::plan::Plan;
use std::collections::{BTreeMap, BTreeSet};

const ARGO: &str = "argoproj.io";

/// Emits one file for the pipelines, one for the generated steps, one for events.
pub fn emit(plan: &Plan, tree: &mut Tree) {
    let namespace = &plan.system.project.namespace;
    let mut pipelines = Vec::new();
    for delivery in &plan.deliveries {
        pipelines.extend(account(namespace, delivery.name));
        pipelines.push(executor_token(namespace, delivery.name));
    }
    let accounts: Vec<_> = plan.deliveries.iter().map(|delivery| delivery.name).collect();
    pipelines.extend(grant(namespace, "pipelinec-executor", vec![results()], namespace, &accounts));
    let events = [names::SENSOR, names::EVENT_SOURCE].into_iter().flat_map(|name| account(namespace, name));
    let create = rule("workflows", &["create"], &[]);
    let events = events.chain(grant(namespace, names::SENSOR, vec![create], namespace, &[names::SENSOR])).collect();
    let files = [("events.yaml", events), ("pipelines.yaml", pipelines), ("steps.yaml", steps(plan))];
    tree.folder(Folder::Access, files.map(|(name, objects)| (name.to_owned(), objects)).to_vec());
}

/// The accounts of the generated steps that talk to the cluster; of each only where there is such a step.
fn steps(plan: &Plan) -> Vec<Object> {
    let mut objects = restart(plan);
    if plan.has_environments() {
        objects.extend(deliver(plan));
    }
    if plan.has_ephemeral() {
        objects.extend(teardown(plan));
    }
    if plan.has_environments() {
        objects.extend(janitor(plan));
    }
    objects
}

/// The step that starts a run again from new templates.
fn restart(plan: &Plan) -> Vec<Object> {
    let namespace = &plan.system.project.namespace;
    let rules = vec![rule("workflowtemplates", &["list"], &[]), rule("workflows", &["create"], &[])];
    let mut objects = account(namespace, names::RESTART);
    objects.extend(grant(namespace, names::RESTART, rules, namespace, &[names::RESTART]));
    objects
}

/// The step that waits for Argo CD, and for Rollouts.
fn deliver(plan: &Plan) -> Vec<Object> {
    let project = &plan.system.project;
    let role = role(plan, "deliver");
    let rules = vec![rule("applications", &["list"], &[]), look_again(plan, |_| true)];
    let mut objects = account(&project.namespace, names::DELIVER);
    objects.extend(grant(&project.argocd_namespace, &role, rules, &project.namespace, &[names::DELIVER]));
    for namespace in canary_namespaces(plan) {
        let rules = vec![rule("rollouts", &["list"], &[])];
        objects.extend(grant(namespace, &role, rules, &project.namespace, &[names::DELIVER]));
    }
    objects
}

/// The step that sees an environment go. `patch` ends a sync that is still running, which would keep a deleted
/// Application for ever.
fn teardown(plan: &Plan) -> Vec<Object> {
    let project = &plan.system.project;
    let ephemeral = look_again(plan, Environment::is_ephemeral);
    let rules = vec![rule("applications", &["get", "list", "patch"], &[]), ephemeral];
    let mut objects = account(&project.namespace, names::TEARDOWN);
    let role = role(plan, "teardown");
    objects.extend(grant(&project.argocd_namespace, &role, rules, &project.namespace, &[names::TEARDOWN]));
    objects
}

/// The janitor, which knows by the workflows which runs are over.
fn janitor(plan: &Plan) -> Vec<Object> {
    let project = &plan.system.project;
    let sets = application_sets(plan, |_| true);
    let rules = vec![rule("applications", &["get", "list", "patch"], &[]), rule("applicationsets", &["list"], &sets)];
    let mut objects = account(&project.namespace, names::JANITOR);
    let role = role(plan, "janitor");
    objects.extend(grant(&project.argocd_namespace, &role, rules, &project.namespace, &[names::JANITOR]));
    let own = vec![results(), rule("workflows", &["list"], &[])];
    objects.extend(grant(&project.namespace, names::JANITOR, own, &project.namespace, &[names::JANITOR]));
    objects
}

/// A Role outside the namespace of the pipelines, where other projects may have some as well.
fn role(plan: &Plan, name: &str) -> String {
    format!("{}-{name}", plan.system.project.name.value)
}

fn application_sets(plan: &Plan, which: impl Fn(&Environment) -> bool) -> Vec<String> {
    let chosen = plan.system.environments.values().filter(|environment| which(environment));
    chosen.flat_map(|environment| names::application_sets(plan.system, &environment.name.value)).collect()
}

/// To look at ApplicationSets, and to make them look again if that is wanted. To annotate a set is to change it, and a
/// set makes Applications: as good as an administrator of Argo CD. A list is held to names where it asks for one of them
/// (`metadata.name` in its field selector), which all scripts do.
fn look_again(plan: &Plan, which: impl Fn(&Environment) -> bool) -> PolicyRule {
    let verbs: &[&str] = if plan.system.project.refresh_by_annotation { &["list", "patch"] } else { &["list"] };
    rule("applicationsets", verbs, &application_sets(plan, which))
}

/// The namespaces in which a Rollout is waited for.
fn canary_namespaces<'a>(plan: &'a Plan) -> BTreeSet<&'a str> {
    plan.canary_environments().filter_map(|environment| plan.system.environments[environment].namespace()).collect()
}

/// By this a workflow's own containers report what a step wrote.
fn results() -> PolicyRule {
    rule("workflowtaskresults", &["create", "patch"], &[])
}

fn rule(resource: &str, verbs: &[&str], only: &[String]) -> PolicyRule {
    PolicyRule {
        api_groups: Some(vec![ARGO.into()]),
        resources: Some(vec![resource.into()]),
        verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
        resource_names: (!only.is_empty()).then(|| only.to_vec()),
        ..PolicyRule::default()
    }
}

fn account(namespace: &str, name: &str) -> Vec<Object> {
    let mut metadata = meta(namespace, name);
    waves::put_into(&mut metadata, waves::PROJECTS_AND_ACCOUNTS);
    vec![Object::new(&ServiceAccount { metadata, ..ServiceAccount::default() })]
}

/// The token of a pipeline's executor: Argo Workflows mounts this Secret by its name wherever the pod's own token is
/// switched off, and nobody but this file makes it. Without it every pod hangs.
fn executor_token(namespace: &str, account: &str) -> Object {
    let mut metadata = meta(namespace, &names::executor_token(account));
    metadata.annotations =
        Some(BTreeMap::from([("kubernetes.io/service-account.name".to_owned(), account.to_owned())]));
    Object::new(&Secret { metadata, type_: Some("kubernetes.io/service-account-token".into()), ..Secret::default() })
}

/// A Role and its binding to accounts of another namespace.
fn grant(namespace: &str, name: &str, rules: Vec<PolicyRule>, accounts_in: &str, accounts: &[&str]) -> Vec<Object> {
    if accounts.is_empty() {
        return Vec::new();
    }
    let subjects = accounts
        .iter()
        .map(|account| Subject {
            kind: "ServiceAccount".into(),
            name: (*account).to_owned(),
            namespace: Some(accounts_in.to_owned()),
            ..Subject::default()
        })
        .collect();
    vec![
        Object::new(&Role { metadata: meta(namespace, name), rules: Some(rules) }),
        Object::new(&RoleBinding {
            metadata: meta(namespace, name),
            role_ref: RoleRef {
                api_group: "rbac.authorization.k8s.io".into(),
                kind: "Role".into(),
                name: name.to_owned(),
            },
            subjects: Some(subjects),
        }),
    ]
}
