//! Errors in a service and its containers.

use super::key;
use crate::diag::{Code, Diagnostic};
use crate::program::Node;
use crate::source::{Span, Spanned};

pub(in crate::model) fn needs_port((what, span): &(String, Span), others: &[(String, Span)]) -> Diagnostic {
    let report = Diagnostic::new(Code::E0302, *span, format!("`{what}` needs a port, but the service has no `port`"))
        .help("add `port = …` to `service`");
    others.iter().fold(report, |report, (what, span)| report.also(*span, format!("`{what}` needs it as well")))
}

pub(in crate::model) fn probe_without_check(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0302, node.head, format!("missing check in `probe {}`", node.name()))
        .help("add `path = \"/…\"`, `tcp = PORT`, `grpc = PORT` or `command = […]`")
}

/// `first` and `second`: two attributes of one block that say the same thing in different ways.
pub(in crate::model) fn probe_checks_twice(node: &Node, first: &str, second: &str) -> Diagnostic {
    Diagnostic::new(Code::E0307, key(node, second), format!("conflicting checks in `probe {}`", node.name()))
        .here("a second check")
        .also(key(node, first), "the first check")
        .help("keep one of the two: a container has one probe of a kind")
}

pub(in crate::model) fn health_twice(probe: &Node, service: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0307, probe.head, "`health` and `probe ready` both define the readiness probe")
        .also(key(service, "health"), "this is short for `probe ready`")
        .help("move the path into `probe ready`, and remove `health`")
}

pub(in crate::model) fn probe_port_without_path(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0307, key(node, "port"), "`port` is only allowed together with `path`")
        .help("remove it: `tcp` and `grpc` are ports themselves, and a command needs none")
}

/// `name`: an attribute that only other probes have; `instead`: the one of this probe.
pub(in crate::model) fn not_of_this_probe(node: &Node, name: &str, instead: &str) -> Diagnostic {
    Diagnostic::new(Code::E0307, key(node, name), format!("`{name}` is not allowed in `probe {}`", node.name()))
        .help(format!("write `{instead} = …`"))
}

pub(in crate::model) fn start_without_time(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0302, node.head, "missing `for` in `probe start`")
        .help("add, for example, `for = 2m`: a container that has not started by then is restarted")
}

pub(in crate::model) fn same_port(metrics: &Node, service: &Node) -> Diagnostic {
    let port = |node: &Node| node.attribute("port").map_or(node.head, |port| port.value.span());
    Diagnostic::new(
        Code::W0304,
        port(metrics),
        "metrics are served on the port of the service, and are as public as the service",
    )
    .also(port(service), "the port of the service")
    .help("serve them on a separate port")
}

/// `first`: what else has the number.
pub(in crate::model) fn port_twice(name: &str, port: &Spanned<u16>, first: (&str, Span)) -> Diagnostic {
    let message = format!("ports `{}` and `{name}` have the same number {}", first.0, port.value);
    Diagnostic::new(Code::E0307, port.span, message)
        .also(first.1, "this port")
        .help("write another number, or remove one of the two")
}

pub(in crate::model) fn annotations_of_an_existing_account(node: &Node) -> Diagnostic {
    Diagnostic::new(Code::E0307, key(node, "annotations"), "`annotations` are those of an account that is created")
        .also(key(node, "account"), "this account exists")
        .help("remove `account`, or set the annotations where the account is created")
}

pub(in crate::model) fn default_account(node: &Node, service: &str) -> Diagnostic {
    let message = format!("service `{service}` would create the ServiceAccount `default`, which other pods use");
    Diagnostic::new(Code::E0504, node.head, message)
        .help("rename the service or the app: all pods of the namespace without an `identity` have that account")
}

pub(in crate::model) fn container_twice(name: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0504, name.span, format!("two containers of one pod are named `{}`", name.value))
        .also(first, "the other container")
        .help("choose another name for one of them; the container of a service has the name of the service")
}

pub(in crate::model) fn probe_needs_port(kind: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0302, span, format!("missing `port` in `probe {kind}` of a sidecar"))
        .help("add the port on which the sidecar answers: `port = …`")
}
