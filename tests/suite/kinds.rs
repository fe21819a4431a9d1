//! One rich object of each custom kind. Custom structs are filled without `..Default::default()` where their fields may
//! stand together, so that a new field must be thought of here.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use pipelinec::kube::argo::{cd, events, rollouts, workflows};
use pipelinec::kube::core::{
    Capabilities, Container, EmptyDirVolumeSource, EnvVar, IntOrString, LabelSelector, LabelSelectorRequirement,
    LocalObjectReference, PodSecurityContext, PodSpec, PodTemplateSpec, Quantity, ResourceRequirements, SeccompProfile,
    SecretKeySelector, SecurityContext, ServicePort, Volume, VolumeMount,
};
use pipelinec::kube::{Object, external_secrets, kustomize, meta, monitoring, traefik};
use pipelinec::render::{arrange, document};
use serde_json::{Value, json};

fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}

fn secret(name: &str, key: &str) -> SecretKeySelector {
    SecretKeySelector { name: name.into(), key: key.into(), optional: None }
}

fn pod_security() -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(65532),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".into(), localhost_profile: None }),
        ..Default::default()
    }
}

fn security() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".into()]), add: None }),
        ..Default::default()
    }
}

fn resources() -> ResourceRequirements {
    ResourceRequirements {
        requests: Some([("cpu".into(), Quantity("50m".into())), ("memory".into(), Quantity("64Mi".into()))].into()),
        limits: Some([("memory".into(), Quantity("64Mi".into()))].into()),
        claims: None,
    }
}

fn container(name: &str) -> Container {
    Container {
        name: name.into(),
        image: some("registry.example/tools:1"),
        command: Some(strings(&["bash", "/scripts/run.sh"])),
        args: Some(vec![]),
        env: Some(vec![EnvVar { name: "FLAG".into(), value: some("on"), value_from: None }]),
        resources: Some(resources()),
        security_context: Some(security()),
        volume_mounts: Some(vec![VolumeMount { name: "tmp".into(), mount_path: "/tmp".into(), ..Default::default() }]),
        ..Default::default()
    }
}

fn volume() -> Volume {
    Volume { name: "tmp".into(), empty_dir: Some(EmptyDirVolumeSource::default()), ..Default::default() }
}

fn selector(name: &str) -> LabelSelector {
    LabelSelector { match_labels: Some(map(&[("app.kubernetes.io/name", name)])), match_expressions: None }
}

fn workflow_metadata() -> Option<workflows::Metadata> {
    Some(workflows::Metadata {
        labels: map(&[("pipelinec.dev/pipeline", "shop")]),
        annotations: map(&[("pipelinec.dev/note", "yes")]),
    })
}

fn mutex(name: &str) -> workflows::Synchronization {
    workflows::Synchronization { mutexes: vec![workflows::Mutex { name: name.into() }] }
}

fn step(name: &str, template: &str, parameters: Vec<workflows::Parameter>) -> workflows::WorkflowStep {
    workflows::WorkflowStep {
        name: name.into(),
        template: some(template),
        template_ref: None,
        arguments: Some(workflows::Arguments { parameters }),
        when: None,
        continue_on: None,
    }
}

fn task_template() -> workflows::Template {
    let parameter =
        |name: &str| workflows::Parameter { name: name.into(), description: some("what it is"), ..Default::default() };
    let file = |name: &str| workflows::Artifact {
        name: name.into(),
        path: some("/tmp/result.xml"),
        optional: Some(true),
        archive: Some(workflows::ArchiveStrategy { none: Some(workflows::NoneStrategy {}) }),
    };
    workflows::Template {
        name: "task".into(),
        inputs: Some(workflows::Inputs { parameters: vec![parameter("version")] }),
        outputs: Some(workflows::Outputs {
            parameters: vec![workflows::Parameter {
                value_from: Some(workflows::ValueFrom {
                    path: some("/tmp/digest"),
                    default: some(""),
                    ..Default::default()
                }),
                global_name: some("digest"),
                ..parameter("digest")
            }],
            artifacts: vec![file("junit")],
        }),
        synchronization: Some(mutex("gitops")),
        retry_strategy: Some(workflows::RetryStrategy {
            limit: Some(IntOrString::String("2".into())),
            retry_policy: some("OnError"),
            backoff: Some(workflows::Backoff { duration: some("5s"), factor: Some(IntOrString::Int(2)) }),
        }),
        active_deadline_seconds: Some(IntOrString::Int(600)),
        pending_timeout: some("10m"),
        service_account_name: some("shop"),
        automount_service_account_token: Some(false),
        security_context: Some(pod_security()),
        volumes: vec![volume()],
        container: Some(container("")),
        ..Default::default()
    }
}

fn workflow_spec() -> workflows::WorkflowSpec {
    let gate = workflows::Template {
        name: "gate".into(),
        outputs: Some(workflows::Outputs {
            parameters: vec![workflows::Parameter {
                name: "approve".into(),
                value_from: Some(workflows::ValueFrom {
                    supplied: Some(workflows::SuppliedValueFrom {}),
                    default: some("NO"),
                    ..Default::default()
                }),
                ..Default::default()
            }],
            artifacts: vec![],
        }),
        suspend: Some(workflows::SuspendTemplate { duration: some("24h") }),
        ..Default::default()
    };
    let script = workflows::Template {
        name: "script".into(),
        script: Some(workflows::ScriptTemplate {
            container: Container { command: Some(strings(&["bash"])), ..container("") },
            source: "set -euo pipefail\nif [[ $FLAG == on ]]; then\n\techo on\nfi\n".into(),
        }),
        volumes: vec![volume()],
        ..Default::default()
    };
    let shared = workflows::WorkflowStep {
        name: "shared".into(),
        template: None,
        template_ref: Some(workflows::TemplateRef { name: "library".into(), template: "noop".into() }),
        arguments: None,
        when: some("{{=steps.gate.outputs.parameters.approve == 'YES'}}"),
        continue_on: Some(workflows::ContinueOn { failed: Some(true), error: Some(true) }),
    };
    let main = workflows::Template {
        name: "main".into(),
        steps: vec![
            workflows::ParallelSteps(vec![
                step("gate", "gate", vec![]),
                step("task", "task", vec![workflows::parameter("version", "{{workflow.parameters.sha}}")]),
            ]),
            shared.into(),
        ],
        outputs: Some(workflows::Outputs {
            parameters: vec![
                workflows::Parameter {
                    name: "digest".into(),
                    value_from: Some(workflows::ValueFrom {
                        parameter: some("{{steps.task.outputs.parameters.digest}}"),
                        ..Default::default()
                    }),
                    ..Default::default()
                },
                workflows::Parameter {
                    name: "short".into(),
                    value_from: Some(workflows::ValueFrom {
                        expression: some("steps['task'].outputs.parameters.digest"),
                        ..Default::default()
                    }),
                    ..Default::default()
                },
            ],
            artifacts: vec![workflows::Artifact { name: "junit".into(), ..Default::default() }],
        }),
        ..Default::default()
    };
    workflows::WorkflowSpec {
        workflow_template_ref: None,
        entrypoint: some("main"),
        on_exit: some("script"),
        arguments: Some(workflows::Arguments {
            parameters: vec![
                workflows::parameter("sha", "0000000000000000000000000000000000000000"),
                workflows::Parameter {
                    name: "mode".into(),
                    description: some("how"),
                    enumeration: strings(&["fast", "slow"]),
                    default: some("slow"),
                    value: some("fast"),
                    value_from: None,
                    global_name: None,
                },
                workflows::Parameter {
                    name: "config".into(),
                    value_from: Some(workflows::ValueFrom { ..Default::default() }),
                    ..Default::default()
                },
            ],
        }),
        service_account_name: some("shop"),
        automount_service_account_token: Some(false),
        executor: Some(workflows::ExecutorConfig { service_account_name: some("shop") }),
        active_deadline_seconds: Some(10800),
        ttl_strategy: Some(workflows::TTLStrategy {
            seconds_after_success: Some(86400),
            seconds_after_failure: Some(604_800),
        }),
        pod_gc: Some(workflows::PodGC { strategy: some("OnPodSuccess") }),
        workflow_metadata: workflow_metadata(),
        image_pull_secrets: vec![LocalObjectReference { name: "registry".into() }],
        templates: vec![main, gate, script, task_template()],
    }
}

fn workflow_objects() -> Vec<Object> {
    let noop = workflows::Template {
        name: "noop".into(),
        container: Some(Container { volume_mounts: None, ..container("") }),
        ..Default::default()
    };
    let run = workflows::WorkflowSpec {
        workflow_template_ref: Some(workflows::WorkflowTemplateRef { name: "shop".into() }),
        ..Default::default()
    };
    vec![
        Object::new(&workflows::WorkflowTemplate {
            metadata: meta("pipeline", "library"),
            spec: workflows::WorkflowSpec { templates: vec![noop], ..Default::default() },
        }),
        Object::new(&workflows::WorkflowTemplate { metadata: meta("pipeline", "shop"), spec: workflow_spec() }),
        Object::new(&workflows::Workflow { metadata: meta("pipeline", "shop-1"), spec: run.clone() }),
        Object::new(&workflows::CronWorkflow {
            metadata: meta("pipeline", "janitor"),
            spec: workflows::CronWorkflowSpec {
                schedules: strings(&["*/5 * * * *"]),
                timezone: some("Etc/UTC"),
                concurrency_policy: some("Forbid"),
                starting_deadline_seconds: Some(60),
                successful_jobs_history_limit: Some(1),
                failed_jobs_history_limit: Some(3),
                workflow_spec: run,
            },
        }),
    ]
}

fn event_objects() -> Vec<Object> {
    let template = || {
        Some(events::Template {
            service_account_name: some("pipelinec-sensor"),
            security_context: Some(pod_security()),
            container: Some(Container {
                resources: Some(resources()),
                security_context: Some(security()),
                volume_mounts: container("").volume_mounts,
                ..Default::default()
            }),
        })
    };
    let bus = events::EventBusSpec {
        jetstream: Some(events::JetStreamBus {
            version: "2.10.29".into(),
            replicas: Some(1),
            max_payload: some("8MB"),
            persistence: Some(events::PersistenceStrategy {
                access_mode: some("ReadWriteOnce"),
                volume_size: Some(Quantity("1Gi".into())),
            }),
        }),
    };
    let github = |name: &str| events::GithubEventSource {
        repositories: vec![events::OwnedRepositories { owner: "acme".into(), names: strings(&["shop"]) }],
        events: strings(&["push"]),
        webhook: Some(events::WebhookContext {
            endpoint: format!("/{name}"),
            port: "12000".into(),
            method: "POST".into(),
            url: "https://hooks.example.com".into(),
            max_payload_size: Some(8_388_608),
        }),
        webhook_secret: Some(secret("github", "webhookSecret")),
        content_type: some("json"),
        active: Some(true),
        insecure: Some(false),
    };
    let gitlab = events::GitlabEventSource {
        events: strings(&["PushEvents"]),
        gitlab_base_url: "https://gitlab.com/".into(),
        webhook: github("shop").webhook,
        secret_token: Some(secret("gitlab", "webhookSecret")),
        access_token: Some(secret("gitlab", "webhookSecret")),
        enable_ssl_verification: Some(true),
    };
    let source = events::EventSourceSpec {
        event_bus_name: some("default"),
        template: template(),
        service: Some(events::Service {
            ports: vec![ServicePort { port: 12000, target_port: Some(IntOrString::Int(12000)), ..Default::default() }],
        }),
        github: IndexMap::from(["shop", "web"].map(|name| (name.to_owned(), github(name)))),
        gitlab: IndexMap::from([("shop".to_owned(), gitlab)]),
    };
    let run = workflows::Workflow {
        metadata: meta("pipeline", "shop-"),
        spec: workflows::WorkflowSpec {
            workflow_template_ref: Some(workflows::WorkflowTemplateRef { name: "shop".into() }),
            arguments: Some(workflows::Arguments { parameters: vec![workflows::parameter("sha", "x")] }),
            ..Default::default()
        },
    };
    let sensor = events::SensorSpec {
        event_bus_name: some("default"),
        template: template(),
        dependencies: vec![events::EventDependency {
            name: "push".into(),
            event_source_name: "github".into(),
            event_name: "shop".into(),
            filters: Some(events::EventDependencyFilter {
                script: some(
                    "local b = event.body\nif b == nil then return false end\nreturn b.ref == \"refs/heads/main\"\n",
                ),
            }),
        }],
        triggers: vec![events::Trigger {
            template: events::TriggerTemplate {
                name: "shop".into(),
                conditions: some("push"),
                k8s: Some(events::StandardK8STrigger {
                    operation: some("create"),
                    source: Some(events::ArtifactLocation { resource: Some(Object::new(&run)) }),
                    parameters: vec![
                        events::TriggerParameter {
                            src: events::TriggerParameterSource {
                                dependency_name: "push".into(),
                                data_key: None,
                                data_template: some("{{ .Input.body.after | trunc 12 }}"),
                                value: None,
                            },
                            dest: "metadata.name".into(),
                            operation: some("append"),
                        },
                        events::TriggerParameter {
                            src: events::TriggerParameterSource {
                                dependency_name: "push".into(),
                                data_key: some("body.after"),
                                data_template: None,
                                value: some("none"),
                            },
                            dest: "spec.arguments.parameters.0.value".into(),
                            operation: None,
                        },
                    ],
                }),
            },
            retry_strategy: Some(events::Backoff {
                steps: Some(3),
                duration: some("5s"),
                factor: Some(2),
                jitter: Some(0.5),
            }),
            rate_limit: Some(events::RateLimit { unit: some("Minute"), requests_per_unit: Some(30) }),
            at_least_once: Some(true),
        }],
    };
    vec![
        Object::new(&events::EventBus { metadata: meta("pipeline", "default"), spec: bus }),
        Object::new(&events::EventSource { metadata: meta("pipeline", "github"), spec: source }),
        Object::new(&events::Sensor { metadata: meta("pipeline", "shop"), spec: sensor }),
    ]
}

fn patch() -> kustomize::Patch {
    kustomize::Patch {
        target: Some(kustomize::PatchTarget { kind: some("Deployment"), name: some("shop") }),
        patch: some(r#"[{"op": "replace", "path": "/spec/replicas", "value": 2}]"#),
    }
}

fn application_spec() -> cd::ApplicationSpec {
    let source = cd::Source {
        repo_url: "https://github.com/acme/shop.git".into(),
        target_revision: some("main"),
        path: some("deploy"),
        kustomize: Some(cd::Kustomize { namespace: some("shop"), patches: vec![patch()] }),
    };
    cd::ApplicationSpec {
        project: "shop".into(),
        destination: cd::Destination { name: some("in-cluster"), server: None, namespace: some("shop") },
        sources: vec![source],
        sync_policy: Some(cd::SyncPolicy {
            automated: Some(cd::Automated { prune: Some(true), self_heal: Some(true) }),
            retry: Some(cd::Retry {
                limit: Some(8),
                backoff: Some(cd::Backoff { duration: some("5s"), factor: Some(2), max_duration: some("30s") }),
            }),
            sync_options: strings(&["ApplyOutOfSyncOnly=true"]),
        }),
        ignore_differences: vec![cd::IgnoreDifferences {
            group: some("argoproj.io"),
            kind: "Rollout".into(),
            jq_path_expressions: strings(&[".spec.steps[]?.weight"]),
        }],
    }
}

fn generator() -> cd::Generator {
    cd::Generator {
        git: None,
        list: None,
        matrix: Some(cd::MatrixGenerator {
            generators: vec![
                cd::Generator {
                    git: Some(cd::GitGenerator {
                        repo_url: "https://github.com/acme/gitops.git".into(),
                        revision: "main".into(),
                        files: vec![cd::GitFile { path: "apps/homelab/staging/*.json".into() }],
                        requeue_after_seconds: Some(30),
                    }),
                    selector: Some(LabelSelector {
                        match_labels: Some(map(&[("format", "pipelinec/1")])),
                        match_expressions: Some(vec![LabelSelectorRequirement {
                            key: "namespace".into(),
                            operator: "Exists".into(),
                            values: None,
                        }]),
                    }),
                    ..Default::default()
                },
                cd::Generator {
                    list: Some(cd::ListGenerator {
                        elements: Some(vec![]),
                        elements_yaml: some(
                            "{{ range $name, $entry := .apps }}\n- {app: {{ toJson $name }}}\n{{ end }}\n",
                        ),
                    }),
                    ..Default::default()
                },
            ],
        }),
        selector: None,
    }
}

/// An Application with values of a chart, which are the user's own: they stay as they are, what is empty included.
fn with_chart_values() -> Object {
    let values = json!({"image": {"tag": "1.10", "pullPolicy": null}, "extra": {}, "args": []});
    let source = json!({"repoURL": "https://charts.example.com", "chart": "redis", "helm": {"valuesObject": values}});
    let mut application = Object::new(&cd::Application { metadata: meta("argocd", "redis"), spec: application_spec() });
    application.value_mut()["spec"]["sources"] = json!([source]);
    application
}

fn cd_objects() -> Vec<Object> {
    let set = cd::ApplicationSetSpec {
        go_template: Some(true),
        go_template_options: strings(&["missingkey=error"]),
        generators: vec![generator()],
        sync_policy: Some(cd::ApplicationSetSyncPolicy {
            applications_sync: some("create-update"),
            preserve_resources_on_deletion: Some(true),
        }),
        template: cd::ApplicationTemplate {
            metadata: cd::ApplicationTemplateMeta {
                name: "{{ .namespace }}-{{ .app }}".into(),
                labels: map(&[("pipelinec.dev/namespace", "{{ .namespace }}")]),
                annotations: map(&[("pipelinec.dev/change", "{{ .entry.change }}")]),
            },
            spec: application_spec(),
        },
        template_patch: some("spec:\n  sources: {{ toJson .entry.sources }}\n"),
    };
    let kind = |group: &str, kind: &str| cd::GroupKind { group: group.into(), kind: kind.into() };
    let project = cd::AppProjectSpec {
        description: some("production"),
        source_repos: strings(&[
            "https://github.com/acme/shop.git",
            "https://github.com/acme/gitops.git",
            "https://charts.example.com",
        ]),
        destinations: vec![cd::Destination {
            name: some("in-cluster"),
            server: some("https://kubernetes.default.svc"),
            namespace: some("shop"),
        }],
        cluster_resource_whitelist: vec![cd::ClusterResource {
            group: String::new(),
            kind: "Namespace".into(),
            name: some("v2*-*"),
        }],
        namespace_resource_blacklist: vec![kind("argoproj.io", "Application")],
    };
    vec![
        Object::new(&cd::AppProject { metadata: meta("argocd", "shop"), spec: project }),
        Object::new(&cd::Application { metadata: meta("argocd", "shop"), spec: application_spec() }),
        with_chart_values(),
        Object::new(&cd::ApplicationSet { metadata: meta("argocd", "shop"), spec: set }),
    ]
}

fn rollout_spec(strategy: rollouts::RolloutStrategy) -> rollouts::RolloutSpec {
    let mut template = PodTemplateSpec::default();
    template.metadata.get_or_insert_default().labels = Some(map(&[("app.kubernetes.io/name", "shop")]));
    template.spec =
        Some(PodSpec { containers: vec![container("shop")], volumes: Some(vec![volume()]), ..Default::default() });
    rollouts::RolloutSpec {
        replicas: Some(2),
        revision_history_limit: Some(3),
        progress_deadline_seconds: Some(600),
        rollback_window: Some(rollouts::RollbackWindow { revisions: 3 }),
        selector: selector("shop"),
        strategy,
        template,
    }
}

fn analysis(starting_step: Option<i32>) -> rollouts::RolloutAnalysis {
    let argument =
        |name: &str, value, value_from| rollouts::AnalysisRunArgument { name: name.into(), value, value_from };
    rollouts::RolloutAnalysis {
        templates: vec![rollouts::AnalysisTemplateRef { template_name: "failure-rate".into() }],
        args: vec![
            argument("service", some("shop-canary"), None),
            argument("hash", None, Some(rollouts::ArgumentValueFrom { pod_template_hash_value: some("Latest") })),
            argument("name", None, Some(rollouts::ArgumentValueFrom { pod_template_hash_value: None })),
        ],
        starting_step,
    }
}

fn canary(routing: rollouts::TrafficRouting) -> rollouts::RolloutStrategy {
    rollouts::RolloutStrategy {
        canary: Some(rollouts::CanaryStrategy {
            stable_service: some("shop-stable"),
            canary_service: some("shop-canary"),
            traffic_routing: Some(routing),
            steps: vec![
                rollouts::CanaryStep::SetCanaryScale(rollouts::SetCanaryScale {
                    replicas: None,
                    weight: None,
                    match_traffic_weight: Some(true),
                }),
                rollouts::CanaryStep::SetWeight(20),
                rollouts::CanaryStep::Pause(rollouts::Pause { duration: Some(IntOrString::String("60s".into())) }),
                rollouts::CanaryStep::Analysis(analysis(None)),
                rollouts::CanaryStep::Pause(rollouts::Pause::default()),
            ],
            analysis: Some(analysis(Some(2))),
        }),
        blue_green: None,
    }
}

fn rollout_objects() -> Vec<Object> {
    let routings = [
        rollouts::TrafficRouting {
            traefik: Some(rollouts::TraefikTrafficRouting { weighted_traefik_service_name: "shop".into() }),
            ..Default::default()
        },
        rollouts::TrafficRouting {
            nginx: Some(rollouts::NginxTrafficRouting { stable_ingress: "shop".into() }),
            ..Default::default()
        },
        rollouts::TrafficRouting {
            istio: Some(rollouts::IstioTrafficRouting {
                virtual_service: rollouts::IstioVirtualService { name: "shop".into(), routes: strings(&["primary"]) },
            }),
            ..Default::default()
        },
        rollouts::TrafficRouting {
            plugins: BTreeMap::from([(
                "argoproj-labs/gatewayAPI".to_owned(),
                json!({"httpRoute": "shop", "namespace": "shop"}),
            )]),
            ..Default::default()
        },
    ];
    let mut objects: Vec<_> = (1..)
        .zip(routings)
        .map(|(number, routing)| {
            Object::new(&rollouts::Rollout {
                metadata: meta("shop", &format!("shop-{number}")),
                spec: rollout_spec(canary(routing)),
            })
        })
        .collect();
    let blue_green = rollouts::BlueGreenStrategy {
        active_service: "shop-stable".into(),
        preview_service: some("shop-canary"),
        auto_promotion_enabled: Some(true),
        scale_down_delay_seconds: Some(600),
        pre_promotion_analysis: Some(analysis(None)),
        post_promotion_analysis: Some(analysis(None)),
    };
    let strategy = rollouts::RolloutStrategy { canary: None, blue_green: Some(blue_green) };
    objects.push(Object::new(&rollouts::Rollout { metadata: meta("shop", "shop-bg"), spec: rollout_spec(strategy) }));

    let argument = |name: &str, value_from| rollouts::AnalysisArgument { name: name.into(), value: None, value_from };
    let template = rollouts::AnalysisTemplateSpec {
        args: vec![
            argument("service", None),
            argument("hash", None),
            rollouts::AnalysisArgument { value: some("shop"), ..argument("name", None) },
            argument("token", Some(rollouts::AnalysisArgumentSource { secret_key_ref: Some(secret("prometheus", "token")) })),
        ],
        metrics: vec![rollouts::Metric {
            name: "failure-rate".into(),
            initial_delay: some("30s"),
            interval: some("10s"),
            count: Some(IntOrString::Int(6)),
            success_condition: some("len(result) == 0 || isNaN(result[0]) || result[0] <= 0.2"),
            failure_limit: Some(IntOrString::Int(3)),
            consecutive_success_limit: Some(IntOrString::Int(3)),
            provider: rollouts::MetricProvider {
                prometheus: Some(rollouts::PrometheusMetric {
                    address: some("http://prometheus.monitoring.svc:9090"),
                    query: "sum(rate(failed{service=\"{{args.service}}\",pod=~\".*{{args.hash}}.*\"}[1m]))\n  / sum(rate(total[1m]))\n".into(),
                }),
            },
        }],
    };
    objects.push(Object::new(&rollouts::AnalysisTemplate { metadata: meta("shop", "failure-rate"), spec: template }));
    objects
}

fn route_objects() -> Vec<Object> {
    let service = |name: &str, kind: Option<&str>, port| traefik::ServiceRef {
        name: name.into(),
        kind: kind.map(str::to_owned),
        port,
    };
    let route = traefik::IngressRouteSpec {
        entry_points: strings(&["websecure"]),
        routes: vec![traefik::Route {
            matches: "Host(`shop.example.com`) && PathPrefix(`/`)".into(),
            kind: some("Rule"),
            services: vec![service("shop", Some("TraefikService"), None)],
        }],
        tls: Some(traefik::Tls { secret_name: some("wildcard") }),
    };
    let weighted = traefik::TraefikServiceSpec {
        weighted: Some(traefik::Weighted {
            services: vec![
                service("shop-stable", None, Some(IntOrString::Int(80))),
                service("shop-canary", Some("Service"), Some(IntOrString::String("http".into()))),
            ],
        }),
    };
    let monitor = monitoring::ServiceMonitorSpec {
        selector: selector("shop"),
        endpoints: vec![monitoring::Endpoint { port: some("metrics"), path: some("/metrics"), interval: some("30s") }],
    };
    vec![
        Object::new(&traefik::IngressRoute { metadata: meta("shop", "shop"), spec: route }),
        Object::new(&traefik::TraefikService { metadata: meta("shop", "shop"), spec: weighted }),
        Object::new(&monitoring::ServiceMonitor { metadata: meta("shop", "shop"), spec: monitor }),
        external_secret(),
    ]
}

fn external_secret() -> Object {
    let data = external_secrets::Data {
        secret_key: "key".into(),
        remote_ref: external_secrets::RemoteRef { key: "shop/pay".into(), property: "key".into() },
    };
    let spec = external_secrets::ExternalSecretSpec {
        refresh_interval: "1h0m0s".into(),
        secret_store_ref: external_secrets::SecretStoreRef { kind: "ClusterSecretStore".into(), name: "vault".into() },
        target: external_secrets::Target {
            name: "pay".into(),
            template: Some(external_secrets::Template { type_: "kubernetes.io/dockerconfigjson".into() }),
        },
        data: vec![data],
    };
    Object::new(&external_secrets::ExternalSecret { metadata: meta("shop", "pay"), spec })
}

fn kustomization() -> Object {
    Object::new(&kustomize::Kustomization { resources: strings(&["kinds.yaml"]), ..Default::default() })
}

fn objects() -> Vec<Object> {
    [workflow_objects(), event_objects(), cd_objects(), rollout_objects(), route_objects()].concat()
}

#[test]
fn every_kind_is_written_and_read_back() {
    let mut objects = objects();
    objects.push(kustomization());
    for object in &objects {
        let arranged = arrange(object.value().clone());
        let text = document("generated for a test", &[object]);
        let read: Value = serde_yaml::from_str(&text).expect("YAML");
        assert_eq!(read, arranged, "{text}");
        let head = format!("# generated for a test\napiVersion: {}\nkind: {}\n", object.api_version(), object.kind());
        assert!(text.starts_with(&head), "{text}");
    }
}

#[test]
fn text_of_several_lines_is_a_block() {
    let objects = objects();
    let text = document("generated for a test", &objects.iter().collect::<Vec<_>>());
    for block in ["source", "script", "templatePatch", "elementsYaml", "query"] {
        assert!(text.contains(&format!("{block}: |\n")), "{block}");
    }
    assert!(!text.contains(": >"), "{text}");
}

#[test]
fn what_is_empty_stays_if_it_says_something() {
    let objects = objects();
    let text = document("generated for a test", &objects.iter().collect::<Vec<_>>());
    // The one null is a chart's value.
    assert_eq!(text.matches("null").count(), text.matches("pullPolicy: null").count());
    assert_eq!(text.matches("args: []").count(), text.matches("extra: {}\n").count(), "only in chart values");
    assert!(!text.contains("name: ''") && !text.contains("name: \"\""));
    for kept in ["emptyDir: {}", "elements: []", "supplied: {}", "none: {}", "- pause: {}"] {
        assert!(text.contains(kept), "{kept}");
    }
}

/// Leaves the objects where a checker can be run over them.
#[test]
fn the_objects_are_left_for_checkers() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("kinds");
    std::fs::create_dir_all(&folder).expect("a folder");
    let objects = objects();
    let text = document("one rich object of each kind", &objects.iter().collect::<Vec<_>>());
    std::fs::write(folder.join("kinds.yaml"), text).expect("written");
    std::fs::write(folder.join("kustomization.yaml"), document("all of them", &[&kustomization()])).expect("written");
}
