package cases

import (
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// autoscaled: the first version and a rolling update of a service with an HPA. Pods have no metrics at first, as with
// metrics-server; an HPA then reports conditions that Argo CD calls Degraded although nothing is wrong.
func autoscaled(t *T) {
	const app = "scaled"
	t.Kubelet()
	t.Must(t.Namespace(t.Ctx, canaryProduction))
	objects := t.appObjects("canary", app, "production")
	ignored := ""
	for _, object := range objects {
		if object.GetKind() == "HorizontalPodAutoscaler" {
			ignored = object.GetAnnotations()["argocd.argoproj.io/ignore-healthcheck"]
		}
	}
	degraded := ""
	metering := false
	for i, version := range []string{"one", "two"} {
		t.bring(objects, canaryProduction, version)
		t.Until(3*time.Minute, "version "+version+" is there, and scaled by its load", func() (bool, string) {
			deployment, err := t.Plane.Client.AppsV1().Deployments(canaryProduction).Get(t.Ctx, app, metav1.GetOptions{})
			t.Must(err)
			scaler, err := t.Plane.Client.AutoscalingV2().HorizontalPodAutoscalers(canaryProduction).Get(t.Ctx, app, metav1.GetOptions{})
			t.Must(err)
			active := false
			words := ""
			for _, condition := range scaler.Status.Conditions {
				words += fmt.Sprintf("%s %s (%s) ", condition.Type, condition.Status, condition.Reason)
				bad := condition.Reason == "FailedGetResourceMetric" || condition.Reason == "FailedGetScale" || condition.Reason == "InvalidSelector"
				if condition.Status == v1.ConditionFalse && bad {
					degraded = condition.Message
				}
				active = active || condition.Type == "ScalingActive" && condition.Status == v1.ConditionTrue
			}
			// Pods have no metrics until the HPA has missed them: that decides nothing by its timing.
			if degraded != "" && !metering {
				metering = true
				go t.metrics(canaryProduction, 10*time.Second)
			}
			status := deployment.Status
			if i > 0 && status.AvailableReplicas < 2 {
				t.Fatalf("only %d pods answer in a rolling update", status.AvailableReplicas)
			}
			return active && status.ObservedGeneration == deployment.Generation && status.UpdatedReplicas == status.Replicas &&
				status.Replicas >= 2 && status.AvailableReplicas == status.Replicas && *deployment.Spec.Replicas >= 2, fmt.Sprintf("%s%d of %d pods available", words, status.AvailableReplicas, status.Replicas)
		})
	}
	if ignored != "true" {
		t.Fatalf("the HPA said for a while what Argo CD calls Degraded, and has no argocd.argoproj.io/ignore-healthcheck: %s", degraded)
	}
}

var podMetrics = schema.GroupVersionResource{Group: "metrics.k8s.io", Version: "v1beta1", Resource: "pods"}

// metrics is what metrics-server would report about the pods of a namespace, some time after each has become ready.
func (t *T) metrics(namespace string, delay time.Duration) {
	client := t.Plane.Dynamic.Resource(podMetrics).Namespace(namespace)
	for t.Ctx.Err() == nil {
		pods, err := t.Plane.Client.CoreV1().Pods(namespace).List(t.Ctx, metav1.ListOptions{})
		if err != nil {
			return
		}
		for _, pod := range pods.Items {
			for _, condition := range pod.Status.Conditions {
				if condition.Type == v1.PodReady && condition.Status == v1.ConditionTrue && time.Since(condition.LastTransitionTime.Time) > delay {
					_, _ = client.Apply(t.Ctx, pod.Name, usage(&pod), metav1.ApplyOptions{FieldManager: "bench", Force: true})
				}
			}
		}
		time.Sleep(2 * time.Second)
	}
}

func usage(pod *v1.Pod) *unstructured.Unstructured {
	var containers []any
	for _, container := range pod.Spec.Containers {
		containers = append(containers, map[string]any{"name": container.Name, "usage": map[string]any{"cpu": "50m", "memory": "30Mi"}})
	}
	labels := map[string]any{}
	for key, value := range pod.Labels {
		labels[key] = value
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics",
		"metadata":  map[string]any{"name": pod.Name, "namespace": pod.Namespace, "labels": labels},
		"timestamp": time.Now().UTC().Format(time.RFC3339), "window": "15s", "containers": containers,
	}}
}
