//! A signed request to any program.

use crate::steps::notify::{NAMESPACE, NOTICE, NOTICE_KEY, NOTICE_URL, SEND, contract, told, with};
use crate::steps::{Contract, Input, Part, Simulated};

static INPUTS: [Input; 18] = with([NAMESPACE, NOTICE_URL, NOTICE_KEY]);

/// The contract.
pub static WEBHOOK: Contract = contract(
    "notify-webhook",
    &INPUTS,
    &[NOTICE, SEND, Part::Text(include_str!("hmac.sh")), Part::Text(include_str!("step.sh"))],
    |variables| Simulated::Assumed(format!("sends a signed notice: {}", told(variables))),
);
