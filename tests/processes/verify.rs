//! `verify`: manifests against schemas, as its user runs it, and scalars as kubectl reads them.

use std::process::Command;

use pipelinec::diag::Diagnostics;
use pipelinec::source::SourceMap;
use pipelinec::verify::yaml;
use proptest::strategy::{Strategy as _, ValueTree as _};
use testkit::fixtures::bytes;
use testkit::pages::{fences, read as read_document};
use testkit::property;

use crate::support::{Folder, Ran, Run as _};

/// A tree as plain data.
fn plain(text: &str) -> serde_json::Value {
    let sources = SourceMap::new([("a.yaml".to_owned(), text.to_owned())]);
    let (id, file) = sources.iter().next().expect("one file");
    let mut sink = Diagnostics::default();
    let documents = yaml::read(id, file, &mut sink);
    assert!(!sink.has_errors(), "{:?}", sink.into_sorted());
    documents[0].root.as_ref().expect("a document").json()
}

/// The real kubectl says what scalars without quotes mean; it needs no server for this.
#[test]
fn scalars_mean_what_kubectl_reads() {
    if Command::new("kubectl").args(["version", "--client"]).output().is_err() {
        println!("skipped: no kubectl");
        return;
    }
    let scalar =
        "[0-9+.~=_yYnNtToOfFe-][0-9_.+eExXoObBaAfF:-]{0,6}[0-9a-z_.]|[0-9][0-9_]{0,4}|[yYnNoOtTfF][a-zA-Z]{0,3}";
    let strategy = proptest::string::string_regex(scalar).expect("a pattern");
    let mut runner = property::runner();
    let words: Vec<String> = (0..4000)
        .map(|_| strategy.new_tree(&mut runner).expect("a text").current())
        .filter(|word| word != "-")
        .collect();
    let lines: String =
        words.iter().enumerate().map(|(at, word)| format!("  k{at}: {word}\n  k{at}q: '{word}'\n")).collect();
    let text =
        format!("apiVersion: example.com/v1\nkind: Example\nmetadata: {{name: a, labels: {{zz: b}}}}\nspec:\n{lines}");
    let folder = folder().file("a.yaml", &text);
    let output = Command::new("kubectl")
        .args(["label", "--local", "--overwrite", "-f", "a.yaml", "zz=b", "-o", "json"])
        .current_dir(folder.path(""))
        .env("HOME", folder.path(""))
        .env_remove("KUBECONFIG")
        .output()
        .expect("kubectl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let ours = plain(&text);
    for (at, word) in words.iter().enumerate() {
        for key in [format!("k{at}"), format!("k{at}q")] {
            let (ours, theirs) = (&ours["spec"][&key], &theirs["spec"][&key]);
            // A number is the same, with a fraction of nothing or without.
            let same = ours == theirs || ours.is_number() && ours.as_f64() == theirs.as_f64();
            assert!(same, "{word} is {theirs} to kubectl, and {ours} here");
        }
    }
}

const DEPLOYMENT: &str = include_str!("../verify/good/core.yaml");

/// A folder with schemas and a cache of its own.
fn folder() -> Folder {
    let mut folder = Folder::new();
    for (name, bytes) in bytes("verify/crds", &["yaml", "json"]) {
        folder = folder.file(&format!("crds/{name}"), bytes);
    }
    folder
}

fn run(folder: &Folder, args: &[&str], input: &str) -> Ran {
    let cache = folder.path("cache").display().to_string();
    let args: Vec<_> = ["verify"].iter().chain(args).copied().collect();
    folder.run_with(&args, input.as_bytes(), &[("XDG_CACHE_HOME", &cache), ("PATH", &path(folder))])
}

/// The path on which programs are looked for: first those of the folder.
fn path(folder: &Folder) -> String {
    format!("{}:/usr/bin:/bin", folder.path("bin").display())
}

#[test]
fn files_folders_and_standard_input_are_verified() {
    let folder = folder()
        .file("a/core.yaml", DEPLOYMENT)
        .file("a/values.yaml", "replicas: 1\n")
        .file("a/tree.json", "{\"project\": \"p\"}")
        .file(
            "a/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [x]\n",
        )
        .file("a/.hidden/x.yaml", "kind: x")
        .file("a/notes.txt", "no manifest");
    let ran = run(&folder, &["--crds", "crds", "a"], "");
    assert_eq!(
        ran.ends(0).stdout,
        "6 objects of 6 kinds in 1 file, no errors; skipped: 3 files that are not manifests\n"
    );
    assert_eq!(run(&folder, &["--crds", "crds", "-q", "a", "a/core.yaml"], "").ends(0).stdout, "");
    let ran =
        run(&folder, &["--offline", "--format", "short", "-"], "kind: ConfigMap\napiVersion: v1\nmetadata: {nam: a}\n");
    let slip = "stdin.yaml:3:12-15: error[E0709]: ConfigMap has no field `metadata.nam` — a field with a similar name exists: `name`\n";
    assert_eq!(ran.ends(1).stdout, slip);
    let github = run(&folder, &["--offline", "--format", "github", "a/values.yaml"], "");
    assert!(
        github
            .ends(1)
            .stdout
            .starts_with("::error file=a/values.yaml,line=1,endLine=1,col=1,endColumn=9,title=E0706::")
    );
    // The schemas may come from standard input, too.
    let crds = folder.text("crds/widget.json");
    let widget = "apiVersion: shop.example.org/v1\nkind: Widget\nmetadata: {name: a}\nspec: {code: abc}\n";
    folder.put("w.yaml", widget);
    assert_eq!(codes_of(&run(&folder, &["--crds", "-", "--format", "json", "w.yaml"], &crds)), ["E0714"]);
}

fn codes_of(ran: &Ran) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("the output is JSON");
    let list = document["diagnostics"].as_array().expect("a list");
    list.iter().map(|diagnostic| diagnostic["code"].as_str().expect("a code").to_owned()).collect()
}

/// The README shows a manifest, and behind it a command with what it prints.
#[test]
fn the_readme_shows_what_is_printed() {
    let fences = fences(&read_document("README.md"));
    let command = "$ pipelinec verify --offline shop.yaml\n";
    let at = fences.iter().position(|fence| fence.text.starts_with(command)).expect("the README shows a run");
    let folder = folder().file("shop.yaml", &fences[at - 1].text);
    let ran = run(&folder, &["--offline", "shop.yaml"], "");
    let said: String = ran.ends(1).stdout.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    assert_eq!(fences[at].text, format!("{command}{said}"));
}

#[test]
fn kinds_without_a_schema_are_an_error_unless_they_are_skipped() {
    let folder = folder().file("a.yaml", "apiVersion: example.org/v1\nkind: Gadget\nmetadata: {name: a}\n");
    assert_eq!(codes_of(run(&folder, &["--crds", "crds", "--format", "json", "a.yaml"], "").ends(1)), ["E0707"]);
    let ran = run(&folder, &["--crds", "crds", "--ignore-missing-schemas", "a.yaml"], "");
    let line = "0 objects of 0 kinds in 1 file, no errors; skipped: 1 object without a schema\n";
    assert_eq!(ran.ends(0).stdout, line);
}

#[test]
fn what_cannot_be_used_ends_with_2_and_says_what_to_do() {
    let folder = folder().file("core.yaml", DEPLOYMENT).file("empty/notes.md", "").file("bad/crd.yaml", "a: [\n");
    let said = |args: &[&str]| run(&folder, args, "").ends(2).stderr.clone();
    insta::assert_snapshot!(said(&["--offline", "nowhere"]), @r"
    error: no such file or folder: `nowhere`
    help: pass a file, a folder, or `-` for standard input
    ");
    insta::assert_snapshot!(said(&["--offline", "empty"]), @r"
    error: no manifests in `empty`
    help: pass manifest files, or a folder with *.yaml, *.yml or *.json manifests
    ");
    insta::assert_snapshot!(said(&["--crds", "-", "-"]), @r"
    error: standard input cannot be read twice
    help: pass `-` for one of the two, and a file for the other
    ");
    insta::assert_snapshot!(said(&["--crds", "core.yaml", "core.yaml"]), @r"
    error: cannot use these schemas:
    `core.yaml`: it contains no CustomResourceDefinition and no OpenAPI document of an API server
    help: pass the output of `kubectl get crd -o yaml` or of `kubectl get --raw /openapi/v2`, or a folder of such files
    ");
    insta::assert_snapshot!(said(&["--crds", "bad", "core.yaml"]), @r"
    error: cannot use these schemas:
    `bad/crd.yaml:1:4`: unclosed `[`
    help: pass the output of `kubectl get crd -o yaml` or of `kubectl get --raw /openapi/v2`, or a folder of such files
    ");
    folder.run(&["verify"]).ends(2);
}

#[cfg(unix)]
fn kubectl(folder: &Folder, script: &str) {
    std::fs::create_dir_all(folder.path("bin")).expect("a folder");
    crate::support::program(&folder.path("bin/kubectl"), &format!("#!/bin/sh\n{script}\n"));
}

#[cfg(unix)]
#[test]
fn without_schemas_the_cluster_is_asked_for_its_own() {
    let folder = folder()
        .file("w.yaml", "apiVersion: shop.example.org/v1\nkind: Widget\nmetadata: {name: a}\nspec: {code: abc}\n");
    folder.put(
        "p.yaml",
        "apiVersion: v1\nkind: Pebble\nmetadata: {name: a}\nweigth: 1\n---\napiVersion: v1\nkind: Pod\n",
    );
    folder.put(
        "api.json",
        r##"{"swagger": "2.0", "definitions": {
            "Pebble": {"type": "object", "properties": {"weight": {"type": "integer"}, "metadata": {"$ref": "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}},
                       "x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "Pebble"}]},
            "Widget": {"type": "object", "x-kubernetes-group-version-kind": [{"group": "shop.example.org", "version": "v1", "kind": "Widget"}]},
            "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {"type": "object", "properties": {"name": {"type": "string"}}}}}"##,
    );
    let answers = "case \"$*\" in\n\
        'get customresourcedefinitions -o json --request-timeout=30s') exec cat crds/widget.json;;\n\
        'get --raw /openapi/v2 --request-timeout=30s') exec cat api.json;;\nesac\nexit 9";
    kubectl(&folder, answers);
    // A CustomResourceDefinition says more than the document of the server; and a Pod is none of this cluster's kinds.
    let ran = run(&folder, &["--format", "json", "w.yaml", "p.yaml"], "");
    assert_eq!(codes_of(ran.ends(1)), ["E0709", "E0707", "E0714"], "{}", ran.stdout);
    kubectl(&folder, "echo 'E1125 noise' >&2; echo 'Unable to connect to the server: no route' >&2; exit 1");
    insta::assert_snapshot!(run(&folder, &["w.yaml"], "").ends(2).stderr, @r"
    error: cannot get the schemas of the cluster: `kubectl get customresourcedefinitions -o json --request-timeout=30s`: Unable to connect to the server: no route
    help: pass the schemas with `--crds FILE`: with access to a cluster, `kubectl get crd -o yaml > FILE` writes them; `--offline` uses only the built-in kinds of Kubernetes
    ");
    let cache = folder.path("cache").display().to_string();
    let nothing = [("PATH", "/nonexistent"), ("XDG_CACHE_HOME", cache.as_str())];
    let ran = folder.run_with(&["verify", "w.yaml"], b"", &nothing);
    assert!(ran.ends(2).stderr.contains("`kubectl` was not found in `PATH`"), "{}", ran.stderr);
}

/// The only file of the cache.
fn kept(folder: &Folder) -> (String, Vec<u8>) {
    let files: Vec<_> =
        std::fs::read_dir(folder.path("cache/pipelinec")).expect("there is a cache").flatten().collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let name = files[0].file_name().into_string().expect("a name in UTF-8");
    (format!("cache/pipelinec/{name}"), std::fs::read(files[0].path()).expect("it can be read"))
}

fn sha(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_second_run_takes_the_schemas_from_the_cache() {
    let folder = folder().file("r.yaml", include_str!("../verify/good/rollout.yaml"));
    let args = ["--crds", "crds", "--format", "json", "r.yaml"];
    assert_eq!(codes_of(run(&folder, &args, "").ends(0)), [""; 0]);
    let (path, bytes) = kept(&folder);
    // Where the cache says something else than the files, whole and in its own form, that is what counts: so it was read.
    let text = String::from_utf8(bytes.clone()).expect("the cache is text");
    let (head, rest) = text.split_once('\n').expect("a first line");
    let (index, texts) = rest.split_once('\n').expect("a second line");
    let changed = index.replace("\"kind\":\"Rollout\"", "\"kind\":\"Rollin\"") + "\n";
    assert_ne!(format!("{index}\n"), changed);
    let form = head.rsplit_once(' ').expect("a digest").0;
    folder.put(&path, format!("{form} {}\n{changed}{texts}", sha(changed.as_bytes())));
    assert_eq!(codes_of(run(&folder, &args, "").ends(1)), ["E0707"]);

    // One that is not whole is not believed: the schemas are read again, and kept.
    let cut = bytes.len() / 2;
    let mut flipped = bytes.clone();
    let at = text.find("revisionHistoryLimit").expect("the schema of a Rollout");
    flipped[at] = b'X';
    for broken in [b"".to_vec(), b"nonsense\n\n".to_vec(), bytes[..cut].to_vec(), flipped, changed.into_bytes()] {
        folder.put(&path, &broken);
        assert_eq!(codes_of(run(&folder, &args, "").ends(0)), [""; 0]);
        assert_eq!(kept(&folder).1, bytes, "a broken entry was not replaced");
    }
    // Other schemas are another entry.
    folder.put("crds/more.yaml", "# nothing\n");
    run(&folder, &args, "").ends(0);
    assert_eq!(std::fs::read_dir(folder.path("cache/pipelinec")).expect("listed").count(), 2);
}

#[test]
fn a_cache_that_cannot_be_written_changes_nothing() {
    let folder = folder().file("r.yaml", include_str!("../verify/good/rollout.yaml")).file("cache", "no folder");
    run(&folder, &["--crds", "crds", "r.yaml"], "").ends(0);
    run(&folder, &["--crds", "crds", "r.yaml"], "").ends(0);
    assert_eq!(folder.text("cache"), "no folder");
}

#[test]
fn the_cache_does_not_grow_for_ever() {
    let folder = folder().file("core.yaml", DEPLOYMENT);
    for round in 0..20 {
        folder.put("crds/more.yaml", format!("# {round}\n"));
        run(&folder, &["--crds", "crds", "core.yaml"], "").ends(0);
    }
    assert_eq!(std::fs::read_dir(folder.path("cache/pipelinec")).expect("listed").count(), 16);
}

#[test]
fn what_is_not_a_manifest_is_skipped_in_a_folder() {
    let good = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 2}\n";
    let folder = folder()
        .file("all/a.yaml", good)
        .file("all/chart/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n")
        .file("all/chart/templates/a.yaml", "kind: {{ .Values.kind }}\n")
        .file("all/over/kustomization.yaml", "resources: [../a.yaml]\npatches:\n- path: ../patches/p.yaml\n")
        .file("all/patches/p.yaml", patch);
    let said = folder.run(&["verify", "--offline", "all"]);
    let expected = "1 object of 1 kind in 1 file, no errors; skipped: 4 files that are not manifests\n";
    assert_eq!(said.ends(0).stdout, expected);
    // Who names one means it.
    folder.run(&["verify", "--offline", "all/patches/p.yaml"]).ends(1);
    folder.run(&["verify", "--offline", "all/chart/templates/a.yaml"]).ends(1);
}

#[test]
fn secrets_in_lists_in_what_is_broken_and_behind_anchors_are_masked() {
    let list = "apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {name: a}\n  dat: {p: hunter2hunter2}\n";
    let broken = "stringData:\n  a: hunter2hunter2\n  b: [hunter2hunter2\n";
    let shared =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, annotations: {z: &p 1234512345}}\nstringData: {a: *p}\n";
    for text in [list, broken, shared] {
        for format in ["human", "short", "json", "github", "sarif"] {
            let folder = folder().file("a.yaml", text);
            let said = folder.run(&["verify", "--offline", "--format", format, "a.yaml"]);
            said.ends(1);
            let all = format!("{}{}", said.stdout, said.stderr);
            assert!(!all.contains("hunter2") && !all.contains("1234512345"), "{format}: {all}");
        }
    }
}
