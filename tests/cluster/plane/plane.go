// Package plane is a Kubernetes control plane on loopback: etcd, kube-apiserver with RBAC and an audit log, and a few
// controllers, each a separate process in one temporary folder.
package plane

import (
	"context"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Plane is a running control plane, or a user's cluster.
type Plane struct {
	Folder      string // all files of this run
	Programs    string // the built programs
	Kubeconfig  string
	Config      *rest.Config
	Client      kubernetes.Interface
	Dynamic     dynamic.Interface
	Mapper      *restmapper.DeferredDiscoveryRESTMapper
	Audit       string // the audit log; empty for a user's cluster
	Port        int    // of the API server
	KubeletPort int    // the port on which the stand-in for the kubelet answers

	mu        sync.Mutex
	processes []*Process
}

// auditPolicy records who did what to which object, for all accounts of pods.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  userGroups: ["system:serviceaccounts"]
- level: None
`

// Connect uses a cluster that is already running.
func Connect(folder, kubeconfig string) (*Plane, error) {
	p := &Plane{Folder: folder, Kubeconfig: kubeconfig}
	return p, p.clients()
}

// Up starts a control plane in a folder, with the programs in another, and waits until it responds.
func Up(ctx context.Context, folder, programs string) (*Plane, error) {
	p := &Plane{Folder: folder, Programs: programs, Kubeconfig: filepath.Join(folder, "kubeconfig")}
	for _, part := range []string{"pki", "log"} {
		if err := os.MkdirAll(p.Path(part), 0o755); err != nil {
			return nil, err
		}
	}
	if err := p.certificates(); err != nil {
		return nil, err
	}
	if err := p.start(ctx); err != nil {
		p.Down()
		return nil, err
	}
	return p, nil
}

// Path is a file of this run.
func (p *Plane) Path(parts ...string) string {
	return filepath.Join(append([]string{p.Folder}, parts...)...)
}

// Down ends every process, the latest first.
func (p *Plane) Down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.processes) > 0 {
		last := len(p.processes) - 1
		p.processes[last].Stop()
		p.processes = p.processes[:last]
	}
}

// Run starts one of the built programs. The variables override those of the bench.
func (p *Plane) Run(name string, env []string, program string, arguments ...string) (*Process, error) {
	cmd := exec.Command(filepath.Join(p.Programs, program), arguments...)
	// Two cores are shared by all: memory is easier to come by than the time of the garbage collector.
	cmd.Env = append(append(os.Environ(), "GOGC=200"), env...)
	return p.Start(name, cmd)
}

// Start starts any command as a part of the plane.
func (p *Plane) Start(name string, cmd *exec.Cmd) (*Process, error) {
	process, err := start(p.Path("log"), name, cmd)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.processes = append(p.processes, process)
	return process, nil
}

// Stop ends a process before the others.
func (p *Plane) Stop(process *Process) {
	p.mu.Lock()
	p.processes = slices.DeleteFunc(p.processes, func(known *Process) bool { return known == process })
	p.mu.Unlock()
	process.Kill()
}

// Died names a process that has ended without being stopped.
func (p *Plane) Died() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, process := range p.processes {
		if process.Ended() {
			return fmt.Errorf("%s has ended. %s", process.Name, process.Tail())
		}
	}
	return nil
}

var given sync.Map

// FreePort is an unused port of loopback, a different one each time. It is below those that the system assigns to
// connections, which would take it before its program does.
func FreePort() (int, error) {
	for range 1000 {
		port := 20000 + rand.IntN(12000)
		if _, taken := given.LoadOrStore(port, true); taken {
			continue
		}
		if listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, listener.Close()
		}
	}
	return 0, errors.New("no port of loopback is free")
}

func (p *Plane) certificates() error {
	folder := p.Path("pki")
	ca, err := newAuthority(folder)
	if err != nil {
		return err
	}
	for _, certificate := range []struct {
		name    string
		subject pkix.Name
		names   []string
	}{
		{"server", pkix.Name{CommonName: "kube-apiserver"}, []string{"localhost", "kubernetes", "kubernetes.default.svc"}},
		{"admin", pkix.Name{CommonName: "bench", Organization: []string{"system:masters"}}, nil},
		{"kubelet-client", pkix.Name{CommonName: "kube-apiserver-kubelet-client"}, nil},
		{"hosts", pkix.Name{CommonName: "hosts"}, []string{"github.com", "localhost"}},
	} {
		if err := ca.issue(certificate.name, certificate.subject, certificate.names...); err != nil {
			return err
		}
	}
	return accountKeys(folder)
}

func (p *Plane) start(ctx context.Context) error {
	var ports [4]int
	for i := range ports {
		port, err := FreePort()
		if err != nil {
			return err
		}
		ports[i] = port
	}
	p.Port, p.KubeletPort = ports[2], ports[3]
	address := func(port int) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }
	_, err := p.Run("etcd", nil, "etcd", "--data-dir", p.Path("etcd"),
		"--listen-client-urls", address(ports[0]), "--advertise-client-urls", address(ports[0]),
		"--listen-peer-urls", address(ports[1]), "--initial-advertise-peer-urls", address(ports[1]),
		"--initial-cluster", "default="+address(ports[1]),
		"--unsafe-no-fsync", "--max-request-bytes", "8388608", "--log-level", "warn")
	if err != nil {
		return err
	}
	policy := p.Path("audit.yaml")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o644); err != nil {
		return err
	}
	p.Audit = p.Path("log", "audit.jsonl")
	pki := func(name string) string { return p.Path("pki", name) }
	_, err = p.Run("kube-apiserver", nil, "kube-apiserver",
		"--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1", "--secure-port", fmt.Sprint(p.Port),
		"--etcd-servers", address(ports[0]), "--service-cluster-ip-range", "10.96.0.0/16",
		"--tls-cert-file", pki("server.crt"), "--tls-private-key-file", pki("server.key"), "--client-ca-file", pki("ca.crt"),
		"--service-account-issuer", "https://kubernetes.default.svc",
		"--service-account-key-file", pki("sa.pub"), "--service-account-signing-key-file", pki("sa.key"),
		"--authorization-mode", "Node,RBAC", "--allow-privileged=true",
		"--kubelet-client-certificate", pki("kubelet-client.crt"), "--kubelet-client-key", pki("kubelet-client.key"),
		"--audit-policy-file", policy, "--audit-log-path", p.Audit, "--audit-log-maxsize", "2000",
		"--endpoint-reconciler-type", "none", "--profiling=false")
	if err != nil {
		return err
	}
	if err := p.writeKubeconfig(); err != nil {
		return err
	}
	if err := p.clients(); err != nil {
		return err
	}
	if err := p.ready(ctx); err != nil {
		return err
	}
	_, err = p.Run("controllers", nil, "controllers", p.Kubeconfig, pki("sa.key"), pki("ca.crt"))
	return err
}

func (p *Plane) writeKubeconfig() error {
	read := func(name string) []byte {
		data, err := os.ReadFile(p.Path("pki", name))
		if err != nil {
			panic(err) // written a moment ago
		}
		return data
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["bench"] = &clientcmdapi.Cluster{Server: fmt.Sprintf("https://127.0.0.1:%d", p.Port), CertificateAuthorityData: read("ca.crt")}
	config.AuthInfos["admin"] = &clientcmdapi.AuthInfo{ClientCertificateData: read("admin.crt"), ClientKeyData: read("admin.key")}
	config.Contexts["bench"] = &clientcmdapi.Context{Cluster: "bench", AuthInfo: "admin"}
	config.CurrentContext = "bench"
	return clientcmd.WriteToFile(*config, p.Kubeconfig)
}

func (p *Plane) clients() error {
	config, err := clientcmd.BuildConfigFromFlags("", p.Kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 500, 1000
	config.WarningHandler = rest.NoWarnings{}
	p.Config = config
	if p.Client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if p.Dynamic, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	p.Mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client))
	return nil
}

func (p *Plane) ready(ctx context.Context) error {
	for {
		answer, err := p.Client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		if err == nil && string(answer) == "ok" {
			return nil
		}
		if died := p.Died(); died != nil {
			return died
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the API server is not ready: %v %s", err, answer)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// Log is the end of the log of a process of that name.
func (p *Plane) Log(name string) string {
	return (&Process{Name: name, Log: p.Path("log", name+".log")}).Tail()
}
