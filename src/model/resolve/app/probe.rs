//! `probe`, and `health`, which is short for one.

use crate::diag::Diagnostics;
use crate::model::read::Reader;
use crate::model::reference::Scope;
use crate::model::{Answer, Probe, Probes, errors, value};
use crate::program::Node;
use crate::schema::probes::ProbeKind;

/// The attributes that say what must answer. A probe has exactly one.
const ANSWERS: [&str; 4] = ["path", "tcp", "grpc", "command"];
/// What the probe has that `health` is short for: seconds between two attempts, seconds for one, failures that count.
const HEALTH: (u64, u64, u64) = (5, 3, 3);

/// The probes of a container.
pub(super) fn probes(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Probes {
    let found = node.all("probe").filter_map(|node| Some((ProbeKind::of(&node.name())?, probe(node, scope, sink)?)));
    Probes(found.collect())
}

/// The readiness probe that `health` is short for.
pub(super) fn health(reader: &mut Reader, node: &Node) -> Option<Probe> {
    let path = reader.parsed("health", value::url_path)?;
    if let Some(ready) = node.all("probe").find(|probe| probe.name() == ProbeKind::Ready.word()) {
        reader.report(errors::health_twice(ready, node));
        return None;
    }
    let (every, timeout, fails) = HEALTH;
    Some(Probe { answer: Answer::Path { path: path.value, port: None }, every, timeout, fails, span: path.span })
}

fn probe(node: &Node, scope: Scope, sink: &mut Diagnostics) -> Option<Probe> {
    let mut reader = Reader::new(node, scope, sink);
    let written: Vec<_> = ANSWERS.into_iter().filter(|name| reader.has(name)).collect();
    if let [first, second, ..] = written.as_slice() {
        reader.report(errors::probe_checks_twice(node, first, second));
    }
    if written.is_empty() && ANSWERS.iter().all(|name| node.lacks(name)) {
        reader.report(errors::probe_without_check(node));
    }
    let port = reader.port("port").map(|port| port.value);
    if reader.has("port") && !reader.has("path") && written.len() == 1 {
        reader.report(errors::probe_port_without_path(node));
    }
    let answer = match *written.first()? {
        "path" => reader.parsed("path", value::url_path).map(|path| Answer::Path { path: path.value, port }),
        "tcp" => reader.port("tcp").map(|port| Answer::Tcp(port.value)),
        "grpc" => reader.port("grpc").map(|port| Answer::Grpc(port.value)),
        _ => Some(Answer::Command(super::command(&mut reader).iter().filter_map(|text| text.known()).collect())),
    };
    let every = reader.duration("every");
    let timeout = reader.duration("timeout");
    let starts = node.name() == ProbeKind::Start.word();
    let (own, other) = if starts { ("for", "fails") } else { ("fails", "for") };
    if reader.has(other) {
        reader.report(errors::not_of_this_probe(node, other, own));
    }
    if starts && node.lacks("for") {
        reader.report(errors::start_without_time(node));
    }
    let fails = if starts { None } else { reader.count("fails", 1000).map(|count| u64::from(count.value)) };
    let time = if starts { reader.duration("for") } else { None };
    let every = every?.value;
    let fails = fails.or_else(|| Some(time?.value.div_ceil(every)));
    Some(Probe { answer: answer?, every, timeout: timeout?.value, fails: fails?, span: node.head })
}
