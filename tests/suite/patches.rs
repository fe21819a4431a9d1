//! Patches: what becomes of them in the generated objects.

use pipelinec::compile::compile;
use pipelinec::patch::kinds;
use pipelinec::source::SourceMap;
use pipelinec::verify::catalogue::{Catalogue, Library};
use pipelinec::verify::{Options, verify};
use serde_json::{Value, json};
use testkit::compiled::ALL;
use testkit::fixtures::PROJECT;
use testkit::yaml11::documents;

/// A program with one service, whose production may have a canary.
fn program(service: &str, app: &str, update: &str, more: &str) -> String {
    format!(
        r#"{PROJECT}app shop {{
  source = "github.com/acme/shop"
  image code
  service {{
    image = code
    port = 8080
    cpu = 100m
    memory = 128Mi
    replicas = 5
    env = {{ TAG = code.tag }}
    {service}
  }}
  {app}
}}
pipeline shop {{
  delivers = shop
  on push
  build
  stage-env staging
  wait-for-sync in staging
  {update}
  wait-for-sync in production {{ timeout = 30m }}
  teardown staging
}}
{more}
"#
    )
}

const DEPLOY: &str = "deploy in production";
const CANARY: &str = "canary in production { steps = [20%, 5m] }";

/// An object of a tree: by its target, the file, and its kind and name.
fn object(text: &str, target: &str, file: &str, id: &str) -> Value {
    let compiled = compile(&SourceMap::new([("a.pipe".to_owned(), text.to_owned())]));
    assert!(!compiled.trees.is_empty(), "{text}\n{:?}", compiled.diagnostics);
    let found = documents(&compiled.trees[target][file]);
    let is_it = |object: &Value| format!("{}/{}", object["kind"], object["metadata"]["name"]).replace('"', "") == id;
    found.into_iter().find(is_it).unwrap_or_else(|| panic!("no {id} in {file}"))
}

fn workload(text: &str, target: &str, environment: &str, kind: &str) -> Value {
    object(text, target, &format!("apps/shop/{environment}/shop.yaml"), &format!("{kind}/shop"))
}

const GRACE: &str = "/spec/template/spec/terminationGracePeriodSeconds";

#[test]
fn a_patch_of_pods_holds_for_whatever_creates_them() {
    let text = |update| program("patch \"Pod\" { spec = { terminationGracePeriodSeconds = 90 } }", "", update, "");
    assert_eq!(workload(&text(DEPLOY), "acme", "production", "Deployment").pointer(GRACE), Some(&json!(90)));
    assert_eq!(workload(&text(CANARY), "acme", "production", "Rollout").pointer(GRACE), Some(&json!(90)));
    assert_eq!(workload(&text(CANARY), "acme", "staging", "Deployment").pointer(GRACE), Some(&json!(90)));
}

#[test]
fn a_patch_varies_by_environment_and_target_and_comes_from_defaults() {
    let service = "patch \"Pod\" {
      spec = { terminationGracePeriodSeconds = 60, dnsPolicy = \"Default\" }
      in production { spec = { terminationGracePeriodSeconds = 90 } }
    }";
    let more = "target home
target away {
  app shop { service { patch \"Pod\" in production { spec = { terminationGracePeriodSeconds = 120 } } } }
}
defaults { service { patch \"Pod\" { spec = { priorityClassName = \"high\" } } } }";
    let text = program(service, "", DEPLOY, more);
    for (target, environment, grace) in
        [("home", "production", 90), ("home", "staging", 60), ("away", "production", 120), ("away", "staging", 60)]
    {
        let pods = &workload(&text, target, environment, "Deployment")["spec"]["template"]["spec"];
        assert_eq!(pods["terminationGracePeriodSeconds"], json!(grace), "{target} {environment}");
        assert_eq!((&pods["dnsPolicy"], &pods["priorityClassName"]), (&json!("Default"), &json!("high")));
    }
}

#[test]
fn lists_of_named_items_are_merged_and_others_replaced() {
    let service = "patch \"Pod\" {
      spec = {
        containers = [
          { name = \"shop\", args = [\"--fast\"], env = [{ name = \"MORE\", value = \"1\" }] }
          { name = \"proxy\", image = \"docker.io/acme/proxy:1\" }
        ]
        tolerations = [{ key = \"spot\", operator = \"Exists\" }]
      }
    }";
    let pods =
        workload(&program(service, "", DEPLOY, ""), "acme", "production", "Deployment")["spec"]["template"]["spec"]
            .clone();
    let own = &pods["containers"][0];
    assert_eq!((&own["name"], &own["args"]), (&json!("shop"), &json!(["--fast"])));
    // The run fills in the tag by the index of the variable, which therefore stays.
    assert_eq!((&own["env"][0]["name"], &own["env"][1]["name"]), (&json!("TAG"), &json!("MORE")));
    assert_eq!((&pods["containers"][1]["name"], own["image"].is_string()), (&json!("proxy"), true));
    assert_eq!(pods["tolerations"], json!([{"key": "spot", "operator": "Exists"}]));
}

#[test]
fn a_patch_of_an_app_names_the_object_of_one_of_its_services() {
    let app = "service api { image = code, port = 9000, cpu = 100m, memory = 64Mi }
  patch \"Service/shop-api\" { metadata = { annotations = { \"acme.io/team\" = \"shop\" } } }";
    let text = program("", app, DEPLOY, "");
    let annotation = |name: &str| {
        let found = object(&text, "acme", &format!("apps/shop/production/{name}.yaml"), &format!("Service/{name}"));
        found["metadata"]["annotations"]["acme.io/team"].clone()
    };
    assert_eq!((annotation("shop-api"), annotation("shop")), (json!("shop"), Value::Null));
}

#[test]
fn an_object_says_which_fields_patches_have_set() {
    let service = "patch \"Pod\" { spec = { dnsPolicy = \"Default\" } }
    patch \"Deployment\" { spec = { minReadySeconds = 5 }, metadata = { labels = { \"acme.io/team\" = \"a\" } } }";
    let found = workload(&program(service, "", DEPLOY, ""), "acme", "production", "Deployment");
    assert_eq!(
        found["metadata"]["annotations"]["pipelinec.dev/patched"],
        json!("metadata.labels[\"acme.io/team\"], spec.minReadySeconds, spec.template.spec.dnsPolicy")
    );
}

#[test]
fn a_run_notices_a_patch_of_its_templates() {
    let text = |priority: u32| {
        let text = program("", "", DEPLOY, "");
        text.replace(
            "  build\n",
            &format!("  build\n  patch \"WorkflowTemplate\" {{ spec = {{ priority = {priority} }} }}\n"),
        )
    };
    let digest = |text: &str| {
        let found = object(text, "acme", "workflows/shop.yaml", "WorkflowTemplate/shop");
        found["metadata"]["annotations"]["pipelinec.dev/pipeline-digest"].clone()
    };
    assert_ne!(digest(&text(1)), digest(&text(2)));
    assert_ne!(digest(&text(1)), digest(&program("", "", DEPLOY, "")));
}

/// Text of any kind arrives as it is written, and what is patched is valid by the schemas of its kind.
#[test]
fn hostile_text_arrives_and_patched_objects_are_valid() {
    let hostile = "a: {b}\n- \"c\" #d\t${{x}} {{y}} $(z) ' \u{1f600} null ~ 0o7 1_000";
    let literal = hostile
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
        .replace('\t', "\\t")
        .replace('$', "\\$");
    let service = format!("patch \"Pod\" {{ metadata = {{ annotations = {{ \"acme.io/text\" = \"{literal}\" }} }} }}");
    let more = "environment live { patch \"Namespace\" { metadata = { labels = { team = \"no\" } } } }";
    let text = program(&service, "", CANARY, more);
    let found = workload(&text, "acme", "production", "Rollout");
    assert_eq!(found["spec"]["template"]["metadata"]["annotations"]["acme.io/text"], json!(hostile));
    let catalogue = Catalogue::built_in();
    let texts = |text: usize| catalogue.texts.get(text).cloned();
    let library = Library::new(&catalogue.index, &texts);
    let compiled = compile(&SourceMap::new([("a.pipe".to_owned(), text)]));
    let files = compiled.trees["acme"].clone().into_iter().filter(|(path, _)| path.ends_with(".yaml"));
    let options = Options { ignore_missing_schemas: true, named: None };
    let verified = verify(&SourceMap::new(files), &library, options);
    // A field of a later version of Argo Workflows, which the version of the schemas ignores.
    let later = |message: &str| message.ends_with(".pendingTimeout`");
    let wrong: Vec<_> = verified.diagnostics.iter().filter(|found| !later(&found.message)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(verified.objects > 20, "{}", verified.objects);
}

/// What a patch may name, and by which schema it is checked, follows from what is generated.
#[test]
fn every_generated_kind_can_be_patched_in_its_version() {
    let objects = ALL.iter().flat_map(|program| program.trees.values()).flat_map(|tree| &tree.objects);
    for object in objects.filter(|object| object.value["kind"] != "Kustomization") {
        let kind = object.value["kind"].as_str().expect("a kind");
        let known = kinds::find(kind).unwrap_or_else(|| panic!("`patch::kinds` has no {kind}"));
        assert_eq!(object.value["apiVersion"], known.api_version, "{kind}");
    }
}
