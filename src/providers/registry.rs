//! What a pod needs to talk to the registry: credentials, and the certificate of its authority.

use crate::kube::core::{Container, KeyToPath, SecretVolumeSource, Volume, VolumeMount};
use crate::plan::Plan;
use crate::schema::providers::REGISTRY_CLIENT;
use crate::steps::pods::variable;
use crate::steps::template::mount;

/// The folder with the certificate of the registry's authority.
const CA: &str = "/ca";
/// The folder with the registry's client configuration.
const CLIENT: &str = "/registry";

/// Mounts the client configuration of a secret, and the registry's authority, into a container; returns the volumes for
/// its pod.
pub fn access(plan: &Plan, secret: Option<&str>, container: &mut Container) -> Vec<Volume> {
    let object = |secret: &str| plan.resolved.secrets[secret].object.as_str();
    let mut volumes = Vec::new();
    let mounts = container.volume_mounts.get_or_insert_default();
    let env = container.env.get_or_insert_default();
    let mut give = |volume: Volume, folder: &str| {
        mounts.push(VolumeMount { read_only: Some(true), ..mount(&volume.name, folder) });
        volumes.push(volume);
    };
    if let Some(secret) = secret {
        give(secret_volume("registry", object(secret), REGISTRY_CLIENT, "config.json"), CLIENT);
        env.push(variable("DOCKER_CONFIG", CLIENT));
    }
    let registry = plan.resolved.project.registry.as_ref();
    if let Some(ca) = registry.and_then(|registry| registry.ca.as_ref()) {
        give(secret_volume("ca", object(&ca.secret), &ca.key, "ca.crt"), CA);
        // BuildKit's daemon, buildctl and crane are programs in Go (golang/go, src/crypto/x509/root_unix.go).
        env.push(variable("SSL_CERT_DIR", format!("/etc/ssl/certs:{CA}")));
    }
    volumes
}

/// A volume with one key of a Secret as a file.
#[must_use]
pub fn secret_volume(name: &str, object: &str, key: &str, file: &str) -> Volume {
    Volume {
        name: name.to_owned(),
        secret: Some(SecretVolumeSource {
            secret_name: Some(object.to_owned()),
            items: Some(vec![KeyToPath { key: key.to_owned(), path: file.to_owned(), mode: None }]),
            ..SecretVolumeSource::default()
        }),
        ..Volume::default()
    }
}
