//! The program of one target → a [`System`]. Reports E02xx to E06xx at the values; what spans several blocks is left to
//! [`crate::check`].

use super::errors;
use super::read::Reader;
use super::reference::{ROOTS, Scope};
use super::text::{EnvValue, Piece, Text};
use super::value::{self, Pattern, Repository};
use super::{
    Analysis, App, AppIn, Bound, Canary, Chart, Environment, EnvironmentKind, GitHub, GitOps, Helm, Image, Metrics,
    OnPush, Pipeline, Project, Prometheus, Quota, Registry, Route, Scale, Secret, SecretIn, Service, Stage, StageKind,
    System, Task, TaskIn, Use, Verb,
};
use crate::diag::Diagnostics;
use crate::program::Node;
use crate::schema::{InRule, Kind};
use crate::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// The longest name of an app: a version, a `-` and the app are the name of an Application, of 63 characters at most.
const LONGEST_APP: usize = 63 - 22 - 1;
/// The longest name of a pipeline: it, a `-` and 12 digits of the commit are the name of a Workflow, of 63 at most.
const LONGEST_PIPELINE: usize = 63 - 1 - 12;
/// The longest name of a project, target or environment: several of them and a suffix make the name of an object.
const LONGEST_PART: usize = 30;

/// Resolves a program. `None` when there is no project to speak of; what else is wrong is reported and left out.
pub fn resolve(root: &Node, target: &str, sink: &mut Diagnostics) -> Option<System> {
    let scope = Scope { root, target, environment: None, app: None, query: false, depth: 0 };
    let Some(project_node) = root.block("project") else {
        if !root.may_mean("project") {
            sink.push(errors::no_project(root.head));
        }
        return None;
    };
    check_names(root, sink);
    let project = project(project_node, scope, sink);
    let environments: BTreeMap<_, _> = root
        .all("environment")
        .filter_map(|node| environment(node, scope, sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    check_layers(root, &root.names("environment").collect::<Vec<_>>(), sink);
    let secrets = root
        .all("secret")
        .filter_map(|node| secret(node, scope, &environments, sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    let apps: BTreeMap<_, _> = root
        .all("app")
        .map(|node| app(node, scope, &environments, sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    let prometheus = project.as_ref().and_then(|project| project.prometheus.as_ref()).map(|known| known.url.clone());
    let analyses = root
        .all("analysis")
        .filter_map(|node| analysis(node, scope, prometheus.as_deref(), sink))
        .map(|known| (known.name.value.clone(), known))
        .collect();
    let mut pipelines: Vec<Pipeline> =
        root.all("pipeline").flat_map(|node| pipelines(node, scope, &environments, &apps, sink)).collect();
    pipelines.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    Some(System { target: target.to_owned(), project: project?, environments, secrets, apps, analyses, pipelines })
}

/// The name of a target is a part of names and paths.
pub fn check_target(target: &Node, sink: &mut Diagnostics) {
    check_name(target, LONGEST_PART, sink);
}

/// Names of declared things become names of objects.
fn check_names(root: &Node, sink: &mut Diagnostics) {
    for node in &root.blocks {
        let longest = match node.spec.word {
            "app" => LONGEST_APP,
            "pipeline" => LONGEST_PIPELINE,
            "project" | "environment" => LONGEST_PART,
            _ => 63,
        };
        check_name(node, longest, sink);
        let reserved = |node: &Node| ROOTS.contains(&node.name().as_str());
        if matches!(node.spec.word, "app" | "secret") && reserved(node) {
            sink.push(errors::reserved(node));
        }
        let of_files = match node.spec.word {
            "pipeline" => name_of_ours(&node.name()) || matches!(node.name().as_str(), "shared" | "janitor"),
            "app" => node.name() == "analysis",
            // Argo CD's project of the generated tree is called like that of an environment.
            "environment" => node.name() == "bootstrap",
            _ => false,
        };
        if of_files || node.name() == "kustomization" {
            sink.push(errors::used_by_the_tree(node));
        }
        for inner in &node.blocks {
            if matches!(inner.spec.word, "image" | "task" | "service") && inner.label.is_some() {
                check_name(inner, LONGEST_APP, sink);
            }
            if inner.spec.word == "image" && reserved(inner) {
                sink.push(errors::reserved(inner));
            }
        }
    }
}

/// Whether the name is one of the objects that all pipelines share.
fn name_of_ours(name: &str) -> bool {
    name.strip_prefix(value::OUR_NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn check_name(node: &Node, longest: usize, sink: &mut Diagnostics) {
    let name = node.name();
    if name.is_empty() {
        return;
    }
    if let Err(why) = value::dns_label(&name, longest) {
        sink.push(errors::bad_name(node, &why));
    } else if name.starts_with(|c: char| c.is_ascii_digit()) {
        sink.push(errors::bad_name(node, "begins with a digit"));
    }
}

/// Every environment that `in ENV` names must be declared.
fn check_layers(node: &Node, known: &[String], sink: &mut Diagnostics) {
    let layers = node.layers.iter().map(|layer| &layer.environment);
    for environment in layers.chain(&node.only) {
        if !known.contains(&environment.value) {
            sink.push(errors::unknown_environment(environment, known));
        }
    }
    for block in node.blocks.iter().filter(|block| block.spec.environments != InRule::Acts) {
        check_layers(block, known, sink);
    }
}

fn project(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Project> {
    for word in ["gitops", "github"] {
        if node.lacks(word) {
            sink.push(errors::no_block(node, word));
        }
    }
    let mut reader = Reader::new(node, scope, sink);
    let namespace = reader.parsed("namespace", |text| value::dns_label(text, 63));
    let gitops = reader.inside("gitops").and_then(gitops);
    let github = reader.inside("github").and_then(github);
    let registry = reader.inside("registry").and_then(registry);
    let prometheus = reader.inside("prometheus").and_then(prometheus);
    let argo = node.block_or_empty("argo");
    let mut argo = Reader::new(&argo, scope, sink);
    let argocd_namespace = argo.parsed("namespace", |text| value::dns_label(text, 63));
    let refresh = argo.word("refresh");
    let image_of = |word: &str, sink: &mut Diagnostics| {
        Reader::new(&node.block_or_empty(word), scope, sink).parsed("image", value::image)
    };
    let builder_image = image_of("builder", sink);
    let tools_image = image_of("tools", sink);
    Some(Project {
        name: Spanned::new(node.name(), node.name_span()),
        namespace: namespace?.value,
        gitops: gitops?,
        github: github?,
        registry,
        prometheus,
        argocd_namespace: argocd_namespace?.value,
        refresh_by_annotation: refresh? == "annotate",
        builder_image: builder_image?.value,
        tools_image: tools_image?.value,
    })
}

fn gitops(mut reader: Reader) -> Option<GitOps> {
    let repository = reader.parsed("repo", Repository::read);
    let branch = reader.parsed("branch", value::branch);
    let path = reader.parsed("path", value::path);
    let tree = reader.parsed("tree", value::path);
    let author = reader.parsed("author", value::author)?.value;
    if let (Some(path), Some(tree)) = (&path, &tree)
        && path.value == tree.value
    {
        let place = if reader.has("tree") { "tree" } else { "path" };
        reader.report(errors::folders_meet(reader.span(place), &path.value));
    }
    Some(GitOps {
        repository: repository?.value,
        branch: branch?.value,
        path: path?.value,
        tree: tree?.value,
        author_name: author.0,
        author_email: author.1,
    })
}

fn github(mut reader: Reader) -> Option<GitHub> {
    let webhook = reader.parsed("webhook", value::url);
    let credentials = role_secret(&mut reader, "github", &["token", "webhookSecret"]);
    Some(GitHub { webhook: webhook?.value, credentials: credentials? })
}

fn registry(mut reader: Reader) -> Option<Registry> {
    let host = reader.parsed("host", value::host);
    let push = match reader.text("push").and_then(|text| text.value.known()) {
        Some(text) if text.starts_with("http://") => {
            reader.parsed("push", value::url).map(|url| (url.value.trim_start_matches("http://").to_owned(), true))
        }
        Some(text) if text.starts_with("https://") => {
            reader.parsed("push", value::url).map(|url| (url.value.trim_start_matches("https://").to_owned(), false))
        }
        Some(_) => reader.parsed("push", value::host).map(|host| (host.value, false)),
        None => host.as_ref().map(|host| (host.value.clone(), false)),
    };
    let credentials = reader.has("credentials").then(|| role_secret(&mut reader, "registry", &[".dockerconfigjson"]));
    let (push, insecure) = push?;
    Some(Registry { host: host?.value, push, insecure, credentials: credentials.flatten() })
}

/// The secret of a role, which must have the keys that the role uses.
fn role_secret(reader: &mut Reader, role: &str, keys: &[&str]) -> Option<String> {
    let name = reader.name("credentials")?;
    let secret = reader.scope().declared(Kind::Secret, &name.value)?;
    let declared = reader.scope().declared_keys(secret)?;
    let missing: Vec<_> = keys.iter().map(|key| (*key).to_owned()).filter(|key| !declared.contains(key)).collect();
    if !missing.is_empty() {
        reader.report(errors::missing_role_keys(role, &name, &missing, secret));
    }
    Some(name.value)
}

fn prometheus(mut reader: Reader) -> Option<Prometheus> {
    let url = reader.parsed("url", value::url);
    let labels = reader.text_map("labels", value::label_key, value::label_value);
    Some(Prometheus { url: url?.value, labels })
}

fn environment(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Environment> {
    let name = Spanned::new(node.name(), node.name_span());
    let mut reader = Reader::new(node, scope, sink);
    let quota = reader.inside("quota").map(|mut quota| Quota {
        cpu: quota.bounds("cpu", value::cpu).map(|bounds| bounds.limit),
        memory: quota.bounds("memory", value::memory).map(|bounds| bounds.limit),
        pods: quota.count("pods", 10_000).map(|pods| u64::from(pods.value)),
    });
    let ttl_span = if reader.has("ttl") { reader.span("ttl") } else { name.span };
    let kind = if reader.has("copy-of") {
        let of = reader.name("copy-of")?;
        let origin = scope.declared(Kind::Environment, &of.value)?;
        if origin.attribute("copy-of").is_some() {
            reader.report(errors::copy_of_copy(node, &of));
        }
        if reader.has("namespace") {
            reader.report(errors::namespace_of_copy(node));
        }
        if node.lacks("ttl") {
            reader.report(errors::copy_without_ttl(node));
        }
        EnvironmentKind::Ephemeral { copy_of: of.value, ttl: reader.duration("ttl")?.value }
    } else {
        if reader.has("ttl") && !node.may_mean("copy-of") {
            reader.report(errors::ttl_without_copy(node));
        }
        let namespace = if reader.has("namespace") {
            reader.parsed("namespace", |text| value::dns_label(text, 63))?.value
        } else {
            node.name()
        };
        EnvironmentKind::Standing { namespace }
    };
    Some(Environment { name, kind, ttl_span, quota })
}

fn secret(
    node: &Node,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    sink: &mut Diagnostics,
) -> Option<Secret> {
    let keys: BTreeSet<String> = Reader::new(node, scope, sink)
        .parsed_list("keys", value::secret_key)
        .into_iter()
        .map(|key| key.value)
        .collect();
    let object = |node: &Node, scope: Scope, sink: &mut Diagnostics| {
        let mut reader = Reader::new(node, scope, sink);
        if reader.has("name") {
            reader.parsed("name", value::dns_subdomain).map(|name| name.value)
        } else {
            Some(node.name())
        }
    };
    let mut by_environment = BTreeMap::new();
    for (name, environment) in environments {
        let picked = node.in_environment(Some(name));
        let scope = Scope { environment: Some(name), ..scope };
        let object = object(&picked, scope, sink)?;
        let mut reader = Reader::new(&picked, scope, sink);
        let from = reader.word("from")?;
        let span = reader.span("from");
        if from == "throwaway" && !environment.is_ephemeral() {
            sink.push(errors::throwaway_in_standing(node, name, span));
        }
        by_environment.insert(name.clone(), SecretIn { object, throwaway: from == "throwaway" });
    }
    // The name outside any environment may itself depend on one; then the declared name serves.
    let object = node.attribute("name").and_then(|name| scope.known(&name.value).ok().flatten());
    let object = object.unwrap_or_else(|| node.name());
    Some(Secret { name: Spanned::new(node.name(), node.name_span()), keys, object, environments: by_environment })
}

fn app(node: &Node, scope: Scope, environments: &BTreeMap<String, Environment>, sink: &mut Diagnostics) -> App {
    let scope = Scope { app: Some(node), ..scope };
    let mut reader = Reader::new(node, scope, sink);
    let source = reader.parsed("source", Repository::read);
    let path = reader.parsed("path", value::path).map(|path| path.value).unwrap_or_default();
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
    App { name: Spanned::new(node.name(), node.name_span()), source, path, images, tasks, environments: by_environment }
}

fn image(node: &Node, scope: Scope, app_path: &str, sink: &mut Diagnostics) -> Option<Image> {
    let mut reader = Reader::new(node, scope, sink);
    let path = if reader.has("path") {
        reader.parsed("path", value::path).map(|path| path.value)
    } else {
        Some(app_path.to_owned())
    };
    let dockerfile = reader.parsed("dockerfile", value::path);
    let target = reader.parsed("target", value::tag).map(|target| target.value);
    let args = reader.text_map("args", value::variable_name, value::one_line);
    let repository = if reader.has("repository") {
        reader.parsed("repository", value::image_repository).map(|repository| repository.value)
    } else {
        scope.app.map(|app| format!("{}/{}", app.name(), node.name()))
    };
    let tag = reader.parsed("tag", value::tag).map(|tag| tag.value);
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
    let needs = reader.names("needs");
    let own = scope.app.map(Node::name).unwrap_or_default();
    if let Some(itself) = needs.iter().find(|name| name.value == own) {
        reader.report(errors::needs_itself(itself));
    }
    let needs = needs.into_iter().map(|name| name.value).collect();
    let env = Env { values: reader.env("env"), uses: reader.uses() };
    refuse_literal_secrets(node, "env", sink);
    let mut services: Vec<_> = node.all("service").filter_map(|node| service(node, scope, &env, sink)).collect();
    services.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    let path_of = |word: &str, sink: &mut Diagnostics| {
        let node = node.block(word)?;
        Reader::new(node, scope, sink).parsed("path", value::path).map(|path| path.value)
    };
    AppIn {
        needs,
        services,
        helm: node.block("helm").and_then(|node| helm(node, scope, sink)),
        kustomize: path_of("kustomize", sink),
        manifests: path_of("manifests", sink),
        tasks: node.all("task").map(|node| (node.name(), task_in(node, scope, &env, sink))).collect(),
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
    reader.texts("command").into_iter().map(|text| text.value).collect()
}

fn service(node: &Node, scope: Scope, app_env: &Env, sink: &mut Diagnostics) -> Option<Service> {
    refuse_literal_secrets(node, "env", sink);
    let app = scope.app.map(Node::name).unwrap_or_default();
    let name = if node.label.is_some() { format!("{app}-{}", node.name()) } else { app };
    let mut reader = Reader::new(node, scope, sink);
    let image = reader.image("image");
    let cpu = reader.bounds("cpu", value::cpu);
    let memory = reader.bounds("memory", value::memory);
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
    let fixed = replicas.as_ref().is_some_and(|range| range.value.0 == range.value.1);
    if let (true, Some(scale)) = (fixed, node.block("scale")) {
        sink.push(errors::scale_without_range(scale));
    }
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
        via?;
        Some(Route { span: route.span("host"), host: host?, path: path?.value })
    });
    for what in ["route", "health"] {
        let used = if what == "route" { node.block("route").is_some() } else { health.is_some() };
        if used && port.is_none() && node.lacks("port") {
            let place = node.block(what).map(|block| block.head).or(node.attribute(what).map(|known| known.key.span));
            sink.push(errors::needs_port(place.unwrap_or(node.head), what));
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
    })
}

/// The host of a route, perhaps with the namespace of an ephemeral environment in it.
fn host(route: &mut Reader) -> Option<Text> {
    let Spanned { value: host, span } = route.text("host")?;
    if host.0.iter().any(|piece| !matches!(piece, Piece::Literal(_) | Piece::Namespace)) {
        route.report(errors::host_of_run(span));
        return None;
    }
    let shown: String = host
        .0
        .iter()
        .map(|piece| if let Piece::Literal(text) = piece { text.as_str() } else { "v20000101000000-000000" })
        .collect();
    if let Err(why) = value::host_name(&shown) {
        route.report(errors::bad_value("host", &shown, span, &why));
        return None;
    }
    Some(host)
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

fn analysis(node: &Node, scope: Scope, project: Option<&str>, sink: &mut Diagnostics) -> Option<Analysis> {
    let mut reader = Reader::new(node, Scope { query: true, ..scope }, sink);
    let query = reader.text("query");
    let bound = match (reader.has("at-most"), reader.has("at-least")) {
        (true, true) => {
            reader.report(errors::bounds_both(node));
            None
        }
        (true, false) => reader.number("at-most").map(|number| Bound::AtMost(number.value)),
        (false, true) => reader.number("at-least").map(|number| Bound::AtLeast(number.value)),
        (false, false) => {
            if node.lacks("at-most") && node.lacks("at-least") {
                reader.report(errors::bound_missing(node));
            }
            None
        }
    };
    let every = reader.duration("every");
    let tolerate = reader.count("tolerate", 1000);
    let no_data = reader.word("no-data");
    let prometheus = if reader.has("prometheus") {
        reader.parsed("prometheus", value::url).map(|url| url.value)
    } else {
        let asks_nobody = scope.root.block("project").is_some_and(|project| project.lacks("prometheus"));
        if asks_nobody && node.lacks("prometheus") {
            reader.report(errors::no_prometheus(node.name_span()));
        }
        project.map(str::to_owned)
    };
    Some(Analysis {
        name: Spanned::new(node.name(), node.name_span()),
        query: query?.value,
        bound: bound?,
        every: every?.value,
        tolerate: tolerate?.value,
        pass_without_data: no_data? == "pass",
        prometheus: prometheus?,
    })
}

/// A pipeline for each app that the block delivers.
fn pipelines(
    node: &Node,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    apps: &BTreeMap<String, App>,
    sink: &mut Diagnostics,
) -> Vec<Pipeline> {
    if node.lacks("on") {
        sink.push(errors::no_block(node, "on push"));
    }
    let delivers = Reader::new(node, scope, sink).names("delivers");
    let one = delivers.len() == 1;
    let mut result = Vec::new();
    for app in delivers {
        let Some(app_node) = scope.declared(Kind::App, &app.value) else { continue };
        let name = if one { node.name() } else { format!("{}-{}", node.name(), app.value) };
        if let (false, Err(why)) = (one, value::dns_label(&name, LONGEST_PIPELINE)) {
            sink.push(errors::bad_pipeline_name(&app, &name, &why));
        }
        let scope = Scope { app: Some(app_node), ..scope };
        let on = on_push(node, &apps[&app.value], scope, sink);
        let stages = node
            .blocks
            .iter()
            .filter(|block| block.spec.is_stage())
            .filter_map(|block| stage(block, scope, environments, sink))
            .collect();
        if let Some(on) = on {
            result.push(Pipeline { name: Spanned::new(name, node.name_span()), app, on, stages });
        }
    }
    result
}

fn on_push(pipeline: &Node, app: &App, scope: Scope, sink: &mut Diagnostics) -> Option<OnPush> {
    let node = pipeline.block_or_empty("on");
    let mut reader = Reader::new(&node, scope, sink);
    let branch = reader.parsed("branch", value::branch);
    let paths = if reader.has("paths") {
        reader.parsed_list("paths", Pattern::read)
    } else {
        default_paths(app).into_iter().map(|pattern| Spanned::new(pattern, node.head)).collect()
    };
    let except = reader.parsed_list("except", Pattern::read);
    Some(OnPush { branch: branch?.value, paths, except, span: node.head })
}

/// What an app is made of: the folders of its parts, in any environment; without parts its own folder.
fn default_paths(app: &App) -> Vec<Pattern> {
    let mut folders: BTreeSet<String> = app.images.values().map(|image| image.path.clone()).collect();
    for part in app.environments.values() {
        folders.extend(part.kustomize.iter().chain(&part.manifests).cloned());
        if let Some(Helm { chart: Chart::Own { path }, .. }) = &part.helm {
            folders.insert(path.clone());
        }
    }
    if folders.is_empty() {
        folders.insert(app.path.clone());
    }
    // A folder inside another one is covered by it.
    let covered = |folder: &String| {
        folders.iter().any(|outer| outer != folder && (outer.is_empty() || folder.starts_with(&format!("{outer}/"))))
    };
    folders.iter().filter(|folder| !covered(folder)).map(|folder| Pattern::below(folder)).collect()
}

fn stage(
    node: &Node,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    sink: &mut Diagnostics,
) -> Option<Stage> {
    let kind = match node.spec.word {
        "build" => StageKind::Build,
        "stage-env" => {
            let environment = named_environment(node, scope, environments, Some(true), sink);
            let with = Reader::new(node, scope, sink).name_set("with");
            StageKind::StageEnv { environment: environment?, with }
        }
        "teardown" => {
            StageKind::Teardown { environment: named_environment(node, scope, environments, Some(true), sink)? }
        }
        "wait-for-sync" => {
            let environment = acting_environment(node, scope, environments, None, sink);
            let mut reader = Reader::new(node, scope, sink);
            let timeout = reader.duration("timeout")?;
            StageKind::Wait { environment: environment?, timeout: timeout.value, timeout_span: timeout.span }
        }
        "migrate" => task_stage(node, Verb::Migrate, scope, environments, sink)?,
        "test" => task_stage(node, Verb::Test, scope, environments, sink)?,
        "run" => task_stage(node, Verb::Run, scope, environments, sink)?,
        "deploy" => {
            StageKind::Deploy { environment: acting_environment(node, scope, environments, Some(false), sink)? }
        }
        "canary" => {
            let environment = acting_environment(node, scope, environments, Some(false), sink);
            let mut reader = Reader::new(node, scope, sink);
            let steps = reader.steps("steps");
            let analyses = reader.names("analyse");
            StageKind::Canary(Canary { environment: environment?, steps, analyses })
        }
        word => unreachable!("`{word}` is no stage of the schema"),
    };
    Some(Spanned::new(kind, node.head))
}

fn task_stage(
    node: &Node,
    verb: Verb,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    sink: &mut Diagnostics,
) -> Option<StageKind> {
    let environment = acting_environment(node, scope, environments, None, sink);
    let Some(crate::syntax::ast::Label::Ref(reference)) = &node.label else { return None };
    let (app, task) = scope.part(Kind::Task, reference, sink)?;
    Some(StageKind::Task { verb, app, task, environment: environment? })
}

/// The environment after `in`.
fn acting_environment(
    node: &Node,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    ephemeral: Option<bool>,
    sink: &mut Diagnostics,
) -> Option<String> {
    known_environment(node, node.environment.clone()?, scope, environments, ephemeral, sink)
}

/// The environment that is the stage's object.
fn named_environment(
    node: &Node,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    ephemeral: Option<bool>,
    sink: &mut Diagnostics,
) -> Option<String> {
    let name = Spanned::new(node.name(), node.name_span());
    known_environment(node, name, scope, environments, ephemeral, sink)
}

fn known_environment(
    node: &Node,
    name: Spanned<String>,
    scope: Scope,
    environments: &BTreeMap<String, Environment>,
    ephemeral: Option<bool>,
    sink: &mut Diagnostics,
) -> Option<String> {
    let known = scope.name(Kind::Environment, &name, sink)?;
    let environment = environments.get(&known)?;
    if ephemeral.is_some_and(|wanted| wanted != environment.is_ephemeral()) {
        sink.push(errors::wrong_kind(node.spec.word, &name, &environment.kind));
        return None;
    }
    Some(known)
}

/// A value under a key that names a secret must not be written out.
fn refuse_literal_secrets(node: &Node, attribute: &str, sink: &mut Diagnostics) {
    let Some(crate::syntax::ast::Value::Map(map)) = node.attribute(attribute).map(|attribute| &attribute.value) else {
        return;
    };
    for entry in &map.entries {
        let number = matches!(entry.value, crate::syntax::ast::Value::Measure(_));
        let written = number || super::reference::literal(&entry.value).is_some_and(|text| !text.is_empty());
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
