//! `app` and its parts, in every environment.

use super::names::check_layers;
use super::patch::patches;
use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::text::{EnvValue, Segment, Text};
use crate::model::value::{self, Repository};
use crate::model::{
    App, AppIn, Chart, Environment, Helm, Image, Kustomize, Metrics, Route, Scale, Service, Task, TaskIn, Use,
};
use crate::model::{doubt, errors};
use crate::program::Node;
use crate::schema::providers::Router;
use crate::source::Spanned;
use std::collections::BTreeMap;

pub(super) fn app(
    node: &Node,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    sink: &mut Diagnostics,
) -> App {
    let before = sink.errors();
    let scope = Scope { app: Some(node), ..scope };
    let mut reader = Reader::new(node, scope, sink);
    let source = reader.parsed("source", Repository::read);
    let path = reader.parsed("path", value::plain_path).map(|path| path.value).unwrap_or_default();
    let sourceless = source.is_none() && node.lacks("source");
    let images: BTreeMap<_, _> = node
        .all("image")
        .filter_map(|node| image(node, scope, &path, sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    if let (true, Some(first)) = (sourceless, node.block("image")) {
        sink.push(errors::source_missing(node, "its images are built from it").also(first.head, "this image"));
    }
    let tasks = node
        .all("task")
        .filter_map(|node| task(node, scope, sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    let mut by_environment = BTreeMap::new();
    for name in environments.keys() {
        let picked = node.in_environment(Some(name));
        let found = app_in(&picked, Scope { environment: Some(name), ..scope }, sink);
        let own = found.kustomize.is_some()
            || found.manifests.is_some()
            || matches!(&found.helm, Some(helm) if matches!(helm.chart, Chart::Own { .. }));
        if sourceless && own && images.is_empty() {
            sink.push(errors::source_missing(node, "its manifests come from it"));
        }
        by_environment.insert(name.clone(), found);
    }
    check_layers(node, &scope.root.names("environment").collect::<Vec<_>>(), sink);
    App {
        name: Spanned::new(node.name(), node.name_span()),
        source,
        path,
        images,
        tasks,
        environments: by_environment,
        is_complete: node.is_complete() && sink.errors() == before,
    }
}

fn image(node: &Node, scope: Scope, app_path: &str, sink: &mut Diagnostics) -> Option<Image> {
    let mut reader = Reader::new(node, scope, sink);
    let path = if reader.has("path") {
        reader.parsed("path", value::plain_path).map(|path| path.value)
    } else {
        Some(app_path.to_owned())
    };
    let dockerfile = reader.parsed("dockerfile", value::plain_path);
    let target = reader.parsed("target", value::tag).map(|target| target.value);
    let args = reader.text_map("args", value::variable_name, value::build_argument);
    let repository = if reader.has("repository") {
        reader.parsed("repository", value::image_repository).map(|repository| repository.value)
    } else {
        scope.app.map(|app| format!("{}/{}", app.name(), node.name()))
    };
    let tag = reader.parsed("tag", value::tag).map(|tag| tag.value);
    let cache = reader.word("cache");
    let user = reader.count("user", 65_535)?;
    refuse_literal_secrets(node, "args", sink);
    Some(Image {
        name: Spanned::new(node.name(), node.name_span()),
        path: path?,
        dockerfile: dockerfile?.value,
        target,
        args,
        repository: repository?,
        tag,
        user: i64::from(user.value),
        cached: cache? == "on",
    })
}

fn task(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Task> {
    let mut reader = Reader::new(node, scope, sink);
    let image = reader.image("image");
    let image_span = reader.span("image");
    let timeout = reader.duration("timeout");
    let retries = reader.count("retries", 10);
    let junit = reader.parsed("junit", value::url_path);
    refuse_literal_secrets(node, "env", sink);
    Some(Task {
        name: Spanned::new(node.name(), node.name_span()),
        image: image?,
        image_span,
        timeout: timeout?.value,
        retries: retries?.value,
        junit: junit.map(|path| path.value),
    })
}

fn app_in(node: &Node, scope: Scope, sink: &mut Diagnostics) -> AppIn {
    let mut reader = Reader::new(node, scope, sink);
    let needs = reader.partial("needs", Reader::names);
    let own = scope.app.map(Node::name).unwrap_or_default();
    if let Some(itself) = needs.iter().find(|name| name.value == own) {
        reader.report(errors::needs_itself(itself));
    }
    let needs = needs.map(|names| names.into_iter().map(|name| name.value).collect());
    let env = Env { values: reader.env("env"), uses: reader.uses() };
    refuse_literal_secrets(node, "env", sink);
    let mut services: Vec<_> = node.all("service").filter_map(|node| service(node, scope, &env, sink)).collect();
    services.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    let manifests = node
        .block("manifests")
        .and_then(|node| Reader::new(node, scope, sink).parsed("path", value::path).map(|path| path.value));
    AppIn {
        needs,
        services,
        helm: node.block("helm").and_then(|node| helm(node, scope, sink)),
        kustomize: node.block("kustomize").and_then(|node| kustomize(node, scope, sink)),
        manifests,
        tasks: node.all("task").map(|node| (node.name(), task_in(node, scope, &env, sink))).collect(),
        patches: patches(node, scope, sink),
    }
}

/// Environment variables, and what they use.
struct Env {
    values: BTreeMap<String, EnvValue>,
    uses: Vec<Use>,
}

impl Env {
    /// The app's variables lie under those of its services and tasks.
    fn over(self, app: &Self) -> Self {
        let hidden = |known: &&Use| known.variable.as_ref().is_some_and(|name| self.values.contains_key(name));
        let uses = app.uses.iter().filter(|known| !hidden(known)).cloned();
        let uses = uses.chain(self.uses.iter().cloned()).collect();
        let mut values = app.values.clone();
        values.extend(self.values);
        Self { values, uses }
    }
}

fn task_in(node: &Node, scope: Scope, app_env: &Env, sink: &mut Diagnostics) -> TaskIn {
    let mut reader = Reader::new(node, scope, sink);
    let command = command(&mut reader);
    let env = Env { values: reader.env("env"), uses: reader.uses() }.over(app_env);
    TaskIn { command, env: env.values, uses: env.uses }
}

fn command(reader: &mut Reader) -> Vec<Text> {
    let command = reader.texts("command");
    if let [only] = command.as_slice()
        && let Some(line) = only.value.known().filter(|line| line.trim().contains(char::is_whitespace))
    {
        reader.report(errors::command_in_one_text(&line, only.span));
    }
    command.into_iter().map(|text| text.value).collect()
}

fn service(node: &Node, scope: Scope, app_env: &Env, sink: &mut Diagnostics) -> Option<Service> {
    refuse_literal_secrets(node, "env", sink);
    let app = scope.app.map(Node::name).unwrap_or_default();
    let name = if node.label.is_some() { format!("{app}-{}", node.name()) } else { app };
    let mut reader = Reader::new(node, scope, sink);
    let image = reader.image("image");
    let cpu = reader.bounds("cpu", value::cpu);
    let memory = reader.bounds("memory", value::memory);
    let doubts = [
        ("cpu", cpu.as_ref().and_then(|bounds| doubt::processors(&bounds.request))),
        ("memory", memory.as_ref().and_then(|bounds| doubt::bytes(&bounds.request))),
    ];
    for (name, bad) in doubts.iter().filter_map(|(name, bad)| Some((name, bad.as_ref()?))) {
        let span = reader.span(name);
        reader.report(errors::doubtful_quantity(name, span, bad));
    }
    let port = reader.port("port").map(|port| port.value);
    let health = reader.parsed("health", value::url_path).map(|path| path.value);
    let command = command(&mut reader);
    let env = Env { values: reader.env("env"), uses: reader.uses() }.over(app_env);
    let replicas = reader.count_range("replicas", 1000);
    let scale_node = node.block_or_empty("scale");
    let mut scale_reader = Reader::new(&scale_node, scope, sink);
    let scale = Scale {
        cpu: scale_reader.percent("cpu").map_or(70, |percent| i32::from(percent.value)),
        memory: scale_reader.percent("memory").map(|percent| i32::from(percent.value)),
    };
    let mut reader = Reader::new(node, scope, sink);
    let metrics = reader.inside("metrics").and_then(|mut metrics| {
        let number = metrics.port("port");
        let path = metrics.parsed("path", value::url_path);
        let every = metrics.duration("every");
        Some(Metrics { port: number?.value, path: path?.value, every: every?.value })
    });
    let route = reader.inside("route").and_then(|mut route| {
        let via = route.word("via");
        let host = host(&mut route);
        let path = route.parsed("path", value::url_path);
        let via = Router::of(via?)?;
        Some(Route { via, span: route.span("host"), host: host?, path: path?.value })
    });
    if port.is_none() && node.lacks("port") {
        let route = node.block("route").map(|block| ("route", block.head));
        let health = node.attribute("health").map(|attribute| ("health", attribute.key.span));
        let using: Vec<_> = health.into_iter().chain(route).collect();
        if let Some((first, others)) = using.split_first() {
            sink.push(errors::needs_port(*first, others));
        }
    }
    if let (Some(metrics), Some(block)) = (&metrics, node.block("metrics"))
        && Some(metrics.port) == port
    {
        sink.push(errors::same_port(block, node));
    }
    Some(Service {
        name: Spanned::new(name, node.head),
        image: image?,
        cpu: cpu?,
        memory: memory?,
        port,
        health,
        command,
        env: env.values,
        replicas: replicas?.value,
        scale,
        metrics,
        route,
        uses: env.uses,
        patches: patches(node, scope, sink),
    })
}

/// The host of a route, perhaps with the namespace of an ephemeral environment in it.
fn host(route: &mut Reader) -> Option<Text> {
    let Spanned { value: host, span } = route.text("host")?;
    if host.0.iter().any(|segment| !matches!(segment, Segment::Literal(_) | Segment::Namespace)) {
        route.report(errors::host_of_run(span));
        return None;
    }
    let with = |namespace: &'static str| -> String {
        let segment =
            |segment: &Segment| if let Segment::Literal(text) = segment { text.clone() } else { namespace.to_owned() };
        host.0.iter().map(segment).collect()
    };
    if let Err(bad) = value::host_name(&with("v20000101000000-000000")) {
        let shown = with("${environment.namespace}");
        route.report(errors::bad_value("host", &shown, span, &bad));
        return None;
    }
    Some(host)
}

fn kustomize(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Kustomize> {
    let mut reader = Reader::new(node, scope, sink);
    let path = reader.parsed("path", value::path);
    let images = reader.image_map("images");
    let uses = reader.uses();
    Some(Kustomize { path: path?.value, images, uses })
}

fn helm(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Helm> {
    let mut reader = Reader::new(node, scope, sink);
    let third_party = ["repo", "chart", "version"];
    let written: Vec<_> = third_party.iter().filter(|name| reader.has(name)).collect();
    let chart = if reader.has("path") {
        if let Some(first) = written.first() {
            reader.report(errors::chart_mixed(node, first));
        }
        reader.parsed("path", value::path).map(|path| Chart::Own { path: path.value })
    } else {
        let missing: Vec<_> = third_party.iter().filter(|name| node.lacks(name)).copied().collect();
        if !missing.is_empty() && node.lacks("path") {
            reader.report(errors::chart_incomplete(node, if written.is_empty() { &["path"] } else { &missing }));
        }
        let repository = reader.parsed("repo", value::chart_repository);
        let name = reader.parsed("chart", value::image_repository);
        let version = reader.parsed("version", value::tag);
        (|| Some(Chart::ThirdParty { repository: repository?.value, name: name?.value, version: version?.value }))()
    };
    let values = reader.parsed_list("values", value::path).into_iter().map(|path| path.value).collect();
    let set = reader.settings("set");
    let release = reader.parsed("release", |text| value::dns_label(text, 53)).map(|release| release.value);
    let uses = reader.uses();
    Some(Helm { chart: chart?, values, set, release, uses })
}

/// A value under a key that names a secret must not be written out.
fn refuse_literal_secrets(node: &Node, attribute: &str, sink: &mut Diagnostics) {
    let Some(crate::syntax::ast::Value::Map(map)) = node.attribute(attribute).map(|attribute| &attribute.value) else {
        return;
    };
    for entry in &map.entries {
        let number = matches!(entry.value, crate::syntax::ast::Value::Quantity(_));
        let written = number || crate::model::reference::literal(&entry.value).is_some_and(|text| !text.is_empty());
        if written && names_a_secret(&entry.key.value) {
            sink.push(errors::literal_secret(&entry.key.value, entry.value.span()));
        }
    }
}

/// Whether a variable of this name holds a secret, by how such variables are called everywhere.
fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let words: Vec<_> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let secret = |word: &&str| {
        matches!(
            *word,
            "PASSWORD" | "PASSWD" | "PWD" | "SECRET" | "TOKEN" | "APIKEY" | "CREDENTIAL" | "CREDENTIALS" | "PASSPHRASE"
        )
    };
    let ends = words.last().is_some_and(secret);
    ends || name.ends_with("_KEY")
        && ["API", "PRIVATE", "SECRET", "ACCESS", "ENCRYPTION", "SIGNING"]
            .iter()
            .any(|before| name.ends_with(&format!("{before}_KEY")))
}

#[cfg(test)]
mod tests {
    use super::names_a_secret;

    #[test]
    fn names_of_secrets_are_known_by_their_last_word() {
        for name in ["PASSWORD", "MAINDB_PASSWORD", "GITHUB_TOKEN", "STRIPE_API_KEY", "client_secret"] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in ["PASSWORD_FILE", "TOKEN_URL", "KEY", "MONKEY", "SECRET_NAME", "PARTITION_KEY"] {
            assert!(!names_a_secret(name), "{name}");
        }
    }
}
