//! The `kustomization.yaml` file, `kustomize.config.k8s.io/v1beta1`, and the patches that Argo CD has in common with it.

use std::collections::BTreeMap;

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
        /// The namespace of everything.
        pub namespace: Option<String>,
        /// Labels for everything.
        pub labels: Vec<Labels>,
        /// Files and folders.
        pub resources: Vec<String>,
        /// Components.
        pub components: Vec<String>,
        /// Images.
        pub images: Vec<Image>,
        /// Patches.
        pub patches: Vec<Patch>,
    }

    /// Labels for everything.
    pub struct Labels {
        /// The labels.
        pub pairs: BTreeMap<String, String>,
        /// Whether selectors get them too.
        pub include_selectors: Option<bool>,
        /// Whether pod templates get them too.
        pub include_templates: Option<bool>,
    }

    /// Another image for a name.
    pub struct Image {
        /// The name in the manifests.
        pub name: String,
        /// The repository.
        pub new_name: Option<String>,
        /// The tag.
        pub new_tag: Option<String>,
        /// The digest, instead of the tag.
        pub digest: Option<String>,
    }

    /// A patch, strategic merge or JSON 6902, as text. A strategic merge patch names its object by `apiVersion`, `kind` and
    /// `metadata.name` within, whatever the target says.
    pub struct Patch {
        /// Which objects.
        pub target: Option<PatchTarget>,
        /// The patch.
        pub patch: Option<String>,
        /// A file with the patch, instead.
        pub path: Option<String>,
        /// `allowNameChange`, `allowKindChange`.
        pub options: BTreeMap<String, bool>,
    }

    /// Which objects; all that match.
    pub struct PatchTarget {
        /// Group.
        pub group: Option<String>,
        /// Version.
        pub version: Option<String>,
        /// Kind.
        pub kind: Option<String>,
        /// Name, as an anchored regular expression.
        pub name: Option<String>,
        /// Namespace, likewise.
        pub namespace: Option<String>,
        /// Labels.
        pub label_selector: Option<String>,
        /// Annotations.
        pub annotation_selector: Option<String>,
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
