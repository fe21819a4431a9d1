//! The reader of YAML 1.1 takes nothing for a text that some other reader takes for something else.

use serde_json::json;
use testkit::yaml11::document;

#[test]
fn plain_text_of_other_types_is_no_text() {
    for text in [
        "on",
        "No",
        "y",
        "~",
        "Null",
        "1_000",
        "0777",
        "0o7",
        "0b1",
        "0x1F",
        "1e3",
        "1.",
        ".5",
        "-.INF",
        ".NaN",
        "12:30",
        "190:20:30.15",
        "2024-01-01",
        "2001-12-14t21:59:43.10-05:00",
        "+1",
        "<<",
        "=",
        "1__0",
        "-0x_a",
        "6.8523015e+5",
    ] {
        let read = document(&format!("a: {text}\n"));
        assert!(read["a"].is_object(), "{text}: {read}");
        assert!(document(&format!("{text}: a\n")).get(text).is_none(), "{text} as a key");
        assert_eq!(document(&format!("a: \"{text}\"\n"))["a"], text);
    }
    let plain = document("a: -12\nb: 0.25\nc: v1.2\nd: true\ne: 1Gi\nf: 10m\ng: a:b\nh: .gitignore\ni: 1.2.3-x\n");
    assert_eq!(
        plain,
        json!({"a": -12, "b": 0.25, "c": "v1.2", "d": true, "e": "1Gi", "f": "10m", "g": "a:b", "h": ".gitignore", "i": "1.2.3-x"})
    );
}
