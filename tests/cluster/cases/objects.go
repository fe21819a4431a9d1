package cases

import (
	"encoding/json"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"pipelinec.dev/bench/plane"
)

// at is the value at a path of an object; numbers are indices of lists. It is nil if there is no such value.
func at(value any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			fields, _ := value.(map[string]any)
			value = fields[step]
		case int:
			items, _ := value.([]any)
			if step >= len(items) {
				return nil
			}
			value = items[step]
		}
	}
	return value
}

func text(value any, path ...any) string {
	found, _ := at(value, path...).(string)
	return found
}

func items(value any, path ...any) []any {
	found, _ := at(value, path...).([]any)
	return found
}

// triggered are the Workflows that a Sensor creates, before the event fills them.
func triggered(sensor *unstructured.Unstructured) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for _, trigger := range items(sensor.Object, "spec", "triggers") {
		if resource, ok := at(trigger, "template", "k8s", "source", "resource").(map[string]any); ok {
			found = append(found, (&unstructured.Unstructured{Object: resource}).DeepCopy())
		}
	}
	return found
}

// write puts an object into a file of this run.
func (t *T) write(name string, object *unstructured.Unstructured) string {
	content, err := json.Marshal(object)
	t.Must(err)
	file := filepath.Join(t.Plane.Folder, name)
	t.Must(os.WriteFile(file, content, 0o644))
	return file
}

// decodeOne is an object that is written here.
func decodeOne(content string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	if err := json.Unmarshal([]byte(content), &object.Object); err != nil {
		panic(err)
	}
	return object
}

func decode(content []byte) ([]*unstructured.Unstructured, error) {
	return plane.Decode(content)
}
