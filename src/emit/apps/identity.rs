//! The accounts of the pods of services and cron jobs.

use super::Emitter;
use crate::kube::Object;
use crate::kube::core::{ObjectMeta, ServiceAccount};
use crate::model::{Cron, Identity, Service};
use crate::plan::Plan;
use crate::providers::{Requirement, Topic};
use std::collections::{BTreeMap, BTreeSet};

impl Emitter<'_> {
    /// The account of a service's own, if it has one. Argo CD applies it before the workload, by its kind.
    pub(super) fn account(&self, service: &Service) -> Option<Object> {
        created(service.identity.as_ref(), self.meta(service, &service.name.value))
    }

    /// The account of a cron job's own, if it has one.
    pub(super) fn cron_account(&self, cron: &Cron) -> Option<Object> {
        let name = &cron.name.value;
        let labels = Some(self.labels_of(name));
        created(cron.identity.as_ref(), ObjectMeta { name: Some(name.clone()), labels, ..ObjectMeta::default() })
    }
}

/// The account of an identity, if it is to be created.
fn created(identity: Option<&Identity>, mut metadata: ObjectMeta) -> Option<Object> {
    let identity = identity.filter(|identity| identity.existing.is_none())?;
    metadata.labels.get_or_insert_default().extend(identity.labels.clone());
    metadata.annotations = (!identity.annotations.is_empty()).then(|| identity.annotations.clone());
    Some(Object::new(&ServiceAccount { metadata, ..ServiceAccount::default() }))
}

/// The name of the account of pods; without one, they have that of all pods of the namespace.
pub(super) fn account_of(identity: Option<&Identity>, own: &str) -> Option<String> {
    identity.map(|identity| identity.account(own).to_owned())
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
        for app in apps {
            let identities = plan.resolved.apps[app].environments[*environment].identities();
            for account in identities.filter_map(|identity| identity.existing.as_ref()) {
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
