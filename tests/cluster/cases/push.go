package cases

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"pipelinec.dev/bench/plane"
)

// pushes: what GitHub would send, through the real EventSource, JetStream and the real Sensor. Each of the pushes that must
// not start a delivery is followed by one that does: once the Workflow of the latter exists, that of the former would, too.
func pushes() Suite {
	suite := Suite{Name: "push"}
	for _, c := range []struct {
		name string
		send func(*hook)
	}{
		{"becomes-a-workflow", func(*hook) {}},
		{"wrong-signature", func(h *hook) { h.refused(h.post(h.payload(1), "another-secret", "push")) }},
		{"no-signature", func(h *hook) { h.refused(h.post(h.payload(1), "", "push")) }},
		{"other-branch", func(h *hook) { h.taken(h.post(h.payload(1, set("ref", "refs/heads/feature")), secret, "push")) }},
		{"tag", func(h *hook) { h.taken(h.post(h.payload(1, set("ref", "refs/tags/v1")), secret, "push")) }},
		{"deletion", func(h *hook) {
			h.taken(h.post(h.payload(1, set("deleted", true), set("head_commit", nil), set("after", strings.Repeat("0", 40))), secret, "push"))
		}},
		{"own-commits", func(h *hook) {
			h.taken(h.post(h.payload(1, set("commits", []any{commitOf("pipelinec-bot@users.noreply.github.com", "app/main.go")})), secret, "push"))
		}},
		{"other-paths", func(h *hook) {
			h.taken(h.post(h.payload(1, set("commits", []any{commitOf("dev@bench.io", "docs/index.md")})), secret, "push"))
		}},
		{"skip-ci", func(h *hook) {
			h.taken(h.post(h.payload(1, set("head_commit", map[string]any{"message": "words [skip ci]"})), secret, "push"))
		}},
		{"other-event", func(h *hook) { h.taken(h.post(h.payload(1), secret, "issues")) }},
	} {
		suite.Cases = append(suite.Cases, Case{Name: "push/" + c.name, Fast: true, Run: func(t *T) {
			h := t.hook(c.name)
			c.send(h)
			h.expect(2, 1)
		}})
	}
	suite.Cases = append(suite.Cases, Case{Name: "push/redelivery", Fast: true, Run: func(t *T) {
		h := t.hook("redelivery")
		h.taken(h.post(h.payload(1), secret, "push"))
		h.taken(h.post(h.payload(1), secret, "push"))
		h.expect(2, 2)
	}})
	return suite
}

// secret is shared by GitHub and the EventSource.
const secret = "bench-webhook-secret"

// hook is the webhook of a repository, as one case uses it.
type hook struct {
	t    *T
	name string
	receiver
}

// receiver is where a host sends its pushes, and what comes of them.
type receiver struct {
	url, namespace, pipeline string
	// sign is what the host adds to a request, given the secret.
	sign func(request *http.Request, body []byte, key string)
	// payload is a push of the host.
	push func(sha string) map[string]any
	// key is the secret that the host shares with the EventSource.
	key string
}

// eventing is the running EventSource and Sensor of the project `access`.
type eventing struct {
	once     sync.Once
	receiver receiver
	err      any
}

func (t *T) hook(name string) *hook {
	t.Steps()
	t.access()
	t.eventing.once.Do(func() {
		defer func() { t.eventing.err = recover() }()
		urls := t.events("access", accessPipelines, "github")
		t.eventing.receiver = github(urls["access-github"], accessPipelines, "web", "bench/web")
		t.heard("web", t.eventing.receiver)
	})
	if t.eventing.err != nil {
		panic(t.eventing.err)
	}
	return &hook{t, name, t.eventing.receiver}
}

// github is a repository on GitHub.
func github(url, namespace, pipeline, repository string) receiver {
	return receiver{url: url, namespace: namespace, pipeline: pipeline, key: secret,
		sign: func(request *http.Request, body []byte, key string) {
			mac := hmac.New(sha256.New, []byte(key))
			mac.Write(body)
			request.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		},
		push: func(sha string) map[string]any {
			return map[string]any{
				"ref": "refs/heads/main", "before": strings.Repeat("1", 40), "after": sha, "deleted": false,
				"head_commit": map[string]any{"message": "a change"},
				"commits":     []any{commitOf("dev@bench.io", "app/main.go")},
				"repository":  map[string]any{"full_name": repository},
			}
		}}
}

// events starts what the objects of a project's tree say, as the controller of Argo Events would, and returns the address of
// each EventSource.
func (t *T) events(project, namespace string, secrets ...string) map[string]string {
	bus := t.Bus()
	urls := map[string]string{}
	for _, object := range t.Objects(filepath.Join(t.Spec(project), "events")) {
		kind := strings.ToLower(object.GetKind())
		if kind != "eventsource" && kind != "sensor" {
			continue
		}
		// A Service would forward to the port that the object names; on loopback, any free one will do.
		port, err := plane.FreePort()
		t.Must(err)
		for _, event := range at(object.Object, "spec").(map[string]any) {
			hooks, _ := event.(map[string]any)
			for _, hook := range hooks {
				if webhook, ok := at(hook, "webhook").(map[string]any); ok {
					webhook["port"] = fmt.Sprint(port)
					urls[object.GetName()] = fmt.Sprintf("http://127.0.0.1:%d%s", port, webhook["endpoint"])
				}
			}
		}
		content, err := json.Marshal(object)
		t.Must(err)
		t.contained(kind+"-"+object.GetName(), object.GetNamespace(), text(object.Object, "spec", "template", "serviceAccountName"),
			secrets, map[string]string{"object.json": string(content), "bus.json": bus},
			"events", kind, "/bench/input/object.json", "/bench/input/bus.json")
		if kind == "eventsource" {
			t.Until(time.Minute, "the EventSource listens", func() (bool, string) { return answers(port), "" })
		}
	}
	return urls
}

// heard waits until the Sensor of a receiver has subscribed.
func (t *T) heard(sensor string, to receiver) {
	// A Sensor receives only what is sent after it has subscribed: so pushes are sent until one becomes a Workflow.
	warm := &hook{t, "warm", to}
	number := 0
	client := t.Plane.Dynamic.Resource(workflows).Namespace(to.namespace)
	t.Until(2*time.Minute, "the Sensor hears", func() (bool, string) {
		if number%8 == 0 {
			warm.taken(warm.post(warm.payload(number), to.key, "push"))
		}
		number++
		heard, err := client.List(t.Ctx, metav1.ListOptions{})
		t.Must(err)
		return slices.ContainsFunc(heard.Items, func(workflow unstructured.Unstructured) bool {
			sha := text(workflow.Object, "spec", "arguments", "parameters", 0, "value")
			for sent := range number {
				if sha == warm.sha(sent) {
					return true
				}
			}
			return false
		}), t.Plane.Log("sensor-" + sensor)
	})
}

type change func(map[string]any)

func set(field string, value any) change {
	return func(payload map[string]any) { payload[field] = value }
}

func commitOf(author string, path string) map[string]any {
	return map[string]any{"author": map[string]any{"email": author}, "added": []any{}, "modified": []any{path}, "removed": []any{}}
}

// sha is the commit of the case's push of that number.
func (h *hook) sha(number int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", h.name, number))
	return hex.EncodeToString(sum[:])[:40]
}

// payload is a push to the branch that is delivered, changed as a case wants it.
func (h *hook) payload(number int, changes ...change) map[string]any {
	payload := h.push(h.sha(number))
	for _, change := range changes {
		change(payload)
	}
	return payload
}

func (h *hook) post(payload map[string]any, key, event string) int {
	body, err := json.Marshal(payload)
	h.t.Must(err)
	request, err := http.NewRequestWithContext(h.t.Ctx, http.MethodPost, h.url, bytes.NewReader(body))
	h.t.Must(err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-GitHub-Event", event)
	request.Header.Set("X-GitHub-Delivery", fmt.Sprintf("%s-%d", h.name, time.Now().UnixNano()))
	if key != "" {
		h.sign(request, body, key)
	}
	answer, err := http.DefaultClient.Do(request)
	h.t.Must(err)
	h.t.Must(answer.Body.Close())
	return answer.StatusCode
}

func (h *hook) taken(status int) {
	if status != http.StatusOK {
		h.t.Fatalf("the EventSource answers %d to a signed push", status)
	}
}

func (h *hook) refused(status int) {
	if status < 400 {
		h.t.Fatalf("the EventSource answers %d to a push that it must refuse", status)
	}
}

// expect sends the push that starts a delivery, waits for its Workflow, and counts those of this case.
func (h *hook) expect(number, workflowsInAll int) {
	t := h.t
	h.taken(h.post(h.payload(number), h.key, "push"))
	name := h.pipeline + "-" + h.sha(number)[:12]
	client := t.Plane.Dynamic.Resource(workflows).Namespace(h.namespace)
	t.Until(time.Minute, "the Workflow "+name+" is there", func() (bool, string) {
		workflow, err := client.Get(t.Ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		if sha := text(workflow.Object, "spec", "arguments", "parameters", 0, "value"); sha != h.sha(number) {
			t.Fatalf("the Workflow delivers %s instead of %s", sha, h.sha(number))
		}
		if template := text(workflow.Object, "spec", "workflowTemplateRef", "name"); template != h.pipeline {
			t.Fatalf("the Workflow is of the template %s", template)
		}
		return true, ""
	})
	found := 0
	for i := range number + 1 {
		if _, err := client.Get(t.Ctx, h.pipeline+"-"+h.sha(i)[:12], metav1.GetOptions{}); err == nil {
			found++
		}
	}
	if found != workflowsInAll {
		t.Fatalf("there are %d Workflows of these pushes, not %d", found, workflowsInAll)
	}
}
