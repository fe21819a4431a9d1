package cases

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed specs
var specs embed.FS

// Spec compiles one of the programs next to the cases, and returns the folder of its only target's tree.
func (t *T) Spec(name string) string {
	tree, err := t.compile(name)
	t.Must(err)
	return tree
}

func (t *T) compile(name string) (string, error) {
	folder := t.Plane.Path("specs", name)
	t.Bench.mu.Lock()
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		content, err := fs.Sub(specs, "specs/"+name)
		t.Must(err)
		t.Must(os.CopyFS(folder, content))
	}
	t.Bench.mu.Unlock()
	trees, err := t.build(folder)
	if err != nil {
		return "", err
	}
	targets := t.Subfolders(trees)
	if len(targets) != 1 {
		t.Fatalf("%s has %d targets", name, len(targets))
	}
	return filepath.Join(trees, targets[0]), nil
}
