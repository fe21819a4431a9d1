//! A message in a channel of Slack, through an incoming webhook, whose URL is itself a secret.

use crate::steps::notify::{NAMESPACE, NOTICE, NOTICE_URL, SEND, contract, told, with};
use crate::steps::{Contract, Input, Part, Simulated};

static INPUTS: [Input; 17] = with([NAMESPACE, NOTICE_URL]);

/// The contract.
pub static SLACK: Contract =
    contract("notify-slack", &INPUTS, &[NOTICE, SEND, Part::Text(include_str!("step.sh"))], |variables| {
        Simulated::Assumed(format!("posts to Slack: {}", told(variables)))
    });
