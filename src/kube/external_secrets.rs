//! `external-secrets.io/v1` `ExternalSecret`, after the CRDs of the External Secrets Operator 0.16.

custom_kind! {
    /// A Secret that is created from a store outside the cluster.
    ExternalSecret(ExternalSecretSpec) = "external-secrets.io" / "v1", "externalsecrets"
}

structs! {
    /// What it is created from.
    pub struct ExternalSecretSpec {
        /// How often the store is read.
        pub refresh_interval: String,
        /// The store.
        pub secret_store_ref: SecretStoreRef,
        /// The Secret.
        pub target: Target,
        /// Its keys.
        pub data: Vec<Data>,
    }

    /// A store.
    pub struct SecretStoreRef {
        /// `ClusterSecretStore` or `SecretStore`.
        pub kind: String,
        /// Its name.
        pub name: String,
    }

    /// The Secret that is created.
    pub struct Target {
        /// Its name.
        pub name: String,
        /// What it is beside its data.
        pub template: Option<Template>,
    }

    /// What a Secret is beside its data.
    pub struct Template {
        /// Its type.
        #[serde(rename = "type")]
        pub type_: String,
    }

    /// A key of the Secret.
    pub struct Data {
        /// The key.
        pub secret_key: String,
        /// Where its value is.
        pub remote_ref: RemoteRef,
    }

    /// A value in a store.
    pub struct RemoteRef {
        /// What the store calls the secret.
        pub key: String,
        /// The property of it.
        pub property: String,
    }
}
