//! `access/`: an account for each pipeline and each kind of step, with Roles that grant only the verbs in use, and no
//! ClusterRole.

use super::{Tree, externals, waves};
use crate::files::Folder;
use crate::kube::core::{PolicyRule, Role, RoleBinding, RoleRef, Secret, ServiceAccount, Subject};
use crate::kube::{Object, meta};
use crate::model::Environment;
use crate::names;
use crate::plan::Plan;
use crate::providers;
use crate::steps::{Only, PermissionScope, Right};
use std::collections::{BTreeMap, BTreeSet};

const ARGO: &str = "argoproj.io";

/// Emits one file for the pipelines, one for the generated steps, one for events, and one for the secrets that they take
/// from a store.
pub fn emit(plan: &Plan, tree: &mut Tree) {
    let namespace = &plan.resolved.project.namespace;
    let mut pipelines = Vec::new();
    for delivery in &plan.deliveries {
        pipelines.extend(account(namespace, delivery.name));
        pipelines.push(executor_token(namespace, delivery.name));
    }
    let accounts: Vec<_> = plan.deliveries.iter().map(|delivery| delivery.name).collect();
    pipelines.extend(grant(
        namespace,
        "pipelinec-executor",
        vec![rule_of(plan, &Right::RESULTS)],
        namespace,
        &accounts,
    ));
    let events = [names::SENSOR, names::EVENT_SOURCE].into_iter().flat_map(|name| account(namespace, name));
    let create = rule("workflows", &["create"], &[]);
    let events = events.chain(grant(namespace, names::SENSOR, vec![create], namespace, &[names::SENSOR])).collect();
    let files = [
        ("events.yaml", events),
        ("external-secrets.yaml", externals::in_project(plan)),
        ("pipelines.yaml", pipelines),
        ("steps.yaml", steps(plan)),
    ];
    tree.require(externals::requirements(plan));
    tree.folder(Folder::Access, files.map(|(name, objects)| (name.to_owned(), objects)).to_vec());
}

/// The accounts of the generated steps that talk to the cluster, with the rights of each, for the steps that the plan
/// needs.
fn steps(plan: &Plan) -> Vec<Object> {
    let project = &plan.resolved.project;
    // Several steps may have one account.
    let mut accounts: Vec<(&str, Vec<&Right>)> = Vec::new();
    for contract in providers::steps().filter(|contract| (contract.needed)(plan)) {
        let Some(name) = contract.account() else { continue };
        let at = accounts.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            accounts.push((name, Vec::new()));
            accounts.len() - 1
        });
        let known = &mut accounts[at].1;
        contract.rights.iter().for_each(|right| {
            if !known.contains(&right) {
                known.push(right);
            }
        });
    }
    let mut objects = Vec::new();
    for (name, rights) in accounts {
        objects.extend(account(&project.namespace, name));
        for place in PermissionScope::ALL {
            let rights = rights.iter().filter(|right| right.place == place);
            let rules: Vec<_> = rights.map(|right| rule_of(plan, right)).collect();
            let namespaces = match place {
                PermissionScope::ArgoCd => BTreeSet::from([project.argocd_namespace.as_str()]),
                PermissionScope::Canaries => canary_namespaces(plan),
                PermissionScope::Pipelines => BTreeSet::from([project.namespace.as_str()]),
            };
            // Other projects may share these namespaces, but not that of the pipelines.
            let role = match place {
                PermissionScope::ArgoCd | PermissionScope::Canaries => names::role(plan.resolved, name),
                PermissionScope::Pipelines => name.to_owned(),
            };
            for namespace in namespaces.into_iter().filter(|_| !rules.is_empty()) {
                objects.extend(grant(namespace, &role, rules.clone(), &project.namespace, &[name]));
            }
        }
    }
    objects
}

fn rule_of(plan: &Plan, right: &Right) -> PolicyRule {
    let refreshes = plan.resolved.project.refresh_by_annotation;
    let patched: Vec<_> = right.verbs.iter().copied().chain(["patch"]).collect();
    let (verbs, only) = match right.only {
        Only::All => (right.verbs, Vec::new()),
        Only::Sets => (right.verbs, application_sets(plan, |_| true)),
        Only::SetsToRefresh => (if refreshes { &patched } else { right.verbs }, application_sets(plan, |_| true)),
        Only::EphemeralSetsToRefresh => {
            (if refreshes { &patched } else { right.verbs }, application_sets(plan, Environment::is_ephemeral))
        }
    };
    rule(right.resource, verbs, &only)
}

fn application_sets(plan: &Plan, which: impl Fn(&Environment) -> bool) -> Vec<String> {
    let chosen = plan.resolved.environments.values().filter(|environment| which(environment));
    chosen.flat_map(|environment| names::application_sets(plan.resolved, &environment.name.value)).collect()
}

/// The namespaces in which a step waits for a Rollout.
fn canary_namespaces<'a>(plan: &'a Plan) -> BTreeSet<&'a str> {
    plan.canary_environments().filter_map(|environment| plan.resolved.environments[environment].namespace()).collect()
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
/// disabled, and only this file creates it. Without it, every pod hangs.
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
