//! The scripts that talk to the cluster, as a pod runs them: no configuration of a client but the account where the kubelet
//! mounts it, an API server behind TLS, the real kubectl, and the tools of busybox as well as those of this machine.
//!
//! That a path outside every test's folder holds the account takes a mount namespace. Root may have one, and so may any user
//! where user namespaces are allowed; where neither is, these tests say that they are skipped.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use pipelinec::steps::Contract;
use pipelinec::steps::gone::GONE;
use pipelinec::steps::janitor::JANITOR;
use pipelinec::steps::restart::RESTART;
use pipelinec::steps::wait::WAIT;
use serde_json::{Value, json};

use super::support::{CLIENT_FLAGS, Run, START, Tools, UID, VERSION, World, digest, found};
use super::wait::{edit, ready, rollout};
use crate::api::{self, Account, Api, Asked, State, stored};
use crate::rights::granted;
use testkit::compiled::homelab;

/// Lays the account out where the kubelet mounts it, in a folder of memory that nobody else sees, and runs the rest of its
/// arguments.
const KUBELET: &str = r#"set -e
mount -t tmpfs tmpfs /run
[ "$(readlink -f /var/run)" = /run ] || mount --bind /run /var/run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
cp "$1"/* /run/secrets/kubernetes.io/serviceaccount
PATH=$2
shift 2
exec "$@"
"#;

/// A command for a mount namespace, if there may be one here.
static NAMESPACE: LazyLock<Option<Vec<&str>>> = LazyLock::new(|| {
    let forms = [vec!["unshare", "-m"], vec!["unshare", "-r", "-m"]];
    forms.into_iter().find(|form| {
        let mut command = Command::new(form[0]);
        command.args(&form[1..]).args(["sh", "-c", "mount -t tmpfs tmpfs /run"]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
});

/// Whether pods can be run here; says why not.
fn can_run() -> bool {
    let lacks = match (&*NAMESPACE, api::kubectl()) {
        (None, _) => "no mount namespace can be had",
        (_, None) => "there is no kubectl",
        _ => return true,
    };
    println!("skipped: scripts as a pod runs them: {lacks}");
    false
}

/// A world whose scripts run in pods.
struct Pods {
    world: World,
    api: Api,
    wrapper: Vec<String>,
}

impl Pods {
    fn new(mut world: World, tools: Tools, states: Vec<State>) -> Self {
        world.tools = tools;
        fs::remove_file(world.path("bin/kubectl")).expect("the stand-in");
        let (api, Account { token, authority }) = Api::serve_pods(&world, 5, states);
        for (file, text) in [("token", token.as_str()), ("ca.crt", &authority), ("namespace", "pipeline")] {
            world.write(&format!("account/{file}"), text);
        }
        let namespace = NAMESPACE.as_ref().expect("it was asked for");
        let wrapper = namespace.iter().copied().chain(["sh", "-c", KUBELET, "kubelet"]).map(str::to_owned);
        let account = world.path("account").display().to_string();
        let wrapper = wrapper.chain([account, world.search_path()]).collect();
        Self { world, api, wrapper }
    }

    /// The environment of every pod, which the kubelet gives it.
    fn variables(&self) -> [(&'static str, String); 2] {
        [("KUBERNETES_SERVICE_HOST", "127.0.0.1".to_owned()), ("KUBERNETES_SERVICE_PORT", self.api.port.to_string())]
    }

    fn pod<'a>(&self, run: Run<'a>) -> Run<'a> {
        let run = run.inside(self.wrapper.clone());
        self.variables().iter().fold(run, |run, (name, value)| run.env(name, value))
    }

    fn run(&self, script: &'static Contract) -> Run<'_> {
        self.pod(self.world.run(script))
    }

    /// kubectl alone, in the pod.
    fn kubectl(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(found(&self.wrapper[0]).expect("a program"));
        command.args(&self.wrapper[1..]).arg("kubectl").args(arguments).env_clear().envs(self.variables());
        let output = command
            .env("PATH", std::env::var("PATH").expect("PATH"))
            .env("HOME", self.world.path("home"))
            .output()
            .expect("it runs");
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        (output.status.success(), said)
    }

    /// All that was asked for is granted to the account, in the tree of the example.
    #[track_caller]
    fn assert_granted(&self, account: &str) -> BTreeSet<Asked> {
        let asked = self.api.asked();
        let granted = granted(&homelab().trees["homelab"]);
        for (verb, resource, namespace, name) in &asked {
            let mut right = (account.to_owned(), namespace.clone(), resource.clone(), verb.clone(), None::<String>);
            let any = granted.contains(&right);
            right.4 = name.clone();
            assert!(any || granted.contains(&right), "forbidden: {right:?}");
        }
        asked
    }
}

fn labelled(object: Value, labels: &Value) -> Value {
    edit(object, "/metadata/labels", labels.clone())
}

fn application(name: &str, app: &str) -> Value {
    let namespace = name.strip_suffix(&format!("-{app}")).expect("a namespace");
    let labels = json!({"pipelinec.dev/project": "homelab", "pipelinec.dev/environment": "staging",
        "pipelinec.dev/namespace": namespace, "pipelinec.dev/app": app});
    stored("Application", "argocd", labelled(ready(name), &labels))
}

/// The Application of another project, which has an environment of the same name.
fn foreign(mut application: Value) -> Value {
    application["metadata"]["labels"]["pipelinec.dev/project"] = json!("elsewhere");
    application["metadata"]["name"] = json!("elsewhere");
    application
}

#[test]
fn a_wait_asks_the_api_server_of_its_pod() {
    if !can_run() {
        return;
    }
    let ping = application("production-ping", "ping");
    let set = stored(
        "ApplicationSet",
        "argocd",
        json!({"metadata": {"name": "homelab-production-apps"},
        "status": {"conditions": [{"type": "ErrorOccurred", "status": "True", "message": "bad file"}]}}),
    );
    let canary = stored("Rollout", "production", serde_json::from_str(&rollout(&json!({}))).expect("JSON"));
    let all = State::Objects(vec![ping.clone(), foreign(ping), set.clone(), canary]);
    let states = [vec![State::Objects(vec![set]); 15], vec![State::Refuses(503), all]].concat();
    for tools in Tools::all() {
        let pods = Pods::new(World::empty(), tools, states.clone());
        let run = pods
            .run(&WAIT)
            .set("EXPECT", &json!({"ping": VERSION}).to_string())
            .set("NAMESPACE", "production")
            .set("ROLLOUTS", "ping")
            .set("DIGESTS", &digest(1))
            .set("TIMEOUT_SECONDS", "120")
            .set("APPLICATION_SETS", "homelab-production-apps");
        let outcome = run.succeeds();
        outcome.says("production is ready after 85 s").says("ApplicationSet homelab-production-apps: bad file");
        outcome.says("turned away").says("Rollout ping: ready");
        let asked = pods.assert_granted("pipelinec-deliver");
        assert_eq!(asked.len(), 3, "{asked:?}");
    }
}

#[test]
fn what_an_image_brings_does_not_come_before_the_account() {
    if !can_run() {
        return;
    }
    let pods =
        Pods::new(World::empty(), Tools::Machine, vec![State::Objects(vec![application("production-ping", "ping")])]);
    let elsewhere = json!({"apiVersion": "v1", "kind": "Config", "current-context": "x",
        "clusters": [{"name": "x", "cluster": {"server": "http://127.0.0.1:1"}}], "users": [],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": ""}}]});
    pods.world.write("home/.kube/config", &elsewhere.to_string());
    let config = pods.world.path("home/.kube/config");
    let run = || {
        let expect = json!({"ping": VERSION}).to_string();
        pods.run(&WAIT).set("EXPECT", &expect).set("NAMESPACE", "production").set("TIMEOUT_SECONDS", "10")
    };
    run().env("HOME", pods.world.path("home").to_str().expect("a path")).succeeds();
    run().env("KUBECONFIG", config.to_str().expect("a path")).succeeds();
    // A pod without an account is answered by nobody.
    fs::write(pods.world.path("account/token"), "another").expect("a file");
    run().fails(&["logged in to the server", "timed out after 10 s"]);
}

#[test]
fn a_flag_of_a_client_configuration_leads_away_from_the_pod() {
    if !can_run() {
        return;
    }
    let pods = Pods::new(World::empty(), Tools::Machine, vec![State::Objects(Vec::new())]);
    let list = ["get", "-o", "json", "applications.argoproj.io", "-n", "argocd"];
    let (good, said) = pods.kubectl(&list);
    assert!(good, "{said}");
    assert_eq!(pods.api.asked().len(), 1);
    let (good, said) = pods.kubectl(&[&["--request-timeout=20s"][..], &list].concat());
    assert!(!good && said.contains("localhost:8080"), "{said}");
    assert_eq!(pods.api.asked().len(), 0);
    let (_, options) = pods.kubectl(&["options"]);
    // The last ones are not offered by kubectl, though its library knows them.
    for flag in CLIENT_FLAGS.iter().filter(|flag| !["--proxy-url"].contains(flag)) {
        assert!(options.contains(&format!("{flag}=")), "{flag} is none of kubectl's:\n{options}");
    }
}

#[test]
fn an_environment_is_seen_to_go_by_a_pod() {
    if !can_run() {
        return;
    }
    let mut held = application(&format!("{VERSION}-db"), "db");
    held["metadata"]["deletionTimestamp"] = json!("2025-11-24T16:00:00Z");
    held["operation"] = json!({"sync": {}});
    held["status"]["operationState"] = json!({"phase": "Running", "message": "waiting for hook"});
    let mut states = vec![State::Objects(vec![held.clone(), foreign(held.clone())]); 8];
    states.push(State::Objects(vec![foreign(held)]));
    for tools in Tools::all() {
        let pods = Pods::new(World::empty(), tools, states.clone());
        let run = pods.run(&GONE).set("NAMESPACE", VERSION).set("TIMEOUT_SECONDS", "60");
        let outcome = run.set("APPLICATION_SETS", "homelab-staging homelab-staging-apps").succeeds();
        outcome.says("was terminated").says("was deleted after 45 s");
        let asked = pods.assert_granted("pipelinec-teardown");
        let verbs: BTreeSet<_> = asked.iter().map(|(verb, ..)| verb.as_str()).collect();
        assert_eq!(verbs, BTreeSet::from(["get", "list", "patch"]));
        assert!(!asked.iter().any(|(_, _, _, name)| name.as_deref() == Some("elsewhere")), "{asked:?}");
    }
}

#[test]
fn a_run_that_starts_again_looks_for_its_templates_in_a_pod() {
    if !can_run() {
        return;
    }
    for tools in Tools::all() {
        let pods = Pods::new(World::empty(), tools, vec![State::Objects(Vec::new())]);
        let run = pods.run(&RESTART).set("REASON", "mixed").set("PIPELINE", "ping").set("PIPELINE_DIGEST", "a");
        let run = run.set("SHARED_TEMPLATE", "pipelinec").set("PIPELINE_NAMESPACE", "pipeline");
        let run = run.set("REVISION", &"a1".repeat(20)).set("WORKFLOW_UID", UID).set("TIMEOUT_SECONDS", "5");
        run.fails(&["timed out after 5 s: WorkflowTemplate ping does not exist"]);
        let asked = pods.assert_granted("pipelinec-restart");
        assert_eq!(asked.len(), 2, "{asked:?}");
    }
}

#[test]
fn the_janitor_sweeps_in_a_pod() {
    if !can_run() {
        return;
    }
    for tools in Tools::all() {
        let world = World::new();
        world.act("open").set("MEMBERS", "").succeeds();
        world.write("clock", &(START + 7200).to_string());
        let leftover = application("v20251124150000-abcdef-db", "db");
        let state = State::Objects(vec![leftover.clone(), foreign(leftover)]);
        let pods = Pods::new(world, tools, vec![state]);
        let run = pods.run(&JANITOR).set("EPHEMERAL", "staging").set("PERMANENT", "production");
        let run = run.set("PIPELINE_NAMESPACE", "pipeline").set("APPLICATION_SETS", "homelab-staging");
        run.succeeds().says("it expired at 2025-11-24T18:00:00Z");
        let asked = pods.assert_granted("pipelinec-janitor");
        assert_eq!(asked.len(), 3, "{asked:?}");
    }
}
