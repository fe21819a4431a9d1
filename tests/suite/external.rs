//! Secrets from stores: an ExternalSecret wherever something uses one, and nowhere else.

use serde_json::json;
use std::collections::BTreeSet;
use testkit::compiled::{Compiled, Tree, every_tree, list, text};

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

/// What the project itself uses from a store: made where something uses it, and nowhere else.
#[test]
fn what_pulls_trusts_and_builds_is_made_where_it_is_used() {
    let external = |name: &str, keys: &str| {
        format!(
            "secret {name} {{ keys = [{keys}], from = external, store = \"ClusterSecretStore/vault\", at = \"{name}\" }}\n"
        )
    };
    let secrets: String = [
        ("gh", "\"token\", \"webhookSecret\""),
        ("gitops", "\"token\""),
        ("pull", "\".dockerconfigjson\""),
        ("corp", "\"ca\""),
        ("client", "\"ca.crt\", \"tls.crt\", \"tls.key\""),
        ("npm", "\"token\""),
        ("unused", "\"key\""),
    ]
    .iter()
    .map(|(name, keys)| external(name, keys))
    .collect();
    let program = format!(
        "project acme {{
           gitops {{ repo = \"github.com/acme/gitops\", credentials = gitops }}
           github {{ webhook = \"https://hooks.acme.io\", credentials = gh }}
           registry {{ host = \"registry.acme.io\", pull = pull, ca = corp.ca }}
           builder {{ address = \"tcp://buildkitd.build.svc:1234\", tls = client }}
         }}
         {secrets}
         environment production
         environment charts
         environment staging {{ copy-of = production, ttl = 1h }}
         app shop {{
           source = \"github.com/acme/shop\"
           image code {{ secrets = {{ npm = npm.token }} }}
           service {{ image = code, port = 8080, cpu = 100m, memory = 64Mi }}
         }}
         app redis {{ helm {{ repo = \"oci://charts.acme.io/bitnami\", chart = \"redis\", version = \"21.1.0\" }} }}
         app site {{ source = \"github.com/acme/site\", needs = redis, manifests {{ path = \"k8s\" }} }}
         pipeline shop {{
           delivers = shop, on push, build
           stage-env staging, wait-for-sync in staging, teardown staging
           deploy in production, wait-for-sync in production
         }}
         pipeline site {{ delivers = site, on push, deploy in charts, wait-for-sync in charts }}"
    );
    let compiled = Compiled::of("external", vec![("a.pipe".into(), program)]);
    let tree = compiled.trees.values().next().expect("a tree");
    let made = |namespace: &str| -> BTreeSet<&str> {
        let all = tree.of_kind("ExternalSecret").filter(|object| object.value["metadata"]["namespace"] == namespace);
        all.map(|object| object.name()).collect()
    };
    let pipelines = ["client", "corp", "gh", "gitops", "npm", "pull"];
    assert_eq!(made("pipeline"), BTreeSet::from(pipelines));
    // Those with generated pods pull; the manifests of the other may name what is the app's, never the project's own.
    assert_eq!(made("production"), BTreeSet::from(["pull"]));
    assert_eq!(made("ephemeral"), BTreeSet::from(["pull"]));
    assert_eq!(made("charts"), BTreeSet::from(["unused"]));
    for object in tree.of_kind("ExternalSecret").filter(|object| object.name() == "pull") {
        let kind = &object.value["spec"]["target"]["template"]["type"];
        assert_eq!(kind, "kubernetes.io/dockerconfigjson", "{}", object.place());
    }
}
