//! Whatever the text, what is written is what is read: by the crate that writes it, by a reader of YAML 1.1 and by kubectl.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use pipelinec::kube::Object;
use pipelinec::render::{document, to_json, to_yaml};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::yaml11;

/// Text that some reader of YAML takes for something else, or that is hard to lay out.
pub const HOSTILE: &[&str] = &[
    "",
    " ",
    "\n",
    "\n\n",
    " \n",
    "\t",
    "\t\n",
    "a\n\tb\n",
    "\ta\nb",
    "\n\ta\n",
    " a\nb\n",
    "a \nb\n",
    "a\n \nb\n",
    "a\n\n\n",
    "a\r\nb\r\n",
    "\u{feff}a\nb",
    "#!/bin/bash\nset -eu\n\tx=1   \n\necho \"$x\"\n",
    "  indented\nback\n",
    "---\na\n",
    "...\n",
    "# comment\nx\n",
    "on",
    "off",
    "yes",
    "no",
    "y",
    "n",
    "Y",
    "NO",
    "true",
    "False",
    "null",
    "~",
    "Null",
    "<<",
    "=",
    "1_000",
    "0777",
    "0o7",
    "0b1",
    "0x1F",
    "1e3",
    "1.",
    ".5",
    ".inf",
    ".NaN",
    "-.INF",
    "12:30",
    "12:30:45",
    "0:1",
    "00:00",
    "127.0.0.1:8080",
    "1:20",
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "+1",
    "-",
    "- a",
    "?",
    "? a",
    ":",
    ": a",
    "a:",
    "a: b",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "!!str a",
    "|",
    ">",
    "%a",
    "@a",
    "`a",
    "'",
    "\"",
    "'a'",
    "\"a\"",
    "[a]",
    "{a}",
    "{{ .x }}",
    "{{=inputs.parameters['x'] == 'y'}}",
    "v{{workflow.uid}}",
    "{{a}}: {{b}}",
    "a, b",
    "a\\b",
    "\\n",
    "a\u{85}b",
    "a\u{2028}b\n",
    "\u{7f}",
    "\0",
    "\u{1b}[0m",
    "\u{fffe}",
    "\u{1f600}",
    "e\u{301}",
    "ends with space ",
    " starts",
    "tab\tinside",
    "*/5 * * * *",
    "sum(rate(x{service=\"a\"}[1m]))\n  / sum(rate(y[1m]))\n",
    "a very long line of text that is more than eighty characters wide, and must not be folded at all",
];

pub fn text() -> impl Strategy<Value = String> {
    let tricky = prop::sample::select(
        " \t\n\r#:-?,[]{}&*!|>'\"\"%@`\\~=<.+_019enoyNftaxb\u{85}\u{2028}\u{feff}\u{7f}é".chars().collect::<Vec<_>>(),
    );
    let collect = |chars: Vec<char>| chars.into_iter().collect::<String>();
    prop_oneof![
        4 => prop::collection::vec(tricky, 0..24).prop_map(collect),
        2 => prop::collection::vec(any::<char>(), 0..12).prop_map(collect),
        2 => prop::sample::select(HOSTILE).prop_map(str::to_owned),
        1 => prop::collection::vec(prop::sample::select(HOSTILE), 1..4).prop_map(|parts| parts.join("\n")),
    ]
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => text().prop_map(Value::String),
        1 => any::<i64>().prop_map(|number| json!(number)),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((text(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// What both readers see: the crate that writes, and one of YAML 1.1 that has nothing to do with it.
fn read(yaml: &str) -> Value {
    let read = serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    assert_eq!(yaml11::document(yaml), read, "{yaml}");
    read
}

/// The text in every position that a manifest may have it in.
fn everywhere(text: &str) -> Value {
    json!({"value": text, text: "key", "list": [text, [text], {"first": text, text: text}], "nested": {"deep": {text: {"value": text}}}})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back(text in text()) {
        let value = everywhere(&text);
        prop_assert_eq!(read(&to_yaml(&value)), value);
    }

    #[test]
    fn any_tree_comes_back(tree in tree()) {
        let value = json!({"tree": tree});
        let yaml = to_yaml(&value);
        prop_assert_eq!(read(&yaml), value.clone());
        prop_assert_eq!(serde_json::from_str::<Value>(&to_json(&value)).expect("JSON"), value);
    }

    #[test]
    fn a_script_is_a_block(lines in prop::collection::vec("[ -~\t]{0,40}", 2..12), indent in "[a-z#]") {
        let script = format!("{indent}{}\n", lines.join("\n"));
        let yaml = to_yaml(&json!({"source": script}));
        prop_assert!(yaml.starts_with("source: |"), "{}", yaml);
        prop_assert!(!yaml.starts_with("source: |-"), "{}", yaml);
        prop_assert_eq!(read(&yaml), json!({"source": script}));
    }
}

#[test]
fn hostile_text_comes_back() {
    for text in HOSTILE {
        let value = everywhere(text);
        assert_eq!(read(&to_yaml(&value)), value, "{text:?}");
    }
}

/// kubectl reads YAML as the API server's other clients do; it needs no server for this.
#[test]
fn kubectl_reads_what_is_written() {
    if Command::new("kubectl").args(["version", "--client"]).output().is_err() {
        println!("skipped: no kubectl");
        return;
    }
    let mut runner = TestRunner::deterministic();
    let texts = HOSTILE.iter().map(|&text| everywhere(text));
    let random = (0..1500).map(|_| everywhere(&text().new_tree(&mut runner).expect("a text").current()));
    let mut tree_runner = TestRunner::deterministic();
    let trees = (0..500).map(|_| tree().new_tree(&mut tree_runner).expect("a tree").current());
    let bodies: Vec<Value> = texts.chain(random).chain(trees).collect();
    let objects: Vec<Object> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| {
            // Chart values are free, so that nothing in them is arranged or dropped.
            let value = json!({"apiVersion": "example.com/v1", "kind": "Example", "metadata": {"name": format!("n{index}")}, "valuesObject": {"body": body}});
            Object::from_value(value).expect("an object")
        })
        .collect();
    let yaml = document("generated for a test", &objects.iter().collect::<Vec<_>>());

    let home = std::env::temp_dir();
    let mut kubectl = Command::new("kubectl")
        .args(["label", "--local", "-f", "-", "zz=b", "-o", "json"])
        .env("HOME", &home)
        .env_remove("KUBECONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kubectl starts");
    let mut stdin = kubectl.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || stdin.write_all(yaml.as_bytes()));
    let output = kubectl.wait_with_output().expect("kubectl ends");
    writer.join().expect("no panic").expect("kubectl reads all");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let mut wrong = String::new();
    let mut seen = 0;
    for (index, object) in serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>().enumerate() {
        let object = object.expect("JSON");
        if object["valuesObject"]["body"] != bodies[index] {
            writeln!(wrong, "{:?}\nwas read as {:?}", bodies[index], object["valuesObject"]["body"])
                .expect("to a string");
        }
        seen += 1;
    }
    assert_eq!(wrong, "");
    assert_eq!(seen, bodies.len());
}

#[test]
fn the_layout_is_kubectls() {
    let value = json!({"a": [{"name": "on", "args": ["sh", "-c"], "env": []}, {"name": "{{ .x }}"}], "b": {"run": "#!/bin/sh\n\techo hi  \n\n"}, "c": "x: y"});
    assert_eq!(
        to_yaml(&value),
        "a:\n- name: \"on\"\n  args:\n  - sh\n  - -c\n  env: []\n- name: \"{{ .x }}\"\nb:\n  run: |+\n    #!/bin/sh\n    \techo hi  \n\nc: \"x: y\"\n"
    );
}

#[test]
fn json_and_templates_are_not_escaped() {
    for (text, yaml) in [
        (r#"[{"op": "replace"}]"#, r#"'[{"op": "replace"}]'"#),
        (r#"{{ printf "%s/x" .salt }}"#, r#"'{{ printf "%s/x" .salt }}'"#),
        (r#"it's: "a""#, r#"'it''s: "a"'"#),
        (r#"say "a""#, r#"say "a""#),
        ("{{=a['x'] == 'y'}}", "\"{{=a['x'] == 'y'}}\""),
    ] {
        assert_eq!(to_yaml(&json!({"a": text})), format!("a: {yaml}\n"));
    }
}

#[test]
fn a_header_stays_a_comment() {
    let object = Object::from_value(json!({"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "a"}}))
        .expect("an object");
    assert_eq!(
        document("from\nshop.pipe: \u{1b}x\r", &[&object, &object]),
        "# from shop.pipe: x\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n"
    );
    assert_eq!(document("nothing", &[]), "# nothing\n");
}
