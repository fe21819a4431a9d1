//! Signs an image that was built, before anything runs it. The image of cosign has no shell, so the step has no script.

use super::call::{declared, input, with_inputs};
use super::pods::{self, STEP_USER, container_security, pod_security, secret_variable, variable};
use super::template::{empty_dir, mount, retry_on_error};
use crate::kube::argo::workflows::Template;
use crate::kube::core::{Container, IntOrString};
use crate::plan::SIGN_DEADLINE;

/// The prefix of the names of its steps and templates.
pub const SIGN: &str = "sign";
/// The argument with the image, `repository@digest`.
pub const IMAGE: &str = "image";
/// What is signed, and with what.
pub struct Signing<'a> {
    /// The name of its template.
    pub name: &'a str,
    /// The image of cosign.
    pub cosign: &'a str,
    /// The Secret with the key pair.
    pub secret: &'a str,
    /// Its keys: with the private key, and with the password of that.
    pub keys: [&'a str; 2],
    /// Whether the registry has no TLS.
    pub insecure: bool,
    /// The repository by which pods know the image, if it is pushed to another address.
    pub identity: Option<&'a str>,
}

/// The template that signs an image.
#[must_use]
pub fn template(signing: &Signing) -> Template {
    // sigstore/cosign, cmd/cosign/cli/options/sign.go and registry.go, pkg/blob/load.go (`env://`), v2.6.4. Nothing is written
    // to a transparency log: it is public, and names the image.
    let [key, password] = signing.keys;
    let mut args = vec![SIGN, "--yes", "--key=env://COSIGN_PRIVATE_KEY", "--tlog-upload=false"];
    if signing.insecure {
        args.push("--allow-http-registry");
    }
    let mut args: Vec<String> = args.into_iter().map(str::to_owned).collect();
    args.extend(signing.identity.map(|identity| format!("--sign-container-identity={identity}")));
    args.push(input(IMAGE));
    let template = Template {
        name: signing.name.to_owned(),
        active_deadline_seconds: Some(IntOrString::Int(i32::try_from(SIGN_DEADLINE).unwrap_or(i32::MAX))),
        retry_strategy: Some(retry_on_error(1)),
        automount_service_account_token: Some(false),
        security_context: Some(pod_security(STEP_USER)),
        volumes: vec![empty_dir("tmp")],
        container: Some(Container {
            image: Some(signing.cosign.to_owned()),
            // The entry point of images that ko makes.
            command: Some(vec!["/ko-app/cosign".to_owned()]),
            args: Some(args),
            env: Some(vec![
                variable("HOME", "/tmp"),
                secret_variable("COSIGN_PRIVATE_KEY", signing.secret, key),
                secret_variable("COSIGN_PASSWORD", signing.secret, password),
            ]),
            volume_mounts: Some(vec![mount("tmp", "/tmp")]),
            resources: Some(pods::step_resources(("20m", "500m"), ("64Mi", "256Mi"))),
            security_context: Some(container_security(true)),
            ..Container::default()
        }),
        ..Template::default()
    };
    with_inputs(template, vec![declared(IMAGE)])
}
