package cases

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pipelinec.dev/bench/plane"
)

// Bench is the environment of the cases.
type Bench struct {
	Plane      *plane.Plane
	Repository string // of pipelinec
	Pipelinec  string // the program
	Own        bool   // the cluster is the user's: nothing may be left in it

	parts
	mu     sync.Mutex
	built  map[string]func() (string, error)
	namely map[string]bool // namespaces that the bench has made in the user's cluster
}

// Command runs a program and returns its output; a failure includes its output.
func Command(ctx context.Context, folder string, program string, arguments ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Dir = folder
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		return string(out), fmt.Errorf("%s %s: %w\n%s%s", program, strings.Join(arguments, " "), err, out, exit.Stderr)
	}
	return string(out), err
}

// Kubectl runs the real kubectl as the administrator.
func (t *T) Kubectl(arguments ...string) (string, error) {
	return Command(t.Ctx, "", "kubectl", append([]string{"--kubeconfig", t.Plane.Kubeconfig}, arguments...)...)
}

// Build compiles the programs of a folder, once for all cases, and returns the folder with a tree for each target.
func (t *T) Build(specs string) string {
	out, err := t.build(specs)
	t.Must(err)
	return out
}

func (t *T) build(specs string) (string, error) {
	t.Bench.mu.Lock()
	build := t.built[specs]
	if build == nil {
		out := filepath.Join(t.Plane.Folder, "trees", fmt.Sprint(len(t.built)))
		build = sync.OnceValues(func() (string, error) {
			_, err := Command(t.Ctx, "", t.Pipelinec, "build", specs, "-o", out)
			return out, err
		})
		if t.built == nil {
			t.built = map[string]func() (string, error){}
		}
		t.built[specs] = build
	}
	t.Bench.mu.Unlock()
	return build()
}

// Subfolders of a folder.
func (t *T) Subfolders(folder string) []string {
	entries, err := os.ReadDir(folder)
	t.Must(err)
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names
}

// Namespace ensures that a namespace of that name exists.
func (b *Bench) Namespace(ctx context.Context, name string) error {
	_, err := b.Plane.Client.CoreV1().Namespaces().Create(ctx, &v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err == nil && b.Own {
		b.mu.Lock()
		if b.namely == nil {
			b.namely = map[string]bool{}
		}
		b.namely[name] = true
		b.mu.Unlock()
	}
	if errors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// Leave removes from the user's cluster what the bench has created there.
func (b *Bench) Leave(ctx context.Context) {
	for name := range b.namely {
		if err := b.Plane.Client.CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			fmt.Fprintf(os.Stderr, "the namespace %s could not be removed: %v\n", name, err)
		}
	}
}

// Objects renders a kustomization.
func (t *T) Objects(folder string) []*unstructured.Unstructured {
	text, err := Command(t.Ctx, "", "kubectl", "kustomize", folder)
	t.Must(err)
	objects, err := plane.Decode([]byte(text))
	t.Must(err)
	return objects
}

// Apply applies an object on the server's side, in a namespace if it names none.
func (t *T) Apply(object *unstructured.Unstructured, namespace string) {
	t.Must(t.apply(object, namespace))
}

func (t *T) apply(object *unstructured.Unstructured, namespace string) error {
	mapping, err := t.Plane.Mapper.RESTMapping(object.GroupVersionKind().GroupKind(), object.GroupVersionKind().Version)
	if err != nil {
		return err
	}
	options := metav1.ApplyOptions{FieldManager: "bench", Force: true}
	if mapping.Scope.Name() == "root" {
		_, err = t.Plane.Dynamic.Resource(mapping.Resource).Apply(t.Ctx, object.GetName(), object, options)
	} else {
		if object.GetNamespace() != "" {
			namespace = object.GetNamespace()
		}
		_, err = t.Plane.Dynamic.Resource(mapping.Resource).Namespace(namespace).Apply(t.Ctx, object.GetName(), object, options)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}

// Resources that cases read and write by name.
var (
	workflows         = argo("workflows")
	workflowTemplates = argo("workflowtemplates")
	cronWorkflows     = argo("cronworkflows")
	applications      = argo("applications")
	applicationSets   = argo("applicationsets")
	rollouts          = argo("rollouts")
	analysisRuns      = argo("analysisruns")
	eventSources      = argo("eventsources")
	sensors           = argo("sensors")
	traefikServices   = schema.GroupVersionResource{Group: "traefik.io", Version: "v1alpha1", Resource: "traefikservices"}
)

func argo(resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: resource}
}
