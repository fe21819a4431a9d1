//! Secrets from stores outside the cluster: an ExternalSecret wherever something uses one, from which the External Secrets
//! Operator creates the Secret. They are in no wave: pods wait for a Secret that is not there yet, and a store that does
//! not answer must not keep the rest of a tree from being applied.

use crate::kube::argo::cd::IgnoreDifferences;
use crate::kube::external_secrets::{
    Data, ExternalSecret, ExternalSecretSpec, RemoteRef, SecretStoreRef, Target, Template,
};
use crate::kube::{Object, meta};
use crate::model::external::{self, Made};
use crate::plan::Plan;
use crate::providers::{Requirement, Topic};
use crate::schema::providers::REGISTRY_CLIENT;
use std::collections::{BTreeMap, BTreeSet};

/// How often the operator reads a store; its own default.
const REFRESH: &str = "1h0m0s";
/// Fields that the API server fills in, each in some versions of the operator: Argo CD compares the items of a list as a
/// whole, and would call the objects different for ever (external-secrets, `apis/externalsecrets/v1/externalsecret_types.go`).
const DEFAULTED: [&str; 4] = ["conversionStrategy", "decodingStrategy", "metadataPolicy", "nullBytePolicy"];

/// The ExternalSecrets of an environment.
pub fn in_environment(plan: &Plan, environment: &str, namespace: &str) -> Vec<Object> {
    objects(&external::in_environment(plan.resolved, environment), namespace)
}

/// The ExternalSecrets of the pipelines.
pub fn in_project(plan: &Plan) -> Vec<Object> {
    objects(&external::in_project(plan.resolved), &plan.resolved.project.namespace)
}

/// Whether the tree itself has any, and not only the folders of ephemeral environments.
pub fn in_the_tree(plan: &Plan) -> bool {
    let permanent = plan.resolved.environments.values().filter(|environment| !environment.is_ephemeral());
    let mut made = permanent.map(|environment| external::in_environment(plan.resolved, &environment.name.value));
    made.any(|made| !made.is_empty()) || !external::in_project(plan.resolved).is_empty()
}

fn objects(made: &BTreeMap<&str, Made>, namespace: &str) -> Vec<Object> {
    made.iter().map(|(name, made)| object(name, made, namespace)).collect()
}

fn object(name: &str, made: &Made, namespace: &str) -> Object {
    let data = made.keys.iter().map(|key| Data {
        secret_key: (*key).to_owned(),
        remote_ref: RemoteRef { key: made.source.at.clone(), property: (*key).to_owned() },
    });
    // Kubernetes takes credentials of a registry only from a Secret of their own type.
    let registry = made.keys.contains(REGISTRY_CLIENT);
    Object::new(&ExternalSecret {
        metadata: meta(namespace, name),
        spec: ExternalSecretSpec {
            refresh_interval: REFRESH.to_owned(),
            secret_store_ref: SecretStoreRef {
                kind: made.source.store.kind().to_owned(),
                name: made.source.store.name.clone(),
            },
            target: Target {
                name: name.to_owned(),
                template: registry.then(|| Template { type_: "kubernetes.io/dockerconfigjson".to_owned() }),
            },
            data: data.collect(),
        },
    })
}

/// What Argo CD must not compare, if there are ExternalSecrets.
pub fn defaulted(any: bool) -> Vec<IgnoreDifferences> {
    let paths = || DEFAULTED.iter().map(|field| format!(".spec.data[]?.remoteRef.{field}")).collect();
    let ignored = any.then(|| IgnoreDifferences {
        group: Some("external-secrets.io".to_owned()),
        kind: "ExternalSecret".to_owned(),
        jq_path_expressions: paths(),
    });
    ignored.into_iter().collect()
}

/// A key of the project's credentials, unless it comes from a store.
pub fn credential(plan: &Plan, secret: &str, key: &str, purpose: impl Into<String>) -> Option<Requirement> {
    let secret = &plan.resolved.secrets[secret];
    let existing = secret.origin.is_existing();
    existing.then(|| Requirement::secret(&plan.resolved.project.namespace, &secret.object, key, purpose))
}

/// The stores that must exist, with what each must contain.
pub fn requirements(plan: &Plan) -> Vec<Requirement> {
    let resolved = plan.resolved;
    let mut stores: BTreeMap<_, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    let mut note = |made: BTreeMap<&str, Made>, namespace: String| {
        for made in made.into_values() {
            let store = &made.source.store;
            let of = (store.kind(), store.name.clone(), (!store.is_of_cluster).then(|| namespace.clone()));
            let (namespaces, contents) = stores.entry(of).or_default();
            namespaces.insert(namespace.clone());
            let keys: Vec<_> = made.keys.iter().map(|key| format!("`{key}`")).collect();
            contents.insert(format!("`{}` with {}", made.source.at.replace('`', "'"), keys.join(", ")));
        }
    };
    note(external::in_project(resolved), format!("`{}`", resolved.project.namespace));
    for environment in resolved.environments.values() {
        let name = &environment.name.value;
        let namespace = environment
            .namespace()
            .map_or_else(|| format!("the namespaces of `{name}`"), |namespace| format!("`{namespace}`"));
        note(external::in_environment(resolved, name), namespace);
    }
    let sentence = |((kind, name, _), (namespaces, contents)): (_, (BTreeSet<String>, BTreeSet<String>))| {
        let (kind, name): (&str, String) = (kind, name);
        let all = |texts: BTreeSet<String>, between: &str| texts.into_iter().collect::<Vec<_>>().join(between);
        let (namespaces, contents) = (all(namespaces, ", "), all(contents, "; "));
        let text = format!("The {kind} `{name}` must be usable in {namespaces}. It must contain {contents}.");
        Requirement::Cluster(Topic::Secrets, text)
    };
    stores.into_iter().map(sentence).collect()
}
