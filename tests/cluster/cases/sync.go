package cases

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// kindOrder is that of Argo CD in one wave; kinds that are not in it come after these, by name
// (gitops-engine, pkg/sync/sync_tasks.go).
var kindOrder = []string{"Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodSecurityPolicy", "PodDisruptionBudget",
	"ServiceAccount", "Secret", "SecretList", "ConfigMap", "StorageClass", "PersistentVolume", "PersistentVolumeClaim",
	"CustomResourceDefinition", "ClusterRole", "ClusterRoleList", "ClusterRoleBinding", "ClusterRoleBindingList", "Role", "RoleList",
	"RoleBinding", "RoleBindingList", "Service", "DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment",
	"HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob", "IngressClass", "Ingress", "APIService"}

func wave(object *unstructured.Unstructured) int {
	number, _ := strconv.Atoi(object.GetAnnotations()["argocd.argoproj.io/sync-wave"])
	return number
}

func kindRank(object *unstructured.Unstructured) int {
	if at := slices.Index(kindOrder, object.GetKind()); at >= 0 {
		return at
	}
	return len(kindOrder)
}

// bring applies the objects of an app in the order of Argo CD, with a version's images and values filled in as a run does.
// The controllers are given time to see each object before the next: the slowest that may happen.
func (t *T) bring(objects []*unstructured.Unstructured, namespace, version string) {
	slices.SortStableFunc(objects, func(a, b *unstructured.Unstructured) int {
		return cmp.Or(cmp.Compare(wave(a), wave(b)), cmp.Compare(kindRank(a), kindRank(b)), cmp.Compare(a.GetName(), b.GetName()))
	})
	for _, object := range objects {
		t.Apply(filled(object, version), namespace)
		if object.GetKind() == "Rollout" {
			t.Until(time.Minute, "the Rollout is seen", func() (bool, string) {
				now := t.rollout(namespace, object.GetName())
				seen := text(now.Object, "status", "observedGeneration")
				return seen == fmt.Sprint(now.GetGeneration()), seen
			})
		}
	}
}

// filled writes a version into the places that a run fills.
func filled(object *unstructured.Unstructured, version string) *unstructured.Unstructured {
	content, err := json.Marshal(object)
	if err != nil {
		panic(err) // it was read from YAML
	}
	whole := strings.ReplaceAll(string(content), `"filled-in-by-the-run"`, strconv.Quote(version))
	copied := &unstructured.Unstructured{}
	if err := json.Unmarshal([]byte(whole), &copied.Object); err != nil {
		panic(err)
	}
	for _, container := range items(copied.Object, "spec", "template", "spec", "containers") {
		fields := container.(map[string]any)
		if image, _ := fields["image"].(string); strings.HasPrefix(image, "pipelinec.local/") {
			fields["image"] = imageOf(version)
		}
	}
	return copied
}

func imageOf(version string) string {
	return "registry.bench.io/image:" + version
}

func (t *T) rollout(namespace, name string) *unstructured.Unstructured {
	rollout, err := t.Plane.Dynamic.Resource(rollouts).Namespace(namespace).Get(t.Ctx, name, metav1.GetOptions{})
	t.Must(err)
	return rollout
}

// appObjects are those of an app in an environment of one of the programs next to the cases.
func (t *T) appObjects(spec, app, environment string) []*unstructured.Unstructured {
	return t.Objects(filepath.Join(t.Spec(spec), "apps", app, environment))
}
