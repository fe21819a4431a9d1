//! What Argo Rollouts makes of the emitted canaries: which pods callers reach while one runs, whose metrics judge it, and
//! how.

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

/// What Rollouts makes of a condition and the values of a query's series, as far as conditions are emitted
/// (argo-rollouts, `utils/evaluate`, with antonmedv/expr 1.15.5). An error is one of the measurement.
fn holds(condition: &str, result: &[f64]) -> Result<bool, String> {
    if let Some(parts) = apart(condition, "||") {
        return parts.into_iter().try_fold(false, |before, part| Ok(before || holds(part, result)?));
    }
    if let Some(parts) = apart(condition, "&&") {
        return parts.into_iter().try_fold(true, |before, part| Ok(before && holds(part, result)?));
    }
    if let Some(negated) = condition.strip_prefix('!') {
        return Ok(!holds(negated, result)?);
    }
    if let Some(each) = condition.strip_prefix("all(result, {").and_then(|rest| rest.strip_suffix("})")) {
        let one = |value: &f64| holds(&each.replace('#', &format!("{value:e}")), result);
        return result.iter().try_fold(true, |before, value| Ok(before && one(value)?));
    }
    let value = |text: &str| -> Result<f64, String> {
        match text {
            "len(result)" => Ok(result.len() as f64),
            "result[0]" => result.first().copied().ok_or_else(|| "index out of range: 0 (array length is 0)".into()),
            text => text.parse().map_err(|_| format!("unknown: {text}")),
        }
    };
    if let Some(inside) = condition.strip_prefix("isNaN(").and_then(|rest| rest.strip_suffix(')')) {
        return Ok(value(inside)?.is_nan());
    }
    let words: Vec<_> = condition.split(' ').collect();
    let [left, operator, right] = words[..] else { return Err(format!("unknown: {condition}")) };
    let (left, right) = (value(left)?, value(right)?);
    match operator {
        "<=" => Ok(left <= right),
        ">=" => Ok(left >= right),
        ">" => Ok(left > right),
        "==" => Ok(left == right),
        other => Err(format!("unknown: {other}")),
    }
}

/// The operands of an operator outside all brackets.
fn apart<'a>(condition: &'a str, operator: &str) -> Option<Vec<&'a str>> {
    let mut depth = 0;
    let mut parts = Vec::new();
    let mut begin = 0;
    for (at, letter) in condition.char_indices() {
        match letter {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth -= 1,
            _ if depth == 0 && condition[at..].starts_with(operator) => {
                parts.push(condition[begin..at].trim());
                begin = at + operator.len();
            }
            _ => {}
        }
    }
    parts.push(condition[begin..].trim());
    (parts.len() > 1).then_some(parts)
}

/// The condition of an analysis with a bound.
fn condition(bound: &str) -> String {
    let files = crate::trees::tree(&format!(
        "environment production\n\
         analysis errors {{ query = \"errors{{service=\\\"${{canary.metrics}}\\\"}}\", prometheus = \"http://p:9090\", {bound} }}\n\
         app shop {{ source = \"github.com/acme/shop\", image code, service {{ image = code, port = 80, cpu = 1, memory = 1Gi, \
           replicas = 4, metrics {{ port = 81 }} }} }}\n\
         pipeline shop {{ delivers = shop, on push, build, canary in production {{ steps = [50%, 5m], analyse = errors }}, \
           wait-for-sync in production }}\n"
    ));
    let template = serde_yaml::from_str::<Value>(&files["apps/shop/production/analysis.yaml"]).expect("one object");
    let metric = &template["spec"]["metrics"][0];
    // With one side only a value is good or bad, and never neither, which would pause the canary for ever.
    assert_eq!(metric.get("failureCondition"), None);
    text(&metric["successCondition"]).to_owned()
}

#[test]
fn an_answer_is_good_if_the_value_of_every_series_is() {
    let most = [condition("at-most = 5%"), condition("at-most = 5%, no-data = pass")];
    let least = [condition("at-least = 5%"), condition("at-least = 5%, no-data = pass")];
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    // The values, and whether they are good: at most 5%, and with `no-data = pass`; at least 5%, and with it.
    for (values, good) in [
        (&[][..], [false, true, false, true]),
        (&[0.01], [true, true, false, false]),
        (&[0.05], [true, true, true, true]),
        (&[0.06], [false, false, true, true]),
        (&[0.01, 0.9], [false, false, false, false]),
        (&[0.9, 0.01], [false, false, false, false]),
        (&[0.01, 0.02], [true, true, false, false]),
        (&[0.9, 0.8], [false, false, true, true]),
        (&[nan], [false, true, false, true]),
        (&[nan, nan], [false, true, false, true]),
        (&[nan, 0.01], [false, true, false, false]),
        (&[0.01, nan], [false, true, false, false]),
        (&[nan, 0.9], [false, false, false, true]),
        (&[inf], [false, false, true, true]),
        (&[-inf], [true, true, false, false]),
        (&[0.01, inf], [false, false, false, false]),
        (&[-1.0], [true, true, false, false]),
    ] {
        let found = [&most[0], &most[1], &least[0], &least[1]].map(|condition| holds(condition, values));
        assert_eq!(found, good.map(Ok), "{values:?}");
    }
}
