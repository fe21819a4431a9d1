//! The volumes of a service, and where its containers mount them.

use super::{Emitter, config};
use crate::kube::core::{
    EmptyDirVolumeSource, KeyToPath, ObjectMeta, PersistentVolumeClaim, PersistentVolumeClaimSpec,
    PersistentVolumeClaimVolumeSource, PodSecurityContext, Quantity, SecretVolumeSource, Volume as KubeVolume,
    VolumeMount, VolumeResourceRequirements,
};
use crate::model::{Contents, Service, Volume};
use crate::plan::Plan;
use crate::providers::{Requirement, Topic};
use std::collections::BTreeMap;

impl Emitter<'_> {
    /// Where the containers of a service find its volumes.
    pub(super) fn mounts(&self, service: &Service) -> Vec<VolumeMount> {
        service.volumes.iter().map(mount).chain(config::mounts(service)).collect()
    }

    /// The volumes of the pods, except for the storage of each pod, which a StatefulSet adds.
    pub(super) fn volumes(&self, service: &Service) -> Vec<KubeVolume> {
        let volumes = service.volumes.iter().filter_map(|volume| self.volume(volume));
        volumes.chain(config::volumes(service)).collect()
    }

    fn volume(&self, volume: &Volume) -> Option<KubeVolume> {
        let named = KubeVolume { name: volume.name.value.clone(), ..KubeVolume::default() };
        Some(match &volume.contents {
            Contents::Own { .. } => return None,
            Contents::Claim(claim) => KubeVolume {
                persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
                    claim_name: claim.value.clone(),
                    read_only: None,
                }),
                ..named
            },
            Contents::Secret(secret) => {
                let declared = &self.plan.resolved.secrets[secret];
                // Only declared keys: whatever else the Secret has is not meant for the service.
                let item = |key: &String| KeyToPath { key: key.clone(), path: key.clone(), mode: None };
                KubeVolume {
                    secret: Some(SecretVolumeSource {
                        secret_name: Some(declared.environments[self.environment].object.clone()),
                        items: Some(declared.keys.iter().map(item).collect()),
                        ..SecretVolumeSource::default()
                    }),
                    ..named
                }
            }
            Contents::Scratch { limit } => KubeVolume {
                empty_dir: Some(EmptyDirVolumeSource { size_limit: limit.clone().map(Quantity), medium: None }),
                ..named
            },
        })
    }
}

fn mount(volume: &Volume) -> VolumeMount {
    VolumeMount {
        name: volume.name.value.clone(),
        mount_path: volume.at.value.clone(),
        read_only: matches!(volume.contents, Contents::Secret(_)).then_some(true),
        ..VolumeMount::default()
    }
}

/// The claims that a StatefulSet makes for each pod.
pub(super) fn claims(service: &Service) -> Vec<PersistentVolumeClaim> {
    let claim = |volume: &Volume| match &volume.contents {
        Contents::Own { size, class } => Some(PersistentVolumeClaim {
            metadata: ObjectMeta { name: Some(volume.name.value.clone()), ..ObjectMeta::default() },
            spec: Some(PersistentVolumeClaimSpec {
                access_modes: Some(vec!["ReadWriteOnce".into()]),
                resources: Some(VolumeResourceRequirements {
                    requests: Some(BTreeMap::from([("storage".to_owned(), Quantity(size.clone()))])),
                    limits: None,
                }),
                storage_class_name: class.clone(),
                ..PersistentVolumeClaimSpec::default()
            }),
            status: None,
        }),
        Contents::Claim(_) | Contents::Secret(_) | Contents::Scratch { .. } => None,
    };
    service.volumes.iter().filter_map(claim).collect()
}

/// The security context of pods with these volumes. The group owns the files of a volume, so that the image's user can
/// write them; on a large one, Kubernetes would change the owner of each file again at every start.
pub(super) fn security(service: &Service, context: PodSecurityContext) -> PodSecurityContext {
    let persists = |volume: &Volume| matches!(volume.contents, Contents::Own { .. } | Contents::Claim(_));
    let policy = service.volumes.iter().any(persists).then(|| "OnRootMismatch".to_owned());
    PodSecurityContext { fs_group_change_policy: policy, ..context }
}

/// What the volumes of a service require in an environment, and in its namespace if it is permanent.
pub(super) fn requirements(
    plan: &Plan,
    environment: &str,
    namespace: Option<&str>,
    service: &Service,
) -> Vec<Requirement> {
    let name = &service.name.value;
    let storage = |text: String| Requirement::Cluster(Topic::Storage, text);
    let mut found = Vec::new();
    for volume in &service.volumes {
        match (&volume.contents, namespace) {
            (Contents::Own { class: Some(class), .. }, _) => {
                found.push(storage(format!("Storage of services is provisioned by the StorageClass `{class}`.")));
            }
            (Contents::Own { class: None, .. }, _) => {
                let text = "Storage of services is provisioned by the default StorageClass. This requires one; without it, their pods stay pending.";
                found.push(storage(text.to_owned()));
            }
            (Contents::Claim(claim), Some(namespace)) => {
                found.push(storage(format!(
                    "The PersistentVolumeClaim `{}` must exist in `{namespace}`, for service `{name}`, with the access mode `ReadWriteMany`: during an update, pods of both versions use it.",
                    claim.value
                )));
            }
            (Contents::Secret(secret), Some(namespace)) => {
                let declared = &plan.resolved.secrets[secret];
                let there = &declared.environments[environment];
                let purpose = format!("service `{name}`");
                let needed = |key: &String| Requirement::secret(namespace, &there.object, key, purpose.clone());
                found.extend(declared.keys.iter().filter(|_| there.origin.is_existing()).map(needed));
            }
            (Contents::Claim(_) | Contents::Secret(_), None) | (Contents::Scratch { .. }, _) => {}
        }
    }
    found
}
