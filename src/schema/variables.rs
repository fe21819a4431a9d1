//! The variables that the language has itself. Resolution, the reference and the editor read this table, as they read that
//! of the blocks.

/// A first name that the language takes for itself.
#[derive(Debug, Clone, Copy)]
pub struct Root {
    /// The name.
    pub name: &'static str,
    /// What it stands for.
    pub doc: &'static str,
    /// What can be asked of it.
    pub fields: &'static [Field],
}

/// What can be asked of a first name.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// When it is known, in words.
    pub known: &'static str,
}

const fn field(name: &'static str, known: &'static str, doc: &'static str) -> Field {
    Field { name, doc, known }
}

/// The query of an analysis is for a canary, and for nothing else.
pub const CANARY: &str = "canary";

/// All of them.
pub const ROOTS: &[Root] = &[
    Root { name: "project", doc: "the project", fields: &[field("name", "compile", "the name of the project")] },
    Root { name: "target", doc: "the cluster", fields: &[field("name", "compile", "the name of the target")] },
    Root {
        name: "registry",
        doc: "where images go",
        fields: &[
            field("host", "compile", "where images are pulled from, without `http://`"),
            field("push", "compile", "where images are pushed to, without `http://`"),
        ],
    },
    Root {
        name: "app",
        doc: "the app around it, or the one that the pipeline delivers",
        fields: &[field("name", "compile", "its name"), field("path", "compile", "its folder in the repository"), URL],
    },
    Root {
        name: "environment",
        doc: "the environment that the value is for",
        fields: &[
            field("name", "environment", "the declared name of the environment, such as `staging`"),
            field(
                "namespace",
                "environment; run if ephemeral",
                "the namespace; in an ephemeral environment the version",
            ),
        ],
    },
    Root {
        name: "run",
        doc: "the run that delivered the app; in a task this run",
        fields: &[
            field("version", "run", "the version: when the run began, and the first digits of its uid"),
            field("sha", "run", "the commit"),
            field("branch", "run", "the branch of the commit"),
            field("url", "run", "the page of the commit"),
        ],
    },
    Root {
        name: CANARY,
        doc: "the canary that the query judges",
        fields: &[
            field("service", "run", "the name of the canary's Service"),
            field("metrics", "run", "the value of the label `service` of its metrics"),
            field("hash", "run", "the hash of its pods"),
        ],
    },
];

/// The address of an app, its own or another's.
pub const URL: Field =
    field("url", "like the namespace", "`http://<app>.<namespace>.svc:<port>`, of the service without a name");

/// What can be asked of an image.
pub const IMAGE: &[Field] = &[
    field("repository", "run", "without tag and digest"),
    field("tag", "run", "its tag"),
    field("digest", "run", "`sha256:…`"),
];

/// What can be asked of a first name of the language; nothing of another.
#[must_use]
pub fn fields(root: &str) -> &'static [Field] {
    ROOTS.iter().find(|known| known.name == root).map_or(&[], |known| known.fields)
}
