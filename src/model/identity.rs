//! What pods are to others.

use crate::source::Spanned;
use std::collections::BTreeMap;

/// The ServiceAccount of the pods of a service or a cron job.
#[derive(Debug, Clone)]
pub struct Identity {
    /// An account that exists; `None` is one of their own.
    pub existing: Option<Spanned<String>>,
    /// The annotations of an account of its own.
    pub annotations: BTreeMap<String, String>,
    /// The labels of the pods, and of an account of its own.
    pub labels: BTreeMap<String, String>,
    /// Whether the pods get a token of the account.
    pub token: bool,
}

impl Identity {
    /// The name of the account. `own`: the name of the service or the cron job.
    #[must_use]
    pub fn account<'a>(&'a self, own: &'a str) -> &'a str {
        self.existing.as_ref().map_or(own, |name| name.value.as_str())
    }
}
