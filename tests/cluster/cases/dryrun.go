package cases

import (
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// dryRuns: the API server accepts every object of every tree of every example, with strict validation.
func dryRuns() Suite {
	suite := Suite{Name: "dry-run"}
	for _, example := range []string{"homelab", "minimal", "monorepo", "gitlab", "database", "team"} {
		suite.Cases = append(suite.Cases, Case{Name: "dry-run/" + example, Fast: true, Own: true, Run: func(t *T) { dryRun(t, example) }})
	}
	suite.Cases = append(suite.Cases, Case{Name: "dry-run/every-example", Fast: true, Own: true, Run: everyExample})
	suite.Cases = append(suite.Cases, Case{Name: "dry-run/restricted", Fast: true, Own: true, Run: restrictedPods})
	return suite
}

// everyExample: no example is forgotten above.
func everyExample(t *T) {
	known := map[string]bool{}
	for _, c := range dryRuns().Cases {
		known[c.Name] = true
	}
	for _, example := range t.Subfolders(filepath.Join(t.Repository, "examples")) {
		if !known["dry-run/"+example] {
			t.Fatalf("the example %s has no case", example)
		}
	}
}

func dryRun(t *T, example string) {
	trees := t.Build(filepath.Join(t.Repository, "examples", example))
	for _, target := range t.Subfolders(trees) {
		tree := filepath.Join(trees, target)
		t.namespacesOf(tree)
		t.accepts("-f", filepath.Join(tree, "bootstrap.yaml"))
		t.accepts("-k", tree)
		for _, environment := range t.Subfolders(filepath.Join(tree, "environments")) {
			folder := filepath.Join(tree, "environments", environment)
			t.accepts("-k", folder)
			// Apps name no namespace: Argo CD's Application does. This one has the labels of the environment, and so its Pod
			// Security level.
			namespace := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace"}}
			namespace.SetName(strings.Join([]string{"dry", example, target, environment}, "-"))
			for _, object := range t.Objects(folder) {
				if object.GetKind() == "Namespace" {
					namespace.SetLabels(object.GetLabels())
				}
			}
			t.Apply(namespace, "")
			t.acceptsApps(tree, environment, namespace.GetName())
		}
		t.acceptsWorkflows(tree)
	}
}

// acceptsApps: the objects of all apps of an environment, and the pods that their controllers create.
func (t *T) acceptsApps(tree, environment, namespace string) {
	for _, app := range t.Subfolders(filepath.Join(tree, "apps")) {
		folder := filepath.Join(tree, "apps", app, environment)
		if _, err := os.Stat(filepath.Join(folder, "kustomization.yaml")); err != nil {
			continue
		}
		t.accepts("-n", namespace, "-k", folder)
		for _, object := range t.Objects(folder) {
			if object.GetKind() == "ServiceAccount" {
				t.Apply(object, namespace)
			}
		}
		for _, object := range t.Objects(folder) {
			if pod := podOf(object); pod != nil {
				t.accepts("-n", namespace, "-f", t.write("pod-"+namespace+"-"+pod.GetName()+".json", pod))
			}
		}
	}
}

// accepts asks the API server whether it would accept the objects, without unknown fields.
func (t *T) accepts(arguments ...string) {
	_, err := t.Kubectl(append([]string{"apply", "--server-side", "--dry-run=server", "--validate=strict"}, arguments...)...)
	t.Must(err)
}

// namespacesOf creates the namespaces that the objects of a tree are in, so that the server can validate them.
func (t *T) namespacesOf(tree string) {
	folders := []string{tree}
	for _, environment := range t.Subfolders(filepath.Join(tree, "environments")) {
		folders = append(folders, filepath.Join(tree, "environments", environment))
	}
	for _, folder := range folders {
		for _, object := range t.Objects(folder) {
			name := object.GetNamespace()
			if object.GetKind() == "Namespace" {
				name = object.GetName()
			}
			if name != "" {
				t.Must(t.Namespace(t.Ctx, name))
			}
		}
	}
}

// acceptsWorkflows: what the Sensors create is an object too.
func (t *T) acceptsWorkflows(tree string) {
	for _, object := range t.Objects(filepath.Join(tree, "events")) {
		if object.GetKind() != "Sensor" {
			continue
		}
		for _, workflow := range triggered(object) {
			workflow.SetName(strings.TrimSuffix(workflow.GetName(), "-") + "-0123456789ab")
			file := t.write("workflow-"+workflow.GetName()+".json", workflow)
			t.accepts("-f", file)
		}
	}
}
