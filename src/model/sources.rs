//! What an app deploys beside its services: charts and kustomizations.

use super::{ImageId, Settings, Use};
use std::collections::BTreeMap;

/// A kustomization of the app's repository.
#[derive(Debug, Clone)]
pub struct Kustomize {
    /// Its folder.
    pub path: String,
    /// The images that are replaced in it, by their names there.
    pub images: BTreeMap<String, ImageId>,
    /// What they use.
    pub uses: Vec<Use>,
}

/// A Helm chart.
#[derive(Debug, Clone)]
pub struct Helm {
    /// Where it is.
    pub chart: Chart,
    /// Values files, seen from the chart.
    pub values: Vec<String>,
    /// Values over those of the files.
    pub set: Settings,
    /// The name of the release, where it is given.
    pub release: Option<String>,
    /// What its values use.
    pub uses: Vec<Use>,
}

/// Where a chart is.
#[derive(Debug, Clone)]
pub enum Chart {
    /// In the app's repository.
    Own {
        /// Its folder.
        path: String,
    },
    /// In a chart repository.
    ThirdParty {
        /// The address of the chart repository.
        repository: String,
        /// Its name.
        name: String,
        /// Its version, exactly.
        version: String,
    },
}
