package cases

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	rbac "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// rights: what accounts requested, according to the audit log, against what Roles grant. It comes last: it checks what the
// other cases have done.
func rights() Suite {
	return Suite{Name: "rights", Cases: []Case{
		{Name: "rights/nothing-is-forbidden", Fast: true, Run: nothingIsForbidden},
		{Name: "rights/nothing-is-never-used", Fast: true, Run: nothingIsNeverUsed},
	}}
}

// request is one that an account made.
type request struct {
	account, namespace, verb, group, resource, name string
	code                                            int
}

// anyway are requests that are rejected, and may be: kubectl checks whether the namespace exists when an object does not
// (k8s.io/cli-runtime, resource/visitor.go), and continues without a response.
var anyway = []request{}

// neverUsed explains each permission that no case uses.
var neverUsed = map[string]string{}

// requests of the accounts of pipelines, from the audit log.
func (t *T) requests() []request {
	file, err := os.Open(t.Plane.Audit)
	t.Must(err)
	defer file.Close()
	var found []request
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var event struct {
			Verb           string
			User           struct{ Username string }
			ObjectRef      *struct{ Namespace, Name, Resource, Subresource, APIGroup string }
			ResponseStatus struct{ Code int }
		}
		t.Must(json.Unmarshal(lines.Bytes(), &event))
		account, ok := strings.CutPrefix(event.User.Username, "system:serviceaccount:")
		namespace, _, _ := strings.Cut(account, ":")
		if !ok || event.ObjectRef == nil || !strings.HasSuffix(namespace, "pipeline") {
			continue
		}
		resource := event.ObjectRef.Resource
		if event.ObjectRef.Subresource != "" {
			resource += "/" + event.ObjectRef.Subresource
		}
		found = append(found, request{account, event.ObjectRef.Namespace, event.Verb, event.ObjectRef.APIGroup, resource,
			event.ObjectRef.Name, event.ResponseStatus.Code})
	}
	t.Must(lines.Err())
	if len(found) == 0 {
		t.Skipf("no script has run")
	}
	return found
}

func nothingIsForbidden(t *T) {
	counts := map[string]int{}
	for _, r := range t.requests() {
		if r.code == 403 && !slices.ContainsFunc(anyway, func(known request) bool { return known.verb == r.verb && known.resource == r.resource }) {
			counts[fmt.Sprintf("%s may not %s %s %s in %s", r.account, r.verb, r.resource, r.name, r.namespace)]++
		}
	}
	if len(counts) > 0 {
		t.Fatalf("requests that were refused: %s", listed(counts))
	}
}

func listed(counts map[string]int) string {
	var lines []string
	for line, count := range counts {
		lines = append(lines, fmt.Sprintf("%s (%d times)", line, count))
	}
	slices.Sort(lines)
	return "\n" + strings.Join(lines, "\n")
}

// nothingIsNeverUsed: each rule of each Role for an account of pipelines that ran. Projects of which only a part ran are
// excluded: their permissions are the same under another name.
func nothingIsNeverUsed(t *T) {
	asked := t.requests()
	bindings, err := t.Plane.Client.RbacV1().RoleBindings("").List(t.Ctx, metav1.ListOptions{})
	t.Must(err)
	unused := map[string]int{}
	granted := 0
	for _, binding := range bindings.Items {
		for _, subject := range binding.Subjects {
			if subject.Kind != "ServiceAccount" || subject.Namespace != accessPipelines {
				continue
			}
			role, err := t.Plane.Client.RbacV1().Roles(binding.Namespace).Get(t.Ctx, binding.RoleRef.Name, metav1.GetOptions{})
			t.Must(err)
			account := subject.Namespace + ":" + subject.Name
			for _, rule := range role.Rules {
				for _, right := range rightsOf(rule) {
					granted++
					right.account, right.namespace = account, binding.Namespace
					if !slices.ContainsFunc(asked, right.covers) {
						words := fmt.Sprintf("%s may %s %s %s in %s", subject.Name, right.verb, right.resource, right.name, binding.Namespace)
						if neverUsed[words] == "" {
							unused[words]++
						}
					}
				}
			}
		}
	}
	if granted == 0 {
		t.Fatalf("no account has a right")
	}
	if len(unused) > 0 {
		t.Fatalf("rights that nothing uses: %s", listed(unused))
	}
}

func rightsOf(rule rbac.PolicyRule) []request {
	var found []request
	names := rule.ResourceNames
	if len(names) == 0 {
		names = []string{""}
	}
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				for _, name := range names {
					found = append(found, request{group: group, resource: resource, verb: verb, name: name})
				}
			}
		}
	}
	return found
}

// covers reports whether the permission was needed for a request.
func (right request) covers(r request) bool {
	return right.account == r.account && right.namespace == r.namespace && right.verb == r.verb && right.group == r.group &&
		right.resource == r.resource && (right.name == "" || right.name == r.name) && r.code != 403
}
