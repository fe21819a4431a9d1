// Command bench starts the control plane and runs the cases.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"pipelinec.dev/bench/cases"
	"pipelinec.dev/bench/kubelet"
	"pipelinec.dev/bench/plane"
)

type options struct {
	programs, pipelinec, repository, definitions, schemas, kubeconfig string
	list, fast, keep                                                  bool
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == kubelet.SandboxCommand {
		os.Exit(kubelet.Sandbox())
	}
	var o options
	flag.StringVar(&o.programs, "programs", "", "the folder with the built programs")
	flag.StringVar(&o.pipelinec, "pipelinec", "", "the compiler")
	flag.StringVar(&o.repository, "repository", "", "the repository of the compiler")
	flag.StringVar(&o.definitions, "definitions", "", "folders with CustomResourceDefinitions, separated by colons")
	flag.StringVar(&o.schemas, "schemas", os.Getenv("PIPELINEC_SCHEMAS"), "a folder of published schemas to put over those of the modules")
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "run the cases that need no stand-in on this cluster")
	flag.BoolVar(&o.list, "list", false, "list the cases")
	flag.BoolVar(&o.fast, "fast", false, "only the cases that .ci/run runs")
	flag.BoolVar(&o.keep, "keep", false, "leave the folder with all logs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	failed, err := run(ctx, o, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, patterns []string) (failed int, err error) {
	suites, err := cases.Choose(cases.Suites(), patterns, func(c cases.Case) bool {
		return (!o.fast || c.Fast) && (o.kubeconfig == "" || c.Own)
	})
	if err != nil {
		return 0, err
	}
	if o.list {
		fmt.Print(cases.List(suites))
		return 0, nil
	}
	known, err := os.ReadFile(filepath.Join(o.repository, "tests/cluster/cases.txt"))
	if err != nil {
		return 0, err
	}
	if err := cases.Known(string(known)); err != nil {
		return 0, err
	}
	for _, tool := range []string{"git", "jq", "kubectl"} {
		if _, err := exec.LookPath(tool); err != nil {
			return 0, err
		}
	}
	folder, err := os.MkdirTemp("", "pipelinec-bench-")
	if err != nil {
		return 0, err
	}
	if o.keep {
		fmt.Println("all files are in", folder)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	}
	// The account of the user who runs this is not that of a pod: nothing may find it by itself.
	os.Unsetenv("KUBECONFIG")
	started := time.Now()
	bench, err := up(ctx, o, folder)
	if err != nil {
		return 0, err
	}
	defer bench.Down()
	fmt.Printf("the control plane is ready after %.1f s\n", time.Since(started).Seconds())
	results := cases.Run(ctx, bench, suites, os.Stdout)
	passed, skipped := 0, 0
	for _, result := range results {
		switch {
		case result.Failed != "":
			failed++
		case result.Skipped != "":
			skipped++
		default:
			passed++
		}
	}
	fmt.Printf("\n%.0f s\n%d passed, %d failed", time.Since(started).Seconds(), passed, failed)
	if skipped > 0 {
		fmt.Printf(", %d skipped", skipped)
	}
	fmt.Println()
	if ctx.Err() != nil {
		return failed, errors.New("interrupted")
	}
	return failed, nil
}

func up(ctx context.Context, o options, folder string) (*cases.Bench, error) {
	bench := &cases.Bench{Repository: o.repository, Pipelinec: o.pipelinec, Own: o.kubeconfig != ""}
	bench.Open()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	var err error
	if bench.Own {
		bench.Plane, err = plane.Connect(folder, o.kubeconfig)
		return bench, err
	}
	if bench.Plane, err = plane.Up(ctx, folder, o.programs); err != nil {
		return nil, err
	}
	if err = bench.Plane.Define(ctx, strings.Split(o.definitions, ":"), o.schemas); err != nil {
		bench.Plane.Down()
		return nil, err
	}
	return bench, nil
}
