//! The files of a service: a ConfigMap for each, and where containers find it.
//!
//! The name of a ConfigMap has a digest of the file. So a change of the file changes the pods, pods of the version before
//! keep their file even if they restart during a canary, and a rollback finds its own.

use super::Emitter;
use crate::emit::digest;
use crate::kube::Object;
use crate::kube::core::{ConfigMap, ConfigMapVolumeSource, Volume as KubeVolume, VolumeMount};
use crate::model::{Config, Service};
use crate::names;
use std::collections::BTreeMap;

impl Emitter<'_> {
    pub(super) fn config_maps(&self, service: &Service) -> Vec<Object> {
        let object = |config: &Config| {
            let mut metadata = self.meta(service, &name(service, config));
            // Old pods need an old file for as long as they may restart, so Argo CD neither deletes it nor calls the
            // Application out of sync because of it (argo-cd, `docs/user-guide/sync-options.md` and
            // `docs/user-guide/compare-options.md`).
            metadata.annotations = Some(BTreeMap::from([
                ("argocd.argoproj.io/compare-options".to_owned(), "IgnoreExtraneous".to_owned()),
                ("argocd.argoproj.io/sync-options".to_owned(), "Prune=false".to_owned()),
                (names::key(names::CONFIG_PATH), config.path.value.clone()),
            ]));
            Object::new(&ConfigMap {
                metadata,
                immutable: Some(true),
                data: Some(BTreeMap::from([(key(config), config.text.clone())])),
                binary_data: None,
            })
        };
        service.configs.iter().map(object).collect()
    }
}

/// The name of a file's ConfigMap.
fn name(service: &Service, config: &Config) -> String {
    format!("{}-config-{}", service.name.value, short_digest(config))
}

fn short_digest(config: &Config) -> String {
    digest([config.path.value.as_bytes(), config.text.as_bytes()])[..10].to_owned()
}

/// The name of the file, as far as it can be a key of a ConfigMap.
fn key(config: &Config) -> String {
    let name = config.path.value.rsplit('/').next().unwrap_or_default();
    let letters = name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' });
    let key: String = letters.take(200).collect();
    // Kubernetes reserves names that start with two dots.
    if key.starts_with("..") { format!("_{key}") } else { key }
}

/// The name of the volume with a file; no volume of a program has it.
fn volume_name(config: &Config) -> String {
    format!("{}-{}", names::MANAGED_BY, short_digest(config))
}

/// The volumes of the files.
pub(super) fn volumes(service: &Service) -> impl Iterator<Item = KubeVolume> {
    service.configs.iter().map(|config| KubeVolume {
        name: volume_name(config),
        config_map: Some(ConfigMapVolumeSource { name: name(service, config), ..ConfigMapVolumeSource::default() }),
        ..KubeVolume::default()
    })
}

/// Where containers find the files. A file that is mounted alone does not hide those beside it in the image.
pub(super) fn mounts(service: &Service) -> impl Iterator<Item = VolumeMount> {
    service.configs.iter().map(|config| VolumeMount {
        name: volume_name(config),
        mount_path: config.path.value.clone(),
        sub_path: Some(key(config)),
        read_only: Some(true),
        ..VolumeMount::default()
    })
}
