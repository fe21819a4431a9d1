package kubelet

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"syscall"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// pod is one that is bound to the node.
type pod struct {
	kubelet *Kubelet
	spec    *v1.Pod
	folder  string
	ip      string
	started metav1.Time

	mu       sync.Mutex
	states   map[string]*state
	deleting bool
	late     bool // its deadline has passed
	removed  chan struct{}
}

// state of a container.
type state struct {
	process           int
	started, finished metav1.Time
	running, done     bool
	code              int32
	waiting           string
}

func (p *pod) run(ctx context.Context) {
	p.report(ctx, v1.PodPending)
	if err := p.prepare(ctx); err != nil {
		return // deleted meanwhile
	}
	if p.spec.Labels[labelWorkflow] != "" {
		p.runStep(ctx)
		return
	}
	p.pretend(ctx)
}

// prepare fills the volumes and looks up the variables, repeatedly if necessary: a Secret may come later.
func (p *pod) prepare(ctx context.Context) error {
	for {
		err := p.volumes(ctx)
		if err == nil {
			for _, container := range p.containers() {
				if _, missing := p.variables(ctx, container); missing != nil {
					err = missing
					p.set(container.Name, func(s *state) { s.waiting = "CreateContainerConfigError" })
				}
			}
		}
		if err == nil {
			return nil
		}
		p.event(ctx, err)
		p.report(ctx, v1.PodPending)
		select {
		case <-p.removed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (p *pod) containers() []v1.Container {
	return append(append([]v1.Container{}, p.spec.Spec.InitContainers...), p.spec.Spec.Containers...)
}

// pretend reports that all containers run, and whether they are ready.
func (p *pod) pretend(ctx context.Context) {
	for _, container := range p.spec.Spec.InitContainers {
		p.set(container.Name, func(s *state) { s.done, s.started, s.finished = true, metav1.Now(), metav1.Now() })
	}
	for _, container := range p.spec.Spec.Containers {
		p.set(container.Name, func(s *state) { s.running, s.started = true, metav1.Now() })
	}
	ready := !p.kubelet.isReady(p.spec)
	for {
		if now := p.kubelet.isReady(p.spec); now != ready {
			ready = now
			p.report(ctx, v1.PodRunning)
		}
		select {
		case <-p.removed:
			return
		case <-ctx.Done():
			return
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// remove ends a pod that is being deleted, once.
func (p *pod) remove(ctx context.Context, seen *v1.Pod) {
	p.mu.Lock()
	first := !p.deleting
	p.deleting = true
	p.mu.Unlock()
	if !first {
		return
	}
	close(p.removed)
	go func() {
		grace := int64(30)
		if seen.DeletionGracePeriodSeconds != nil {
			grace = *seen.DeletionGracePeriodSeconds
		}
		p.stop(time.Duration(grace) * time.Second)
		now := int64(0)
		for {
			err := p.kubelet.client.CoreV1().Pods(seen.Namespace).Delete(ctx, seen.Name,
				metav1.DeleteOptions{GracePeriodSeconds: &now, Preconditions: metav1.NewUIDPreconditions(string(seen.UID))})
			if err == nil || errors.IsNotFound(err) || errors.IsConflict(err) || ctx.Err() != nil {
				_ = os.RemoveAll(p.folder)
				return
			}
			time.Sleep(time.Second)
		}
	}()
}

// stop asks the processes of the containers to end, and makes them end after a while.
func (p *pod) stop(grace time.Duration) {
	p.signal(syscall.SIGTERM)
	for end := time.Now().Add(grace); time.Now().Before(end) && p.anyProcess(); {
		time.Sleep(100 * time.Millisecond)
	}
	p.kill()
}

func (p *pod) kill() {
	p.signal(syscall.SIGKILL)
}

func (p *pod) signal(signal syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.states {
		if s.running && s.process > 0 {
			_ = syscall.Kill(s.process, signal)
		}
	}
}

func (p *pod) anyProcess() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.states {
		if s.running && s.process > 0 {
			return true
		}
	}
	return false
}

func (p *pod) set(container string, change func(*state)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.states[container] == nil {
		p.states[container] = &state{}
	}
	change(p.states[container])
}

func (p *pod) event(ctx context.Context, err error) {
	_, _ = p.kubelet.client.CoreV1().Events(p.spec.Namespace).Create(ctx, &v1.Event{
		ObjectMeta:     metav1.ObjectMeta{GenerateName: p.spec.Name + ".", Namespace: p.spec.Namespace},
		InvolvedObject: v1.ObjectReference{Kind: "Pod", Name: p.spec.Name, Namespace: p.spec.Namespace, UID: p.spec.UID},
		Reason:         "Failed", Message: err.Error(), Type: v1.EventTypeWarning, Source: v1.EventSource{Component: "kubelet"},
		FirstTimestamp: metav1.Now(), LastTimestamp: metav1.Now(),
	}, metav1.CreateOptions{})
}

// report writes the status of the pod as it is now.
func (p *pod) report(ctx context.Context, phase v1.PodPhase) {
	status := p.status(phase)
	patch, err := json.Marshal(map[string]any{"status": status})
	if err != nil {
		panic(err) // of types that marshal
	}
	for {
		_, err := p.kubelet.client.CoreV1().Pods(p.spec.Namespace).Patch(ctx, p.spec.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
		if err == nil || errors.IsNotFound(err) || ctx.Err() != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

func (p *pod) status(phase v1.PodPhase) v1.PodStatus {
	ready := phase == v1.PodRunning && p.kubelet.isReady(p.spec)
	p.mu.Lock()
	defer p.mu.Unlock()
	status := v1.PodStatus{Phase: phase, HostIP: "127.0.0.1", PodIP: p.ip, PodIPs: []v1.PodIP{{IP: p.ip}}, StartTime: &p.started}
	if p.late && phase == v1.PodFailed {
		status.Reason, status.Message = "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"
	}
	initialized := true
	for _, container := range p.spec.Spec.InitContainers {
		s := p.containerStatus(container, false)
		s.Ready = s.State.Terminated != nil && s.State.Terminated.ExitCode == 0
		initialized = initialized && s.Ready
		status.InitContainerStatuses = append(status.InitContainerStatuses, s)
	}
	for _, container := range p.spec.Spec.Containers {
		s := p.containerStatus(container, ready)
		ready = ready && s.Ready
		status.ContainerStatuses = append(status.ContainerStatuses, s)
	}
	for _, condition := range []struct {
		kind v1.PodConditionType
		is   bool
	}{{v1.PodScheduled, true}, {v1.PodInitialized, initialized}, {v1.ContainersReady, ready}, {v1.PodReady, ready}} {
		value := v1.ConditionFalse
		if condition.is {
			value = v1.ConditionTrue
		}
		status.Conditions = append(status.Conditions, v1.PodCondition{Type: condition.kind, Status: value, LastTransitionTime: metav1.Now()})
	}
	return status
}

func (p *pod) containerStatus(container v1.Container, ready bool) v1.ContainerStatus {
	status := v1.ContainerStatus{Name: container.Name, Image: container.Image, ImageID: "bench://" + container.Image}
	s := p.states[container.Name]
	started := s != nil && s.running
	status.Started = &started
	switch {
	case s == nil || (!s.running && !s.done):
		reason := "PodInitializing"
		if s != nil && s.waiting != "" {
			reason = s.waiting
		}
		status.State.Waiting = &v1.ContainerStateWaiting{Reason: reason}
	case s.running:
		status.Ready = ready
		status.State.Running = &v1.ContainerStateRunning{StartedAt: s.started}
	default:
		reason := "Completed"
		if s.code != 0 {
			reason = "Error"
		}
		status.State.Terminated = &v1.ContainerStateTerminated{ExitCode: s.code, Reason: reason, StartedAt: s.started, FinishedAt: s.finished}
	}
	return status
}
