//! Measures that can be read and that nobody means: a unit was left out, or taken for another one.

use super::value::{Bad, cpu, memory};

/// What is to be said of a number of processors that no container has.
pub(super) fn processors(text: &str) -> Option<Bad> {
    let (_, thousandths) = cpu(text).ok()?;
    (thousandths >= 64_000)
        .then(|| Bad::new("is more processors than a node has", "write `100m` for a tenth of a processor"))
}

/// What is to be said of memory that no container has. No runtime starts one in less than a few mebibytes.
pub(super) fn bytes(text: &str) -> Option<Bad> {
    let (_, bytes) = memory(text).ok()?;
    match bytes {
        _ if bytes < 8 << 20 => Some(Bad::new("is too little for a container to start in", "write `64Mi` or more")),
        _ if bytes >= 1 << 40 => Some(Bad::new("is more memory than a node has", "write `1Gi`, say")),
        _ => None,
    }
}
