package cases

import (
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// restrictedPods: a namespace with the level `restricted` takes the pods of every kind of workload. The API server only warns of
// the workloads themselves, so each pod is tried.
func restrictedPods(t *T) {
	tree := t.Spec("restricted")
	for _, object := range t.Objects(filepath.Join(tree, "environments", "production")) {
		if object.GetKind() == "Namespace" {
			t.Apply(object, "")
		}
	}
	pods := 0
	for _, app := range t.Subfolders(filepath.Join(tree, "apps")) {
		folder := filepath.Join(tree, "apps", app, "production")
		t.accepts("-n", "bench-restricted", "-k", folder)
		for _, object := range t.Objects(folder) {
			pod := podOf(object)
			if pod == nil {
				continue
			}
			t.accepts("-n", "bench-restricted", "-f", t.write("pod-"+pod.GetName()+".json", pod))
			pods++
		}
	}
	if pods != 3 {
		t.Fatalf("%d pods instead of 3", pods)
	}
}

// podOf is the pod that the controller of a workload creates.
func podOf(object *unstructured.Unstructured) *unstructured.Unstructured {
	template, _ := at(object.Object, "spec", "template").(map[string]any)
	if object.GetKind() == "CronJob" {
		template, _ = at(object.Object, "spec", "jobTemplate", "spec", "template").(map[string]any)
	}
	spec, _ := at(template, "spec").(map[string]any)
	if spec == nil {
		return nil
	}
	claims, _ := at(object.Object, "spec", "volumeClaimTemplates").([]any)
	for _, claim := range claims {
		volumes, _ := spec["volumes"].([]any)
		name := at(claim, "metadata", "name")
		spec["volumes"] = append(volumes, map[string]any{"name": name, "persistentVolumeClaim": map[string]any{"claimName": name}})
	}
	pod := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod", "spec": spec}}
	pod.SetName(object.GetName())
	return pod
}
