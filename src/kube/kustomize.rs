//! The `kustomization.yaml` file, `kustomize.config.k8s.io/v1beta1`, and the patches that Argo CD has in common with it.

use k8s_openapi::Resource;
use serde::Serialize;

use crate::kube::core::ObjectMeta;

structs! {
    /// A `kustomization.yaml`: apart from apiVersion and kind, it has no `spec`; its fields are at the top.
    pub struct Kustomization {
        /// `apiVersion` and `kind`; leave it to the default.
        #[serde(flatten)]
        pub header: Header,
        /// Usually empty, and then dropped.
        pub metadata: ObjectMeta,
        /// Files and folders.
        pub resources: Vec<String>,
    }

    /// A patch, strategic merge or JSON 6902, as text. A strategic merge patch names its object by `apiVersion`, `kind` and
    /// `metadata.name` within, whatever the target says.
    pub struct Patch {
        /// Which objects.
        pub target: Option<PatchTarget>,
        /// The patch.
        pub patch: Option<String>,
    }

    /// Which objects; all that match.
    pub struct PatchTarget {
        /// Kind.
        pub kind: Option<String>,
        /// Name, as an anchored regular expression.
        pub name: Option<String>,
    }
}

resource!(Kustomization, "kustomize.config.k8s.io", "v1beta1", "kustomizations");

/// `apiVersion` and `kind` of a `kustomization.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    api_version: &'static str,
    kind: &'static str,
}

impl Default for Header {
    fn default() -> Self {
        Self { api_version: Kustomization::API_VERSION, kind: Kustomization::KIND }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::Object;

    #[test]
    fn fields_stand_at_the_top() {
        let object = Object::new(&Kustomization { resources: vec!["a.yaml".into()], ..Kustomization::default() });
        assert_eq!(
            object.value().to_string(),
            r#"{"apiVersion":"kustomize.config.k8s.io/v1beta1","kind":"Kustomization","metadata":{},"resources":["a.yaml"]}"#
        );
        assert_eq!(object.name(), "");
    }
}
