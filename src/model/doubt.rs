//! Valid but implausible quantities: a unit was omitted, or confused with another one.

use super::value::{Bad, cpu, memory};

/// Why an amount of CPU is implausible for a container.
pub(super) fn processors(text: &str) -> Option<Bad> {
    let (_, thousandths) = cpu(text).ok()?;
    (thousandths >= 64_000).then(|| Bad::new("is more CPU than a node has", "write `100m` for a tenth of a CPU"))
}

/// Why an amount of memory is implausible for a container. No runtime starts one in less than a few mebibytes.
pub(super) fn bytes(text: &str) -> Option<Bad> {
    let (_, bytes) = memory(text).ok()?;
    match bytes {
        _ if bytes < 8 << 20 => Some(Bad::new("is too little memory for a container to start", "write `64Mi` or more")),
        _ if bytes >= 1 << 40 => Some(Bad::new("is more memory than a node has", "write, for example, `1Gi`")),
        _ => None,
    }
}
