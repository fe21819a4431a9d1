//! The sources of every app, filled in as a run does it and built as Argo CD does it: with their overrides of the
//! folder that they name.

use crate::scripts::support::has_program;
use pipelinec::argo::pod::expand;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use testkit::compiled::{ALL, Tree, every_tree, list, text, walk};
use testkit::runs::{SHA, VERSION, environment_sources};
use testkit::yaml11;

/// The functions of jq with which a run fills in sources.
const MANIFEST: &str = include_str!("../../../src/steps/lib/manifest.sh");

/// The sources of an app, without placeholders.
pub fn filled(tree: &Tree, app: &str, environment: &str, namespace: &str, sources: &Value) -> Value {
    let images = |app: &str| -> Value {
        let known = &tree.resolved.apps[app].images;
        let image = |name: &str| json!({"repository": format!("registry.acme.io/{app}/{name}"), "tag": format!("t-{name}"), "digest": digest(name)});
        known.keys().map(|name| (name.clone(), image(name))).collect::<serde_json::Map<_, _>>().into()
    };
    let apps: serde_json::Map<_, _> =
        tree.resolved.apps.keys().map(|app| (app.clone(), json!({"images": images(app)}))).collect();
    let about = |app: &str| serde_json::from_str(&tree.files[&format!("apps/{app}/app.json")]).expect("JSON");
    let known: serde_json::Map<String, Value> =
        tree.resolved.apps.keys().map(|app| (app.clone(), about(app))).collect();
    let entry =
        json!({"change": VERSION, "revision": SHA, "tree": "f".repeat(40), "branch": "main", "images": images(app)});
    let script = format!(
        "work=$(mktemp -d)\n{MANIFEST}\nmanifest_jq '$given | filled($environment; $namespace; $apps; $known)' \"$@\"; rm -r \"$work\""
    );
    let output = Command::new("sh")
        .args(["-euc", &script, "sh", "-n", "--arg", "environment", environment, "--arg", "namespace", namespace])
        .args(["--argjson", "apps", &json!(apps).to_string(), "--argjson", "known", &json!(known).to_string()])
        .args(["--argjson", "given", &json!({"app": app, "entry": entry, "sources": sources}).to_string()])
        .output()
        .expect("sh runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let entry: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    entry["sources"].clone()
}

pub fn digest(image: &str) -> String {
    format!("sha256:{:0>64}", image.bytes().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// A folder of the tree, built with what a source says of Kustomize: Argo CD edits the folder's own kustomization.
pub fn build(tree: &Tree, folder: &str, kustomize: &Value) -> Vec<Value> {
    let prefix = format!("{folder}/");
    let files = tree.files.iter().filter_map(|(file, content)| Some((file.strip_prefix(&prefix)?, content.as_str())));
    build_files(files, kustomize)
}

/// The same with the files of a folder, by name.
pub fn build_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>, kustomize: &Value) -> Vec<Value> {
    let temp = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        fs::write(temp.path().join(name), content).expect("a file");
    }
    let path = temp.path().join("kustomization.yaml");
    let mut kustomization: Value = serde_yaml::from_str(&fs::read_to_string(&path).expect("read")).expect("YAML");
    let images = list(&kustomize["images"]).map(|image| {
        let (name, new) = text(image).split_once('=').expect("a new image");
        let (new, digest) = new.split_once('@').expect("a digest");
        json!({"name": name, "newName": new, "digest": digest})
    });
    kustomization["images"] = images.collect();
    for field in ["patches", "namespace"] {
        if let Some(value) = kustomize.get(field) {
            kustomization[field] = value.clone();
        }
    }
    fs::write(&path, kustomization.to_string()).expect("written");
    run(temp.path())
}

fn run(folder: &Path) -> Vec<Value> {
    let output = Command::new("kubectl").arg("kustomize").arg(folder).output().expect("kubectl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let built = String::from_utf8(output.stdout).expect("UTF-8");
    built.split("\n---\n").map(|object| serde_yaml::from_str(object).expect("YAML")).collect()
}

#[test]
fn what_a_run_fills_in_reaches_the_pods() {
    if !has_program("kubectl") {
        println!("skipped: there is no kubectl");
        return;
    }
    let mut workloads = 0;
    for program in ALL.iter() {
        // Targets differ in hosts and file names only.
        let tree = program.trees.values().next().expect("a tree");
        for (app, environment, sources) in tree.sources() {
            let namespace = tree.resolved.environments[&environment].namespace().unwrap_or(VERSION);
            let sources = filled(tree, &app, &environment, namespace, &sources);
            walk(&sources, &mut |value| assert_eq!(value.get("$run"), None, "a placeholder is left"));
            let Some(kustomize) = sources[0].get("kustomize") else { continue };
            for object in build(tree, &format!("apps/{app}/{environment}"), kustomize) {
                let whole = object.to_string();
                assert!(!whole.contains("filled-in-by-the-run") && !whole.contains("pipelinec.local"), "{whole}");
                let spec = &object["spec"]["template"]["spec"];
                for container in list(&spec["containers"]) {
                    let known = &tree.resolved.apps[&app].environments[&environment].services;
                    let service = known.iter().find(|service| service.name.value == text(&container["name"]));
                    let image = &service.expect("a service").container.image;
                    let expected = format!("registry.acme.io/{}/{}@{}", image.app, image.image, digest(&image.image));
                    assert_eq!(text(&container["image"]), expected);
                    assert_environment(program.name, container, namespace);
                    workloads += 1;
                }
            }
        }
    }
    assert!(workloads >= 14, "{workloads} workloads");
}

#[test]
fn a_kustomization_of_an_app_gets_the_images_that_a_run_built() {
    let (_, tree) = every_tree().find(|(place, _)| place.starts_with("tests/cases/kustomizations")).expect("the case");
    let sources = tree
        .sources()
        .into_iter()
        .find(|(app, environment, _)| (app.as_str(), environment.as_str()) == ("shop", "staging"));
    let (app, environment, sources) = sources.expect("sources");
    let sources = filled(tree, &app, &environment, VERSION, &sources);
    let kustomize = &sources[0]["kustomize"];
    let built = |app: &str, image: &str| format!("registry.acme.io/{app}/{image}@{}", digest(image));
    let (web, worker, sidecar) = (built("shop", "web"), built("shop", "worker"), built("base", "sidecar"));
    assert_eq!(sources[0]["path"], "k8s/overlays/staging");
    assert_eq!(sources[0]["targetRevision"], SHA);
    assert_eq!(
        *kustomize,
        json!({"images": [
            format!("PLACEHOLDER={sidecar}"), format!("ghcr.io/acme/shop={web}"), format!("localhost:5000/acme/Shop_Worker={worker}"),
        ]})
    );
    // What has no images has no options, and Argo CD finds out by itself what it is.
    assert_eq!(
        sources[1],
        json!({"repoURL": "https://github.com/acme/shop.git", "targetRevision": SHA, "path": "k8s/mocks", "directory": {"recurse": true}})
    );
    if !has_program("kubectl") {
        println!("skipped: there is no kubectl");
        return;
    }
    let named =
        ["ghcr.io/acme/shop:v1", "localhost:5000/acme/Shop_Worker", "PLACEHOLDER:latest", "ghcr.io/acme/shop-admin:v1"];
    let containers: Vec<_> =
        named.iter().enumerate().map(|(at, image)| json!({"name": format!("c{at}"), "image": image})).collect();
    let pods = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"template": {"spec": {"containers": containers}}}});
    let files = [("kustomization.yaml", "resources: [pods.yaml]\n"), ("pods.yaml", &pods.to_string())];
    let objects = build_files(files, kustomize);
    let images: Vec<_> = list(&objects[0]["spec"]["template"]["spec"]["containers"])
        .map(|container| text(&container["image"]))
        .collect();
    assert_eq!(images, [web.as_str(), &worker, &sidecar, "ghcr.io/acme/shop-admin:v1"]);
}

/// The variables that only a run knows, each in its place.
#[track_caller]
fn assert_environment(program: &str, container: &Value, namespace: &str) {
    let mut env = BTreeMap::from([("PIPELINEC_NAMESPACE".to_owned(), namespace.to_owned())]);
    for variable in list(&container["env"]) {
        let value = match &variable["valueFrom"] {
            Value::Null => expand(text(&variable["value"]), &env),
            from if from.get("fieldRef").is_some() => namespace.to_owned(),
            from => format!("{} of {}", text(&from["secretKeyRef"]["key"]), text(&from["secretKeyRef"]["name"])),
        };
        env.insert(text(&variable["name"]).to_owned(), value);
    }
    let is =
        |name: &str, expected: &str| assert_eq!(env.get(name).map(String::as_str), Some(expected), "{name}: {env:?}");
    if program == "examples/homelab" {
        is("IMAGE_TAG", "t-code");
        is("ENVNAME", namespace);
        is("MAINDB_USER", "pingapp");
        is("MAINDB_PASSWORD", "pingapp-password of maindb-postgresql");
    }
    if program == "tests/manifests" {
        is("BRACES", "{{workflow.name}} {{=1}}");
        is("JOINED", &format!("{{{SHA}}}"));
        is("DOLLARS", "$(HOME) $$ $$(x)");
        is("WHERE", &format!("http://db.{namespace}"));
        is("SHA", SHA);
        is("LINK", &format!("https://github.com/acme/gitops/commit/{SHA}?{{{{x}}}}"));
        if text(&container["name"]).ends_with("-web") {
            is("TAG", "v {{t-code}}");
            let command: Vec<_> = list(&container["command"]).map(|word| expand(text(word), &env)).collect();
            assert_eq!(command, ["./serve", VERSION, namespace]);
        }
    }
}

#[test]
fn an_environment_is_named_by_its_run() {
    if !has_program("kubectl") {
        println!("skipped: there is no kubectl");
        return;
    }
    let mut secrets = 0;
    for program in ALL.iter() {
        let tree = program.trees.values().next().expect("a tree");
        for environment in tree.resolved.environments.values().filter(|environment| environment.is_ephemeral()) {
            let name = format!("{}-{}", tree.resolved.project.name.value, environment.name.value);
            let set = tree.object("ApplicationSet", &name);
            let manifest = json!({"namespace": VERSION, "tree": "f".repeat(40), "salt": "5a17".repeat(16)});
            let source = environment_sources(set, &manifest)[0].clone();
            for object in build(tree, &format!("environments/{}", environment.name.value), &source["kustomize"]) {
                match text(&object["kind"]) {
                    "Namespace" => assert_eq!(object["metadata"]["name"], VERSION),
                    kind => {
                        assert_eq!(object["metadata"]["namespace"], VERSION, "{kind}");
                        for (key, value) in object["stringData"].as_object().into_iter().flatten() {
                            assert_eq!(text(value).len(), 32, "{key}");
                            secrets += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(secrets >= 10, "{secrets} secrets");
}

/// The objects of a kustomization as it lies in the tree: those of its files and of the kustomizations in it.
fn listed(tree: &Tree, folder: &str) -> Vec<Value> {
    let at = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let kustomization = yaml11::document(&tree.files[&at("kustomization.yaml")]);
    let resources = list(&kustomization["resources"]).map(|resource| at(text(resource)));
    let below = |resource: String| match tree.files.get(&resource) {
        Some(content) => yaml11::documents(content),
        None => listed(tree, &resource),
    };
    resources.flat_map(below).collect()
}

#[test]
fn every_kustomization_gives_the_objects_of_its_files() {
    if !has_program("kubectl") {
        println!("skipped: there is no kubectl");
        return;
    }
    let sorted = |mut objects: Vec<Value>| {
        let of = |object: &Value, field: &str| object["metadata"][field].to_string();
        objects.sort_by_key(|object| (object["kind"].to_string(), of(object, "name"), of(object, "namespace")));
        objects
    };
    for program in ALL.iter() {
        let tree = program.trees.values().next().expect("a tree");
        let temp = tempfile::tempdir().expect("a folder");
        for (file, content) in &tree.files {
            let path = temp.path().join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, content).expect("a file");
        }
        let names = tree.files.keys().filter_map(|file| file.strip_suffix("kustomization.yaml"));
        let folders: Vec<_> = names.map(|folder| folder.trim_end_matches('/')).collect();
        assert!(folders.contains(&"") && folders.len() > 6, "{folders:?}");
        for folder in folders {
            let (built, listed) = (sorted(run(&temp.path().join(folder))), sorted(listed(tree, folder)));
            assert_eq!(built.len(), listed.len(), "{}: {folder}", program.name);
            for (built, listed) in built.iter().zip(&listed) {
                assert_eq!(built, listed, "{}: {folder}", program.name);
            }
        }
    }
}
