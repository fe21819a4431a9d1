package kubelet

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// SandboxCommand is the argument with which a program of the bench becomes the first process of a container.
const SandboxCommand = "sandbox"

// Container is a process with a separate root: the folders of the system, and what is mounted over them.
type Container struct {
	Root         string
	Mounts       []Mount
	ReadOnlyRoot bool
	User, Group  int64
	Groups       []int64
	NoNewPrivs   bool
	Rootless     bool // there is one user only
	Command      []string
	Env          []string
}

// Mount is a folder or a file that a container sees.
type Mount struct {
	Source, Target string
	ReadOnly       bool
}

// systemFolders are those of the machine that a container sees, as an image would bring them.
var systemFolders = []string{"bin", "dev", "etc", "lib", "lib32", "lib64", "opt", "sbin", "usr"}

// Process is the container before its start. It has separate namespaces for mounts and processes, so nothing that it
// starts outlives it.
func (s Container) Process() (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s.Rootless = os.Getuid() != 0
	spec, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, SandboxCommand)
	cmd.Stdin = strings.NewReader(string(spec))
	cmd.Env = s.Env
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID, Setpgid: true}
	if s.Rootless {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return cmd, nil
}

// Possible reports why steps cannot run here, if so: it takes root, or unprivileged user namespaces.
func Possible(folder string) error {
	root := filepath.Join(folder, "possible")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	cmd, err := Container{Root: root, User: 65532, Group: 65532, Command: []string{"true"}, Env: os.Environ()}.Process()
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// Sandbox is the container's first process: it creates the file system, runs the command and forwards signals to it and to
// everything that it started, as argoexec does. It returns the exit code.
func Sandbox() int {
	var s Container
	if err := json.NewDecoder(os.Stdin).Decode(&s); err != nil {
		return complain(err)
	}
	if err := s.enter(); err != nil {
		return complain(err)
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	runtime.LockOSThread() // what is set for the thread below is handed on to its children
	if s.NoNewPrivs {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return complain(err)
		}
	}
	cmd := exec.Command(s.Command[0], s.Command[1:]...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = s.Env, "/", os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if !s.Rootless {
		credential := &syscall.Credential{Uid: uint32(s.User), Gid: uint32(s.Group)}
		for _, group := range s.Groups {
			credential.Groups = append(credential.Groups, uint32(group))
		}
		cmd.SysProcAttr.Credential = credential
	}
	if err := cmd.Start(); err != nil {
		return complain(err)
	}
	go func() {
		for signal := range signals {
			_ = syscall.Kill(-cmd.Process.Pid, signal.(syscall.Signal))
		}
	}()
	_ = cmd.Wait()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, "sandbox:", err)
	return 128
}

// enter makes a root of the system's folders and the container's volumes, and moves into it.
func (s Container) enter() error {
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	if err := unix.Mount("tmpfs", s.Root, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("root: %w", err)
	}
	for _, folder := range systemFolders {
		if err := s.take(folder); err != nil {
			return err
		}
	}
	for _, folder := range []string{"proc", "tmp", "run", "var/run", "root", "home"} {
		if err := os.MkdirAll(filepath.Join(s.Root, folder), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(filepath.Join(s.Root, "tmp"), 0o1777); err != nil {
		return err
	}
	if err := unix.Mount("proc", filepath.Join(s.Root, "proc"), "proc", 0, ""); err != nil {
		return fmt.Errorf("proc: %w", err)
	}
	sort.SliceStable(s.Mounts, func(i, j int) bool { return len(s.Mounts[i].Target) < len(s.Mounts[j].Target) })
	for _, m := range s.Mounts {
		if err := bind(m.Source, filepath.Join(s.Root, m.Target), m.ReadOnly); err != nil {
			return err
		}
	}
	if s.ReadOnlyRoot {
		if err := readOnly(s.Root); err != nil {
			return err
		}
	}
	if err := unix.Chroot(s.Root); err != nil {
		return fmt.Errorf("chroot: %w", err)
	}
	return os.Chdir("/")
}

func (s Container) take(folder string) error {
	source, target := "/"+folder, filepath.Join(s.Root, folder)
	info, err := os.Lstat(source)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		to, err := os.Readlink(source)
		if err != nil {
			return err
		}
		return os.Symlink(to, target)
	}
	return bind(source, target, folder != "dev")
}

func bind(source, target string, fixed bool) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if info.IsDir() {
		err = os.MkdirAll(target, 0o755)
	} else if err = os.MkdirAll(filepath.Dir(target), 0o755); err == nil {
		err = os.WriteFile(target, nil, 0o644)
	}
	if err != nil {
		return err
	}
	if err := unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	if fixed {
		return readOnly(target)
	}
	return nil
}

// readOnly keeps the flags of the mount: without the permission to drop them, that would be rejected.
func readOnly(target string) error {
	var stat unix.Statfs_t
	if err := unix.Statfs(target, &stat); err != nil {
		return err
	}
	flags := uintptr(unix.MS_BIND | unix.MS_REMOUNT | unix.MS_RDONLY)
	for kept, flag := range map[int64]uintptr{unix.ST_NOSUID: unix.MS_NOSUID, unix.ST_NODEV: unix.MS_NODEV, unix.ST_NOEXEC: unix.MS_NOEXEC, unix.ST_NOATIME: unix.MS_NOATIME, unix.ST_RELATIME: unix.MS_RELATIME} {
		if stat.Flags&kept != 0 {
			flags |= flag
		}
	}
	if err := unix.Mount("", target, "", flags, ""); err != nil {
		return fmt.Errorf("%s read-only: %w", target, err)
	}
	return nil
}
