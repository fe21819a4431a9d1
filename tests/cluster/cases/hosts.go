package cases

import (
	"context"
	"net/http"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"pipelinec.dev/bench/hosts"
)

const (
	hostsPipelines = "hosts-pipeline"
	gitlabSecret   = "bench-secret-of-gitlab"
)

// severalHosts: one project with a repository of the same name on GitHub and on GitLab. Each push goes to the EventSource of
// its host, which accepts what that host signs and nothing else, and becomes a Workflow of its own pipeline.
func severalHosts() Suite {
	suite := Suite{Name: "hosts"}
	for _, c := range []struct {
		name string
		send func(gitlab, github *hook)
	}{
		{"gitlab", func(gitlab, github *hook) {}},
		{"gitlab-wrong-token", func(gitlab, github *hook) { gitlab.refused(gitlab.post(gitlab.payload(1), "another-token", "")) }},
		{"gitlab-no-token", func(gitlab, github *hook) { gitlab.refused(gitlab.post(gitlab.payload(1), "", "")) }},
		{"gitlab-tag", func(gitlab, github *hook) {
			gitlab.taken(gitlab.post(gitlab.payload(1, set("object_kind", "tag_push"), set("ref", "refs/tags/main")), gitlabSecret, ""))
		}},
		{"gitlab-deletion", func(gitlab, github *hook) {
			gitlab.taken(gitlab.post(gitlab.payload(1, set("checkout_sha", nil), set("after", strings.Repeat("0", 40))), gitlabSecret, ""))
		}},
		// What one host signs is nothing at the other, and what GitLab could send to GitHub's EventSource neither.
		{"secret-of-the-other", func(gitlab, github *hook) {
			gitlab.refused(gitlab.post(gitlab.payload(1), secret, ""))
			github.refused(github.post(github.payload(1), gitlabSecret, "push"))
		}},
	} {
		suite.Cases = append(suite.Cases, Case{Name: "hosts/" + c.name, Fast: true, Run: func(t *T) {
			gitlab, github := t.severalHooks(c.name)
			c.send(gitlab, github)
			gitlab.expect(2, 1)
			github.expect(2, 1)
		}})
	}
	return suite
}

// severalHooks is that project, running.
func (t *T) severalHooks(name string) (*hook, *hook) {
	t.Steps()
	receivers := t.receivers.get(t, func(context.Context) ([2]receiver, error) {
		t.credentials(hostsPipelines, "github", "gitops")
		_, err := t.Plane.Client.CoreV1().Secrets(hostsPipelines).Create(t.Ctx, &v1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "gitlab"},
			StringData: map[string]string{"token": hosts.ReadingToken, "webhookSecret": gitlabSecret}}, metav1.CreateOptions{})
		if err != nil && !errors.IsAlreadyExists(err) {
			return [2]receiver{}, err
		}
		suspended := func(template *unstructured.Unstructured) error {
			return unstructured.SetNestedField(template.Object, true, "spec", "suspend")
		}
		if err := t.install(t.Spec("hosts"), map[string]func(*unstructured.Unstructured) error{
			"WorkflowTemplate/shop": suspended, "WorkflowTemplate/cart": suspended,
		}); err != nil {
			return [2]receiver{}, err
		}
		urls := t.events("hosts", hostsPipelines, "github", "gitlab")
		ofGitLab := gitlab(urls["hosts-gitlab"], hostsPipelines, "cart", "bench/shop")
		ofGitHub := github(urls["hosts-github"], hostsPipelines, "shop", "bench/shop")
		t.heard("cart", ofGitLab)
		t.heard("shop", ofGitHub)
		return [2]receiver{ofGitLab, ofGitHub}, nil
	})
	return &hook{t, name, receivers[0]}, &hook{t, name + " on github", receivers[1]}
}

// gitlab is a repository on GitLab, which sends its secret as it is.
func gitlab(url, namespace, pipeline, repository string) receiver {
	return receiver{url: url, namespace: namespace, pipeline: pipeline, key: gitlabSecret,
		sign: func(request *http.Request, _ []byte, key string) {
			request.Header.Set("X-Gitlab-Token", key)
			request.Header.Set("X-Gitlab-Event", "Push Hook")
		},
		push: func(sha string) map[string]any {
			commit := commitOf("dev@bench.io", "app/main.go")
			commit["id"], commit["message"] = sha, "a change"
			return map[string]any{
				"object_kind": "push", "ref": "refs/heads/main", "before": strings.Repeat("1", 40), "after": sha,
				"checkout_sha": sha, "commits": []any{commit}, "total_commits_count": 1,
				"project": map[string]any{"path_with_namespace": repository},
			}
		}}
}
