//! Text that would like to be more than text, in the repositories that the scripts read, and addresses that lead elsewhere.

use pipelinec::steps::gone::GONE;
use pipelinec::steps::janitor::JANITOR;
use pipelinec::steps::wait::WAIT;
use serde_json::json;

use super::support::{STAGED, VERSION, World, sources};

const HOSTILE: [&str; 9] = [
    "$(touch PWNED)",
    "`touch PWNED`",
    "a'; touch PWNED; '",
    "\" -o x",
    "a\nb",
    "{{workflow.name}}",
    "\u{1f680}",
    "a\u{7}b",
    "-x",
];

#[test]
fn what_would_leave_its_place_is_refused_by_name() {
    let world = World::new();
    for path in ["..", "a/../b", "/etc", "a//b", "a/-x", "a/.git/x", "a/"] {
        world.act("open").set("GITOPS_PATH", path).fails(&["GITOPS_PATH is '"]);
    }
    for url in ["ext::sh -c id", "--upload-pack=id", "https://user:pass@h/r.git", "https://u@h/r", "/etc", "ftp://h/r"]
    {
        world.act("open").set("GITOPS_URL", url).fails(&["GITOPS_URL is '"]);
    }
    for branch in ["-x", "a..b", "a b", "a\nb", "a^", "x.lock", "a:b"] {
        world.act("open").set("GITOPS_BRANCH", branch).fails(&["GITOPS_BRANCH is '"]);
    }
    for images in ["code r/x", "code r/x t sha256:1", "code R$(id)/x t sha256:1", "../x r/x t sha256:1", "{}"] {
        world.act("open").set("IMAGES", images).fails(&["IMAGES"]);
    }
    assert_eq!(world.commits(), 1);
    assert!(!world.path("PWNED").exists());
}

#[test]
fn free_text_stays_text() {
    let world = World::new();
    for text in HOSTILE {
        let version =
            format!("v2025112416000{}-9f0e2b", HOSTILE.iter().position(|other| *other == text).expect("itself"));
        let run = world.act("open").set("VERSION", &version).set("MEMBERS", "redis");
        let run = run.set("BRANCH", text).set("WORKFLOW_NAME", text).set("WORKFLOW_UID", text);
        let run = run.set("GIT_AUTHOR_NAME", text).set("GIT_AUTHOR_EMAIL", "bot@x");
        if text.contains(|c: char| c.is_control()) {
            run.fails(&["expected one line of text"]);
        } else {
            run.succeeds();
            let manifest = world.manifest(&format!("apps/homelab/staging/{version}.json"));
            assert_eq!(manifest["workflow"], json!({"name": text, "uid": text}));
            assert_eq!(manifest["apps"]["ping"]["branch"], text);
        }
    }
    assert!(!world.path("PWNED").exists() && !std::path::Path::new("PWNED").exists());
}

#[test]
fn text_of_the_tree_stays_text() {
    let world = World::new();
    let text = HOSTILE.join(" ").replace('\u{7}', "") + " \\(1+1) ${HOME} % \\n";
    let mut source = sources("ping", "staging");
    source[0]["kustomize"]["patches"][0]["patch"] = json!({"$json": [{"value": text}]});
    source[0]["helm"] = json!({"valuesObject": {"$map": [{"key": text, "value": {"deep": text}}]}});
    world.commit("gitops", "hostile", &[("generated/homelab/apps/ping/staging/sources.json", &source.to_string())]);
    world.commit_digest(&text.replace('\n', ""));
    world.act("open").set("PIPELINE_DIGEST", &text.replace('\n', "")).succeeds();
    let filled = &world.manifest(STAGED)["apps"]["ping"]["sources"][0];
    assert_eq!(filled["helm"]["valuesObject"], json!({&text: {"deep": text}}));
    let patch = filled["kustomize"]["patches"][0]["patch"].as_str().expect("a text");
    assert_eq!(serde_json::from_str::<serde_json::Value>(patch).expect("JSON"), json!([{"value": text}]));
    assert!(!world.path("PWNED").exists() && !std::path::Path::new("PWNED").exists());
}

#[test]
fn a_tree_with_addresses_that_are_options_is_refused() {
    let world = World::new();
    for (field, value) in
        [("repository", "--upload-pack=id"), ("repository", "ext::id"), ("branch", "-x"), ("images", "code")]
    {
        let mut tree = world.tree("digest-2");
        tree["apps"]["db"][field] = json!(value);
        world.describe(&tree);
        world.act("open").set("PIPELINE_DIGEST", "digest-2").fails(&["apps/db/app.json", field]);
    }
}

#[test]
fn a_link_in_the_repository_leads_nowhere() {
    let world = World::new();
    let clone = world.path("clones/gitops");
    std::fs::create_dir_all(clone.join("apps/homelab/production")).expect("folders");
    std::os::unix::fs::symlink("/etc/passwd", clone.join("apps/homelab/production/production.json")).expect("a link");
    world.git("clones/gitops", &["add", "-A"]);
    world.git("clones/gitops", &["commit", "-q", "-m", "link"]);
    world.git("clones/gitops", &["push", "-q", "origin", "HEAD:main"]);
    world.act("promote").succeeds();
    assert_eq!(world.entry("ping")["state"], "deploying");
}

/// Files that a person may have put beside those of the runs, with names that no run gives.
#[test]
fn names_of_files_are_only_names_to_the_janitor() {
    let world = World::new();
    world.act("open").succeeds();
    let names = ["$(touch PWNED)", "-rf", "a b ", "*", "é", "quo\"te", "new\nline", "\\", ":(exclude)x"];
    let files: Vec<_> = names.iter().map(|name| format!("apps/homelab/staging/{name}.json")).collect();
    let files: Vec<_> = files.iter().map(|file| (file.as_str(), "{")).collect();
    world.commit("gitops", "hostile", &files);
    world.answers("workflows", &[r#"{"items": []}"#]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    let janitor = || {
        let run = world.run(&JANITOR).set("EPHEMERAL", "staging").set("PERMANENT", "production");
        run.set("PIPELINE_NAMESPACE", "pipeline")
    };
    world.write("clock", &(now + 60).to_string());
    let outcome = janitor().fails(&[&format!("{} problems", names.len())]);
    for name in ["$(touch PWNED)", "-rf", "a b ", "*", "é", "quo\\\"te", "new\\nline", ":(exclude)x"] {
        outcome.says(&format!("staging/{name}.json"));
    }
    assert!(!world.has(STAGED), "their neighbour was closed all the same");
    // After a day they go, but for those whose names git itself has to quote.
    world.write("clock", &(now + 90_000).to_string());
    janitor().fails(&["problems"]).says("malformed for more than a day");
    let left = world.git("repos/gitops.git", &["ls-tree", "-r", "--name-only", "main", "apps/homelab/staging/"]);
    let mut left: Vec<_> = left.lines().collect();
    left.sort_unstable();
    let quoted = ["\\\\", "new\\nline", "quo\\\"te"].map(|name| format!("\"apps/homelab/staging/{name}.json\""));
    assert_eq!(left, quoted);
    assert!(!world.path("PWNED").exists() && !std::path::Path::new("PWNED").exists());
}

#[test]
fn words_of_the_cluster_are_only_words() {
    let world = World::new();
    let text = HOSTILE.join(" ") + " \u{1b}[2J %s \\n";
    let list = |items: serde_json::Value| json!({"items": items}).to_string();
    let conditions = json!([{"type": "ErrorOccurred", "status": "True", "message": text}]);
    let set = json!([{"metadata": {"name": text}, "status": {"conditions": conditions}}]);
    world.answers("applicationsets", &[&list(set)]);
    let application = json!([{"metadata": {"name": format!("{VERSION}-ping"), "deletionTimestamp": text,
        "labels": {"pipelinec.dev/namespace": text}}, "operation": {"x": text},
        "status": {"conditions": conditions, "operationState": {"phase": text, "message": text}}}]);
    world.answers("applications", &[&list(application)]);
    world.answers(
        "workflows",
        &[&list(json!([{"metadata": {"name": text, "uid": text}, "status": {"phase": text, "finishedAt": text}}]))],
    );
    let run = |script| {
        let run =
            world.run(script).set("NAMESPACE", VERSION).set("TIMEOUT_SECONDS", "40").set("APPLICATION_SETS", "a b");
        run.set("EXPECT", &json!({"ping": VERSION}).to_string()).set("POLL_SECONDS", "20")
    };
    for script in [&WAIT, &GONE] {
        run(script).fails(&["timed out after 40 s", "{{workflow.name}}", "$(touch PWNED)"]);
    }
    let janitor = run(&JANITOR).set("PIPELINE_NAMESPACE", "p").set("EPHEMERAL", "staging");
    janitor.fails(&["ApplicationSet $(touch PWNED)"]);
    world.answers("applications", &[&format!("FAIL: {text}")]);
    run(&GONE).fails(&["the cluster did not respond", "$(touch PWNED)"]);
    assert!(!world.path("PWNED").exists() && !std::path::Path::new("PWNED").exists());
}
