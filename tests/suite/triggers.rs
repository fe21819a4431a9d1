//! What starts a pipeline beside a push to one branch: patterns, tags and schedules, by payloads as the documentation of
//! each host gives them, and hostile ones.

use pipelinec::argo::event::{filter, triggered};
use pipelinec::plan::plan;
use pipelinec::simulate::{Push, Tree, simulate};
use serde_json::{Value, json};
use std::fs;
use testkit::compiled::{Compiled, every_tree, text, walk};
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
    let event = if name.ends_with("pull") { "pull_request" } else { "push" };
    if body.get("object_kind").is_some() { body } else { with(body, "X-GitHub-Event", json!(event)) }
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

/// A payload with another value at a place.
fn at(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    body.pointer_mut(parent).expect("a place")[field] = value;
    body
}

/// Where a host writes what of a pull request.
struct Places {
    action: &'static str,
    state: &'static str,
    draft: &'static str,
    head: &'static str,
    branch: &'static str,
    base: &'static str,
    repository: &'static str,
    labels: &'static str,
}

fn places(host: &str) -> Places {
    match host {
        "gitlab" => Places {
            action: "/object_attributes/action",
            state: "/object_attributes/state",
            draft: "/object_attributes/draft",
            head: "/object_attributes/last_commit/id",
            branch: "/object_attributes/source_branch",
            base: "/object_attributes/target_branch",
            repository: "/object_attributes/source_project_id",
            labels: "/labels",
        },
        _ => Places {
            action: "/action",
            state: "/pull_request/state",
            draft: "/pull_request/draft",
            head: "/pull_request/head/sha",
            branch: "/pull_request/head/ref",
            base: "/pull_request/base/ref",
            repository: "/pull_request/head/repo/id",
            labels: "/pull_request/labels",
        },
    }
}

/// Each host with a program that a pull request starts, and the payload of one that was opened.
fn pulls(on: &'static str) -> impl Iterator<Item = (&'static str, Compiled, Value, Places)> {
    HOSTS.into_iter().map(move |(name, host, source)| {
        let server = source.split('/').next().expect("a host");
        let text = format!(
            "project p {{ gitops {{ repo = \"{server}/acme/gitops\", credentials = writer }}, {host} }}
             secret reader {{ keys = [\"token\", \"webhookSecret\"] }}
             secret writer {{ keys = [\"token\"] }}
             environment production
             environment check {{ copy-of = production, ttl = 2h }}
             app shop {{ source = \"{source}\", manifests {{ path = \"app\" }} }}
             pipeline deploy {{ delivers = shop, on push, deploy in production, wait-for-sync in production }}
             pipeline shop {{ delivers = shop, {on}, stage-env check, wait-for-sync in check, teardown check }}"
        );
        let program = Compiled::of("pulls", vec![("a.pipe".into(), text)]);
        (name, program, payload(&format!("{name}-pull")), places(name))
    })
}

#[test]
fn a_pull_request_starts_a_pipeline_at_the_head_of_its_branch() {
    for (name, program, opened, places) in pulls("on pull-request { label = \"preview\" }") {
        let workflows = created(&program, &opened);
        assert_eq!(workflows.len(), 1, "{name}");
        let (sha, branch) = (argument(&workflows[0], "sha"), argument(&workflows[0], "branch"));
        assert_eq!((sha, branch), ("ec26c3e57ca3a959ca5aad62de7213c562f8c821", "changes"), "{name}");
        // One run for each commit, however many events there are.
        let again = match name {
            "gitlab" => at(&at(&opened, "/object_attributes/action", json!("update")), "/changes/labels", json!({})),
            "gitea" => at(&opened, places.action, json!("label_updated")),
            _ => at(&opened, places.action, json!("labeled")),
        };
        assert_eq!(created(&program, &again)[0]["metadata"]["name"], workflows[0]["metadata"]["name"], "{name}");
        let pushed = match name {
            "gitlab" => {
                let update = at(&opened, "/object_attributes/action", json!("update"));
                at(&update, "/object_attributes/oldrev", json!("e".repeat(40)))
            }
            "gitea" => at(&opened, places.action, json!("synchronized")),
            _ => at(&opened, places.action, json!("synchronize")),
        };
        let pushed = at(&pushed, places.head, json!("f".repeat(40)));
        let next = created(&program, &pushed);
        assert_eq!(argument(&next[0], "sha"), "f".repeat(40), "{name}");
        assert_ne!(next[0]["metadata"]["name"], workflows[0]["metadata"]["name"], "{name}");
        assert!(created(&program, &payload_of_push(name)).is_empty(), "{name}: a push is no pull request");
    }
}

#[test]
fn a_fork_a_draft_and_a_closed_pull_request_start_nothing() {
    for (name, program, opened, places) in pulls("on pull-request { label = \"preview\" }") {
        let stopped = |body: &Value, reason: &str| {
            assert!(created(&program, body).is_empty(), "{name}: {body}");
            let tree = program.trees.values().next().expect("a tree");
            let push = Push::read(&body.to_string()).expect("a payload");
            let nothing = || Err(pipelinec::argo::Error("a sandbox is laid out".into()));
            let simulated = simulate(&plan(&tree.resolved), &Tree::of(&tree.files), &push, &nothing).expect("reasons");
            let pipeline = simulated.pipelines.iter().find(|known| known.name == "shop").expect("the pipeline");
            let pipelinec::simulate::Answer::Stays(why) = &pipeline.answer else { panic!("{name} starts: {body}") };
            assert!(why[0].contains(reason), "{name}: {why:?}");
        };
        stopped(&at(&opened, places.repository, json!(7)), "from a fork");
        stopped(&at(&opened, places.draft, json!(true)), "is a draft");
        stopped(&at(&opened, places.labels, json!([])), "lacks the label `preview`");
        stopped(&at(&opened, places.labels, json!([{"name": "Preview", "title": "x"}])), "lacks the label");
        stopped(&at(&opened, places.base, json!("other")), "is not into `main`");
        stopped(&at(&opened, places.action, json!("closed")), "no new commit");
        stopped(&at(&opened, places.action, json!("unlabeled")), "no new commit");
        stopped(&at(&opened, places.state, json!("merged")), "no new commit");
        for hostile in HOSTILE {
            stopped(&at(&opened, places.branch, json!(hostile)), "characters");
        }
        if name != "gitlab" {
            // The repository of a fork that is deleted.
            stopped(&at(&opened, "/pull_request/head/repo", json!(null)), "from a fork");
        }
        for odd in [json!(null), json!(-1), json!([]), json!({})] {
            for place in [places.branch, places.base, places.state, places.action, places.repository] {
                let body = at(&opened, place, odd.clone());
                let tree = program.trees.values().next().expect("a tree");
                let script = text(&tree.object("Sensor", "shop")["spec"]["dependencies"][0]["filters"]["script"]);
                assert!(!filter(script, &body).is_ok_and(|verdict| verdict.passes), "{name}: {place} {odd}");
            }
        }
    }
}

#[test]
fn without_a_label_every_pull_request_of_the_repository_counts() {
    for (name, program, opened, places) in pulls("on pull-request { branch = \"release/*\" }") {
        assert!(created(&program, &opened).is_empty(), "{name}: into main");
        let into = at(&at(&opened, places.base, json!("release/2")), places.labels, json!([]));
        assert_eq!(created(&program, &into).len(), 1, "{name}");
        let tree = program.trees.values().next().expect("a tree");
        let source = tree.objects.iter().find(|object| object.kind() == "EventSource").expect("a source");
        let events = |kind: &str, slug: &str| source.value["spec"][kind][slug]["events"].clone();
        match name {
            "gitlab" => {
                assert_eq!(events("gitlab", "acme-team-shop"), json!(["PushEvents", "MergeRequestsEvents"]));
            }
            _ => assert_eq!(events("github", "acme-shop"), json!(["pull_request", "push"])),
        }
    }
}

#[test]
fn what_is_not_merged_has_a_cache_of_its_own() {
    let tree = every_tree().find(|(name, _)| name.starts_with("tests/cases/triggers,")).expect("a tree").1;
    let cache = |pipeline: &str| {
        let mut found = Vec::new();
        walk(tree.object("WorkflowTemplate", pipeline), &mut |value| {
            if value["name"] == "cache" {
                found.push(text(&value["value"]).to_owned());
            }
        });
        found
    };
    assert_eq!(cache("cart"), ["registry.acme.io/cart/code-cache:buildcache"]);
    assert_eq!(cache("cart-check"), ["registry.acme.io/cart/code-cache:buildcache.unmerged"]);
}
