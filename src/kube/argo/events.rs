//! `argoproj.io/v1alpha1` `EventBus`, `EventSource` and `Sensor`, after the JSON schema of Argo Events 1.9.11. (Its CRDs
//! have no schema: the API server takes any field.)

use indexmap::IndexMap;

use crate::kube::Object;
use crate::kube::core::{Container, PodSecurityContext, Quantity, SecretKeySelector, ServicePort};

custom_kind! {
    /// Where events wait for their sensors.
    EventBus(EventBusSpec) = "argoproj.io" / "v1alpha1", "eventbus"
}

custom_kind! {
    /// Where events come from.
    EventSource(EventSourceSpec) = "argoproj.io" / "v1alpha1", "eventsources"
}

custom_kind! {
    /// What events trigger.
    Sensor(SensorSpec) = "argoproj.io" / "v1alpha1", "sensors"
}

structs! {
    /// The bus: JetStream, as NATS streaming is deprecated.
    pub struct EventBusSpec {
        /// JetStream.
        pub jetstream: Option<JetStreamBus>,
    }

    /// A JetStream bus.
    pub struct JetStreamBus {
        /// A version that the controller's configuration lists; never `latest`.
        pub version: String,
        /// 1, or 3 and more; the controller rejects 2 (`pkg/reconciler/eventbus/validate.go`).
        pub replicas: Option<i32>,
        /// The largest event; 1MB if absent.
        pub max_payload: Option<String>,
        /// The volume; without it events are lost at a restart.
        pub persistence: Option<PersistenceStrategy>,
    }

    /// The volume of a bus.
    pub struct PersistenceStrategy {
        /// `ReadWriteOnce`.
        pub access_mode: Option<String>,
        /// Its size.
        pub volume_size: Option<Quantity>,
    }

    /// Sources of events.
    pub struct EventSourceSpec {
        /// The bus; `default` if absent.
        pub event_bus_name: Option<String>,
        /// The pods.
        pub template: Option<Template>,
        /// The Service that the controller makes for the pods.
        pub service: Option<Service>,
        /// GitHub webhooks by event name.
        pub github: IndexMap<String, GithubEventSource>,
        /// GitLab webhooks by event name.
        pub gitlab: IndexMap<String, GitlabEventSource>,
    }

    /// A Service that the controller makes.
    pub struct Service {
        /// Its ports.
        pub ports: Vec<ServicePort>,
    }

    /// The pod of a source or a sensor.
    pub struct Template {
        /// Its account.
        pub service_account_name: Option<String>,
        /// Of the pod.
        pub security_context: Option<PodSecurityContext>,
        /// Settings of the main container; its name may be empty.
        pub container: Option<Container>,
    }

    /// A GitHub webhook. Without `api_token` and `github_app` no hook is registered: that is done once by hand.
    pub struct GithubEventSource {
        /// Repositories; required even if no hook is registered (`pkg/eventsources/sources/github/validate.go`).
        pub repositories: Vec<OwnedRepositories>,
        /// Events to be sent, when a hook is registered.
        pub events: Vec<String>,
        /// Where it listens.
        pub webhook: Option<WebhookContext>,
        /// What signs the payload. Without it nothing is checked.
        pub webhook_secret: Option<SecretKeySelector>,
        /// `json` or `form`.
        pub content_type: Option<String>,
        /// Whether the registered hook is active.
        pub active: Option<bool>,
        /// Whether GitHub skips the check of the certificate.
        pub insecure: Option<bool>,
    }

    /// A GitLab webhook. Without projects and groups no hook is registered: that is done once by hand.
    pub struct GitlabEventSource {
        /// Events to be sent, when a hook is registered; required.
        pub events: Vec<String>,
        /// The address of the API.
        #[serde(rename = "gitlabBaseURL")]
        pub gitlab_base_url: String,
        /// Where it listens.
        pub webhook: Option<WebhookContext>,
        /// What a request must contain; compared only if there is an access token.
        pub secret_token: Option<SecretKeySelector>,
        /// What registers a hook.
        pub access_token: Option<SecretKeySelector>,
        /// Whether GitLab checks the certificate of a registered hook.
        #[serde(rename = "enableSSLVerification")]
        pub enable_ssl_verification: Option<bool>,
    }

    /// Repositories of one owner.
    pub struct OwnedRepositories {
        /// The owner.
        pub owner: String,
        /// Their names.
        pub names: Vec<String>,
    }

    /// Where a webhook listens.
    pub struct WebhookContext {
        /// The path.
        pub endpoint: String,
        /// The port, as text.
        pub port: String,
        /// `POST`.
        pub method: String,
        /// The URL that GitHub calls, without the path.
        pub url: String,
        /// The largest payload in bytes; 1 MiB if absent. The bus's `max_payload` must be no smaller.
        pub max_payload_size: Option<i64>,
    }

    /// Dependencies and triggers.
    pub struct SensorSpec {
        /// The bus; `default` if absent.
        pub event_bus_name: Option<String>,
        /// The pods.
        pub template: Option<Template>,
        /// The events.
        pub dependencies: Vec<EventDependency>,
        /// What they trigger.
        pub triggers: Vec<Trigger>,
    }

    /// An event that a sensor waits for.
    pub struct EventDependency {
        /// Its name in this sensor.
        pub name: String,
        /// The `EventSource`.
        pub event_source_name: String,
        /// The event in it.
        pub event_name: String,
        /// Which of them count.
        pub filters: Option<EventDependencyFilter>,
    }

    /// Which events count.
    pub struct EventDependencyFilter {
        /// Lua that sees `event` and returns true or false.
        pub script: Option<String>,
    }

    /// Something that events trigger.
    pub struct Trigger {
        /// What.
        pub template: TriggerTemplate,
        /// How often it is tried again; not at all if absent.
        pub retry_strategy: Option<Backoff>,
        /// How often it may fire.
        pub rate_limit: Option<RateLimit>,
        /// Whether the event is acknowledged only after the trigger has run.
        pub at_least_once: Option<bool>,
    }

    /// What is triggered.
    pub struct TriggerTemplate {
        /// Its name.
        pub name: String,
        /// Which dependencies must have come; all if absent.
        pub conditions: Option<String>,
        /// An object to be made.
        pub k8s: Option<StandardK8STrigger>,
    }

    /// An object to be made. `create` needs no right but that.
    pub struct StandardK8STrigger {
        /// `create`.
        pub operation: Option<String>,
        /// The object.
        pub source: Option<ArtifactLocation>,
        /// What is filled in.
        pub parameters: Vec<TriggerParameter>,
    }

    /// Where an object is.
    pub struct ArtifactLocation {
        /// Here.
        pub resource: Option<Object>,
    }

    /// A value to be filled in.
    pub struct TriggerParameter {
        /// Where it comes from.
        pub src: TriggerParameterSource,
        /// Its destination: an sjson path, with list items by index.
        pub dest: String,
        /// `overwrite` if absent, `append` or `prepend`.
        pub operation: Option<String>,
    }

    /// Where a value comes from.
    pub struct TriggerParameterSource {
        /// The dependency whose event has it.
        pub dependency_name: String,
        /// A gjson path.
        pub data_key: Option<String>,
        /// A Go template on `.Input`; an empty result is an error unless `value` is set.
        pub data_template: Option<String>,
        /// The default value.
        pub value: Option<String>,
    }

    /// The wait between tries.
    pub struct Backoff {
        /// How many tries.
        pub steps: Option<i32>,
        /// The first wait.
        pub duration: Option<String>,
        /// How much longer each next one is.
        pub factor: Option<u32>,
        /// The part of a wait that is random, 0 to 1.
        pub jitter: Option<f64>,
    }

    /// How often a trigger may fire.
    pub struct RateLimit {
        /// `Second`, `Minute` or `Hour`.
        pub unit: Option<String>,
        /// How often in that.
        pub requests_per_unit: Option<i32>,
    }
}
