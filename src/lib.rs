//! pipelinec

pub mod source;

pub mod diag;

pub mod syntax;

pub mod schema;

pub mod program;

pub mod model;

pub mod check;

pub mod plan;

pub mod kube;

pub mod emit;

pub mod render;

pub mod compile;

pub mod tree;

pub mod cli;
