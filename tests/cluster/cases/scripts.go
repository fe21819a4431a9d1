package cases

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// scripts: every script that uses the cluster runs as a pod of its Workflow, with the token of its account and no other
// access. The state of Argo CD that it sees is written here; the controllers of Argo CD do not run.
func scripts() Suite {
	return Suite{Name: "scripts", Cases: []Case{
		{Name: "scripts/wait-until-ready", Fast: true, Run: waitUntilReady},
		{Name: "scripts/wait-gives-up-in-production", Fast: true, Run: func(t *T) { waitGivesUp(t, "production", accessProduction) }},
		{Name: "scripts/wait-gives-up-in-staging", Fast: true, Run: func(t *T) { waitGivesUp(t, "staging", versionOf(2)) }},
		{Name: "scripts/gone", Fast: true, Run: gone},
		{Name: "scripts/gone-gives-up", Fast: true, Run: goneGivesUp},
		{Name: "scripts/gone-ends-an-operation", Fast: true, Run: goneEndsAnOperation},
		{Name: "scripts/janitor", Fast: true, Run: janitor},
		{Name: "scripts/restart", Fast: true, Run: restart},
		{Name: "scripts/notices", Fast: true, Run: notices},
		{Name: "scripts/found", Fast: true, Run: found},
	}}
}

const (
	accessPipelines  = "access-pipeline"
	accessArgo       = "access-argocd"
	accessProduction = "access-production"
)

// shared is a Workflow of one step: a template of the tree, run as the pipelines of the tree run it.
func (t *T) shared(name, template string, parameters map[string]string) *unstructured.Unstructured {
	t.access()
	t.Workflows()
	pipeline, err := t.Plane.Dynamic.Resource(workflowTemplates).Namespace(accessPipelines).Get(t.Ctx, "web", metav1.GetOptions{})
	t.Must(err)
	var arguments []any
	for parameter, value := range parameters {
		arguments = append(arguments, map[string]any{"name": parameter, "value": value})
	}
	spec := map[string]any{"entrypoint": "main", "templates": []any{map[string]any{"name": "main", "steps": []any{[]any{map[string]any{
		"name": template, "templateRef": map[string]any{"name": "pipelinec", "template": template},
		"arguments": map[string]any{"parameters": arguments},
	}}}}}}
	// Its accounts are those of the pipeline.
	for _, field := range []string{"serviceAccountName", "automountServiceAccountToken", "executor"} {
		spec[field] = at(pipeline.Object, "spec", field)
	}
	return workflowOf(accessPipelines, name, spec)
}

func workflowOf(namespace, name string, spec map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
		"metadata": map[string]any{"namespace": namespace, "name": name}, "spec": spec}}
}

// sets are the ApplicationSets of the environments, as they are passed to the wait.
func (t *T) sets(environment string) string {
	var names []string
	for _, object := range t.Objects(filepath.Join(t.accessTree(), "argocd")) {
		if object.GetKind() == "ApplicationSet" && strings.Contains(object.GetName(), environment) {
			names = append(names, object.GetName())
		}
	}
	return strings.Join(names, " ")
}

// application is one that a set of the environment would generate, as Argo CD has synced it to a change.
func (t *T) application(environment, namespace, app, change string) *unstructured.Unstructured {
	var template map[string]any
	for _, object := range t.Objects(filepath.Join(t.accessTree(), "argocd")) {
		if object.GetKind() == "ApplicationSet" && object.GetName() == "access-"+environment+"-apps" {
			template = at(object.Object, "spec", "template", "metadata").(map[string]any)
		}
	}
	filled := strings.NewReplacer("{{ .namespace }}", namespace, "{{ .app }}", app, "{{ .entry.change }}", change)
	labels := map[string]any{}
	for key, value := range template["labels"].(map[string]any) {
		labels[key] = filled.Replace(value.(string))
	}
	sources := []any{map[string]any{"repoURL": "https://github.com/bench/access.git", "path": "apps/" + app, "targetRevision": strings.Repeat("a", 40)}}
	destination := map[string]any{"name": "in-cluster", "namespace": namespace}
	revisions := []any{strings.Repeat("a", 40)}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
		"metadata": map[string]any{"namespace": accessArgo, "name": filled.Replace(template["name"].(string)), "labels": labels,
			"annotations": map[string]any{"pipelinec.dev/change": change}},
		"spec": map[string]any{"project": "access-" + environment, "destination": destination, "sources": sources},
		"status": map[string]any{
			"reconciledAt": "2026-01-01T00:00:30Z",
			"health":       map[string]any{"status": "Healthy"},
			"sync": map[string]any{"status": "Synced", "revisions": revisions,
				"comparedTo": map[string]any{"destination": maps.Clone(destination), "sources": sources}},
			"operationState": map[string]any{"phase": "Succeeded", "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:10Z",
				"operation": map[string]any{"sync": map[string]any{"sources": sources, "revisions": revisions}}},
		},
	}}
}

// versionOf is a version that no other case uses.
func versionOf(number int) string {
	return fmt.Sprintf("v20260101%06d-abcdef", number)
}

// waitUntilReady: the wait reads Applications and Rollouts and succeeds.
func waitUntilReady(t *T) {
	workflow := t.shared("wait-until-ready", "wait", map[string]string{
		"namespace": accessProduction, "application-sets": t.sets("production"), "timeout-seconds": "60", "deadline-seconds": "120",
		"expect": fmt.Sprintf(`{"web": %q}`, versionOf(1)), "rollouts": "web",
	})
	t.Apply(t.application("production", accessProduction, "web", versionOf(1)), "")
	t.Apply(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
		"metadata": map[string]any{"namespace": accessProduction, "name": "web"},
		"spec":     map[string]any{"paused": true, "replicas": int64(0), "selector": map[string]any{"matchLabels": map[string]any{"app": "web"}}, "template": map[string]any{"metadata": map[string]any{"labels": map[string]any{"app": "web"}}, "spec": map[string]any{"containers": []any{map[string]any{"name": "web", "image": "web"}}}}},
	}}, "")
	status := `{"status": {"observedGeneration": "1", "phase": "Healthy", "stableRS": "a", "currentPodHash": "a"}}`
	_, err := t.Plane.Dynamic.Resource(rollouts).Namespace(accessProduction).Patch(t.Ctx, "web", types.MergePatchType, []byte(status), metav1.PatchOptions{}, "status")
	t.Must(err)
	if phase, log := t.submit(workflow); phase != "Succeeded" {
		t.Fatalf("the wait ended %s:\n%s", phase, log)
	}
}

// waitGivesUp: an Application that is never created, by sets that report why. Meanwhile, the sets are refreshed.
func waitGivesUp(t *T, environment, namespace string) {
	parameters := map[string]string{
		"namespace": namespace, "application-sets": t.sets(environment), "timeout-seconds": "20", "deadline-seconds": "120",
		"expect": `{"never": "` + versionOf(2) + `"}`,
	}
	if environment == "staging" {
		parameters["environment-application"], parameters["tree"] = namespace, strings.Repeat("a", 40)
	}
	workflow := t.shared("wait-gives-up-in-"+environment, "wait", parameters)
	t.complains(environment)
	phase, log := t.submit(workflow)
	if phase != "Failed" || !strings.Contains(log, "bench: no such file in "+environment) {
		t.Fatalf("the wait ended %s:\n%s", phase, log)
	}
	t.refreshed(environment, log)
}

// complains makes the ApplicationSets of an environment report an error.
func (t *T) complains(environment string) {
	status := fmt.Sprintf(`{"status": {"conditions": [{"type": "ErrorOccurred", "status": "True", "message": "bench: no such file in %s", "reason": "Bench", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}`, environment)
	for _, set := range strings.Fields(t.sets(environment)) {
		client := t.Plane.Dynamic.Resource(applicationSets).Namespace(accessArgo)
		_, err := client.Patch(t.Ctx, set, types.MergePatchType, []byte(status), metav1.PatchOptions{}, "status")
		if errors.IsNotFound(err) { // a definition without that subresource
			_, err = client.Patch(t.Ctx, set, types.MergePatchType, []byte(status), metav1.PatchOptions{})
		}
		t.Must(err)
	}
}

func (t *T) refreshed(environment, log string) {
	for _, set := range strings.Fields(t.sets(environment)) {
		asked, err := t.Plane.Dynamic.Resource(applicationSets).Namespace(accessArgo).Get(t.Ctx, set, metav1.GetOptions{})
		t.Must(err)
		if asked.GetAnnotations()["argocd.argoproj.io/application-set-refresh"] != "true" {
			t.Fatalf("%s was not asked to look again:\n%s", set, log)
		}
	}
}

// gone: nothing is left of the environment.
func gone(t *T) {
	phase, log := t.submit(t.shared("gone", "gone", map[string]string{
		"namespace": versionOf(3), "application-sets": t.sets("staging"), "timeout-seconds": "60",
	}))
	if phase != "Succeeded" {
		t.Fatalf("it ended %s:\n%s", phase, log)
	}
}

// goneGivesUp: an Application that is never deleted. Its sets are refreshed, and then their errors are reported.
func goneGivesUp(t *T) {
	workflow := t.shared("gone-gives-up", "gone", map[string]string{
		"namespace": versionOf(6), "application-sets": t.sets("staging"), "timeout-seconds": "20",
	})
	t.complains("staging")
	t.Apply(t.application("staging", versionOf(6), "web", versionOf(6)), "")
	phase, log := t.submit(workflow)
	if phase != "Failed" || !strings.Contains(log, "bench: no such file in staging") {
		t.Fatalf("it ended %s:\n%s", phase, log)
	}
	t.refreshed("staging", log)
}

// held creates an Application whose deletion waits for an operation, and deletes it when the operation is terminated.
func (t *T) held(number int) *unstructured.Unstructured {
	application := t.application("staging", versionOf(number), "web", versionOf(number))
	application.SetFinalizers([]string{"resources-finalizer.argocd.argoproj.io"})
	application.Object["operation"] = map[string]any{"sync": map[string]any{"prune": true}}
	t.Must(unstructured.SetNestedField(application.Object, "Running", "status", "operationState", "phase"))
	unstructured.RemoveNestedField(application.Object, "status", "operationState", "finishedAt")
	t.Apply(application, "")
	client := t.Plane.Dynamic.Resource(applications).Namespace(accessArgo)
	t.Must(client.Delete(t.Ctx, application.GetName(), metav1.DeleteOptions{}))
	done := make(chan struct{})
	t.Cleanup(func() { <-done })
	go func() {
		defer close(done)
		for t.Ctx.Err() == nil {
			now, err := client.Get(t.Ctx, application.GetName(), metav1.GetOptions{})
			if err == nil && text(now.Object, "status", "operationState", "phase") == "Terminating" {
				_, _ = client.Patch(t.Ctx, application.GetName(), types.MergePatchType, []byte(`{"metadata": {"finalizers": null}}`), metav1.PatchOptions{})
				return
			}
			time.Sleep(300 * time.Millisecond)
		}
	}()
	return application
}

// goneEndsAnOperation: an operation that keeps a deleted Application is terminated.
func goneEndsAnOperation(t *T) {
	workflow := t.shared("gone-ends-an-operation", "gone", map[string]string{
		"namespace": versionOf(4), "application-sets": t.sets("staging"), "timeout-seconds": "120",
	})
	t.held(4)
	if phase, log := t.submit(workflow); phase != "Succeeded" {
		t.Fatalf("it ended %s:\n%s", phase, log)
	}
}

// janitor: it finds what is left of an environment whose manifest was deleted an hour ago, terminates the operation that
// keeps it, and fails so that it is noticed.
func janitor(t *T) {
	t.access()
	t.Workflows()
	file := "access/staging/" + versionOf(5) + ".json"
	git := t.Hosts().Git
	for i, content := range []string{"{}", ""} {
		_, err := git.CommitAt("bench/access", "dev@bench.io", "bench", time.Now().Add(time.Duration(i-2)*time.Hour), map[string]string{file: content, "README.md": fmt.Sprint(i)}, nil)
		t.Must(err)
	}
	application := t.held(5)
	// An Application of an environment that this project's git never had belongs to somebody else.
	stranger := t.held(7)
	cron, err := t.Plane.Dynamic.Resource(cronWorkflows).Namespace(accessPipelines).Get(t.Ctx, "pipelinec-janitor", metav1.GetOptions{})
	t.Must(err)
	phase, log := t.submit(workflowOf(accessPipelines, "janitor", at(cron.Object, "spec", "workflowSpec").(map[string]any)))
	if phase != "Failed" || !strings.Contains(log, application.GetName()+": its operation was still running, and was terminated") {
		t.Fatalf("it ended %s:\n%s", phase, log)
	}
	now, err := t.Plane.Dynamic.Resource(applications).Namespace(accessArgo).Get(t.Ctx, stranger.GetName(), metav1.GetOptions{})
	if err != nil || text(now.Object, "status", "operationState", "phase") != "Running" || strings.Contains(log, stranger.GetName()) {
		t.Fatalf("an environment without a manifest in the history is not this project's, and was not left alone:\n%s", log)
	}
}

// restart: a run that was started from templates of two builds starts again from the current ones.
func restart(t *T) {
	revision := strings.Repeat("b", 40)
	phase, log := t.submit(t.shared("restart", "restart", map[string]string{
		"revision": revision, "force": "true", "reason": "mixed", "pipeline": "web", "pipeline-digest": strings.Repeat("c", 64),
	}))
	if phase != "Succeeded" {
		t.Fatalf("it ended %s:\n%s", phase, log)
	}
	found, err := t.Plane.Dynamic.Resource(workflows).Namespace(accessPipelines).List(t.Ctx, metav1.ListOptions{})
	t.Must(err)
	for _, workflow := range found.Items {
		if text(workflow.Object, "spec", "arguments", "parameters", 0, "value") == revision && text(workflow.Object, "spec", "workflowTemplateRef", "name") == "web" {
			return
		}
	}
	t.Fatalf("there is no new Workflow of that commit:\n%s", log)
}
