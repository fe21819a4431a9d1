package cases

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed specs
var specs embed.FS

// Spec compiles one of the specs beside the cases, and returns the folder of its only target's tree.
func (t *T) Spec(name string) string {
	folder := t.Plane.Path("specs", name)
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		content, err := fs.Sub(specs, "specs/"+name)
		t.Must(err)
		t.Must(os.CopyFS(folder, content))
	}
	trees := t.Build(folder)
	targets := t.Subfolders(trees)
	if len(targets) != 1 {
		t.Fatalf("%s has %d targets", name, len(targets))
	}
	return filepath.Join(trees, targets[0])
}
