//! What leads requests to services, and to the canary of one in its share.

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

/// A way to a service.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// What is said of it.
    pub route: &'a Route,
    /// The service, and with it the object that leads to it.
    pub service: &'a str,
    /// Its port.
    pub port: u16,
    /// The Service of its canary, where it has one.
    pub canary: Option<&'a str>,
    /// The metadata of an object beside it.
    pub metadata: &'a ObjectMeta,
    /// The same of an object that a Rollout names: one that is missing when a Rollout is read first makes it invalid.
    pub named: &'a ObjectMeta,
}

/// A value of an object that only a run knows, and that stands where Kubernetes fills in nothing.
#[derive(Debug, Clone)]
pub struct Blank {
    /// The kind of the object, which is called like its service.
    pub kind: &'static str,
    /// A JSON pointer to the value.
    pub pointer: String,
    /// The text to put there.
    pub text: Text,
}

/// The objects of a way, and what a run fills in.
#[derive(Debug, Default)]
pub struct Objects {
    /// In the order of the file.
    pub objects: Vec<Object>,
    /// What a run fills in.
    pub blanks: Vec<Blank>,
}

/// What stands in an object until a run fills it in.
pub const FILLED_IN: &str = "filled-in-by-the-run";

/// A router.
pub trait Router: Sync {
    /// Its objects for a way.
    fn objects(&self, way: &Way) -> Objects;

    /// How a Rollout shifts what goes to its canary, by the objects of that name.
    fn traffic(&self, service: &str) -> TrafficRouting;

    /// The Service that a Rollout keeps on the stable pods alone.
    ///
    /// Rollouts points the selectors of it and of the canary's at the stable and at the new pods alone (argo-rollouts,
    /// `rollout/service.go`). A router reaches both, by their weights.
    fn stable_service(&self, service: &str) -> Option<String> {
        Some(service.to_owned())
    }

    /// What of its objects is a Rollout's while a canary runs, and no difference to Argo CD.
    fn shifted(&self) -> Vec<IgnoreDifferences> {
        Vec::new()
    }

    /// Its kinds whose objects say where requests come in.
    fn entries(&self) -> &'static [&'static str];

    /// Where such an object takes requests from, as it says it itself.
    fn addresses(&self, object: &Value) -> Vec<String>;

    /// What it is a part of.
    fn product(&self) -> Option<&'static Product> {
        None
    }

    /// What the cluster must have for it; `shifts` says whether it leads to a canary.
    fn requirements(&self, shifts: bool) -> Vec<Requirement> {
        let _ = shifts;
        Vec::new()
    }
}

/// The router of that choice.
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

/// Whether objects of that kind say where requests come in.
#[must_use]
pub fn is_entry(kind: &str) -> bool {
    all().any(|router| router.entries().contains(&kind))
}

/// Where an object of that kind takes requests from.
#[must_use]
pub fn addresses(kind: &str, object: &Value) -> Vec<String> {
    all().find(|router| router.entries().contains(&kind)).map(|router| router.addresses(object)).unwrap_or_default()
}

/// The routers that lead to canaries of an environment.
#[must_use]
pub fn shifting(plan: &Plan, environment: &str) -> Vec<&'static dyn Router> {
    let canaries = plan.system.apps.values().filter(|app| plan.canary(environment, &app.name.value).is_some());
    let services = canaries.flat_map(|app| &app.environments[environment].services);
    let chosen: BTreeSet<_> = services.filter_map(|service| service.route.as_ref()).map(|route| route.via).collect();
    chosen.into_iter().map(get).collect()
}

/// What the cluster must have for the routers of a plan.
#[must_use]
pub fn requirements(plan: &Plan) -> Vec<Requirement> {
    let shifts = plan.canary_environments().next().is_some();
    let apps = plan.contents.iter().flat_map(|(environment, apps)| apps.iter().map(move |app| (app, environment)));
    let services = apps.flat_map(|(app, environment)| &plan.system.apps[app].environments[*environment].services);
    let chosen: BTreeSet<_> = services.filter_map(|service| service.route.as_ref()).map(|route| route.via).collect();
    chosen.into_iter().flat_map(|choice| get(choice).requirements(shifts)).collect()
}
