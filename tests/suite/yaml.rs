//! Whatever the text, what is written is what is read: by the crate that writes it, and by a reader of YAML 1.1.

use pipelinec::kube::Object;
use pipelinec::render::{document, to_json, to_yaml};
use proptest::prelude::*;
use serde_json::{Value, json};
use testkit::property;
use testkit::yaml::{HOSTILE, everywhere, text, tree};
use testkit::yaml11;

/// What both readers see: the crate that writes, and one of YAML 1.1 that has nothing to do with it.
fn read(yaml: &str) -> Value {
    let read = serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    assert_eq!(yaml11::document(yaml), read, "{yaml}");
    read
}

proptest! {
    #![proptest_config(property::cases(512))]

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
