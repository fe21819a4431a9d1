//! Traefik: an `IngressRoute`, and for a canary a `TraefikService` whose weights the Rollout sets.

use super::{Blank, FILLED_IN, Objects, Router, Way};
use crate::kube::Object;
use crate::kube::argo::cd::IgnoreDifferences;
use crate::kube::argo::rollouts::{TraefikTrafficRouting, TrafficRouting};
use crate::kube::core::IntOrString;
use crate::kube::traefik::{
    IngressRoute, IngressRouteSpec, Route, ServiceRef, TraefikService, TraefikServiceSpec, Weighted,
};
use crate::model::{self, Segment, Text};
use crate::providers::{Product, Requirement, Topic};
use serde_json::Value;

const INGRESS_ROUTE: &str = "IngressRoute";
const TRAEFIK_SERVICE: &str = "TraefikService";
const PRODUCT: Product = Product { name: "Traefik", oldest: "3", kinds: &[INGRESS_ROUTE, TRAEFIK_SERVICE] };

/// Traefik.
pub struct Traefik;

impl Router for Traefik {
    fn objects(&self, way: &Way) -> Objects {
        let mut found = Objects::default();
        let service = |name: &str| ServiceRef {
            name: name.to_owned(),
            port: Some(IntOrString::Int(i32::from(way.port))),
            ..ServiceRef::default()
        };
        let mut backend = service(way.service);
        if let Some(canary) = way.canary {
            // Without weights: the Rollout sets them, and Argo CD must not reset them.
            let services = vec![service(way.service), service(canary)];
            found.objects.push(Object::new(&TraefikService {
                metadata: way.named.clone(),
                spec: TraefikServiceSpec { weighted: Some(Weighted { services }) },
            }));
            backend = ServiceRef {
                name: way.service.to_owned(),
                kind: Some(TRAEFIK_SERVICE.into()),
                ..ServiceRef::default()
            };
        }
        let rule = rule(way.route);
        let matches = rule.known().unwrap_or_else(|| {
            let pointer = "/spec/routes/0/match".to_owned();
            found.blanks.push(Blank { kind: INGRESS_ROUTE, pointer, text: rule });
            format!("Host(`{FILLED_IN}`)")
        });
        found.objects.push(Object::new(&IngressRoute {
            metadata: way.metadata.clone(),
            spec: IngressRouteSpec {
                routes: vec![Route { matches, kind: Some("Rule".into()), services: vec![backend] }],
                ..IngressRouteSpec::default()
            },
        }));
        found
    }

    fn traffic(&self, service: &str) -> TrafficRouting {
        TrafficRouting {
            traefik: Some(TraefikTrafficRouting { weighted_traefik_service_name: service.to_owned() }),
            ..TrafficRouting::default()
        }
    }

    fn shifted(&self) -> Vec<IgnoreDifferences> {
        vec![IgnoreDifferences {
            group: Some("traefik.io".into()),
            kind: TRAEFIK_SERVICE.into(),
            jq_path_expressions: vec![".spec.weighted.services[]?.weight".into()],
        }]
    }

    fn entries(&self) -> &'static [&'static str] {
        &[INGRESS_ROUTE]
    }

    fn addresses(&self, object: &Value) -> Vec<String> {
        let routes = object.pointer("/spec/routes").and_then(Value::as_array);
        routes.into_iter().flatten().filter_map(|route| Some(route.get("match")?.as_str()?.to_owned())).collect()
    }

    fn product(&self) -> Option<&'static Product> {
        Some(&PRODUCT)
    }

    fn requirements(&self, shifts: bool) -> Vec<Requirement> {
        let flags = "Argo Rollouts up to 1.9 finds the routes only with the flags `--traefik-api-group=traefik.io --traefik-api-version=traefik.io/v1alpha1`.";
        shifts.then(|| Requirement::Cluster(Topic::Router, flags.to_owned())).into_iter().collect()
    }
}

/// The rule with which Traefik matches requests for the service.
fn rule(route: &model::Route) -> Text {
    let mut rule = Text::literal("Host(`");
    route.host.0.iter().for_each(|segment| rule.push(segment.clone()));
    rule.push(Segment::Literal("`)".into()));
    if route.path != "/" {
        rule.push(Segment::Literal(format!(" && PathPrefix(`{}`)", route.path)));
    }
    rule
}
