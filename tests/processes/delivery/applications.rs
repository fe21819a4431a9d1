//! The Applications that appear, stay and go, while the sample system is delivered: rendered from the generated
//! ApplicationSets over the repository that the scripts have filled, and built with Kustomize as Argo CD builds them.

use super::argo::{Faults, sweep};
use super::cluster::{GITOPS, applications, by_set, manifest};
use super::kustomize::build_files;
use super::{PRODUCTION, ResolvedProject, assert_permitted};
use crate::scripts::support::has_program;
use pipelinec::render::to_yaml;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use testkit::compiled::{list, text, walk};
use testkit::fixtures::snapshot;
use testkit::runs::throwaway;

/// A delivery that fails its tests, and whose pods that would close its environment are lost.
fn left_open(resolved: &ResolvedProject, text: &str) -> String {
    let pods = ["close-staging", "gone-staging"].map(str::to_owned).into();
    let tasks = ["test-functional-in-staging".to_owned()].into();
    let run = resolved.deliver_with("homelabping", &resolved.push(text), &Faults { tasks, pods, ..Faults::default() });
    assert_eq!(run.status, "Failed", "{}", run.log);
    run.version
}

/// Each Application in a line: where it goes, as which change, from what.
fn in_short(made: &[Value]) -> String {
    let mut lines = String::new();
    for application in made {
        let spec = &application["spec"];
        let sources: Vec<_> = list(&spec["sources"])
            .map(|source| {
                let repository = text(&source["repoURL"]).rsplit('/').next().unwrap_or_default();
                format!("{repository}@{}", text(&source["targetRevision"]))
            })
            .collect();
        let metadata = &application["metadata"];
        let _ = writeln!(
            lines,
            "{} -> {} ({}), change {}: {}",
            text(&metadata["name"]),
            text(&spec["destination"]["namespace"]),
            text(&spec["project"]),
            text(&metadata["annotations"]["pipelinec.dev/change"]),
            sources.join(" ")
        );
    }
    lines
}

fn in_full(made: &[Value]) -> String {
    made.iter().fold(String::new(), |mut all, application| {
        let _ = writeln!(all, "---\n{}", to_yaml(application).trim_end());
        all
    })
}

/// The same text in every run: commits, salts and what is derived from them get the names of their first appearance.
fn constant(text: &str) -> String {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut result = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let hex = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || ('a'..='f').contains(&c)).len();
        let kind = match hex {
            40 => "commit",
            32 => "password",
            _ => "",
        };
        if kind.is_empty() {
            // A digest is of what a build was told, and always the same.
            let end = hex.max(rest.chars().next().map_or(0, char::len_utf8));
            result.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let number = names.values().filter(|name| name.contains(kind)).count() + 1;
        result.push_str(names.entry(rest[..hex].to_owned()).or_insert(format!("<{kind} {number}>")));
        rest = &rest[hex..];
    }
    result
}

/// What no run writes: manifests that the selectors skip, while the others continue to work.
fn malformed() -> Vec<(&'static str, String)> {
    let header = |namespace: &str| json!({"format": "pipelinec/1", "environment": "staging", "namespace": namespace, "tree": "f".repeat(40), "salt": "5a17"});
    let with = |namespace: &str, apps: Value| {
        let mut manifest = header(namespace);
        manifest["apps"] = apps;
        manifest.to_string()
    };
    let mut later = header("later");
    later["format"] = json!("pipelinec/2");
    let mut elsewhere = header("elsewhere");
    elsewhere["environment"] = json!("production");
    let without = |field: &str| {
        let mut manifest = header("without");
        manifest.as_object_mut().expect("an object").remove(field);
        manifest.to_string()
    };
    vec![
        ("nothing.json", "{}".to_owned()),
        ("list.json", "[]".to_owned()),
        ("list-of-objects.json", "[{\"a\": 1}, {}]".to_owned()),
        ("later-format.json", later.to_string()),
        ("of-another-environment.json", elsewhere.to_string()),
        ("without-a-namespace.json", without("namespace")),
        ("not-for-the-set.txt", "{".to_owned()),
        // These have an Application of their own, but none of their entries has one.
        ("apps-is-a-text.json", with("v20251124170000-000001", json!("none"))),
        (
            "entries-are-none.json",
            with(
                "v20251124170000-000002",
                json!({"a": 1, "b": {}, "c": {"change": "x"}, "d": {"change": "x", "sources": []}}),
            ),
        ),
    ]
}

/// What stops a set as a whole. The scripts never write any of it; the janitor complains, and removes it after a day.
fn stopping() -> Vec<(&'static str, String)> {
    let entry = |sources: Value| {
        json!({"format": "pipelinec/1", "environment": "staging", "namespace": "v20251124170000-000003", "tree": "f".repeat(40),
            "salt": "5a17", "apps": {"a": {"change": "x", "sources": sources}}})
        .to_string()
    };
    let long = entry(json!([{"repoURL": "x"}])).replace("v20251124170000-000003", &"n".repeat(63));
    vec![
        ("broken.json", "{".to_owned()),
        ("text.json", "\"text\"".to_owned()),
        ("wrong-type.json", entry(json!([{"repoURL": "x", "targetRevision": 7}]))),
        ("too-long.json", long),
    ]
}

#[test]
fn applications_come_and_go_with_the_manifests() {
    let (resolved, _) = ResolvedProject::delivered();
    let tree = resolved.tree;
    let mut shown = String::new();
    let mut show = |title: &str, text: &str| {
        let _ = writeln!(shown, "==== {title}\n{text}");
    };
    let permanent = applications(&resolved.world, tree);
    show("production alone, after the first delivery", &in_full(&permanent));

    let one = left_open(&resolved, "one");
    let made = applications(&resolved.world, tree);
    let staging: Vec<_> = made.iter().filter(|made| made["spec"]["project"] == "homelab-staging").cloned().collect();
    show("one change in staging, beside production", &in_full(&staging));
    check_built(&resolved, &made);

    let others = [left_open(&resolved, "two"), left_open(&resolved, "three")];
    let three = applications(&resolved.world, tree);
    show("three changes at once", &in_short(&three));
    assert_eq!(three.len(), permanent.len() + 3 * staging.len());
    three.iter().for_each(|application| assert_permitted(tree, application));
    leave_for_checkers(&resolved, &three);

    let mut beside = String::new();
    let files = |list: Vec<(&'static str, String)>| {
        list.into_iter().map(|(name, text)| (format!("apps/homelab/staging/{name}"), text)).collect::<Vec<_>>()
    };
    let commit = |files: &[(String, String)]| {
        let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        resolved.world.commit(GITOPS, "by hand", &files);
    };
    let malformed = files(malformed());
    commit(&malformed);
    let known = |made: &Value| three.contains(made);
    let all = applications(&resolved.world, tree);
    assert_eq!(all.iter().filter(|made| known(made)).count(), three.len(), "all that was there is there");
    let more: Vec<_> = all.into_iter().filter(|made| !known(made)).collect();
    beside.push_str(&in_short(&more));
    for (name, content) in files(stopping()) {
        commit(&[(name.clone(), content)]);
        for (set, made) in by_set(&resolved.world, tree) {
            if let Err(error) = made {
                let _ = writeln!(beside, "{name} stops {set}: {error}");
            }
        }
        commit(&[(name, String::new())]);
    }
    show("malformed manifests beside them", &beside);

    let gone: Vec<_> = malformed.into_iter().map(|(name, _)| (name, String::new())).collect();
    commit(&gone);
    let swept = sweep(&resolved.world, tree);
    assert_eq!(swept.status, "Succeeded", "{}", swept.log);
    for version in [&one, &others[0], &others[1]] {
        assert!(manifest(&resolved.world, &format!("apps/homelab/staging/{version}.json")).is_none());
    }
    let after = applications(&resolved.world, tree);
    show("after the janitor has closed them", &in_short(&after));
    assert_eq!(after, permanent, "production is as it was");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/deliveries");
    snapshot(&folder, "applications", &constant(&shown));
}

/// Leaves the repository and what was made of it where another renderer of ApplicationSets can be run over it.
fn leave_for_checkers(resolved: &ResolvedProject, made: &[Value]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("deliveries");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("gitops")).expect("a folder");
    let archive = folder.join("gitops.tar");
    let archive = archive.to_str().expect("a path");
    resolved.world.git(&format!("repos/{GITOPS}.git"), &["archive", "--format=tar", "-o", archive, "main"]);
    let unpacked = Command::new("tar").args(["-xf", archive, "-C"]).arg(folder.join("gitops")).status();
    assert!(unpacked.expect("tar runs").success());
    let mut names: Vec<_> = made.iter().map(|made| format!("{}\n", text(&made["metadata"]["name"]))).collect();
    names.sort();
    fs::write(folder.join("applications.txt"), names.concat()).expect("written");
}

/// Builds every Application that comes from the tree, from the commit and the folder that it names, and holds what comes
/// out against the manifest.
fn check_built(resolved: &ResolvedProject, made: &[Value]) {
    if !has_program("kubectl") {
        println!("skipped: there is no kubectl");
        return;
    }
    let repository = format!("repos/{GITOPS}.git");
    let git = |arguments: &[&str]| resolved.world.git(&repository, arguments);
    let (mut images, mut namespaces) = (0, 0);
    for application in made {
        let namespace = text(&application["metadata"]["labels"]["pipelinec.dev/namespace"]);
        let file = match namespace {
            "production" => PRODUCTION.to_owned(),
            version => format!("apps/homelab/staging/{version}.json"),
        };
        let manifest = manifest(&resolved.world, &file).expect("its manifest");
        for source in list(&application["spec"]["sources"]).filter(|source| text(&source["repoURL"]).contains(GITOPS)) {
            let at = format!("{}:{}", text(&source["targetRevision"]), text(&source["path"]));
            let files: Vec<_> = git(&["ls-tree", "--name-only", &at]).lines().map(str::to_owned).collect();
            let files: Vec<_> =
                files.iter().map(|name| (name.as_str(), git(&["show", &format!("{at}/{name}")]))).collect();
            let built =
                build_files(files.iter().map(|(name, content)| (*name, content.as_str())), &source["kustomize"]);
            let app = text(&application["metadata"]["labels"]["pipelinec.dev/app"]);
            for object in &built {
                walk(object, &mut |value| {
                    for container in list(&value["containers"]) {
                        // `pipelinec.local/APP/IMAGE` in the tree is what the manifest says of the image.
                        let known = manifest["apps"][app]["images"].as_object().expect("images").values();
                        let mut references =
                            known.map(|image| format!("{}@{}", text(&image["repository"]), text(&image["digest"])));
                        assert!(references.any(|image| image == text(&container["image"])), "{}", container["image"]);
                        images += 1;
                    }
                });
                match (app, text(&object["kind"])) {
                    ("", "Namespace") => assert_eq!(object["metadata"]["name"], namespace),
                    ("", _) => assert_eq!(object["metadata"]["namespace"], namespace),
                    _ => assert_eq!(object["metadata"].get("namespace"), None, "the destination says it"),
                }
                namespaces += 1;
                for (key, value) in object["stringData"].as_object().into_iter().flatten() {
                    assert_eq!(*value, throwaway(text(&manifest["salt"]), &format!("maindb/{key}")));
                }
            }
        }
    }
    assert!(images == 2 && namespaces > 8, "{images} images, {namespaces} objects");
}
