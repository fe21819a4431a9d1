//! The built-in variables of the language. Resolution, the reference and the editor read this table, as they read that of
//! the blocks.

/// A first name that the language reserves.
#[derive(Debug, Clone, Copy)]
pub struct Root {
    /// The name.
    pub name: &'static str,
    /// What it refers to.
    pub doc: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

/// A field of a first name.
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
        doc: "the image registry",
        fields: &[
            field("host", "compile", "where images are pulled from, without `http://`"),
            field("push", "compile", "where images are pushed to, without `http://`"),
            field("path", "compile", "what comes before every repository; empty without `path`"),
        ],
    },
    Root {
        name: "app",
        doc: "the surrounding app, or the one that the pipeline delivers",
        fields: &[
            field("name", "compile", "its name"),
            field("path", "compile", "its folder in the repository"),
            ADDRESS[0],
            ADDRESS[1],
            ADDRESS[2],
            ADDRESS[3],
        ],
    },
    Root {
        name: "environment",
        doc: "the environment that the value is for",
        fields: &[
            field("name", "environment", "the declared name of the environment, such as `staging`"),
            field(
                "namespace",
                "environment; run if ephemeral",
                "the namespace; in an ephemeral environment, the version",
            ),
        ],
    },
    Root {
        name: "run",
        doc: "the run that delivered the app; in a task, the current run",
        fields: &[
            field("version", "run", "the version: the start time of the run, and the first digits of its uid"),
            field("sha", "run", "the commit"),
            field("sha7", "run", "the first 7 digits of the commit; only in `from-ci`"),
            field("sha8", "run", "the first 8 digits of the commit; only in `from-ci`"),
            field("branch", "run", "the branch of the commit"),
            field("tag", "run", "the tag, where every `on` of the pipeline is `on tag`; for builds and tasks"),
            field("url", "run", "the page of the commit"),
            field(
                "workflow-url",
                "run",
                "the page of the run itself; needs the project's `argo.ui`, and is only known in a task",
            ),
        ],
    },
    Root {
        name: CANARY,
        doc: "the canary that the query is about",
        fields: &[
            field("service", "run", "the name of the canary's Service"),
            field("metrics", "run", "the value of the label `service` of its metrics"),
            field("hash", "run", "the hash of its pods"),
        ],
    },
];

/// The blocks whose values belong to the current run. Everything else outlives it: an app runs on, and the workflow that
/// delivered it is deleted.
pub const OF_THE_CURRENT_RUN: &[&str] = &["task", "approve"];

/// Where an app is reached within the cluster: the current one or another.
pub const ADDRESS: [Field; 4] = [
    field(
        "url",
        "like the namespace",
        "`http://<service>.<namespace>.svc:<port>`, of what it `serves`, or else of its unlabelled service",
    ),
    field("address", "like the namespace", "`<service>.<namespace>.svc:<port>`, likewise"),
    field("host", "like the namespace", "`<service>.<namespace>.svc`, likewise"),
    field("port", "environment", "the port, likewise"),
];

/// The fields of an image.
pub const IMAGE: &[Field] = &[
    field("repository", "run", "without tag and digest"),
    field("tag", "run", "its tag"),
    field("digest", "run", "`sha256:…`"),
];

/// The fields of a built-in first name; none for another.
#[must_use]
pub fn fields(root: &str) -> &'static [Field] {
    ROOTS.iter().find(|known| known.name == root).map_or(&[], |known| known.fields)
}
