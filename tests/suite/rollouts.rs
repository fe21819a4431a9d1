//! How Argo Rollouts runs the generated canaries: which pods callers reach meanwhile, whose metrics are queried, and
//! how.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

use testkit::compiled::{Object, Tree, every_tree, list, text};

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
fn the_metrics_that_an_analysis_queries_are_those_of_the_canarys_pods() {
    let mut checked = 0;
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
            checked += 1;
        }
    }
    assert!(checked >= 6, "{checked}");
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

/// The tree of a canary with an analysis, whose pauses are as short as they may be.
fn analysed(bound: &str) -> pipelinec::files::Files {
    crate::trees::tree(&format!(
        "environment production\n\
         analysis errors {{ query = \"errors{{service=\\\"${{canary.metrics}}\\\"}}\", prometheus = \"http://p:9090\", {bound} }}\n\
         app shop {{ source = \"github.com/acme/shop\", image code, service {{ image = code, port = 80, cpu = 1, memory = 1Gi, \
           replicas = 4, metrics {{ port = 81 }} }} }}\n\
         pipeline shop {{ delivers = shop, on push, build, canary in production {{ steps = [50%, 1m40s], analyse = errors }}, \
           wait-for-sync in production }}\n"
    ))
}

/// The metric of an AnalysisTemplate.
fn metric(files: &pipelinec::files::Files, name: &str) -> Value {
    let found = files["apps/shop/production/analysis.yaml"].split("\n---\n").find_map(|text| {
        let template: Value = serde_yaml::from_str(text).expect("an object");
        (template["metadata"]["name"] == name).then(|| template["spec"]["metrics"][0].clone())
    });
    found.unwrap_or_else(|| panic!("no {name}"))
}

/// The condition of an analysis with a bound.
fn condition(bound: &str) -> String {
    let metric = metric(&analysed(bound), "shop-errors");
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

/// The course of an AnalysisRun of one metric (argo-rollouts, `analysis/analysis.go`).
struct Run {
    metric: Value,
    begun: u64,
    next: u64,
    failed: u64,
    errors: u64,
    asked: u64,
    good: u64,
}

impl Run {
    fn new(metric: Value, begun: u64) -> Self {
        let next = begun + seconds(&metric["initialDelay"]);
        Self { metric, begun, next, failed: 0, errors: 0, asked: 0, good: 0 }
    }

    /// What Prometheus answers at a time, and whether that ends the run; nothing when it is not asked yet.
    fn measure(&mut self, now: u64, prometheus: &dyn Fn(u64) -> Answer) -> Option<bool> {
        assert!(now >= self.begun);
        if now < self.next {
            return None;
        }
        let number = |field: &str, otherwise: u64| self.metric[field].as_u64().unwrap_or(otherwise);
        let (tolerated, limit) = (number("failureLimit", 0), number("consecutiveErrorLimit", 4));
        let (count, enough) = (number("count", 0), number("consecutiveSuccessLimit", 0));
        match prometheus(now) {
            Answer::None { after } => {
                self.errors += 1;
                // `DefaultErrorRetryInterval`, once the request has given up.
                self.next = now + after + 10;
                return (self.errors > limit).then_some(false);
            }
            Answer::Values(values) => {
                let good = holds(text(&self.metric["successCondition"]), &values).expect("a condition");
                self.errors = 0;
                self.asked += 1;
                self.good += u64::from(good);
                self.failed += u64::from(!good);
                self.next = now + seconds(&self.metric["interval"]);
            }
        }
        if self.failed > tolerated {
            return Some(false);
        }
        if enough > 0 && self.good >= enough {
            return Some(true);
        }
        // Neither failed nor good enough: inconclusive, which pauses the canary until somebody comes.
        assert!(count == 0 || self.asked < count, "{} of {count} asked", self.asked);
        None
    }
}

fn seconds(value: &Value) -> u64 {
    text(value).strip_suffix('s').map_or(0, |number| number.parse().expect("seconds"))
}

/// What Prometheus says.
enum Answer {
    /// Nothing, after so many seconds.
    None { after: u64 },
    /// A value for each series.
    Values(Vec<f64>),
}

/// Takes a canary through its steps (argo-rollouts, `rollout/canary.go`, `rollout/analysis.go`): whether it ends well, and
/// how many good answers it had.
fn canary(files: &pipelinec::files::Files, prometheus: &dyn Fn(u64) -> Answer) -> (bool, u64) {
    let rollout = files["apps/shop/production/shop.yaml"].split("\n---\n").next().expect("the workload");
    let rollout: Value = serde_yaml::from_str(rollout).expect("a Rollout");
    let strategy = &rollout["spec"]["strategy"]["canary"];
    let named = |analysis: &Value| metric(files, text(&analysis["templates"][0]["templateName"]));
    let mut now = 0;
    let mut good = 0;
    let mut beside: Option<Run> = None;
    for (at, step) in list(&strategy["steps"]).enumerate() {
        if strategy["analysis"]["startingStep"] == at {
            beside = Some(Run::new(named(&strategy["analysis"]), now));
        }
        let mut own = step.get("analysis").map(|analysis| Run::new(named(analysis), now));
        let until = now + seconds(&step["pause"]["duration"]);
        loop {
            if let Some(false) = beside.as_mut().and_then(|run| run.measure(now, prometheus)) {
                return (false, good + beside.map_or(0, |run| run.good));
            }
            match own.as_mut().map(|run| run.measure(now, prometheus)) {
                Some(Some(true)) => break good += own.map_or(0, |run| run.good),
                Some(Some(false)) => return (false, good),
                Some(None) => {}
                None if now >= until => break,
                None => {}
            }
            now += 1;
        }
    }
    // What runs beside the steps ends with them, and as a success.
    (true, good + beside.map_or(0, |run| run.good))
}

#[test]
fn no_canary_goes_through_unasked() {
    let values = |values: &[f64]| Answer::Values(values.to_vec());
    let gone = |after| move |_| Answer::None { after };
    let strict = analysed("at-most = 5%");
    let lenient = analysed("at-most = 5%, no-data = pass");
    for (what, files, prometheus, well) in [
        ("good", &strict, &(|_| values(&[0.01])) as &dyn Fn(u64) -> Answer, true),
        ("bad", &strict, &|_| values(&[0.9]), false),
        ("one series bad", &strict, &|_| values(&[0.01, 0.9]), false),
        ("no data", &strict, &|_| values(&[]), false),
        ("no data, which passes", &lenient, &|_| values(&[]), true),
        ("unreachable", &strict, &gone(0), false),
        ("unreachable, whatever no data means", &lenient, &gone(0), false),
        ("nobody answers, and each question takes half a minute", &strict, &gone(30), false),
        (
            "unreachable during the pauses",
            &strict,
            &|now| if now <= 100 { gone(0)(now) } else { values(&[0.01]) },
            true,
        ),
        (
            "unreachable from the last pause on",
            &strict,
            &|now| if now < 95 { values(&[0.01]) } else { gone(0)(now) },
            false,
        ),
        ("away for 30 s", &strict, &|now| if (80..110).contains(&now) { gone(0)(now) } else { values(&[0.01]) }, true),
        ("bad at the end", &strict, &|now| if now < 95 { values(&[0.01]) } else { values(&[0.9]) }, false),
        ("bad now and then", &strict, &|now| if now % 20 < 10 { values(&[0.9]) } else { values(&[0.01]) }, true),
    ] {
        let (ended_well, good) = canary(files, prometheus);
        assert_eq!(ended_well, well, "{what}");
        assert!(!ended_well || good > 0, "{what}: nobody was asked");
    }
}
