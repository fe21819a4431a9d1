//! Routers, which forward requests to services, and to a canary by its weight.

mod traefik;

use super::{Product, Requirement};
use crate::kube::Object;
use crate::kube::argo::cd::IgnoreDifferences;
use crate::kube::argo::rollouts::TrafficRouting;
use crate::kube::core::ObjectMeta;
use crate::model::{Route, Text};
use crate::plan::Plan;
use crate::schema::providers::Router as Choice;
use serde_json::Value;
use std::collections::BTreeSet;

/// A route to a service.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// The block of the program.
    pub route: &'a Route,
    /// The name of the service, and of the objects for its route.
    pub service: &'a str,
    /// Its port.
    pub port: u16,
    /// The Service of its canary, if it has one.
    pub canary: Option<&'a str>,
    /// The metadata of an object of the service.
    pub metadata: &'a ObjectMeta,
    /// The same for an object that a Rollout refers to: it must exist before the Rollout, which is invalid otherwise.
    pub named: &'a ObjectMeta,
}

/// A value that only a run knows, in an object in which Kubernetes does not expand variables.
#[derive(Debug, Clone)]
pub struct Blank {
    /// The kind of the object, which has the name of the service.
    pub kind: &'static str,
    /// A JSON pointer to the value.
    pub pointer: String,
    /// The text of the value.
    pub text: Text,
}

/// The objects of a route, and the values that a run fills in.
#[derive(Debug, Default)]
pub struct Objects {
    /// In the order of the file.
    pub objects: Vec<Object>,
    /// The values that a run fills in.
    pub blanks: Vec<Blank>,
}

/// The placeholder for a value that a run fills in.
pub const FILLED_IN: &str = "filled-in-by-the-run";

/// A router.
pub trait Router: Sync {
    /// The objects of a route.
    fn objects(&self, way: &Way) -> Objects;

    /// How a Rollout sets the weight of its canary, through the objects of that service.
    fn traffic(&self, service: &str) -> TrafficRouting;

    /// The Service that a Rollout restricts to the stable pods.
    ///
    /// Rollouts points the selectors of it and of the canary's at the stable and at the new pods alone (argo-rollouts,
    /// `rollout/service.go`). A router reaches both, by their weights.
    fn stable_service(&self, service: &str) -> Option<String> {
        Some(service.to_owned())
    }

    /// The fields of its objects that a Rollout changes during a canary, which Argo CD must ignore.
    fn shifted(&self) -> Vec<IgnoreDifferences> {
        Vec::new()
    }

    /// The kinds of its objects that contain addresses.
    fn entries(&self) -> &'static [&'static str];

    /// The addresses in such an object, as they are written in it.
    fn addresses(&self, object: &Value) -> Vec<String>;

    /// The product that must be installed.
    fn product(&self) -> Option<&'static Product> {
        None
    }

    /// What the cluster must provide; `shifts` tells whether it serves a canary.
    fn requirements(&self, shifts: bool) -> Vec<Requirement> {
        let _ = shifts;
        Vec::new()
    }
}

/// The router for a choice.
#[must_use]
pub fn get(choice: Choice) -> &'static dyn Router {
    match choice {
        Choice::Traefik => &traefik::Traefik,
    }
}

/// Every router.
pub fn all() -> impl Iterator<Item = &'static dyn Router> {
    Choice::ALL.into_iter().map(get)
}

/// Whether objects of that kind contain addresses.
#[must_use]
pub fn is_entry(kind: &str) -> bool {
    all().any(|router| router.entries().contains(&kind))
}

/// The addresses in an object of that kind.
#[must_use]
pub fn addresses(kind: &str, object: &Value) -> Vec<String> {
    all().find(|router| router.entries().contains(&kind)).map(|router| router.addresses(object)).unwrap_or_default()
}

/// The routers that serve canaries of an environment.
#[must_use]
pub fn shifting(plan: &Plan, environment: &str) -> Vec<&'static dyn Router> {
    let canaries = plan.resolved.apps.values().filter(|app| plan.canary(environment, &app.name.value).is_some());
    let services = canaries.flat_map(|app| &app.environments[environment].services);
    let chosen: BTreeSet<_> = services.filter_map(|service| service.route.as_ref()).map(|route| route.via).collect();
    chosen.into_iter().map(get).collect()
}

/// What the cluster must provide for the routers of a plan.
#[must_use]
pub fn requirements(plan: &Plan) -> Vec<Requirement> {
    let shifts = plan.canary_environments().next().is_some();
    let apps = plan.contents.iter().flat_map(|(environment, apps)| apps.iter().map(move |app| (app, environment)));
    let services = apps.flat_map(|(app, environment)| &plan.resolved.apps[app].environments[*environment].services);
    let chosen: BTreeSet<_> = services.filter_map(|service| service.route.as_ref()).map(|route| route.via).collect();
    chosen.into_iter().flat_map(|choice| get(choice).requirements(shifts)).collect()
}
