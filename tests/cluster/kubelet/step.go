package kubelet

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"pipelinec.dev/bench/plane"
)

// Labels and names of Argo Workflows (workflow/common/common.go).
const (
	labelWorkflow    = "workflows.argoproj.io/workflow"
	labelReported    = "workflows.argoproj.io/report-outputs-completed"
	annotationNode   = "workflows.argoproj.io/node-name"
	variableTemplate = "ARGO_TEMPLATE"
	variableNode     = "ARGO_NODE_ID"
	variableUID      = "ARGO_WORKFLOW_UID"
	stagingFolder    = "/argo/staging"
	accountFolder    = "/var/run/secrets/kubernetes.io/serviceaccount"
)

var taskResults = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "workflowtaskresults"}

// template is what argoexec reads of a Workflow's template.
type template struct {
	Script *struct {
		Source string `json:"source"`
	} `json:"script"`
	Outputs struct {
		Parameters []outputParameter `json:"parameters"`
	} `json:"outputs"`
}

type outputParameter struct {
	Name      string `json:"name"`
	Value     string `json:"value"`
	ValueFrom struct {
		Path    string  `json:"path"`
		Default *string `json:"default"`
	} `json:"valueFrom"`
}

// runStep does the work of the three containers of a step: argoexec stages the script, the step runs, argoexec reports
// its outputs (cmd/argoexec/commands in argo-workflows).
func (p *pod) runStep(ctx context.Context) {
	if limit := p.spec.Spec.ActiveDeadlineSeconds; limit != nil {
		timer := time.AfterFunc(time.Duration(*limit)*time.Second, func() {
			p.mu.Lock()
			p.late = true
			p.mu.Unlock()
			p.stop(30 * time.Second)
		})
		defer timer.Stop()
	}
	step, err := p.stage(ctx)
	if err == nil {
		err = p.begin(ctx)
	}
	if err != nil {
		p.finish(ctx, err)
		return
	}
	for _, container := range p.spec.Spec.Containers {
		if container.Name != "wait" {
			p.execute(ctx, container)
		}
	}
	p.finish(ctx, p.hand(ctx, step))
}

// finish ends the container `wait`, and so the pod.
func (p *pod) finish(ctx context.Context, err error) {
	phase := v1.PodSucceeded
	p.set("wait", func(s *state) {
		s.running, s.done, s.finished = false, true, metav1.Now()
		if err != nil {
			s.code = 1
		}
	})
	if err != nil {
		p.log("argoexec", err.Error()+"\n")
	}
	p.mu.Lock()
	for _, s := range p.states {
		if s.code != 0 {
			phase = v1.PodFailed
		}
	}
	if p.late {
		phase = v1.PodFailed
	}
	p.mu.Unlock()
	p.report(ctx, phase)
}

func (p *pod) log(container, text string) {
	file, err := os.OpenFile(p.logFile(container), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err == nil {
		_, _ = file.WriteString(text)
		_ = file.Close()
	}
}

func (p *pod) logFile(container string) string {
	return p.kubelet.plane.Path("log", "steps", fmt.Sprintf("%s.%s.%s.%s.log", p.spec.Namespace, p.spec.Name, p.step(), container))
}

// step is the name that the step has in its Workflow.
func (p *pod) step() string {
	name := p.spec.Annotations[annotationNode]
	name = name[strings.LastIndex(name, ".")+1:]
	name, _, _ = strings.Cut(name, "(") // of a retry
	return name
}

// stage is the container `init`.
func (p *pod) stage(ctx context.Context) (*template, error) {
	step := &template{}
	for _, container := range p.spec.Spec.InitContainers {
		p.set(container.Name, func(s *state) { s.running, s.started = true, metav1.Now() })
		variables, err := p.variables(ctx, container)
		if err == nil {
			err = json.Unmarshal([]byte(valueOf(variables, variableTemplate)), step)
		}
		if err == nil && step.Script != nil {
			err = os.WriteFile(filepath.Join(p.mounted(container, stagingFolder), "script"), []byte(step.Script.Source), 0o755)
		}
		p.set(container.Name, func(s *state) {
			s.running, s.done, s.finished = false, true, metav1.Now()
			if err != nil {
				s.code = 1
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return step, nil
}

// mounted is the folder of what a container sees there.
func (p *pod) mounted(container v1.Container, path string) string {
	for _, mount := range container.VolumeMounts {
		if mount.MountPath == path {
			return filepath.Join(p.volume(mount.Name), mount.SubPath)
		}
	}
	return ""
}

func valueOf(variables []string, name string) string {
	for _, variable := range variables {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}

// results is a client for the results of the step, with the token of the executor's account.
func (p *pod) results(ctx context.Context) (dynamic.ResourceInterface, []string, error) {
	at := slices.IndexFunc(p.spec.Spec.Containers, func(c v1.Container) bool { return c.Name == "wait" })
	if at < 0 {
		return nil, nil, fmt.Errorf("there is no container wait")
	}
	container := p.spec.Spec.Containers[at]
	token, err := os.ReadFile(filepath.Join(p.mounted(container, accountFolder), "token"))
	if err != nil {
		return nil, nil, fmt.Errorf("the executor has no token: %w", err)
	}
	variables, err := p.variables(ctx, container)
	if err != nil {
		return nil, nil, err
	}
	config := rest.AnonymousClientConfig(p.kubelet.plane.Config)
	config.BearerToken = string(token)
	config.UserAgent = "argoexec"
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, nil, err
	}
	return client.Resource(taskResults).Namespace(p.spec.Namespace), variables, nil
}

// begin announces a result.
func (p *pod) begin(ctx context.Context) error {
	p.set("wait", func(s *state) { s.running, s.started = true, metav1.Now() })
	results, variables, err := p.results(ctx)
	if err != nil {
		return err
	}
	result := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "WorkflowTaskResult",
		"metadata": map[string]any{
			"name":   valueOf(variables, variableNode),
			"labels": map[string]any{labelWorkflow: p.spec.Labels[labelWorkflow], labelReported: "false"},
			"ownerReferences": []any{map[string]any{"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
				"name": p.spec.Labels[labelWorkflow], "uid": valueOf(variables, variableUID)}},
		},
	}}
	_, err = results.Create(ctx, result, metav1.CreateOptions{})
	if errors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// execute runs the step itself.
func (p *pod) execute(ctx context.Context, container v1.Container) {
	cmd, err := p.command(ctx, container)
	var log *os.File
	if err == nil {
		log, err = os.Create(p.logFile(container.Name))
	}
	if err == nil {
		defer log.Close()
		cmd.Stdout, cmd.Stderr = log, log
		err = plane.Launch(cmd)
	}
	if err != nil {
		p.log(container.Name, err.Error()+"\n")
		p.set(container.Name, func(s *state) { s.done, s.code, s.started, s.finished = true, 128, metav1.Now(), metav1.Now() })
		return
	}
	p.set(container.Name, func(s *state) { s.running, s.process, s.started = true, cmd.Process.Pid, metav1.Now() })
	p.report(ctx, v1.PodRunning)
	_ = cmd.Wait()
	code := cmd.ProcessState.ExitCode()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		code = 128 + int(status.Signal())
	}
	p.set(container.Name, func(s *state) { s.running, s.done, s.code, s.finished = false, true, int32(code), metav1.Now() })
}

// command is the process of a container.
func (p *pod) command(ctx context.Context, container v1.Container) (*exec.Cmd, error) {
	variables, err := p.variables(ctx, container)
	if err != nil {
		return nil, err
	}
	words := append(slices.Clone(container.Command), container.Args...)
	// `argoexec emissary … -- COMMAND…`
	if at := slices.Index(words, "--"); at >= 0 {
		words = words[at+1:]
	}
	for i, variable := range variables {
		if value, ok := strings.CutPrefix(variable, "PATH="); ok {
			variables[i] = "PATH=/bench/stubs:/bench/tools:" + value
		}
	}
	s := Container{
		Root:    filepath.Join(p.folder, "root-"+container.Name),
		Command: expand(words, variables),
		Env:     append(append(variables, p.kubelet.env...), "STEP="+p.step()),
		Mounts: []Mount{
			{Source: p.kubelet.stubs, Target: "/bench/stubs", ReadOnly: true},
			{Source: p.kubelet.plane.Path("pki", "ca.crt"), Target: "/bench/ca.crt", ReadOnly: true},
			{Source: p.kubelet.Control(p.spec.Namespace), Target: "/control", ReadOnly: true},
		},
	}
	for _, tool := range []string{"git", "jq", "kubectl"} {
		if found, err := exec.LookPath(tool); err == nil && !visible(found) {
			s.Mounts = append(s.Mounts, Mount{Source: found, Target: "/bench/tools/" + tool, ReadOnly: true})
		}
	}
	for _, m := range container.VolumeMounts {
		s.Mounts = append(s.Mounts, Mount{Source: filepath.Join(p.volume(m.Name), m.SubPath), Target: m.MountPath, ReadOnly: m.ReadOnly})
	}
	p.privileges(&s, container)
	if err := os.MkdirAll(s.Root, 0o755); err != nil {
		return nil, err
	}
	return s.Process()
}

// visible reports whether a program of the machine is in one of the folders that containers see.
func visible(path string) bool {
	for _, folder := range systemFolders {
		if strings.HasPrefix(path, "/"+folder+"/") {
			return true
		}
	}
	return false
}

func (p *pod) privileges(s *Container, container v1.Container) {
	if of := p.spec.Spec.SecurityContext; of != nil {
		if of.RunAsUser != nil {
			s.User = *of.RunAsUser
		}
		if of.RunAsGroup != nil {
			s.Group = *of.RunAsGroup
		}
		if of.FSGroup != nil {
			s.Groups = append(s.Groups, *of.FSGroup)
		}
	}
	if of := container.SecurityContext; of != nil {
		if of.RunAsUser != nil {
			s.User = *of.RunAsUser
		}
		if of.RunAsGroup != nil {
			s.Group = *of.RunAsGroup
		}
		s.ReadOnlyRoot = of.ReadOnlyRootFilesystem != nil && *of.ReadOnlyRootFilesystem
		s.NoNewPrivs = of.AllowPrivilegeEscalation != nil && !*of.AllowPrivilegeEscalation
	}
}

// hand reports the outputs that the step has left.
func (p *pod) hand(ctx context.Context, step *template) error {
	results, variables, err := p.results(ctx)
	if err != nil {
		return err
	}
	parameters, lost := p.outputs(step)
	patch := map[string]any{}
	if len(parameters) > 0 {
		patch["outputs"] = map[string]any{"parameters": parameters}
	}
	for _, change := range []map[string]any{patch, {"metadata": map[string]any{"labels": map[string]any{labelReported: "true"}}}} {
		content, err := json.Marshal(change)
		if err != nil {
			return err
		}
		_, err = results.Patch(ctx, valueOf(variables, variableNode), types.MergePatchType, content, metav1.PatchOptions{})
		if err != nil && !errors.IsNotFound(err) {
			return err
		}
	}
	return lost
}

func (p *pod) outputs(step *template) ([]any, error) {
	main := p.spec.Spec.Containers[slices.IndexFunc(p.spec.Spec.Containers, func(c v1.Container) bool { return c.Name == "main" })]
	var parameters []any
	var lost error
	for _, parameter := range step.Outputs.Parameters {
		path := parameter.ValueFrom.Path
		if path == "" {
			continue
		}
		var content []byte
		err := os.ErrNotExist
		if folder := p.mounted(main, filepath.Dir(path)); folder != "" {
			content, err = os.ReadFile(filepath.Join(folder, filepath.Base(path)))
		}
		value := strings.TrimSuffix(string(content), "\n")
		if err != nil {
			if parameter.ValueFrom.Default == nil {
				lost = err
				continue
			}
			value = *parameter.ValueFrom.Default
		}
		from := map[string]any{"path": path}
		if parameter.ValueFrom.Default != nil {
			from["default"] = *parameter.ValueFrom.Default
		}
		parameters = append(parameters, map[string]any{"name": parameter.Name, "value": value, "valueFrom": from})
	}
	return parameters, lost
}
