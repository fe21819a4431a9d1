//! What Argo Rollouts makes of the emitted canaries: which pods callers reach while one runs, and whose metrics judge it.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

use crate::compiled::{Object, Tree, every_tree, list, text};

/// The label that Rollouts gives to the pods of one version, and to the selectors that it rewrites
/// (argo-rollouts, `rollout/service.go`).
const HASH: &str = "rollouts-pod-template-hash";
const OLD: &str = "5c6f8d7b9f";
const NEW: &str = "7d4b5c9c6d";

/// The Services of a Rollout's folder in the middle of its canary: name and selector, as Rollouts has rewritten it.
fn services_in_a_canary<'a>(tree: &'a Tree, rollout: &'a Object) -> BTreeMap<&'a str, Map<String, Value>> {
    let canary = &rollout.value["spec"]["strategy"]["canary"];
    let services = tree.of_kind("Service").filter(|service| service.file == rollout.file);
    services
        .map(|service| {
            let mut selector = service.value["spec"]["selector"].as_object().expect("a selector").clone();
            for (field, hash) in [("stableService", OLD), ("canaryService", NEW)] {
                if canary[field] == service.name() {
                    selector.insert(HASH.to_owned(), json!(hash));
                }
            }
            (service.name(), selector)
        })
        .collect()
}

/// The versions of a Rollout whose pods a selector takes.
fn versions<'a>(rollout: &Object, selector: &Map<String, Value>) -> BTreeSet<&'a str> {
    let versions = [OLD, NEW].into_iter().filter(|hash| {
        let mut labels = rollout.value["spec"]["template"]["metadata"]["labels"].clone();
        labels[HASH] = json!(hash);
        selector.iter().all(|(key, value)| labels[key] == *value)
    });
    versions.collect()
}

/// The object of that kind and name in the file of a Rollout.
fn beside<'a>(tree: &'a Tree, rollout: &Object, kind: &str, name: &str) -> &'a Value {
    let found = tree.of_kind(kind).find(|object| object.file == rollout.file && object.name() == name);
    &found.unwrap_or_else(|| panic!("{}: no {kind} {name}", rollout.place())).value
}

fn canaries() -> Vec<(String, &'static Tree, &'static Object)> {
    every_tree()
        .flat_map(|(place, tree)| tree.of_kind("Rollout").map(move |found| (place.clone(), tree, found)))
        .collect()
}

#[test]
fn callers_of_a_canary_reach_both_versions_as_pods_or_by_weights() {
    let mut by = BTreeMap::new();
    for (place, tree, rollout) in canaries() {
        let place = format!("{place}: {}", rollout.place());
        let services = services_in_a_canary(tree, rollout);
        let routing = &rollout.value["spec"]["strategy"]["canary"]["trafficRouting"]["traefik"];
        let weighted = text(&routing["weightedTraefikServiceName"]);
        let reached = if weighted.is_empty() {
            // Whoever calls, calls the Service with the name of the workload: `app.url` is its address.
            let Some(selector) = services.get(rollout.name()) else { continue };
            *by.entry("pods").or_insert(0) += 1;
            versions(rollout, selector)
        } else {
            *by.entry("weights").or_insert(0) += 1;
            let route = tree.of_kind("IngressRoute").find(|route| route.file == rollout.file).expect("a route");
            assert_eq!(route.value["spec"]["routes"][0]["services"][0]["kind"], "TraefikService", "{place}");
            assert_eq!(route.value["spec"]["routes"][0]["services"][0]["name"], weighted, "{place}");
            let router = beside(tree, rollout, "TraefikService", weighted);
            let sides = list(&router["spec"]["weighted"]["services"]).map(|side| text(&side["name"]));
            sides.flat_map(|name| versions(rollout, &services[name])).collect()
        };
        assert_eq!(reached, BTreeSet::from([OLD, NEW]), "{place}");
    }
    assert!(by.get("pods") >= Some(&2) && by.get("weights") >= Some(&2), "{by:?}");
}

#[test]
fn the_metrics_that_judge_a_canary_are_those_of_its_pods() {
    let mut judged = 0;
    for (place, tree, rollout) in canaries() {
        let services = services_in_a_canary(tree, rollout);
        let monitor = tree.of_kind("ServiceMonitor").find(|monitor| monitor.file == rollout.file);
        for argument in list(&rollout.value["spec"]["strategy"]["canary"]["analysis"]["args"]) {
            let value = text(&argument["value"]);
            let place = format!("{place}: {}, {}", rollout.place(), text(&argument["name"]));
            match text(&argument["name"]) {
                // Prometheus labels what it reads with the name of the Service through which it found the pod.
                "canary-metrics" => {
                    let wanted = &monitor.expect("metrics").value["spec"]["selector"]["matchLabels"];
                    let service = &beside(tree, rollout, "Service", value)["metadata"]["labels"];
                    assert!(wanted.as_object().expect("labels").iter().all(|(key, is)| service[key] == *is), "{place}");
                    assert_eq!(versions(rollout, &services[value]), BTreeSet::from([NEW]), "{place}");
                }
                "canary-service" => assert_eq!(versions(rollout, &services[value]), BTreeSet::from([NEW]), "{place}"),
                "canary-hash" => assert_eq!(argument["valueFrom"]["podTemplateHashValue"], "Latest", "{place}"),
                other => panic!("{place}: {other}"),
            }
            judged += 1;
        }
    }
    assert!(judged >= 6, "{judged}");
}
