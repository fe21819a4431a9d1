//! `pipelinec` compiles a compact, typed description of how software is delivered (`*.pipe` files) to the manifests that
//! Argo Events, Argo Workflows, Argo CD and Argo Rollouts run. The language is described in `grammar/README.md`.
//!
//! # The stages
//!
//! | stage | in → out | module | reports |
//! |---|---|---|---|
//! | read | folder, file or standard input → [`source::SourceMap`] | [`cli`] | what cannot be read; exit code 2 |
//! | parse | text → [`syntax::ast::File`], with holes where it cannot be read | [`syntax`] | E01xx |
//! | shape | syntax trees → [`program::Program`]: known words in known places | [`program`] | E02xx |
//! | lay over | program and target → the program of that target | [`program`] | E02xx, W0201, W0204, W0303 |
//! | resolve | program of a target → [`model::System`]: names resolved, values typed | [`model`] | E02xx, E03xx, E0401, E0402, E05xx, E0601, W0204, W03xx |
//! | check | [`model::System`] → nothing: what no block shows by itself | [`check`] | E04xx to E06xx, W0203, W0303, W04xx |
//! | plan | [`model::System`] → [`plan::Plan`]: every step, with what the stages leave unsaid | [`plan`] | nothing |
//! | emit | [`plan::Plan`] → objects of [`kube`] → the [`files`] of a tree, by [`render`] | [`emit`] | nothing |
//! | write | the files of all targets → folders on disk, all or none | [`tree`] | what cannot be written; exit code 2 |
//!
//! What a delivery runs are [`steps`], a folder each; what a project chooses among, such as a router or a host of repositories,
//! are [`providers`], a folder each.
//!
//! [`graph`] draws a [`plan::Plan`] instead of emitting it. A reviewer asks [`mod@diff`], which compares two sets of trees, and
//! [`mod@simulate`], which says what a push would set off: what was emitted is executed by [`argo`], which does what the Argo
//! projects' controllers do. Both read the files of a tree as [`objects`].
//! [`mod@record`] is what a tree says of itself.
//! [`mod@verify`] stands for itself: it holds any manifests against the schemas of a cluster.
//!
//! An editor asks [`ide`], which speaks of bytes and plain data, and [`lsp`] is the protocol around it.
//!
//! [`mod@compile`] drives the stages from sources to trees, [`cli`] reads and prints around it, [`world`] runs what its
//! commands need of the machine, and [`schema`] is the table of
//! words that `program`, `model` and the reference follow, [`replace`] fills templates, and [`outside`] reads files. [`mod@format`] stands beside the stages: it writes a text anew from the
//! tokens of the parser. Every diagnostic is a [`diag::Diagnostic`] with a code of
//! [`diag::Code`] and a place in a [`source`].
//!
//! # What holds
//!
//! - **The output is a function of the sources.** Only [`cli`], [`world`], [`tree`] and [`outside`] touch files, arguments, the environment or a
//!   terminal; nothing reads a clock or a random number, and nothing iterates in the order of a hash.
//! - **A mistake in the sources is a diagnostic, never an `Err` or a panic.** An `Err` of the library means that the world
//!   outside failed: a file that cannot be read or written, or a wrong argument.
//! - **Every stage goes on after a mistake**, as far as the rest makes sense, so that one run reports all of them. What
//!   was reported is left out and not reported again by a later stage.
//! - **Planning and emitting are total.** They run on a checked system only; what could be wrong was reported before. So a
//!   tree is never half made, and a program with an error writes nothing.
//! - **Only the types of [`kube`] become manifests.** Text is never pasted into YAML, and values never into a script:
//!   scripts are files of their own and read environment variables.
//! - **A value knows when it is known**: at compile time, for an environment, or in the run ([`schema::Phase`]). What only a
//!   run knows stays a [`model::Piece`] until a step of the run fills it in.
//! - **A tree on disk is replaced as a whole or not at all**, and only what a build has generated is ever removed.
//!
//! # Who may use whom
//!
//! A module uses only those to its right: `cli` → `diff`, `simulate` and `ide` → `compile` → `emit` → `providers` → `steps` →
//! `plan` → `model` → `program` → `schema` and `syntax` → `diag` → `source`. [`names`] of objects are made from the model, for
//! `check`, `plan` and all that emits; `kube` is used by what emits and by `render` alone; `graph` uses `plan` and `names` as
//! `emit` does; `render` also writes the JSON of `diag`; `tree`, `diff` and `simulate` know trees by their `files` and not by
//! what compiles them; `format` sees nothing but `syntax`.
//! `tests/suite/tidy.rs` has the whole table and keeps it.

pub mod outside;

pub mod replace;

pub mod source;

pub mod diag;

pub mod syntax;

pub mod schema;

pub mod program;

pub mod model;

pub mod check;

pub mod names;

pub mod plan;

pub mod graph;

pub mod kube;

pub mod files;

pub mod steps;

pub mod providers;

pub mod emit;

pub mod record;

pub mod render;

pub mod compile;

pub mod objects;

pub mod diff;

pub mod argo;

pub mod simulate;

pub mod ide;

pub mod lsp;

pub mod tree;

pub mod verify;

pub mod format;

pub mod world;

pub mod cli;
