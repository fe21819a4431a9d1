//! What every run of the tests has, and what is filled into a tree for it.

use std::collections::BTreeMap;

use pipelinec::argo::expression::Variables;
use pipelinec::argo::gotemplate::render_all;
use pipelinec::argo::workflow::Submitted;
use pipelinec::argo::{pod, sha256sum};
use serde_json::Value;

/// The version of a run, which is the namespace of its ephemeral environment.
pub const VERSION: &str = "v20251124160000-9f0e2b";
/// The commit of a run.
pub const SHA: &str = "1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b";
/// The token that reads sources.
pub const TOKEN: &str = "ghs_SECRETsecretSECRET";
/// The token that writes the GitOps repository.
pub const WRITING: &str = "ghs_WRITINGwritingWRITING";

/// A run of a pipeline, as a Sensor submits it.
pub fn submitted(pipeline: &str) -> Submitted {
    Submitted {
        template: pipeline.to_owned(),
        name: format!("{pipeline}-{}", &SHA[..12]),
        uid: "9f0e2b1c-6f57-4c1e-8a55-0c7d3a1f2e11".to_owned(),
        created: ["2025", "11", "24", "16", "00", "00"].map(str::to_owned),
        arguments: Variables::from([("sha".to_owned(), SHA.to_owned())]),
    }
}

/// The variables of a container, with the secrets of the test.
pub fn environment(container: &Value) -> BTreeMap<String, String> {
    pod::environment(container, &|name, key| match key {
        "token" if name == "gitops-creds" => WRITING.to_owned(),
        "token" => TOKEN.to_owned(),
        key => format!("{key} of {name}"),
    })
}

/// The sources of an environment's own Application.
pub fn environment_sources(set: &Value, manifest: &Value) -> Value {
    render_all(&set["spec"]["template"]["spec"]["sources"], manifest).expect("all that is asked for")
}

/// The value of a throwaway secret.
pub fn throwaway(salt: &str, path: &str) -> String {
    sha256sum(&format!("{salt}/{path}"))[..32].to_owned()
}
