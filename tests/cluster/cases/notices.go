package cases

import (
	"os"
	"path/filepath"
	"strings"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const noticesPipelines = "notices-pipeline"

// notices: whoever is told cannot be reached. The runs end as they would have ended, and those of the end that came are tried.
func notices(t *T) {
	t.Workflows()
	tree := t.Spec("notices")
	t.credentials(noticesPipelines, "github", "gitops")
	_, err := t.Plane.Client.CoreV1().Secrets(noticesPipelines).Create(t.Ctx, &v1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "slack"},
		StringData: map[string]string{"url": "http://slack.bench.io/s3cr3t"}}, metav1.CreateOptions{})
	t.Must(err)
	t.Must(t.install(tree, nil))
	sha, err := t.Hosts().Git.Commit("bench/notices", "dev@bench.io", "first", map[string]string{"Dockerfile": "FROM scratch\n"}, nil)
	t.Must(err)
	run := func(name, wanted string, told, untold []string) {
		workflow := workflowOf(noticesPipelines, name, map[string]any{
			"workflowTemplateRef": map[string]any{"name": "shop"},
			"arguments":           map[string]any{"parameters": []any{map[string]any{"name": "sha", "value": sha}}},
		})
		phase, log := t.submit(workflow)
		if phase != wanted {
			t.Fatalf("%s ended %s, not %s:\n%s", name, phase, wanted, log)
		}
		if strings.Contains(log, "s3cr3t") || !strings.Contains(log, "the URL of the Secret does not start with https://") {
			t.Fatalf("%s does not say why nobody was told, or shows the URL:\n%s", name, log)
		}
		now, err := t.Plane.Dynamic.Resource(workflows).Namespace(noticesPipelines).Get(t.Ctx, name, metav1.GetOptions{})
		t.Must(err)
		phases := nodes(now)
		for _, step := range told {
			if phases["notify-slack-"+step] != "Failed" {
				t.Fatalf("%s: the notice %s is %q in %v", name, step, phases["notify-slack-"+step], phases)
			}
		}
		for _, step := range untold {
			if phase := phases["notify-slack-"+step]; phase != "Skipped" && phase != "Omitted" {
				t.Fatalf("%s: the notice %s is %q in %v", name, step, phase, phases)
			}
		}
	}
	run("shop-good", "Succeeded", []string{"started", "succeeded"}, []string{"failed"})
	t.Must(os.WriteFile(filepath.Join(t.Kubelet().Control(noticesPipelines), "fail-build-code"), nil, 0o644))
	run("shop-bad", "Failed", []string{"started", "failed"}, []string{"succeeded"})
}
