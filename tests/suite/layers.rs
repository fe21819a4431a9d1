//! What overrides what: a target's edits, `in ENV`, `defaults`; and one run reports the errors of all files.

use std::fmt::Write as _;

use insta::assert_snapshot;
use pipelinec::compile::compile;
use pipelinec::diag::render::short;
use pipelinec::diag::{Diagnostics, Severity};
use pipelinec::program::{self, Node};
use pipelinec::source::SourceMap;
use pipelinec::syntax::{self, ast};

/// What holds in a target, and in an environment if one is named: a line for each block, and for each attribute.
fn layered(text: &str, target: Option<&str>, environment: Option<&str>) -> String {
    let sources = SourceMap::new([("a.pipe".to_owned(), text.to_owned())]);
    let mut sink = Diagnostics::default();
    let files: Vec<_> = sources.iter().map(|(id, file)| syntax::parse(id, file, &mut sink)).collect();
    let program = program::validate(&files, &mut sink);
    let edits = target.map(|name| program.targets.iter().find(|node| node.name() == name).expect("the target"));
    let root = program::for_target(&program, edits, &mut sink);
    let found = sink.into_sorted();
    let errors: Vec<_> = found.iter().filter(|found| found.severity() == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let mut out = short(&found, &sources);
    let root = environment.map_or(root.clone(), |name| root.in_environment(Some(name)));
    root.blocks.iter().for_each(|node| show(node, 0, &mut out));
    out
}

fn show(node: &Node, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let place = node.only.as_ref().or(node.environment.as_ref());
    let place = place.map(|name| format!("in {}", name.value)).unwrap_or_default();
    let head = [node.spec.word.to_owned(), node.name(), place].into_iter().filter(|part| !part.is_empty());
    let _ = writeln!(out, "{indent}{}", head.collect::<Vec<_>>().join(" "));
    let attributes = |depth: usize, attributes: &[ast::Attr], out: &mut String| {
        for attribute in attributes {
            let value = value(&attribute.value);
            let _ = writeln!(out, "{}{} = {value}", "  ".repeat(depth), attribute.key.value);
        }
    };
    attributes(depth + 1, &node.attributes, out);
    for layer in &node.layers {
        let _ = writeln!(out, "{indent}  in {}", layer.environment.value);
        attributes(depth + 2, &layer.attributes, out);
    }
    node.blocks.iter().for_each(|block| show(block, depth + 1, out));
}

fn value(found: &ast::Value) -> String {
    match found {
        ast::Value::Text(text) => format!("{:?}", text.segments),
        ast::Value::Range(low, high) => format!("{}..{}", low.value, high.value),
        ast::Value::Quantity(measure) => measure.value.clone(),
        ast::Value::Bool(truth) => truth.value.to_string(),
        ast::Value::Ref(reference) => reference.to_string(),
        ast::Value::List(list) => format!("[{}]", list.values.iter().map(value).collect::<Vec<_>>().join(", ")),
        ast::Value::Map(map) => {
            let entry = |entry: &ast::Attr| format!("{} = {}", entry.key.value, value(&entry.value));
            format!("{{{}}}", map.entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

#[test]
fn a_target_replaces_values_and_lists_and_merges_maps_by_key() {
    let text = "
        app a { needs = [x, y], env = { A = 1, B = 2 }, service { port = 80, cpu = 1 } }
        target t { app a { needs = [z], env = { B = 3, C = 4 }, service { cpu = 2 }, helm { version = 5 } } }";
    assert_snapshot!(layered(text, Some("t"), None), @r"
    app a
      needs = [z]
      env = {A = 1, B = 3, C = 4}
      service
        port = 80
        cpu = 2
      helm
        version = 5
    ");
    assert_snapshot!(layered(text, None, None), @r"
    app a
      needs = [x, y]
      env = {A = 1, B = 2}
      service
        port = 80
        cpu = 1
    ");
}

#[test]
fn a_target_changes_the_stage_of_the_same_word_name_and_in() {
    let text = "
        pipeline p { wait-for-sync in a, wait-for-sync in b, test x in b }
        target t { pipeline p { wait-for-sync in b { timeout = 9m } } }";
    assert_snapshot!(layered(text, Some("t"), None), @r"
    pipeline p
      wait-for-sync in a
      wait-for-sync in b
        timeout = 9m
      test x in b
    ");
}

#[test]
fn an_in_outside_of_a_block_means_the_same_as_inside_and_in_the_head() {
    let inside = "app a { service { cpu = 1, in e { replicas = 2, route { path = 3 } } } }";
    let outside = "app a { in e { service { replicas = 2, route { path = 3 } } }, service { cpu = 1 } }";
    let head = "app a { service in e { replicas = 2, route { path = 3 } }, service { cpu = 1 } }";
    let expected = layered(inside, None, None);
    assert_snapshot!(expected, @r"
    app a
      service
        cpu = 1
        in e
          replicas = 2
        route in e
          path = 3
    ");
    assert_eq!(layered(outside, None, None), expected);
    assert_eq!(layered(head, None, None), expected);
    assert_snapshot!(layered(inside, None, Some("e")), @r"
    app a
      service
        cpu = 1
        replicas = 2
        route in e
          path = 3
    ");
    assert_snapshot!(layered(inside, None, Some("f")), @r"
    app a
      service
        cpu = 1
    ");
}

#[test]
fn what_is_written_in_parts_for_one_environment_is_one_block() {
    let text = "app a { in e { helm { path = 1 } }, in e { helm { values = [2] } }, helm in f { path = 3 } }";
    assert_snapshot!(layered(text, None, None), @r"
    app a
      helm in e
        path = 1
        values = [2]
      helm in f
        path = 3
    ");
}

#[test]
fn a_target_edits_what_holds_in_one_environment() {
    let text = "
        app a { service { cpu = 1, in e { cpu = 2, env = { A = 1 } } } }
        target t { app a { service in e { cpu = 3, env = { B = 2 } } } }
        target u { app a { service { cpu = 4, env = { C = 3 } } } }";
    assert_snapshot!(layered(text, Some("t"), Some("e")), @r"
    app a
      service
        cpu = 3
        env = {A = 1, B = 2}
    ");
    // A target loses to an `in` block that it does not edit, and is told so; maps of other keys do not hide each other.
    assert_snapshot!(layered(text, Some("u"), Some("e")), @r"
    a.pipe:4:38-41: warning[W0201]: `cpu` of this target has no effect in `e` (overridden by this `in e`: a.pipe:2:43-46) — to change it there as well, write it in `in e { … }`
    app a
      service
        cpu = 2
        env = {C = 3, A = 1}
    ");
}

#[test]
fn defaults_fill_in_what_is_not_written_by_label_before_word() {
    let text = "
        app a { image code { tag = 1 }, image base, task t { timeout = 5m, env = { A = 1 } } }
        defaults { image { tag = 2, user = 3 }, task { env = { A = 2, B = 2 }, retries = 1 } }
        defaults { image base { user = 4 }, service { cpu = 1 } }";
    assert_snapshot!(layered(text, None, None), @r"
    app a
      image code
        tag = 1
        user = 3
      image base
        user = 4
        tag = 2
      task t
        timeout = 5m
        env = {A = 1, B = 2}
        retries = 1
    ");
}

#[test]
fn a_written_value_wins_over_a_default_for_one_environment() {
    let text = "
        app a { service { replicas = 1, env = { A = 1 } } }
        app b { service { in e { replicas = 2 } } }
        defaults { service { cpu = 5, in e { replicas = 9, env = { A = 9, B = 9 }, cpu = 6 } } }";
    assert_snapshot!(layered(text, None, Some("e")), @r"
    app a
      service
        replicas = 1
        env = {A = 1, B = 9}
        cpu = 6
    app b
      service
        cpu = 6
        replicas = 2
        env = {A = 9, B = 9}
    ");
    assert_snapshot!(layered(text, None, Some("f")), @r"
    app a
      service
        replicas = 1
        env = {A = 1}
        cpu = 5
    app b
      service
        cpu = 5
    ");
}

#[test]
fn a_default_for_one_environment_fills_in_nowhere_else() {
    let text = "
        app a { service { route { host = 1 } } }
        defaults { service in e { replicas = 2, route { path = 3 } }, app { in e { service { cpu = 4 } } } }";
    assert_snapshot!(layered(text, None, Some("e")), @r"
    app a
      service
        cpu = 4
        replicas = 2
        route
          host = 1
          path = 3
    ");
    assert_snapshot!(layered(text, None, Some("f")), @r"
    app a
      service
        route
          host = 1
    ");
}

#[test]
fn defaults_fill_in_what_a_target_adds() {
    let text = "
        defaults { wait-for-sync { timeout = 5m }, wait-for-sync in e { timeout = 7m } }
        target t { pipeline p { wait-for-sync in d, wait-for-sync in e } }";
    assert_snapshot!(layered(text, Some("t"), None), @r"
    pipeline p
      wait-for-sync in d
        timeout = 5m
      wait-for-sync in e
        timeout = 7m
    ");
}

const PROJECT: &str = "
project acme {
  gitops   { repo = \"github.com/acme/gitops\", credentials = gitops }
  github   { webhook = \"https://hooks.acme.io\", credentials = github }
  registry { host = \"registry.acme.io\" }
}
target eu
target us { app shop { service { port = 81 } }, project { github { webhook = \"https://us.acme.io\" } } }
environment production
environment staging { copy-of = production, ttl = 8h }
secret github { keys = [\"token\", \"webhookSecret\"] }
secret gitops { keys = [\"token\"] }
";

fn reported(files: &[(&str, &str)]) -> String {
    let sources = SourceMap::new(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    let compiled = compile(&sources);
    let errors = compiled.diagnostics.iter().any(|found| found.severity() == Severity::Error);
    assert_eq!(errors, compiled.trees.is_empty());
    short(&compiled.diagnostics, &sources)
}

#[test]
fn all_errors_of_all_files_are_reported_once_for_all_targets() {
    let app = "app shop {\n  source = \"github.com/acme\"\n  image code\n  service { image = cod, cpu = 1 }\n}\n";
    let pipeline = "pipeline shop {\n  delivers = shop\n  on push = \n  deploy in prod\n}\n";
    assert_snapshot!(reported(&[("app.pipe", app), ("pipeline.pipe", pipeline), ("project.pipe", PROJECT)]), @r"
    app.pipe:2:12-29: error[E0306]: invalid value for `source`: `github.com/acme` does not have the form `host/owner/name` — write, for example, `github.com/acme/shop`
    app.pipe:4:3-10: error[E0302]: missing `memory` in `service` — add `memory = …`: an amount of memory such as `256Mi`, or a range such as `128Mi..256Mi`
    app.pipe:4:21-24: error[E0208]: app `shop` has no image `cod` — an image with a similar name exists: `code`
    pipeline.pipe:3:3-10: error[E0112]: invalid key `on push`: a key is a single word — join the words with `-`, or separate two items with a comma
    pipeline.pipe:4:13-17: error[E0208]: environment `prod` is not declared — available environments: `production`, `staging`
    ");
}

#[test]
fn an_error_of_one_target_is_reported_in_that_target() {
    let app = "app shop {
  source = \"github.com/acme/shop\"
  image code
  service { image = code, port = 80, cpu = 1, memory = 64Mi }
}
pipeline shop { delivers = shop, on push, build, deploy in production, wait-for-sync in production }
target asia { app shop { image code { user = -1 } }, project { github { webhook = \"https://asia.acme.io\" } } }
target moon { app shop { service { memory = 64 } }, project { github { webhook = \"https://moon.acme.io\" } } }\n";
    assert_snapshot!(reported(&[("app.pipe", app), ("project.pipe", PROJECT)]), @r"
    app.pipe:7:46-48: error[E0114]: negative quantity `-1` — write `1`
    app.pipe:8:45-47: error[E0306]: invalid value for `memory`: `64` has no unit — write `64Mi`
    ");
}

#[test]
fn the_order_of_stages_is_checked_in_every_target() {
    let app = "app shop {
  source = \"github.com/acme/shop\"
  image code
  service { image = code, port = 80, cpu = 1, memory = 64Mi }
}
pipeline shop { delivers = shop, on push, build, stage-env staging, deploy in production }\n";
    assert_snapshot!(reported(&[("app.pipe", app), ("project.pipe", PROJECT)]), @r"
    app.pipe:6:50-67: error[E0404]: `staging` is never torn down — add `teardown staging` as a later stage; it also runs after a failure
    app.pipe:6:69-89: error[E0406]: no stage waits for this `deploy` to finish — add `wait-for-sync in production` after it: only then is a failure detected and rolled back
    ");
}
