//! Images.

use super::{Bounds, SecretKey, Text};
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

/// An image of an app.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageId {
    /// The app.
    pub app: String,
    /// The image's name there.
    pub image: String,
}

impl ImageId {
    /// The placeholder of a built image until a run fills in repository and digest.
    #[must_use]
    pub fn placeholder(&self) -> String {
        format!("{PLACEHOLDER_HOST}{}/{}", self.app, self.image)
    }
}

/// What the names of images begin with that a run has to fill in.
pub const PLACEHOLDER_HOST: &str = "pipelinec.local/";

/// An image that pods run.
#[derive(Debug, Clone)]
pub struct Image {
    /// Its name.
    pub name: Spanned<String>,
    /// The uid of its containers.
    pub user: i64,
    /// Where that is written, else the image.
    pub user_span: Span,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where an image comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A run builds it, and fills in its digest.
    Built(Box<Build>),
    /// A CI builds it for each commit; a run waits for it, and fills in its digest.
    FromCi(FromCi),
    /// It was built elsewhere, and is written where it is used.
    Reference(Reference),
}

/// An image that a CI pushes to the project's registry for each commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromCi {
    /// Without the registry's host.
    pub repository: String,
    /// The tag that the CI gives it, with the commit in it.
    pub tag: Text,
    /// Seconds that a run waits for it.
    pub timeout: u64,
}

/// How an image is built.
#[derive(Debug, Clone)]
pub struct Build {
    /// The folder of the build context in the repository; may be empty.
    pub path: String,
    /// Seen from the build context.
    pub dockerfile: String,
    /// The stage to build.
    pub target: Option<String>,
    /// Build arguments, with what the run knows from its start.
    pub args: BTreeMap<String, Text>,
    /// Without the registry's host.
    pub repository: String,
    /// Its tag.
    pub tag: Tag,
    /// Where its layers are kept for the next build.
    pub cache: Cache,
    /// The platforms; empty is that of the node.
    pub platforms: Vec<String>,
    /// Whether attestations are pushed with it.
    pub attested: bool,
    /// The secret with which it is signed.
    pub signer: Option<Spanned<String>>,
    /// Its pod.
    pub pod: BuildPod,
}

/// The tag of an image that is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// The version of the run.
    Version,
    /// Always the same.
    Fixed(String),
    /// The git tag of the run.
    OfRun,
}

/// The pod in which an image is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildPod {
    /// Processors.
    pub cpu: Bounds,
    /// Memory.
    pub memory: Bounds,
    /// Seconds that it may take.
    pub timeout: u64,
    /// What the Dockerfile can mount, by the name there.
    pub secrets: BTreeMap<String, Spanned<SecretKey>>,
}

/// The seconds that a build may take if nothing else is written.
pub const BUILD_TIMEOUT: u64 = 1800;

impl Default for BuildPod {
    fn default() -> Self {
        let bounds = |request: &str, limit: &str| Bounds { request: request.to_owned(), limit: limit.to_owned() };
        Self {
            cpu: bounds("500m", "4"),
            memory: bounds("1Gi", "4Gi"),
            timeout: BUILD_TIMEOUT,
            secrets: BTreeMap::new(),
        }
    }
}

/// Where the layers of an image are kept for the next build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cache {
    /// Nowhere.
    Off,
    /// In a repository beside that of the image, so that the tags of the image can be immutable.
    Beside,
    /// In a repository that images share.
    Shared {
        /// With the registry's host.
        repository: String,
        /// Whether the registry is used without TLS.
        insecure: bool,
    },
}

/// An image in a registry, pinned by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// With the registry's host.
    pub repository: String,
    /// The tag, which tells people what the digest is.
    pub tag: Option<String>,
    /// `sha256:…`
    pub digest: String,
}

impl Image {
    /// How it is built, unless it is built elsewhere.
    #[must_use]
    pub fn build(&self) -> Option<&Build> {
        match &self.origin {
            Origin::Built(build) => Some(build),
            Origin::FromCi(_) | Origin::Reference(_) => None,
        }
    }

    /// Its repository in the project's registry, if a run fills in its digest.
    #[must_use]
    pub fn repository_of_runs(&self) -> Option<&str> {
        match &self.origin {
            Origin::Built(build) => Some(&build.repository),
            Origin::FromCi(ci) => Some(&ci.repository),
            Origin::Reference(_) => None,
        }
    }

    /// Whether a run fills in its digest.
    #[must_use]
    pub fn is_of_runs(&self) -> bool {
        self.repository_of_runs().is_some()
    }
}

impl Build {
    /// The repository of its layers in the registry of the project.
    #[must_use]
    pub fn cache_beside(&self) -> Option<String> {
        match self.cache {
            Cache::Beside => Some(format!("{}-cache", self.repository)),
            Cache::Off | Cache::Shared { .. } => None,
        }
    }
}

impl Reference {
    /// `repository:tag@digest`, as pods name it.
    #[must_use]
    pub fn written(&self) -> String {
        let tag = self.tag.as_ref().map_or(String::new(), |tag| format!(":{tag}"));
        format!("{}{tag}@{}", self.repository, self.digest)
    }

    /// `repository@digest`, as a run names the images that it builds.
    #[must_use]
    pub fn pinned(&self) -> String {
        format!("{}@{}", self.repository, self.digest)
    }
}
