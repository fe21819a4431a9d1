//! `project`, `environment` and `secret`: what all apps share.

use super::notice::notices;
use super::patch::patches;
use crate::diag::Diagnostics;
use crate::model::errors;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::value::{self, Repository};
use crate::model::{
    Environment, EnvironmentKind, ExternalSource, GitHost, GitOps, Hook, MetricsServer, PodSecurity, Project, Quota,
    Registry, RemoteBuilder, Secret, SecretIn, SecretOrigin,
};
use crate::program::Node;
use crate::schema::DeclarationKind;
use crate::schema::providers::{BUILDER_TLS, Builder, Host, Metrics, REGISTRY_CLIENT, TOKEN, WEBHOOK_SECRET};
use crate::source::Spanned;
use crate::syntax::ast;
use std::collections::{BTreeMap, BTreeSet};

/// The project. What could not be read has an empty dummy value, so that the rest of the program can be checked.
pub(super) fn project(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Project {
    let before = sink.errors();
    if node.lacks("gitops") {
        sink.push(errors::no_block(node, "gitops"));
    }
    if Host::ALL.iter().all(|host| node.lacks(host.word())) {
        sink.push(errors::no_block(node, Host::ALL[0].word()));
    }
    let mut reader = Reader::new(node, scope, sink);
    let namespace = reader.parsed("namespace", value::namespace);
    let gitops = reader.inside("gitops").and_then(gitops);
    let registry = reader.inside("registry").and_then(registry);
    let metrics = Metrics::ALL.into_iter().find_map(|metrics| metrics_server(metrics, reader.inside(metrics.word())?));
    let hosts = Host::ALL.into_iter().flat_map(|host| node.all(host.word()).map(move |block| (host, block)));
    let hosts = hosts.filter_map(|(host, block)| git_host(host, Reader::new(block, scope, sink))).collect();
    let argo = node.block_or_empty("argo");
    let mut argo = Reader::new(&argo, scope, sink);
    let argocd_namespace = argo.parsed("namespace", value::namespace);
    let refresh = argo.word("refresh");
    let workflows_ui = argo.parsed("ui", value::base_url).map(|url| url.value);
    let image_of = |word: &str, sink: &mut Diagnostics| {
        Reader::new(&node.block_or_empty(word), scope, sink).parsed("image", value::image)
    };
    let builder_image = image_of("builder", sink);
    let remote_builder = node.block("builder").and_then(|node| remote_builder(Reader::new(node, scope, sink)));
    let tools_image = image_of("tools", sink);
    let text = |known: Option<Spanned<String>>| known.map(|known| known.value).unwrap_or_default();
    Project {
        name: Spanned::new(node.name(), node.name_span()),
        namespace: text(namespace),
        gitops: gitops.unwrap_or_else(|| GitOps {
            repository: Repository::default(),
            branch: String::new(),
            path: String::new(),
            tree: String::new(),
            author_name: String::new(),
            author_email: String::new(),
            credentials: None,
            span: node.head,
        }),
        hosts,
        registry,
        metrics,
        argocd_namespace: text(argocd_namespace),
        refresh_by_annotation: refresh == Some("annotate"),
        workflows_ui,
        builder: Builder::default(),
        builder_image: text(builder_image),
        remote_builder,
        tools_image: text(tools_image),
        notices: notices(node, scope, sink),
        patches: patches(node, scope, sink),
        is_complete: node.is_complete() && sink.errors() == before,
    }
}

fn gitops(mut reader: Reader) -> Option<GitOps> {
    let repository = reader.parsed("repo", Repository::read);
    let branch = reader.parsed("branch", value::branch);
    let path = reader.parsed("path", value::plain_path);
    let tree = reader.parsed("tree", value::plain_path);
    let author = reader.parsed("author", value::author)?.value;
    let credentials = reader.has("credentials").then(|| role_secret(&mut reader, "gitops", &[TOKEN]));
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
        credentials: credentials.flatten(),
        span: reader.node.head,
    })
}

fn git_host(choice: Host, mut reader: Reader) -> Option<GitHost> {
    let server = reader.parsed("host", value::host);
    let webhook = reader.parsed("webhook", value::url);
    if let Some(open) = webhook.as_ref().filter(|url| choice == Host::GitLab && url.value.starts_with("http://")) {
        reader.report(errors::secret_in_the_open(open));
    }
    let credentials = role_secret(&mut reader, choice.word(), &[TOKEN, WEBHOOK_SECRET]);
    let hook = reader.word("hook").and_then(Hook::of);
    let label = reader.node.label.is_some().then(|| reader.node.name());
    Some(GitHost { choice, label, server: server?, webhook: webhook?, hook: hook?, credentials: credentials? })
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
    let path = match reader.has("path") {
        true => reader.parsed("path", value::image_repository).map(|path| path.value),
        false => Some(String::new()),
    };
    let mut secret = |name| {
        let found = reader.has(name).then(|| role_secret_in(&mut reader, name, "registry", &[REGISTRY_CLIENT]));
        found.flatten()
    };
    let (credentials, pull) = (secret("credentials"), secret("pull"));
    let ca = if reader.has("ca") { Some(reader.secret_key("ca")?.value) } else { None };
    let (push, insecure) = push?;
    let credentials = credentials.map(|name| name.value);
    Some(Registry { host: host?.value, push, insecure, path: path?, credentials, pull, ca })
}

fn remote_builder(mut reader: Reader) -> Option<RemoteBuilder> {
    let tls = reader.has("tls").then(|| role_secret_in(&mut reader, "tls", "builder", &BUILDER_TLS));
    if !reader.has("address") {
        if tls.is_some() && !reader.node.unread.may_be("address") {
            reader.report(errors::tls_without_address(reader.node));
        }
        return None;
    }
    let address = reader.parsed("address", value::builder_address)?.value;
    Some(RemoteBuilder { address, tls: tls.flatten().map(|name| name.value) })
}

/// The secret of a role, which must have the keys that the role uses.
pub(super) fn role_secret(reader: &mut Reader, role: &str, keys: &[&str]) -> Option<Spanned<String>> {
    role_secret_in(reader, "credentials", role, keys)
}

/// The same in an attribute of another name.
fn role_secret_in(reader: &mut Reader, attribute: &str, role: &str, keys: &[&str]) -> Option<Spanned<String>> {
    let name = reader.name(attribute)?;
    let secret = reader.scope().declared(DeclarationKind::Secret, &name.value)?;
    let declared = reader.scope().declared_keys(secret)?;
    let missing: Vec<_> = keys.iter().map(|key| (*key).to_owned()).filter(|key| !declared.contains(key)).collect();
    if !missing.is_empty() {
        reader.report(errors::missing_role_keys(role, &name, &missing, secret));
    }
    let scope = reader.scope();
    let varies = |name: &&&str| secret.attribute(name).is_some_and(|written| scope.known(&written.value) == Ok(None));
    if let Some(varying) = EXTERNAL.iter().filter(|_| is_external(secret)).find(varies) {
        reader.report(errors::role_varies(role, &name, secret, varying));
    }
    Some(name)
}

fn metrics_server(choice: Metrics, mut reader: Reader) -> Option<MetricsServer> {
    let url = reader.parsed("url", value::url);
    let labels = reader.text_map("labels", value::label_key, value::label_value);
    Some(MetricsServer { choice, url: url?.value, labels })
}

/// An environment; `None` when it is not known what it copies. A namespace or time to live that could not be read has a
/// dummy value that causes no other error.
pub(super) fn environment(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Environment> {
    let name = Spanned::new(node.name(), node.name_span());
    let mut reader = Reader::new(node, scope, sink);
    let quota = reader.inside("quota").map(|mut quota| Quota {
        cpu: quota.bounds("cpu", value::cpu).map(|bounds| bounds.limit),
        memory: quota.bounds("memory", value::memory).map(|bounds| bounds.limit),
        pods: quota.count("pods", 10_000).map(|pods| u64::from(pods.value)),
        span: quota.node.head,
    });
    let labels = reader.text_map("labels", value::namespace_key, value::label_value);
    let annotations = reader.text_map("annotations", value::namespace_key, |text| Ok(text.to_owned()));
    let level = reader.word("pod-security").and_then(PodSecurity::of);
    let pod_security = level.map(|level| Spanned::new(level, reader.span("pod-security")));
    let ttl_span = if reader.has("ttl") { reader.span("ttl") } else { name.span };
    let kind = if reader.has("copy-of") {
        let of = reader.name("copy-of")?;
        let origin = scope.declared(DeclarationKind::Environment, &of.value)?;
        if origin.attribute("copy-of").is_some() {
            reader.report(errors::copy_of_copy(node, &of));
        }
        if reader.has("namespace") {
            reader.report(errors::namespace_of_copy(node));
        }
        if node.lacks("ttl") {
            reader.report(errors::copy_without_ttl(node));
        }
        let ttl = reader.duration("ttl").map_or(u64::MAX, |ttl| ttl.value);
        EnvironmentKind::Ephemeral { copy_of: of.value, ttl }
    } else {
        if reader.has("ttl") && !node.unread.may_be("copy-of") {
            reader.report(errors::ttl_without_copy(node));
        }
        let written = reader.has("namespace").then(|| reader.parsed("namespace", value::namespace));
        let namespace = written.flatten().map(|namespace| namespace.value);
        EnvironmentKind::Permanent { namespace: namespace.unwrap_or_else(|| node.name()) }
    };
    let patches = patches(node, scope, sink);
    Some(Environment { name, kind, ttl_span, quota, labels, annotations, pod_security, patches })
}

pub(super) fn secret(
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
        let origin = match from {
            "throwaway" => {
                if !environment.is_ephemeral() {
                    reader.report(errors::throwaway_in_standing(node, name, span));
                }
                SecretOrigin::Throwaway
            }
            "external" => SecretOrigin::External(external(&mut reader)?),
            _ => SecretOrigin::Existing,
        };
        by_environment.insert(name.clone(), SecretIn { object, origin });
    }
    let origin = origin_without_environment(node, scope, sink);
    let from_a_store = |origin: &SecretOrigin| matches!(origin, SecretOrigin::External(_));
    let external = is_external(node) || by_environment.values().any(|there| from_a_store(&there.origin));
    let layers = node.layers.iter().flat_map(|layer| &layer.attributes);
    let stray = node.attributes.iter().chain(layers).find(|written| EXTERNAL.contains(&written.key.value.as_str()));
    if let (false, Some(stray)) = (external, stray) {
        sink.push(errors::store_of_no_external(node, &stray.key));
    }
    // The name outside any environment may itself depend on one; then the declared name serves.
    let object = node.attribute("name").and_then(|name| scope.known(&name.value).ok().flatten());
    let object = object.unwrap_or_else(|| node.name());
    let name = Spanned::new(node.name(), node.name_span());
    Some(Secret { name, keys, object, origin, environments: by_environment })
}

/// The attributes of a secret from a store.
const EXTERNAL: [&str; 2] = ["store", "at"];

/// Where a secret is in a store.
fn external(reader: &mut Reader) -> Option<ExternalSource> {
    for name in EXTERNAL {
        if reader.node.lacks(name) {
            let node = reader.node;
            reader.report(errors::external_without(node, name));
        }
    }
    let store = reader.parsed("store", value::secret_store);
    let at = reader.parsed("at", value::remote_key);
    Some(ExternalSource { store: store?.value, at: at?.value })
}

/// Whether the secret comes from a store where no environment is meant.
fn is_external(node: &Node) -> bool {
    let from = node.attribute("from").map(|from| &from.value);
    matches!(from, Some(ast::Value::Ref(word)) if word.to_string() == "external")
}

/// Where the Secret comes from that the project itself uses: as it is outside any environment, if that is known. What is
/// wrong with it is reported in the environments, or where there are none.
fn origin_without_environment(node: &Node, scope: Scope, sink: &mut Diagnostics) -> SecretOrigin {
    if !is_external(node) {
        return SecretOrigin::Existing;
    }
    let known = |name: &str| node.attribute(name).and_then(|written| scope.known(&written.value).ok().flatten());
    if EXTERNAL.iter().all(|name| known(name).is_some() || node.lacks(name)) {
        let mut unheard = Diagnostics::default();
        let heard = if scope.root.block("environment").is_some() { &mut unheard } else { sink };
        let node = node.in_environment(None);
        let found = external(&mut Reader::new(&node, scope, heard));
        if let Some(source) = found {
            return SecretOrigin::External(source);
        }
    }
    SecretOrigin::Existing
}
