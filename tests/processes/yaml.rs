//! Whatever the text, what is written is what kubectl reads.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use pipelinec::kube::Object;
use pipelinec::render::document;
use proptest::strategy::{Strategy as _, ValueTree as _};
use serde_json::{Value, json};
use testkit::property;
use testkit::yaml::{HOSTILE, everywhere, text, tree};

/// kubectl reads YAML as the API server's other clients do; it needs no server for this.
#[test]
fn kubectl_reads_what_is_written() {
    if Command::new("kubectl").args(["version", "--client"]).output().is_err() {
        println!("skipped: no kubectl");
        return;
    }
    let mut runner = property::runner();
    let texts = HOSTILE.iter().map(|&text| everywhere(text));
    let random = (0..1500).map(|_| everywhere(&text().new_tree(&mut runner).expect("a text").current()));
    let mut tree_runner = property::runner();
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
