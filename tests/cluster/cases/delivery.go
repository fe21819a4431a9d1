package cases

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// deliveries: complete deliveries of the examples, from the Workflow that a push creates to what is left in git and in
// every namespace. Each case has a separate project; all use one Argo CD and have environments of the same name.
func deliveries() Suite {
	return Suite{Name: "delivery", Cases: []Case{
		{Name: "delivery/minimal", Run: deliverMinimal},
		{Name: "delivery/canary", Run: deliverCanary},
		{Name: "delivery/chart", Run: deliverChart},
		{Name: "delivery/build-fails", Run: buildFails},
		{Name: "delivery/test-fails-in-staging", Run: testFailsInStaging},
		{Name: "delivery/test-fails-in-production", Run: testFailsInProduction},
		{Name: "delivery/analysis-fails", Run: analysisFails},
		{Name: "delivery/stopped", Run: stopped},
		{Name: "delivery/terminated", Run: terminated},
		{Name: "delivery/two-at-once", Run: twoAtOnce},
		{Name: "delivery/two-projects", Run: twoProjects},
		{Name: "delivery/git-away", Run: gitAway},
	}}
}

// deliverMinimal: the first, the second, the same again, and an older one.
func deliverMinimal(t *T) {
	p := t.onCluster(minimal, "plain")
	first := p.push(1)
	first.ends("Succeeded")
	p.holds(first)
	p.leavesNothing(first)
	second := p.push(2)
	second.ends("Succeeded")
	p.holds(second)
	p.leavesNothing(second)
	again, older := p.pushAs(2, "-again"), p.pushAs(0, "-older")
	again.ends("Succeeded")
	older.ends("Succeeded")
	p.leavesNothing(again, older)
	p.holds(second)
}

// deliverCanary: homelabping with the database that it needs; the second delivery is a canary that Argo CD leaves alone.
func deliverCanary(t *T) {
	p := t.onCluster(homelab, "canary-good")
	p.measures("0.01")
	first := p.push(1)
	first.ends("Succeeded")
	p.holds(first)
	p.leavesNothing(first)
	if entry := p.entryOf("homelabmaindb-cluster"); text(entry, "state") != "deployed" {
		t.Fatalf("the database that it needs is %v", entry)
	}
	_, err := t.Plane.Client.AppsV1().StatefulSets(p.production).List(t.Ctx, metav1.ListOptions{})
	t.Must(err)
	second := p.push(2)
	second.ends("Succeeded")
	p.holds(second)
	p.leavesNothing(second)
	if asked := t.Hosts().Prometheus.Asked("." + p.name + ".svc"); asked < 3 {
		t.Fatalf("Prometheus was asked %d times", asked)
	}
}

// deliverChart: the database's pipeline, together with a service that was delivered before.
func deliverChart(t *T) {
	p := t.onCluster(homelab, "chart")
	first := p.push(1)
	first.ends("Succeeded")
	// The first delivery has deployed the database at the head of its branch, so only a newer commit is a change.
	sha, err := t.Hosts().Git.Commit("chestercodes/homelab-maindb", "dev@bench.io", "a newer database", map[string]string{"cluster/values.all.yaml": "newer: true\n"}, nil)
	t.Must(err)
	chart := p.start("maindb-homelabmaindb-cluster", sha, "")
	chart.ends("Succeeded")
	entry := p.entryOf("homelabmaindb-cluster")
	if text(entry, "change") != chart.version || text(entry, "state") != "deployed" || text(entry, "revision") != chart.sha {
		t.Fatalf("production has not %s but %v", chart.version, entry)
	}
	p.leavesNothing(first, chart)
	p.holds(first)
}

// buildFails: nothing has started, so nothing is undone.
func buildFails(t *T) {
	p := t.onCluster(minimal, "broken-build")
	p.control("fail", "build-code")
	before := p.subjects()
	r := p.push(1)
	r.ends("Failed")
	p.leavesNothing(r)
	if entry := p.entry(); entry != nil {
		t.Fatalf("production has %v", entry)
	}
	if after := p.subjects(); !slices.Equal(before, after) {
		t.Fatalf("it has made commits: %v", after)
	}
	for step, phase := range nodes(r.now()) {
		if strings.HasPrefix(step, "gone") && phase != "Skipped" && phase != "Omitted" {
			t.Fatalf("%s ran (%s), although no environment was opened", step, phase)
		}
	}
}

// testFailsInStaging: production is not changed.
func testFailsInStaging(t *T) {
	p := t.onCluster(homelab, "bad-staging")
	p.control("fail", "test-functional-staging")
	r := p.push(1)
	r.ends("Failed")
	p.leavesNothing(r)
	if entry := p.entry(); entry != nil {
		t.Fatalf("production has %v", entry)
	}
}

// testFailsInProduction: after a successful canary, everything is rolled back.
func testFailsInProduction(t *T) {
	p := t.onCluster(homelab, "bad-production")
	p.measures("0.01")
	first := p.push(1)
	first.ends("Succeeded")
	p.control("fail", "test-functional-production")
	second := p.push(2)
	second.ends("Failed")
	p.leavesNothing(second)
	p.holds(first)
	p.rollBack(second)
}

// rollBack: the run has rolled back its app itself, and has waited until that was done.
func (p *project) rollBack(r *delivery) {
	if !slices.ContainsFunc(p.subjects(), func(subject string) bool { return strings.HasPrefix(subject, "roll back "+p.app+" in production") }) {
		p.Fatalf("%s was not rolled back: %v", r.version, p.subjects())
	}
	for step, phase := range nodes(r.now()) {
		if strings.HasPrefix(step, "restored-production") && phase != "Succeeded" {
			p.Fatalf("%s ended %s:\n%s", step, phase, r.said())
		}
	}
}

// analysisFails: the canary is aborted, and everything is rolled back.
func analysisFails(t *T) {
	p := t.onCluster(homelab, "canary-bad")
	first := p.push(1)
	first.ends("Succeeded")
	p.measures("0.9")
	second := p.push(2)
	second.ends("Failed")
	p.leavesNothing(second)
	p.holds(first)
	p.rollBack(second)
}

// stopped: `argo stop` in either environment lets the run clean up after itself.
func stopped(t *T) {
	p := t.onCluster(minimal, "stopped")
	first := p.push(1)
	first.ends("Succeeded")
	inStaging := p.push(2)
	inStaging.reaches("wait-staging")
	inStaging.shutDown("Stop")
	inStaging.ends("Failed")
	p.leavesNothing(inStaging)
	p.holds(first)
	inProduction := p.push(3)
	inProduction.reaches("wait")
	inProduction.shutDown("Stop")
	inProduction.ends("Failed")
	p.leavesNothing(inProduction)
	p.holds(first)
	p.rollBack(inProduction)
}

// terminated: after `argo terminate` the janitor does what the run could not.
func terminated(t *T) {
	p := t.onCluster(minimal, "terminated")
	first := p.push(1)
	first.ends("Succeeded")
	inStaging := p.push(2)
	inStaging.reaches("wait-staging")
	inStaging.shutDown("Terminate")
	inStaging.ends("Failed")
	p.sweeps("janitor-1", "Succeeded")
	p.leavesNothingSoon(inStaging)
	p.holds(first)
	inProduction := p.push(3)
	inProduction.reaches("wait")
	inProduction.shutDown("Terminate")
	inProduction.ends("Failed")
	if entry := p.entry(); text(entry, "state") != "deploying" {
		t.Fatalf("nothing should be cleaned up, but production has %v", entry)
	}
	p.sweeps("janitor-2", "Succeeded")
	p.leavesNothingSoon(inProduction)
	p.holds(first)
}

// twoAtOnce: both runs succeed, and production has the newer version.
func twoAtOnce(t *T) {
	p := t.onCluster(minimal, "twice")
	older, newer := p.push(1), p.push(2)
	older.ends("Succeeded")
	newer.ends("Succeeded")
	p.holds(newer)
	p.leavesNothing(older, newer)
}

// twoProjects: the janitor of one ignores the other, although their environments have the same name.
func twoProjects(t *T) {
	left, right := t.onCluster(minimal, "left"), t.onCluster(minimal, "right")
	r := left.push(1)
	r.reaches("wait-staging")
	log := right.sweeps("janitor-beside", "Succeeded")
	if strings.Contains(log, r.version) {
		t.Fatalf("the janitor of one project speaks of the other's environment:\n%s", log)
	}
	r.ends("Succeeded")
	left.holds(r)
	left.leavesNothing(r)
	left.sweeps("janitor-after", "Succeeded")
}

// gitAway: the GitOps repository does not respond for 15 seconds while Argo CD compares: Argo CD recovers soon
// after, so nothing fails and nothing is rolled back.
func gitAway(t *T) {
	p := t.onCluster(minimal, "away")
	r := p.push(1)
	for _, at := range []struct{ step, namespace string }{{"wait-staging", r.version}, {"wait", p.production}} {
		r.reaches(at.step)
		application := at.namespace + "-shop"
		t.Until(time.Minute, "the Application "+application+" is there", func() (bool, string) {
			_, err := t.Plane.Dynamic.Resource(applications).Namespace(argoNamespace).Get(t.Ctx, application, metav1.GetOptions{})
			return err == nil, ""
		})
		t.Hosts().Git.Away(p.gitops, true)
		p.forgotten()
		t.Until(time.Minute, "Argo CD misses the repository", func() (bool, string) {
			if done, words := over(r.now()); done {
				t.Fatalf("it is over: %s\n%s", words, r.said())
			}
			now, err := t.Plane.Dynamic.Resource(applications).Namespace(argoNamespace).Get(t.Ctx, application, metav1.GetOptions{})
			if err != nil {
				return false, err.Error()
			}
			missed := slices.ContainsFunc(items(now.Object, "status", "conditions"), func(condition any) bool {
				return text(condition, "type") == "ComparisonError"
			})
			// The run requests an ordinary refresh, which may replace this one, and for which Argo CD tolerates
			// an error of the repository for some minutes.
			if !missed {
				p.refresh(application, "hard")
			}
			return missed, text(now.Object, "status", "sync", "status")
		})
		time.Sleep(15 * time.Second)
		t.Hosts().Git.Away(p.gitops, false)
		p.refresh(application, "normal")
	}
	r.ends("Succeeded")
	p.holds(r)
	p.leavesNothing(r)
}

// forgotten: the repo-server has no copy of the GitOps repository any more, as after its restart.
func (p *project) forgotten() {
	clones := p.Plane.Path("argocd", "tmp", "_argocd-repo")
	entries, err := os.ReadDir(clones)
	p.Must(err)
	for _, entry := range entries {
		clone := filepath.Join(clones, entry.Name())
		config, err := os.ReadFile(filepath.Join(clone, ".git", "config"))
		if err == nil && strings.Contains(string(config), "github.com/"+p.gitops+".git") {
			p.Must(os.RemoveAll(filepath.Join(clone, ".git")))
		}
	}
}

// refresh asks Argo CD to compare an Application again.
func (p *project) refresh(application, how string) {
	patch := `{"metadata": {"annotations": {"argocd.argoproj.io/refresh": "` + how + `"}}}`
	p.Until(2*time.Minute, "the Application "+application+" is there", func() (bool, string) {
		_, err := p.Plane.Dynamic.Resource(applications).Namespace(argoNamespace).Patch(p.Ctx, application, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		if err != nil {
			return false, err.Error()
		}
		return true, ""
	})
}
