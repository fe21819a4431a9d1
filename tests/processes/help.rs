//! What the program says of itself: help, tips, completions and the manual page.

use crate::support::{Folder, Run as _};
use clap::CommandFactory as _;
use pipelinec::cli::args::Args;
use std::io::Write as _;
use std::process::{Command, Stdio};
use testkit::commands::{commands, parses};

/// All verbs.
fn verbs() -> Vec<String> {
    let verbs: Vec<_> = Args::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    assert!(verbs.len() > 5, "{verbs:?}");
    verbs
}

#[test]
fn the_help_of_each_verb_has_examples_that_can_be_run() {
    let folder = Folder::new();
    let mut count = 0;
    for verb in std::iter::once(None).chain(verbs().iter().map(|verb| Some(verb.as_str()))) {
        let args: Vec<_> = verb.into_iter().chain(["--help"]).collect();
        let ran = folder.run(&args);
        let (_, examples) = ran.ends(0).stdout.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{}", ran.stdout));
        let lines = examples.lines().take_while(|line| !line.is_empty());
        for line in lines {
            // What an example does stands two spaces behind it.
            for words in commands(line.trim().split("  ").next().unwrap_or_default()) {
                parses(&words);
                assert!(verb.is_none_or(|verb| words[1] == verb), "{line}");
                count += 1;
            }
        }
    }
    assert!(count > 20, "only {count} examples were found");
    assert!(folder.run(&["--version"]).ends(0).stdout.starts_with("pipelinec "));
}

#[test]
fn what_is_misspelt_gets_a_tip() {
    let folder = Folder::new();
    for (args, tip) in [
        (&["biuld"][..], "  tip: a similar subcommand exists: 'build'\n"),
        (&["complete"], "  tip: a similar subcommand exists: 'completions'\n"),
        (&["build", "--chek"], "  tip: a similar argument exists: '--check'\n"),
        (&["fmt", "--quite"], "  tip: a similar argument exists: '--quiet'\n"),
        (&["init", "--colour", "never"], "  tip: a similar argument exists: '--color'\n"),
        (&["check", "--format", "jsn"], "  tip: a similar value exists: 'json'\n"),
        (&["completions", "bsh"], "  tip: a similar value exists: 'bash'\n"),
    ] {
        let ran = folder.run(args);
        assert!(ran.ends(2).stderr.contains(tip), "{}", ran.stderr);
    }
}

/// Each verb takes the options of all, before it and behind it, and follows `--color` also where it is not run at all.
#[test]
fn the_options_of_all_verbs_go_with_each() {
    let folder = Folder::new();
    for verb in &verbs() {
        for color in ["auto", "always", "never"] {
            let escapes = |args: &[&str]| folder.run(args).ends(0).stdout.contains('\u{1b}');
            assert_eq!(escapes(&["--quiet", "--color", color, verb, "--help"]), color == "always", "{verb} {color}");
            assert_eq!(escapes(&[verb, &format!("--color={color}"), "-q", "-h"]), color == "always", "{verb} {color}");
            let wrong = folder.run(&[verb, "--no-such-option", "--color", color]);
            assert_eq!(wrong.ends(2).stderr.contains('\u{1b}'), color == "always", "{verb} {color}");
        }
    }
    // Pages are what was asked for, so they are printed in any case, and without colours.
    for args in [&["completions", "bash"][..], &["man"], &["explain"]] {
        let ran = folder.run(&[args, &["--quiet", "--color=always"]].concat());
        assert!(ran.ends(0).stdout.lines().count() > 20 && !ran.stdout.contains('\u{1b}'), "{args:?}");
        assert_eq!(ran.stderr, "");
    }
}

#[test]
fn each_shell_gets_a_script_that_knows_every_verb() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.run(&["completions", shell]).ends(0).stdout.clone();
        assert!(verbs().iter().all(|verb| script.contains(verb.as_str())), "{shell}");
        assert!(script.contains("target"), "{shell} does not know the options of a verb");
        let checker =
            Command::new(shell).args(["-n", "/dev/stdin"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
        // Which shells there are is up to the machine; bash is everywhere where the other tests run.
        let Ok(mut checker) = checker else {
            assert_ne!(shell, "bash");
            continue;
        };
        checker.stdin.take().expect("a pipe").write_all(script.as_bytes()).expect("the shell reads");
        let output = checker.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn bash_completes_verbs_and_values() {
    let script = Folder::new().run(&["completions", "bash"]).ends(0).stdout.clone();
    let completed = |words: &str, at: usize| {
        let ask = format!(
            "{script}\nCOMP_WORDS=({words}); COMP_CWORD={at}; _pipelinec pipelinec \"${{COMP_WORDS[{at}]}}\" \
             \"${{COMP_WORDS[{at}-1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let output = Command::new("bash").args(["-c", &ask]).output().expect("bash runs");
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    };
    assert_eq!(completed("pipelinec bu", 1), "build");
    assert_eq!(completed("pipelinec check --format gi", 3), "github");
}

#[test]
fn the_manual_page_tells_of_every_verb_and_option() {
    let page = Folder::new().run(&["man"]).ends(0).stdout.clone();
    assert!(page.contains("\n.TH pipelinec 1 "), "{page}");
    for verb in Args::command().get_subcommands() {
        let name = verb.get_name();
        let heading = format!("\n.SH \"PIPELINEC {}\"\n", name.to_uppercase());
        let (_, section) = page.split_once(&heading).unwrap_or_else(|| panic!("no section {heading}"));
        let section = section.split("\n.SH ").next().unwrap_or_default();
        assert!(section.contains("\n.SS EXAMPLES\n.nf\n"), "{section}");
        for long in verb.get_arguments().filter_map(clap::Arg::get_long) {
            let escaped = long.replace('-', "\\-");
            assert!(section.contains(&format!("\\-\\-{escaped}")), "{name} --{long}:\n{section}");
        }
    }
}
