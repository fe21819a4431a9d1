//! The table of states: every row is seen by a recorded sequence, the page shows it, and what it gives time for has that time.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use pipelinec::plan;
use pipelinec::steps::wait::states::{self, STATES, Verdict};
use serde_json::{Value, json};

use super::sequences;
use super::support::{VERSION, World, digest};
use crate::api::items;

const PAGE: &str = "grammar/guides/when-a-delivery-fails.md";

/// The names of the rows that the looks of all sequences show.
fn shown() -> BTreeSet<String> {
    let mut looks = Vec::new();
    for sequence in sequences::all() {
        let input = |name: &str| sequence.inputs.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        let expected: Value = input("EXPECT").map_or(Value::Null, |text| serde_json::from_str(text).expect("JSON"));
        let target = json!({"name": "production-ping", "change": expected["ping"].as_str().unwrap_or(VERSION),
            "instead_of": input("INSTEAD_OF").map_or("", String::as_str), "yields": input("YIELDS").is_some()});
        let change = |look: &Value| look.pointer("/metadata/annotations/pipelinec.dev~1change").cloned();
        let first = sequence.looks.first().and_then(change).unwrap_or_else(|| json!(""));
        for (kind, list) in [("application", &sequence.looks), ("rollout", &sequence.rollouts)] {
            // A text is an answer that did not come.
            for look in list.iter().flat_map(items).filter(|look| !look.is_string()) {
                looks.push(json!({"kind": kind, "object": look, "target": target, "first": first}));
            }
        }
    }
    let world = World::empty();
    world.write("looks.json", &json!(looks).to_string());
    let program = format!(
        "{}\n.[] | .target as $target | .first as $first | .kind as $kind | .object |
        if $kind == \"rollout\" then rollout_state([$digest]) else application_state($target; $first) end |
        .state, (.operation // empty)",
        states::program()
    );
    let mut jq = Command::new("jq");
    jq.args(["-r", "--arg", "digest", &digest(1), &program]).arg(world.path("looks.json"));
    let output = jq.output().expect("jq runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

#[test]
fn a_recorded_sequence_shows_every_row() {
    let all: BTreeSet<_> = STATES.iter().map(states::State::id).collect();
    assert_eq!(all.len(), STATES.len(), "two rows of one name");
    let shown = shown();
    let missing: Vec<_> = all.difference(&shown).collect();
    assert!(missing.is_empty(), "no sequence shows {missing:#?}");
}

/// A state that may pass has the time for it, in a wait that nobody has given less.
#[test]
fn what_may_pass_passes_before_the_wait_is_over() {
    for state in STATES {
        let seconds = match state.verdict {
            Verdict::Good | Verdict::Waiting | Verdict::Final => 0,
            Verdict::GoodAfter(seconds) | Verdict::Suspect(seconds) => seconds,
        };
        assert!(u64::from(seconds) * 2 <= plan::IMPLIED_WAIT, "{}: {seconds} s", state.id());
    }
}

#[test]
fn the_page_shows_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let document = fs::read_to_string(&path).expect("the page");
    let (before, rest) = document.split_once("<!-- states -->\n").expect("a place for the table");
    let (_, after) = rest.split_once("<!-- end -->").expect("its end");
    let wanted = format!("{before}<!-- states -->\n{}<!-- end -->{after}", states::page());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, wanted).expect("it can be written");
    } else {
        assert!(wanted == document, "{PAGE} is outdated: run `tests/renew`");
    }
}
