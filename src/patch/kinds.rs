//! The kinds of generated objects: the version of each, and the fields that a patch cannot change.

use crate::names;

/// A kind of generated objects.
#[derive(Debug)]
pub struct Kind {
    /// Its name, or [`POD`].
    pub name: &'static str,
    /// Its `apiVersion`.
    pub api_version: &'static str,
    /// The fields that the compiler owns, in addition to those of [`EVERYWHERE`].
    pub owned: &'static [Owned],
    /// Whether the compiler also owns every other value that it writes, so that a patch only adds to them.
    pub only_adds: bool,
}

/// A field that the compiler owns.
#[derive(Debug)]
pub struct Owned {
    /// Its path, as in `spec.selector`, with everything in it; `*` is any key or list item.
    pub path: &'static str,
    /// When it is owned.
    pub when: When,
    /// Why, or what to write instead.
    pub reason: &'static str,
}

/// When the compiler owns a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// If the generated object has it.
    Generated,
}

/// The pods of a service, whatever creates them: a patch of them changes the template in the workload, and
/// holds for each of [`crate::names::WORKLOADS`].
pub const POD: &str = "Pod";

/// Where the pod template of a kind is, if it has one.
#[must_use]
pub fn template(kind: &str) -> Option<&'static str> {
    match kind {
        "CronJob" => Some("spec.jobTemplate.spec.template"),
        kind => names::WORKLOADS.contains(&kind).then_some("spec.template"),
    }
}

const fn always(path: &'static str, reason: &'static str) -> Owned {
    Owned { path, when: When::Always, reason }
}

const fn generated(path: &'static str, reason: &'static str) -> Owned {
    Owned { path, when: When::Generated, reason }
}

/// What the compiler owns in every object.
pub const EVERYWHERE: [Owned; 4] = [
    always("metadata.name", "other objects and the steps of pipelines refer to it"),
    always("metadata.namespace", "the environment determines it"),
    generated("metadata.labels.*", "selectors and the steps of pipelines rely on it"),
    generated("metadata.annotations.*", "Argo CD and the steps of pipelines read it"),
];

/// What the compiler owns in a pod template, below a prefix.
macro_rules! pod_template {
    ($before:literal $(, $own:expr)*) => {
        &[
            $($own,)*
            generated(concat!($before, "metadata.labels.*"), "the selectors of the service rely on it"),
            generated(concat!($before, "spec.containers.*.image"), "write `image = …` in the service: each run sets the digest"),
            generated(concat!($before, "spec.imagePullSecrets.*"), "write `pull = …` in `registry`"),
            generated(concat!($before, "spec.containers.*.command"), "write `command = …` in the service"),
            generated(concat!($before, "spec.containers.*.args"), "write `args = …` in the service"),
            generated(concat!($before, "spec.containers.*.env.*"), "write it in `env` of the service"),
            generated(concat!($before, "spec.containers.*.ports.*"), "write `port = …` or `ports = …` in the service or its `metrics`"),
            generated(concat!($before, "spec.containers.*.resources.*.cpu"), "write `cpu = …` in the service"),
            generated(concat!($before, "spec.containers.*.resources.*.memory"), "write `memory = …` in the service"),
            generated(concat!($before, "spec.serviceAccountName"), "write `identity { account = … }` in the service"),
            generated(
                concat!($before, "spec.automountServiceAccountToken"),
                "write `identity { token = … }` in the service"
            ),
            generated(concat!($before, "spec.terminationGracePeriodSeconds"), "write `stop = …` in the service"),
            generated(concat!($before, "spec.priorityClassName"), "write `priority = …` in the service"),
            generated(concat!($before, "spec.topologySpreadConstraints.*.labelSelector"), "it must match the labels of the pods"),
            generated(concat!($before, "spec.topologySpreadConstraints.*.matchLabelKeys"), "it tells the versions of the service apart"),
            generated(concat!($before, "spec.initContainers.*.image"), BESIDE),
            generated(concat!($before, "spec.initContainers.*.command"), BESIDE),
            generated(concat!($before, "spec.initContainers.*.args"), BESIDE),
            generated(concat!($before, "spec.initContainers.*.env.*"), BESIDE),
            generated(concat!($before, "spec.initContainers.*.restartPolicy"), BESIDE),
            generated(concat!($before, "spec.initContainers.*.resources.*.cpu"), BESIDE),
            generated(concat!($before, "spec.initContainers.*.resources.*.memory"), BESIDE),
            // In the probes, the only parts of a container with these fields.
            generated(concat!($before, "spec.containers.*.*.httpGet.path"), PROBE),
            generated(concat!($before, "spec.containers.*.*.httpGet.port"), PROBE),
            generated(concat!($before, "spec.containers.*.*.tcpSocket"), PROBE),
            generated(concat!($before, "spec.containers.*.*.grpc"), PROBE),
            generated(concat!($before, "spec.containers.*.*.exec"), PROBE),
            generated(concat!($before, "spec.containers.*.*.periodSeconds"), PROBE),
            generated(concat!($before, "spec.containers.*.*.timeoutSeconds"), PROBE),
            generated(concat!($before, "spec.containers.*.*.failureThreshold"), PROBE),
            generated(concat!($before, "spec.containers.*.volumeMounts.*"), "write `at = …` in the `volume` of the service"),
            generated(concat!($before, "spec.volumes.*"), "write it in the `volume` of the service"),
        ]
    };
}

const BESIDE: &str = "write it in the `init` or `sidecar` of the service";
const PROBE: &str = "write it in `probe … { … }` or `health` of the service";
const REPLICAS: Owned = always("spec.replicas", "write `replicas = …` in the service");
const SELECTOR: Owned = always("spec.selector", "it must match the labels of the pods");

/// Why a field of workflows is owned that can replace any other.
const POD_SPEC_PATCH: &str = "it could replace generated fields: set the fields of the templates themselves";

/// Why a generated step gets no variables whose names nobody sees.
const ENV_FROM: &str =
    "whoever writes that object decides what the generated script reads; single variables can be added in `env`";

/// A kind whose generated values are all owned.
const fn adds(name: &'static str, api_version: &'static str) -> Kind {
    Kind { name, api_version, owned: &[], only_adds: true }
}

/// All kinds, by name.
pub static KINDS: [Kind; 29] = [
    adds("AnalysisTemplate", "argoproj.io/v1alpha1"),
    adds("AppProject", "argoproj.io/v1alpha1"),
    adds("Application", "argoproj.io/v1alpha1"),
    adds("ApplicationSet", "argoproj.io/v1alpha1"),
    adds("ConfigMap", "v1"),
    Kind {
        name: "CronJob",
        api_version: "batch/v1",
        owned: &[
            always("spec.schedule", "write `schedule = …` in the `cron`"),
            always("spec.timeZone", "write `timezone = …` in the `cron`"),
            always("spec.suspend", "write `suspend = …` in the `cron`"),
            always("spec.concurrencyPolicy", "write `concurrency = …` in the `cron`"),
            always("spec.jobTemplate.spec.activeDeadlineSeconds", "write `timeout = …` in the `cron`"),
            always("spec.jobTemplate.spec.backoffLimit", "write `retries = …` in the `cron`"),
            generated("spec.jobTemplate.spec.template.metadata.labels.*", "the Services of other pods rely on it"),
            generated(
                "spec.jobTemplate.spec.template.spec.containers.*.image",
                "write `image = …` in the `cron`: each run sets the digest",
            ),
            generated("spec.jobTemplate.spec.template.spec.containers.*.command", "write `command = …` in the `cron`"),
            generated("spec.jobTemplate.spec.template.spec.containers.*.args", "write `args = …` in the `cron`"),
            generated(
                "spec.jobTemplate.spec.template.spec.serviceAccountName",
                "write `identity { account = … }` in the `cron`",
            ),
            generated(
                "spec.jobTemplate.spec.template.spec.automountServiceAccountToken",
                "write `identity { token = … }` in the `cron`",
            ),
            generated("spec.jobTemplate.spec.template.spec.containers.*.env.*", "write it in `env` of the `cron`"),
            generated(
                "spec.jobTemplate.spec.template.spec.containers.*.resources.*.cpu",
                "write `cpu = …` in the `cron`",
            ),
            generated(
                "spec.jobTemplate.spec.template.spec.containers.*.resources.*.memory",
                "write `memory = …` in the `cron`",
            ),
        ],
        only_adds: false,
    },
    Kind {
        name: "CronWorkflow",
        api_version: "argoproj.io/v1alpha1",
        owned: &[
            always("spec.workflowSpec.podSpecPatch", POD_SPEC_PATCH),
            always("spec.workflowSpec.templates.*.podSpecPatch", POD_SPEC_PATCH),
            always("spec.workflowSpec.templates.*.script.envFrom", ENV_FROM),
        ],
        only_adds: true,
    },
    Kind {
        name: "Deployment",
        api_version: "apps/v1",
        owned: pod_template!("spec.template.", REPLICAS, SELECTOR),
        only_adds: false,
    },
    adds("EventBus", "argoproj.io/v1alpha1"),
    adds("EventSource", "argoproj.io/v1alpha1"),
    adds("ExternalSecret", "external-secrets.io/v1"),
    Kind {
        name: "HorizontalPodAutoscaler",
        api_version: "autoscaling/v2",
        owned: &[
            always("spec.scaleTargetRef", "it is the service's workload"),
            always("spec.minReplicas", "write `replicas = …` in the service"),
            always("spec.maxReplicas", "write `replicas = …` in the service"),
            generated("spec.metrics", "write `scale { … }` in the service"),
        ],
        only_adds: false,
    },
    adds("IngressRoute", "traefik.io/v1alpha1"),
    adds("LimitRange", "v1"),
    adds("Namespace", "v1"),
    Kind { name: POD, api_version: "v1", owned: pod_template!(""), only_adds: false },
    Kind {
        name: "PodDisruptionBudget",
        api_version: "policy/v1",
        owned: &[always("spec.selector", "it must match the labels of the pods")],
        only_adds: false,
    },
    adds("ResourceQuota", "v1"),
    adds("Role", "rbac.authorization.k8s.io/v1"),
    adds("RoleBinding", "rbac.authorization.k8s.io/v1"),
    Kind {
        name: "Rollout",
        api_version: "argoproj.io/v1alpha1",
        owned: pod_template!(
            "spec.template.",
            REPLICAS,
            SELECTOR,
            generated("spec.strategy.canary.*", "the pipeline's `canary` and the service's `route` determine it")
        ),
        only_adds: false,
    },
    adds("Secret", "v1"),
    adds("Sensor", "argoproj.io/v1alpha1"),
    Kind {
        name: "Service",
        api_version: "v1",
        owned: &[
            always("spec.selector", "it must match the labels of the pods"),
            generated("spec.ports.*", "write `port = …` or `ports = …` in the service or its `metrics`"),
        ],
        only_adds: false,
    },
    adds("ServiceAccount", "v1"),
    adds("ServiceMonitor", "monitoring.coreos.com/v1"),
    Kind {
        name: "StatefulSet",
        api_version: "apps/v1",
        owned: pod_template!(
            "spec.template.",
            REPLICAS,
            SELECTOR,
            always("spec.serviceName", "the service's pods get their addresses from it"),
            always("spec.volumeClaimTemplates", "write `volume NAME { size = … }` in the service")
        ),
        only_adds: false,
    },
    adds("TraefikService", "traefik.io/v1alpha1"),
    Kind {
        name: "WorkflowTemplate",
        api_version: "argoproj.io/v1alpha1",
        owned: &[
            always("spec.podSpecPatch", POD_SPEC_PATCH),
            always("spec.templateDefaults.podSpecPatch", POD_SPEC_PATCH),
            always("spec.templates.*.podSpecPatch", POD_SPEC_PATCH),
            always("spec.templates.*.script.envFrom", ENV_FROM),
        ],
        only_adds: true,
    },
];

/// The kind of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The field that tells the items of a list apart, if two lists of that field are merged item by item and not replaced. It
/// is the `patchMergeKey` of Kubernetes (`staging/src/k8s.io/api/core/v1/types.go`) and Argo Workflows
/// (`pkg/apis/workflow/v1alpha1/workflow_types.go`), except for `ports`: all generated ports have names.
#[must_use]
pub fn merge_key(field: &str) -> Option<&'static str> {
    match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "volumes"
        | "env"
        | "imagePullSecrets"
        | "templates" => Some("name"),
        "volumeMounts" => Some("mountPath"),
        "volumeDevices" => Some("devicePath"),
        "ports" => Some("name"),
        "hostAliases" => Some("ip"),
        "topologySpreadConstraints" => Some("topologyKey"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_in_the_order_of_their_names() {
        assert!(KINDS.is_sorted_by(|a, b| a.name < b.name));
        assert!(KINDS.iter().all(|kind| find(kind.name).is_some_and(|found| found.name == kind.name)));
    }
}
