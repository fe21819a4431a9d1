//! What a cluster or a host must have for a tree to work. Whoever emits something says what that needs, and the tree's
//! `README.md` lists it.

/// Something that must be there before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    /// A sentence on the cluster, or on what somebody sees to.
    Cluster(Topic, String),
    /// A key of a Secret.
    Secret {
        /// Where it is.
        namespace: String,
        /// Its name.
        object: String,
        /// The key.
        key: String,
        /// What for.
        purpose: String,
    },
    /// A paragraph on who may do what with these.
    Access(String),
    /// A paragraph on webhooks that somebody registers.
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

/// What a sentence is about, in the order in which they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Where workflows run.
    Workflows,
    /// What may happen to Applications.
    Applications,
    /// How requests are led.
    Router,
    /// How health is told.
    Health,
    /// What may not be rewritten.
    History,
    /// Where events wait.
    Events,
    /// What services are scaled by.
    Scaling,
    /// How images are built.
    Builder,
    /// Where images come from.
    Registry,
    /// What measures canaries.
    Metrics,
    /// What apps may deploy.
    Contents,
    /// Where results are kept.
    Results,
}

/// Something that a cluster must have, by its version.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Product {
    /// Its name.
    pub name: &'static str,
    /// The oldest version that counts.
    pub oldest: &'static str,
    /// Its kinds.
    pub kinds: &'static [&'static str],
}

/// Kubernetes: all kinds are its own that are nobody else's.
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
