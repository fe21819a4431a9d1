//! Text that a run shows to people.

use super::{Read, bad, garbled};

/// The text of a message.
///
/// # Errors
/// When it contains a character that a workflow cannot pass on.
pub fn message(text: &str) -> Read<String> {
    match text.chars().find(|c| garbled(*c)) {
        Some(c) => {
            let fact = format!("contains U+{:04X}", u32::from(c));
            bad(fact, "remove it: Argo Workflows cannot show it")
        }
        None => Ok(text.to_owned()),
    }
}
