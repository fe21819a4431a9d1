//! Text that is hard to write as YAML.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

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

/// Any text, and most often one that is hard.
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

/// Any value, with such texts in it.
pub fn tree() -> impl Strategy<Value = Value> {
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

/// The text in every position that a manifest may have it in.
pub fn everywhere(text: &str) -> Value {
    json!({"value": text, text: "key", "list": [text, [text], {"first": text, text: text}], "nested": {"deep": {text: {"value": text}}}})
}
