//! Text that would like to be more than text, in every input that can carry some.

use pipelinec::emit::scripts::Script;
use serde_json::json;

use super::support::{STAGED, World, sources};

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
fn identifiers_are_refused_by_name() {
    let world = World::new();
    let inputs = [
        "ACTION",
        "GITOPS_URL",
        "GITOPS_PATH",
        "TREE_PATH",
        "VERSION",
        "REVISION",
        "APP",
        "ENVIRONMENT",
        "NAMESPACE",
        "COPY_OF",
        "TTL_SECONDS",
        "MEMBERS",
        "NEEDS",
        "STAGED",
        "FORCE",
    ];
    for (number, input) in inputs.iter().enumerate() {
        let action = match *input {
            "COPY_OF" | "TTL_SECONDS" | "MEMBERS" => "open",
            _ => "enter",
        };
        // A few of the texts each, so that each input and each text has its turns.
        for offset in [0, 4, 8] {
            let text = HOSTILE[(number + offset) % HOSTILE.len()];
            world.act(action).set(input, text).fails(&[&format!("{input} is '")]);
        }
    }
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
            run.fails(&["wanted one line of text"]);
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
    world.commit_tree_json(&text.replace('\n', ""));
    world.act("open").set("TREE_DIGEST", &text.replace('\n', "")).succeeds();
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
        world.commit("gitops", "tree", &[("generated/homelab/tree.json", &tree.to_string())]);
        world.act("open").set("TREE_DIGEST", "digest-2").fails(&[&format!("apps.db.{field}")]);
    }
    let mut tree = world.tree("digest-2");
    tree["apps"]["../x"] = json!({});
    world.commit("gitops", "tree", &[("generated/homelab/tree.json", &tree.to_string())]);
    world.act("open").set("TREE_DIGEST", "digest-2").fails(&["an app name"]);
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

#[test]
fn the_other_scripts_refuse_hostile_names_too() {
    let world = World::empty();
    for text in HOSTILE {
        for input in ["NAMESPACE", "ARGOCD_NAMESPACE", "APPLICATION_SETS", "TIMEOUT_SECONDS"] {
            let run = |script| world.run(script).set("NAMESPACE", "n").set("TIMEOUT_SECONDS", "1").set(input, text);
            run(Script::Wait).fails(&[&format!("{input} is '")]);
            run(Script::Gone).fails(&[&format!("{input} is '")]);
        }
        for input in ["EXPECT", "EXCEPT", "ROLLOUTS", "DIGESTS", "ENVIRONMENT_APPLICATION"] {
            let run = world.run(Script::Wait).set("NAMESPACE", "n").set("TIMEOUT_SECONDS", "1");
            run.set(input, text).fails(&[&format!("{input} is '")]);
        }
    }
    assert_eq!(world.asked(), "");
}
