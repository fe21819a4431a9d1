//! A Kubernetes API server that knows four kinds, for the real kubectl: it answers from states that follow one another with
//! the clock of a world, and keeps what it was asked to do, in the words of RBAC. To pods it speaks TLS with a certificate
//! of its own authority, and only with who has the token of an account.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::scripts::support::{START, World, found};
use testkit::compiled::{list, text};

/// What was asked for: verb, resource, namespace, and the object if it was one.
pub type Asked = (String, String, String, Option<String>);

/// What the server knows from one moment on, or the HTTP status with which it turns everybody away.
#[derive(Clone)]
pub enum State {
    Objects(Vec<Value>),
    Refuses(u16),
}

/// A server for the kubectl of a world.
pub struct Api {
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Where it listens.
    pub port: u16,
}

/// What a server knows and keeps.
struct Server {
    clock: PathBuf,
    seconds: u64,
    states: Vec<State>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Without it nobody is answered.
    token: Option<String>,
}

/// The account of a pod, as the kubelet mounts it.
pub struct Account {
    /// A text that the server takes for a name.
    pub token: String,
    /// The certificate of the authority, in PEM.
    pub authority: String,
}

const KINDS: [(&str, &str); 5] = [
    ("applications", "Application"),
    ("applicationsets", "ApplicationSet"),
    ("workflowtemplates", "WorkflowTemplate"),
    ("rollouts", "Rollout"),
    ("workflows", "Workflow"),
];

/// The real kubectl, if there is one.
pub fn kubectl() -> Option<PathBuf> {
    found("kubectl")
}

impl Api {
    /// Serves the states, each for so many seconds of the world's clock; the last one stays. The world's kubectl is the real
    /// one, turned to this server.
    pub fn serve(world: &World, seconds: u64, states: Vec<State>) -> Self {
        let api = Self::listen(world, seconds, states, None, Some);
        let real = kubectl().expect("kubectl");
        let turned = format!("#!/bin/sh\nexec '{}' --server=http://127.0.0.1:{} \"$@\"\n", real.display(), api.port);
        world.tool("kubectl", &turned);
        api
    }

    /// The same for pods, which are told where the server is, and have the account that comes back.
    pub fn serve_pods(world: &World, seconds: u64, states: Vec<State>) -> (Self, Account) {
        let (config, authority) = certified();
        let account = Account { token: "eyJ.of-a-pod.x".to_owned(), authority };
        let api = Self::listen(world, seconds, states, Some(account.token.clone()), move |stream| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).ok()?;
            Some(rustls::StreamOwned::new(connection, stream))
        });
        (api, account)
    }

    fn listen<S: Read + Write>(
        world: &World,
        seconds: u64,
        states: Vec<State>,
        token: Option<String>,
        wrap: impl Fn(std::net::TcpStream) -> Option<S> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let server = Server { clock: world.path("clock"), seconds, states, asked: Arc::clone(&asked), token };
        // Ends with the process: nobody connects once its world is gone.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten().filter_map(wrap) {
                // A client that went away is none of the server's business.
                let _ = answer(stream, &server);
            }
        });
        Self { asked, port }
    }

    /// What was asked for since the last time.
    pub fn asked(&self) -> BTreeSet<Asked> {
        std::mem::take(&mut *self.asked.lock().expect("no panic")).into_iter().collect()
    }
}

/// What a server needs to speak TLS on loopback, and the certificate of the authority that certifies it, in PEM.
pub fn certified() -> (Arc<rustls::ServerConfig>, String) {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    // With the name of the certificate that it signs, OpenSSL takes that for one that has signed itself.
    parameters.distinguished_name.push(rcgen::DnType::CommonName, "authority of the tests");
    let key = rcgen::KeyPair::generate().expect("a key");
    let authority = rcgen::CertifiedIssuer::self_signed(parameters, key).expect("an authority");
    let own = rcgen::KeyPair::generate().expect("a key");
    let parameters = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("an address");
    let certificate = parameters.signed_by(&own, &authority).expect("a certificate");
    let private = rustls::pki_types::PrivateKeyDer::try_from(own.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocols")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .expect("a certificate for the key");
    (Arc::new(config), authority.pem())
}

fn answer(stream: impl Read + Write, server: &Server) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (mut length, mut token) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let (name, value) = header.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => token = value.trim().strip_prefix("Bearer ").map(str::to_owned),
            _ => {}
        }
        if header.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let now = fs::read_to_string(&server.clock).ok().and_then(|now| now.trim().parse().ok()).unwrap_or(START);
    let number = usize::try_from((now - START) / server.seconds).expect("a number");
    let (status, body) = if server.token.is_some() && server.token != token {
        failure(401, "Unauthorized")
    } else {
        respond(&method, &target, &server.states[number.min(server.states.len() - 1)], &server.asked)
    };
    let body = body.to_string();
    let stream = reader.get_mut();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()
}

fn respond(method: &str, target: &str, state: &State, asked: &Mutex<Vec<Asked>>) -> (u16, Value) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    let (namespace, resource, rest) = match parts.as_slice() {
        ["apis", "argoproj.io", "v1alpha1", "namespaces", namespace, resource, rest @ ..] => {
            (*namespace, *resource, rest)
        }
        ["api", "v1", "namespaces", namespace] => (*namespace, "namespaces", &parts[3..]),
        // What everybody may ask: which kinds there are.
        _ => return discovery(path),
    };
    let in_path = rest.first().map(|name| (*name).to_owned());
    let chosen = Chosen::read(query);
    // A list is held to a name where its field selector has one (apiserver, pkg/endpoints/request/requestinfo.go).
    let name = in_path.clone().or(chosen.name.clone());
    let verb = match (method, &in_path) {
        ("GET", None) => "list",
        ("GET", Some(_)) => "get",
        ("PATCH", _) => "patch",
        _ => method,
    };
    let entry = (verb.to_owned(), resource.to_owned(), namespace.to_owned(), name.clone());
    asked.lock().expect("no panic").push(entry);
    let objects = match state {
        State::Objects(objects) => objects,
        State::Refuses(status) => return failure(*status, "turned away"),
    };
    let kind = KINDS.iter().find(|(known, _)| *known == resource).map_or("", |(_, kind)| kind);
    let fits = |object: &&Value| {
        object["kind"] == kind && object["metadata"]["namespace"] == *namespace && chosen.has(&object["metadata"])
    };
    let mut found = objects.iter().filter(fits);
    match in_path {
        None => (
            200,
            json!({"kind": format!("{kind}List"), "apiVersion": "argoproj.io/v1alpha1", "metadata": {}, "items": found.collect::<Vec<_>>()}),
        ),
        Some(name) => match found.find(|object| text(&object["metadata"]["name"]) == name) {
            Some(object) => (200, object.clone()),
            None => failure(404, &format!("{resource}.argoproj.io \"{name}\" not found")),
        },
    }
}

/// The selectors of a list.
struct Chosen {
    name: Option<String>,
    /// Labels and the values that each may have; none where any will do.
    labels: Vec<(String, Vec<String>)>,
}

impl Chosen {
    fn read(query: &str) -> Self {
        let decoded = |text: &str| {
            let mut parts = text.split('%');
            let mut result = parts.next().unwrap_or_default().replace('+', " ");
            for part in parts {
                let (code, rest) = part.split_at(2);
                result.push(char::from(u8::from_str_radix(code, 16).expect("a code")));
                result.push_str(&rest.replace('+', " "));
            }
            result
        };
        let of = |key: &str| {
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
            pair.map(decoded).unwrap_or_default()
        };
        let name = of("fieldSelector").strip_prefix("metadata.name=").map(str::to_owned);
        let selector = of("labelSelector");
        let (mut labels, mut rest) = (Vec::new(), selector.as_str());
        while !rest.is_empty() {
            let end = match rest.find([',', '(']) {
                Some(at) if rest[at..].starts_with('(') => at + rest[at..].find(')').expect("the end of a list") + 1,
                Some(at) => at,
                None => rest.len(),
            };
            let part = &rest[..end];
            rest = rest[end..].trim_start_matches(',');
            labels.push(match (part.split_once(" in ("), part.split_once('=')) {
                (Some((key, values)), _) => {
                    (key.to_owned(), values.trim_end_matches(')').split(',').map(str::to_owned).collect())
                }
                (None, Some((key, value))) => (key.to_owned(), vec![value.to_owned()]),
                (None, None) => (part.to_owned(), Vec::new()),
            });
        }
        Self { name, labels }
    }

    fn has(&self, metadata: &Value) -> bool {
        let fits = |(key, values): &(String, Vec<String>)| {
            metadata["labels"]
                .get(key)
                .is_some_and(|label| values.is_empty() || values.iter().any(|value| label == value.as_str()))
        };
        self.name.as_ref().is_none_or(|name| metadata["name"] == name.as_str()) && self.labels.iter().all(fits)
    }
}

fn failure(status: u16, message: &str) -> (u16, Value) {
    let reason = match status {
        401 => "Unauthorized",
        404 => "NotFound",
        403 => "Forbidden",
        _ => "InternalError",
    };
    (
        status,
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": status}),
    )
}

fn discovery(path: &str) -> (u16, Value) {
    let version = json!({"groupVersion": "argoproj.io/v1alpha1", "version": "v1alpha1"});
    let resources = KINDS.iter().map(|(name, kind)| {
        json!({"name": name, "singularName": "", "namespaced": true, "kind": kind, "verbs": ["get", "list", "patch"]})
    });
    match path {
        "/api" => (200, json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})),
        "/api/v1" => (200, json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": []})),
        "/apis" => (
            200,
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [
            {"name": "argoproj.io", "versions": [version], "preferredVersion": version}]}),
        ),
        "/apis/argoproj.io/v1alpha1" => (
            200,
            json!({"kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": "argoproj.io/v1alpha1", "resources": resources.collect::<Vec<_>>()}),
        ),
        _ => failure(404, "no such path"),
    }
}

/// An object as the server keeps it.
pub fn stored(kind: &str, namespace: &str, mut object: Value) -> Value {
    object["kind"] = json!(kind);
    object["apiVersion"] = json!("argoproj.io/v1alpha1");
    object["metadata"]["namespace"] = json!(namespace);
    object
}

/// The objects of a list or of one object.
pub fn items(answer: &Value) -> Vec<Value> {
    if answer.get("items").is_some() { list(&answer["items"]).cloned().collect() } else { vec![answer.clone()] }
}
