package plane

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// definitions is the kind CustomResourceDefinition.
var definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// ownKinds are kinds of projects whose definitions no module contains. Without published schemas the API server accepts
// anything in them.
var ownKinds = []schema.GroupVersionKind{
	{Group: "traefik.io", Version: "v1alpha1", Kind: "IngressRoute"},
	{Group: "traefik.io", Version: "v1alpha1", Kind: "Middleware"},
	{Group: "traefik.io", Version: "v1alpha1", Kind: "TraefikService"},
	{Group: "monitoring.coreos.com", Version: "v1", Kind: "ServiceMonitor"},
	{Group: "monitoring.coreos.com", Version: "v1", Kind: "PrometheusRule"},
	{Group: "external-secrets.io", Version: "v1", Kind: "ExternalSecret"},
	{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"},
	// What metrics-server would serve: an HPA reads it by the same requests from objects of such a kind.
	{Group: "metrics.k8s.io", Version: "v1beta1", Kind: "PodMetrics"},
}

// later are fields of templates that Argo Workflows has since the version whose module is served here.
var later = map[string]any{"pendingTimeout": map[string]any{"type": "string"}} // 4.1

// Define installs the CustomResourceDefinitions of these folders, overridden by the schemas of another folder, and
// waits until they are served.
func (p *Plane) Define(ctx context.Context, folders []string, schemas string) error {
	known, err := readDefinitions(folders)
	if err != nil {
		return err
	}
	for _, kind := range ownKinds {
		if known[kind.GroupKind()] == nil {
			known[kind.GroupKind()] = definition(kind)
		}
	}
	published, err := readSchemas(schemas)
	if err != nil {
		return err
	}
	for kind, crd := range known {
		if err := amend(crd, kind, published); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		if _, err := p.Dynamic.Resource(definitions).Create(ctx, crd, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	for _, crd := range known {
		if err := p.established(ctx, crd.GetName()); err != nil {
			return err
		}
	}
	p.Mapper.Reset()
	return nil
}

func (p *Plane) established(ctx context.Context, name string) error {
	for {
		crd, err := p.Dynamic.Resource(definitions).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
		for _, condition := range conditions {
			c := condition.(map[string]any)
			switch {
			case c["type"] == "Established" && c["status"] == "True":
				return nil
			case c["type"] == "NonStructuralSchema" && c["status"] == "True":
				return fmt.Errorf("%s: %v", name, c["message"])
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not served: %w", name, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func readDefinitions(folders []string) (map[schema.GroupKind]*unstructured.Unstructured, error) {
	known := map[schema.GroupKind]*unstructured.Unstructured{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("no definitions in %s", folder)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			objects, err := Decode(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			for _, object := range objects {
				if object.GetKind() != "CustomResourceDefinition" {
					continue
				}
				group, _, _ := unstructured.NestedString(object.Object, "spec", "group")
				kind, _, _ := unstructured.NestedString(object.Object, "spec", "names", "kind")
				known[schema.GroupKind{Group: group, Kind: kind}] = object
			}
		}
	}
	return known, nil
}

// readSchemas reads the published schemas of kinds, one in a file GROUP__VERSION__KIND.json.
func readSchemas(folder string) (map[schema.GroupVersionKind]map[string]any, error) {
	published := map[schema.GroupVersionKind]map[string]any{}
	if folder == "" {
		return published, nil
	}
	files, err := filepath.Glob(filepath.Join(folder, "*__*__*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var content struct {
			Mode   string
			Schema map[string]any
		}
		if err := json.Unmarshal(text, &content); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if content.Mode == "crd" {
			parts := strings.Split(strings.TrimSuffix(filepath.Base(file), ".json"), "__")
			published[schema.GroupVersionKind{Group: parts[0], Version: parts[1], Kind: parts[2]}] = content.Schema
		}
	}
	return published, nil
}

// definition is a custom one that accepts anything.
func definition(kind schema.GroupVersionKind) *unstructured.Unstructured {
	singular := strings.ToLower(kind.Kind)
	plural := singular + "s"
	annotations := map[string]any{}
	if kind.Group == "metrics.k8s.io" {
		plural = "pods"
	}
	if strings.HasSuffix(kind.Group, "k8s.io") {
		annotations["api-approved.kubernetes.io"] = "unapproved, on a bench"
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   map[string]any{"name": plural + "." + kind.Group, "annotations": annotations},
		"spec": map[string]any{
			"group": kind.Group,
			"scope": "Namespaced",
			"names": map[string]any{"kind": kind.Kind, "listKind": kind.Kind + "List", "plural": plural, "singular": singular},
			"versions": []any{map[string]any{
				"name": kind.Version, "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object", "x-kubernetes-preserve-unknown-fields": true,
				}},
			}},
		},
	}}
}

// amend overrides the schemas of the definition with the published schema of each version. Workflows' definition may be
// older than the generated fields, which are then added.
func amend(crd *unstructured.Unstructured, kind schema.GroupKind, published map[schema.GroupVersionKind]map[string]any) error {
	versions, _, err := unstructured.NestedSlice(crd.Object, "spec", "versions")
	if err != nil {
		return err
	}
	for _, each := range versions {
		version := each.(map[string]any)
		name, _ := version["name"].(string)
		if schema, ok := published[kind.WithVersion(name)]; ok {
			version["schema"] = map[string]any{"openAPIV3Schema": schema}
		}
		for _, path := range [][]string{{"spec"}, {"spec", "workflowSpec"}} {
			fields := []string{"schema", "openAPIV3Schema"}
			for _, field := range path {
				fields = append(fields, "properties", field)
			}
			fields = append(fields, "properties", "templates", "items", "properties")
			template, ok, _ := unstructured.NestedFieldNoCopy(version, fields...)
			if !ok {
				continue
			}
			for field, schema := range later {
				if _, has := template.(map[string]any)[field]; !has {
					template.(map[string]any)[field] = schema
				}
			}
		}
	}
	delete(crd.Object, "status")
	return unstructured.SetNestedSlice(crd.Object, versions, "spec", "versions")
}

// Decode reads the objects of a YAML stream.
func Decode(text []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		object := map[string]any{}
		if err := decoder.Decode(&object); err != nil {
			if err.Error() == "EOF" {
				return objects, nil
			}
			return nil, err
		}
		if len(object) > 0 {
			objects = append(objects, &unstructured.Unstructured{Object: object})
		}
	}
}

// Relax lets the API server accept anything in these kinds from now on. Argo CD reads the schemas of all kinds again for every
// object that it applies; those of some are so large that it would do little else.
func (p *Plane) Relax(ctx context.Context, names ...string) error {
	for _, name := range names {
		crd, err := p.Dynamic.Resource(definitions).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		versions, _, err := unstructured.NestedSlice(crd.Object, "spec", "versions")
		if err != nil {
			return err
		}
		for _, version := range versions {
			version.(map[string]any)["schema"] = map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}
		}
		if err := unstructured.SetNestedSlice(crd.Object, versions, "spec", "versions"); err != nil {
			return err
		}
		if _, err := p.Dynamic.Resource(definitions).Update(ctx, crd, metav1.UpdateOptions{}); err != nil {
			return err
		}
	}
	return nil
}
