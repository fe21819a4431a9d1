package cases

import (
	"context"
	"fmt"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"pipelinec.dev/bench/hosts"
)

var accessOnce sync.Mutex

// accessTree is the tree of the project that the cases of scripts and pushes use.
func (t *T) accessTree() string {
	accessOnce.Lock()
	defer accessOnce.Unlock()
	return t.Spec("access")
}

// access deploys that project to the cluster. Its pipeline is suspended: the Workflows of pushes are only inspected.
func (t *T) access() {
	tree := t.accessTree()
	t.project.get(t, func(context.Context) (string, error) {
		t.credentials(accessPipelines, "github", "gitops")
		return tree, t.install(tree, map[string]func(*unstructured.Unstructured) error{
			"WorkflowTemplate/web": func(template *unstructured.Unstructured) error {
				return unstructured.SetNestedField(template.Object, true, "spec", "suspend")
			},
		})
	})
}

// install applies a complete tree as its bootstrap Application would, with the required Secrets. Janitors do not run
// on schedule here; cases run them.
func (t *T) install(tree string, changes map[string]func(*unstructured.Unstructured) error) error {
	objects := t.Objects(tree)
	namespaces := map[string]bool{}
	for _, object := range objects {
		name := object.GetNamespace()
		if object.GetKind() == "Namespace" {
			name = object.GetName()
		}
		namespaces[name] = true
	}
	for name := range namespaces {
		if err := t.Namespace(t.Ctx, name); err != nil {
			return err
		}
	}
	for _, object := range objects {
		if object.GetKind() == "CronWorkflow" {
			if err := unstructured.SetNestedField(object.Object, true, "spec", "suspend"); err != nil {
				return err
			}
		}
		if change := changes[object.GetKind()+"/"+object.GetName()]; change != nil {
			if err := change(object); err != nil {
				return err
			}
		}
		if err := t.apply(object, ""); err != nil {
			return err
		}
	}
	return nil
}

// credentials creates the Secrets of a project: one to read git and to authenticate GitHub, and one to write git.
func (t *T) credentials(namespace, reading, writing string) {
	t.Must(t.Namespace(t.Ctx, namespace))
	for name, data := range map[string]map[string]string{
		reading: {"token": hosts.ReadingToken, "webhookSecret": secret},
		writing: {"token": hosts.WritingToken},
	} {
		_, err := t.Plane.Client.CoreV1().Secrets(namespace).Create(t.Ctx, &v1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name},
			StringData: data}, metav1.CreateOptions{})
		if !errors.IsAlreadyExists(err) {
			t.Must(err)
		}
	}
}

// submit runs a Workflow and waits for its end; it returns the phase, and what its steps have printed.
func (t *T) submit(workflow *unstructured.Unstructured) (string, string) {
	namespace, name := workflow.GetNamespace(), workflow.GetName()
	client := t.Plane.Dynamic.Resource(workflows).Namespace(namespace)
	_, err := client.Create(t.Ctx, workflow, metav1.CreateOptions{FieldValidation: "Strict"})
	t.Must(err)
	phase := ""
	t.Until(5*time.Minute, fmt.Sprintf("the Workflow %s is over", name), func() (bool, string) {
		now, err := client.Get(t.Ctx, name, metav1.GetOptions{})
		t.Must(err)
		phase = text(now.Object, "status", "phase")
		return phase == "Succeeded" || phase == "Failed" || phase == "Error", phase + " " + text(now.Object, "status", "message")
	})
	return phase, t.Kubelet().Log(namespace, name)
}
