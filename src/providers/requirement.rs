//! What a cluster or a host must provide for a tree to work. Each emitter declares what its output needs, and the tree's
//! `README.md` lists it.

/// A prerequisite of a tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    /// A sentence about the cluster or its operation.
    Cluster(Topic, String),
    /// A key of a Secret.
    Secret {
        /// Its namespace.
        namespace: String,
        /// Its name.
        object: String,
        /// The key.
        key: String,
        /// Its purpose.
        purpose: String,
    },
    /// A paragraph about tokens and credentials.
    Access(String),
    /// A paragraph about webhooks to register.
    Webhooks(String),
}

impl Requirement {
    /// A key of a Secret.
    pub fn secret(namespace: &str, object: &str, key: &str, purpose: impl Into<String>) -> Self {
        Self::Secret {
            namespace: namespace.to_owned(),
            object: object.to_owned(),
            key: key.to_owned(),
            purpose: purpose.into(),
        }
    }
}

/// The subject of a sentence, in the order of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The namespace of workflows.
    Workflows,
    /// Argo CD's policy for Applications.
    Applications,
    /// Routing.
    Router,
    /// Health.
    Health,
    /// The history of the GitOps repository.
    History,
    /// The event bus.
    Events,
    /// Autoscaling.
    Scaling,
    /// Storage.
    Storage,
    /// Priorities of pods.
    Priorities,
    /// Accounts of services.
    Accounts,
    /// Builds.
    Builder,
    /// Stores of secrets.
    Secrets,
    /// The registry.
    Registry,
    /// Metrics.
    Metrics,
    /// What apps may deploy.
    Contents,
    /// Results of tasks.
    Results,
    /// Notices about runs.
    Notices,
}

/// Software that a cluster must have, with its minimum version.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Product {
    /// Its name.
    pub name: &'static str,
    /// The oldest supported version.
    pub oldest: &'static str,
    /// Its resource kinds.
    pub kinds: &'static [&'static str],
}

/// Kubernetes, which has every kind that no other product has.
pub static KUBERNETES: Product = Product { name: "Kubernetes", oldest: "1.29", kinds: &[] };

/// Something that is newer than the oldest version of its product.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Feature {
    /// Whose it is.
    pub product: &'static Product,
    /// The first version that has it.
    pub since: &'static str,
    /// The kind of the objects that need it.
    pub kind: &'static str,
    /// The field by which they do.
    pub field: &'static str,
    /// What it is good for.
    pub why: &'static str,
    /// Where it first appears: file and tag.
    pub source: &'static str,
}
