//! The account of the pods of a service.

use super::Emitter;
use crate::kube::Object;
use crate::kube::core::ServiceAccount;
use crate::model::Service;
use crate::plan::Plan;
use crate::providers::{Requirement, Topic};
use std::collections::{BTreeMap, BTreeSet};

impl Emitter<'_> {
    /// The account of a service's own, if it has one. Argo CD applies it before the workload, by its kind.
    pub(super) fn account(&self, service: &Service) -> Option<Object> {
        let identity = service.identity.as_ref().filter(|identity| identity.existing.is_none())?;
        let mut metadata = self.meta(service, &service.name.value);
        metadata.labels.get_or_insert_default().extend(identity.labels.clone());
        metadata.annotations = (!identity.annotations.is_empty()).then(|| identity.annotations.clone());
        Some(Object::new(&ServiceAccount { metadata, ..ServiceAccount::default() }))
    }
}

/// The accounts that must exist, in the order of their names.
pub(super) fn requirements(plan: &Plan) -> Vec<Requirement> {
    let mut places: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (environment, apps) in &plan.contents {
        let namespace = plan.resolved.environments[*environment].namespace();
        let place = namespace.map_or_else(
            || format!("the namespaces of `{environment}`, where a chart or manifests must create it"),
            |namespace| format!("`{namespace}`"),
        );
        for service in apps.iter().flat_map(|app| &plan.resolved.apps[app].environments[*environment].services) {
            let existing = service.identity.as_ref().and_then(|identity| identity.existing.as_ref());
            if let Some(account) = existing {
                places.entry(&account.value).or_default().insert(place.clone());
            }
        }
    }
    let sentence = |(account, places): (&str, BTreeSet<String>)| {
        let places = places.into_iter().collect::<Vec<_>>().join(" and in ");
        let text = format!("The ServiceAccount `{account}` must exist in {places}: without it, pods are not created.");
        Requirement::Cluster(Topic::Accounts, text)
    };
    places.into_iter().map(sentence).collect()
}
