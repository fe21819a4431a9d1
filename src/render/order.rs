//! The order in which people expect the fields of an object, and the fields that they do not expect at all.
//!
//! `k8s-openapi` writes fields in alphabetical order; a patch adds them at the end. Here each map is put into its conventional
//! order: the listed keys first, then all others as they came. Maps with user-defined keys (labels, data, chart
//! values) stay as they are.
//!
//! What says nothing is dropped: nulls, `status`, and the empty lists and maps of `SAYS_NOTHING`. That is a list of what
//! may go, not of what must stay, because an empty value often means something: `emptyDir: {}`, `podSelector: {}`,
//! `supplied: {}`, `pause: {}`, `tls: {}`, `elements: []`.

use serde_json::{Map, Value};

/// The position of a value, as far as its order depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FieldContext {
    /// An object, or one inside another, such as the one that a Sensor makes.
    Object(FieldKind),
    /// The `spec` of an object.
    Spec(FieldKind),
    Metadata,
    PodTemplate,
    PodSpec,
    Container,
    EnvVar,
    Port,
    Probe,
    VolumeMount,
    WorkflowTemplate,
    WorkflowStep,
    Parameter,
    Route,
    Rule,
    Requirement,
    Typed,
    /// User-defined keys and values.
    Free,
}

/// The kinds whose `spec` has a specific order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FieldKind {
    Workload,
    Service,
    Autoscaler,
    Workflow,
    CronWorkflow,
    IngressRoute,
    Other,
}

impl FieldKind {
    fn of(kind: &str) -> Self {
        match kind {
            "DaemonSet" | "Deployment" | "Job" | "ReplicaSet" | "Rollout" | "StatefulSet" => Self::Workload,
            "Service" => Self::Service,
            "HorizontalPodAutoscaler" => Self::Autoscaler,
            "ClusterWorkflowTemplate" | "Workflow" | "WorkflowTemplate" => Self::Workflow,
            "CronWorkflow" => Self::CronWorkflow,
            "IngressRoute" => Self::IngressRoute,
            _ => Self::Other,
        }
    }
}

/// Keys whose value, if it is an empty list or map, is the same as none.
const SAYS_NOTHING: &[&str] = &[
    "annotations",
    "args",
    "arguments",
    "artifacts",
    "command",
    "env",
    "envFrom",
    "finalizers",
    "imagePullSecrets",
    "initContainers",
    "inputs",
    "labels",
    "limits",
    "managedFields",
    "metadata",
    "nodeSelector",
    "outputs",
    "ownerReferences",
    "parameters",
    "ports",
    "requests",
    "tolerations",
    "volumeMounts",
    "volumes",
];

/// Keys of maps whose keys are user-defined, wherever they are.
const FREE: &[&str] = &[
    "annotations",
    "commonAnnotations",
    "commonLabels",
    "elements",
    "labels",
    "limits",
    "matchLabels",
    "nodeSelector",
    "options",
    "pairs",
    "params",
    "plugins",
    "requests",
    "values",
    "valuesObject",
];

impl FieldContext {
    /// The keys that come first here, in this order.
    fn order(self) -> &'static [&'static str] {
        match self {
            Self::Object(_) => &[
                "apiVersion",
                "kind",
                "metadata",
                "type",
                "immutable",
                "roleRef",
                "subjects",
                "rules",
                "spec",
                "data",
                "stringData",
            ],
            Self::Metadata => &["name", "generateName", "namespace", "labels", "annotations", "finalizers"],
            Self::Spec(FieldKind::Workload) => &[
                "replicas",
                "revisionHistoryLimit",
                "minReadySeconds",
                "progressDeadlineSeconds",
                "progressDeadlineAbort",
                "rollbackWindow",
                "serviceName",
                "podManagementPolicy",
                "selector",
                "strategy",
                "updateStrategy",
                "template",
            ],
            Self::Spec(FieldKind::Service) => &["type", "clusterIP", "publishNotReadyAddresses", "selector", "ports"],
            Self::Spec(FieldKind::Autoscaler) => {
                &["scaleTargetRef", "minReplicas", "maxReplicas", "metrics", "behavior"]
            }
            Self::Spec(FieldKind::Workflow) => &[
                "workflowTemplateRef",
                "entrypoint",
                "onExit",
                "arguments",
                "serviceAccountName",
                "automountServiceAccountToken",
                "executor",
                "activeDeadlineSeconds",
                "priority",
                "parallelism",
                "synchronization",
                "ttlStrategy",
                "podGC",
                "archiveLogs",
                "workflowMetadata",
                "podMetadata",
                "securityContext",
                "imagePullSecrets",
                "nodeSelector",
                "tolerations",
                "volumes",
                "templateDefaults",
                "templates",
            ],
            Self::PodSpec => &[
                "serviceAccountName",
                "automountServiceAccountToken",
                "securityContext",
                "imagePullSecrets",
                "priorityClassName",
                "nodeSelector",
                "tolerations",
                "affinity",
                "topologySpreadConstraints",
                "terminationGracePeriodSeconds",
                "restartPolicy",
                "initContainers",
                "containers",
                "volumes",
            ],
            Self::Container => &[
                "name",
                "image",
                "imagePullPolicy",
                "command",
                "args",
                "workingDir",
                "env",
                "envFrom",
                "ports",
                "startupProbe",
                "readinessProbe",
                "livenessProbe",
                "lifecycle",
                "resources",
                "volumeMounts",
                "securityContext",
            ],
            Self::EnvVar => &["name", "value", "valueFrom"],
            Self::Port => &["name", "port", "containerPort", "targetPort", "nodePort", "protocol"],
            Self::Probe => {
                &["httpGet", "tcpSocket", "exec", "grpc", "initialDelaySeconds", "periodSeconds", "timeoutSeconds"]
            }
            Self::VolumeMount => &["name", "mountPath", "subPath", "readOnly"],
            Self::WorkflowTemplate => &[
                "name",
                "inputs",
                "outputs",
                "metadata",
                "synchronization",
                "retryStrategy",
                "activeDeadlineSeconds",
                "pendingTimeout",
                "timeout",
                "failFast",
                "parallelism",
                "serviceAccountName",
                "automountServiceAccountToken",
                "executor",
                "priorityClassName",
                "securityContext",
                "nodeSelector",
                "tolerations",
                "volumes",
                "initContainers",
                "container",
                "script",
                "sidecars",
                "suspend",
                "steps",
            ],
            Self::WorkflowStep => &["name", "template", "templateRef", "arguments", "when", "continueOn"],
            Self::Parameter => {
                &["name", "description", "default", "enum", "value", "valueFrom", "globalName", "src", "dest"]
            }
            Self::Route => &["match", "kind", "priority", "middlewares", "services"],
            Self::Rule => &["apiGroups", "resources", "resourceNames", "verbs", "host", "http"],
            Self::Requirement => &["key", "operator", "values"],
            Self::PodTemplate => &["metadata", "spec"],
            Self::Spec(_) => &[],
            Self::Typed => &[
                "apiVersion",
                "apiGroup",
                "group",
                "version",
                "kind",
                "type",
                "name",
                "namespace",
                "matchLabels",
                "path",
                "pathType",
                "requests",
                "limits",
            ],
            Self::Free => &[],
        }
    }

    /// The place of the value of `key`, and of each item if it is a list.
    fn of(self, key: &str, value: &Value) -> Self {
        let free = match self {
            Self::Free => true,
            Self::Object(_) if matches!(key, "data" | "stringData" | "binaryData") => true,
            Self::Spec(FieldKind::Service) if key == "selector" => true,
            _ => FREE.contains(&key) && (value.is_object() || key == "elements"),
        };
        if free {
            return Self::Free;
        }
        if let (Some(_), Some(kind), Some(_)) = (value.get("apiVersion"), value.get("kind"), value.get("metadata")) {
            return Self::Object(FieldKind::of(kind.as_str().unwrap_or_default()));
        }
        match (self, key) {
            (_, "metadata") => Self::Metadata,
            (Self::Object(kind), "spec") => Self::Spec(kind),
            (Self::Spec(FieldKind::CronWorkflow), "workflowSpec") => Self::Spec(FieldKind::Workflow),
            (Self::Spec(FieldKind::Workflow), "templates" | "templateDefaults") => Self::WorkflowTemplate,
            (Self::WorkflowTemplate, "steps") => Self::WorkflowStep,
            (_, "jobTemplate") => Self::Object(FieldKind::Workload),
            (Self::Spec(FieldKind::Workload), "template") => Self::PodTemplate,
            (Self::PodTemplate, "spec") => Self::PodSpec,
            (Self::Spec(FieldKind::IngressRoute), "routes") => Self::Route,
            (_, "container" | "containers" | "initContainers" | "script" | "sidecars") => Self::Container,
            (_, "env") => Self::EnvVar,
            (_, "ports") => Self::Port,
            (_, "startupProbe" | "readinessProbe" | "livenessProbe") => Self::Probe,
            (_, "volumeMounts") => Self::VolumeMount,
            (_, "parameters") => Self::Parameter,
            (_, "rules") => Self::Rule,
            (_, "matchExpressions") => Self::Requirement,
            _ => Self::Typed,
        }
    }

    /// Says whether the arranged value of `key` is left out here.
    fn drops(self, key: &str, value: &Value) -> bool {
        if self == Self::Free {
            return false;
        }
        match value {
            Value::Null => true,
            Value::Object(map) => {
                (map.is_empty() && SAYS_NOTHING.contains(&key)) || (matches!(self, Self::Object(_)) && key == "status")
            }
            Value::Array(items) => items.is_empty() && SAYS_NOTHING.contains(&key),
            // Kubernetes requires the name of a container, but Argo generates one; a template of defaults has no name.
            Value::String(text) => {
                matches!(self, Self::Container | Self::WorkflowTemplate) && key == "name" && text.is_empty()
            }
            Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

/// An object with its fields in the conventional order, without those that say nothing.
#[must_use]
pub fn arrange(object: Value) -> Value {
    let kind = object.get("kind").and_then(Value::as_str).map_or(FieldKind::Other, FieldKind::of);
    arrange_at(FieldContext::Object(kind), object)
}

fn arrange_at(place: FieldContext, value: Value) -> Value {
    match value {
        // A free value below a free key keeps even its nulls: in chart values a null takes a default away.
        value if place == FieldContext::Free => value,
        Value::Array(items) => Value::Array(items.into_iter().map(|item| arrange_at(place, item)).collect()),
        Value::Object(map) => Value::Object(arrange_map(place, map)),
        scalar => scalar,
    }
}

fn arrange_map(place: FieldContext, mut map: Map<String, Value>) -> Map<String, Value> {
    let mut arranged = Map::with_capacity(map.len());
    let mut put = |key: String, value: Value| {
        let value = arrange_at(place.of(&key, &value), value);
        if !place.drops(&key, &value) {
            arranged.insert(key, value);
        }
    };
    for &key in place.order() {
        if let Some((key, value)) = map.shift_remove_entry(key) {
            put(key, value);
        }
    }
    for (key, value) in map {
        put(key, value);
    }
    arranged
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `arrange` as text, since equality of maps does not see their order.
    fn arranged(value: Value) -> String {
        arrange(value).to_string()
    }

    #[test]
    fn a_deployment_reads_as_people_write_it() {
        let value = json!({
            "kind": "Deployment",
            "metadata": {"creationTimestamp": null, "namespace": "b", "labels": {"z": "1", "a": ""}, "annotations": {}, "name": "a"},
            "apiVersion": "apps/v1",
            "status": {},
            "spec": {"template": {"spec": {"volumes": [{"emptyDir": {}, "name": "tmp"}], "containers": [
                {"args": [], "command": ["x"], "env": [{"value": "", "name": "A"}], "image": "i", "name": "n",
                 "resources": {"limits": {"memory": "1", "cpu": "1"}, "requests": {}},
                 "ports": [{"containerPort": 80, "name": "http"}]}]}, "metadata": {}},
                "selector": {"matchLabels": {}}, "replicas": 1},
        });
        assert_eq!(
            arranged(value),
            concat!(
                r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a","namespace":"b","labels":{"z":"1","a":""}},"#,
                r#""spec":{"replicas":1,"selector":{"matchLabels":{}},"template":{"spec":{"containers":[{"name":"n","image":"i","#,
                r#""command":["x"],"env":[{"name":"A","value":""}],"ports":[{"name":"http","containerPort":80}],"#,
                r#""resources":{"limits":{"memory":"1","cpu":"1"}}}],"volumes":[{"name":"tmp","emptyDir":{}}]}}}}"#
            )
        );
    }

    #[test]
    fn core_kinds_read_as_people_write_them() {
        // Each map is given in the order of the alphabet, as `k8s-openapi` writes it.
        let metadata = json!({"name": "a"});
        let role = json!({"apiVersion": "r", "kind": "RoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": "r", "kind": "Role", "name": "a"}, "subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": "b"}]});
        assert_eq!(arranged(role.clone()), role.to_string());
        let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": {
            "maxReplicas": 6, "metrics": [{"resource": {"name": "cpu", "target": {"averageUtilization": 60, "type": "Utilization"}}, "type": "Resource"}],
            "minReplicas": 2, "scaleTargetRef": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "a"}}});
        assert!(arranged(scaler).ends_with(concat!(
            r#""spec":{"scaleTargetRef":{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","name":"a"},"minReplicas":2,"maxReplicas":6,"#,
            r#""metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":60}}}]}}"#
        )));
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}], "selector": {"kind": "x", "apiVersion": "y"}, "type": "ClusterIP"}});
        assert!(arranged(service).ends_with(concat!(
            r#""spec":{"type":"ClusterIP","selector":{"kind":"x","apiVersion":"y"},"#,
            r#""ports":[{"name":"http","port":80,"targetPort":"http"}]}}"#
        )));
    }

    #[test]
    fn what_is_empty_and_means_something_stays() {
        for spec in [
            json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}),
            json!({"generators": [{"list": {"elements": [], "elementsYaml": "x"}}]}),
            json!({"templates": [{"name": "gate", "outputs": {"parameters": [{"name": "a", "valueFrom": {"supplied": {}}}]}, "suspend": {}}]}),
            json!({"strategy": {"canary": {"steps": [{"pause": {}}]}}}),
            json!({"routes": [], "tls": {}}),
            json!({"syncPolicy": {"automated": {}}, "namespaceResourceWhitelist": []}),
            json!({"securityContext": {}}),
        ] {
            let value = json!({"apiVersion": "x/v1", "kind": "X", "metadata": {"name": "x"}, "spec": spec});
            assert_eq!(arrange(value.clone()), value);
        }
    }

    #[test]
    fn the_users_own_maps_stay_as_they_are() {
        let free =
            json!({"spec": null, "name": "x", "kind": "y", "apiVersion": "z", "metadata": {}, "env": [], "status": {}});
        let text = free.to_string();
        let value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"annotations": free.clone()}, "data": free.clone(),
            "spec": {"source": {"helm": {"valuesObject": free.clone()}}, "list": {"elements": [free.clone()]}}});
        let arranged = arranged(value);
        assert_eq!(arranged.matches(&text).count(), 4, "{arranged}");
        let service =
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"selector": free}});
        assert!(super::arrange(service).to_string().contains(&text));
    }

    #[test]
    fn an_object_in_an_object_is_an_object() {
        let resource = json!({"kind": "Workflow", "spec": {"arguments": {"parameters": []}, "workflowTemplateRef": {"name": "x"}},
            "metadata": {"namespace": "n", "name": "x-"}, "apiVersion": "argoproj.io/v1alpha1"});
        let value = json!({"apiVersion": "a", "kind": "Sensor", "metadata": {"name": "s"},
            "spec": {"triggers": [{"template": {"k8s": {"source": {"resource": resource}}}}]}});
        assert!(arranged(value).contains(concat!(
            r#""resource":{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{"name":"x-","namespace":"n"},"#,
            r#""spec":{"workflowTemplateRef":{"name":"x"}}}"#
        )));
    }

    #[test]
    fn a_container_that_argo_names_has_no_name() {
        let value = json!({"apiVersion": "a", "kind": "WorkflowTemplate", "metadata": {"name": "w"}, "spec": {"templates": [
            {"name": "t", "script": {"name": "", "source": "x", "command": ["sh"], "image": "i"}}]}});
        assert!(arranged(value).ends_with(r#""script":{"image":"i","command":["sh"],"source":"x"}}]}}"#));
    }

    #[test]
    fn arranging_twice_changes_nothing() {
        let value = json!({"kind": "Role", "rules": [{"verbs": ["get"], "resources": ["a"], "apiGroups": [""]}], "apiVersion": "r",
            "metadata": {"name": "r"}});
        let once = arrange(value);
        assert_eq!(arranged(once.clone()), once.to_string());
    }
}
