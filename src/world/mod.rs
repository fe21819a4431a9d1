//! Everything between the commands and the outside world: external programs, git, clones, the sandbox of a simulated
//! delivery, and the cache. Nothing else in the crate starts a process or keeps anything between two runs.

pub mod cache;
pub mod clone;
pub mod git;
pub mod process;
pub mod revision;
pub mod sandbox;
