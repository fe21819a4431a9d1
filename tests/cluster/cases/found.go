package cases

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pipelinec.dev/bench/hosts"
)

const triggersPipelines = "triggers-pipeline"

// found: runs that a tag or a schedule has started find their commit, and what follows gets it; that of a moved tag fails.
func found(t *T) {
	t.Workflows()
	tree := t.Spec("triggers")
	t.credentials(triggersPipelines, "github", "gitops")
	t.Must(t.install(tree, nil))
	git := t.Hosts().Git
	const repository = "bench/triggers-shop"
	tagged, err := git.Commit(repository, "dev@bench.io", "first", map[string]string{"Dockerfile": "FROM scratch\n"}, nil)
	t.Must(err)
	_, err = hosts.Run(git.Bare(repository), "-c", "user.name=dev", "-c", "user.email=dev@bench.io", "tag", "-a", "-m", "a release", "v1.0", tagged)
	t.Must(err)
	head, err := git.Commit(repository, "dev@bench.io", "second", map[string]string{"README.md": "more\n"}, nil)
	t.Must(err)
	start := func(name string, given map[string]string) {
		var parameters []any
		for parameter, value := range given {
			parameters = append(parameters, map[string]any{"name": parameter, "value": value})
		}
		workflow := workflowOf(triggersPipelines, name, map[string]any{"workflowTemplateRef": map[string]any{"name": "shop"},
			"arguments": map[string]any{"parameters": parameters}})
		_, err := t.Plane.Dynamic.Resource(workflows).Namespace(triggersPipelines).Create(t.Ctx, workflow, metav1.CreateOptions{FieldValidation: "Strict"})
		t.Must(err)
	}
	for name, run := range map[string]struct {
		given  map[string]string
		commit string
	}{
		"shop-head": {nil, head},
		"shop-tag":  {map[string]string{"tag": "v1.0"}, tagged},
		"shop-both": {map[string]string{"tag": "v1.0", "sha": tagged}, tagged},
	} {
		start(name, run.given)
		// The message of the question has the commit, which the run knows only by its first step.
		t.Until(4*time.Minute, name+" asks", func() (bool, string) {
			workflow, err := t.Plane.Dynamic.Resource(workflows).Namespace(triggersPipelines).Get(t.Ctx, name, metav1.GetOptions{})
			t.Must(err)
			if done, words := over(workflow); done {
				t.Fatalf("%s is over before it asks: %s\n%s", name, words, t.Kubelet().Log(triggersPipelines, name))
			}
			nodes, _ := at(workflow.Object, "status", "nodes").(map[string]any)
			for _, node := range nodes {
				if text(node, "displayName") != "approve" || text(node, "phase") != "Running" {
					continue
				}
				inputs, _ := at(node.(map[string]any), "inputs", "parameters").([]any)
				for _, input := range inputs {
					if text(input, "name") == "message" && text(input, "value") != "commit "+run.commit {
						t.Fatalf("%s asks about %q, not about %s", name, text(input, "value"), run.commit)
					}
				}
				return true, ""
			}
			return false, busy(workflow)
		})
		t.Must(t.Plane.Dynamic.Resource(workflows).Namespace(triggersPipelines).Delete(t.Ctx, name, metav1.DeleteOptions{}))
	}
	moved := workflowOf(triggersPipelines, "shop-moved", map[string]any{"workflowTemplateRef": map[string]any{"name": "shop"},
		"arguments": map[string]any{"parameters": []any{map[string]any{"name": "tag", "value": "v1.0"}, map[string]any{"name": "sha", "value": head}}}})
	phase, log := t.submit(moved)
	if phase != "Failed" || !strings.Contains(log, "the tag 'v1.0' was moved") {
		t.Fatalf("the run of a moved tag ended %s:\n%s", phase, log)
	}
}
