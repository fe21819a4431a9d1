package cases

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	authentication "k8s.io/api/authentication/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pipelinec.dev/bench/hosts"
	"pipelinec.dev/bench/kubelet"
	"pipelinec.dev/bench/plane"
)

//go:embed stubs
var stubs embed.FS

// part is something that runs beside the control plane, started by the first case that needs it.
type part[P any] struct {
	once sync.Once
	is   P
	err  error
}

func (p *part[P]) get(t *T, start func(context.Context) (P, error)) P {
	p.once.Do(func() {
		p.err = errors.New("it was not started, for the reason that another case tells")
		p.is, p.err = start(t.life)
	})
	t.Must(p.err)
	return p.is
}

type parts struct {
	life      context.Context // until the bench goes down
	end       context.CancelFunc
	hosts     part[*hosts.Hosts]
	kubelet   part[*kubelet.Kubelet]
	rollouts  part[*controller]
	workflows part[*controller]
	bus       part[string]
	project   part[string]
	eventing  eventing
	receivers part[[2]receiver]
	argocd    part[string]
}

// Open readies the bench for its cases.
func (b *Bench) Open() {
	b.life, b.end = context.WithCancel(context.Background())
}

// Down ends everything, and leaves nothing in a user's cluster.
func (b *Bench) Down() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b.Leave(ctx)
	b.end()
	b.Plane.Down()
}

// Hosts are github.com and Prometheus.
func (t *T) Hosts() *hosts.Hosts {
	return t.hosts.get(t, func(ctx context.Context) (*hosts.Hosts, error) { return hosts.Start(ctx, t.Plane) })
}

// Kubelet runs pods.
func (t *T) Kubelet() *kubelet.Kubelet {
	outside := t.Hosts()
	return t.kubelet.get(t, func(ctx context.Context) (*kubelet.Kubelet, error) {
		folder := t.Plane.Path("stubs")
		entries, err := stubs.ReadDir("stubs")
		if err != nil {
			return nil, err
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
		for _, entry := range entries {
			content, err := stubs.ReadFile("stubs/" + entry.Name())
			if err != nil {
				return nil, err
			}
			if err := os.WriteFile(filepath.Join(folder, entry.Name()), content, 0o755); err != nil {
				return nil, err
			}
		}
		return kubelet.Start(ctx, t.Plane, folder, outside.Env("/bench/ca.crt"))
	})
}

// Steps skips the case where steps cannot run.
func (t *T) Steps() {
	if err := kubelet.Possible(t.Plane.Folder); err != nil {
		t.Skipf("steps of Workflows run in separate namespaces, for which the bench needs root or user namespaces: %v", err)
	}
}

// controller is one that can be restarted.
type controller struct {
	mu      sync.Mutex
	process *plane.Process
	start   func() (*plane.Process, error)
}

func newController(start func() (*plane.Process, error)) (*controller, error) {
	process, err := start()
	return &controller{process: process, start: start}, err
}

// Rollouts is the controller of Argo Rollouts.
func (t *T) Rollouts() *controller {
	outside := t.Hosts()
	return t.rollouts.get(t, func(ctx context.Context) (*controller, error) {
		if err := t.Namespace(ctx, "argo-rollouts"); err != nil {
			return nil, err
		}
		return newController(func() (*plane.Process, error) {
			metrics, health, err := twoPorts()
			if err != nil {
				return nil, err
			}
			return t.Plane.Run("rollouts-controller", outside.Env(t.Plane.Path("pki", "ca.crt")), "rollouts-controller",
				"--kubeconfig", t.Plane.Kubeconfig, "--namespace", "argo-rollouts", "--leader-elect=false",
				"--metricsport", metrics, "--healthzPort", health, "--qps", "200", "--burst", "400",
				"--traefik-api-group=traefik.io", "--traefik-api-version=traefik.io/v1alpha1")
		})
	})
}

// restart kills the controller and starts another one.
func (c *controller) restart(t *T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t.Plane.Stop(c.process)
	process, err := c.start()
	t.Must(err)
	c.process = process
}

// Workflows is the controller of Argo Workflows.
func (t *T) Workflows() *controller {
	t.Steps()
	t.Kubelet()
	return t.workflows.get(t, func(ctx context.Context) (*controller, error) {
		if err := t.Namespace(ctx, "argo"); err != nil {
			return nil, err
		}
		settings := &v1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "workflow-controller-configmap"},
			Data: map[string]string{"metricsConfig": "enabled: false\n"}}
		if _, err := t.Plane.Client.CoreV1().ConfigMaps("argo").Create(ctx, settings, metav1.CreateOptions{}); err != nil {
			return nil, err
		}
		return newController(func() (*plane.Process, error) {
			// The controller processes a workflow at most once in this time; the default is 10 s.
			env := []string{"LEADER_ELECTION_DISABLE=true", "DEFAULT_REQUEUE_TIME=2s"}
			return t.Plane.Run("workflow-controller", env, "workflow-controller", "--kubeconfig", t.Plane.Kubeconfig,
				"--namespace", "argo", "--executor-image", "argoexec:bench", "--qps", "200", "--burst", "400", "--loglevel", "warn")
		})
	})
}

func twoPorts() (string, string, error) {
	one, err := plane.FreePort()
	if err != nil {
		return "", "", err
	}
	two, err := plane.FreePort()
	return fmt.Sprint(one), fmt.Sprint(two), err
}

// Bus is JetStream; it returns the address, as the controller passes it to pods.
func (t *T) Bus() string {
	return t.bus.get(t, func(context.Context) (string, error) {
		port, err := plane.FreePort()
		if err != nil {
			return "", err
		}
		pki := func(name string) string { return t.Plane.Path("pki", name) }
		if _, err := t.Plane.Run("nats", nil, "events", "bus", fmt.Sprint(port), t.Plane.Path("jetstream"), pki("server.crt"), pki("server.key")); err != nil {
			return "", err
		}
		t.Until(time.Minute, "JetStream listens", func() (bool, string) { return answers(port), "" })
		// The stream settings are the defaults of the controller (manifests/base/controller-manager/controller-config.yaml).
		content, err := json.Marshal(map[string]any{"jetstream": map[string]any{"url": fmt.Sprintf("nats://127.0.0.1:%d", port),
			"streamConfig": "maxMsgs: 1000000\nmaxAge: 72h\nmaxBytes: 1GB\nreplicas: 1\nduplicates: 300s\nretention: 0\ndiscard: 0\n"}})
		if err != nil {
			return "", err
		}
		return string(content), nil
	})
}

// contained runs a program of the bench as a pod would: with the files of Secrets, with the token of an account, and with
// some more files in /bench/input.
func (t *T) contained(name, namespace, account string, secrets []string, input map[string]string, program string, arguments ...string) *plane.Process {
	folder := t.Plane.Path("contained", name)
	files := map[string]string{}
	for path, content := range input {
		files["input/"+path] = content
	}
	if account != "" {
		request := tokenRequest()
		token, err := t.Plane.Client.CoreV1().ServiceAccounts(namespace).CreateToken(t.Ctx, account, request, metav1.CreateOptions{})
		t.Must(err)
		ca, err := os.ReadFile(t.Plane.Path("pki", "ca.crt"))
		t.Must(err)
		files["account/token"], files["account/ca.crt"], files["account/namespace"] = token.Status.Token, string(ca), namespace
	}
	for _, name := range secrets {
		secret, err := t.Plane.Client.CoreV1().Secrets(namespace).Get(t.Ctx, name, metav1.GetOptions{})
		t.Must(err)
		for key, value := range secret.Data {
			files[filepath.Join("secrets", name, key)] = string(value)
		}
	}
	for path, content := range files {
		file := filepath.Join(folder, path)
		t.Must(os.MkdirAll(filepath.Dir(file), 0o755))
		t.Must(os.WriteFile(file, []byte(content), 0o644))
	}
	for _, part := range []string{"root", "account", "secrets", "input"} {
		t.Must(os.MkdirAll(filepath.Join(folder, part), 0o755))
	}
	container := kubelet.Container{Root: filepath.Join(folder, "root"), User: 65532, Group: 65532,
		Command: append([]string{"/bench/programs/" + program}, arguments...),
		Env: []string{"PATH=/usr/bin:/bin", "HOME=/tmp", "KUBERNETES_SERVICE_HOST=127.0.0.1",
			fmt.Sprintf("KUBERNETES_SERVICE_PORT=%d", t.Plane.Port)},
		Mounts: []kubelet.Mount{
			{Source: t.Plane.Programs, Target: "/bench/programs", ReadOnly: true},
			{Source: filepath.Join(folder, "input"), Target: "/bench/input", ReadOnly: true},
			{Source: filepath.Join(folder, "account"), Target: "/var/run/secrets/kubernetes.io/serviceaccount", ReadOnly: true},
			{Source: filepath.Join(folder, "secrets"), Target: "/argo-events/secrets", ReadOnly: true},
		}}
	cmd, err := container.Process()
	t.Must(err)
	process, err := t.Plane.Start(name, cmd)
	t.Must(err)
	return process
}

// answers reports whether something listens on a port of loopback.
func answers(port int) bool {
	connection, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
	if err == nil {
		_ = connection.Close()
	}
	return err == nil
}

func tokenRequest() *authentication.TokenRequest {
	hours := int64(24 * 3600)
	return &authentication.TokenRequest{Spec: authentication.TokenRequestSpec{ExpirationSeconds: &hours}}
}
