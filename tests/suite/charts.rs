//! Charts: what Argo CD is told of them, and where it finds their values.

use pipelinec::compile::compile;
use pipelinec::source::SourceMap;
use serde_json::{Value, json};
use testkit::compiled::Compiled;

fn sources(environment: &str) -> Value {
    let path = testkit::root().join("tests/cases/several-charts/store.pipe");
    let text = std::fs::read_to_string(path).expect("the case");
    let compiled = compile(&SourceMap::new([("store.pipe".to_owned(), text)]));
    let tree = &compiled.trees["shop"];
    serde_json::from_str(&tree[&format!("apps/store/{environment}/sources.json")]).expect("JSON")
}

#[test]
fn charts_of_an_app_have_names_of_their_own_everywhere() {
    for (environment, names) in
        [("production", vec!["cache", "store-db", "store-metrics"]), ("staging", vec!["cache", "store-db"])]
    {
        let sources = sources(environment);
        let releases =
            sources.as_array().into_iter().flatten().filter_map(|source| source["helm"]["releaseName"].as_str());
        assert_eq!(releases.collect::<Vec<_>>(), names);
    }
}

/// A third-party chart is not delivered by runs of its own: it changes with the tree.
#[test]
fn a_default_source_is_not_for_an_app_of_third_party_charts() {
    let chart = "repo = \"https://charts.acme.io\", chart = \"redis\", version = \"21.1.0\"";
    let program = format!(
        "project acme {{ gitops {{ repo = \"github.com/acme/gitops\" }}, github {{ webhook = \"https://hooks.acme.io\", credentials = gh }} }}
         secret gh {{ keys = [\"token\", \"webhookSecret\"] }}
         environment production
         defaults {{ app {{ source = \"github.com/acme/mono\" }} }}
         app cache {{ helm {{ {chart} }} }}
         app tuned {{ helm {{ {chart}, values = [\"tuned.yaml\"] }} }}
         app own {{ source = \"github.com/acme/other\", helm {{ {chart} }} }}
         app shop {{ needs = cache, manifests {{ path = \"k8s\" }} }}
         pipeline all {{ delivers = [shop, tuned, own], on push, deploy in production, wait-for-sync in production }}"
    );
    let compiled = Compiled::of("defaults", vec![("a.pipe".into(), program)]);
    let apps = &compiled.trees["acme"].resolved.apps;
    let source = |app: &str| apps[app].source.as_ref().map(|source| source.value.to_string());
    assert_eq!(source("cache"), None);
    assert_eq!(source("tuned").as_deref(), Some("github.com/acme/mono"));
    assert_eq!(source("own").as_deref(), Some("github.com/acme/other"));
    assert_eq!(source("shop").as_deref(), Some("github.com/acme/mono"));
}

#[test]
fn values_files_of_a_third_party_chart_are_those_of_the_delivered_commit() {
    let sources = sources("staging");
    assert_eq!(sources[1]["helm"]["valueFiles"], json!(["$values/pg/values.yaml", "$values/pg/staging.yaml"]));
    assert_eq!(sources[1]["targetRevision"], "16.4.1");
    let repository = json!({"repoURL": "https://github.com/acme/store.git", "targetRevision": {"$run": "revision"}, "ref": "values"});
    assert_eq!(sources[2], repository);
    assert_eq!(sources.as_array().map(Vec::len), Some(3));
}
