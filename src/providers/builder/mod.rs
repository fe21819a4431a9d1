//! What builds the images.

mod buildkit;

pub use buildkit::BUILD_WITH_BUILDKIT;

use super::{Feature, Requirement};
use crate::kube::argo::workflows::Template;
use crate::kube::core::EnvVar;
use crate::model::{Image, Registry};
use crate::plan::Plan;
use crate::schema::providers::Builder as Choice;
use crate::steps::{Contract, Input};

/// A builder: what the step `build` runs.
pub trait Builder: Sync {
    /// The step: that of [`crate::steps::build`], with a script.
    fn contract(&self) -> &'static Contract;

    /// The template of the step. `facts` fills what the plan says.
    fn step(&self, plan: &Plan, facts: &dyn Fn(&Input) -> EnvVar) -> Template;

    /// The reference of the image that keeps the layers of another one for the next build; empty where none does.
    fn cache(&self, registry: &Registry, image: &Image) -> String;

    /// What of its objects an old cluster does not know.
    fn features(&self) -> &'static [Feature] {
        &[]
    }

    /// What the cluster must have for it.
    fn requirements(&self, plan: &Plan) -> Vec<Requirement>;
}

/// The builder of that choice.
#[must_use]
pub fn get(choice: Choice) -> &'static dyn Builder {
    match choice {
        Choice::BuildKit => &buildkit::BuildKit,
    }
}

/// Every builder.
pub fn all() -> impl Iterator<Item = &'static dyn Builder> {
    Choice::ALL.into_iter().map(get)
}

/// The builder of a plan.
#[must_use]
pub fn of(plan: &Plan) -> &'static dyn Builder {
    get(plan.system.project.builder)
}
