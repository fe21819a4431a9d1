//! Whatever is written in a spec arrives as it is written: read as YAML 1.1, put through what Argo, Argo CD and Kubernetes
//! make of it, at the end of its way.

use crate::compiled::{ALL, Compiled, Tree, list, text, walk};
use crate::delivery::argo::environment as container_environment;
use crate::delivery::cluster::{environment_sources, throwaway};
use crate::delivery::kustomize::{SHA, VERSION, build, filled};
use crate::filter::{Filter, commit, push, with};
use crate::scripts::support::has_program;
use crate::yaml;
use crate::yaml11;
use pipelinec::argo::expression::{Scope, replace_all};
use pipelinec::argo::gotemplate::to_json;
use pipelinec::argo::pod::expand;
use pipelinec::compile::compile;
use pipelinec::diag::Code;
use pipelinec::model::text::{Text, stranger};
use pipelinec::source::SourceMap;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a spec is filled with. Each field is of the kind of its name, and otherwise anything.
#[derive(Debug, Clone)]
struct Texts {
    /// Free, one for each place.
    free: Vec<String>,
    /// Of one line.
    line: String,
    branch: String,
    /// A part of a path.
    part: String,
    /// The rest of a URL's path.
    url: String,
    /// A key of a Secret.
    key: String,
    /// The name of a Secret.
    object: String,
    /// The value of a label.
    label: String,
}

fn of(letters: &'static str, length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    let letters: Vec<_> = letters.chars().collect();
    prop::collection::vec(prop::sample::select(letters), length).prop_map(|letters| letters.into_iter().collect())
}

/// Text without what a spec may not hold.
fn legal() -> impl Strategy<Value = String> {
    let braces = prop::sample::select(
        &[
            "{{workflow.name}}",
            "{{=1+1}}",
            "{{",
            "{{{{",
            "}}",
            "$(HOME)",
            "$$(x)",
            "$",
            "${x}",
            "$(",
            "{{ .namespace }}",
            "{{args.x}}",
            "\u{1f3f4}\u{e0067}\u{e007f}",
            "\u{1f680}",
            "'\"`\\",
        ][..],
    );
    let tricky = prop::collection::vec(braces, 0..4).prop_map(|parts| parts.concat());
    (yaml::text(), tricky, any::<bool>()).prop_map(|(text, more, first)| {
        let text = if first { format!("{more}{text}") } else { format!("{text}{more}") };
        let text: String = text.chars().filter(|c| stranger(&c.to_string()).is_none()).collect();
        if Text::literal(&text).begins_with_a_tab() { format!("-{text}") } else { text }
    })
}

/// What looks like another type, or like nothing.
fn words() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 16] =
        ["on", "no", "y", "null", "true", "1_000", "0777", "1e3", "0x1f", "12", "1.5", "-", "..a", "---", ".inf", "=."];
    prop::sample::select(&KNOWN[..]).prop_map(str::to_owned)
}

fn texts() -> impl Strategy<Value = Texts> {
    let line = legal().prop_map(|text| {
        text.chars().filter(|c| !"\r\n".contains(*c) && (*c < '\u{10000}' || c.escape_debug().len() == 1)).collect()
    });
    let branch = of("ab1-_./@#%&()=!,;<>|+é日", 0..12).prop_map(|text| {
        let parts: Vec<_> = text.split('/').map(|part| format!("b{}", part.replace('.', ".x"))).collect();
        parts.join("/")
    });
    let part = of("ab -.%^()'+~&=@!<>|;,é日\u{1f680}", 0..8).prop_map(|text| format!("p{text}q").replace('!', "."));
    let url = of("ab-._~%!$&()*+,;=:@/é|<>^[]", 0..12);
    let key = prop_oneof![of("aZ0_.-", 1..9), words()]
        .prop_filter("a key", |key| ![".", ".."].contains(&key.as_str()) && key.chars().all(|c| c != '='));
    let object = prop_oneof![of("az09", 1..5), words()]
        .prop_filter("a name", |name| name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9')));
    let label = prop_oneof![of("aZ09", 0..5), words()]
        .prop_filter("a label", |label| label.chars().all(|c| c.is_ascii_alphanumeric()));
    let taken = |key: &str| ["deep", "n", "b"].contains(&key);
    let free = prop::collection::vec(legal(), 11).prop_filter("a key of its own", move |free| !taken(&free[8]));
    (free, line, branch, part, url, key, object, label).prop_map(
        |(mut free, line, branch, part, url, key, object, label)| {
            // More follows these, perhaps another line.
            for at in [2, 5, 10] {
                free[at] = free[at].trim_start_matches('\t').to_owned();
            }
            Texts { free, line, branch, part, url, key, object, label }
        },
    )
}

/// A text as it is written in a spec.
fn written(text: &str) -> String {
    let mut result = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' | '$' => result.extend(['\\', letter]),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            c if c.is_control() || "\u{2028}\u{2029}\u{feff}".contains(c) => {
                result.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => result.push(c),
        }
    }
    result + "\""
}

fn program(texts: &Texts) -> String {
    let Texts { line, branch, part, url, key, object, label, .. } = texts;
    let free = |at: usize| written(&texts.free[at]);
    // A text before or after a variable is in the same quotes.
    let inner = |at: usize| free(at)[1..free(at).len() - 1].to_owned();
    format!(
        r#"
project p {{
  gitops {{ repo = "github.com/acme/gitops", credentials = gitops }}
  github {{ webhook = "https://hooks.acme.io", credentials = github }}
  registry {{ host = "registry.acme.io" }}
  prometheus {{ url = "http://prometheus:9090", labels = {{ {label_key} = {label} }} }}
}}
environment production
environment staging {{ copy-of = production, ttl = 9h }}
secret github {{ keys = ["token", "webhookSecret"] }}
secret gitops {{ keys = ["token"] }}
secret db {{ keys = [{key}], in staging {{ name = {object}, from = throwaway }} }}
app a {{
  source = "github.com/acme/a"
  env = {{ BOTH = {both} }}
  image code {{ args = {{ ARG = {line} }} }}
  task t {{
    image = code, command = ["sh", {command}, "{before}${{environment.namespace}}{after}"]
    env = {{ TASK = {task}, RUN = "{run}${{code.tag}}{run}", K = db.{key}, EMPTY = "" }}, junit = "/{url}"
  }}
  service {{
    image = code, port = 80, cpu = 1, memory = 1Gi, health = "/{url}", command = ["x", {pod_command}, "{before}${{run.sha}}{after}"]
    env = {{ POD = {pod}, RUN = "{run}${{run.sha}}{run}", SPACE = "{before}${{environment.namespace}}{after}" }}
    metrics {{ port = 81, path = "/{url}" }}
    in production {{ replicas = 4 }}
  }}
  helm {{
    path = {part}, values = [{part}]
    set = {{ {set_key} = {set}, deep = {{ {set_key} = [{set}, "{before}${{environment.namespace}}{after}"], n = 1.5, b = true }} }}
  }}
}}
analysis up {{ query = "up{query}${{canary.hash}}{query}", at-least = 1 }}
pipeline a {{
  delivers = a
  on push {{ branch = {branch}, paths = ["{pattern}/**", "a/*{pattern}"] }}
  build
  stage-env staging
  wait-for-sync in staging
  test t in staging
  teardown staging
  canary in production {{ steps = [50%, 5m], analyse = up }}
  wait-for-sync in production
}}
"#,
        label_key = written(&format!("l{label}")),
        label = written(label),
        key = written(key),
        object = written(object),
        both = free(0),
        line = written(line),
        command = free(1),
        before = inner(2),
        after = inner(3),
        task = free(4),
        run = inner(5),
        pod_command = free(6),
        pod = free(7),
        set_key = free(8),
        set = free(9),
        query = inner(10),
        branch = written(branch),
        part = written(part),
        pattern = &written(part)[1..written(part).len() - 1],
    )
}

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
    let mut scope: Scope =
        inputs.iter().map(|(name, value)| (format!("inputs.parameters.{name}"), (*value).to_owned())).collect();
    for (name, value) in [("workflow.parameters.sha", SHA), ("workflow.name", "NAME")] {
        scope.insert(name.to_owned(), value.to_owned());
    }
    replace_all(found.expect("the template"), &scope, &["inputs"]).expect("all inputs")
}

/// The command of a container when it starts.
fn command(container: &Value, env: &BTreeMap<String, String>) -> Vec<String> {
    list(&container["command"]).map(|word| expand(text(word), env)).collect()
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
    assert_eq!(env["BUILD_ARGS"], format!("ARG={}\n", texts.line));
    let check = steps.iter().find(|step| step["name"] == "check").expect("the check");
    let branch = list(&check["arguments"]["parameters"]).find(|given| given["name"] == "branch").expect("the branch");
    assert_eq!(branch["value"], texts.branch);
}

/// What the run writes into a manifest, as the template of an ApplicationSet puts it into YAML.
fn sources(tree: &Tree, environment: &str) -> Value {
    let namespace = if environment == "staging" { VERSION } else { "production" };
    let sources = tree.sources().into_iter().find(|(_, known, _)| known == environment).expect("sources").2;
    let filled = filled(tree, "a", environment, namespace, &sources);
    let read = yaml11::document(&format!("- {{app: \"a\", entry: {}}}\n", to_json(&filled)));
    assert_eq!(read[0]["entry"], filled);
    filled
}

/// How the objects of the services are made of the tree and what a run fills in.
type Build = fn(&Tree, &str, &Value) -> Value;

/// By the patches alone.
fn patched(tree: &Tree, environment: &str, kustomize: &Value) -> Value {
    let kind = if environment == "staging" { "Deployment" } else { "Rollout" };
    let mut workload = tree.of_kind(kind).find(|object| object.file.contains(environment)).expect("it").value.clone();
    for patch in list(&kustomize["patches"]) {
        assert_eq!((text(&patch["target"]["kind"]), text(&patch["target"]["name"])), (kind, "a"));
        let operations: Value = serde_json::from_str(text(&patch["patch"])).expect("JSON");
        for operation in list(&operations) {
            let place = workload.pointer_mut(text(&operation["path"])).expect("a place");
            *place = operation["value"].clone();
        }
    }
    workload
}

/// By kubectl, as Argo CD's Kustomize does it.
fn built(tree: &Tree, environment: &str, kustomize: &Value) -> Value {
    let objects = build(tree, &format!("apps/a/{environment}"), kustomize);
    let workload = |object: &Value| ["Deployment", "Rollout"].contains(&text(&object["kind"]));
    objects.into_iter().find(workload).expect("a workload")
}

fn check_service(tree: &Tree, environment: &str, texts: &Texts, make: Build) {
    let free = &texts.free;
    let namespace = if environment == "staging" { VERSION } else { "production" };
    let sources = sources(tree, environment);
    let workload = make(tree, environment, &sources[0]["kustomize"]);
    let container = &workload["spec"]["template"]["spec"]["containers"][0];
    let mut known = container.clone();
    for variable in known["env"].as_array_mut().into_iter().flatten() {
        if variable.get("valueFrom").is_some() {
            *variable = json!({"name": variable["name"], "value": namespace});
        }
    }
    let env = container_environment(&known);
    assert_eq!(env["BOTH"], free[0]);
    assert_eq!(env["POD"], free[7]);
    assert_eq!(env["RUN"], format!("{}{SHA}{}", free[5], free[5]));
    assert_eq!(env["SPACE"], format!("{}{namespace}{}", free[2], free[3]));
    assert_eq!(command(container, &env), ["x", &free[6], &format!("{}{SHA}{}", free[2], free[3])]);
    assert_eq!(container["readinessProbe"]["httpGet"]["path"], format!("/{}", texts.url));
    let monitor = tree.of_kind("ServiceMonitor").find(|object| object.file.contains(environment)).expect("it");
    assert_eq!(monitor.value["spec"]["endpoints"][0]["path"], format!("/{}", texts.url));
    assert_eq!(monitor.value["metadata"]["labels"][format!("l{}", texts.label)], texts.label);
    let helm = &sources[1]["helm"];
    let space = format!("{}{namespace}{}", free[2], free[3]);
    let key = &free[8];
    let expected = json!({key: free[9], "deep": {key: [free[9], space], "n": 1.5, "b": true}});
    assert_eq!(helm["valuesObject"], expected);
    assert_eq!((&helm["valueFiles"][0], &sources[1]["path"]), (&json!(texts.part), &json!(texts.part)));
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
    assert_eq!(sent + rest, format!("up{}HASH{}", texts.free[10], texts.free[10]));
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
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_of_a_spec_arrives(texts in texts()) {
        let mut program = Compiled::of("texts", vec![("texts.pipe".to_owned(), program(&texts))]);
        let tree = program.trees.values_mut().next().expect("a tree");
        reread(tree);
        check_task(tree, &texts);
        check_build(tree, &texts);
        check_service(tree, "staging", &texts, patched);
        check_service(tree, "production", &texts, patched);
        check_secret(tree, &texts);
        check_query(tree, &texts);
        check_filter(tree, &texts);
        prop_assert!(check_blocks(tree) >= 6);
    }
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

/// Kustomize writes YAML of its own between the tree and the cluster.
#[test]
fn any_text_of_a_spec_gets_through_kustomize() {
    if !has_program("kubectl") {
        println!("skipped: there is no kubectl");
        return;
    }
    let mut runner = TestRunner::deterministic();
    for _ in 0..6 {
        let texts = texts().new_tree(&mut runner).expect("texts").current();
        let program = Compiled::of("texts", vec![("texts.pipe".to_owned(), program(&texts))]);
        let tree = program.trees.values().next().expect("a tree");
        check_service(tree, "staging", &texts, built);
        check_service(tree, "production", &texts, built);
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
        ("query = \"", "query = \"@"),
        ("health = \"/", "health = \"/@"),
        ("branch = \"", "branch = \"@"),
        ("paths = [\"", "paths = [\"@"),
        ("values = [\"", "values = [\"@"),
    ];
    let plain = || "x".to_owned();
    let texts = Texts {
        free: vec![plain(); 11],
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
    for (before, fine) in [("ARG = \"", false), ("branch = \"", false), ("EMPTY = \"", true), ("query = \"", true)] {
        let text = program.replacen(before, &format!("{before}\u{1f3f4}\u{e0067}\u{e007f}"), 1);
        assert_eq!(refused(&text).is_empty(), fine, "{before}");
        assert_eq!(refused(&program.replacen(before, &format!("{before}\u{1f680}é"), 1)), []);
    }
}
