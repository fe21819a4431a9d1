//! Volumes and files of services: what they become, and the workload of a service whose pods have storage.

use pipelinec::files::Files;
use serde_json::Value;
use testkit::yaml11;

use crate::trees::tree;

/// An app with a service of this contents, delivered to production after an ephemeral environment.
fn app(service: &str) -> Files {
    tree(&format!(
        "environment production\nenvironment staging {{ copy-of = production, ttl = 9h }}\n\
         secret tls {{ name = \"web-tls\", keys = [\"tls.key\", \"tls.crt\"], in staging {{ from = throwaway }} }}\n\
         app shop {{\n source = \"github.com/acme/s\"\n image code\n image root {{ user = 0 }}\n \
           service {{ image = code, cpu = 1, memory = 1Gi, {service} }}\n service other {{ image = root, cpu = 1, memory = 1Gi, env = {{ KEY = tls.\"tls.key\" }} }}\n}}\n\
         pipeline shop {{ delivers = shop, on push, build, stage-env staging, wait-for-sync in staging, teardown staging, \
           deploy in production, wait-for-sync in production }}\n"
    ))
}

/// The objects of the service in an environment.
fn objects(files: &Files, environment: &str) -> Vec<Value> {
    yaml11::documents(&files[&format!("apps/shop/{environment}/shop.yaml")])
}

#[test]
fn pods_with_storage_are_a_statefulset_in_every_environment_and_a_rollback_waits_for_none_of_them() {
    let files = app(
        "replicas = 2..4, volume data { at = \"/data\", size = 5Gi, in production { size = 1Ti, class = \"fast.v2\" } }",
    );
    for (environment, size, class) in [("staging", "5Gi", None), ("production", "1Ti", Some("fast.v2"))] {
        let objects = objects(&files, environment);
        let spec = &objects[0]["spec"];
        assert_eq!((&objects[0]["apiVersion"], &objects[0]["kind"]), (&"apps/v1".into(), &"StatefulSet".into()));
        assert_eq!(spec["podManagementPolicy"], "Parallel");
        assert_eq!(spec["updateStrategy"]["rollingUpdate"]["partition"], 0);
        let claim = &spec["volumeClaimTemplates"][0];
        assert_eq!(claim["metadata"]["name"], "data");
        assert_eq!(claim["spec"]["resources"]["requests"]["storage"], size);
        assert_eq!(claim["spec"].get("storageClassName").and_then(Value::as_str), class);
        let pod = &spec["template"]["spec"];
        assert_eq!(pod["containers"][0]["volumeMounts"][0]["mountPath"], "/data");
        assert!(pod.get("volumes").is_none(), "{pod}");
        assert_eq!((&pod["securityContext"]["fsGroup"]), &10001);
        let service = &objects[1];
        assert_eq!((&service["kind"], &service["metadata"]["name"]), (&"Service".into(), &spec["serviceName"]));
        assert_eq!(service["spec"]["clusterIP"], "None");
        assert!(service["spec"].get("ports").is_none(), "{service}");
    }
    let scaler = objects(&files, "production").into_iter().find(|object| object["kind"] == "HorizontalPodAutoscaler");
    assert_eq!(scaler.expect("an autoscaler")["spec"]["scaleTargetRef"]["kind"], "StatefulSet");
}

#[test]
fn a_value_of_the_run_reaches_a_statefulset() {
    let files = app("env = { SHA = run.sha }, volume data { at = \"/data\", size = 5Gi }");
    let sources = &files["apps/shop/production/sources.json"];
    assert!(sources.contains("\"kind\": \"StatefulSet\""), "{sources}");
}

#[test]
fn a_mounted_secret_shows_the_declared_keys_and_is_required() {
    let files = app("volume tls { at = \"/etc/tls\", secret = tls }");
    for environment in ["staging", "production"] {
        let deployment = &objects(&files, environment)[0];
        let pod = &deployment["spec"]["template"]["spec"];
        assert_eq!(deployment["kind"], "Deployment");
        assert_eq!(pod["containers"][0]["volumeMounts"][0]["readOnly"], true);
        let secret = &pod["volumes"][0]["secret"];
        let items: Vec<_> = secret["items"].as_array().expect("items").iter().map(|item| &item["path"]).collect();
        assert_eq!(
            (&secret["secretName"], items),
            (&"web-tls".into(), vec![&Value::from("tls.crt"), &"tls.key".into()])
        );
    }
    let readme = &files["README.md"];
    assert!(
        readme.contains("| `production` | `web-tls` | `tls.crt`, `tls.key` | service `shop-other`, service `shop` |"),
        "{readme}"
    );
}

#[test]
fn each_version_of_a_file_has_a_name_of_its_own_and_stays_for_the_pods_that_have_it() {
    let of = |text: &str| {
        let files = app(&format!(
            "config \"/etc/{text}.d/app.yaml\" {{ text = \"{text}\" }}, volume tls {{ at = \"/tls\", secret = tls }}"
        ));
        objects(&files, "production")
    };
    let (one, same, other) = (of("a"), of("a"), of("b"));
    let map = |objects: &[Value]| objects.iter().find(|object| object["kind"] == "ConfigMap").expect("a file").clone();
    let pod = |objects: &[Value]| objects[0]["spec"]["template"]["spec"].clone();
    assert_eq!(map(&one), map(&same));
    assert_ne!(map(&one)["metadata"]["name"], map(&other)["metadata"]["name"]);
    assert_ne!(pod(&one), pod(&other));
    assert_eq!((&map(&one)["immutable"], &map(&one)["data"]["app.yaml"]), (&true.into(), &"a".into()));
    let annotations = &map(&one)["metadata"]["annotations"];
    assert_eq!(annotations["argocd.argoproj.io/sync-options"], "Prune=false");
    assert_eq!(annotations["argocd.argoproj.io/compare-options"], "IgnoreExtraneous");
    let mounts = pod(&one)["containers"][0]["volumeMounts"].clone();
    let mount = mounts.as_array().expect("mounts").iter().find(|mount| mount["mountPath"] == "/etc/a.d/app.yaml");
    assert_eq!(mount.expect("a mount")["subPath"], "app.yaml");
    let volumes = pod(&one)["volumes"].clone();
    let volume = volumes.as_array().expect("volumes").iter().find(|volume| volume.get("configMap").is_some());
    assert_eq!(volume.expect("a volume")["configMap"]["name"], map(&one)["metadata"]["name"]);
}

#[test]
fn a_service_without_volumes_has_no_trace_of_them() {
    let files = app("volume tmp { at = \"/tmp\" }");
    assert!(files["apps/shop/production/shop.yaml"].contains("emptyDir: {}"));
    let other = &files["apps/shop/production/shop-other.yaml"];
    assert!(!other.contains("olume") && !other.contains("fsGroupChangePolicy"), "{other}");
}
