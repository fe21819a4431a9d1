//! `pipelinec` compiles a compact, typed description of how software is delivered (`*.pipe` files) to the manifests that
//! Argo Events, Argo Workflows, Argo CD and Argo Rollouts run. The language is described in `grammar/README.md`.
//!
//! # The phases
//!
//! | phase | in → out | module | reports |
//! |---|---|---|---|
//! | read | folder, file or standard input → [`source::SourceMap`] | [`cli`] | what cannot be read; exit code 2 |
//! | parse | text → [`syntax::ast::File`], with placeholders where it cannot be parsed | [`syntax`] | E01xx |
//! | validate | syntax trees → [`program::Program`]: known words in known places | [`program`] | E02xx |
//! | override | program and target → the program of that target | [`program`] | E02xx, W0201, W0204, W0303 |
//! | resolve | program of a target → [`model::System`]: names resolved, values typed | [`model`] | E02xx, E03xx, E0401, E0402, E05xx, E0601, W0204, W03xx |
//! | check | [`model::System`] → nothing: cross-block checks | [`check`] | E04xx to E06xx, W0203, W0303, W04xx |
//! | plan | [`model::System`] → [`plan::Plan`]: every step, including the implicit ones | [`plan`] | nothing |
//! | emit | [`plan::Plan`] → objects of [`kube`] → the [`files`] of a tree, by [`render`] | [`emit`] | nothing |
//! | write | the files of all targets → folders on disk, all or none | [`tree`] | what cannot be written; exit code 2 |
//!
//! [`steps`] has a folder for each step that a delivery runs; [`providers`] has one for each router, git host, builder and
//! metrics provider that a project can choose.
//!
//! [`graph`] draws a [`plan::Plan`] instead of emitting it. For reviewers, [`mod@diff`] compares two sets of trees, and
//! [`mod@simulate`] shows what a push would trigger: [`argo`] executes the generated manifests as the Argo projects'
//! controllers do. Both read the files of a tree as [`objects`]. [`mod@record`] is the record of a generated tree.
//! [`mod@verify`] is independent: it validates any manifests against a cluster's schemas.
//!
//! Editors use [`ide`], whose interface is bytes and plain data; [`lsp`] is the protocol around it.
//!
//! [`mod@compile`] drives the phases from sources to trees, [`cli`] reads and prints around it, [`world`] runs external
//! programs for its commands, [`schema`] is the table of keywords that `program`, `model` and the reference follow,
//! [`replace`] fills templates, and [`outside`] reads files. [`mod@format`] is independent of the phases: it rewrites a text
//! from the tokens of the parser. Every diagnostic is a [`diag::Diagnostic`] with a code of [`diag::Code`] and a place in a
//! [`source`].
//!
//! # Invariants
//!
//! - **The output is a function of the sources.** Only [`cli`], [`world`], [`tree`] and [`outside`] touch files, arguments, the environment or a
//!   terminal; nothing reads a clock or a random number, and nothing iterates in the order of a hash.
//! - **An error in the sources is a diagnostic, never an `Err` or a panic.** An `Err` of the library means that something
//!   outside failed: a file cannot be read or written, or an argument is wrong.
//! - **Every phase recovers from errors**, as far as the rest makes sense, so that one run reports all of them. What was
//!   reported is left out, and later phases do not report it again.
//! - **Planning and emitting are total.** They run only on a checked system; whatever could be wrong was reported before.
//!   So no tree is ever incomplete, and a program with an error writes nothing.
//! - **Only the types of [`kube`] become manifests.** Text is never pasted into YAML, and values never into a script:
//!   scripts are separate files that read environment variables.
//! - **A value knows when it is known**: at compile time, for an environment, or in the run ([`schema::Phase`]). What only a
//!   run knows stays a [`model::Piece`] until a step of the run fills it in.
//! - **A tree on disk is replaced as a whole or not at all**, and only generated files are ever removed.
//!
//! # Dependency rules
//!
//! A module depends only on those to its right: `cli` → `diff`, `simulate` and `ide` → `compile` → `emit` → `providers` →
//! `steps` → `plan` → `model` → `program` → `schema` and `syntax` → `diag` → `source`. [`names`] of objects are made from the
//! model, for `check`, `plan` and everything that emits; only what emits and `render` use `kube`; `graph` uses `plan` and
//! `names` as `emit` does; `render` also writes the JSON of `diag`; `tree`, `diff` and `simulate` depend on the `files` of a
//! tree, not on what compiles them; `format` depends on `syntax` alone.
//! `tests/suite/tidy.rs` has the whole table and enforces it.

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
