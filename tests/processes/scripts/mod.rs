//! The run-time scripts, run for real: with git and jq, and with stand-ins for what needs a cluster or a clock.

mod agree;
mod build;
mod check;
mod find;
mod gitops;
mod gone;
mod hostile;
mod image;
mod inputs;
mod janitor;
mod look;
mod notify;
mod pod;
mod races;
mod refused;
mod restart;
mod sequences;
mod states;
pub mod support;
mod table;
mod token;
mod wait;
