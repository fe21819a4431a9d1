//! `service` and its parts.

use super::beside::{INIT, SIDECAR};
use super::config::CONFIG;
use super::container::{ARGS, COMMAND, CPU, ENV, IMAGE, MEMORY};
use super::identity::IDENTITY;
use super::patch::PATCH_IN;
use super::probe::PROBE;
use super::volume::VOLUME;
use super::{attribute, part};
use crate::schema::choices::Spread;
use crate::schema::providers::Router;
use crate::schema::{Block, Default, LabelRule, Phase, Type};
use Default::{Absent, Literal, Required, Text};
use Phase::{Environment, Run};

pub(super) static SERVICE: Block = Block {
    label: LabelRule::Optional,
    many: true,
    ..part(
        "service",
        &[
            IMAGE,
            CPU,
            MEMORY,
            attribute("port", Type::Port, Absent, Environment, "The port on which it serves."),
            attribute("ports", Type::PortMap, Absent, Environment, "Further ports, by name."),
            attribute("health", Type::Text, Absent, Environment, "Short for `probe ready { path = …, every = 5s }`."),
            COMMAND,
            ARGS,
            ENV,
            attribute(
                "replicas",
                Type::CountRange,
                Literal("1"),
                Environment,
                "The number of pods; a range is scaled by load. Ephemeral environments use the lower bound.",
            ),
            attribute(
                "stop",
                Type::Duration,
                Absent,
                Environment,
                "The time that a pod gets to stop; without it, Kubernetes gives 30s.",
            ),
            attribute("priority", Type::Text, Absent, Environment, "The PriorityClass of its pods."),
            attribute(
                "spread",
                Type::Word(&Spread::WORDS),
                Absent,
                Environment,
                "What its pods are spread over evenly, if there is room.",
            ),
        ],
        &[&PROBE, &INIT, &SIDECAR, &IDENTITY, &SCALE, &METRICS, &ROUTE, &VOLUME, &CONFIG, &PATCH_IN],
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
