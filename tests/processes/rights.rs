//! What each account does, and what its Roles let it do: the same.
//!
//! What the scripts do is not read off them: each is run as its templates call it, in a cluster in which everything goes
//! wrong, and no line with kubectl in it may be left out. What a kubectl command requests from the API server is compared with
//! the real one.

use crate::api::{self, Api, Asked, State, stored};
use crate::scripts::support::{OLDER, UID, VERSION, World, digest};
use pipelinec::argo::expression::{Variables, replace_all};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use testkit::compiled::{ALL, Object, Tree, list, text};
use testkit::runs::environment;

/// Account, namespace, resource, verb, and the name where only one is meant.
pub type Right = (String, String, String, String, Option<String>);

/// What a tree's Roles grant.
pub fn granted(tree: &Tree) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    for binding in tree.of_kind("RoleBinding") {
        let namespace = &binding.value["metadata"]["namespace"];
        let role = tree
            .of_kind("Role")
            .find(|role| {
                role.value["metadata"]["namespace"] == *namespace && binding.value["roleRef"]["name"] == role.name()
            })
            .unwrap_or_else(|| panic!("{} binds no Role of its namespace", binding.place()));
        for subject in list(&binding.value["subjects"]) {
            assert_eq!(subject["namespace"], tree.resolved.project.namespace.as_str(), "{}", binding.place());
            for rule in list(&role.value["rules"]) {
                assert_eq!(rule["apiGroups"], json!(["argoproj.io"]), "{}", role.place());
                let names: Vec<_> = list(&rule["resourceNames"]).map(|name| Some(text(name).to_owned())).collect();
                let names = if names.is_empty() { vec![None] } else { names };
                for (resource, verb) in
                    list(&rule["resources"]).flat_map(|it| list(&rule["verbs"]).map(move |verb| (it, verb)))
                {
                    rights.extend(names.iter().map(|name| {
                        let [account, namespace, resource, verb] =
                            [&subject["name"], namespace, resource, verb].map(|part| text(part).to_owned());
                        (account, namespace, resource, verb, name.clone())
                    }));
                }
            }
        }
    }
    rights
}

/// What a command of kubectl asks the API server for.
fn asked_by(arguments: &[&str]) -> BTreeSet<Asked> {
    let (mut verb, mut resource, mut namespace, mut names, mut selects) = ("", "", "", Vec::new(), false);
    let lists = arguments.contains(&"--field-selector");
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "-n" => namespace = rest.next().expect("a namespace"),
            "-o" | "-p" | "--type" => drop(rest.next()),
            "--field-selector" => names.extend(rest.next().and_then(|name| name.strip_prefix("metadata.name="))),
            "-l" => selects = rest.next().is_some(),
            // Only runs are made.
            "-f" => resource = rest.next().map_or("", |_| "workflows"),
            "get" | "patch" | "annotate" | "create" => verb = argument,
            option if option.starts_with('-') => {}
            kind if kind.ends_with(".argoproj.io") => resource = kind.trim_end_matches(".argoproj.io"),
            pair if pair.contains('=') => {}
            name => names.push(name),
        }
    }
    let one = |verb: &str, name: Option<&str>| {
        (verb.to_owned(), resource.to_owned(), namespace.to_owned(), name.map(str::to_owned))
    };
    match verb {
        "create" => BTreeSet::from([one("create", None)]),
        "get" => {
            assert!(names.is_empty() || lists, "{arguments:?} asks for the namespace of what is missing");
            BTreeSet::from([one("list", names.first().copied())])
        }
        // It looks at the object first.
        _ => {
            assert!(!selects && names.len() == 1, "{arguments:?}");
            let look = if lists { "list" } else { "get" };
            names.iter().flat_map(|name| [one(look, Some(name)), one("patch", Some(name))]).collect()
        }
    }
}

/// A step that talks to the cluster: its account, its script and its variables.
struct Step {
    account: String,
    source: String,
    env: BTreeMap<String, String>,
}

/// What a step is told that only a run knows.
fn in_a_run(name: &str, value: &str) -> String {
    if !value.contains("{{") {
        return value.to_owned();
    }
    match name {
        "namespace" | "environment-application" | "instead-of" => VERSION.to_owned(),
        "expect" => json!({"some-app": VERSION, "other-app": OLDER}).to_string(),
        "tree" => "f".repeat(40),
        "digests" => digest(1),
        "revision" => "a1".repeat(20),
        "force" => "false".to_owned(),
        "reason" => "mixed".to_owned(),
        other => panic!("what would {other} be?"),
    }
}

/// Whether the main container of a template gets the token of its account.
fn has_token(spec: &Value, template: &Value) -> bool {
    let own = template.get("automountServiceAccountToken").or(spec.get("automountServiceAccountToken"));
    own.is_none_or(|mounted| mounted == true)
}

/// Every call of a step whose pod has a token, by all workflows of a tree.
fn steps(tree: &Tree) -> Vec<Step> {
    let shared =
        tree.of_kind("WorkflowTemplate").find(|object| object.name() == "pipelinec").expect("shared templates");
    let mut found = Vec::new();
    for object in tree.objects.iter().filter(|object| ["WorkflowTemplate", "CronWorkflow"].contains(&object.kind())) {
        let spec =
            if object.kind() == "CronWorkflow" { &object.value["spec"]["workflowSpec"] } else { &object.value["spec"] };
        let account = text(&spec["serviceAccountName"]);
        let mut add = |template: &Value, scope: &Variables| {
            let script = text(&template["script"]["source"]);
            assert_eq!(
                has_token(spec, template),
                script.contains("kubectl"),
                "{}: {}",
                object.place(),
                template["name"]
            );
            if has_token(spec, template) {
                let known = replace_all(template, scope, &["inputs"]).expect("all inputs");
                found.push(Step {
                    account: text(template.get("serviceAccountName").unwrap_or(&json!(account))).to_owned(),
                    source: script.to_owned(),
                    env: environment(&known["script"]),
                });
            }
        };
        for template in object.templates() {
            let pod = template.get("script").or(template.get("container")).is_some();
            // Shared templates run in the workflow that calls them.
            if pod && spec.get("entrypoint").is_some() {
                add(template, &Variables::new());
            }
            for step in list(&template["steps"]).flat_map(list).filter(|step| step.get("templateRef").is_some()) {
                let called =
                    shared.templates().into_iter().find(|known| known["name"] == step["templateRef"]["template"]);
                let called = called.expect("the template");
                let mut scope = Variables::new();
                for (from, fill) in [(called, false), (step, true)] {
                    let given = if fill { &from["arguments"] } else { &from["inputs"] };
                    for parameter in list(&given["parameters"]) {
                        let name = text(&parameter["name"]);
                        let known = text(&called["script"]["source"]).contains("kubectl");
                        let value = text(&parameter["value"]);
                        let value = if known { in_a_run(name, value) } else { value.replace("{{", "{") };
                        scope.insert(format!("inputs.parameters.{name}"), value);
                    }
                }
                add(called, &scope);
            }
        }
    }
    found
}

/// The lines of a script on which kubectl is called, or a function that calls it. What a library has that this script never
/// uses is left out.
fn calls(source: &str) -> BTreeSet<usize> {
    const CALLS: [&str; 8] = [
        "ask_cluster annotate",
        "ask_cluster create",
        "ask_cluster patch",
        "look \"",
        "look_at \"",
        "set_errors",
        "end_operation ",
        "refresh_sets ",
    ];
    let mut unused = false;
    let mut found = BTreeSet::new();
    for (number, line) in source.lines().enumerate() {
        if let Some((function, _)) = line.split_once("() {") {
            let code = source.lines().filter(|line| !line.trim_start().starts_with('#'));
            unused = code.filter(|line| line.contains(function)).count() == 1;
        } else if line == "}" {
            unused = false;
        } else if !unused && !line.starts_with('#') && CALLS.iter().any(|call| line.contains(call)) {
            found.insert(number + 1);
        }
    }
    found
}

/// Runs a step where all goes wrong: nothing that it waits for comes, what is to go stays, and an operation holds it.
/// Returns what it asked kubectl for, each command word by word.
fn run(world: &World, step: &Step) -> (Vec<Vec<String>>, BTreeSet<usize>) {
    let held = |name: &str, going: bool| {
        let gone = if going { json!("2025-11-24T15:00:00Z") } else { Value::Null };
        json!({"metadata": {"name": name, "deletionTimestamp": gone, "labels": {"pipelinec.dev/namespace": VERSION}},
            "operation": {}, "status": {"operationState": {"phase": "Running"}}})
    };
    let waits = step.source.contains("EXPECT");
    let items = if waits { json!([]) } else { json!([held("held", true), held("late", false)]) };
    world.answers("applications", &[&json!({"items": items}).to_string()]);
    let template =
        |name: &str| json!({"metadata": {"name": name, "annotations": {"pipelinec.dev/shared-digest": "a"}}});
    let pair = [step.env.get("PIPELINE").map_or("", String::as_str), "pipelinec"].map(template);
    world.answers("workflowtemplates", &[&json!({"items": pair}).to_string()]);
    world.answers("create", &["FAIL no"]);
    // The janitor speaks of nothing that its repository never held.
    for environment in step.env.get("EPHEMERAL").into_iter().flat_map(|list| list.split_whitespace()) {
        let file = format!("{}/{environment}/{VERSION}.json", step.env["GITOPS_PATH"]);
        world.commit("gitops", "open", &[(&file, "{}")]);
        world.commit("gitops", "close", &[(&file, "")]);
        // Commits are made by the real clock.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
        world.write("clock", &(now + 3600).to_string());
    }
    world.write("kubectl.log", "");
    // In the place of the first line, so that all keep their numbers. From outside, bash takes no PS4 of root.
    world.write("script", &step.source.replacen("#!/bin/sh", "PS4='+line $LINENO:'", 1));
    let mut env = step.env.clone();
    env.extend(
        [("GITOPS_URL", world.url("gitops")), ("GITOPS_BRANCH", "main".to_owned())].map(|(k, v)| (k.to_owned(), v)),
    );
    env.extend(
        [("TIMEOUT_SECONDS", "65"), ("POLL_SECONDS", "70"), ("WORKFLOW_UID", UID)]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let output = Command::new("bash")
        .args(["--posix", "-x"])
        .arg(world.path("script"))
        .env_clear()
        .envs(env)
        .env("TMPDIR", world.path("tmp"))
        .env("PATH", format!("{}:{}", world.path("bin").display(), std::env::var("PATH").expect("PATH")))
        .stdin(Stdio::null())
        .output()
        .expect("bash runs");
    let trace = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it cannot succeed: {trace}");
    let line = |line: &str| line.trim_start_matches('+').strip_prefix("line ")?.split_once(':')?.0.parse().ok();
    let commands = world.asked();
    let commands =
        commands.lines().map(|line| line.split("| ").filter(|word| !word.is_empty()).map(str::to_owned).collect());
    (commands.collect(), trace.lines().filter_map(line).collect())
}

/// What the pods, the executors and the Sensors of a tree do. The steps' commands are kept in `commands`.
fn done(tree: &Tree, commands: &mut BTreeSet<Vec<String>>) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    let mut add = |account: &str, namespace: &str, resource: &str, verb: &str, name: Option<String>| {
        rights.insert((account.to_owned(), namespace.to_owned(), resource.to_owned(), verb.to_owned(), name));
    };
    let mut executor = |object: &Object, spec: &Value| {
        // The executor reports what a pod wrote: `createTaskResult`, and `patch` where it did so before.
        let account = spec["executor"].get("serviceAccountName").unwrap_or(&spec["serviceAccountName"]);
        for verb in ["create", "patch"] {
            add(text(account), text(&object.value["metadata"]["namespace"]), "workflowtaskresults", verb, None);
        }
    };
    for object in tree.of_kind("WorkflowTemplate").filter(|object| object.value["spec"].get("entrypoint").is_some()) {
        executor(object, &object.value["spec"]);
    }
    for object in tree.of_kind("CronWorkflow") {
        executor(object, &object.value["spec"]["workflowSpec"]);
    }
    for object in tree.of_kind("Sensor") {
        for trigger in list(&object.value["spec"]["triggers"]) {
            let trigger = &trigger["template"]["k8s"];
            let made = &trigger["source"]["resource"];
            assert_eq!(
                (&trigger["operation"], &made["kind"]),
                (&json!("create"), &json!("Workflow")),
                "{}",
                object.place()
            );
            let account = text(&object.value["spec"]["template"]["serviceAccountName"]);
            add(account, text(&made["metadata"]["namespace"]), "workflows", "create", None);
        }
    }
    let (world, mut seen) = (World::new(), BTreeMap::new());
    let mut different = BTreeSet::new();
    for step in steps(tree) {
        let mut key = step.env.clone();
        key.retain(|name, _| !["TIMEOUT_SECONDS", "EXPECT", "EXCEPT", "DIGESTS"].contains(&name.as_str()));
        if !different.insert((step.account.clone(), step.source.len(), key)) {
            continue;
        }
        let (asked, lines) = run(&world, &step);
        seen.entry(step.source.clone()).or_insert_with(BTreeSet::new).extend(lines);
        for command in asked {
            for (verb, resource, namespace, name) in asked_by(&command.iter().map(String::as_str).collect::<Vec<_>>()) {
                // Sets are known by name; what else there is has the names of versions and apps.
                let name = name.filter(|_| resource == "applicationsets");
                add(&step.account, &namespace, &resource, &verb, name);
            }
            commands.insert(command);
        }
    }
    for (source, lines) in seen {
        let annotates = tree.resolved.project.refresh_by_annotation;
        for line in calls(&source).difference(&lines) {
            let text = source.lines().nth(line - 1).expect("the line");
            assert!(!annotates && text.contains("ask_cluster annotate"), "never run: {text}");
        }
    }
    rights
}

#[test]
fn each_account_may_do_what_it_does_and_nothing_else() {
    let mut commands = BTreeSet::new();
    for program in ALL.iter() {
        // Targets differ in hosts and file names only.
        let tree = program.trees.values().next().expect("a tree");
        let (done, granted) = (done(tree, &mut commands), granted(tree));
        let missing: Vec<_> = done.difference(&granted).collect();
        let unused: Vec<_> = granted.difference(&done).collect();
        assert!(
            missing.is_empty() && unused.is_empty(),
            "{}: missing {missing:#?}\nnot used {unused:#?}",
            program.name
        );
        assert!(tree.objects.iter().all(|object| !object.kind().starts_with("ClusterRole")), "{}", program.name);
    }
    assert!(commands.len() > 10, "{commands:?}");
    compare_with_kubectl(&commands);
}

/// The commands ask the API server for what this file thinks.
fn compare_with_kubectl(commands: &BTreeSet<Vec<String>>) {
    if api::kubectl().is_none() {
        println!("skipped: there is no kubectl");
        return;
    }
    let mut forms = BTreeSet::new();
    for command in commands {
        let arguments: Vec<_> = command.iter().map(String::as_str).collect();
        let expected = asked_by(&arguments);
        // The file of what is created has gone with its step.
        if arguments.contains(&"create") {
            continue;
        }
        // One of a form is enough.
        if !forms.insert(expected.iter().map(|(verb, resource, ..)| format!("{verb} {resource}")).collect::<Vec<_>>()) {
            continue;
        }
        let world = World::empty();
        let object = |(_, resource, namespace, name): &Asked| {
            let kind = match resource.as_str() {
                "applicationsets" => "ApplicationSet",
                "workflowtemplates" => "WorkflowTemplate",
                _ => "Application",
            };
            stored(kind, namespace, json!({"metadata": {"name": name}}))
        };
        let api = Api::serve(&world, 5, vec![State::Objects(expected.iter().map(object).collect())]);
        let mut kubectl = Command::new(world.path("bin/kubectl"));
        let output = kubectl.args(&arguments).env("HOME", world.path("home")).output().expect("kubectl runs");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(api.asked(), expected, "{command:?}");
        // Where there is nothing yet, it asks for nothing else either. What is patched was seen a moment before.
        if !arguments.contains(&"patch") {
            let world = World::empty();
            let api = Api::serve(&world, 5, vec![State::Objects(Vec::new())]);
            let mut kubectl = Command::new(world.path("bin/kubectl"));
            let output = kubectl.args(&arguments).env("HOME", world.path("home")).output().expect("kubectl runs");
            assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
            let lists: BTreeSet<_> = expected.into_iter().filter(|(verb, ..)| verb == "list").collect();
            assert_eq!(api.asked(), lists, "{command:?}");
        }
    }
    assert!(forms.len() >= 6, "{forms:?}");
}
