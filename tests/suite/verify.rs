//! `verify`: manifests against schemas, by the library on the fixtures of `tests/verify`.
//!
//! `tests/verify/crds` are schemas, written by hand; `good` are manifests in which nothing is to be found; each file below
//! `errors` gives the codes of its first line, and what its snapshot shows.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use pipelinec::diag::render::{self, Options as Shown};
use pipelinec::diag::{Code, Diagnostic};
use pipelinec::source::SourceMap;
use pipelinec::verify::catalogue::{Catalogue, Library};
use pipelinec::verify::{Options, Verified, verify};
use proptest::prelude::*;

use testkit::fixtures::{bytes, files, rendered, snapshot, stem};
use testkit::property;

/// The schemas of the tests, beside those that every cluster has.
static SCHEMAS: LazyLock<Catalogue> = LazyLock::new(|| {
    let files = SourceMap::decoded(bytes("verify/crds", &["yaml", "json"]));
    Catalogue::read(&files).unwrap_or_else(|faults| panic!("{faults:?}"))
});

fn held(sources: &SourceMap, catalogue: &Catalogue, options: Options<'_>) -> Verified {
    let text = |number: usize| catalogue.texts.get(number).cloned();
    verify(sources, &Library::new(&catalogue.index, &text), options)
}

/// Some files, each of them named by the user, against the schemas of the tests.
pub fn verified(files: Vec<(String, Vec<u8>)>) -> (SourceMap, Verified) {
    let named: BTreeSet<_> = files.iter().map(|(name, _)| name.clone()).collect();
    let sources = SourceMap::decoded(files);
    let found = held(&sources, &SCHEMAS, Options { named: Some(&named), ..Options::default() });
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
fn each_fix_removes_its_error_and_causes_no_other() {
    let mut count = 0;
    for path in files("verify/errors", "yaml") {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let text = text.trim_start_matches('\u{feff}');
        let before = one("a.yaml", text).1.diagnostics;
        for diagnostic in before.iter().filter(|diagnostic| diagnostic.fix.is_some()) {
            let mut edits = diagnostic.fix.clone().expect("there is a fix").edits;
            edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
            let mut fixed = text.to_owned();
            edits.iter().for_each(|(span, new)| fixed.replace_range(span.range(), new));
            let after = one("a.yaml", &fixed).1.diagnostics;
            // A kind that is right at last has fields to complain of.
            let expected = if diagnostic.code == Code::E0707 { after.len() } else { before.len() - 1 };
            assert!(after.iter().all(|other| other.message != diagnostic.message), "{}: {fixed}", path.display());
            assert_eq!(after.len(), expected, "{}: {} is not fixed: {after:?}", path.display(), diagnostic.message);
            count += 1;
        }
    }
    assert!(count > 10, "only {count} fixes");
}

#[test]
fn nothing_is_found_in_good_manifests() {
    let (sources, found) = verified(bytes("verify/good", &["yaml", "json"]));
    assert_eq!(render::short(&found.diagnostics, &sources), "");
    assert_eq!((found.objects, found.kinds.len(), found.files), (16, 14, 8));
    assert!(found.passed_over.is_empty(), "{:?}", found.passed_over);
}

/// A valid manifest, a replacement in it, the code of the resulting error, and the characters at which it is reported.
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
        let texts = bytes("verify/good", &["yaml", "json"]);
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
fn no_output_format_contains_the_value_of_a_secret() {
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
    let segments = prop::sample::select(vec![
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
    let text = prop::collection::vec(segments, 0..60).prop_map(|segments| segments.concat().into_bytes());
    prop_oneof![3 => text, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

/// A good manifest with some of its bytes lost, doubled or replaced.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let good = bytes("verify/good", &["yaml", "json"]).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
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
    #![proptest_config(property::cases(300))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop_oneof![hostile(), damaged()]) {
        let sources = SourceMap::decoded([("a.yaml".to_owned(), bytes)]);
        let named = BTreeSet::from(["a.yaml".to_owned()]);
        let found = held(&sources, &SCHEMAS, Options { named: Some(&named), ..Options::default() });
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
                apiVersion: g/v1\nkind: C\nmetadata: {name: a}\nc: @\n";
    // Each level of a value is validated once, or this would never end.
    let deep = format!("{}{{d: 1}}{}", "{c: ".repeat(30), "}".repeat(30));
    let text = text.replace('@', &deep);
    let found = held(&SourceMap::new([("a.yaml".to_owned(), text)]), &catalogue, Options::default());
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
    assert_eq!(version(&read("Cargo.lock")), version(&read("tests/schemas/Cargo.lock")), "see tests/schemas");
    let feature = |text: &str| {
        let (_, rest) = text.split_once("k8s-openapi = {").expect("it is a dependency");
        rest.split("\"v1_").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned)
    };
    assert_eq!(feature(&read("Cargo.toml")), feature(&read("tests/schemas/Cargo.toml")));
}
