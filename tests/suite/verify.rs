//! `verify`: manifests against schemas. The library on the fixtures of `tests/verify`, and the program as its user runs it.
//!
//! `tests/verify/crds` are schemas, written by hand; `good` are manifests in which nothing is to be found; each file below
//! `errors` gives the codes of its first line, and what its snapshot shows.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use pipelinec::diag::render::{self, Options as Shown};
use pipelinec::diag::{Code, Diagnostic, Diagnostics};
use pipelinec::source::SourceMap;
use pipelinec::verify::catalogue::{Catalogue, Library};
use pipelinec::verify::{Options, Verified, verify, yaml};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::docs::{fences, read as read_document};
use crate::fixtures::{files, rendered, snapshot, stem};
use crate::support::{Folder, Ran};

/// The bytes of files of `tests`, by their names.
fn read(folder: &str, endings: &[&str]) -> Vec<(String, Vec<u8>)> {
    let paths = endings.iter().flat_map(|ending| files(folder, ending));
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8").to_owned();
    paths.map(|path| (name(&path), std::fs::read(&path).expect("a file can be read"))).collect()
}

/// The schemas of the tests, beside those that every cluster has.
fn schemas() -> Catalogue {
    let files = SourceMap::decoded(read("verify/crds", &["yaml", "json"]));
    Catalogue::read(&files).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn held(sources: &SourceMap, catalogue: &Catalogue, options: Options<'_>) -> Verified {
    let text = |number: usize| catalogue.texts.get(number).cloned();
    verify(sources, &Library::new(&catalogue.index, &text), options)
}

/// Some files, each of them named by the user, against the schemas of the tests.
pub fn verified(files: Vec<(String, Vec<u8>)>) -> (SourceMap, Verified) {
    let named: BTreeSet<_> = files.iter().map(|(name, _)| name.clone()).collect();
    let sources = SourceMap::decoded(files);
    let found = held(&sources, &schemas(), Options { named: Some(&named), ..Options::default() });
    (sources.masked(&found.secrets), found)
}

fn one(name: &str, text: &str) -> (SourceMap, Verified) {
    verified(vec![(name.to_owned(), text.as_bytes().to_vec())])
}

fn codes(found: &[Diagnostic]) -> Vec<&'static str> {
    found.iter().map(|diagnostic| diagnostic.code.as_str()).collect()
}

/// The codes after `# expect:`, which a change of snapshots cannot bless away.
fn expected(bytes: &[u8]) -> Vec<String> {
    let plain = bytes.iter().filter(|byte| byte.is_ascii() && **byte != 0).copied().collect();
    let text = String::from_utf8(plain).expect("it is ASCII");
    let first = text.lines().next().unwrap_or_default();
    let codes = first.strip_prefix("# expect:").expect("a fixture begins with `# expect:`");
    codes.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn each_manifest_gives_the_expected_codes_and_words() {
    let mut wrong = Vec::new();
    for path in files("verify/errors", "yaml") {
        let bytes = std::fs::read(&path).expect("a fixture can be read");
        let expected = expected(&bytes);
        let (sources, found) = verified(vec![(format!("{}.yaml", stem(&path)), bytes)]);
        if codes(&found.diagnostics) != expected {
            wrong.push(format!("{}: expected {expected:?}, found {:?}", path.display(), codes(&found.diagnostics)));
        }
        let helps = |diagnostic: &Diagnostic| !diagnostic.help.is_empty();
        assert!(found.diagnostics.iter().all(helps), "{}: a diagnostic does not say what to do", path.display());
        let folder = path.parent().expect("a fixture lies in a folder");
        snapshot(folder, stem(&path), &rendered(&sources, &found.diagnostics));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_code_of_manifests_has_one_that_shows_it() {
    for code in Code::ALL.iter().filter(|code| code.as_str().starts_with("E07")) {
        let shown = files(&format!("verify/errors/{code}"), "yaml").iter().any(|path| {
            expected(&std::fs::read(path).expect("a fixture can be read")).contains(&code.as_str().to_owned())
        });
        assert!(shown, "no manifest shows {code}: {}", code.title());
    }
}

#[test]
fn each_fix_removes_its_mistake_and_makes_no_other() {
    let mut count = 0;
    for path in files("verify/errors", "yaml") {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let text = text.trim_start_matches('\u{feff}');
        let before = one("a.yaml", text).1.diagnostics;
        for diagnostic in before.iter().filter(|diagnostic| diagnostic.fix.is_some()) {
            let mut edits = diagnostic.fix.clone().expect("there is a fix").edits;
            edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
            let mut mended = text.to_owned();
            edits.iter().for_each(|(span, new)| mended.replace_range(span.range(), new));
            let after = one("a.yaml", &mended).1.diagnostics;
            // A kind that is right at last has fields to complain of.
            let expected = if diagnostic.code == Code::E0707 { after.len() } else { before.len() - 1 };
            assert!(after.iter().all(|other| other.message != diagnostic.message), "{}: {mended}", path.display());
            assert_eq!(after.len(), expected, "{}: {} is not mended: {after:?}", path.display(), diagnostic.message);
            count += 1;
        }
    }
    assert!(count > 10, "only {count} fixes");
}

#[test]
fn nothing_is_found_in_good_manifests() {
    let (sources, found) = verified(read("verify/good", &["yaml", "json"]));
    assert_eq!(render::short(&found.diagnostics, &sources), "");
    assert_eq!((found.objects, found.kinds.len(), found.files), (16, 14, 8));
    assert!(found.passed_over.is_empty(), "{:?}", found.passed_over);
}

/// A good manifest, what is changed in it to what, the code of the mistake, and the characters at which it is found.
const FAULTS: &[(&str, &str, &str, Code, &str)] = &[
    ("rollout.yaml", "replicas: 4", "replicas: \"4\"", Code::E0711, "\"4\""),
    ("rollout.yaml", "revisionHistoryLimit: 2", "revisonHistoryLimit: 2", Code::E0709, "revisonHistoryLimit"),
    ("rollout.yaml", "setWeight: 20", "setWeight: 120", Code::E0713, "120"),
    ("rollout.yaml", "value: \"on\"", "value: on", Code::E0711, "on"),
    ("rollout.yaml", "value: \"8080\"", "value: 8080", Code::E0711, "8080"),
    ("rollout.yaml", "PullPolicy: IfNotPresent", "PullPolicy: ifnotpresent", Code::E0712, "ifnotpresent"),
    ("rollout.yaml", "memory: 256Mi", "memory: 256mib", Code::E0714, "256mib"),
    ("rollout.yaml", "        - name: code\n          image:", "        - image:", Code::E0710, "image"),
    ("rollout.yaml", "  strategy:\n", "strategy:\n", Code::E0709, "strategy"),
    ("rollout.yaml", "command: [\"./shop\", \"--verbose\"]", "command: ./shop", Code::E0711, "./shop"),
    (
        "workflow_template.yaml",
        "  entrypoint: main",
        "  entrypoint: main\n  entrypoint: build",
        Code::E0703,
        "entrypoint",
    ),
    ("workflow_template.yaml", "image: alpine:3.20", "image: alpine: 3.20", Code::E0701, ":"),
    ("workflow_template.yaml", "value: \"false\"", "value: false", Code::E0711, "false"),
    ("workflow_template.yaml", "enum: [\"true\", \"false\"]", "enum: []", Code::E0715, "[]"),
    ("sensor.yaml", "workflowTemplateRef", "workflowTemplate", Code::E0709, "workflowTemplate"),
    ("sensor.yaml", "operation: create", "operation: submit", Code::E0712, "submit"),
    ("application_set.yaml", "        revision: HEAD\n", "", Code::E0710, "git"),
    ("application_set.yaml", "prune: true", "prune: \"yes\"", Code::E0711, "\"yes\""),
    ("core.yaml", "  \"on\": \"yes\"", "  on: \"yes\"", Code::E0705, "on"),
    ("core.yaml", "periodSeconds: 10", "periodSecond: 10", Code::E0709, "periodSecond"),
    ("core.yaml", "          ports:\n", "        ports:\n", Code::E0701, "p"),
    ("core.yaml", "defaultMode: 0444", "defaultMode: \"0444\"", Code::E0711, "\"0444\""),
    (
        "core.yaml",
        "apiVersion: networking.k8s.io/v1\n",
        "apiVersion: networking.k8s.io/v1beta1\n",
        Code::E0708,
        "networking.k8s.io/v1beta1",
    ),
    ("core.yaml", "tier: web", "tier: web tier", Code::E0718, "web tier"),
    ("core.yaml", "password: aHVudGVyMg==", "password: hunter2", Code::E0714, "password"),
    ("core.yaml", "number: 80", "number: 8000000000", Code::E0713, "8000000000"),
    ("list.json", "\"kind\": \"Service\"", "\"kind\": \"Servce\"", Code::E0707, "\"Servce\""),
    ("list.json", "\"targetPort\": \"http\"", "\"targetPort\": {}", Code::E0711, "{}"),
    ("widget.yaml", "tags: [a, b]", "tags: [a, b, b]", Code::E0716, "b"),
    ("widget.yaml", "from: {file: a.txt}", "from: {file: a.txt, url: b}", Code::E0717, "from"),
    ("widget.yaml", "    data: {a: b}", "    data: {a: b}\n    dat: {}", Code::E0709, "dat"),
];

#[test]
fn each_seeded_fault_is_found_at_its_place_and_nothing_else() {
    assert!(FAULTS.len() >= 20);
    for (file, good, bad, code, characters) in FAULTS {
        let texts = read("verify/good", &["yaml", "json"]);
        let (_, bytes) = texts.iter().find(|(name, _)| name == file).expect("the file is there");
        let text = std::str::from_utf8(bytes).expect("it is text");
        let at = text.find(good).unwrap_or_else(|| panic!("{file} has no {good:?}"));
        let (sources, found) = one(file, &text.replacen(good, bad, 1));
        let said = render::short(&found.diagnostics, &sources);
        assert_eq!(codes(&found.diagnostics), [code.as_str()], "{file}: {bad}\n{said}");
        let span = found.diagnostics[0].primary.span;
        let shown = sources.slice(span);
        assert_eq!(shown, *characters, "{file}: {bad}\n{said}");
        // A field that is missing is told at what should have it, which stands before; all else within the change.
        let within = at..=at + bad.len();
        assert!(*code == Code::E0710 || within.contains(&span.range().start), "{file}: {bad}\n{said}");
    }
}

#[test]
fn nothing_is_found_in_generated_trees_as_far_as_schemas_are_known() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("generated");
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name() {
        let path = entry.expect("the trees can be listed").into_path();
        if path.extension().is_some_and(|ending| ending == "yaml" || ending == "json") {
            files.push((path.display().to_string(), std::fs::read(&path).expect("a file can be read")));
        }
    }
    let sources = SourceMap::decoded(files);
    let options = Options { ignore_missing_schemas: true, ..Options::default() };
    let found = held(&sources, &Catalogue::core(), options);
    assert_eq!(render::short(&found.diagnostics, &sources), "");
    assert!(found.objects > 80 && found.kinds.len() >= 9, "only {} of {:?}", found.objects, found.kinds);
    assert!(found.without_schema > 20, "{}", found.without_schema);
}

#[test]
fn no_form_of_output_has_what_is_in_a_secret() {
    let texts = [
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  a: hunter2!\n  b: hunter2@\nstringData: {c: 20242024}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  a: hunter2: x\n  b: |\n    hunter2\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: *hunter2, b: hunter2@ }\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: {{ .hunter2 }}, b: hunter2}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndat:\n  a: hunter2\nstringData: [hunter2]\n",
        "apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  apiVersion: v1\n  metadata: {name: a}\n  stringData: {a: {b: hunter2}}\n",
    ];
    for text in texts {
        let (sources, found) = one("secret.yaml", text);
        assert!(!found.diagnostics.is_empty(), "{text}");
        let list = &found.diagnostics;
        let forms = [
            render::pretty(list, &sources, Shown { color: false, width: 80 }),
            render::short(list, &sources),
            render::json(list, &sources),
            render::sarif(list, &sources),
            render::github(list, &sources),
        ];
        for form in forms {
            assert!(!form.contains("hunter2") && !form.contains("20242024"), "{form}");
        }
    }
}

/// What readers of a file may come across: text of any kind, and pieces of manifests in any order.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "apiVersion: v1\n",
        "kind: Secret\n",
        "kind: List\n",
        "items:\n",
        "- ",
        "  ",
        "\t",
        "{",
        "}",
        "[",
        "]",
        ": ",
        ",",
        "&a ",
        "*a",
        "<<: ",
        "? ",
        "|\n",
        ">-\n",
        "\"",
        "'",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "!!str ",
        "!x ",
        "#",
        "\r\n",
        "\u{feff}",
        "\u{85}",
        "é",
        "𝄞",
        "{{ x }}",
        "on",
        "0x_",
        "1e9",
        "metadata: {name: a}\n",
        "spec:\n",
        "data:\n",
        "~",
        "\0",
        "\\u",
        "=",
    ]);
    let text = prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![3 => text, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

/// A good manifest with some of its bytes lost, doubled or replaced.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let good = read("verify/good", &["yaml", "json"]).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    let change = (any::<prop::sample::Index>(), 0..5usize, any::<u8>());
    (prop::sample::select(good), prop::collection::vec(change, 1..6)).prop_map(|(mut bytes, changes)| {
        for (at, what, byte) in changes {
            let at = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match what {
                0 if !bytes.is_empty() => drop(bytes.remove(at)),
                1 => bytes.insert(at, b" :-{}[]\n\t\"'&*|"[usize::from(byte) % 14]),
                2 => bytes.truncate(at),
                3 => bytes.extend_from_within(at..),
                _ if !bytes.is_empty() => bytes[at] = byte,
                _ => {}
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop_oneof![hostile(), damaged()]) {
        let sources = SourceMap::decoded([("a.yaml".to_owned(), bytes)]);
        let named = BTreeSet::from(["a.yaml".to_owned()]);
        // Reading the schemas anew each time would take longer than all else.
        thread_local! { static SCHEMAS: Catalogue = schemas(); }
        let found = SCHEMAS.with(|schemas| held(&sources, schemas, Options { named: Some(&named), ..Options::default() }));
        rendered(&sources.masked(&found.secrets), &found.diagnostics);
        prop_assert!(found.diagnostics.iter().all(|diagnostic| !diagnostic.help.is_empty()));
    }

    #[test]
    fn no_schema_makes_it_panic(bytes in hostile()) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let schema = format!("kind: CustomResourceDefinition\nspec: {{group: g, names: {{kind: K}}}}\n{text}");
        let _ = Catalogue::read(&SourceMap::new([("crd.yaml".to_owned(), schema)]));
    }
}

/// No nesting, number or size of anything makes it run on; each of these would, if something were looked for from its
/// start again and again.
#[test]
fn large_files_are_read_in_one_go() {
    let head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let lines = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let cases = [
        (format!("{head}x: {}", "[".repeat(100_000)), 1),
        (format!("{head}x: {}", "{a: ".repeat(100_000)), 1),
        (lines(5_000, &|at| format!("{}- \n", " ".repeat(at % 300))), 1),
        (format!("{head}{}", lines(20_000, &|at| format!("field{at}: 1\n"))), 20_000),
        (lines(20_000, &|_| "a: b: c\n---\n".to_owned()), 20_000),
        (format!("{head}data: {{{}}}\n", lines(20_000, &|at| format!("k{at}: on, "))), 20_000),
        (format!("{head}data: {{{}}}\n", "a: b, ".repeat(20_000)), 19_999),
    ];
    for (text, least) in cases {
        let (sources, found) = one("large.yaml", &text);
        assert!(found.diagnostics.len() >= least, "{}", found.diagnostics.len());
        assert!(
            render::pretty(&found.diagnostics, &sources, Shown { color: false, width: 80 }).contains("large.yaml:")
        );
    }
}

#[test]
fn cycles_of_schemas_end() {
    let api = r##"{"definitions": {
        "A": {"$ref": "#/definitions/B", "x-kubernetes-group-version-kind": [{"group": "g", "version": "v1", "kind": "A"}]},
        "B": {"$ref": "#/definitions/A"},
        "C": {"allOf": [{"$ref": "#/definitions/C"}], "properties": {"c": {"$ref": "#/definitions/C"}, "metadata": {}},
              "x-kubernetes-group-version-kind": [{"group": "g", "version": "v1", "kind": "C"}]}
    }}"##;
    let catalogue = Catalogue::read(&SourceMap::new([("api.json".to_owned(), api.to_owned())])).expect("it is one");
    let text = "apiVersion: g/v1\nkind: A\nmetadata: {name: a}\nx: 1\n---\n\
                apiVersion: g/v1\nkind: C\nmetadata: {name: a}\nc: {c: {c: {d: 1}}}\n";
    let found = held(&SourceMap::new([("a.yaml".to_owned(), text.to_owned())]), &catalogue, Options::default());
    assert_eq!(codes(&found.diagnostics), ["E0709"], "{:?}", found.diagnostics);
}

/// The table of the kinds that every cluster has is of the version of k8s-openapi that the crate uses.
#[test]
fn the_schemas_of_the_program_are_of_the_types_of_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("a file is there");
    let version = |text: &str| {
        let (_, rest) = text.split_once("name = \"k8s-openapi\"\nversion = \"").expect("k8s-openapi is locked");
        rest.split('"').next().unwrap_or_default().to_owned()
    };
    assert_eq!(version(&read("Cargo.lock")), version(&read("tests/core-schemas/Cargo.lock")), "see tests/core-schemas");
    let feature = |text: &str| {
        let (_, rest) = text.split_once("k8s-openapi = {").expect("it is a dependency");
        rest.split("\"v1_").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned)
    };
    assert_eq!(feature(&read("Cargo.toml")), feature(&read("tests/core-schemas/Cargo.toml")));
}

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
    let mut runner = TestRunner::deterministic();
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

// From here on the program.

const DEPLOYMENT: &str = include_str!("../verify/good/core.yaml");

/// A folder with schemas and a cache of its own.
fn folder() -> Folder {
    let mut folder = Folder::new();
    for (name, bytes) in read("verify/crds", &["yaml", "json"]) {
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
