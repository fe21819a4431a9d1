//! `init` and `sidecar`: containers beside that of a service.

use super::container::{ARGS, COMMAND, CPU, ENV, IMAGE, MEMORY};
use super::part;
use super::probe::PROBE;
use crate::schema::{Block, LabelRule};

pub(super) static INIT: Block = Block {
    label: LabelRule::Own,
    many: true,
    ..part(
        "init",
        &[IMAGE, CPU, MEMORY, COMMAND, ARGS, ENV],
        &[],
        "A container that must succeed before those after it start, in each pod.",
    )
};

pub(super) static SIDECAR: Block = Block {
    label: LabelRule::Own,
    many: true,
    ..part(
        "sidecar",
        &[IMAGE, CPU, MEMORY, COMMAND, ARGS, ENV],
        &[&PROBE],
        "A container that starts before those after it, and stops after the service.",
    )
};
