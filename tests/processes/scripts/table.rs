//! What holds for the text of every script.

use std::collections::BTreeSet;
use std::process::Command;

use pipelinec::providers;
use pipelinec::providers::builder::BUILD_WITH_BUILDKIT;
use pipelinec::schema::stages::{STAGES, StageId};
use pipelinec::steps::gitops::{Action, GITOPS};
use pipelinec::steps::wait::WAIT;
use pipelinec::steps::{Given, Input, Presence};

use super::support::{CLIENT_FLAGS, World, has_program};

/// The upper-case variables that a script reads: `$NAME` and `${NAME…`.
fn variables(source: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for (at, _) in source.match_indices('$') {
        let rest = source[at + 1..].trim_start_matches('{');
        let end =
            rest.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')).unwrap_or(rest.len());
        let follows_lower = rest[end..].starts_with(|c: char| c.is_ascii_lowercase());
        if end > 1 && !follows_lower && rest.starts_with(|c: char| c.is_ascii_uppercase()) {
            found.insert(&rest[..end]);
        }
    }
    found
}

#[test]
fn each_script_reads_exactly_the_inputs_of_its_table() {
    for script in providers::steps() {
        let source = script.source();
        // The guards of the inputs read all of them, so what is left has to do so too.
        let body: String =
            source.lines().filter(|line| !line.starts_with("[ -n \"${")).flat_map(|line| [line, "\n"]).collect();
        let own = BTreeSet::from(["HOME", "TMPDIR", "PATH", "GIT_ASKPASS"]);
        let read: BTreeSet<_> = variables(&body).difference(&own).copied().collect();
        let listed: BTreeSet<_> = script.inputs.iter().map(|input| input.name).collect();
        let (secret, plain): (BTreeSet<_>, BTreeSet<_>) = listed.iter().copied().partition(|name| {
            script.inputs.iter().any(|input| input.name == *name && input.presence == Presence::Secret)
        });
        assert_eq!(read.difference(&secret).copied().collect::<BTreeSet<_>>(), plain, "{script:?}");
        for name in secret {
            assert!(body.contains(&format!("${}", name.to_ascii_lowercase())), "{script:?} does not use {name}");
            assert_eq!(source.matches(&format!("${{{name}:-}}")).count(), 1, "{script:?} reads {name} again");
        }
        assert_eq!(listed.len(), script.inputs.len(), "{script:?} lists an input twice");
        assert!(!source.contains("$ENV.") && !source.contains(" env."), "{script:?}: jq is given its values by name");
    }
}

/// The template, or a call, gives what a script must have, and nothing that it does not read.
#[test]
fn each_input_is_given_once_and_by_somebody() {
    for contract in providers::steps() {
        let given: Vec<_> = contract.variables.iter().map(|input| input.name).collect();
        let names: BTreeSet<_> = given.iter().copied().collect();
        assert_eq!(names.len(), given.len(), "{contract:?} is given a variable twice");
        let arguments: Vec<_> = contract.variables.iter().filter_map(argument).collect();
        assert_eq!(arguments.iter().collect::<BTreeSet<_>>().len(), arguments.len(), "{contract:?}");
        for input in contract.inputs {
            let default = matches!(input.presence, Presence::Optional(_)) && input.given == Given::Default;
            assert!(default != names.contains(input.name), "{contract:?}: {}", input.name);
        }
        for variable in contract.variables {
            let own = contract.inputs.iter().find(|input| input.name == variable.name);
            match own {
                Some(input) => assert_eq!(input.given, variable.given, "{contract:?}: {}", input.name),
                None => assert!(matches!(variable.given, Given::Literal(_)), "{contract:?}: {}", variable.name),
            }
        }
    }
}

/// The table of stages says how the steps of a stage are called, and the steps say it themselves.
#[test]
fn the_steps_of_a_stage_are_called_as_its_row_says() {
    for row in &STAGES {
        let own = match row.id {
            StageId::Build => BUILD_WITH_BUILDKIT.template,
            StageId::StageEnv => Action::Open.word(),
            StageId::WaitForSync => WAIT.template,
            StageId::Deploy | StageId::Canary => Action::Promote.word(),
            StageId::Teardown => Action::Close.word(),
            StageId::Migrate | StageId::Test | StageId::Run | StageId::Cleanup | StageId::Approve => row.block.word,
        };
        assert_eq!(row.step, own, "`{}`", row.block.word);
    }
}

fn argument(input: &Input) -> Option<&'static str> {
    match input.given {
        Given::Argument(name) | Given::Optional(name) => Some(name),
        Given::Default | Given::Literal(_) | Given::Seconds(_) | Given::Fact(_) | Given::OwnDigest => None,
    }
}

#[test]
fn each_script_is_plain_shell_that_argo_leaves_alone() {
    let world = World::empty();
    for script in providers::steps() {
        let source = script.source();
        assert!(source.starts_with("#!/bin/sh\n"), "{script:?}");
        assert!(!source.contains("{{"), "{script:?} has a template");
        assert_eq!(source.matches("\nset -eu\n").count(), 1, "{script:?}");
        assert!(
            !source.contains('\t') && !source.contains(" \n") && source.is_ascii(),
            "{script:?} is not a clean block of YAML"
        );
        assert!(source.len() < 100_000, "{script:?} is too long for one argument of a process");
        world.write("script.sh", &source);
        for shell in [&["sh"][..], &["dash"], &["busybox", "sh"], &["bash", "--posix"]] {
            if has_program(shell[0]) {
                let status = Command::new(shell[0]).args(&shell[1..]).arg("-n").arg(world.path("script.sh")).status();
                assert!(status.expect("a shell").success(), "{script:?} under {shell:?}");
            }
        }
    }
}

/// With one of these kubectl asks another server than that of its pod.
#[test]
fn kubectl_gets_no_client_configuration() {
    for script in providers::steps() {
        let source = script.source();
        let code: Vec<_> = source.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        let words: BTreeSet<_> = code
            .iter()
            .flat_map(|line| line.split(|c: char| c.is_whitespace() || "=\"'".contains(c)))
            .filter(|word| CLIENT_FLAGS.contains(word) || *word == "KUBERNETES_MASTER")
            .collect();
        assert_eq!(words, BTreeSet::new(), "{script:?}");
        // Whoever talks to the cluster does so in one place.
        let calls = code.iter().filter(|line| line.contains("kubectl \"$@\"")).count();
        let named = code.iter().filter(|line| line.split_whitespace().any(|word| word == "kubectl")).count();
        assert!(calls <= 1 && named <= calls, "{script:?} calls kubectl in more than one place");
    }
}

/// Every request to git or the cluster is checked for failure: no failure is ignored silently.
#[test]
fn no_failure_of_git_or_of_the_cluster_is_ignored() {
    // This one fails when there is no such thing, and says so by that.
    const ASKS_WHETHER: &str = "rev-parse -q --verify";
    for script in providers::steps() {
        for line in script.source().lines().filter(|line| !line.trim_start().starts_with('#')) {
            let asks = ["git ", "gitops ", "ask_cluster ", "look ", "look_at "].iter().any(|call| line.contains(call));
            let silent = line.contains("2>/dev/null") || line.contains("|| true") || line.contains("|| :");
            assert!(!(asks && silent) || line.contains(ASKS_WHETHER), "{script:?}: {line}");
        }
    }
}

#[test]
fn shellcheck_finds_nothing() {
    if !has_program("shellcheck") {
        return;
    }
    let world = World::empty();
    for script in providers::steps() {
        world.write("script.sh", &script.source());
        let output =
            Command::new("shellcheck").args(["-s", "sh"]).arg(world.path("script.sh")).output().expect("shellcheck");
        assert!(output.status.success(), "{script:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn every_required_input_is_missed_by_name() {
    let world = World::empty();
    for script in providers::steps() {
        let mut run = world.run(script);
        for input in script.inputs {
            run = run.set(input.name, "x");
        }
        for input in script.inputs.iter().filter(|input| input.presence == Presence::Required) {
            run = run.unset(input.name);
            run.fails(&[&format!("{} is empty, expected", input.name)]);
            run = run.set(input.name, "x");
        }
    }
}

#[test]
fn the_outputs_of_the_table_are_what_is_written() {
    let names: Vec<_> = GITOPS.outputs.iter().map(|output| output.name).collect();
    assert_eq!(names, ["namespace", "salt", "tree", "images", "changes", "superseded", "restored"]);
    let world = World::new();
    world.act("roll-back").succeeds();
    let mut written: Vec<_> =
        std::fs::read_dir(world.path("out")).expect("outputs").flatten().map(|entry| entry.file_name()).collect();
    written.sort();
    let mut names = names;
    names.sort_unstable();
    assert_eq!(written, names);
}
