package hosts

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Git is the host of all repositories: bare ones, protected by tokens.
type Git struct {
	folder  string
	backend http.Handler

	mu   sync.Mutex
	away map[string]bool // repositories that do not respond
	push func(repository, before, after string)
}

// OnPush is called for every push over HTTP, once it is complete.
func (g *Git) OnPush(push func(repository, before, after string)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.push = push
}

// serve handles a request. Without a token, access is denied, as with a private repository on GitHub; a reader has a separate
// port.
func (g *Git) serve(w http.ResponseWriter, r *http.Request, reader bool) {
	_, password, _ := r.BasicAuth()
	lands := strings.HasSuffix(r.URL.Path, "/git-receive-pack")
	// What a client learns before it pushes is a part of the push.
	pushes := lands || r.URL.Query().Get("service") == "git-receive-pack"
	known := password == WritingToken || !pushes && (reader || password == ReadingToken)
	if !known {
		w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	g.mu.Lock()
	away, push := false, g.push
	for repository := range g.away {
		away = away || strings.HasPrefix(r.URL.Path, "/"+repository+".git/")
	}
	g.mu.Unlock()
	if away {
		http.Error(w, "unavailable", http.StatusServiceUnavailable)
		return
	}
	repository, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), ".git/")
	if !lands || push == nil {
		g.backend.ServeHTTP(w, r)
		return
	}
	before, _ := Run(g.Bare(repository), "rev-parse", "main")
	g.backend.ServeHTTP(w, r)
	if after, err := Run(g.Bare(repository), "rev-parse", "main"); err == nil && after != before {
		go push(repository, before, after)
	}
}

// Away makes a repository unavailable, or available again.
func (g *Git) Away(repository string, away bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.away == nil {
		g.away = map[string]bool{}
	}
	if away {
		g.away[repository] = true
	} else {
		delete(g.away, repository)
	}
}

// Bare is the folder of a repository OWNER/NAME.
func (g *Git) Bare(repository string) string {
	return filepath.Join(g.folder, repository+".git")
}

// Commit writes files (an empty text removes one) and copies folders into a repository, which it creates if necessary.
// It returns the commit.
func (g *Git) Commit(repository, author, message string, files, folders map[string]string) (string, error) {
	return g.CommitAt(repository, author, message, time.Now(), files, folders)
}

// CommitAt is Commit at another time.
func (g *Git) CommitAt(repository, author, message string, when time.Time, files, folders map[string]string) (string, error) {
	bare := g.Bare(repository)
	if _, err := os.Stat(bare); os.IsNotExist(err) {
		if _, err := Run("", "init", "--quiet", "--bare", "--initial-branch=main", bare); err != nil {
			return "", err
		}
		for _, setting := range []string{"uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant", "http.receivepack"} {
			if _, err := Run(bare, "config", setting, "true"); err != nil {
				return "", err
			}
		}
	}
	work, err := os.MkdirTemp("", "pipelinec-bench-work-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if _, err := Run("", "clone", "--quiet", bare, work); err != nil {
		return "", err
	}
	for path, from := range folders {
		to := filepath.Join(work, path)
		if err := os.RemoveAll(to); err != nil {
			return "", err
		}
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			return "", err
		}
	}
	for path, content := range files {
		to := filepath.Join(work, path)
		if content == "" {
			if err := os.Remove(to); err != nil {
				return "", err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(to, []byte(content), 0o644); err != nil {
			return "", err
		}
	}
	date := when.Format(time.RFC3339)
	for _, arguments := range [][]string{{"checkout", "--quiet", "-B", "main"}, {"add", "--all"},
		{"-c", "user.name=bench", "-c", "user.email=" + author, "commit", "--quiet", "--allow-empty", "--date", date, "-m", message},
		{"push", "--quiet", "origin", "main"}} {
		if _, err := git(work, []string{"GIT_COMMITTER_DATE=" + date}, arguments...); err != nil {
			return "", err
		}
	}
	return Run(work, "rev-parse", "HEAD")
}

// Files are the paths in a repository's branch, below a folder.
func (g *Git) Files(repository, folder string) ([]string, error) {
	out, err := Run(g.Bare(repository), "ls-tree", "-r", "--name-only", "main", folder+"/")
	return strings.Fields(out), err
}

// Read is a file of a repository's branch.
func (g *Git) Read(repository, path string) (string, error) {
	return Run(g.Bare(repository), "show", "main:"+path)
}

// Subjects are those of a branch's commits, the newest first.
func (g *Git) Subjects(repository string) ([]string, error) {
	out, err := Run(g.Bare(repository), "log", "--format=%s", "main")
	return strings.Split(out, "\n"), err
}

// Run runs git in a folder, without any user's settings.
func Run(folder string, arguments ...string) (string, error) {
	return git(folder, nil, arguments...)
}

func git(folder string, env []string, arguments ...string) (string, error) {
	cmd := exec.Command("git", arguments...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(arguments, " "), err, out)
	}
	return strings.TrimSpace(string(out)), nil
}
