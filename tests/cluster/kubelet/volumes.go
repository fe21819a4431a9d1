package kubelet

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	authentication "k8s.io/api/authentication/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

// volume is the folder of a volume.
func (p *pod) volume(name string) string {
	return filepath.Join(p.folder, "volumes", name)
}

// volumes fills all of them.
func (p *pod) volumes(ctx context.Context) error {
	for _, volume := range p.spec.Spec.Volumes {
		folder := p.volume(volume.Name)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		files := map[string][]byte{}
		var err error
		switch {
		case volume.Secret != nil:
			err = p.secret(ctx, files, volume.Secret.SecretName, volume.Secret.Items, volume.Secret.Optional)
		case volume.ConfigMap != nil:
			err = p.configMap(ctx, files, volume.ConfigMap.Name, volume.ConfigMap.Items, volume.ConfigMap.Optional)
		case volume.Projected != nil:
			for _, source := range volume.Projected.Sources {
				if err == nil {
					err = p.project(ctx, files, source)
				}
			}
		default: // an empty folder, for whoever runs in the pod
			err = os.Chmod(folder, 0o777)
		}
		if err != nil {
			return fmt.Errorf("MountVolume.SetUp failed for volume %q: %w", volume.Name, err)
		}
		for name, content := range files {
			path := filepath.Join(folder, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(path, content, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pod) project(ctx context.Context, files map[string][]byte, source v1.VolumeProjection) error {
	switch {
	case source.ServiceAccountToken != nil:
		token := source.ServiceAccountToken
		request := &authentication.TokenRequest{Spec: authentication.TokenRequestSpec{ExpirationSeconds: token.ExpirationSeconds,
			BoundObjectRef: &authentication.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: p.spec.Name, UID: p.spec.UID}}}
		if token.Audience != "" {
			request.Spec.Audiences = []string{token.Audience}
		}
		answer, err := p.kubelet.client.CoreV1().ServiceAccounts(p.spec.Namespace).CreateToken(ctx, p.spec.Spec.ServiceAccountName, request, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		files[token.Path] = []byte(answer.Status.Token)
	case source.ConfigMap != nil:
		return p.configMap(ctx, files, source.ConfigMap.Name, source.ConfigMap.Items, source.ConfigMap.Optional)
	case source.Secret != nil:
		return p.secret(ctx, files, source.Secret.Name, source.Secret.Items, source.Secret.Optional)
	case source.DownwardAPI != nil:
		for _, item := range source.DownwardAPI.Items {
			files[item.Path] = []byte(p.field(item.FieldRef.FieldPath))
		}
	}
	return nil
}

func (p *pod) secret(ctx context.Context, files map[string][]byte, name string, keys []v1.KeyToPath, optional *bool) error {
	secret, err := p.kubelet.client.CoreV1().Secrets(p.spec.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return unless(optional, err)
	}
	return pick(files, secret.Data, keys, optional)
}

func (p *pod) configMap(ctx context.Context, files map[string][]byte, name string, keys []v1.KeyToPath, optional *bool) error {
	object, err := p.kubelet.client.CoreV1().ConfigMaps(p.spec.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return unless(optional, err)
	}
	data := map[string][]byte{}
	for key, value := range object.Data {
		data[key] = []byte(value)
	}
	return pick(files, data, keys, optional)
}

func pick(files, data map[string][]byte, keys []v1.KeyToPath, optional *bool) error {
	if len(keys) == 0 {
		for key := range data {
			files[key] = data[key]
		}
	}
	for _, key := range keys {
		content, ok := data[key.Key]
		if !ok {
			if err := unless(optional, fmt.Errorf("references non-existent key %s", key.Key)); err != nil {
				return err
			}
			continue
		}
		files[key.Path] = content
	}
	return nil
}

func unless(optional *bool, err error) error {
	if optional != nil && *optional {
		return nil
	}
	return err
}

// field is what the downward API says.
func (p *pod) field(path string) string {
	switch path {
	case "metadata.name":
		return p.spec.Name
	case "metadata.namespace":
		return p.spec.Namespace
	case "metadata.uid":
		return string(p.spec.UID)
	case "spec.nodeName":
		return nodeName
	case "spec.serviceAccountName":
		return p.spec.Spec.ServiceAccountName
	case "status.podIP":
		return p.ip
	default:
		return ""
	}
}

// variables are those of a container, over those of every container.
func (p *pod) variables(ctx context.Context, container v1.Container) ([]string, error) {
	always := map[string]string{
		"PATH":                    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOSTNAME":                p.spec.Name,
		"KUBERNETES_SERVICE_HOST": "127.0.0.1",
		"KUBERNETES_SERVICE_PORT": fmt.Sprint(p.kubelet.plane.Port),
	}
	own := map[string]string{}
	mapping := expansion.MappingFuncFor(own, always)
	for _, variable := range container.Env {
		value := expansion.Expand(variable.Value, mapping)
		if from := variable.ValueFrom; from != nil {
			files := map[string][]byte{}
			var err error
			switch {
			case from.FieldRef != nil:
				value = p.field(from.FieldRef.FieldPath)
			case from.SecretKeyRef != nil:
				key := v1.KeyToPath{Key: from.SecretKeyRef.Key, Path: "value"}
				err = p.secret(ctx, files, from.SecretKeyRef.Name, []v1.KeyToPath{key}, from.SecretKeyRef.Optional)
				value = string(files["value"])
			case from.ConfigMapKeyRef != nil:
				key := v1.KeyToPath{Key: from.ConfigMapKeyRef.Key, Path: "value"}
				err = p.configMap(ctx, files, from.ConfigMapKeyRef.Name, []v1.KeyToPath{key}, from.ConfigMapKeyRef.Optional)
				value = string(files["value"])
			}
			if err != nil {
				return nil, err
			}
		}
		own[variable.Name] = value
	}
	for name, value := range own {
		always[name] = value
	}
	var variables []string
	for name, value := range always {
		variables = append(variables, name+"="+value)
	}
	sort.Strings(variables)
	return variables, nil
}

// expand replaces $(NAME) in a command, as the kubelet does.
func expand(words, variables []string) []string {
	known := map[string]string{}
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		known[name] = value
	}
	var expanded []string
	for _, word := range words {
		expanded = append(expanded, expansion.Expand(word, expansion.MappingFuncFor(known)))
	}
	return expanded
}
