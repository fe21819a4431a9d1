//! Builders of images.

mod buildkit;

pub use buildkit::BUILD_WITH_BUILDKIT;

use super::{Feature, Requirement};
use crate::kube::argo::workflows::Template;
use crate::kube::core::EnvVar;
use crate::model::{Build, BuildPod, Image, Registry};
use crate::plan::Plan;
use crate::schema::providers::Builder as Choice;
use crate::steps::{Contract, Input};

/// A builder, which implements the step `build`.
pub trait Builder: Sync {
    /// The contract of [`crate::steps::build`], with a script.
    fn contract(&self) -> &'static Contract;

    /// The template of the step with such a pod. `facts` gives the variables that depend on the plan.
    fn step(&self, plan: &Plan, pod: &BuildPod, facts: &dyn Fn(&Input) -> EnvVar) -> Template;

    /// The reference under which the layers of an image are cached; empty if they are not.
    fn cache(&self, registry: &Registry, app: &str, image: &Image, build: &Build) -> String;

    /// Fields of its objects that old clusters do not know.
    fn features(&self) -> &'static [Feature] {
        &[]
    }

    /// What the cluster must provide.
    fn requirements(&self, plan: &Plan) -> Vec<Requirement>;
}

/// The builder for a choice.
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
    get(plan.resolved.project.builder)
}
