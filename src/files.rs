//! The files of a generated tree, and the meaning of its folders.

use std::collections::BTreeMap;
use std::fmt;

/// The files of a tree: path and text.
pub type Files = BTreeMap<String, String>;

/// The meaning of a folder of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folder<'a> {
    /// The tree itself.
    Root,
    /// What a run needs to know about an app.
    App(&'a str),
    /// An app in an environment.
    AppIn(&'a str, &'a str),
    /// An environment itself: its namespace, and its contents other than apps.
    Environment(&'a str),
    /// Argo CD's projects and ApplicationSets.
    ArgoCd,
    /// Event sources and sensors.
    Events,
    /// The pipelines and their shared steps.
    Workflows,
    /// Accounts and their permissions.
    Access,
    /// Any other folder.
    Other(&'a str),
}

const APPS: &str = "apps";
const ENVIRONMENTS: &str = "environments";

impl<'a> Folder<'a> {
    /// The meaning of the folder at that path.
    #[must_use]
    pub fn of(path: &'a str) -> Self {
        let parts: Vec<_> = path.split('/').collect();
        match parts.as_slice() {
            [""] => Self::Root,
            [APPS, app] => Self::App(app),
            [APPS, app, environment] => Self::AppIn(app, environment),
            [ENVIRONMENTS, environment] => Self::Environment(environment),
            ["argocd"] => Self::ArgoCd,
            ["events"] => Self::Events,
            ["workflows"] => Self::Workflows,
            ["access"] => Self::Access,
            _ => Self::Other(path),
        }
    }

    /// The path of a file in it.
    #[must_use]
    pub fn file(self, name: &str) -> String {
        match self {
            Self::Root => name.to_owned(),
            _ => format!("{self}/{name}"),
        }
    }
}

impl fmt::Display for Folder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::App(app) => write!(f, "{APPS}/{app}"),
            Self::AppIn(app, environment) => write!(f, "{APPS}/{app}/{environment}"),
            Self::Environment(environment) => write!(f, "{ENVIRONMENTS}/{environment}"),
            Self::ArgoCd => f.write_str("argocd"),
            Self::Events => f.write_str("events"),
            Self::Workflows => f.write_str("workflows"),
            Self::Access => f.write_str("access"),
            Self::Other(path) => f.write_str(path),
        }
    }
}

/// The file with the namespace, in the folder of an environment.
pub const NAMESPACE: &str = "namespace.yaml";
/// The file that describes an app to runs, in the folder of the app.
pub const APP_RECORD: &str = "app.json";

#[cfg(test)]
mod tests {
    use super::Folder;

    #[test]
    fn a_folder_is_known_by_the_path_that_it_is_written_as() {
        for folder in [
            Folder::Root,
            Folder::App("a"),
            Folder::AppIn("a", "e"),
            Folder::Environment("e"),
            Folder::ArgoCd,
            Folder::Events,
            Folder::Workflows,
            Folder::Access,
            Folder::Other("apps/a/e/x"),
        ] {
            assert_eq!(Folder::of(&folder.to_string()), folder);
        }
    }
}
