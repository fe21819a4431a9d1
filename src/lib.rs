//! `pipelinec` compiles a compact, typed description of how software is delivered (`*.pipe` files) to the manifests that
//! Argo Events, Argo Workflows, Argo CD and Argo Rollouts run. The language is described in `grammar/README.md`.
//!
//! `ARCHITECTURE.md` describes the passes of the compiler, the invariants, and which module may use which. In short:
//! [`mod@compile`] drives [`syntax`], [`program`], [`model`], [`check`], [`plan`] and [`emit`] from sources to trees,
//! [`tree`] writes them to disk, [`cli`] is the command line and [`lsp`] the language server. Start with [`schema`], the tables
//! of the language, and [`compile::compile`].

pub mod outside;

pub mod words;

pub mod replace;

pub mod source;

pub mod diag;

pub mod syntax;

pub mod schema;

pub mod program;

pub mod model;
pub mod promql;

pub mod check;

pub mod names;

pub mod plan;

pub mod graph;

pub mod kube;

pub mod files;

pub mod steps;

pub mod patch;

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
