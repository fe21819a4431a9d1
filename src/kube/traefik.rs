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
        /// Which of several matching routes wins.
        pub priority: Option<i64>,
        /// What changes the request on its way.
        pub middlewares: Vec<MiddlewareRef>,
        /// Its destination.
        pub services: Vec<ServiceRef>,
    }

    /// A middleware.
    pub struct MiddlewareRef {
        /// Its name.
        pub name: String,
        /// Its namespace, if not the route's.
        pub namespace: Option<String>,
    }

    /// A service.
    pub struct ServiceRef {
        /// Its name.
        pub name: String,
        /// `Service` if absent, or `TraefikService`.
        pub kind: Option<String>,
        /// Its namespace, if not the route's.
        pub namespace: Option<String>,
        /// Its port; a `TraefikService` has none.
        pub port: Option<IntOrString>,
        /// Its weight. Omitted if a Rollout sets it, or Argo CD would see a difference.
        pub weight: Option<i64>,
    }

    /// TLS.
    pub struct Tls {
        /// The Secret with the certificate.
        pub secret_name: Option<String>,
        /// What gets the certificate.
        pub cert_resolver: Option<String>,
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
