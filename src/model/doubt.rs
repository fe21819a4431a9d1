//! Measures that can be read and that nobody means: a unit was left out, or taken for another one.
//!
//! Each function says what the measure is, and after `: ` what to write.

use super::value::{cpu, memory};

/// What is to be said of a number of processors that no container has.
pub(super) fn processors(text: &str) -> Option<&'static str> {
    let (_, thousandths) = cpu(text).ok()?;
    (thousandths >= 64_000).then_some("more processors than a node has: write `100m` for a tenth of one")
}

/// What is to be said of memory that no container has. No runtime starts one in less than a few mebibytes.
pub(super) fn bytes(text: &str) -> Option<&'static str> {
    let (_, bytes) = memory(text).ok()?;
    match bytes {
        _ if bytes < 8 << 20 => Some("too little for a container to start in: write `64Mi` or more"),
        _ if bytes >= 1 << 40 => Some("more memory than a node has: write `1Gi`, say"),
        _ => None,
    }
}
