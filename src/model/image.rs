//! Images.

use crate::source::Spanned;
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
    /// The placeholder of the image until a run fills in repository and digest.
    #[must_use]
    pub fn placeholder(&self) -> String {
        format!("{PLACEHOLDER_HOST}{}/{}", self.app, self.image)
    }
}

/// What the names of images begin with that a run has to fill in.
pub const PLACEHOLDER_HOST: &str = "pipelinec.local/";

/// An image that is built.
#[derive(Debug, Clone)]
pub struct Image {
    /// Its name.
    pub name: Spanned<String>,
    /// The folder of the build context in the repository; may be empty.
    pub path: String,
    /// Seen from the build context.
    pub dockerfile: String,
    /// The stage to build.
    pub target: Option<String>,
    /// Build arguments.
    pub args: BTreeMap<String, String>,
    /// Without the registry's host.
    pub repository: String,
    /// A fixed tag; else the version.
    pub tag: Option<String>,
    /// The uid of its containers.
    pub user: i64,
    /// Whether its layers are kept for the next build.
    pub cached: bool,
}

impl Image {
    /// The separate repository of its layers, so that the tags of the image can be immutable.
    #[must_use]
    pub fn cache(&self) -> Option<String> {
        self.cached.then(|| format!("{}-cache", self.repository))
    }
}
