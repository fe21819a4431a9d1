//! What an app deploys beside its services: charts and kustomizations.

use super::{ImageId, Settings, Use};
use crate::source::{Span, Spanned};
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
    /// Its label, of several in an app.
    pub label: Option<String>,
    /// Where it is written.
    pub span: Span,
    /// Where it is.
    pub chart: Chart,
    /// Values files, seen from the chart, or from the root of the app's repository for a chart of a third party.
    pub values: Vec<Spanned<String>>,
    /// Values over those of the files.
    pub set: Settings,
    /// The name of the release, where it is given.
    pub release: Option<String>,
    /// What its values use.
    pub uses: Vec<Use>,
}

impl Helm {
    /// The name of its release, the same in every environment: objects that a chart names after its release, such as a
    /// Service, have one name everywhere, so what was tested is what runs. The namespace distinguishes the releases. A
    /// short name leaves room for suffixes: the name of a StatefulSet and the hash of a revision form one label value.
    #[must_use]
    pub fn release(&self, app: &str) -> String {
        let derived = || match &self.label {
            Some(label) => format!("{app}-{label}"),
            None => app.to_owned(),
        };
        self.release.clone().unwrap_or_else(derived)
    }

    /// Whether it reads the app's repository, for itself or for its values.
    #[must_use]
    pub fn reads_source(&self) -> bool {
        matches!(self.chart, Chart::Own { .. }) || !self.values.is_empty()
    }
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
