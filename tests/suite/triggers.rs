//! What starts a pipeline beside a push to one branch: patterns, tags and schedules, by payloads as the documentation of
//! each host gives them, and hostile ones.

use pipelinec::argo::event::{filter, triggered};
use pipelinec::plan::plan;
use pipelinec::simulate::{Push, Tree, simulate};
use serde_json::{Value, json};
use std::fs;
use testkit::compiled::{Compiled, text};
use testkit::push::with;
use testkit::root;

/// The hosts, each with its block in `project` and a repository on it.
const HOSTS: [(&str, &str, &str); 3] = [
    ("github", "github { webhook = \"https://hooks.acme.io\", credentials = reader }", "github.com/acme/shop"),
    ("gitlab", "gitlab { webhook = \"https://hooks.acme.io\", credentials = reader }", "gitlab.com/acme/team/shop"),
    (
        "gitea",
        "gitea { host = \"git.acme.io\", webhook = \"https://hooks.acme.io\", credentials = reader }",
        "git.acme.io/acme/shop",
    ),
];

const TAGGED: &str = "da1560886d4f094c3e6c9ef40349f7d38b5d27d7";

fn program(host: &str, source: &str, on: &str) -> Compiled {
    let server = source.split('/').next().expect("a host");
    let text = format!(
        "project p {{ gitops {{ repo = \"{server}/acme/gitops\", credentials = writer }}, {host} }}
         secret reader {{ keys = [\"token\", \"webhookSecret\"] }}
         secret writer {{ keys = [\"token\"] }}
         environment production
         app shop {{ source = \"{source}\", manifests {{ path = \"app\" }} }}
         pipeline shop {{ delivers = shop, {on}, deploy in production, wait-for-sync in production }}"
    );
    Compiled::of("triggers", vec![("a.pipe".into(), text)])
}

fn payload(name: &str) -> Value {
    let path = root().join("tests/hosts").join(format!("{name}.json"));
    let body: Value = serde_json::from_str(&fs::read_to_string(path).expect("a payload")).expect("JSON");
    if body.get("object_kind").is_some() { body } else { with(body, "X-GitHub-Event", json!("push")) }
}

/// The workflows that an event creates, by the filter and the trigger of each dependency.
fn created(program: &Compiled, body: &Value) -> Vec<Value> {
    let tree = program.trees.values().next().expect("a tree");
    let sensor = tree.object("Sensor", "shop");
    let dependencies = sensor["spec"]["dependencies"].as_array().expect("dependencies");
    let pass = |at: &usize| {
        let script = text(&dependencies[*at]["filters"]["script"]);
        filter(script, body).unwrap_or_else(|error| panic!("{error}\n{body}")).passes
    };
    (0..dependencies.len()).filter(pass).map(|at| triggered(sensor, at, body).expect("a workflow")).collect()
}

fn argument<'v>(workflow: &'v Value, name: &str) -> &'v str {
    let parameters = workflow["spec"]["arguments"]["parameters"].as_array().expect("parameters");
    let found = parameters.iter().find(|parameter| parameter["name"] == name);
    found.map(|parameter| text(&parameter["value"])).unwrap_or("(none)")
}

/// Whether a pipeline starts, according to `simulate`, and else why not.
fn told(program: &Compiled, body: &Value) -> Option<String> {
    let tree = program.trees.values().next().expect("a tree");
    let push = Push::read(&body.to_string()).expect("a payload");
    let nothing = || Err(pipelinec::argo::Error("a sandbox is laid out".into()));
    let simulated = simulate(&plan(&tree.resolved), &Tree::of(&tree.files), &push, &nothing).ok()?;
    match &simulated.pipelines[0].answer {
        pipelinec::simulate::Answer::Stays(why) => Some(why.join("; ")),
        pipelinec::simulate::Answer::Starts(_) => None,
    }
}

#[test]
fn a_tag_starts_a_pipeline_at_its_commit_on_every_host() {
    for (name, host, source) in HOSTS {
        let program = program(host, source, "on tag { pattern = \"v*\" }");
        let tag = payload(&format!("{name}-tag"));
        let workflows = created(&program, &tag);
        assert_eq!(workflows.len(), 1, "{name}");
        let workflow = &workflows[0];
        // `after` is that of the annotated tag itself.
        assert_eq!((argument(workflow, "sha"), argument(workflow, "tag")), (TAGGED, "v1.0.0"), "{name}");
        assert_eq!(argument(workflow, "branch"), "(none)", "always the same");
        assert_eq!(told(&program, &tag), None, "{name}");
        // Another tag of the same commit is another delivery; the same event is not.
        let other = created(&program, &with(tag.clone(), "ref", json!("refs/tags/v1.0.1")));
        assert_ne!(other[0]["metadata"]["name"], workflow["metadata"]["name"]);
        assert_eq!(created(&program, &tag)[0]["metadata"]["name"], workflow["metadata"]["name"]);
        let deleted = with(with(tag.clone(), "checkout_sha", json!(null)), "head_commit", json!(null));
        assert!(created(&program, &deleted).is_empty(), "{name}");
        let why = told(&program, &deleted).expect("a reason");
        assert!(why.contains("deleted") || name == "gitea", "{why}");
        let pushed = payload_of_push(name);
        assert!(created(&program, &pushed).is_empty(), "{name}: a push is no tag");
    }
}

/// A payload of a push to `main`.
fn payload_of_push(name: &str) -> Value {
    match name {
        "github" => testkit::push::to("shop", testkit::push::push(&[testkit::push::commit("ann@example", &["app/x"])])),
        name => payload(name),
    }
}

/// What whoever may push can call a branch or a tag, and what must never reach a template, a shell or an argument.
const HOSTILE: [&str; 16] = [
    "v{{workflow.name}}",
    "v{{=sprig.env('HOME')}}",
    "v$(id)",
    "v$HOME",
    "v`id`",
    "v';id;'",
    "v\"x\"",
    "v\nx",
    "v x",
    "v|x",
    "v&x",
    "vé",
    "v日",
    "v%00",
    "v<x>",
    "v#x",
];

#[test]
fn names_with_signs_of_templates_and_shells_start_nothing() {
    for (name, host, source) in HOSTS {
        let program = program(host, source, "on push { branch = \"v**\" }, on tag { pattern = \"v**\" }");
        let (pushed, tag) = (payload_of_push(name), payload(&format!("{name}-tag")));
        for (folder, body) in [("refs/heads", &pushed), ("refs/tags", &tag)] {
            let of = |reference: &str| with(body.clone(), "ref", json!(format!("{folder}/{reference}")));
            for hostile in HOSTILE {
                assert!(created(&program, &of(hostile)).is_empty(), "{name}: {hostile}");
                assert!(told(&program, &of(hostile)).is_some(), "{name}: {hostile}");
            }
            assert!(created(&program, &of(&format!("v{}", "x".repeat(250)))).is_empty());
            for good in ["v1", "v/a+b@c=d-e_f.g"] {
                assert_eq!(created(&program, &of(good)).len(), 1, "{name}: {good}");
            }
            for odd in [json!(null), json!(1), json!(["v1"]), json!({"v": 1}), json!(true)] {
                assert!(created(&program, &with(body.clone(), "ref", odd)).is_empty());
            }
        }
    }
}

#[test]
fn the_branch_of_a_run_is_the_one_that_matched() {
    for (name, host, source) in HOSTS {
        let program = program(host, source, "on push { branch = \"release/*\" }, on tag { pattern = \"v*\" }");
        let pushed = payload_of_push(name);
        let of = |reference: &str| with(pushed.clone(), "ref", json!(reference));
        for missed in ["refs/heads/main", "refs/heads/release", "refs/heads/release/1/x", "refs/tags/release/1", "x"] {
            assert!(created(&program, &of(missed)).is_empty(), "{name}: {missed}");
        }
        let [one, two] = ["refs/heads/release/1", "refs/heads/release/2"].map(|name| created(&program, &of(name)));
        assert_eq!((argument(&one[0], "branch"), argument(&one[0], "tag")), ("release/1", "(none)"), "{name}");
        // A new branch begins at a commit that another one has.
        assert_ne!(one[0]["metadata"]["name"], two[0]["metadata"]["name"], "{name}");
        let tag = created(&program, &payload(&format!("{name}-tag")));
        assert_eq!((argument(&tag[0], "branch"), argument(&tag[0], "tag")), ("main", "v1.0.0"), "{name}");
    }
}

#[test]
fn a_schedule_needs_neither_a_webhook_nor_a_commit() {
    let (_, host, source) = HOSTS[0];
    let on = "on schedule { cron = \"0 3 * * 1-5\", timezone = \"Europe/Berlin\", branch = \"next\" }";
    let program = program(host, source, on);
    let tree = program.trees.values().next().expect("a tree");
    assert!(tree.objects.iter().all(|object| !["EventSource", "Sensor", "EventBus"].contains(&object.kind())));
    let cron = tree.object("CronWorkflow", "shop");
    assert_eq!(cron["spec"]["schedules"], json!(["0 3 * * 1-5"]));
    assert_eq!(cron["spec"]["timezone"], "Europe/Berlin");
    assert_eq!(cron["spec"]["concurrencyPolicy"], "Forbid");
    assert_eq!(cron["spec"]["workflowSpec"]["workflowTemplateRef"]["name"], "shop");
    let why = told(&program, &payload_of_push("github")).expect("a reason");
    assert_eq!(why, "only its schedule triggers it");
}

#[test]
fn the_host_tells_of_tags_only_where_one_starts_something() {
    let (_, host, source) = HOSTS[1];
    for (on, events) in [
        ("on push", json!(["PushEvents"])),
        ("on tag { pattern = \"v*\" }", json!(["TagPushEvents"])),
        ("on push, on tag { pattern = \"v*\" }", json!(["PushEvents", "TagPushEvents"])),
    ] {
        let program = program(host, source, on);
        let tree = program.trees.values().next().expect("a tree");
        let source = tree.objects.iter().find(|object| object.kind() == "EventSource").expect("a source");
        assert_eq!(source.value["spec"]["gitlab"]["acme-team-shop"]["events"], events, "{on}");
    }
}
