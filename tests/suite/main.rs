//! All tests that use the crate from outside, in one binary.

mod cases;
mod cli;
mod compiled;
mod delivery;
mod docs;
mod errors;
mod explain;
mod filter;
mod fixtures;
mod formats;
mod generated;
mod kinds;
mod layers;
mod manifests;
mod read;
mod recovery;
mod render;
mod robust;
mod scripts;
mod stages;
mod support;
mod tidy;
mod tree;
mod trees;
mod whole;
mod yaml;
