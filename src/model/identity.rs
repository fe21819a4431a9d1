//! What the pods of a service are to others.

use crate::source::Spanned;
use std::collections::BTreeMap;

/// The ServiceAccount of the pods of a service.
#[derive(Debug, Clone)]
pub struct Identity {
    /// An account that exists; `None` is one of the service's own.
    pub existing: Option<Spanned<String>>,
    /// The annotations of an account of its own.
    pub annotations: BTreeMap<String, String>,
    /// The labels of the pods, and of an account of its own.
    pub labels: BTreeMap<String, String>,
    /// Whether the pods get a token of the account.
    pub token: bool,
}
