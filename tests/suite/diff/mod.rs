//! What a change of the sources does: each risk is called out for the edit that brings it and for no other, and what is
//! printed says what has changed and not where it moved.

mod changes;
mod comment;
mod risks;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use pipelinec::compile::compile;
use pipelinec::diff::render::{json, markdown, text};
use pipelinec::diff::risk::Code;
use pipelinec::diff::{ChangeKind, Diff, Trees, diff, fields};
use pipelinec::source::SourceMap;
use serde_json::{Value, json as value};

use testkit::fixtures::snapshot;
use testkit::review::{BASE, edited, words};

fn trees(text: &str) -> Trees {
    let compiled = compile(&SourceMap::new([("shop.pipe".to_owned(), text.to_owned())]));
    let errors: Vec<_> =
        compiled.diagnostics.iter().map(|report| format!("{}: {}", report.code, report.message)).collect();
    assert!(!compiled.trees.is_empty(), "{errors:?}\n{text}");
    compiled.trees
}

/// The trees of the program before it is edited.
fn base() -> &'static Trees {
    static TREES: LazyLock<Trees> = LazyLock::new(|| trees(BASE));
    &TREES
}

/// What each of the edits does.
fn compared() -> &'static [Diff] {
    static COMPARED: LazyLock<Vec<Diff>> =
        LazyLock::new(|| EDITS.iter().map(|(edits, _)| diff(base(), &trees(&edited(edits)))).collect());
    &COMPARED
}

fn codes(diff: &Diff) -> BTreeSet<Code> {
    diff.targets.values().flat_map(|target| &target.risks).map(|risk| risk.code).collect()
}

/// Edits, and the risks that they bring; the pods' restart comes with many.
type Edit = (&'static [(&'static str, &'static str)], &'static [Code]);

const EDITS: &[Edit] = &[
    (&[], &[]),
    (&[("environment staging {", "environment preview {"), ("staging", "preview")], &[Code::R01, Code::R06]),
    (
        &[("environment production", "environment production { namespace = \"live\" }")],
        &[Code::R02, Code::R01, Code::R06],
    ),
    (&[("service worker {", "service batch {")], &[Code::R05]),
    (
        &[(
            "service worker {",
            "service worker { patch \"Pod\" { spec = { hostNetwork = true, priorityClassName = \"low\" } },",
        )],
        &[Code::R04, Code::R22],
    ),
    (&[("LEVEL = \"info\"", "LEVEL = \"debug\"")], &[Code::R04]),
    (&[("at = \"shop/pay\"", "at = \"team/pay\"")], &[Code::R25]),
    (&[("/vault\"", "/other\"")], &[Code::R25]),
    (
        &[
            ("canary in production { steps = [20%, 5m, 50%, 5m], analyse = errors }", "deploy in production"),
            ("analysis errors {", "analysis errors { allow = [W0203], "),
        ],
        &[Code::R05, Code::R10],
    ),
    (&[("https://hooks.acme.io", "https://push.acme.io")], &[Code::R07]),
    (&[("{ timeout = 20m }", "{ timeout = 15m }")], &[Code::R08]),
    (&[("timeout = 5m }", "timeout = 4m }")], &[Code::R08]),
    (&[("ttl = 8h", "ttl = 7h")], &[Code::R08]),
    (&[("  test smoke in staging\n", ""), ("  task smoke {", "  task smoke { allow = [W0203], ")], &[Code::R09]),
    (&[(", analyse = errors", ""), ("analysis errors {", "analysis errors { allow = [W0203], ")], &[Code::R10]),
    (&[("50%, 5m]", "50%, 1m]")], &[Code::R11]),
    (&[("LEVEL = \"info\"", "LEVEL = database.writer")], &[Code::R12, Code::R04]),
    (&[("delivers = shop\n  on push\n", "delivers = shop\n  on push { except = [\"docs/**\"] }\n")], &[Code::R13]),
    (&[("host = \"shop.acme.io\"", "host = \"store.acme.io\"")], &[Code::R15]),
    (&[("at-most = 5%", "at-most = 6%")], &[Code::R16]),
    (&[("version = \"20.6.1\"", "version = \"21.0.0\"")], &[Code::R19]),
    (&[("helm { path = \"chart\",", "helm { path = \"chart\", release = \"old\",")], &[Code::R20]),
    (&[("replicas = 4", "replicas = 5")], &[]),
    (&[("environment production\n", "environment production { pod-security = restricted }\n")], &[Code::R27]),
    (&[("environment production\n", "environment production { labels = { team = \"shop\" } }\n")], &[]),
    (&[("volume index { at = \"/index\", size = 1Gi }", "volume index { at = \"/index\", size = 2Gi }")], &[Code::R23]),
    (&[("volume index { at = \"/index\", size = 1Gi }", "volume index { at = \"/index\" }")], &[Code::R05, Code::R24]),
    (&[("service indexer {", "service index {")], &[Code::R05, Code::R15, Code::R24]),
    (&[("    port = 8080\n", "    port = 8081, ports = { grpc = 9000 }\n")], &[Code::R04, Code::R15]),
    (
        &[("service worker {", "service worker { identity { annotations = { role = \"a\" }, token = on },")],
        &[Code::R04, Code::R06, Code::R22],
    ),
    (
        &[("service worker {", "service worker { in production { identity { account = \"jobs\" } },")],
        &[Code::R04, Code::R06],
    ),
    (
        &[(
            "service worker {",
            "service worker { sidecar proxy { image = code, cpu = 10m, memory = 16Mi, env = { KEY = database.writer } },",
        )],
        &[Code::R04, Code::R12],
    ),
    (
        &[
            ("  image code\n  service worker", "  image code { secrets = { npm = npm.token } }\n  service worker"),
            ("secret github", "secret npm { keys = [\"token\"] }\nsecret github"),
        ],
        &[Code::R12, Code::R26],
    ),
    (&SWAPPED, &[Code::R07, Code::R12, Code::R21]),
];

/// The two secrets of the project, each in the place of the other.
const SWAPPED: [(&str, &str); 4] = [
    ("credentials = gitops", "credentials = writer"),
    ("credentials = github", "credentials = gitops"),
    ("secret gitops { keys = [\"token\"] }", "secret gitops { keys = [\"token\", \"webhookSecret\"] }"),
    ("secret github { keys = [\"token\", \"webhookSecret\"] }", "secret writer { keys = [\"token\"] }"),
];

/// Comparisons in which everything is that a document can tell.
pub fn comparisons() -> Vec<Diff> {
    compared().iter().cloned().chain([diff(base(), &Trees::new()), diff(&Trees::new(), base())]).collect()
}

/// Trees of one target with these files.
fn tree(files: &[(&str, &str)]) -> Trees {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    Trees::from([("acme".to_owned(), files.collect())])
}

#[test]
fn each_edit_brings_its_risks_and_no_others() {
    let mut wrong = Vec::new();
    for ((edits, expected), found) in EDITS.iter().zip(compared()) {
        let found = codes(found);
        let expected: BTreeSet<_> = expected.iter().copied().collect();
        if found != expected {
            wrong.push(format!("{edits:?}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Risks that no edit of the program above brings: by objects as somebody may have written them.
#[test]
fn risks_of_objects_by_hand_are_seen_too() {
    let tree = |text: &str| -> Trees {
        let files = BTreeMap::from([("access/x.yaml".to_owned(), text.to_owned())]);
        BTreeMap::from([("acme".to_owned(), files.into_iter().collect())])
    };
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: n}\nrules:\n- apiGroups: ['']\n  resources: [pods]\n  verbs: [get]\n";
    let wider = role.replace("[get]", "[get, delete]");
    assert_eq!(codes(&diff(&tree(role), &tree(&wider))), BTreeSet::from([Code::R06]));
    assert_eq!(codes(&diff(&tree(&wider), &tree(role))), BTreeSet::new());
    let workload =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {app: a}}\n";
    assert_eq!(
        codes(&diff(&tree(workload), &tree(&workload.replace("app: a", "app: b")))),
        BTreeSet::from([Code::R03])
    );
    assert_eq!(codes(&diff(&tree(workload), &Trees::new())), BTreeSet::from([Code::R14]));
    assert_eq!(codes(&diff(&Trees::new(), &tree(workload))), BTreeSet::new());
    // Those of files that no sources make are brought in `edits`.
    let other = [Code::R06, Code::R03, Code::R14, Code::R17, Code::R18];
    let named: BTreeSet<_> = EDITS.iter().flat_map(|(_, codes)| codes.iter().copied()).chain(other).collect();
    assert_eq!(named, Code::ALL.iter().copied().collect(), "a risk that no test brings");
}

#[test]
fn a_change_reads_well_in_each_form() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff");
    let changed = std::fs::read_to_string(folder.join("review.pipe")).expect("the changed program");
    let found = diff(base(), &trees(&changed));
    snapshot(&folder, "review", &format!("{}\n----\n{}", text::text(&found, false), markdown::markdown(&found)));
    let read: Value = serde_json::from_str(&json::json(&found)).expect("JSON");
    assert_eq!(read["version"], 1);
    assert_eq!(read["targets"][0]["target"], "acme");
    let risk = &read["targets"][0]["risks"][0];
    assert_eq!((&risk["code"], &risk["level"]), (&value!("R09"), &value!("danger")));
    assert!(text::text(&found, false).lines().all(|line| !line.contains('\x1b')));
    assert!(text::text(&found, true).contains("\x1b[31m"));
}

#[test]
fn the_readme_shows_a_comparison_as_it_is_and_lists_every_risk() {
    let readme = include_str!("../../../README.md");
    let found = diff(base(), &trees(&edited(&[("50%, 5m]", "50%, 2m]")])));
    let shown = text::text(&found, false);
    assert!(readme.contains(shown.trim_end()), "{shown}");
    for code in Code::ALL {
        let line = format!("| `{code}` | {} | {} |", code.level().word(), code.title());
        assert!(readme.contains(&line), "{line}");
    }
}

#[test]
fn nothing_changes_where_nothing_has_changed() {
    let base = base();
    let found = diff(base, base);
    assert!(found.targets.is_empty());
    assert_eq!(text::text(&found, false), "no changes\n");
    // A comment changes the digest of no tree; a blank line either.
    assert!(diff(base, &trees(&format!("# hello\n\n{BASE}"))).targets.is_empty());
}

#[test]
fn an_object_with_another_name_is_one_that_was_renamed() {
    let found = diff(base(), &trees(&edited(&[("service worker {", "service batch {")])));
    let renamed: Vec<_> = found.targets["acme"]
        .objects
        .iter()
        .filter_map(|change| match &change.kind {
            ChangeKind::Renamed { from, fields } => {
                Some(format!("{} {} -> {} ({})", change.id.kind, from.name, change.id.name, fields.len()))
            }
            _ => None,
        })
        .collect();
    assert!(renamed.iter().any(|line| line == "Deployment jobs-worker -> jobs-batch (0)"), "{renamed:?}");
}

#[test]
fn items_are_matched_by_what_they_are_called() {
    let compare = |old: &Value, new: &Value| -> Vec<String> {
        let found = fields::compare(old, new);
        let show = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
        found.iter().map(|field| format!("{}: {} => {}", field.path, show(&field.old), show(&field.new))).collect()
    };
    let old = value!({ "env": [{ "name": "A", "value": "1" }, { "name": "B", "value": "2" }] });
    let new = value!({ "env": [{ "name": "C", "value": "3" }, { "name": "A", "value": "1" }, { "name": "B", "value": "4" }] });
    assert_eq!(compare(&old, &new), ["env[C]: - => {\"name\":\"C\",\"value\":\"3\"}", "env[B].value: \"2\" => \"4\""]);
    // What only moved is said to have moved.
    let moved = value!({ "env": [{ "name": "B", "value": "2" }, { "name": "A", "value": "1" }] });
    assert_eq!(compare(&old, &moved), ["env (order): [\"A\",\"B\"] => [\"B\",\"A\"]"]);
    // A group of steps is called like its steps; one that comes between others changes only itself.
    let steps = |names: &[&str]| -> Value {
        value!({ "steps": names.iter().map(|name| value!([{ "name": name }])).collect::<Vec<_>>() })
    };
    assert_eq!(compare(&steps(&["a", "c"]), &steps(&["a", "b", "c"])), ["steps[b]: - => [{\"name\":\"b\"}]"]);
    // Without names what is equal is matched, and JSON in a text is what it says.
    assert_eq!(
        compare(&value!({ "args": ["a", "b", "c"] }), &value!({ "args": ["a", "x", "b", "c"] })),
        ["args[1]: - => \"x\""]
    );
    assert_eq!(compare(&value!({ "p": "{\"a\": 1}" }), &value!({ "p": "{\"a\":2}" })), ["p.a: 1 => 2"]);
    assert_eq!(compare(&value!({ "a.b/c": 1 }), &value!({ "a.b/c": 2 })), ["[a.b/c]: 1 => 2"]);
    assert_eq!(compare(&value!([1, "1", null]), &value!([1, "1", null])), Vec::<String>::new());
}

#[test]
fn a_comment_is_never_longer_than_github_takes() {
    let app = |number: usize, level: &str| {
        format!(
            "app a{number} {{\n  source = \"github.com/acme/a{number}\"\n  image code\n  service {{ image = code, port = 80, cpu = 100m, memory = 128Mi, env = {{ LEVEL = \"{level}\" }} }}\n}}\npipeline a{number} {{\n  delivers = a{number}\n  on push\n  build\n  deploy in production\n  wait-for-sync in production\n}}\n"
        )
    };
    let program = |level: &str| -> String {
        let base: String = BASE.split("app shop").next().expect("a head").to_owned();
        let base = base
            .replace("analysis errors {", "analysis errors { allow = [W0203], ")
            .replace("secret database {", "secret database { allow = [W0203], ");
        let base = base.replace("environment staging {", "environment staging { allow = [W0203], ");
        base + &(0..90).map(|number| app(number, level)).collect::<String>()
    };
    let found = diff(&trees(&program("info")), &trees(&program(&"x".repeat(900))));
    let comment = markdown::markdown(&found);
    assert!(comment.len() <= 65_536, "{} characters", comment.len());
    assert!(comment.contains("are omitted"), "{}", &comment[comment.len() - 200..]);
    // What is hostile in a value stays text.
    let hostile = "</details> @acme/all | `x` ``` <script>";
    let found = diff(base(), &trees(&edited(&[("LEVEL = \"info\"", &format!("LEVEL = \"{hostile}\""))])));
    let comment = markdown::markdown(&found);
    let mut inside = false;
    let outside: Vec<_> = comment
        .lines()
        .filter(|line| {
            let fence = line.starts_with("```");
            inside ^= fence;
            !inside && !fence
        })
        .collect();
    let outside = outside.join("\n");
    assert!(!outside.contains("<script>") && !outside.contains("@acme"), "{outside}");
}
