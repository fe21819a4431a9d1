//! Volumes of a service: directories of its containers whose contents come from elsewhere.

use crate::source::Spanned;

/// A volume.
#[derive(Debug, Clone)]
pub struct Volume {
    /// Its name.
    pub name: Spanned<String>,
    /// Where containers find it: an absolute path.
    pub at: Spanned<String>,
    /// What it holds.
    pub contents: Contents,
}

/// What a volume holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// Persistent storage of each pod, which outlives the pod.
    Own {
        /// As Kubernetes writes it.
        size: String,
        /// The StorageClass; without one, the cluster's default.
        class: Option<String>,
    },
    /// An existing claim, which all pods share.
    Claim(Spanned<String>),
    /// The files of a Secret, one for each key of this secret.
    Secret(String),
    /// Nothing at first; deleted with the pod.
    Scratch {
        /// As Kubernetes writes it.
        limit: Option<String>,
    },
}

impl Volume {
    /// Whether each pod has persistent storage of its own here.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self.contents, Contents::Own { .. })
    }
}
