package cases

import (
	"context"
	"io"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argoproj/argo-workflows/v4/pkg/client/clientset/versioned"
	"github.com/argoproj/argo-workflows/v4/pkg/client/clientset/versioned/typed/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v4/util/logging"
	"github.com/argoproj/argo-workflows/v4/workflow/hydrator/fake"
	"github.com/argoproj/argo-workflows/v4/workflow/util"
)

// approvals: what people do with a run that waits for them, as `argo` and the Argo server do it.
func approvals() Suite {
	return Suite{Name: "approval", Cases: []Case{
		{Name: "approval/given", Fast: true, Run: approvalGiven},
		{Name: "approval/refused", Fast: true, Run: approvalRefused},
		{Name: "approval/expired", Fast: true, Run: approvalExpired},
		{Name: "approval/resumed", Fast: true, Run: approvalResumed},
		{Name: "approval/resumed-alone", Fast: true, Run: approvalResumedAlone},
		{Name: "approval/stopped", Fast: true, Run: approvalStopped},
	}}
}

const askedPipelines = "asked-pipeline"

var asked sync.Once
var askedCommit string

// asked starts a run of a pipeline that asks people. Its first step is that of the delivery.
func (t *T) asked(pipeline, name string) *question {
	t.Workflows()
	tree := t.Spec("asked")
	asked.Do(func() {
		t.credentials(askedPipelines, "github", "gitops")
		t.Must(t.install(tree, nil))
		commit, err := t.Hosts().Git.Commit("bench/asked-app", "dev@bench.io", "an app", map[string]string{"Dockerfile": "FROM scratch\n"}, nil)
		t.Must(err)
		_, err = t.Hosts().Git.Commit("bench/asked", "dev@bench.io", "the tree", nil, map[string]string{"generated/asked": tree})
		t.Must(err)
		askedCommit = commit
	})
	if askedCommit == "" {
		t.Fatalf("the project was not installed, for the reason that another case tells")
	}
	workflow := workflowOf(askedPipelines, name, map[string]any{"workflowTemplateRef": map[string]any{"name": pipeline},
		"arguments": map[string]any{"parameters": []any{map[string]any{"name": "sha", "value": askedCommit}}}})
	_, err := t.Plane.Dynamic.Resource(workflows).Namespace(askedPipelines).Create(t.Ctx, workflow, metav1.CreateOptions{FieldValidation: "Strict"})
	t.Must(err)
	return &question{T: t, name: name}
}

// question is a run that asks.
type question struct {
	*T
	name string
}

func (q *question) now() *unstructured.Unstructured {
	workflow, err := q.Plane.Dynamic.Resource(workflows).Namespace(askedPipelines).Get(q.Ctx, q.name, metav1.GetOptions{})
	q.Must(err)
	return workflow
}

// node is a step of the run.
func (q *question) node(name string) map[string]any {
	nodes, _ := at(q.now().Object, "status", "nodes").(map[string]any)
	for _, node := range nodes {
		if text(node, "displayName") == name {
			return node.(map[string]any)
		}
	}
	return nil
}

// waits until a step waits for people.
func (q *question) waits(step string) {
	q.Until(4*time.Minute, q.name+" asks", func() (bool, string) {
		workflow := q.now()
		if done, words := over(workflow); done {
			q.Fatalf("%s is over before it asks: %s\n%s", q.name, words, q.said())
		}
		return text(q.node(step), "phase") == "Running", busy(workflow)
	})
}

func (q *question) said() string {
	return q.Kubelet().Log(askedPipelines, q.name)
}

// ends waits for the end, which must have this phase, and these words in the output of the run.
func (q *question) ends(phase string, words ...string) {
	last := ""
	q.Until(4*time.Minute, q.name+" is over", func() (bool, string) {
		workflow := q.now()
		done, how := over(workflow)
		last = how
		return done, busy(workflow)
	})
	if !strings.HasPrefix(last, phase+" ") {
		q.Fatalf("%s ended %s, not %s\n%s", q.name, last, phase, q.said())
	}
	for _, word := range words {
		if !strings.Contains(q.said(), word) {
			q.Fatalf("%s does not say %q:\n%s", q.name, word, q.said())
		}
	}
}

// with does what `argo` does without a server.
func (q *question) with(do func(context.Context, v1alpha1.WorkflowInterface) error) {
	client, err := versioned.NewForConfig(q.Plane.Config)
	q.Must(err)
	ctx := logging.WithLogger(q.Ctx, logging.NewSlogLoggerCustom(logging.Warn, logging.Text, io.Discard))
	q.Must(do(ctx, client.ArgoprojV1alpha1().Workflows(askedPipelines)))
}

// set is `argo node set --output-parameter approved=…`.
func (q *question) set(step, answer string) {
	q.with(func(ctx context.Context, client v1alpha1.WorkflowInterface) error {
		return util.SetWorkflow(ctx, client, fake.Noop, q.name, "templateName="+step,
			util.SetOperationValues{OutputParameters: map[string]string{"approved": answer}})
	})
}

// resume is `argo resume`, of one step or of the whole run.
func (q *question) resume(selector string) {
	q.with(func(ctx context.Context, client v1alpha1.WorkflowInterface) error {
		return util.ResumeWorkflow(ctx, client, fake.Noop, q.name, selector)
	})
}

// approvalGiven: both questions need their own YES, and the message is shown as it was written.
func approvalGiven(t *T) {
	q := t.asked("asked", "given")
	q.waits("approve")
	message := text(q.node("approve"), "inputs", "parameters", 1, "value")
	if !strings.HasPrefix(message, "asked v2") || !strings.HasSuffix(message, ": { {workflow.uid}}") {
		t.Fatalf("those who decide are shown %q", message)
	}
	q.set("approve", "YES")
	q.resume("templateName=approve")
	q.waits("approve-2")
	q.set("approve-2", "YES")
	q.resume("templateName=approve-2")
	q.ends("Succeeded")
}

func approvalRefused(t *T) {
	q := t.asked("asked", "refused")
	q.waits("approve")
	q.set("approve", "NO")
	q.resume("templateName=approve")
	q.ends("Failed", "approve is not approved: the answer is NO")
	if node := q.node("approve-2"); node != nil {
		t.Fatalf("it continued after a refusal: %v", node)
	}
}

// approvalExpired: Argo Workflows ends the step with success.
func approvalExpired(t *T) {
	q := t.asked("hurried", "expired")
	q.ends("Failed", "nobody answered within 5s")
	if phase := text(q.node("approve"), "phase"); phase != "Succeeded" {
		t.Fatalf("the step itself ended %s", phase)
	}
}

// approvalResumed: a plain `argo resume` supplies the default.
func approvalResumed(t *T) {
	q := t.asked("asked", "resumed")
	q.waits("approve")
	q.resume("")
	q.ends("Failed", "approve is not approved: the answer is NO")
}

// approvalResumedAlone: one of the step alone supplies nothing, and the run does not wait for the missing output forever.
func approvalResumedAlone(t *T) {
	q := t.asked("asked", "resumed-alone")
	q.waits("approve")
	q.resume("templateName=approve")
	q.ends("Failed", "resumed without an answer")
}

func approvalStopped(t *T) {
	q := t.asked("asked", "stopped")
	q.waits("approve")
	q.with(func(ctx context.Context, client v1alpha1.WorkflowInterface) error {
		return util.StopWorkflow(ctx, client, fake.Noop, q.name, "", "")
	})
	q.ends("Failed")
}
