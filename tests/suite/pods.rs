//! What the words of a service become in its pods, and in the objects beside them.

use serde_json::{Value, json};
use testkit::compiled::{Compiled, Object};

/// A program with one service, which a canary updates in production.
fn program(service: &str, more: &str) -> String {
    format!(
        r#"
project acme {{
  gitops {{ repo = "github.com/acme/gitops", credentials = gitops }}
  github {{ webhook = "https://hooks.acme.io", credentials = github }}
  registry {{ host = "registry.acme.io" }}
}}
secret github {{ keys = ["token", "webhookSecret"] }}
secret gitops {{ keys = ["token"] }}
environment production
environment staging {{ copy-of = production, ttl = 2h }}
app shop {{
  source = "github.com/acme/shop"
  image code
  service {{
    image = code
    cpu = 100m
    memory = 128Mi
    {service}
  }}
}}
pipeline shop {{
  delivers = shop
  on push
  build
  stage-env staging
  wait-for-sync in staging
  canary in production {{ steps = [50%, 1m] }}
  wait-for-sync in production {{ timeout = 30m }}
  teardown staging
}}
{more}
"#
    )
}

/// The objects of the service in an environment.
fn objects(service: &str, more: &str, environment: &str) -> Vec<Object> {
    let compiled = Compiled::of("pods", vec![("a.pipe".to_owned(), program(service, more))]);
    let file = format!("apps/shop/{environment}/shop.yaml");
    let tree = compiled.trees.into_values().next().expect("a target");
    tree.objects.into_iter().filter(|object| object.file == file).collect()
}

/// The pods of the service in an environment.
fn pods(service: &str, more: &str, environment: &str) -> Value {
    let objects = objects(service, more, environment);
    let workload = objects.iter().find(|object| ["Deployment", "Rollout"].contains(&object.kind()));
    workload.expect("a workload").value["spec"]["template"].clone()
}

fn container(service: &str, more: &str, environment: &str) -> Value {
    pods(service, more, environment)["spec"]["containers"][0].clone()
}

#[test]
fn each_kind_of_probe_asks_in_each_way() {
    let found = container(
        "probe ready { grpc = 9000, fails = 1 }
    probe live { command = [\"sh\", \"-c\", \"test $(cat /x) $$ {{x}}\"], every = 1m, timeout = 10s }
    probe start { tcp = 9000, every = 7s, for = 2m }",
        "",
        "production",
    );
    assert_eq!(
        found["readinessProbe"],
        json!({"grpc": {"port": 9000}, "periodSeconds": 10, "timeoutSeconds": 3, "failureThreshold": 1})
    );
    // The kubelet makes of `$$` one `$`, and looks for variables in `$(…)`.
    assert_eq!(
        found["livenessProbe"],
        json!({
            "exec": {"command": ["sh", "-c", "test $$(cat /x) $$$ {{x}}"]}, "periodSeconds": 60, "timeoutSeconds": 10,
        })
    );
    // 18 attempts take longer than two minutes; 17 do not.
    assert_eq!(
        found["startupProbe"],
        json!({"tcpSocket": {"port": 9000}, "periodSeconds": 7, "timeoutSeconds": 3, "failureThreshold": 18})
    );
}

#[test]
fn health_is_short_for_a_probe_and_a_path_is_of_the_port_of_the_service() {
    let short = container("port = 8080, health = \"/ready\"", "", "production");
    let long = container("port = 8080, probe ready { path = \"/ready\", every = 5s }", "", "production");
    assert_eq!(short, long);
    assert_eq!(short["readinessProbe"]["httpGet"], json!({"path": "/ready", "port": "http"}));
    let other = container("port = 8080, probe ready { path = \"/ready\", port = 9090 }", "", "production");
    assert_eq!(other["readinessProbe"]["httpGet"], json!({"path": "/ready", "port": 9090}));
}

#[test]
fn probes_vary_by_environment_and_target_and_come_from_defaults() {
    let more = "target home { app shop { service { probe live { every = 40s } } } }
defaults { service { probe live { timeout = 9s } } }";
    let service = "port = 8080
    probe live { path = \"/live\" }
    in staging { probe live { fails = 9 }, probe ready { tcp = 8080 } }";
    let probe = |environment, kind: &str| container(service, more, environment)[kind].clone();
    let live = json!({"httpGet": {"path": "/live", "port": "http"}, "periodSeconds": 40, "timeoutSeconds": 9});
    assert_eq!(probe("production", "livenessProbe"), live);
    assert_eq!(probe("staging", "livenessProbe")["failureThreshold"], json!(9));
    assert_eq!(probe("production", "readinessProbe"), Value::Null);
    assert_eq!(probe("staging", "readinessProbe")["tcpSocket"]["port"], json!(8080));
}

/// A Deployment is degraded when nothing has happened for that long.
#[test]
fn a_slow_start_lasts_no_longer_than_the_deadline_of_the_workload() {
    let found = objects("probe start { tcp = 8080, for = 9m, in staging { for = 8m } }", "", "staging");
    let deadline = |object: &Object| object.value["spec"]["progressDeadlineSeconds"].as_u64();
    assert_eq!(found.iter().find_map(deadline), Some(600));
    // An app that others need, and that no stage waits for.
    let more = "app slow {
  source = \"github.com/acme/slow\"
  image code
  service { image = code, cpu = 100m, memory = 64Mi, probe start { tcp = 8080, for = 20m } }
}
pipeline slow { delivers = slow, on push, build, deploy in production, wait-for-sync in production { timeout = 25m } }
defaults { app { needs = [] } }";
    let compiled = Compiled::of(
        "pods",
        vec![(
            "a.pipe".to_owned(),
            program("", more).replace("app shop {", "app shop {\n  needs = [slow]\n  in staging { needs = [] }"),
        )],
    );
    let tree = compiled.trees.values().next().expect("a target");
    let template = &tree.files["workflows/shop.yaml"];
    // The wait for what the delivered app needs lasts as long as the start, and a minute.
    assert!(template.contains("1260"), "{template}");
}

#[test]
fn a_low_port_of_a_probe_is_one_on_which_the_container_listens() {
    let sysctls = |service: &str| pods(service, "", "production")["spec"]["securityContext"]["sysctls"].clone();
    assert_eq!(sysctls("port = 8080, probe live { path = \"/\", port = 8081 }"), Value::Null);
    assert_ne!(sysctls("port = 8080, probe live { path = \"/\", port = 81 }"), Value::Null);
    assert_ne!(sysctls("probe live { tcp = 81 }"), Value::Null);
}
