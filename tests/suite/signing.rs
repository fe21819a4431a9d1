//! Signatures: of the digest, before anything runs it, with a key that nothing else has.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::compiled::{Tree, every_tree, list, text, walk};

fn tree() -> &'static Tree {
    every_tree().find(|(place, _)| place.contains("signed-images")).expect("the case").1
}

fn template<'a>(workflow: &'a Value, name: &str) -> &'a Value {
    list(&workflow["spec"]["templates"]).find(|template| template["name"] == name).expect("a template")
}

/// The steps of a template, each group with the names of its steps.
fn groups(template: &Value) -> Vec<Vec<&str>> {
    list(&template["steps"]).map(|group| list(group).map(|step| text(&step["name"])).collect()).collect()
}

#[test]
fn what_was_built_is_signed_before_anything_else_happens() {
    let shop = tree().object("WorkflowTemplate", "shop");
    let prepare = groups(template(shop, "prepare"));
    assert_eq!(prepare[1..], [vec!["build-code", "build-jobs", "build-plain"], vec!["sign-code", "sign-jobs"]]);
    let tool = tree().object("WorkflowTemplate", "tool");
    assert_eq!(groups(template(tool, "delivery")), [["build-code"], ["sign-code"]]);
    let signs = &template(shop, "prepare")["steps"][2][0];
    let image = "registry.registry.svc:5000/acme/shop/code@{{steps.build-code.outputs.parameters.digest}}";
    assert_eq!(signs["arguments"]["parameters"], json!([{"name": "image", "value": image}]));
    assert_eq!(signs["when"], "{{=steps.check.outputs.parameters.outdated == 'false'}}");
}

#[test]
fn cosign_gets_the_key_by_variables_and_tells_no_log() {
    let shop = tree().object("WorkflowTemplate", "shop");
    let container = &template(shop, "sign-code")["container"];
    let args = [
        "sign",
        "--yes",
        "--key=env://COSIGN_PRIVATE_KEY",
        "--tlog-upload=false",
        "--allow-http-registry",
        "--sign-container-identity=registry.acme.io/acme/shop/code",
        "{{inputs.parameters.image}}",
    ];
    assert_eq!(container["args"], json!(args));
    let key =
        |name: &str, key: &str| json!({"name": name, "valueFrom": {"secretKeyRef": {"name": "cosign", "key": key}}});
    let env: Vec<_> = list(&container["env"]).cloned().collect();
    assert!(env.contains(&key("COSIGN_PRIVATE_KEY", "cosign.key")));
    assert!(env.contains(&key("COSIGN_PASSWORD", "cosign.password")));
    assert!(env.contains(&json!({"name": "DOCKER_CONFIG", "value": "/registry"})));
}

/// A Dockerfile, a task or a service with the key could sign anything.
#[test]
fn nothing_else_has_the_key() {
    for signer in ["cosign", "platform"] {
        let mut holders = BTreeSet::new();
        for object in tree().objects.iter().filter(|object| object.kind() != "ExternalSecret") {
            let templates = object.templates();
            let parts = if templates.is_empty() { vec![&object.value] } else { templates };
            for part in parts {
                let mut holds = false;
                walk(part, &mut |value| {
                    let secret = [&value["secretKeyRef"]["name"], &value["secret"]["secretName"]];
                    holds |= secret.iter().any(|name| **name == signer);
                });
                holders.extend(holds.then(|| text(&part["name"]).to_owned()));
            }
        }
        let own = if signer == "cosign" { "sign-code" } else { "sign-jobs" };
        assert_eq!(holders, BTreeSet::from([own.to_owned()]));
    }
    let made = tree().of_kind("ExternalSecret").map(|object| (object.name(), &object.value["metadata"]["namespace"]));
    assert_eq!(made.collect::<Vec<_>>(), [("platform", &json!("pipeline"))]);
}

#[test]
fn the_page_asks_for_the_keys_that_must_exist() {
    let page = &tree().files["README.md"];
    for key in ["cosign.key", "cosign.password"] {
        let row = page.lines().find(|line| line.contains("| `cosign` |") && line.contains(&format!("`{key}`")));
        assert!(row.is_some_and(|row| row.contains("signing images")), "{page}");
    }
    assert!(!page.contains("| `platform` |"));
}
