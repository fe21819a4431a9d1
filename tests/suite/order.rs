//! What an object names is applied before the object: Argo CD goes by wave, kind and name, and a controller that looks for
//! what is not there yet says so in a state that can pass for a failure.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use testkit::compiled::{Object, Tree, every_tree, text};

/// The order of kinds within a wave; all others come after them, by name alone
/// (argo-cd v3.5.1, `gitops-engine/pkg/sync/sync_tasks.go`, `kindOrder`; the same in v3.3.0).
const KINDS: &[&str] = &[
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
];

/// Fields that hold the name of an object, with its kind. The name may stand in a map below the field, as `name`, and
/// `kind` beside it is the kind then.
const NAMES: &[(&str, &str)] = &[
    ("activeService", "Service"),
    ("analysisTemplate", "AnalysisTemplate"),
    ("apiToken", "Secret"),
    ("canaryService", "Service"),
    ("claimName", "PersistentVolumeClaim"),
    ("configMap", "ConfigMap"),
    ("configMapKeyRef", "ConfigMap"),
    ("configMapRef", "ConfigMap"),
    ("eventBusName", "EventBus"),
    ("eventSourceName", "EventSource"),
    ("imagePullSecrets", "Secret"),
    ("kubernetes.io/service-account.name", "ServiceAccount"),
    ("middlewares", "Middleware"),
    ("previewService", "Service"),
    ("priorityClassName", "PriorityClass"),
    ("project", "AppProject"),
    ("roleRef", "Role"),
    ("scaleTargetRef", "Deployment"),
    ("secretKeyRef", "Secret"),
    ("secretName", "Secret"),
    ("secretRef", "Secret"),
    ("serviceAccountName", "ServiceAccount"),
    ("services", "Service"),
    ("serviceName", "Service"),
    ("stableService", "Service"),
    ("storageClassName", "StorageClass"),
    ("subjects", "ServiceAccount"),
    ("templateName", "AnalysisTemplate"),
    ("templateRef", "WorkflowTemplate"),
    ("webhookSecret", "Secret"),
    ("weightedTraefikServiceName", "TraefikService"),
    ("workflowTemplateRef", "WorkflowTemplate"),
];

/// Fields whose names sound as if they held the name of an object, and do not. A new one stands in neither list, and has
/// to be put into one of them.
const OTHERS: &[&str] = &[
    "app.kubernetes.io/name",
    "dataTemplate",
    "dependencyName",
    "eventName",
    "fieldRef",
    "globalName",
    "jobTemplate",
    "goTemplate",
    "name",
    "names",
    "releaseName",
    "remoteRef",
    "resource",
    "resourceFieldRef",
    "resourceNames",
    "secret",
    "service",
    "serviceAccountToken",
    "source",
    "template",
    "templatePatch",
    "templates",
    // A store outside of every tree.
    "secretStoreRef",
];

/// How the names of fields end that hold the name of an object.
const SOUNDS: &[&str] =
    &["name", "names", "ref", "secret", "secrets", "service", "account", "template", "source", "bus"];

/// Kinds that are healthy as soon as they are there: Argo CD waits for the health of a wave before it begins the next
/// (`gitops-engine/pkg/sync/sync_context.go`), so nothing else may be in a wave before the last one.
const HEALTHY_AT_ONCE: &[&str] =
    &["AnalysisTemplate", "AppProject", "Namespace", "Service", "ServiceAccount", "TraefikService", "WorkflowTemplate"];

/// References that no order can hold, or need not, each with the reason.
const WHENEVER: &[(&str, &str, &str)] = &[
    // An autoscaler comes before all kinds of others, and may not stand in a wave before or after its Rollout: Argo CD
    // waits for the health of a wave before it begins the next, and that of a Rollout is a whole canary. The autoscaler
    // looks again every 15 s, and its health does not count.
    ("HorizontalPodAutoscaler", "Rollout", "argocd.argoproj.io/ignore-healthcheck"),
    // Argo CD applies autoscalers before StatefulSets; these look again as well.
    ("HorizontalPodAutoscaler", "StatefulSet", "argocd.argoproj.io/ignore-healthcheck"),
    // Their controllers wait for the bus themselves until it runs, for much longer than an apply takes. In a wave of its
    // own it would keep everything after it from being applied while one of its pods is away.
    ("EventSource", "EventBus", ""),
    ("Sensor", "EventBus", ""),
    // A Sensor reads the bus, to which the EventSource writes whenever it is there.
    ("Sensor", "EventSource", ""),
    // Named when a push comes.
    ("Sensor", "WorkflowTemplate", ""),
];

/// What one Application of Argo CD applies: the folder that its kustomization is in, and the objects.
fn applications(tree: &'static Tree) -> BTreeMap<String, Vec<&'static Object>> {
    let mut found: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let of_the_tree = &tree.files["kustomization.yaml"];
    for object in tree.objects.iter().filter(|object| object.kind() != "Kustomization") {
        let folder = object.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let listed = of_the_tree.lines().any(|line| line.strip_prefix("- ") == Some(folder));
        let application = match object.file.as_str() {
            // Applied by hand, from its first object to its last.
            "bootstrap.yaml" => continue,
            _ if listed => "",
            _ => folder,
        };
        found.entry(application.to_owned()).or_default().push(object);
    }
    found
}

/// When Argo CD applies an object: by wave, kind and name.
fn turn(object: &Object) -> (i64, usize, &str) {
    let wave = text(&object.value["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]).parse().unwrap_or(0);
    let kind = KINDS.iter().position(|kind| *kind == object.kind()).unwrap_or(KINDS.len());
    (wave, kind, object.name())
}

/// What a value names: kind and name, and the namespace where it is written.
fn named<'a>(
    value: &'a Value,
    add: &mut dyn FnMut(&'a str, &'a str, Option<&'a str>),
    unknown: &mut BTreeSet<&'a str>,
) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| named(item, add, unknown)),
        Value::Object(fields) => {
            for (field, value) in fields {
                match NAMES.iter().find(|(name, _)| name == field) {
                    Some((_, kind)) => below(kind, value, add),
                    None => {
                        let lower = field.to_lowercase();
                        let sounds = SOUNDS.iter().any(|end| lower.ends_with(end));
                        if sounds && !OTHERS.contains(&field.as_str()) {
                            unknown.insert(field);
                        }
                    }
                }
                named(value, add, unknown);
            }
        }
        _ => {}
    }
}

fn below<'a>(kind: &'a str, value: &'a Value, add: &mut dyn FnMut(&'a str, &'a str, Option<&'a str>)) {
    match value {
        Value::String(name) => add(kind, name, None),
        Value::Array(items) => items.iter().for_each(|item| below(kind, item, add)),
        Value::Object(fields) => {
            let kind = fields.get("kind").map_or(kind, text);
            if let Some(name) = fields.get("name") {
                add(kind, text(name), fields.get("namespace").map(text));
            }
        }
        _ => {}
    }
}

#[test]
fn no_wave_waits_for_the_one_before_it() {
    for (place, tree) in every_tree() {
        for (folder, objects) in applications(tree) {
            let last = objects.iter().map(|object| turn(object).0).max();
            assert_eq!(last, Some(0), "{place}: {folder}");
            for object in objects.iter().filter(|object| turn(object).0 < 0) {
                assert!(HEALTHY_AT_ONCE.contains(&object.kind()), "{place}: {}", object.place());
                let kind = object.value["spec"]["type"].as_str().filter(|_| object.kind() == "Service");
                assert!(kind.is_none_or(|kind| kind == "ClusterIP"), "{place}: {}", object.place());
            }
        }
    }
}

#[test]
fn what_an_object_names_is_applied_before_it() {
    let mut held: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    let mut unknown = BTreeSet::new();
    for (place, tree) in every_tree() {
        let applications = applications(tree);
        let readme = &tree.files["README.md"];
        for objects in applications.values() {
            for object in objects {
                let own = object.value["metadata"]["namespace"].as_str();
                let mut references = Vec::new();
                named(
                    &object.value,
                    &mut |kind, name, namespace| references.push((kind, name, namespace)),
                    &mut unknown,
                );
                references.extend(own.map(|namespace| ("Namespace", namespace, None)));
                for (kind, name, namespace) in references {
                    if name.contains("{{") || (kind, name) == (object.kind(), object.name()) {
                        continue;
                    }
                    let is = |other: &&&Object| {
                        let there = other.value["metadata"]["namespace"].as_str();
                        other.kind() == kind
                            && other.name() == name
                            && (kind == "Namespace" || there == namespace.or(own))
                    };
                    let what = format!("{place}: {} names {kind} {name}", object.place());
                    if let Some(exception) = WHENEVER.iter().find(|(by, of, _)| (*by, *of) == (object.kind(), kind)) {
                        used.insert((exception.0, exception.1));
                        let annotations = object.value["metadata"]["annotations"].as_object();
                        if !exception.2.is_empty() && !annotations.is_some_and(|all| all.contains_key(exception.2)) {
                            wrong.push(format!("{what}, and lacks `{}`", exception.2));
                        }
                        continue;
                    }
                    match objects.iter().find(is) {
                        Some(other) if turn(other) < turn(object) => {
                            *held.entry((object.kind(), kind)).or_default() += 1
                        }
                        Some(_) => wrong.push(format!("{what}, which comes later")),
                        // What is not of this Application is there before, or is waited for.
                        None if exists(kind, name, own, tree, readme) => {}
                        None => wrong.push(format!("{what}, which is nowhere")),
                    }
                }
            }
        }
    }
    assert!(unknown.is_empty(), "neither in `NAMES` nor in `OTHERS`: {unknown:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(used.len(), WHENEVER.len(), "an exception that nothing needs: {used:?}");
    for pair in [
        ("ApplicationSet", "AppProject"),
        ("CronWorkflow", "ServiceAccount"),
        ("Deployment", "ServiceAccount"),
        ("HorizontalPodAutoscaler", "Deployment"),
        ("IngressRoute", "Service"),
        ("IngressRoute", "TraefikService"),
        ("Rollout", "AnalysisTemplate"),
        ("Rollout", "Service"),
        ("Rollout", "ServiceAccount"),
        ("Rollout", "TraefikService"),
        ("RoleBinding", "Role"),
        ("RoleBinding", "ServiceAccount"),
        ("Secret", "ServiceAccount"),
        ("Sensor", "ServiceAccount"),
        ("StatefulSet", "Service"),
        ("TraefikService", "Service"),
        ("WorkflowTemplate", "ServiceAccount"),
        ("WorkflowTemplate", "WorkflowTemplate"),
    ] {
        assert!(held.contains_key(&pair), "no {} names a {}: {held:?}", pair.0, pair.1);
    }
}

/// Whether something is there that the Application itself does not bring: said to the reader of the tree's README, or
/// brought by another Application, for which pods wait.
fn exists(kind: &str, name: &str, namespace: Option<&str>, tree: &Tree, readme: &str) -> bool {
    match kind {
        "Namespace" => readme.contains(&format!("in `{name}`")) || readme.contains(&format!("create namespace {name}")),
        "Secret" => {
            let listed = |line: &str| line.contains(&format!("| `{name}` |"));
            let there = |line: &str| namespace.is_none_or(|namespace| line.starts_with(&format!("| `{namespace}` |")));
            let created = ["Secret", "ExternalSecret"].into_iter().flat_map(|kind| tree.of_kind(kind));
            let there_later = created.into_iter().any(|secret| secret.name() == name);
            there_later || readme.lines().any(|line| listed(line) && there(line))
        }
        "PersistentVolumeClaim" | "PriorityClass" | "ServiceAccount" | "StorageClass" => {
            readme.contains(&format!("{kind} `{name}`"))
        }
        _ => false,
    }
}
