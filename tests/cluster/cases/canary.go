package cases

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"pipelinec.dev/bench/hosts"
)

const canaryProduction = "canary-production"

// canaries: what is compiled for a canary, through the real controller, with a Prometheus whose responses a case sets.
func canaries() Suite {
	values := func(values ...string) hosts.Answer { return hosts.Answer{Values: values} }
	suite := Suite{Name: "canary", Cases: []Case{
		{Name: "canary/first", Fast: true, Run: canaryFirst},
		{Name: "canary/unrouted", Fast: true, Run: func(t *T) { passes(t, "unrouted", values("0.01")) }},
		{Name: "canary/unrouted-bad", Fast: true, Run: func(t *T) { aborts(t, "unrouted-bad", values("0.9")) }},
		{Name: "canary/unreachable-and-short", Fast: true, Run: canaryShort},
		{Name: "canary/restarted", Fast: true, Run: canaryRestarted},
		{Name: "canary/autoscaled", Fast: true, Run: autoscaled},
		{Name: "canary/approved", Fast: true, Run: canaryApproved},
	}}
	for _, c := range []struct {
		name   string
		answer hosts.Answer
		good   bool
	}{
		{"good", values("0.01"), true},
		{"bad", values("0.9"), false},
		{"nan", values("NaN"), false},
		{"nan-passes", values("NaN"), true},
		{"empty", values(), false},
		{"empty-passes", values(), true},
		{"several", values("0.01", "0.9"), false},
		{"several-good", values("0.01", "0.02"), true},
		{"unreachable", hosts.Answer{Away: true}, false},
	} {
		suite.Cases = append(suite.Cases, Case{Name: "canary/" + c.name, Fast: true, Run: func(t *T) {
			if c.good {
				passes(t, c.name, c.answer)
			} else {
				aborts(t, c.name, c.answer)
			}
		}})
	}
	return suite
}

// canary is one in progress.
type canary struct {
	t    *T
	app  string
	stop chan struct{}
	over sync.WaitGroup

	mu     sync.Mutex
	shares []float64 // of the callers that the new version has answered, as they changed
}

// stable deploys the first version of an app, which is ready at once.
func (t *T) stable(app string, objects []*unstructured.Unstructured) {
	t.Kubelet()
	t.Rollouts()
	t.Must(t.Namespace(t.Ctx, canaryProduction))
	t.bring(objects, canaryProduction, "one")
	t.Until(2*time.Minute, "the first version is healthy", func() (bool, string) { return t.healthy(app, "one") })
}

// change deploys the second version, and Prometheus responds with these values.
func (t *T) change(app string, answer hosts.Answer, objects ...*unstructured.Unstructured) *canary {
	if objects == nil {
		objects = t.appObjects("canary", app, "production")
	}
	t.stable(app, objects)
	t.Hosts().Prometheus.Answer(`service="`+app, answer)
	t.bring(objects, canaryProduction, "two")
	c := &canary{t: t, app: app, stop: make(chan struct{})}
	c.over.Go(c.watch)
	return c
}

// healthy reports whether all pods of a Rollout have a version, and the controller reports no problem.
func (t *T) healthy(app, version string) (bool, string) {
	rollout := t.rollout(canaryProduction, app)
	status := rollout.Object["status"]
	words := fmt.Sprintf("%s %s, step %v, share %.2f", text(status, "phase"), text(status, "message"), at(status, "currentStepIndex"), t.share(app, "two"))
	return text(status, "phase") == "Healthy" && text(status, "observedGeneration") == fmt.Sprint(rollout.GetGeneration()) &&
		text(status, "stableRS") == text(status, "currentPodHash") && t.share(app, version) == 1, words
}

// watch records which share of the callers the new version answers.
func (c *canary) watch() {
	for {
		share := c.t.share(c.app, "two")
		c.mu.Lock()
		if len(c.shares) == 0 || c.shares[len(c.shares)-1] != share {
			c.shares = append(c.shares, share)
		}
		c.mu.Unlock()
		select {
		case <-c.stop:
			return
		case <-c.t.Ctx.Done():
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
}

func (c *canary) end() []float64 {
	close(c.stop)
	c.over.Wait()
	return c.shares
}

// share of the callers of an app that a version answers: those of its TraefikService by weight, else those of its Service,
// each pod of that Service equally.
func (t *T) share(app, version string) float64 {
	route, err := t.Plane.Dynamic.Resource(traefikServices).Namespace(canaryProduction).Get(t.Ctx, app, metav1.GetOptions{})
	if err != nil {
		return t.shareOfService(app, version)
	}
	all, its := 0.0, 0.0
	for _, service := range items(route.Object, "spec", "weighted", "services") {
		weight, given := at(service, "weight").(int64)
		if !given {
			weight = 1
		}
		all += float64(weight)
		if weight > 0 {
			its += float64(weight) * t.shareOfService(text(service, "name"), version)
		}
	}
	if all == 0 {
		return 0
	}
	return its / all
}

func (t *T) shareOfService(service, version string) float64 {
	slices, err := t.Plane.Client.DiscoveryV1().EndpointSlices(canaryProduction).List(t.Ctx, metav1.ListOptions{LabelSelector: "kubernetes.io/service-name=" + service})
	if err != nil {
		return 0
	}
	all, its := 0.0, 0.0
	for _, slice := range slices.Items {
		for _, endpoint := range slice.Endpoints {
			if endpoint.Conditions.Ready == nil || !*endpoint.Conditions.Ready || endpoint.TargetRef == nil {
				continue
			}
			pod, err := t.Plane.Client.CoreV1().Pods(canaryProduction).Get(t.Ctx, endpoint.TargetRef.Name, metav1.GetOptions{})
			if err != nil {
				continue
			}
			all++
			if pod.Spec.Containers[0].Image == imageOf(version) {
				its++
			}
		}
	}
	if all == 0 {
		return 0
	}
	return its / all
}

// passes: the new version gets its weight step by step, and all traffic in the end.
func passes(t *T, app string, answer hosts.Answer) {
	c := t.change(app, answer)
	c.passes()
}

func (c *canary) passes() {
	t := c.t
	t.Until(4*time.Minute, "the new version is healthy", func() (bool, string) {
		if ended, words := t.aborted(c.app); ended {
			t.Fatalf("the canary was aborted: %s", words)
		}
		return t.healthy(c.app, "two")
	})
	shares := c.end()
	for _, wanted := range []float64{0.25, 0.5} {
		met := false
		for _, share := range shares {
			met = met || share == wanted
		}
		if !met {
			t.Fatalf("the new version never answered %v of the callers; it answered %v", wanted, shares)
		}
	}
	if asked := t.Hosts().Prometheus.Asked(`service="` + c.app); asked < 3 {
		t.Fatalf("Prometheus was asked %d times: the new version passed unasked", asked)
	}
}

func (t *T) aborted(app string) (bool, string) {
	status := t.rollout(canaryProduction, app).Object["status"]
	aborted, _ := at(status, "abort").(bool)
	return aborted && text(status, "phase") == "Degraded", text(status, "message")
}

// aborts: the new version answers some callers, and then none.
func aborts(t *T, app string, answer hosts.Answer, objects ...*unstructured.Unstructured) {
	c := t.change(app, answer, objects...)
	t.Until(4*time.Minute, "the canary is aborted", func() (bool, string) {
		if ended, words := t.healthy(app, "two"); ended {
			t.Fatalf("the new version is healthy, and has everybody: %s", words)
		}
		return t.aborted(app)
	})
	t.Until(time.Minute, "the old version answers everybody", func() (bool, string) {
		share := t.share(app, "one")
		return share == 1, fmt.Sprint(share)
	})
	for _, share := range c.end() {
		if share > 0.5 {
			t.Fatalf("the new version answered %v of the callers, after steps of 0.25 and 0.5", share)
		}
	}
}

// canaryFirst: a first delivery is healthy without any measurement, and never invalid in between.
func canaryFirst(t *T) {
	app := "first"
	t.Hosts().Prometheus.Answer(`service="`+app, hosts.Answer{Values: []string{"0.9"}})
	t.Kubelet()
	t.Rollouts()
	t.Must(t.Namespace(t.Ctx, canaryProduction))
	watch := make(chan string, 1)
	go func() {
		for t.Ctx.Err() == nil {
			rollout, err := t.Plane.Dynamic.Resource(rollouts).Namespace(canaryProduction).Get(t.Ctx, app, metav1.GetOptions{})
			if err == nil {
				for _, condition := range items(rollout.Object, "status", "conditions") {
					if text(condition, "type") == "InvalidSpec" {
						watch <- text(condition, "message")
						return
					}
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	t.bring(t.appObjects("canary", app, "production"), canaryProduction, "one")
	t.Until(2*time.Minute, "the first version is healthy", func() (bool, string) { return t.healthy(app, "one") })
	select {
	case words := <-watch:
		t.Fatalf("the Rollout was invalid for a while, which Argo CD calls Degraded: %s", words)
	default:
	}
}

// canaryRestarted: another controller continues where the first was.
func canaryRestarted(t *T) {
	c := t.change("restarted", hosts.Answer{Values: []string{"0.01"}})
	t.Until(2*time.Minute, "the canary is at its second step", func() (bool, string) {
		step := at(t.rollout(canaryProduction, "restarted").Object, "status", "currentStepIndex")
		return step == int64(1), fmt.Sprint(step)
	})
	t.Rollouts().restart(t)
	c.passes()
}

// canaryShort: pauses in which an unreachable Prometheus could not be distinguished from a good result are rejected by the
// compiler, or the canary is aborted all the same.
func canaryShort(t *T) {
	tree, err := t.compile("short")
	if err != nil {
		if !strings.Contains(err.Error(), "E0408") {
			t.Fatalf("%v", err)
		}
		return
	}
	aborts(t, "short", hosts.Answer{Away: true}, t.Objects(filepath.Join(tree, "apps", "short", "production"))...)
}

// canaryApproved: it keeps its weight until somebody promotes it, as `kubectl argo rollouts promote` does.
func canaryApproved(t *T) {
	app := "approved"
	c := t.change(app, hosts.Answer{Values: []string{"0.01"}})
	client := t.Plane.Dynamic.Resource(rollouts).Namespace(canaryProduction)
	var since time.Time
	t.Until(2*time.Minute, "the canary waits for somebody", func() (bool, string) {
		status := t.rollout(canaryProduction, app).Object["status"]
		step := at(status, "currentStepIndex")
		if step != int64(2) || text(status, "phase") != "Paused" {
			since = time.Time{}
		} else if since.IsZero() {
			since = time.Now()
		}
		// Longer than any of its other pauses.
		return !since.IsZero() && time.Since(since) > 15*time.Second, fmt.Sprint(step, " ", text(status, "phase"))
	})
	if share := t.share(app, "two"); share != 0.25 {
		t.Fatalf("the new version answers %v of the callers while it waits", share)
	}
	_, err := client.Patch(t.Ctx, app, types.MergePatchType, []byte(`{"status": {"pauseConditions": null}}`), metav1.PatchOptions{}, "status")
	t.Must(err)
	c.passes()
}
