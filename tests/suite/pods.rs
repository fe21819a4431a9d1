//! What the words of a service become in its pods, and in the objects beside them.

use serde_json::{Value, json};
use testkit::compiled::{Compiled, Object};
use testkit::fixtures::PROJECT;

/// A program with one service, which a canary updates in production.
fn program(service: &str, more: &str) -> String {
    format!(
        r#"{PROJECT}app shop {{
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

#[test]
fn arguments_come_from_the_run_like_a_command() {
    let service = "command = [\"./serve\"], args = [\"$(x) $$\", run.version, \"in ${environment.namespace}\", \"\"]";
    let found = container(service, "", "staging");
    assert_eq!(found["args"], json!(["$$(x) $$$", "filled-in-by-the-run", "in $(PIPELINEC_NAMESPACE)", ""]));
    assert_eq!(found["env"][0]["name"], json!("PIPELINEC_NAMESPACE"));
    let compiled = Compiled::of("pods", vec![("a.pipe".to_owned(), program(service, ""))]);
    let sources = &compiled.trees["acme"].files["apps/shop/staging/sources.json"];
    let path = "/spec/template/spec/containers/0/args/1";
    assert!(sources.contains(path) && !sources.contains("args/0") && !sources.contains("args/2"), "{sources}");
}

#[test]
fn pods_of_the_other_version_do_not_count_when_pods_are_spread() {
    let constraint = |environment| pods("spread = zone", "", environment)["spec"]["topologySpreadConstraints"].clone();
    let expected = |version: &str| {
        json!([{
            "maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "shop"}}, "matchLabelKeys": [version],
        }])
    };
    assert_eq!(constraint("production"), expected("rollouts-pod-template-hash"));
    assert_eq!(constraint("staging"), expected("pod-template-hash"));
}

#[test]
fn an_ephemeral_environment_does_not_wait_long_for_pods_to_stop() {
    let stop =
        |service: &str, environment| pods(service, "", environment)["spec"]["terminationGracePeriodSeconds"].as_u64();
    assert_eq!((stop("stop = 10m", "production"), stop("stop = 10m", "staging")), (Some(600), Some(120)));
    assert_eq!((stop("stop = 45s", "staging"), stop("", "production")), (Some(45), None));
}

#[test]
fn a_priority_must_exist_in_the_cluster() {
    let service = "priority = \"high\"";
    assert_eq!(pods(service, "", "staging")["spec"]["priorityClassName"], json!("high"));
    let compiled = Compiled::of("pods", vec![("a.pipe".to_owned(), program(service, ""))]);
    let readme = &compiled.trees["acme"].files["README.md"];
    assert!(readme.contains("The PriorityClass `high` must exist: without it, the pods of `shop`"), "{readme}");
}

#[test]
fn further_ports_are_those_of_the_container_and_of_both_services() {
    let service = "ports = { grpc = 9000, \"a-1\" = 443 }, metrics { port = 9090 }";
    let found = objects(service, "", "production");
    let pods = &found.iter().find(|object| object.kind() == "Rollout").expect("it").value["spec"]["template"]["spec"];
    let ports = |port: fn(&str, u16) -> Value| {
        [("metrics", 9090), ("a-1", 443), ("grpc", 9000)].map(|(name, number)| port(name, number)).to_vec()
    };
    assert_eq!(
        pods["containers"][0]["ports"],
        json!(ports(|name, number| json!({"name": name, "containerPort": number})))
    );
    assert_eq!(pods["securityContext"]["sysctls"][0]["name"], json!("net.ipv4.ip_unprivileged_port_start"));
    let expected = json!(ports(|name, number| json!({"name": name, "port": number, "targetPort": name})));
    let services: Vec<_> = found.iter().filter(|object| object.kind() == "Service").collect();
    assert_eq!(services.len(), 2);
    assert!(services.iter().all(|service| service.value["spec"]["ports"] == expected));
    // A service with nothing but further ports has a Service.
    assert_eq!(objects("ports = { grpc = 9000 }", "", "staging").len(), 2);
    assert_eq!(objects("", "", "staging").len(), 1);
}

#[test]
fn an_identity_is_an_account_of_its_own_with_its_labels_on_the_pods() {
    let service = "identity {
      annotations = { \"iam.gke.io/gcp-service-account\" = \"a@b\" }
      labels = { \"azure.workload.identity/use\" = \"true\" }
      in production { token = on, labels = { team = \"shop\" } }
    }";
    let found = objects(service, "", "production");
    let account = found.iter().find(|object| object.kind() == "ServiceAccount").expect("an account");
    let metadata = &account.value["metadata"];
    assert_eq!(metadata["name"], json!("shop"));
    assert_eq!(metadata["annotations"], json!({"iam.gke.io/gcp-service-account": "a@b"}));
    let pods = &found.iter().find(|object| object.kind() == "Rollout").expect("it").value["spec"]["template"];
    for labels in [&metadata["labels"], &pods["metadata"]["labels"]] {
        assert_eq!(labels["azure.workload.identity/use"], json!("true"));
        assert_eq!((&labels["team"], &labels["app.kubernetes.io/name"]), (&json!("shop"), &json!("shop")));
    }
    assert_eq!(pods["spec"]["serviceAccountName"], json!("shop"));
    assert_eq!(pods["spec"]["automountServiceAccountToken"], json!(true));
    let staging = self::pods(service, "", "staging");
    assert_eq!(staging["spec"]["automountServiceAccountToken"], json!(false));
    assert_eq!(staging["metadata"]["labels"]["team"], Value::Null);
}

#[test]
fn an_existing_account_is_neither_created_nor_forgotten() {
    let service = "in production { identity { account = \"uploads\", labels = { team = \"shop\" } } }";
    let found = objects(service, "", "production");
    assert!(found.iter().all(|object| object.kind() != "ServiceAccount"));
    let template = pods(service, "", "production");
    assert_eq!(template["spec"]["serviceAccountName"], json!("uploads"));
    assert_eq!(template["metadata"]["labels"]["team"], json!("shop"));
    assert_eq!(pods(service, "", "staging")["spec"]["serviceAccountName"], Value::Null);
    let compiled = Compiled::of("pods", vec![("a.pipe".to_owned(), program(service, ""))]);
    let readme = &compiled.trees["acme"].files["README.md"];
    assert!(readme.contains("The ServiceAccount `uploads` must exist in `production`"), "{readme}");
}

const BESIDE: &str = "sidecar proxy { image = proxy, cpu = 10m, memory = 16Mi, env = { AT = \"in ${environment.namespace}\", V = run.version } }
    init wait { image = code, cpu = 10m, memory = 16Mi, command = [\"./wait\", run.sha] }
    volume data { at = \"/data\" }";

/// A program with an image of another user for a sidecar.
fn with_proxy(service: &str) -> String {
    program(service, "").replace("  image code\n", "  image code\n  image proxy { path = \"proxy\", user = 101 }\n")
}

#[test]
fn containers_beside_a_service_start_in_the_order_in_which_they_are_written() {
    let compiled = Compiled::of("pods", vec![("a.pipe".to_owned(), with_proxy(BESIDE))]);
    let tree = &compiled.trees["acme"];
    let workload = tree.objects.iter().find(|object| object.file == "apps/shop/staging/shop.yaml").expect("it");
    let pods = &workload.value["spec"]["template"]["spec"];
    let named = |index: usize, field: &str| pods["initContainers"][index][field].clone();
    assert_eq!((named(0, "name"), named(0, "restartPolicy")), (json!("proxy"), json!("Always")));
    assert_eq!((named(1, "name"), named(1, "restartPolicy")), (json!("wait"), Value::Null));
    // The pod runs as the user of the service's image, unless the image of a container says something else.
    assert_eq!(named(0, "securityContext")["runAsUser"], json!(101));
    assert_eq!(named(1, "securityContext")["runAsUser"], Value::Null);
    assert_eq!(pods["securityContext"]["runAsUser"], json!(10001));
    for container in [&pods["containers"][0], &pods["initContainers"][0], &pods["initContainers"][1]] {
        assert_eq!(container["volumeMounts"][0]["mountPath"], json!("/data"));
    }
    // What only a run knows is filled in where it is.
    let sources: Value = serde_json::from_str(&tree.files["apps/shop/staging/sources.json"]).expect("JSON");
    let patch = &sources[0]["kustomize"]["patches"][0]["patch"]["$json"];
    let paths: Vec<_> = patch.as_array().expect("a list").iter().map(|operation| &operation["path"]).collect();
    assert_eq!(
        paths,
        ["/spec/template/spec/initContainers/0/env/2/value", "/spec/template/spec/initContainers/1/command/1"]
    );
    assert_eq!(named(0, "env")[1], json!({"name": "AT", "value": "in $(PIPELINEC_NAMESPACE)"}));
    let images = sources[0]["kustomize"]["images"].to_string();
    assert!(images.contains("images.code.digest") && images.contains("images.proxy.digest"), "{images}");
}

/// The Rollout of a canary is that of the run by the image of its service: a sidecar may not have changed.
#[test]
fn a_run_waits_for_the_image_of_the_service() {
    let compiled = Compiled::of("pods", vec![("a.pipe".to_owned(), with_proxy(BESIDE))]);
    let workflow = &compiled.trees["acme"].files["workflows/shop.yaml"];
    let digests: Vec<_> = workflow.lines().skip_while(|line| !line.contains("name: digests")).take(3).collect();
    assert!(digests.concat().contains("code") && !digests.concat().contains("proxy"), "{digests:?}");
}

#[test]
fn a_quota_has_room_for_all_containers_that_run_together() {
    let text = |pods: &str| {
        let service = "sidecar a { image = code, cpu = 200m, memory = 16Mi }
    init b { image = code, cpu = 900m, memory = 16Mi }
    sidecar c { image = code, cpu = 300m, memory = 16Mi }";
        let quota = format!("environment production {{ quota {{ cpu = {pods} }} }}");
        program(service, "").replace("environment production", &quota)
    };
    // Of 200m and 900m, and 200m, 300m and 100m, the first two are more.
    assert!(Compiled::try_of("pods", vec![("a.pipe".to_owned(), text("1100m"))]).is_ok());
    let said = Compiled::try_of("pods", vec![("a.pipe".to_owned(), text("1099m"))]).err().expect("too little");
    assert!(said[0].message.contains("requests 1100m of CPU"), "{said:?}");
}
