//! The versions that a cluster must have are new enough for everything that is emitted.

use pipelinec::emit::versions::{
    self, ARGO_CD, ARGO_EVENTS, ARGO_ROLLOUTS, ARGO_WORKFLOWS, features, numbers, product, products,
};
use pipelinec::providers::Product;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use testkit::compiled::{every_tree, text};
use testkit::pages::read;

/// The fields that the oldest versions know, each as `KIND FIELD`.
const KNOWN: &str = include_str!("../versions/fields.txt");

/// The kinds whose fields are compared with the list.
const PRODUCTS: &[&Product] = &[&ARGO_CD, &ARGO_WORKFLOWS, &ARGO_EVENTS, &ARGO_ROLLOUTS];

/// Every field of a value that is known: `listed` says whether that is a whole field, and whether its keys are free.
fn fields(value: &Value, path: &str, kind: &str, listed: &BTreeSet<&str>, found: &mut BTreeSet<String>) {
    let whole = format!("{kind} {path}");
    if listed.contains(whole.as_str()) || value.as_object().is_some_and(serde_json::Map::is_empty) {
        found.insert(whole);
        return;
    }
    match value {
        Value::Object(map) => {
            let free = listed.iter().any(|line| line.strip_prefix(&whole).is_some_and(|rest| rest.starts_with(".*")));
            for (key, value) in map {
                // What every kind has.
                if path.is_empty() && ["apiVersion", "kind", "metadata"].contains(&key.as_str()) {
                    continue;
                }
                let key = if free { "*" } else { key };
                let below = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                fields(value, &below, kind, listed, found);
            }
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            items.iter().for_each(|item| fields(item, &format!("{path}[]"), kind, listed, found));
        }
        _ => {
            found.insert(whole);
        }
    }
}

#[test]
fn every_emitted_field_is_known_to_the_minimum_version() {
    let listed: BTreeSet<_> = KNOWN.lines().filter(|line| !line.starts_with('#')).collect();
    let mut found = BTreeSet::new();
    for (_, tree) in every_tree() {
        for object in &tree.objects {
            if PRODUCTS.contains(&product(object.kind())) {
                fields(&object.value, "", object.kind(), &listed, &mut found);
            }
            // A Sensor has a Workflow in it.
            for trigger in testkit::compiled::list(&object.value["spec"]["triggers"]) {
                fields(&trigger["template"]["k8s"]["source"]["resource"], "", "Workflow", &listed, &mut found);
            }
        }
    }
    let newer: BTreeSet<_> = features().map(|feature| format!("{} {}", feature.kind, feature.field)).collect();
    let unknown: Vec<_> = found
        .iter()
        .filter(|field| !listed.contains(field.as_str()))
        .filter(|field| !newer.iter().any(|row| *row == **field || field.starts_with(&format!("{row}."))))
        .collect();
    assert!(unknown.is_empty(), "look up in which version each first is (tests/versions/fields.txt): {unknown:#?}");
    let gone: Vec<_> = listed.iter().filter(|line| !found.contains(**line)).collect();
    assert!(gone.is_empty(), "listed, and never emitted: {gone:#?}");
}

#[test]
fn each_feature_is_emitted_and_newer_than_what_counts() {
    for feature in features() {
        let used = every_tree().any(|(_, tree)| {
            let mut of_kind = tree.of_kind(feature.kind);
            of_kind.any(|object| versions::has(&object.value, feature.field))
        });
        assert!(used, "{} {} is never emitted", feature.kind, feature.field);
        assert!(numbers(feature.since) > numbers(feature.product.oldest), "{feature:?}");
        // The file and the tag of a repository.
        assert!(feature.source.contains('/') && feature.source.ends_with(char::is_numeric), "{feature:?}");
    }
}

/// The minimum of each product over all that can be emitted.
fn minimums() -> BTreeMap<&'static str, (&'static Product, &'static str)> {
    let newest = |product: &Product| {
        let features = features().filter(|feature| feature.product == product).map(|feature| feature.since);
        features.chain([product.oldest]).max_by_key(|version| numbers(version)).expect("the oldest")
    };
    products().map(|product| (product.name, (product, newest(product)))).collect()
}

#[test]
fn each_kind_is_of_one_product() {
    let kinds: Vec<_> = products().flat_map(|product| product.kinds).collect();
    assert_eq!(kinds.iter().collect::<BTreeSet<_>>().len(), kinds.len(), "{kinds:?}");
}

#[test]
fn the_pages_ask_for_these_versions() {
    let readme = read("README.md");
    let guide = read("grammar/guides/first-delivery.md");
    for (product, (_, version)) in minimums() {
        if product != "Prometheus operator" {
            assert!(readme.contains(&format!("**{product} {version}**")), "README.md: {product} {version}");
        }
        assert!(guide.contains(&format!("| {product} | {version} |")), "the guide: {product} {version}");
    }
    let mut asked = BTreeSet::new();
    for (place, tree) in every_tree() {
        let (_, rest) = tree.files["README.md"].split_once("| product | minimum version |").expect("a table");
        for row in rest.lines().skip(2).take_while(|line| line.starts_with('|')) {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            let (name, version) = (cells[1].split(',').next().unwrap_or_default(), cells[2]);
            let known = minimums();
            let (product, most) = known.get(name).unwrap_or_else(|| panic!("{place}: {row}"));
            assert!(numbers(version) >= numbers(product.oldest) && numbers(version) <= numbers(most), "{place}: {row}");
            asked.insert((product.name, version));
        }
    }
    // Some trees need less than others, and some need everything.
    assert!(minimums().iter().all(|(product, most)| asked.contains(&(*product, most.1))), "{asked:?}");
    assert!(asked.contains(&(ARGO_CD.name, ARGO_CD.oldest)), "{asked:?}");
}

#[test]
fn the_version_of_the_bus_is_known_to_every_controller() {
    for (place, tree) in every_tree() {
        for bus in tree.of_kind("EventBus") {
            assert_eq!(text(&bus.value["spec"]["jetstream"]["version"]), "latest", "{place}");
        }
    }
}
