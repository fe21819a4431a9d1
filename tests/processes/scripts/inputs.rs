//! Every input of every script, with text that would like to be more than text: it is refused by its name, or it stays text.

use std::path::Path;

use pipelinec::providers::builder::BUILD_WITH_BUILDKIT;
use pipelinec::steps::Contract;
use pipelinec::steps::Presence;
use pipelinec::steps::check::CHECK;
use pipelinec::steps::gitops::GITOPS;
use pipelinec::steps::gone::GONE;
use pipelinec::steps::janitor::JANITOR;
use pipelinec::steps::restart::RESTART;
use pipelinec::steps::wait::WAIT;
use serde_json::json;

use super::support::{Run, TOKEN, VERSION, World, digest};

/// What the world may send. What it would run is `touch PWNED`.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "$(touch PWNED)",
        "`touch PWNED`",
        "a'; touch PWNED; '",
        "\"; touch PWNED; \"",
        "a\nb",
        "{{workflow.name}}",
        "\u{1f1ea}\u{1f1fa} \u{1f3f4}\u{e0067}\u{e007f}",
        "a\u{7}b",
        "\u{1b}[2J",
        "-x",
        "--upload-pack=touch PWNED",
        "../..",
        "ext::sh -c 'touch PWNED'",
        "\\(1+1) %s ${HOME} $$ *",
        "\u{202e}\u{feff}\u{85}",
    ]
    .map(str::to_owned)
    .into();
    texts.push("x".repeat(65_536));
    texts
}

/// Inputs that are free text; whatever else is in the table has a form.
const FREE: [&str; 12] = [
    "GIT_TOKEN",
    // The folder is the template's own.
    "GIT_TOKENS",
    "GITOPS_TOKEN",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "WORKFLOW_NAME",
    "WORKFLOW_UID",
    "BRANCH",
    "PIPELINE_DIGEST",
    "SHARED_DIGEST",
    "STEPS_DIGEST",
    // The folder for the outputs is the template's own.
    "OUT",
];

const ACTIONS: [&str; 6] = ["open", "enter", "promote", "settle", "roll-back", "close"];

/// Whether the action looks at the input.
fn is_used(presence: Presence, name: &str, action: &str) -> bool {
    match (presence, name) {
        (Presence::For(actions), _) => actions.contains(&action),
        (_, "IMAGES") => ["open", "enter", "promote"].contains(&action),
        _ => true,
    }
}

#[track_caller]
fn refuses(run: &Run, input: &str) {
    let outcome = run.fails(&[]);
    // The reason is about the input. Nearly everything may be the name of a branch: then there is none of that name.
    let named = [format!("{input} is '"), format!("{input} has the line"), format!("{input}: ")];
    let named = named.iter().any(|begin| outcome.stderr.contains(begin));
    assert!(
        named || input.ends_with("BRANCH") && outcome.stderr.contains("has no branch"),
        "{input}: {}",
        outcome.stderr
    );
    // A longer text is not shown as a whole.
    assert!(outcome.said().len() < 2_000, "{input}: {}", outcome.said().len());
}

#[test]
fn what_has_a_form_is_refused_by_name_in_every_action() {
    let world = World::new();
    let texts = hostile();
    let mut runs = 0;
    for (number, action) in ACTIONS.iter().enumerate() {
        for (place, input) in GITOPS.inputs.iter().enumerate() {
            if FREE.contains(&input.name) || !is_used(input.presence, input.name, action) {
                continue;
            }
            // Each input has another text in each action, and all of them together have had all.
            let at = place + number * 3;
            let long = (*action == "enter").then_some(&texts[texts.len() - 1]);
            for text in [&texts[at % texts.len()], &texts[(at + 8) % texts.len()]].into_iter().chain(long) {
                refuses(&world.act(action).set(input.name, text), input.name);
                runs += 1;
            }
        }
    }
    assert!(runs > 180, "{runs}");
    assert_eq!(world.commits(), 1);
    assert_unharmed(&world);
}

#[test]
fn what_has_a_form_is_refused_by_name_in_every_other_script() {
    let world = World::new();
    let with = |script: &'static Contract| {
        let run = world.run(script).set("REVISION", &world.head("ping")).set("SOURCE_URL", &world.url("ping"));
        let run =
            run.set("BRANCH", "main").set("PIPELINE", "ping").set("PIPELINE_DIGEST", "a").set("SHARED_DIGEST", "a");
        let run = run.set("STEPS_DIGEST", "a").set("TREE_PATH", "generated/homelab").set("REASON", "mixed");
        let run = run.set("SHARED_TEMPLATE", "pipelinec").set("WORKFLOW_UID", super::support::UID);
        let run = run.set("CONTEXT", "https://github.com/o/r.git").set("DESTINATION", "r.io/x").set("TAG", "v1");
        let run = run.set("NAMESPACE", VERSION).set("TIMEOUT_SECONDS", "5").set("PIPELINE_NAMESPACE", "pipeline");
        run.set("EXPECT", &json!({"ping": VERSION}).to_string()).set("TREE", &"f".repeat(40)).set("DIGESTS", &digest(1))
    };
    let texts = hostile();
    for script in [&CHECK, &RESTART, &BUILD_WITH_BUILDKIT, &WAIT, &GONE, &JANITOR] {
        for (place, input) in script.inputs.iter().enumerate() {
            // Only with an Application of the environment is there a tree to carry.
            let unused = input.name == "TREE";
            if FREE.contains(&input.name) && (input.name, script) != ("BRANCH", &CHECK) || unused {
                continue;
            }
            for at in [place, place + 5, place + 10, texts.len() - 1] {
                refuses(&with(script).set(input.name, &texts[at % texts.len()]), input.name);
            }
        }
    }
    let run = with(&WAIT).set("ENVIRONMENT_APPLICATION", VERSION);
    refuses(&run.set("TREE", "$(touch PWNED)"), "TREE");
    assert_eq!(world.asked(), "");
    assert_eq!(world.read("buildctl.log"), "");
    assert_eq!(world.commits(), 1);
    assert_unharmed(&world);
}

/// Free text changes nothing but what it says; one line of it at the most.
#[test]
fn free_text_is_only_text_in_every_action() {
    let world = World::new();
    world.stand(&json!({"ping": world.delivered("ping", &json!({}))}));
    let texts = hostile();
    for (number, action) in ACTIONS.iter().enumerate() {
        let mut run = world.act(action).set("FORCE", "true");
        let line = |at: usize| texts[at % texts.len()].replace(char::is_control, "");
        for (place, input) in ["WORKFLOW_NAME", "WORKFLOW_UID", "GIT_AUTHOR_NAME", "BRANCH"].iter().enumerate() {
            // What opens an environment is what closes it.
            let at = if *input == "WORKFLOW_UID" { 3 } else { place * 4 + number };
            run = run.set(input, &line(at));
        }
        run.set("GIT_AUTHOR_EMAIL", "bot@x")
            .set("GIT_TOKEN", &format!("{TOKEN}{}", texts[number]))
            .set("GITOPS_TOKEN", &texts[number + 1])
            .succeeds();
    }
    // Of the texts that are too long for a line of a commit, git keeps what is not a control character.
    assert_eq!(world.entry("ping")["state"], "deployed");
    assert_unharmed(&world);
}

/// Nothing was run, and no file was written but where files belong.
#[track_caller]
fn assert_unharmed(world: &World) {
    for entry in walkdir::WalkDir::new(world.path("")).into_iter().map(|entry| entry.expect("listed")) {
        assert_ne!(entry.file_name(), "PWNED", "{}", entry.path().display());
    }
    assert!(!Path::new("PWNED").exists());
}
