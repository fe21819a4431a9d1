//! `service` and its parts.

use super::config::CONFIG;
use super::patch::PATCH_IN;
use super::probe::PROBE;
use super::volume::VOLUME;
use super::{attribute, part};
use crate::schema::providers::Router;
use crate::schema::{Block, DeclarationKind, Default, LabelRule, Phase, Type};
use Default::{Absent, Derived, Literal, Required, Text};
use Phase::{Environment, Run};

pub(super) static SERVICE: Block = Block {
    label: LabelRule::Optional,
    many: true,
    ..part(
        "service",
        &[
            attribute(
                "image",
                Type::Name(DeclarationKind::Image),
                Required,
                Environment,
                "The image that it runs: `code`, or `other-app.code`.",
            ),
            attribute(
                "cpu",
                Type::Cpu,
                Required,
                Environment,
                "CPU: request and limit, or a range from request to limit.",
            ),
            attribute(
                "memory",
                Type::Memory,
                Required,
                Environment,
                "Memory: request and limit, or a range from request to limit.",
            ),
            attribute(
                "port",
                Type::Port,
                Absent,
                Environment,
                "The port on which it serves; without one, it has no Service.",
            ),
            attribute("health", Type::Text, Absent, Environment, "Short for `probe ready { path = …, every = 5s }`."),
            attribute("command", Type::Texts, Derived("the image's"), Run, "The command."),
            attribute("env", Type::TextMap, Absent, Run, "Environment variables, which override those of the app."),
            attribute(
                "replicas",
                Type::CountRange,
                Literal("1"),
                Environment,
                "The number of pods; a range is scaled by load. Ephemeral environments use the lower bound.",
            ),
        ],
        &[&PROBE, &SCALE, &METRICS, &ROUTE, &VOLUME, &CONFIG, &PATCH_IN],
        "Pods of an image: a Deployment, a Rollout if a pipeline runs a `canary`, or a StatefulSet if they have storage.",
    )
};

pub(super) static SCALE: Block = part(
    "scale",
    &[
        attribute("cpu", Type::Percent, Literal("70%"), Environment, "The target utilization of the requested CPU."),
        attribute("memory", Type::Percent, Absent, Environment, "The target utilization of the requested memory."),
    ],
    &[],
    "How a range of replicas is scaled.",
);

pub(super) static METRICS: Block = part(
    "metrics",
    &[
        attribute("port", Type::Port, Required, Environment, "The port on which metrics are served."),
        attribute("path", Type::Text, Text("/metrics"), Environment, "The path of the metrics."),
        attribute("every", Type::Duration, Literal("30s"), Environment, "The scrape interval."),
    ],
    &[],
    "Prometheus metrics, with a ServiceMonitor.",
);

pub(super) static ROUTE: Block = part(
    "route",
    &[
        attribute(
            "via",
            Type::Word(&Router::WORDS),
            Required,
            Environment,
            "The router, whose traffic a canary shifts.",
        ),
        attribute(
            "host",
            Type::Text,
            Required,
            Run,
            "The host name. In an ephemeral environment, it must contain `${environment.namespace}`, so that each has a different host.",
        ),
        attribute("path", Type::Text, Text("/"), Environment, "The path prefix."),
    ],
    &[],
    "The route from outside the cluster.",
);
