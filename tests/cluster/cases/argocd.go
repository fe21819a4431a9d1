package cases

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pipelinec.dev/bench/plane"
)

const argoNamespace = "argocd"

// ArgoCD is Argo CD without its server: the application controller, the ApplicationSet controller and the repo-server, each
// as it is. Charts are rendered by a stub.
func (t *T) ArgoCD() {
	outside := t.Hosts()
	t.Kubelet() // makes the stubs
	t.argocd.get(t, func(ctx context.Context) (string, error) {
		// The dry runs have validated these with their schemas.
		if err := t.Plane.Relax(ctx, "workflows.argoproj.io", "workflowtemplates.argoproj.io", "cronworkflows.argoproj.io",
			"clusterworkflowtemplates.argoproj.io", "workflowtasksets.argoproj.io", "applicationsets.argoproj.io",
			"eventsources.argoproj.io", "sensors.argoproj.io", "experiments.argoproj.io", "clusteranalysistemplates.argoproj.io"); err != nil {
			return "", err
		}
		if err := t.argoSettings(ctx); err != nil {
			return "", err
		}
		var ports [8]int
		for i := range ports {
			port, err := plane.FreePort()
			if err != nil {
				return "", err
			}
			ports[i] = port
		}
		address := func(i int) string { return fmt.Sprintf("127.0.0.1:%d", ports[i]) }
		redis, repositories, webhook := address(0), address(1), address(2)
		for _, folder := range []string{"home", "tmp"} {
			if err := os.MkdirAll(t.Plane.Path("argocd", folder), 0o755); err != nil {
				return "", err
			}
		}
		env := append(outside.ReaderEnv(t.Plane.Path("pki", "ca.crt")),
			"PATH="+t.Plane.Path("stubs")+":"+t.Plane.Programs+":"+os.Getenv("PATH"),
			"HOME="+t.Plane.Path("argocd", "home"), "TMPDIR="+t.Plane.Path("argocd", "tmp"),
			// `in-cluster` refers to this.
			"ARGOCD_FAKE_IN_CLUSTER=true", "KUBECONFIG="+t.Plane.Kubeconfig, "POD_NAMESPACE="+argoNamespace,
			"ARGOCD_GPG_ENABLED=false", "ARGOCD_ASK_PASS_SOCK="+t.Plane.Path("argocd", "ask-pass.sock"), "REDIS_PASSWORD=", "ARGOCD_CONTROLLER_REPLICAS=1", "ARGOCD_K8S_CLIENT_QPS=500", "ARGOCD_K8S_CLIENT_BURST=1000")
		for _, program := range [][]string{
			{"redis", redis},
			{"argocd-repo-server", "--address", "127.0.0.1", "--port", fmt.Sprint(ports[1]), "--metrics-address", "127.0.0.1",
				"--metrics-port", fmt.Sprint(ports[3]), "--redis", redis, "--disable-tls", "--client-ca-path", "", "--loglevel", "warn"},
			{"argocd-application-controller", "--kubeconfig", t.Plane.Kubeconfig, "--namespace", argoNamespace, "--redis", redis,
				"--repo-server", repositories, "--repo-server-plaintext", "--metrics-port", fmt.Sprint(ports[4]),
				"--status-processors", "10", "--operation-processors", "10", "--loglevel", "warn"},
			{"argocd-applicationset-controller", "--kubeconfig", t.Plane.Kubeconfig, "--namespace", argoNamespace,
				"--argocd-repo-server", repositories, "--repo-server-plaintext", "--metrics-addr", address(5), "--probe-addr", address(6),
				"--webhook-addr", webhook, "--loglevel", "warn"},
		} {
			if _, err := t.Plane.Run(program[0], env, "argocd", program...); err != nil {
				return "", err
			}
			if program[0] == "redis" || program[0] == "argocd-repo-server" {
				port := ports[0]
				if program[0] != "redis" {
					port = ports[1]
				}
				t.Until(time.Minute, program[0]+" listens", func() (bool, string) { return answers(port), "" })
			}
		}
		t.Until(time.Minute, "the webhook of the ApplicationSets listens", func() (bool, string) { return answers(ports[2]), "" })
		// GitHub notifies the ApplicationSet controller of every push to a GitOps repository, as the tree's README requires.
		outside.Git.OnPush(func(repository, before, after string) {
			notify("http://"+webhook+"/api/webhook", repository, before, after)
		})
		return webhook, nil
	})
}

func (t *T) argoSettings(ctx context.Context) error {
	if err := t.Namespace(ctx, argoNamespace); err != nil {
		return err
	}
	labels := map[string]string{"app.kubernetes.io/part-of": "argocd"}
	for _, name := range []string{"argocd-cm", "argocd-rbac-cm", "argocd-tls-certs-cm", "argocd-ssh-known-hosts-cm", "argocd-gpg-keys-cm", "argocd-cmd-params-cm"} {
		object := &v1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
		if _, err := t.Plane.Client.CoreV1().ConfigMaps(argoNamespace).Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	secret := &v1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "argocd-secret", Labels: labels}, StringData: map[string]string{"server.secretkey": "bench"}}
	if _, err := t.Plane.Client.CoreV1().Secrets(argoNamespace).Create(ctx, secret, metav1.CreateOptions{}); err != nil {
		return err
	}
	project := decodeOne(`{"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default", "namespace": "argocd"}, "spec": {"sourceRepos": [], "destinations": []}}`)
	return t.apply(project, "")
}

// notify is GitHub's webhook for a push.
func notify(url, repository, before, after string) {
	body, err := json.Marshal(map[string]any{"ref": "refs/heads/main", "before": before, "after": after, "commits": []any{},
		"repository": map[string]any{"html_url": "https://github.com/" + repository, "full_name": repository, "default_branch": "main"}})
	if err != nil {
		panic(err) // of texts
	}
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-GitHub-Event", "push")
	if answer, err := http.DefaultClient.Do(request); err == nil {
		_ = answer.Body.Close()
	}
}
