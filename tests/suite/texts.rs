//! Whatever is written in a spec arrives as it is written: read as YAML 1.1, put through what Argo, Argo CD and Kubernetes
//! make of it, at the end of its way. What jq fills in during a run is looked at in the other suite.

use pipelinec::argo::expression::{Variables, replace_all};
use pipelinec::compile::compile;
use pipelinec::diag::{Code, Diagnostics};
use pipelinec::schema::{Block, TOP, Type};
use pipelinec::source::SourceMap;
use pipelinec::syntax::ast::Item;
use pipelinec::syntax::parse;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

use crate::filter::Filter;
use testkit::compiled::{ALL, Compiled, Object, Tree, list, text, walk};
use testkit::push::{commit, push, with};
use testkit::runs::{SHA, VERSION, environment as container_environment, environment_sources, throwaway};
use testkit::texts::{Texts, command, in_promql, program, texts};
use testkit::{property, yaml11};

/// The objects of a tree as a reader of YAML 1.1 sees them, in the place of those that the writer's own crate read.
fn reread(tree: &mut Tree) {
    let files: BTreeSet<_> = tree.objects.iter().map(|object| object.file.clone()).collect();
    for file in files {
        let own = tree.objects.iter_mut().filter(|object| object.file == file);
        let documents = yaml11::documents(&tree.files[&file]);
        for (object, document) in own.zip(documents) {
            assert_eq!(difference(&document, &object.value), None, "{file}");
            object.value = document;
        }
    }
}

/// Where two values differ first.
fn difference(one: &Value, other: &Value) -> Option<String> {
    let at = |key: String, found: Option<String>| found.map(|below| format!("{key}/{below}"));
    match (one, other) {
        (Value::Array(ones), Value::Array(others)) if ones.len() == others.len() => ones
            .iter()
            .zip(others)
            .enumerate()
            .find_map(|(index, (one, other))| at(index.to_string(), difference(one, other))),
        (Value::Object(ones), Value::Object(others)) if ones.keys().eq(others.keys()) => {
            ones.iter().find_map(|(key, one)| at(key.clone(), difference(one, &others[key])))
        }
        _ => (one != other).then(|| format!("{one} for {other}")),
    }
}

/// A template of a workflow as the controller makes a pod of it, with its inputs.
fn resolved(tree: &Tree, workflow: &str, template: &str, inputs: &[(&str, &str)]) -> Value {
    let found =
        list(&tree.object("WorkflowTemplate", workflow)["spec"]["templates"]).find(|known| known["name"] == template);
    let found = found.expect("the template");
    let declared = list(&found["inputs"]["parameters"]).filter(|input| input.get("value").is_some());
    let mut scope: Variables = declared
        .map(|input| (format!("inputs.parameters.{}", text(&input["name"])), text(&input["value"]).to_owned()))
        .collect();
    let given = inputs.iter().map(|(name, value)| (format!("inputs.parameters.{name}"), (*value).to_owned()));
    scope.extend(given);
    for (name, value) in [("workflow.parameters.sha", SHA), ("workflow.name", "NAME")] {
        scope.insert(name.to_owned(), value.to_owned());
    }
    replace_all(found, &scope, &["inputs"]).expect("all inputs")
}

fn check_task(tree: &Tree, texts: &Texts) {
    let free = &texts.free;
    let salt = "5a17".repeat(16);
    let inputs = [("a_code_reference", "r/a@sha256:1"), ("a_code_tag", "TAG"), ("namespace", VERSION), ("salt", &salt)];
    let template = resolved(tree, "a", "test-t-in-staging", &inputs);
    let container = &template["container"];
    let env = container_environment(container);
    assert_eq!(env["BOTH"], free[0]);
    assert_eq!(env["TASK"], free[4]);
    assert_eq!(env["RUN"], format!("{}TAG{}", free[5], free[5]));
    assert_eq!(env["K"], throwaway(&salt, &format!("db/{}", texts.key)));
    assert_eq!(env["EMPTY"], "");
    assert_eq!(env["IN"], format!("{}{}{}TAG{}", free[2], env["K"], free[3], env["K"]));
    let page = format!("https://argo.acme.io/{}", texts.url);
    let page = format!("{}/workflows/pipeline/NAME", page.trim_end_matches('/'));
    assert_eq!(env["PAGE"], format!("{}{page}{}", free[2], free[3]));
    assert_eq!(command(container, &env), ["sh", &free[1], &format!("{}{VERSION}{}", free[2], free[3])]);
    assert_eq!(template["outputs"]["artifacts"][0]["path"], format!("/{}", texts.url));
}

fn check_build(tree: &Tree, texts: &Texts) {
    let prepare = resolved(tree, "a", "prepare", &[("version", VERSION)]);
    let steps: Vec<_> = list(&prepare["steps"]).flat_map(list).collect();
    let build = steps.iter().find(|step| step["name"] == "build-code").expect("the build");
    let arguments: Vec<(&str, &str)> =
        list(&build["arguments"]["parameters"]).map(|given| (text(&given["name"]), text(&given["value"]))).collect();
    let env = container_environment(&resolved(tree, "pipelinec", "build", &arguments)["script"]);
    assert_eq!(
        env["BUILD_ARGS"],
        format!("ARG={line}\nBRANCH={line}{}{VERSION}{line}\n", texts.branch, line = texts.line)
    );
    let check = steps.iter().find(|step| step["name"] == "check").expect("the check");
    let branch = list(&check["arguments"]["parameters"]).find(|given| given["name"] == "branch").expect("the branch");
    assert_eq!(branch["value"], texts.branch);
}

fn check_secret(tree: &Tree, texts: &Texts) {
    let secret = tree.of_kind("Secret").find(|object| object.file.starts_with("environments/")).expect("it");
    assert_eq!(secret.name(), texts.object);
    assert_eq!(secret.value["stringData"], json!({&texts.key: ""}));
    let salt = "5a17".repeat(16);
    let manifest = json!({"namespace": VERSION, "tree": "f".repeat(40), "salt": salt});
    let made = environment_sources(tree.object("ApplicationSet", "p-staging"), &manifest);
    let patch = yaml11::document(text(&made[0]["kustomize"]["patches"][1]["patch"]));
    assert_eq!(patch["metadata"]["name"], texts.object);
    assert_eq!(made[0]["kustomize"]["patches"][1]["target"]["name"], texts.object);
    assert_eq!(patch["stringData"], json!({&texts.key: throwaway(&salt, &format!("db/{}", texts.key))}));
}

fn check_external(tree: &Tree, texts: &Texts) {
    let object = tree.object("ExternalSecret", "store");
    assert_eq!(object["spec"]["data"][0]["remoteRef"]["key"], format!("r{}", texts.line.replace('\t', " ")));
}

/// A query as Argo Rollouts sends it: each tag is an argument, or the metric is refused.
fn check_query(tree: &Tree, texts: &Texts) {
    let spec = &tree.object("AnalysisTemplate", "a-up")["spec"];
    let mut rest = text(&spec["metrics"][0]["provider"]["prometheus"]["query"]);
    let mut sent = String::new();
    while let Some((before, tail)) = rest.split_once("{{") {
        let (tag, after) = tail.split_once("}}").expect("a closed tag");
        sent.push_str(before);
        let name = tag.strip_prefix("args.").expect("an argument");
        let argument = list(&spec["args"]).find(|argument| argument["name"] == name).expect("a declared one");
        sent.push_str(if name == "canary-hash" { "HASH" } else { text(&argument["value"]) });
        rest = after;
    }
    let inside = in_promql(&texts.free[10]);
    assert_eq!(sent + rest, format!("up{{a=\"{inside}HASH{inside}\"}}"));
}

fn check_patch(tree: &Tree, texts: &Texts) {
    let template = &tree.object("Rollout", "a")["spec"]["template"];
    assert_eq!(template["metadata"]["annotations"]["text"], texts.free[11]);
    assert_eq!(template["spec"]["subdomain"], texts.free[11]);
}

/// The command of a probe as the kubelet runs it: like that of the container.
fn check_probe(tree: &Tree, texts: &Texts) {
    let container = &tree.object("Rollout", "a")["spec"]["template"]["spec"]["containers"][0];
    let env = BTreeMap::from([("HOME".to_owned(), "nobody".to_owned()), ("x".to_owned(), "y".to_owned())]);
    let own = |account: &&Object| account.file.starts_with("apps/a/production/");
    let account = &tree.of_kind("ServiceAccount").find(own).expect("an account").value;
    assert_eq!(account["metadata"]["annotations"]["acme.io/text"], texts.free[14]);
    assert_eq!(account["metadata"]["labels"][format!("l{}", texts.label)], texts.label);
    assert_eq!(command(&container["livenessProbe"]["exec"], &env), ["x", &texts.free[12]]);
}

fn check_filter(tree: &Tree, texts: &Texts) {
    let filter = Filter::of(tree, "a");
    let at = |path: &str| {
        let body = push(&[commit("ann@example", &[path])]);
        with(body, "ref", json!(format!("refs/heads/{}", texts.branch)))
    };
    filter.says(true, &at(&format!("{}/x/y", texts.part)));
    filter.says(true, &at(&format!("a/x{}", texts.part)));
    filter.says(false, &at(&texts.part));
    filter.says(false, &at(&format!("{}x/y", texts.part)));
    filter.says(false, &with(at(&format!("{}/x", texts.part)), "ref", json!(format!("refs/heads/{}x", texts.branch))));
}

/// Text of several lines is a block, unless a block could not say it.
fn check_blocks(tree: &Tree) -> usize {
    let mut blocks = 0;
    for (file, content) in tree.files.iter().filter(|(file, _)| file.ends_with(".yaml")) {
        for scalar in yaml11::scalars(content).iter().filter(|scalar| scalar.value.contains('\n')) {
            let plain = scalar.value.chars().all(|c| matches!(c, ' '..='~' | '\n' | '\t'));
            let can = plain && scalar.value.contains(|c: char| !c.is_whitespace());
            if can && !scalar.value.trim_start_matches('\n').starts_with('\t') {
                assert!(scalar.is_block, "{file}: {:?}", scalar.value);
                blocks += 1;
            }
        }
        walk_scripts(tree, file);
    }
    blocks
}

fn walk_scripts(tree: &Tree, file: &str) {
    for object in tree.objects.iter().filter(|object| object.file == file) {
        walk(&object.value, &mut |value| {
            if let Some(source) = value.get("source").and_then(Value::as_str) {
                assert!(source.starts_with("#!/bin/sh\n") && source.ends_with('\n'), "{}", object.place());
            }
        });
    }
}

proptest! {
    #![proptest_config(property::cases(24))]

    #[test]
    fn any_text_of_a_spec_arrives(texts in texts()) {
        let mut program = Compiled::of("texts", vec![("texts.pipe".to_owned(), program(&texts))]);
        let tree = program.trees.values_mut().next().expect("a tree");
        reread(tree);
        check_task(tree, &texts);
        check_build(tree, &texts);
        check_secret(tree, &texts);
        check_external(tree, &texts);
        check_query(tree, &texts);
        check_patch(tree, &texts);
        check_config(tree, &texts);
        check_cron(tree, &texts);
        let namespace = tree.of_kind("Namespace").find(|object| object.name() == "production").expect("it");
        let key = format!("l{}", texts.label);
        assert_eq!(namespace.value["metadata"]["labels"][&key], texts.label.as_str());
        assert_eq!(namespace.value["metadata"]["annotations"][&key], texts.free[14].as_str());
        check_probe(tree, &texts);
        check_filter(tree, &texts);
        prop_assert!(check_blocks(tree) >= 6);
    }
}

/// The attributes whose text has a form of its own, so that most texts are an error: names, addresses, versions.
const FORMED: &[&str] = &[
    "analysis.prometheus",
    "app.path",
    "argo.namespace",
    "builder.address",
    "builder.image",
    "environment.namespace",
    "gitops.author",
    "gitops.branch",
    "gitops.path",
    "gitops.tree",
    "helm.chart",
    "helm.release",
    "helm.repo",
    "helm.version",
    "image.dockerfile",
    "image.path",
    "image.platforms",
    "image.ref",
    "image.repository",
    "image.tag",
    "image.target",
    "kustomize.path",
    "manifests.path",
    "project.namespace",
    "registry.path",
    "registry.push",
    "identity.account",
    "route.host",
    "route.path",
    "secret.store",
    "service.priority",
    "tools.image",
    "cron.schedule",
    "cron.timezone",
    "volume.at",
    "volume.claim",
    "app.serves",
    "github.host",
    "gitlab.host",
    "gitlab.webhook",
    "gitea.host",
    "gitea.webhook",
    "volume.class",
];

fn check_cron(tree: &Tree, texts: &Texts) {
    let mut count = 0;
    for object in tree.of_kind("CronJob") {
        let container = &object.value["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
        let variables = container_environment(container);
        assert_eq!(command(container, &variables)[1], texts.free[6], "{}", object.place());
        assert_eq!(variables["POD"], texts.free[7], "{}", object.place());
        count += 1;
    }
    assert_eq!(count, 2);
}

fn check_config(tree: &Tree, texts: &Texts) {
    let files: Vec<_> = tree.of_kind("ConfigMap").map(|object| &object.value["data"]["a"]).collect();
    assert_eq!(files, [texts.free[13].as_str(), texts.free[13].as_str()]);
}

/// What holds of an attribute of free text is proven only if the program of these tests has it.
#[test]
fn every_attribute_of_text_is_tried_or_has_a_form_of_its_own() {
    fn walk(block: &'static Block, found: &mut BTreeSet<String>) {
        let known = found.len();
        let free = |ty| matches!(ty, Type::Text | Type::Texts | Type::TextMap | Type::Settings);
        let attributes = block.attributes.iter().filter(|attribute| free(attribute.ty));
        found.extend(attributes.map(|attribute| format!("{}.{}", block.word, attribute.name)));
        // A block inside itself has nothing new.
        if known != found.len() || block.attributes.is_empty() {
            block.blocks.iter().filter(|inner| inner.word != "defaults").for_each(|inner| walk(inner, found));
        }
    }
    fn written(items: &[Item], word: &str, found: &mut BTreeSet<String>) {
        for item in items {
            match item {
                Item::Attr(attribute) => drop(found.insert(format!("{word}.{}", attribute.key.value))),
                Item::Block(block) if block.word.value == "in" => written(block.items(), word, found),
                Item::Block(block) => written(block.items(), &block.word.value, found),
                Item::Broken(span) => panic!("{span:?}"),
            }
        }
    }
    let mut all = BTreeSet::new();
    walk(&TOP, &mut all);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let sample = texts().new_tree(&mut runner).expect("texts").current();
    let sources = SourceMap::new([("texts.pipe".to_owned(), program(&sample))]);
    let mut tried = BTreeSet::new();
    for (id, file) in sources.iter() {
        written(&parse(id, file, &mut Diagnostics::default()).items, "", &mut tried);
    }
    let left: Vec<_> = all.difference(&tried).map(String::as_str).filter(|name| !FORMED.contains(name)).collect();
    assert!(left.is_empty(), "neither in `testkit::texts::program` nor in FORMED: {left:#?}");
    let gone: Vec<_> = FORMED.iter().filter(|name| !all.contains(**name)).collect();
    assert!(gone.is_empty(), "no longer in the schema: {gone:?}");
}

#[test]
fn the_examples_are_the_same_in_yaml_1_1_and_their_scripts_are_blocks() {
    for program in ALL.iter() {
        for tree in program.trees.values() {
            for (file, content) in tree.files.iter().filter(|(file, _)| file.ends_with(".yaml")) {
                let own: Vec<_> = tree.objects.iter().filter(|object| object.file == *file).collect();
                let documents = yaml11::documents(content);
                assert_eq!(own.len(), documents.len(), "{file}");
                for (object, document) in own.iter().zip(&documents) {
                    assert_eq!(difference(document, &object.value), None, "{file}");
                }
            }
            assert!(check_blocks(tree) >= 6);
        }
    }
}

/// One place of a program after the other, with a text that some reader on the way would refuse or change.
#[test]
fn what_would_not_arrive_is_refused_where_it_stands() {
    let places = [
        ("EMPTY = \"\"", "EMPTY = \"@\""),
        ("command = [\"sh\"", "command = [\"sh@\""),
        ("command = [\"x\"", "command = [\"x@\""),
        ("ARG = \"", "ARG = \"@"),
        ("n = 1.5", "n = \"@\""),
        ("n = 1.5", "\"n@\" = 1.5"),
        ("b = true", "b = [[{ c = \"@\" }]]"),
        ("query = \"up{a=\\\"", "query = \"up{a=\\\"@"),
        ("health = \"/", "health = \"/@"),
        ("start { path = \"/", "start { path = \"/@"),
        ("live { command = [\"x\"", "live { command = [\"x@\""),
        ("text\" = \"", "text\" = \"@"),
        ("branch = \"", "branch = \"@"),
        ("paths = [\"", "paths = [\"@"),
        ("values = [\"", "values = [\"@"),
        ("{ text = \"", "{ text = \"@"),
    ];
    let plain = || "x".to_owned();
    let texts = Texts {
        free: vec![plain(); 15],
        line: plain(),
        branch: plain(),
        part: plain(),
        url: plain(),
        key: plain(),
        object: plain(),
        label: plain(),
    };
    let program = program(&texts);
    let refused = |text: &str| {
        let compilation = compile(&SourceMap::new(vec![("test.pipe".to_owned(), text.to_owned())]));
        assert_eq!(compilation.trees.is_empty(), !compilation.diagnostics.is_empty());
        let spans = compilation.diagnostics.iter().map(|said| (said.code, said.primary.span.range()));
        spans.collect::<Vec<_>>()
    };
    assert_eq!(refused(&program), []);
    for (number, (before, after)) in places.iter().enumerate() {
        assert!(program.contains(before), "{before}");
        let strangers = ["\\u{0}", "\\u{1b}", "\u{7}", "\u{7f}", "\\u{85}", "\u{2028}", "\u{fffe}", "\\u{ffff}"];
        for stranger in [strangers[number % 8], strangers[(number + 3) % 8]] {
            let text = program.replacen(before, &after.replace('@', stranger), 1);
            let at = text.find(stranger).expect("the character");
            let said = refused(&text);
            assert!(!said.is_empty(), "{stranger:?} after {after}");
            for (code, range) in said {
                assert!(code == Code::E0306 && range.contains(&at), "{stranger:?} after {after}: {code} at {range:?}");
            }
        }
    }
    for (before, after) in [("EMPTY = \"\"", "EMPTY = \"\\tx${run.sha}\\n\""), ("n = 1.5", "n = \"\t\\n\"")] {
        let text = program.replacen(before, after, 1);
        assert_eq!(refused(&text).len(), 1, "{after}");
        for fine in [after.replace("\\n", ""), after.replace("= \"", "= \" ")] {
            assert_eq!(refused(&text.replacen(after, &fine, 1)), [], "{fine}");
        }
    }
    // Argo Workflows would make an escape of it that JSON does not have.
    for (before, fine) in
        [("ARG = \"", false), ("branch = \"", false), ("EMPTY = \"", true), ("query = \"up{a=\\\"", true)]
    {
        let text = program.replacen(before, &format!("{before}\u{1f3f4}\u{e0067}\u{e007f}"), 1);
        assert_eq!(refused(&text).is_empty(), fine, "{before}");
        assert_eq!(refused(&program.replacen(before, &format!("{before}\u{1f680}é"), 1)), []);
    }
}
