//! What a project chooses among: the router that leads requests to its services, the host of its repositories, what builds
//! its images and what measures its canaries. Each is a folder with all that is known of it, and a row of the table of its
//! kind; everybody else asks the trait. The words by which a program chooses are in [`crate::schema::providers`].

pub mod builder;
pub mod host;
pub mod metrics;
mod requirement;
pub mod router;

pub use requirement::{Feature, KUBERNETES, Product, Requirement, Topic};

use crate::steps::{self, Contract};

/// The steps of all workflows, with those of every builder.
pub fn steps() -> impl Iterator<Item = &'static Contract> {
    steps::ALL.into_iter().chain(builder::all().map(|builder| builder.contract()))
}

/// The step that a template of that name runs.
#[must_use]
pub fn step(template: &str) -> Option<&'static Contract> {
    steps().find(|contract| contract.template == template)
}
