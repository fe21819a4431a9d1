//! What stands between the commands and the world outside: programs of others, git, clones, the machine that a simulated
//! delivery runs on, and the cache. Nothing else of the crate starts a process or keeps anything between two runs.

pub mod cache;
pub mod clone;
pub mod git;
pub mod process;
pub mod revision;
pub mod sandbox;
