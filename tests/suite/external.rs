//! Secrets from stores: an ExternalSecret wherever something uses one, and nowhere else.

use serde_json::json;
use std::collections::BTreeSet;
use testkit::compiled::{Tree, every_tree, list, text};

fn tree() -> &'static Tree {
    let mut trees = every_tree().filter(|(place, _)| place.contains("external-secrets"));
    trees.next().expect("the case").1
}

fn in_namespace(namespace: &str) -> BTreeSet<&'static str> {
    let all = tree().of_kind("ExternalSecret").filter(|object| object.value["metadata"]["namespace"] == namespace);
    all.map(|object| object.name()).collect()
}

#[test]
fn each_namespace_gets_what_something_in_it_uses() {
    // Only a chart of production may refer to that of Redis, and no app gets the project's credentials.
    assert_eq!(in_namespace("production"), BTreeSet::from(["db-production", "mail", "pay", "redis"]));
    assert_eq!(in_namespace("ephemeral"), BTreeSet::from(["db-staging", "pay"]));
    let pipelines = ["db-production", "db-staging", "github", "gitops", "push"];
    assert_eq!(in_namespace("pipeline"), BTreeSet::from(pipelines));
}

#[test]
fn the_keys_are_properties_of_what_the_store_calls_it() {
    let mut objects = tree().of_kind("ExternalSecret");
    let object = objects.find(|object| object.name() == "db-staging").expect("it");
    let from =
        |key: &str| json!({"secretKey": key, "remoteRef": {"key": "staging/it's a \"db\"/$(x)", "property": key}});
    let spec = &object.value["spec"];
    assert_eq!(spec["data"], json!([from("password"), from("user")]));
    assert_eq!(spec["secretStoreRef"], json!({"kind": "ClusterSecretStore", "name": "vault"}));
    assert_eq!(spec["target"], json!({"name": "db-staging"}));
    let mut objects = tree().of_kind("ExternalSecret");
    let push = objects.find(|object| object.name() == "push").expect("it");
    assert_eq!(push.value["spec"]["target"]["template"]["type"], "kubernetes.io/dockerconfigjson");
}

/// What the API server fills in is no difference, in any version of the operator: Argo CD would apply it for ever.
#[test]
fn what_the_server_fills_in_is_no_difference() {
    let set = &tree().object("ApplicationSet", "shop-staging")["spec"]["template"]["spec"];
    let bootstrap = &tree().object("Application", "shop-bootstrap")["spec"];
    for spec in [set, bootstrap] {
        let ignored = &spec["ignoreDifferences"][0];
        assert_eq!(ignored["kind"], "ExternalSecret", "{spec}");
        assert_eq!(list(&ignored["jqPathExpressions"]).count(), 4);
    }
}

#[test]
fn the_page_names_the_stores_and_no_secret_that_they_create() {
    let page = &tree().files["README.md"];
    assert!(page.contains("| External Secrets Operator | 0.16 |"), "{page}");
    assert!(
        page.contains("`vault` must be usable in `pipeline`, `production`, the namespaces of `staging`."),
        "{page}"
    );
    assert!(page.contains("`shop/pay` with `key`"), "{page}");
    for (namespace, secret) in [("pipeline", "gitops"), ("production", "pay"), ("pipeline", "db-production")] {
        assert!(!page.contains(&format!("| `{namespace}` | `{secret}` |")), "{secret} must not be created by hand");
    }
    let mut tasks = tree().of_kind("WorkflowTemplate").flat_map(|object| object.templates());
    let task = tasks.find(|template| text(&template["name"]).contains("migrate-migrations-in-staging")).expect("it");
    let first = &task["container"]["env"][1];
    assert_eq!(first["valueFrom"]["secretKeyRef"], json!({"name": "db-staging", "key": "user"}), "{task}");
}
