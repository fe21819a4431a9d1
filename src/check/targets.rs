//! What meets between clusters.

use super::errors;
use crate::diag::Diagnostics;
use crate::model::System;
use crate::source::Span;
use std::collections::BTreeMap;

/// Checks the systems of all targets together.
pub fn check_targets(systems: &[System], sink: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for system in systems {
        let webhook = &system.project.github.webhook;
        // One that could not be read is empty.
        if webhook.value.is_empty() {
            continue;
        }
        match seen.get(webhook.value.as_str()) {
            Some(first) => sink.push(errors::one_webhook(webhook.span, &webhook.value, *first, &system.target)),
            None => {
                seen.insert(&webhook.value, (&system.target, webhook.span));
            }
        }
    }
}
