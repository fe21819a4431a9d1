// Package kubelet stands in for the kubelet of one node. Pods of workloads are pretended: they are Running and Ready
// unless a case says otherwise. Pods of Workflows run: each step is a process in separate namespaces, with the uid, the
// volumes, the variables and the token that the real kubelet would give it, and a stand-in for argoexec.
package kubelet

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"pipelinec.dev/bench/plane"
)

const nodeName = "node"

// Kubelet runs the pods of one node.
type Kubelet struct {
	plane  *plane.Plane
	client kubernetes.Interface
	folder string
	env    []string // of every step
	stubs  string   // programs that take precedence over those of the machine

	mu      sync.Mutex
	pods    map[types.UID]*pod
	unready map[string]bool // NAMESPACE/IMAGE of pods that never become ready
	ips     int
}

// Start registers the node and runs its pods until the context ends. Steps get the variables, and the programs in the
// folder of stubs before all others.
func Start(ctx context.Context, p *plane.Plane, stubs string, env []string) (*Kubelet, error) {
	k := &Kubelet{plane: p, client: p.Client, folder: p.Path("pods"), stubs: stubs, env: env,
		pods: map[types.UID]*pod{}, unready: map[string]bool{}}
	for _, folder := range []string{k.folder, p.Path("control"), p.Path("log", "steps")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
	}
	if err := k.register(ctx); err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, k.end)
	factory := informers.NewSharedInformerFactory(k.client, 0)
	informer := factory.Core().V1().Pods().Informer()
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { k.see(ctx, o.(*v1.Pod)) },
		UpdateFunc: func(_, o any) { k.see(ctx, o.(*v1.Pod)) },
		DeleteFunc: func(o any) {
			if pod, ok := o.(*v1.Pod); ok {
				k.forget(pod)
			}
		},
	}); err != nil {
		return nil, err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	return k, k.serve(ctx)
}

// Control is the folder that steps of pods in a namespace see as /control: what stubs do is decided by its files.
func (k *Kubelet) Control(namespace string) string {
	folder := k.plane.Path("control", namespace)
	_ = os.MkdirAll(folder, 0o755)
	return folder
}

// SetReady lets pods with such an image become ready, or never.
func (k *Kubelet) SetReady(namespace, image string, ready bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unready[namespace+"/"+image] = !ready
}

func (k *Kubelet) isReady(pod *v1.Pod) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, container := range pod.Spec.Containers {
		if k.unready[pod.Namespace+"/"+container.Image] {
			return false
		}
	}
	return true
}

func (k *Kubelet) register(ctx context.Context) error {
	node := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: nodeName, Labels: map[string]string{
		"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": nodeName}}}
	node, err := k.client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	much := v1.ResourceList{"cpu": resource.MustParse("64"), "memory": resource.MustParse("256Gi"), "pods": resource.MustParse("500")}
	node.Status.Capacity, node.Status.Allocatable = much, much
	node.Status.Addresses = []v1.NodeAddress{{Type: v1.NodeInternalIP, Address: "127.0.0.1"}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(k.plane.KubeletPort)
	node.Status.Conditions = []v1.NodeCondition{{Type: v1.NodeReady, Status: v1.ConditionTrue, Reason: "KubeletReady",
		LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now()}}
	_, err = k.client.CoreV1().Nodes().UpdateStatus(ctx, node, metav1.UpdateOptions{})
	return err
}

// see records a pod as it is now: bound to the node, started, or finished.
func (k *Kubelet) see(ctx context.Context, seen *v1.Pod) {
	if seen.Spec.NodeName == "" {
		if seen.DeletionTimestamp == nil {
			go k.bind(ctx, seen)
		}
		return
	}
	k.mu.Lock()
	p := k.pods[seen.UID]
	isNew := p == nil
	if isNew {
		k.ips++
		p = &pod{kubelet: k, spec: seen, states: map[string]*state{}, started: metav1.Now(),
			folder: filepath.Join(k.folder, string(seen.UID)), ip: fmt.Sprintf("10.0.%d.%d", k.ips/250, k.ips%250+1),
			removed: make(chan struct{})}
		k.pods[seen.UID] = p
	}
	k.mu.Unlock()
	if isNew && seen.Status.Phase != v1.PodSucceeded && seen.Status.Phase != v1.PodFailed {
		go p.run(ctx)
	}
	if seen.DeletionTimestamp != nil {
		p.remove(ctx, seen)
	}
}

func (k *Kubelet) bind(ctx context.Context, pod *v1.Pod) {
	binding := &v1.Binding{ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace, UID: pod.UID},
		Target: v1.ObjectReference{Kind: "Node", Name: nodeName}}
	for range 5 {
		err := k.client.CoreV1().Pods(pod.Namespace).Bind(ctx, binding, metav1.CreateOptions{})
		if err == nil || errors.IsNotFound(err) || errors.IsConflict(err) || ctx.Err() != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

func (k *Kubelet) forget(gone *v1.Pod) {
	k.mu.Lock()
	p := k.pods[gone.UID]
	delete(k.pods, gone.UID)
	k.mu.Unlock()
	if p != nil {
		p.kill()
	}
}

// end kills every process of every pod.
func (k *Kubelet) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.pods {
		p.kill()
	}
}

func (k *Kubelet) find(namespace, name string) *pod {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.pods {
		if p.spec.Namespace == namespace && p.spec.Name == name {
			return p
		}
	}
	return nil
}

// Log is what the steps of a Workflow have printed, those whose name has the text in it.
func (k *Kubelet) Log(namespace, name string) string {
	files, _ := filepath.Glob(k.plane.Path("log", "steps", namespace+"."+"*"+name+"*.log"))
	var all strings.Builder
	for _, file := range files {
		content, _ := os.ReadFile(file)
		fmt.Fprintf(&all, "-- %s\n%s", filepath.Base(file), content)
	}
	return all.String()
}
