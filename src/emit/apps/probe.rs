//! The probes of a container.

use super::HTTP;
use crate::kube::core::{ExecAction, GRPCAction, HTTPGetAction, IntOrString, Probe, TCPSocketAction};
use crate::model::{Answer, Probes};
use crate::schema::probes::ProbeKind;
use crate::steps::pods::unexpanded;

/// The failures in a row that count by default (kubernetes, `pkg/apis/core/v1/defaults.go`).
const FAILS: u64 = 3;

/// The probe of that kind, if the container has one.
pub(super) fn probe(probes: &Probes, kind: ProbeKind) -> Option<Probe> {
    let known = probes.0.get(&kind)?;
    let number = |count: u64| i32::try_from(count).unwrap_or(i32::MAX);
    let mut probe = Probe {
        period_seconds: Some(number(known.every)),
        timeout_seconds: Some(number(known.timeout)),
        failure_threshold: (known.fails != FAILS).then(|| number(known.fails)),
        ..Probe::default()
    };
    match &known.answer {
        Answer::Path { path, port } => {
            let port = port.map_or(IntOrString::String(HTTP.into()), |port| IntOrString::Int(i32::from(port)));
            probe.http_get = Some(HTTPGetAction { path: Some(path.clone()), port, ..HTTPGetAction::default() });
        }
        Answer::Tcp(port) => {
            probe.tcp_socket = Some(TCPSocketAction { port: IntOrString::Int(i32::from(*port)), host: None });
        }
        Answer::Grpc(port) => probe.grpc = Some(GRPCAction { port: i32::from(*port), service: None }),
        // The kubelet replaces `$(NAME)` in it, as in the command of the container (kubernetes,
        // `pkg/kubelet/prober/prober.go`).
        Answer::Command(command) => {
            let command = command.iter().map(|word| unexpanded(word, None)).collect();
            probe.exec = Some(ExecAction { command: Some(command) });
        }
    }
    Some(probe)
}
