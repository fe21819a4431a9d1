//! Every name in a tree is one that Kubernetes and Argo take, also after all that the controllers append: a commit, a
//! version, a number, a hash.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use testkit::compiled::{ALL, Compiled, Object, Tree, list, text, walk};
use testkit::property;

const VERSION: &str = "v20251124160000-9f0e2b";

/// RFC 1123: a namespace, a container, and what becomes the value of a label.
fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= 63 && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// RFC 1035: a Service, whose name may not begin with a digit.
fn is_service(text: &str) -> bool {
    is_label(text) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The name of an object of which nothing is made. Kubernetes bounds the whole of it, not its parts.
fn is_subdomain(text: &str) -> bool {
    let part = |part: &str| {
        let outer = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        part.starts_with(outer) && part.ends_with(outer) && part.chars().all(|c| outer(c) || c == '-')
    };
    text.len() <= 253 && text.split('.').all(part)
}

/// The value of a label, and the part of its key after `/`.
fn is_value(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let outer = |c: char| c.is_ascii_alphanumeric();
    text.is_empty() || text.len() <= 63 && text.chars().all(inner) && text.starts_with(outer) && text.ends_with(outer)
}

fn is_key(text: &str) -> bool {
    let (domain, name) = text.split_once('/').map_or((None, text), |(domain, name)| (Some(domain), name));
    !name.is_empty() && is_value(name) && domain.is_none_or(is_subdomain)
}

/// A template or a step of a workflow (`workflowFieldNameFmt`).
fn is_step(text: &str) -> bool {
    let outer = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| outer(c) || c == '-';
    text.len() <= 128 && text.starts_with(outer) && text.ends_with(outer) && text.chars().all(inner)
}

/// A parameter or an artifact of a workflow.
fn is_parameter(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

/// A port of a container (`IANA_SVC_NAME`).
fn is_port(text: &str) -> bool {
    is_label(text) && text.len() <= 15 && !text.contains("--") && text.contains(|c: char| c.is_ascii_lowercase())
}

/// What is wrong with the name of an object, and with those that are made of it.
fn object_problems(object: &Object, say: &mut dyn FnMut(&str, &str)) {
    let name = object.name();
    let made: &[(&str, &str)] = match object.kind() {
        "Kustomization" => return,
        "Namespace" => &[("", "")],
        // The name of a workflow is the value of a label of its pods.
        "WorkflowTemplate" => &[("", "-1a2b3c4d5e6f"), ("", "-x7k2p")],
        "CronWorkflow" => &[("", "-1764000000")],
        // The StatefulSet's pods carry its name and a hash; the Services' names are addresses.
        "EventBus" => &[("eventbus-", "-js-1234567890"), ("eventbus-", "-js-metrics-svc")],
        "EventSource" => &[("", "-eventsource-svc"), ("", "-eventsource-abcde")],
        "Sensor" => &[("", "-sensor-abcde")],
        // With progressive syncs its name is a label of every Application.
        "ApplicationSet" | "AppProject" | "Application" => &[("", "")],
        // Workloads select by the label of their name.
        "Deployment" | "Rollout" | "Service" | "IngressRoute" | "TraefikService" | "ServiceMonitor" => &[("", "")],
        _ => &[],
    };
    for (before, after) in made {
        let whole = format!("{before}{name}{after}");
        let cron = object.kind() == "CronWorkflow" && name.len() > 52;
        let service = ["Service", "EventSource", "EventBus"].contains(&object.kind());
        if !is_label(&whole) || cron || service && !is_service(&whole) {
            say("the name", &whole);
        }
    }
    if !is_subdomain(name) {
        say("the name", name);
    }
    let namespace = &object.value["metadata"]["namespace"];
    if !namespace.is_null() && !is_label(text(namespace)) {
        say("the namespace", text(namespace));
    }
}

/// What is wrong with a value that stands anywhere in an object.
fn value_problems(value: &Value, say: &mut dyn FnMut(&str, &str)) {
    for field in ["labels", "matchLabels"] {
        for (key, label) in value.get(field).and_then(Value::as_object).into_iter().flatten() {
            // A selector of a generator looks at fields of a manifest; a template is filled in elsewhere.
            let of_manifest = text(label) == "pipelinec/1";
            if !is_key(key) || !of_manifest && !text(label).contains("{{") && !is_value(text(label)) {
                say("the label", &format!("{key}={label}"));
            }
        }
    }
    for key in value.get("annotations").and_then(Value::as_object).into_iter().flat_map(|map| map.keys()) {
        if !is_key(key) {
            say("the annotation", key);
        }
    }
    let mut of = |field: &str, what: &str, good: fn(&str) -> bool| {
        for named in list(&value[field]).filter(|named| named.get("name").is_some()) {
            if !good(text(&named["name"])) {
                say(what, text(&named["name"]));
            }
        }
    };
    of("containers", "a container", is_label);
    of("volumes", "a volume", is_label);
    of("volumeMounts", "a volume", is_label);
    of("ports", "a port", is_port);
    of("parameters", "a parameter", is_parameter);
    of("artifacts", "an artifact", is_parameter);
    of("templates", "a template", is_step);
    of("mutexes", "a lock", |name| !name.is_empty());
    of("env", "a variable", |name| is_parameter(name) && !name.contains('-'));
    for step in list(&value["steps"]).flat_map(list).filter(|step| step.get("name").is_some()) {
        if !is_step(text(&step["name"])) {
            say("a step", text(&step["name"]));
        }
    }
    for field in ["serviceAccountName", "eventBusName", "eventSourceName", "templateName", "secretName"] {
        if let Some(name) = value.get(field).map(text)
            && !is_subdomain(name)
        {
            say(field, name);
        }
    }
    for (field, path) in [("secretKeyRef", "name"), ("workflowTemplateRef", "name"), ("roleRef", "name")] {
        if let Some(reference) = value.get(field)
            && !is_subdomain(text(&reference[path]))
        {
            say(field, text(&reference[path]));
        }
    }
}

/// What is wrong with the names of a tree.
pub fn problems(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for object in &tree.objects {
        let mut say = |what: &str, name: &str| found.push(format!("{}: {what} {name}", object.place()));
        object_problems(object, &mut say);
        walk(&object.value, &mut |value| value_problems(value, &mut say));
        // The events of a source, and the path of each webhook.
        for (event, source) in object.value["spec"]["github"].as_object().into_iter().flatten() {
            if !is_parameter(event) || text(&source["webhook"]["endpoint"]) != format!("/{event}") {
                say("the event", event);
            }
        }
    }
    for (app, environment, sources) in tree.sources() {
        let namespace = tree.resolved.environments[&environment].namespace().unwrap_or(VERSION);
        // Application and labels; environment Application.
        for name in [format!("{namespace}-{app}"), namespace.to_owned(), environment.clone(), app.clone()] {
            if !is_label(&name) {
                found.push(format!("{app} in {environment}: the Application {name}"));
            }
        }
        for helm in list(&sources).filter_map(|source| source.get("helm")) {
            let release = text(&helm["releaseName"]);
            if !is_label(release) || release.len() > 53 {
                found.push(format!("{app} in {environment}: the release {release}"));
            }
        }
    }
    found.extend(twice(tree));
    found
}

/// Objects that would overwrite one another: of one kind, name and namespace. Those of an app's folder go to the namespace
/// of the environment.
fn twice(tree: &Tree) -> Vec<String> {
    let mut seen: BTreeMap<(String, String, String), &str> = BTreeMap::new();
    let mut found = Vec::new();
    for object in tree.objects.iter().filter(|object| object.kind() != "Kustomization") {
        let parts: Vec<_> = object.file.split('/').collect();
        let own = text(&object.value["metadata"]["namespace"]);
        let place = match parts.as_slice() {
            ["apps", _, environment, _] => format!("environment {environment}"),
            ["environments", environment, _] => format!("environment {environment}"),
            _ => own.to_owned(),
        };
        let key = (object.kind().to_owned(), object.name().to_owned(), place);
        if let Some(first) = seen.insert(key, &object.file) {
            found.push(format!("{} stands in {first} already", object.place()));
        }
    }
    found
}

#[test]
fn names_of_the_examples_fit_after_all_that_is_appended() {
    for tree in ALL.iter().flat_map(|program| program.trees.values()) {
        assert_eq!(problems(tree), [""; 0]);
    }
}

/// A name of a spec: of one letter, as long as it may be, or between. The letter tells what it names from the rest.
fn name(letter: char, longest: usize) -> impl Strategy<Value = String> {
    let length = prop_oneof![2 => Just(1), 2 => Just(longest), 1 => Just(longest - 1), 3 => 2..longest];
    let letters: Vec<_> = "abz019-".chars().collect();
    (length, prop::collection::vec(prop::sample::select(letters), longest)).prop_map(move |(length, letters)| {
        let name: String = std::iter::once(letter).chain(letters).take(length).collect();
        format!("{}{}", &name[..length - 1], name[length - 1..].replace('-', "y"))
    })
}

/// A program of which every name is chosen.
#[derive(Debug, Clone)]
struct Names {
    project: String,
    target: String,
    namespace: String,
    argocd: String,
    /// Standing: name and namespace; ephemeral: name.
    permanent: Vec<(String, String)>,
    ephemeral: Vec<String>,
    apps: Vec<AppNames>,
    secret: String,
    object: String,
    key: String,
    analysis: String,
    pipelines: Vec<String>,
    repository: (String, String),
}

#[derive(Debug, Clone)]
struct AppNames {
    app: String,
    images: Vec<String>,
    task: String,
    services: Vec<String>,
    release: bool,
}

fn app(letter: char) -> impl Strategy<Value = AppNames> {
    let images = (name('i', 40), name('j', 40)).prop_map(|(one, other)| vec![one, other]);
    let services = prop_oneof![Just(vec![]), (name('s', 14), name('t', 14)).prop_map(|(one, other)| vec![one, other])];
    (name(letter, 40), images, name('t', 40), services, any::<bool>())
        .prop_map(|(app, images, task, services, release)| AppNames { app, images, task, services, release })
}

fn names() -> impl Strategy<Value = Names> {
    let project = (name('p', 30), name('e', 30), name('n', 63), name('m', 63));
    // With the longest app there is room for 22 characters in a namespace.
    let permanent = ((name('l', 30), name('a', 22)), (name('k', 27), name('b', 22)));
    let ephemeral = (name('v', 27), name('w', 27));
    let object = (name('o', 63), name('o', 63)).prop_map(|(one, other)| format!("{one}.{other}"));
    let repository = ("[A-Za-z0-9][A-Za-z0-9._-]{0,30}", "[A-Za-z0-9][A-Za-z0-9._-]{0,60}");
    let key = prop_oneof![Just("on".to_owned()), "[A-Za-z0-9._-]{3,40}"];
    let rest = (name('x', 62), object, key, name('y', 63), (name('q', 50), name('r', 9)), repository);
    (project, permanent, ephemeral, (app('c'), app('d'), app('f')), rest).prop_map(
        |(
            (project, target, namespace, argocd),
            permanent,
            ephemeral,
            apps,
            (secret, object, key, analysis, lines, repository),
        )| Names {
            project,
            target,
            namespace,
            argocd,
            permanent: vec![permanent.0, permanent.1],
            ephemeral: vec![ephemeral.0, ephemeral.1],
            apps: vec![apps.0, apps.1, apps.2],
            secret,
            object,
            key,
            analysis,
            pipelines: vec![lines.0, lines.1],
            repository,
        },
    )
}

impl Names {
    fn program(&self) -> String {
        let Self { project, namespace, argocd, secret, object, key, analysis, repository: (owner, repo), .. } = self;
        let mut text = format!(
            "project {project} {{\n namespace = \"{namespace}\"\n gitops {{ repo = \"github.com/{owner}/{repo}\", credentials = {secret}1 }}\n \
             github {{ webhook = \"https://hooks.acme.io\", credentials = {secret} }}\n registry {{ host = \"r.io\" }}\n \
             prometheus {{ url = \"http://p:9090\" }}\n argo {{ namespace = \"{argocd}\", refresh = annotate }}\n}}\n\
             secret {secret} {{ keys = [\"token\", \"webhookSecret\"], name = \"{object}\" }}\n\
             secret {secret}1 {{ keys = [\"token\"] }}\n"
        );
        let (one, two) = (&self.ephemeral[0], &self.ephemeral[1]);
        let _ = writeln!(
            text,
            "secret {secret}0 {{ keys = [\"{key}\"], in {one} {{ from = throwaway }}, in {two} {{ from = throwaway }} }}"
        );
        let _ = writeln!(text, "target {}", self.target);
        for (name, namespace) in &self.permanent {
            let _ = writeln!(text, "environment {name} {{ namespace = \"{namespace}\", quota {{ cpu = 99 }} }}");
        }
        for name in &self.ephemeral {
            let _ = writeln!(text, "environment {name} {{ copy-of = {}, ttl = 20h }}", self.permanent[0].0);
        }
        let _ = writeln!(text, "analysis {analysis} {{ query = \"up{{x=\\\"${{canary.hash}}\\\"}}\", at-least = 1 }}");
        for (number, app) in self.apps.iter().enumerate() {
            self.app(app, if number == 0 { "" } else { &self.apps[0].app }, &mut text);
        }
        self.pipeline(&self.pipelines[0], &self.apps[..1], &mut text);
        self.pipeline(&self.pipelines[1], &self.apps[1..], &mut text);
        text
    }

    fn app(&self, names: &AppNames, needs: &str, text: &mut String) {
        let AppNames { app, images, task, services, release } = names;
        let _ = writeln!(text, "app {app} {{\n source = \"github.com/acme/{app}\"\n needs = [{needs}]");
        for image in images {
            let _ = writeln!(text, " image {image}");
        }
        let body = |image: &str| {
            format!("image = {image}, port = 8080, cpu = 1, memory = 1Gi, replicas = 2..4, metrics {{ port = 81 }}")
        };
        if services.is_empty() {
            let route = format!("route {{ via = traefik, host = \"{app}.acme.io\" }}");
            let _ = writeln!(text, " service {{ {}, in {} {{ {route} }} }}", body(&images[0]), self.permanent[0].0);
        }
        for (service, image) in services.iter().zip(images) {
            let _ = writeln!(text, " service {service} {{ {} }}", body(image));
        }
        let key = format!("{}0.\"{}\"", self.secret, self.key);
        let (one, other) = (&images[0], &images[1]);
        let env = format!("D = {one}.digest, T = {one}.tag, R = \"${{{other}.repository}}\", K = {key}");
        let _ = writeln!(text, " task {task} {{ image = {other}, command = [\"x\"], env = {{ {env} }} }}");
        if *release {
            let _ = writeln!(text, " helm {{ path = \"chart\", release = \"r{}\" }}", &app[..1]);
        }
        text.push_str("}\n");
    }

    fn pipeline(&self, name: &str, apps: &[AppNames], text: &mut String) {
        let delivers: Vec<_> = apps.iter().map(|app| app.app.as_str()).collect();
        let _ = writeln!(text, "pipeline {name} {{\n delivers = [{}]\n on push\n build", delivers.join(", "));
        let task = |environment: &str| match apps {
            [one] => format!(" test {} in {environment}\n migrate {} in {environment}\n", one.task, one.task),
            _ => format!(" run {}.{} in {environment}\n", self.apps[0].app, self.apps[0].task),
        };
        for environment in &self.ephemeral {
            let _ = writeln!(
                text,
                " stage-env {environment}\n wait-for-sync in {environment}\n{} teardown {environment}",
                task(environment)
            );
        }
        for (environment, _) in &self.permanent {
            let update = match apps {
                [_] => format!("canary in {environment} {{ steps = [50%, 2m], analyse = {} }}", self.analysis),
                _ => format!("deploy in {environment}"),
            };
            let _ = writeln!(text, " {update}\n wait-for-sync in {environment} {{ timeout = 9m }}");
        }
        text.push_str("}\n");
    }
}

/// What a spec may be refused for: names that are too long together, that meet, or that the language keeps for itself.
const OF_NAMES: [&str; 5] = ["E0207", "E0211", "E0504", "E0601", "E0306"];

#[test]
fn names_of_any_program_fit_after_all_that_is_appended() {
    let mut runner = property::runner();
    let (mut compiled, mut refused) = (0, BTreeSet::new());
    for _ in 0..30 {
        let names = names().new_tree(&mut runner).expect("names").current();
        let program = names.program();
        match Compiled::try_of("names", vec![("names.pipe".to_owned(), program.clone())]) {
            Ok(made) => {
                compiled += 1;
                for tree in made.trees.values() {
                    assert_eq!(problems(tree), [""; 0], "{program}");
                }
            }
            Err(said) => {
                let said: Vec<_> = said.iter().map(|said| format!("{}: {}", said.code, said.message)).collect();
                let of_names =
                    |said: &String| said.starts_with('W') || OF_NAMES.iter().any(|code| said.starts_with(code));
                assert!(said.iter().all(of_names), "{said:#?}\n{program}");
                refused.extend(said.into_iter().filter(|said| said.starts_with('E')));
            }
        }
    }
    assert!(compiled >= 20, "{compiled} compiled; {refused:#?}");
}

/// One name after the other is longer than what the trees were tried with: then either it fits all the same, or the program
/// is refused.
/// What is done to the names of a program.
type Edit<'a> = &'a dyn Fn(&mut Names);

#[test]
fn a_name_too_long_for_its_derived_names_is_rejected() {
    let mut runner = property::runner();
    let short = |names: Names| names.program().len() < 5_000 && names.apps.iter().all(|app| app.services.len() == 2);
    let base = (0..500).map(|_| names().new_tree(&mut runner).expect("names").current());
    let base = base.into_iter().find(|names| short(names.clone())).expect("a short one");
    let long = |name: &mut String, length: usize| *name = format!("{}{}", &name[..1], "x".repeat(length - 1));
    // With the app before or behind it, one character too many.
    let (service, line) = (56 - base.apps[0].app.len(), 50 - base.apps[1].app.len());
    let edits: [(&str, Edit); 15] = [
        ("project", &|names| long(&mut names.project, 31)),
        ("target", &|names| long(&mut names.target, 31)),
        ("namespace", &|names| long(&mut names.namespace, 64)),
        ("Argo CD's namespace", &|names| long(&mut names.argocd, 64)),
        ("permanent environment", &|names| long(&mut names.permanent[0].0, 31)),
        ("namespace of an environment", &|names| long(&mut names.permanent[0].1, 64)),
        ("ephemeral environment", &|names| long(&mut names.ephemeral[0], 31)),
        ("app", &|names| long(&mut names.apps[0].app, 41)),
        ("image", &|names| long(&mut names.apps[0].images[0], 41)),
        ("task", &|names| long(&mut names.apps[0].task, 41)),
        ("service", &|names| long(&mut names.apps[0].services[0], service)),
        ("secret", &|names| long(&mut names.secret, 64)),
        ("analysis", &|names| long(&mut names.analysis, 64)),
        ("pipeline", &|names| long(&mut names.pipelines[0], 51)),
        ("pipeline of several apps", &|names| long(&mut names.pipelines[1], line)),
    ];
    let fits = |names: &Names| match Compiled::try_of("names", vec![("names.pipe".to_owned(), names.program())]) {
        Ok(made) => made.trees.values().flat_map(problems).collect::<Vec<_>>(),
        Err(said) => said
            .iter()
            .filter(|said| !OF_NAMES.contains(&said.code.as_str()))
            .map(|said| said.message.clone())
            .collect(),
    };
    assert_eq!(fits(&base), [""; 0]);
    for (what, edit) in edits {
        let mut names = base.clone();
        edit(&mut names);
        assert_eq!(fits(&names), [""; 0], "{what}");
    }
}
