//! The status of a commit, on the host of its repository.

use crate::steps::notify::{
    NAMESPACE, NOTICE, SEND, STATUS_FAILED, STATUS_HEADER, STATUS_TOKEN, STATUS_URL, contract, told, with,
};
use crate::steps::{Contract, Input, Part, Simulated};

static INPUTS: [Input; 20] = with([NAMESPACE, STATUS_URL, STATUS_HEADER, STATUS_FAILED, STATUS_TOKEN]);

/// The contract.
pub static STATUS: Contract =
    contract("notify-status", &INPUTS, &[NOTICE, SEND, Part::Text(include_str!("step.sh"))], |variables| {
        Simulated::Assumed(format!("sets the status of the commit: {}", told(variables)))
    });
