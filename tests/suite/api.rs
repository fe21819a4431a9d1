//! A Kubernetes API server that knows four kinds, for the real kubectl: it answers from states that follow one another with
//! the clock of a world, and keeps what it was asked to do, in the words of RBAC.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::compiled::{list, text};
use crate::scripts::support::{START, World};

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
    let path = std::env::var("PATH").ok()?;
    path.split(':').map(|folder| PathBuf::from(folder).join("kubectl")).find(|program| program.exists())
}

impl Api {
    /// Serves the states, each for so many seconds of the world's clock; the last one stays. The world's kubectl is the real
    /// one, turned to this server.
    pub fn serve(world: &World, seconds: u64, states: Vec<State>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let real = kubectl().expect("kubectl");
        world.tool(
            "kubectl",
            &format!("#!/bin/sh\nexec '{}' --server=http://127.0.0.1:{port} \"$@\"\n", real.display()),
        );
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, clock) = (Arc::clone(&asked), world.path("clock"));
        // Ends with the process: nobody connects once its world is gone.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let now: u64 = fs::read_to_string(&clock).ok().and_then(|now| now.trim().parse().ok()).unwrap_or(START);
                let number = usize::try_from((now - START) / seconds).expect("a number");
                let state = &states[number.min(states.len() - 1)];
                // A client that went away is none of the server's business.
                let _ = answer(stream, state, &kept);
            }
        });
        Self { asked }
    }

    /// What was asked for since the last time.
    pub fn asked(&self) -> BTreeSet<Asked> {
        std::mem::take(&mut *self.asked.lock().expect("no panic")).into_iter().collect()
    }
}

fn answer(mut stream: TcpStream, state: &State, asked: &Mutex<Vec<Asked>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if header.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, body) = respond(&method, &target, state, asked);
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn respond(method: &str, target: &str, state: &State, asked: &Mutex<Vec<Asked>>) -> (u16, Value) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    let ["apis", "argoproj.io", "v1alpha1", "namespaces", namespace, resource, rest @ ..] = parts.as_slice() else {
        // What everybody may ask: which kinds there are.
        return discovery(path);
    };
    let name = rest.first().map(|name| (*name).to_owned());
    let verb = match (method, &name) {
        ("GET", None) => "list",
        ("GET", Some(_)) => "get",
        ("PATCH", _) => "patch",
        _ => method,
    };
    let entry = (verb.to_owned(), (*resource).to_owned(), (*namespace).to_owned(), name.clone());
    asked.lock().expect("no panic").push(entry);
    let objects = match state {
        State::Objects(objects) => objects,
        State::Refuses(status) => return failure(*status, "turned away"),
    };
    let kind = KINDS.iter().find(|(known, _)| known == resource).map_or("", |(_, kind)| kind);
    let selector = query.split('&').find_map(|pair| pair.strip_prefix("labelSelector=")).unwrap_or_default();
    let selector = selector.replace("%3D", "=").replace("%2C", ",").replace("%2F", "/");
    let wanted: Vec<_> = selector.split(',').filter(|part| !part.is_empty()).map(|part| part.split_once('=')).collect();
    let keys: Vec<_> = selector.split(',').collect();
    let fits = |object: &&Value| {
        let labels = &object["metadata"]["labels"];
        let all = wanted.iter().zip(&keys).all(|(pair, key)| match pair {
            Some((key, value)) => labels[key] == *value,
            None => labels.get(key).is_some(),
        });
        object["kind"] == kind && object["metadata"]["namespace"] == *namespace && all
    };
    let mut found = objects.iter().filter(fits);
    match name {
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

fn failure(status: u16, message: &str) -> (u16, Value) {
    let reason = match status {
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
