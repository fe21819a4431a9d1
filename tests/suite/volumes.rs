//! Volumes of services: what they become, and the workload of a service whose pods have storage.

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
fn a_service_without_volumes_has_no_trace_of_them() {
    let files = app("volume tmp { at = \"/tmp\" }");
    assert!(files["apps/shop/production/shop.yaml"].contains("emptyDir: {}"));
    let other = &files["apps/shop/production/shop-other.yaml"];
    assert!(!other.contains("olume") && !other.contains("fsGroupChangePolicy"), "{other}");
}
