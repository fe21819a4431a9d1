package cases

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"pipelinec.dev/bench/hosts"
)

// project is one of the examples under a unique name, so that several can be on one cluster: its name, its namespaces and
// its GitOps repository are renamed, and the pauses of a canary are shorter. It has a separate git history.
type project struct {
	*T
	name       string
	app        string // that is delivered
	pipeline   string
	source     string // its repository
	target     string
	pipelines  string // namespaces
	production string
	gitops     string // repository
}

// example describes one of the examples.
type example struct {
	folder, project, target, gitops, app, source, reading, writing string
	secrets                                                        map[string][]string // that must exist in both namespaces
}

var (
	minimal = example{folder: "minimal", project: "acme", gitops: "acme/gitops", app: "shop", source: "acme/shop", reading: "github", writing: "gitops"}
	homelab = example{folder: "homelab", project: "homelab", target: "homelab", gitops: "chestercodes/homelab-apps", app: "homelabping",
		source: "chestercodes/homelab-ping", reading: "github-creds", writing: "gitops-creds",
		secrets: map[string][]string{"maindb-postgresql": {"postgres-password", "migrations-password", "exporter-password", "pingapp-password"}}}
)

// sources are the repositories of the examples' apps, with what a build or a chart needs to be there.
var sources = map[string]map[string]string{
	"acme/shop":                   {"Dockerfile": "FROM scratch\n"},
	"chestercodes/homelab-ping":   {"app/Dockerfile": "FROM scratch\n", "deploy/dashboards/dashboard.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dashboard}\ndata: {}\n"},
	"chestercodes/homelab-maindb": {"cluster/Chart.yaml": chart("cluster"), "exporter/Chart.yaml": chart("exporter")},
}

func chart(name string) string {
	return fmt.Sprintf("apiVersion: v2\nname: %s\nversion: 1.0.0\n", name)
}

var sourcesOnce sync.Once

// commits of each source repository, the oldest first.
var commits = map[string][]string{}

// withSources fills the source repositories with four commits each.
func (t *T) withSources() {
	sourcesOnce.Do(func() {
		for repository, files := range sources {
			if repository == "chestercodes/homelab-maindb" {
				for _, folder := range []string{"cluster", "exporter"} {
					for _, values := range []string{"all", "base", "staging", "persistence", "homelab", "prod"} {
						files[folder+"/values."+values+".yaml"] = "{}\n"
					}
				}
			}
			for i := range 4 {
				files["CHANGES"] = strings.Repeat("change\n", i+1)
				commit, err := t.Hosts().Git.Commit(repository, "dev@bench.io", fmt.Sprintf("change %d", i), files, nil)
				t.Must(err)
				commits[repository] = append(commits[repository], commit)
			}
		}
	})
}

// onCluster deploys an example to the cluster as its README says: the tree is committed, the Secrets are created, and the
// one file is applied from which Argo CD reads the rest.
func (t *T) onCluster(e example, name string) *project {
	t.Workflows()
	t.Rollouts()
	t.withSources()
	t.ArgoCD()
	p := &project{T: t, name: name, app: e.app, pipeline: e.app, source: e.source, target: e.target, pipelines: name + "-pipeline",
		production: name + "-production", gitops: "bench/" + name}
	if p.target == "" {
		p.target = name
	}
	p.commitTree(e)
	p.credentials(p.pipelines, e.reading, e.writing)
	for secret, keys := range e.secrets {
		for _, namespace := range []string{p.pipelines, p.production} {
			t.Must(t.Namespace(t.Ctx, namespace))
			data := map[string]string{}
			for _, key := range keys {
				data[key] = "a password"
			}
			_, err := t.Plane.Client.CoreV1().Secrets(namespace).Create(t.Ctx, &v1.Secret{ObjectMeta: metav1.ObjectMeta{Name: secret}, StringData: data}, metav1.CreateOptions{})
			t.Must(err)
		}
	}
	bootstrap, err := os.ReadFile(filepath.Join(t.Plane.Folder, "deliveries", name, "tree", p.target, "bootstrap.yaml"))
	t.Must(err)
	objects, err := decode(bootstrap)
	t.Must(err)
	for _, object := range objects {
		t.Apply(object, "")
	}
	t.Until(4*time.Minute, "the tree of "+name+" is synced", func() (bool, string) {
		application, err := t.Plane.Dynamic.Resource(applications).Namespace(argoNamespace).Get(t.Ctx, name+"-bootstrap", metav1.GetOptions{})
		t.Must(err)
		words, _ := json.Marshal(map[string]any{"sync": at(application.Object, "status", "sync", "status"), "conditions": at(application.Object, "status", "conditions"),
			"operation": at(application.Object, "status", "operationState", "message")})
		return text(application.Object, "status", "sync", "status") == "Synced", string(words)
	})
	return p
}

// commitTree compiles the example under its name and commits the result.
func (p *project) commitTree(e example) {
	folder := filepath.Join(p.Plane.Folder, "deliveries", p.name)
	specs, tree := filepath.Join(folder, "specs"), filepath.Join(folder, "tree")
	p.Must(os.MkdirAll(specs, 0o755))
	files, err := filepath.Glob(filepath.Join(p.Repository, "examples", e.folder, "*.pipe"))
	p.Must(err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		p.Must(err)
		p.Must(os.WriteFile(filepath.Join(specs, filepath.Base(file)), []byte(p.renamed(e, string(content))), 0o644))
	}
	_, err = Command(p.Ctx, "", p.Pipelinec, "build", specs, "-o", tree)
	p.Must(err)
	_, err = p.Hosts().Git.Commit(p.gitops, "dev@bench.io", "the tree", nil, map[string]string{"generated/" + p.target: filepath.Join(tree, p.target)})
	p.Must(err)
}

var laptop = regexp.MustCompile(`(?s)\ntarget laptop \{.*?\n\}\n`)

func (p *project) renamed(e example, spec string) string {
	spec = laptop.ReplaceAllString(spec, "\n")
	spec = strings.Replace(spec, "project "+e.project+" {", fmt.Sprintf("project %s {\n  namespace = %q", p.name, p.pipelines), 1)
	spec = strings.Replace(spec, "environment production\n", fmt.Sprintf("environment production { namespace = %q }\n", p.production), 1)
	spec = strings.ReplaceAll(spec, "github.com/"+e.gitops, "github.com/"+p.gitops)
	spec = strings.ReplaceAll(spec, ".monitoring.svc", "."+p.name+".svc") // a separate Prometheus
	// A canary of one minute, whose analysis uses a shorter range.
	return strings.NewReplacer("60s", "20s", "[1m]", "[20s]", "metrics { port = 9090 }", "metrics { port = 9090, every = 5s }").Replace(spec)
}

// push creates the Workflow that the Sensor would create for a commit.
func (p *project) push(number int) *delivery {
	return p.pushAs(number, "")
}

// pushAs is a push whose Workflow has another name, as when it is submitted by hand.
func (p *project) pushAs(number int, suffix string) *delivery {
	return p.start(p.pipeline, commits[p.source][number], suffix)
}

// start creates the Workflow of a pipeline for a commit.
func (p *project) start(pipeline, sha, suffix string) *delivery {
	sensor, err := p.Plane.Dynamic.Resource(sensors).Namespace(p.pipelines).Get(p.Ctx, pipeline, metav1.GetOptions{})
	p.Must(err)
	workflow := triggered(sensor)[0]
	workflow.SetName(workflow.GetName() + sha[:12] + suffix)
	p.Must(unstructured.SetNestedSlice(workflow.Object, []any{map[string]any{"name": "sha", "value": sha}}, "spec", "arguments", "parameters"))
	created, err := p.Plane.Dynamic.Resource(workflows).Namespace(p.pipelines).Create(p.Ctx, workflow, metav1.CreateOptions{FieldValidation: "Strict"})
	p.Must(err)
	stamp := created.GetCreationTimestamp().UTC().Format("20060102150405")
	return &delivery{project: p, name: created.GetName(), sha: sha, version: fmt.Sprintf("v%s-%.6s", stamp, created.GetUID())}
}

// delivery is one run of a pipeline.
type delivery struct {
	*project
	name, sha, version string
}

func (r *delivery) now() *unstructured.Unstructured {
	workflow, err := r.Plane.Dynamic.Resource(workflows).Namespace(r.pipelines).Get(r.Ctx, r.name, metav1.GetOptions{})
	r.Must(err)
	return workflow
}

// nodes are the phases of the steps.
func nodes(workflow *unstructured.Unstructured) map[string]string {
	phases := map[string]string{}
	nodes, _ := at(workflow.Object, "status", "nodes").(map[string]any)
	for _, node := range nodes {
		if kind := text(node, "type"); kind == "Pod" || kind == "Skipped" || kind == "Retry" {
			phases[text(node, "displayName")] = text(node, "phase")
		}
	}
	return phases
}

// reaches waits until a step runs.
func (r *delivery) reaches(step string) {
	r.Until(10*time.Minute, r.name+" is at "+step, func() (bool, string) {
		workflow := r.now()
		if done, words := over(workflow); done {
			r.Fatalf("%s is over before it was at %s: %s\n%s", r.name, step, words, r.said())
		}
		return nodes(workflow)[step] == "Running", busy(workflow)
	})
}

func over(workflow *unstructured.Unstructured) (bool, string) {
	phase := text(workflow.Object, "status", "phase")
	return slices.Contains([]string{"Succeeded", "Failed", "Error"}, phase), phase + " " + text(workflow.Object, "status", "message")
}

// busy are the steps that are neither waiting nor finished.
func busy(workflow *unstructured.Unstructured) string {
	var running []string
	for step, phase := range nodes(workflow) {
		if phase != "Succeeded" && phase != "Skipped" && phase != "Omitted" {
			running = append(running, step+" "+phase)
		}
	}
	slices.Sort(running)
	return strings.Join(running, ", ")
}

// said is the output of the steps.
func (r *delivery) said() string {
	return r.Kubelet().Log(r.pipelines, r.name)
}

// ends waits for the end, which must have this phase.
func (r *delivery) ends(phase string) {
	last := ""
	r.Until(15*time.Minute, r.name+" is over", func() (bool, string) {
		workflow := r.now()
		done, words := over(workflow)
		last = words
		return done, busy(workflow)
	})
	if !strings.HasPrefix(last, phase+" ") {
		r.Fatalf("%s ended %s, not %s\n%s", r.name, last, phase, r.said())
	}
}

// shutDown is `argo stop` or `argo terminate`.
func (r *delivery) shutDown(how string) {
	patch := fmt.Sprintf(`{"spec": {"shutdown": %q}}`, how)
	_, err := r.Plane.Dynamic.Resource(workflows).Namespace(r.pipelines).Patch(r.Ctx, r.name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	r.Must(err)
}

// sweeps runs the janitor, which treats a finished run as expired immediately.
func (p *project) sweeps(name, phase string) string {
	cron, err := p.Plane.Dynamic.Resource(cronWorkflows).Namespace(p.pipelines).Get(p.Ctx, "pipelinec-janitor", metav1.GetOptions{})
	p.Must(err)
	// A run that ended in this very second has not been finished for more than zero seconds.
	time.Sleep(2 * time.Second)
	spec := at(cron.Object, "spec", "workflowSpec").(map[string]any)
	script := at(spec, "templates", 0, "script").(map[string]any)
	script["env"] = append(script["env"].([]any), map[string]any{"name": "GRACE_SECONDS", "value": "0"})
	ended, log := p.submit(workflowOf(p.pipelines, name, spec))
	if ended != phase {
		p.Fatalf("the janitor ended %s, not %s:\n%s", ended, phase, log)
	}
	return log
}

// entry is the entry of the delivered app in production's manifest.
func (p *project) entry() map[string]any {
	return p.entryOf(p.app)
}

func (p *project) entryOf(app string) map[string]any {
	content, err := p.Hosts().Git.Read(p.gitops, p.manifests()+"/production/production.json")
	if err != nil {
		return nil
	}
	var manifest map[string]any
	p.Must(json.Unmarshal([]byte(content), &manifest))
	entry, _ := at(manifest, "apps", app).(map[string]any)
	return entry
}

// manifests is the folder of the environments in the GitOps repository.
func (p *project) manifests() string {
	if p.app == "homelabping" {
		return "apps/" + p.target
	}
	return p.target
}

// measures sets the responses of the project's Prometheus.
func (p *project) measures(values ...string) {
	p.Hosts().Prometheus.Answer("."+p.name+".svc", hosts.Answer{Values: values})
}

// control makes a step of this project's runs fail or hang, until it is undone.
func (p *project) control(what, step string) (undo func()) {
	file := filepath.Join(p.Kubelet().Control(p.pipelines), what+"-"+step)
	p.Must(os.WriteFile(file, nil, 0o644))
	return func() { p.Must(os.Remove(file)) }
}

// subjects are those of the GitOps repository's commits, the newest first.
func (p *project) subjects() []string {
	subjects, err := p.Hosts().Git.Subjects(p.gitops)
	p.Must(err)
	return subjects
}

// holds: production contains the app as a run has delivered it, in git and in the cluster.
func (p *project) holds(r *delivery) {
	entry := p.entry()
	if text(entry, "revision") != r.sha || text(entry, "change") != r.version || text(entry, "state") != "deployed" || entry["previous"] != nil {
		p.Fatalf("production's manifest has not %s of %s but %v", r.version, r.sha, entry)
	}
	digest := ""
	for _, image := range entry["images"].(map[string]any) {
		if found := text(image, "digest"); digest == "" || strings.Contains(text(image, "repository"), "apps/") {
			digest = found
		}
	}
	p.Until(4*time.Minute, "production runs "+digest, func() (bool, string) {
		pods, err := p.Plane.Client.CoreV1().Pods(p.production).List(p.Ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=" + p.app})
		p.Must(err)
		var images []string
		good := len(pods.Items) > 0
		for _, pod := range pods.Items {
			if pod.DeletionTimestamp == nil {
				images = append(images, pod.Spec.Containers[0].Image)
				good = good && strings.HasSuffix(pod.Spec.Containers[0].Image, "@"+digest)
			}
		}
		return good, strings.Join(images, ", ")
	})
}

// leavesNothing: no manifest, no Application and no namespace of an ephemeral environment of these runs. A run that ends
// successfully has ensured that before its end.
func (p *project) leavesNothing(runs ...*delivery) {
	if left := p.left(runs...); left != "" {
		p.Fatalf("%s", left)
	}
}

// leavesNothingSoon is leavesNothing after a janitor that does not wait.
func (p *project) leavesNothingSoon(runs ...*delivery) {
	p.Until(4*time.Minute, "nothing is left", func() (bool, string) {
		left := p.left(runs...)
		return left == "", left
	})
}

func (p *project) left(runs ...*delivery) string {
	files, err := p.Hosts().Git.Files(p.gitops, p.manifests()+"/staging")
	p.Must(err)
	if len(files) > 0 {
		return fmt.Sprintf("there are manifests left: %v", files)
	}
	for _, r := range runs {
		found, err := p.Plane.Dynamic.Resource(applications).Namespace(argoNamespace).List(p.Ctx, metav1.ListOptions{LabelSelector: "pipelinec.dev/namespace=" + r.version})
		p.Must(err)
		if len(found.Items) > 0 {
			return fmt.Sprintf("there are Applications left of %s", r.version)
		}
		if _, err := p.Plane.Client.CoreV1().Namespaces().Get(p.Ctx, r.version, metav1.GetOptions{}); !errors.IsNotFound(err) {
			return fmt.Sprintf("the namespace %s is still there (%v)", r.version, err)
		}
	}
	return ""
}
