//! `access/`: an account for each pipeline and each kind of step, and Roles with just the verbs that they use. There is
//! no ClusterRole.

use super::Tree;
use crate::kube::core::{PolicyRule, Role, RoleBinding, RoleRef, Secret, ServiceAccount, Subject};
use crate::kube::{Object, meta};
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
    tree.folder("access", files.map(|(name, objects)| (name.to_owned(), objects)).to_vec());
}

fn steps(plan: &Plan) -> Vec<Object> {
    let system = plan.system;
    let project = &system.project;
    let (namespace, argocd) = (&project.namespace, &project.argocd_namespace);
    let prefixed = |name: &str| format!("{}-{name}", project.name.value);
    let mut objects: Vec<_> = [names::DELIVER, names::TEARDOWN, names::JANITOR]
        .into_iter()
        .flat_map(|name| account(namespace, name))
        .collect();
    let all = |environments: &mut dyn Iterator<Item = &String>| -> Vec<String> {
        environments.flat_map(|name| names::application_sets(system, name)).collect()
    };
    let sets = all(&mut system.environments.keys());
    let ephemeral =
        all(&mut system.environments.iter().filter(|(_, known)| known.is_ephemeral()).map(|(name, _)| name));
    // To annotate a set is to change it, and a set makes Applications: as good as an administrator of Argo CD.
    let look = |sets: &[String]| {
        let verbs: &[&str] = if project.refresh_by_annotation { &["get", "patch"] } else { &["get"] };
        rule("applicationsets", verbs, sets)
    };
    let applications = |verbs: &[&str]| rule("applications", verbs, &[]);
    objects.extend(grant(
        argocd,
        &prefixed("deliver"),
        vec![applications(&["get", "list"]), look(&sets)],
        namespace,
        &[names::DELIVER],
    ));
    // `patch` ends a sync that is still running: it would keep a deleted Application for ever.
    let mut teardown = vec![applications(&["get", "list", "patch"])];
    teardown.extend((!ephemeral.is_empty()).then(|| look(&ephemeral)));
    objects.extend(grant(argocd, &prefixed("teardown"), teardown, namespace, &[names::TEARDOWN]));
    let janitor = vec![applications(&["get", "list", "patch"]), rule("applicationsets", &["get"], &sets)];
    objects.extend(grant(argocd, &prefixed("janitor"), janitor, namespace, &[names::JANITOR]));
    let own = vec![results(), rule("workflows", &["get", "list"], &[])];
    objects.extend(grant(namespace, names::JANITOR, own, namespace, &[names::JANITOR]));
    for environment in canary_namespaces(plan) {
        let rollouts = vec![rule("rollouts", &["get"], &[])];
        objects.extend(grant(environment, &prefixed("deliver"), rollouts, namespace, &[names::DELIVER]));
    }
    objects
}

/// The namespaces in which a Rollout is waited for.
fn canary_namespaces<'a>(plan: &'a Plan) -> BTreeSet<&'a str> {
    let canaries = plan.updates.keys().filter(|(environment, app)| plan.canary(environment, app).is_some());
    canaries.filter_map(|(environment, _)| plan.system.environments[*environment].namespace()).collect()
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
    vec![Object::new(&ServiceAccount { metadata: meta(namespace, name), ..ServiceAccount::default() })]
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
