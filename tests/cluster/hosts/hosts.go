// Package hosts is the world outside the cluster, on one port of loopback: a proxy behind which github.com is a git host
// over TLS and every other address is Prometheus. So the URLs in the trees are used unchanged.
package hosts

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cgi"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"pipelinec.dev/bench/plane"
)

// The git host knows two tokens. One reads every repository, the other writes as well.
const (
	ReadingToken = "bench-reading-token"
	WritingToken = "bench-writing-token"
)

// Hosts is the proxy and what is behind it.
type Hosts struct {
	Git        *Git
	Prometheus *Prometheus

	plane *plane.Plane
	ports []int
}

// Start serves until the context ends.
func Start(ctx context.Context, p *plane.Plane) (*Hosts, error) {
	h := &Hosts{plane: p, Git: &Git{folder: p.Path("git")}, Prometheus: &Prometheus{answers: map[string]Answer{}, asked: map[string]int{}}}
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		return nil, err
	}
	backend := &cgi.Handler{Path: filepath.Join(strings.TrimSpace(string(out)), "git-http-backend"),
		Env: []string{"GIT_PROJECT_ROOT=" + h.Git.folder, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=bench", "GIT_CONFIG_NOSYSTEM=1",
			"HOME=" + p.Folder},
		Stderr: io.Discard}
	h.Git.backend = backend
	for _, reader := range []bool{false, true} {
		port, err := h.proxy(ctx, reader)
		if err != nil {
			return nil, err
		}
		h.ports = append(h.ports, port)
	}
	return h, nil
}

// proxy serves on a separate port, for readers or for those with the token.
func (h *Hosts) proxy(ctx context.Context, reader bool) (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	tunnels := &tunnels{connections: make(chan net.Conn), closed: make(chan struct{})}
	quiet := log.New(io.Discard, "", 0)
	inside := &http.Server{ErrorLog: quiet, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.Git.serve(w, r, reader) })}
	go func() {
		_ = inside.ServeTLS(tunnels, h.plane.Path("pki", "hosts.crt"), h.plane.Path("pki", "hosts.key"))
	}()
	proxy := &http.Server{ErrorLog: quiet, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			h.Prometheus.ServeHTTP(w, r)
			return
		}
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		if !strings.HasPrefix(r.Host, "github.com:") {
			_, _ = io.WriteString(connection, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
			_ = connection.Close()
			return
		}
		_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\n\r\n")
		tunnels.connections <- connection
	})}
	go func() { _ = proxy.Serve(listener) }()
	context.AfterFunc(ctx, func() {
		_ = proxy.Close()
		_ = inside.Close()
	})
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// Env points a program to these hosts; CA is where it finds the certificate of the authority.
func (h *Hosts) Env(ca string) []string {
	return env(h.ports[0], ca)
}

// ReaderEnv is Env for a program that may read all repositories.
func (h *Hosts) ReaderEnv(ca string) []string {
	return env(h.ports[1], ca)
}

func env(port int, ca string) []string {
	proxy := fmt.Sprintf("http://127.0.0.1:%d", port)
	return []string{"HTTP_PROXY=" + proxy, "HTTPS_PROXY=" + proxy, "http_proxy=" + proxy, "https_proxy=" + proxy,
		"NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost", "GIT_SSL_CAINFO=" + ca, "SSL_CERT_FILE=" + ca}
}

// tunnels hands the connections that the proxy has opened to the server behind it.
type tunnels struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case connection := <-t.connections:
		return connection, nil
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.closed) })
	return nil
}

func (t *tunnels) Addr() net.Addr { return &net.TCPAddr{} }
