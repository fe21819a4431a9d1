//! The kinds of the Argo projects.

pub mod cd;
pub mod events;
pub mod rollouts;
pub mod workflows;

/// The API version of every Argo kind.
pub const API_VERSION: &str = "argoproj.io/v1alpha1";
