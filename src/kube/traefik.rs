//! `traefik.io/v1alpha1` `IngressRoute` and `TraefikService`, after the CRDs of the Traefik chart 41.3.

use crate::kube::core::IntOrString;

custom_kind! {
    /// Which requests go to which service.
    IngressRoute(IngressRouteSpec) = "traefik.io" / "v1alpha1", "ingressroutes"
}

custom_kind! {
    /// A service made of services.
    TraefikService(TraefikServiceSpec) = "traefik.io" / "v1alpha1", "traefikservices"
}

structs! {
    /// Routes.
    pub struct IngressRouteSpec {
        /// Entry points of Traefik; all if absent.
        pub entry_points: Vec<String>,
        /// The routes.
        pub routes: Vec<Route>,
        /// TLS; written as `{}` it is on, with the default certificate.
        pub tls: Option<Tls>,
    }

    /// A route.
    pub struct Route {
        /// The rule.
        #[serde(rename = "match")]
        pub matches: String,
        /// `Rule`.
        pub kind: Option<String>,
        /// Where it goes.
        pub services: Vec<ServiceRef>,
    }

    /// A service.
    pub struct ServiceRef {
        /// Its name.
        pub name: String,
        /// `Service` if absent, or `TraefikService`.
        pub kind: Option<String>,
        /// Its port; a `TraefikService` has none.
        pub port: Option<IntOrString>,
    }

    /// TLS.
    pub struct Tls {
        /// The Secret with the certificate.
        pub secret_name: Option<String>,
    }

    /// A service made of services.
    pub struct TraefikServiceSpec {
        /// Each gets its weight.
        pub weighted: Option<Weighted>,
    }

    /// Each gets its weight.
    pub struct Weighted {
        /// The services.
        pub services: Vec<ServiceRef>,
    }
}
