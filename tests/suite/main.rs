//! All tests that use the crate from outside, in one binary.

mod cli;
mod errors;
mod fixtures;
mod kinds;
mod layers;
mod read;
mod recovery;
mod render;
mod robust;
mod scripts;
mod stages;
mod support;
mod tree;
mod yaml;
