//! The filters of every git host, on payloads as its documentation gives them, and on hostile ones.

use pipelinec::argo::event::filter;
use pipelinec::plan::plan;
use pipelinec::simulate::{Push, Tree, simulate};
use serde_json::{Value, json};
use std::fs;
use testkit::compiled::{Compiled, list, text, text as text_of};
use testkit::push::with;
use testkit::root;

/// A program of one app on a host: its block in `project`, and the repository.
fn program(host: &str, source: &str) -> Compiled {
    let server = source.split('/').next().expect("a host");
    let text = format!(
        "project p {{
           gitops {{ repo = \"{server}/acme/gitops\", credentials = writer }}
           {host}
         }}
         secret reader {{ keys = [\"token\", \"webhookSecret\"] }}
         secret writer {{ keys = [\"token\"] }}
         environment production
         app shop {{ source = \"{source}\", manifests {{ path = \"app\" }} }}
         pipeline shop {{ delivers = shop, on push, deploy in production, wait-for-sync in production }}"
    );
    Compiled::of("hosts", vec![("a.pipe".into(), text)])
}

const GITLAB: &str = "gitlab { webhook = \"https://hooks.acme.io\", credentials = reader }";
const GITEA: &str = "gitea { host = \"git.acme.io\", webhook = \"https://hooks.acme.io\", credentials = reader }";

/// A payload of a push, as the documentation of a host gives it, to the branch `main` of the folder `app`.
fn payload(host: &str) -> Value {
    let path = root().join("tests/hosts").join(format!("{host}.json"));
    serde_json::from_str(&fs::read_to_string(path).expect("a payload")).expect("JSON")
}

fn lets_through(program: &Compiled, body: &Value) -> bool {
    let tree = program.trees.values().next().expect("a tree");
    let sensor = tree.object("Sensor", "shop");
    let script = text(&sensor["spec"]["dependencies"][0]["filters"]["script"]);
    filter(script, body).unwrap_or_else(|error| panic!("{error}\n{body}")).passes
}

/// Whether a pipeline starts, according to `simulate`.
fn starts(program: &Compiled, body: &Value) -> bool {
    let tree = program.trees.values().next().expect("a tree");
    let push = Push::read(&body.to_string()).expect("a payload");
    let nothing = || Err(pipelinec::argo::Error("a sandbox is laid out".into()));
    simulate(&plan(&tree.resolved), &Tree::of(&tree.files), &push, &nothing).is_err()
}

/// What holds on both hosts, whose payloads name the newest commit in the same way.
fn hold(program: &Compiled, pushed: &Value, total: &str) {
    assert!(lets_through(program, pushed) && starts(program, pushed));
    let stopped = |body: &Value| assert!(!lets_through(program, body) && !starts(program, body), "{body}");
    for reference in ["refs/heads/main-2", "refs/tags/main", "main", ""] {
        stopped(&with(pushed.clone(), "ref", json!(reference)));
    }
    let with_commits = |change: &dyn Fn(&mut Value)| {
        let mut body = pushed.clone();
        body["commits"].as_array_mut().expect("commits").iter_mut().for_each(change);
        if body["head_commit"].is_object() {
            change(&mut body["head_commit"]);
        }
        body
    };
    stopped(&with_commits(&|commit| commit["message"] = json!("x [skip ci]")));
    stopped(&with_commits(&|commit| {
        commit["author"]["email"] = json!("pipelinec-bot@users.noreply.github.com");
    }));
    let elsewhere = with_commits(&|commit| {
        for kind in ["added", "modified", "removed"] {
            commit[kind] = json!(["docs/x"]);
        }
    });
    stopped(&elsewhere);
    // Which files the other commits change is not known.
    let more = with(elsewhere.clone(), total, json!(list(&pushed["commits"]).count() + 1));
    assert!(lets_through(program, &more) && starts(program, &more));
    for odd in [json!("many"), json!([]), json!(null), json!(-1), json!({})] {
        stopped(&with(elsewhere.clone(), total, odd));
    }
    for odd in [json!(null), json!([]), json!([null])] {
        lets_through(program, &with(pushed.clone(), "commits", odd));
    }
}

#[test]
fn a_push_on_gitlab_starts_a_pipeline() {
    let program = program(GITLAB, "gitlab.com/acme/team/shop");
    let pushed = payload("gitlab");
    hold(&program, &pushed, "total_commits_count");
    let stopped = |body: &Value| assert!(!lets_through(&program, body) && !starts(&program, body), "{body}");
    for kind in ["tag_push", "merge_request", "note", ""] {
        stopped(&with(pushed.clone(), "object_kind", json!(kind)));
    }
    let deleted = with(pushed.clone(), "checkout_sha", json!(null));
    stopped(&with(deleted, "after", json!("0".repeat(40))));
}

#[test]
fn a_push_on_gitea_starts_a_pipeline() {
    let program = program(GITEA, "git.acme.io/acme/shop");
    let pushed = payload("gitea");
    let sent = with(pushed.clone(), "X-GitHub-Event", json!("push"));
    hold(&program, &sent, "total_commits");
    assert!(!lets_through(&program, &with(sent.clone(), "X-GitHub-Event", json!("pull_request"))));
    assert!(!lets_through(&program, &with(sent, "head_commit", json!(null))));
    // What is copied from the page of deliveries has no header.
    assert!(starts(&program, &pushed));
}

/// One repository name on two hosts: the events of each come from its own receiver, and a push is one of its own host.
#[test]
fn the_host_of_a_repository_chooses_its_receiver() {
    let text = fs::read_to_string(root().join("tests/cases/several-hosts/shop.pipe")).expect("a program");
    let program = Compiled::of("hosts", vec![("a.pipe".into(), text)]);
    let tree = program.trees.values().next().expect("a tree");
    for (pipeline, source, secret, kind) in [
        ("shop", "shop-github", "github", "github"),
        ("prices", "shop-gitlab", "gitlab", "gitlab"),
        ("billing", "shop-gitlab-inside", "inside", "gitlab"),
    ] {
        let dependency = &tree.object("Sensor", pipeline)["spec"]["dependencies"][0];
        assert_eq!(dependency["eventSourceName"], source);
        let spec = &tree.object("EventSource", source)["spec"];
        let entries = spec[kind].as_object().expect("events");
        assert_eq!(entries.keys().collect::<Vec<_>>(), [text_of(&dependency["eventName"])]);
        let entry = entries.values().next().expect("an event");
        let signed = if kind == "github" { &entry["webhookSecret"] } else { &entry["secretToken"] };
        assert_eq!(signed["name"], secret);
    }
    let started = |body: &Value| {
        let push = Push::read(&body.to_string()).expect("a payload");
        let nothing = || Err(pipelinec::argo::Error("a sandbox is laid out".into()));
        simulate(&plan(&tree.resolved), &Tree::of(&tree.files), &push, &nothing)
    };
    let mut gitlab = payload("gitlab");
    gitlab["project"]["path_with_namespace"] = json!("acme/shop");
    for commit in gitlab["commits"].as_array_mut().expect("commits") {
        commit["added"] = json!(["x"]);
    }
    gitlab["project"]["web_url"] = json!("https://gitlab.com/acme/shop");
    assert!(started(&gitlab).is_err(), "a pipeline starts");
    // The same name on another server, and on a host of another kind.
    gitlab["project"]["web_url"] = json!("https://git.evil.io/acme/shop");
    let target = started(&gitlab).expect("nothing starts");
    let said = format!("{target:?}");
    assert!(said.contains("the push is from `git.evil.io`; expected `gitlab.com`"), "{said}");
    assert!(said.contains("expected `github.com`"), "{said}");
}

/// One webhook for all repositories of an organization, which also brings the pushes to others.
#[test]
fn the_webhook_of_an_organization_is_of_all_its_repositories() {
    let text = fs::read_to_string(root().join("tests/cases/hooks-of-organizations/shop.pipe")).expect("a program");
    let program = Compiled::of("hosts", vec![("a.pipe".into(), text)]);
    let tree = program.trees.values().next().expect("a tree");
    let entries = |source: &str, kind: &str| {
        let spec = &tree.object("EventSource", source)["spec"][kind];
        spec.as_object().expect("events").iter().map(|(name, entry)| (name.clone(), entry.clone())).collect::<Vec<_>>()
    };
    let github = entries("shop-github", "github");
    assert_eq!((github.len(), github[0].0.as_str()), (1, "acme"));
    assert_eq!(github[0].1["webhook"]["endpoint"], "/acme");
    let gitlab = entries("shop-gitlab", "gitlab");
    assert_eq!((gitlab.len(), gitlab[0].0.as_str()), (1, "acme"));
    let filter_of = |pipeline: &str| {
        let dependency = &tree.object("Sensor", pipeline)["spec"]["dependencies"][0];
        assert_eq!(dependency["eventName"], "acme");
        text_of(&dependency["filters"]["script"]).to_owned()
    };
    let passes = |pipeline: &str, body: &Value| filter(&filter_of(pipeline), body);
    let github = |name: Value| {
        let commit = json!({"id": "a", "message": "x", "author": {"email": "a@b.io"}, "added": ["deploy/x"]});
        json!({
            "X-GitHub-Event": "push", "ref": "refs/heads/main", "after": "a", "head_commit": commit, "commits": [commit],
            "repository": {"full_name": name}
        })
    };
    for (name, starts) in [
        ("acme/shop", ["shop"].as_slice()),
        ("Acme/SHOP", &["shop"]),
        ("acme/web", &["web"]),
        ("acme/shop2", &[]),
        ("evil/shop", &[]),
        ("acme/shop\n", &[]),
        ("acme/shop\0", &[]),
        ("x/acme/shop", &[]),
        ("", &[]),
    ] {
        for pipeline in ["shop", "web"] {
            let found = passes(pipeline, &github(json!(name))).expect("a verdict").passes;
            assert_eq!(found, starts.contains(&pipeline), "{pipeline} of {name:?}");
        }
    }
    for odd in [json!(null), json!(1), json!(true), json!(["acme/shop"]), json!({"name": "acme/shop"})] {
        assert!(!passes("shop", &github(odd)).expect("a verdict").passes);
    }
    for odd in [json!(null), json!(1), json!("acme/shop"), json!([])] {
        let body = with(github(json!("acme/shop")), "repository", odd);
        // A Sensor drops an event on which its filter fails.
        assert!(passes("shop", &body).map_or(true, |verdict| !verdict.passes));
    }
    let mut gitlab = payload("gitlab");
    gitlab["commits"][0]["added"] = json!(["deploy/x"]);
    gitlab["project"]["path_with_namespace"] = json!("acme/Team/cart");
    assert!(passes("cart", &gitlab).expect("a verdict").passes);
    gitlab["project"]["path_with_namespace"] = json!("acme/team/cart/x");
    assert!(!passes("cart", &gitlab).expect("a verdict").passes);
    let page = &tree.files["README.md"];
    assert!(page.contains("register in each group, with"), "{page}");
    assert!(page.contains("| `github.com/acme` | `https://github-hooks.acme.io/acme` |"), "{page}");
}

#[test]
fn only_a_signed_request_is_an_event() {
    let spec = |program: &Compiled, kind: &str| -> Value {
        let tree = program.trees.values().next().expect("a tree");
        let source = tree.objects.iter().find(|object| object.kind() == "EventSource").expect("a source");
        source.value["spec"][kind].as_object().expect("events").values().next().expect("an event").clone()
    };
    let secret = json!({"name": "reader", "key": "webhookSecret"});
    let gitlab = spec(&program(GITLAB, "gitlab.com/acme/team/shop"), "gitlab");
    // Without a credential for the API, the token of a request would not be compared.
    assert_eq!((&gitlab["secretToken"], &gitlab["accessToken"]), (&secret, &secret));
    assert!(gitlab.get("projects").is_none() && gitlab.get("groups").is_none(), "no hook is registered");
    assert_eq!(gitlab["webhook"]["url"], "https://hooks.acme.io");
    assert_eq!(gitlab["webhook"]["endpoint"], "/acme-team-shop");
    let gitea = spec(&program(GITEA, "git.acme.io/acme/shop"), "github");
    assert_eq!(gitea["webhookSecret"], secret);
}

#[test]
fn a_record_of_a_delivery_on_gitlab_is_a_payload() {
    let pushed = payload("gitlab");
    let record = json!({"id": 1, "trigger": "push_hooks", "request_headers": {}, "request_data": pushed.clone()});
    let read = |body: &Value| Push::read(&body.to_string()).expect("a payload");
    assert_eq!(read(&record), read(&pushed));
    assert_eq!((read(&pushed).host(), read(&pushed).repository()), ("GitLab", "acme/team/shop"));
    assert!(Push::read(r#"{"request_data": null}"#).is_err());
}
