//! `probe`, in whatever runs as long as its pod.

use super::{attribute, part};
use crate::schema::probes::ProbeKind;
use crate::schema::{Block, Default, LabelRule, Phase, Type};
use Default::{Absent, Derived, Literal};
use Phase::Environment;

pub(super) static PROBE: Block = Block {
    label: LabelRule::Words(&ProbeKind::WORDS),
    many: true,
    ..part(
        "probe",
        &[
            attribute(
                "path",
                Type::Text,
                Absent,
                Environment,
                "The path that answers an HTTP request with 200 to 399.",
            ),
            attribute("port", Type::Port, Derived("the service's `port`"), Environment, "The port of `path`."),
            attribute("tcp", Type::Port, Absent, Environment, "A port that accepts connections."),
            attribute("grpc", Type::Port, Absent, Environment, "A port that answers the gRPC health check."),
            attribute("command", Type::Texts, Absent, Environment, "A command in the container that exits with 0."),
            attribute("every", Type::Duration, Literal("10s"), Environment, "The interval."),
            attribute("timeout", Type::Duration, Literal("3s"), Environment, "The time limit of one attempt."),
            attribute(
                "fails",
                Type::Count(1),
                Literal("3"),
                Environment,
                "How often in a row it must fail before that counts; `start` has `for` instead.",
            ),
            attribute(
                "for",
                Type::Duration,
                Absent,
                Environment,
                "Required by `start`: the time that the container may take to start.",
            ),
        ],
        &[],
        "`ready`: whether requests are sent to the pod. `live`: whether it keeps running; a failure restarts it. `start`: when the other two begin.",
    )
};
