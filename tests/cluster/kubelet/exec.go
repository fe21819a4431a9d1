package kubelet

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/remotecommand"
	streaming "k8s.io/kubelet/pkg/cri/streaming/remotecommand"
)

// serve handles what the API server requests of a kubelet: running a command in a container. The controller of Workflows
// only requests `argoexec kill SIGNAL 1`.
func (k *Kubelet) serve(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", k.exec)
	mux.HandleFunc("/exec/{namespace}/{pod}/{uid}/{container}", k.exec)
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", k.plane.KubeletPort))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux}
	go func() {
		_ = server.ServeTLS(listener, k.plane.Path("pki", "server.crt"), k.plane.Path("pki", "server.key"))
	}()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return nil
}

func (k *Kubelet) exec(w http.ResponseWriter, r *http.Request) {
	p := k.find(r.PathValue("namespace"), r.PathValue("pod"))
	if p == nil {
		http.Error(w, "no such pod", http.StatusNotFound)
		return
	}
	command := r.URL.Query()["command"]
	options, err := streaming.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	container := r.PathValue("container")
	streaming.ServeExec(w, r, killer{p, container}, p.spec.Name, p.spec.UID, container, command, options, time.Hour, 30*time.Second,
		[]string{"v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"})
}

type killer struct {
	pod       *pod
	container string
}

// ExecInContainer sends the signal that the command names.
func (k killer) ExecInContainer(_ context.Context, _ string, _ types.UID, _ string, command []string, _ io.Reader, _, _ io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	words := strings.Fields(strings.Join(command, " "))
	for i, word := range words {
		if word == "kill" && i+1 < len(words) {
			number, err := strconv.Atoi(strings.TrimPrefix(words[i+1], "-"))
			if err != nil {
				return err
			}
			k.pod.mu.Lock()
			defer k.pod.mu.Unlock()
			if s := k.pod.states[k.container]; s != nil && s.running && s.process > 0 {
				return syscall.Kill(s.process, syscall.Signal(number))
			}
			return nil
		}
	}
	return fmt.Errorf("the stand-in knows no %q", command)
}
